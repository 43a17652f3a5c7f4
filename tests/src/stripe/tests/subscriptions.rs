use serde_json::json;

use super::{Caller, NOON, id};
use crate::stripe::{Card, Outcome};

/// 1 April 2026, noon.
const APRIL: i64 = NOON + 31 * 86_400;

#[tokio::test]
async fn a_good_card_makes_it_active_for_a_month() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    assert_eq!(subscription["status"], "active");
    let item = &subscription["items"]["data"][0];
    assert_eq!(
        (&item["current_period_start"], &item["current_period_end"]),
        (&json!(NOON), &json!(APRIL))
    );
    assert_eq!(subscription["current_period_end"], json!(null));
    assert_eq!(stripe.fake.charges().len(), 1);
    let invoice = stripe.fake.object(subscription["latest_invoice"].as_str().unwrap());
    assert_eq!((&invoice["status"], &invoice["amount_paid"]), (&json!("paid"), &json!(1000)));
}

#[tokio::test]
async fn a_declined_card_leaves_it_incomplete() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Declines).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    assert_eq!(subscription["status"], "incomplete");
}

#[tokio::test]
async fn a_declined_card_makes_nothing_where_that_is_an_error() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Declines).await;
    let price = stripe.price("1000").await;
    let form = [
        ("customer", customer.as_str()),
        ("items[0][price]", price.as_str()),
        ("payment_behavior", "error_if_incomplete"),
    ];
    let answer = stripe.post("subscriptions", &form).await;
    assert_eq!(answer.error(), (402, "card_error", "card_declined", ""));
    let list = stripe.get(&format!("subscriptions?customer={customer}&status=all")).await.ok();
    assert_eq!(list["data"], json!([]));
}

#[tokio::test]
async fn a_customer_without_a_card_cannot_be_charged() {
    let stripe = Caller::new().await;
    let (customer, price) = (stripe.customer().await, stripe.price("1000").await);
    let form = [("customer", customer.as_str()), ("items[0][price]", price.as_str())];
    let answer = stripe.post("subscriptions", &form).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "resource_missing", ""));
}

#[tokio::test]
async fn the_payer_completes_what_began_incomplete() {
    let stripe = Caller::new().await;
    let customer = stripe.customer().await;
    let more = [
        ("payment_behavior", "default_incomplete"),
        ("payment_settings[save_default_payment_method]", "on_subscription"),
        ("expand[]", "latest_invoice.confirmation_secret"),
        ("expand[]", "latest_invoice.payments"),
    ];
    let subscription = stripe.subscribe(&customer, &more).await;
    assert_eq!(subscription["status"], "incomplete");
    let invoice = &subscription["latest_invoice"];
    let intent = invoice["payments"]["data"][0]["payment"]["payment_intent"].as_str().unwrap();
    let secret = invoice["confirmation_secret"]["client_secret"].as_str().unwrap();
    assert!(secret.starts_with(intent));
    stripe.fake.pay(intent, Outcome::Decline);
    assert_eq!(stripe.status(&id(&subscription)), "incomplete");
    stripe.fake.pay(intent, Outcome::Succeed);
    let paid = stripe.fake.object(&id(&subscription));
    assert_eq!(paid["status"], "active");
    assert!(paid["default_payment_method"].is_string());
}

#[tokio::test]
async fn what_is_never_paid_expires_after_23_hours() {
    let stripe = Caller::new().await;
    let customer = stripe.customer().await;
    let more = [("payment_behavior", "default_incomplete")];
    let subscription = stripe.subscribe(&customer, &more).await;
    stripe.fake.advance(23 * 3600 - 1);
    assert_eq!(stripe.status(&id(&subscription)), "incomplete");
    stripe.fake.advance(1);
    assert_eq!(stripe.status(&id(&subscription)), "incomplete_expired");
    let invoice = stripe.fake.object(subscription["latest_invoice"].as_str().unwrap());
    assert_eq!(invoice["status"], "void");
    assert_eq!(stripe.fake.intent(&stripe.fake.intents()[0])["status"], "canceled");
}

#[tokio::test]
async fn an_inactive_price_or_one_paid_once_is_refused() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let inactive = stripe.price("1000").await;
    stripe.post(&format!("prices/{inactive}"), &[("active", "false")]).await.ok();
    let product = id(&stripe.post("products", &[("name", "Router")]).await.ok());
    let form = [("product", product.as_str()), ("currency", "usd"), ("unit_amount", "1000")];
    let once = id(&stripe.post("prices", &form).await.ok());
    for price in [inactive, once] {
        let form = [("customer", customer.as_str()), ("items[0][price]", price.as_str())];
        let answer = stripe.post("subscriptions", &form).await;
        assert_eq!(answer.error(), (400, "invalid_request_error", "", "items[0][price]"));
    }
}

#[tokio::test]
async fn a_cancelled_one_ends_with_its_period_unless_it_is_resumed() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    let path = format!("subscriptions/{subscription}");
    let ending = stripe.post(&path, &[("cancel_at_period_end", "true")]).await.ok();
    assert_eq!((&ending["status"], &ending["cancel_at"]), (&json!("active"), &json!(APRIL)));
    let going_on = stripe.post(&path, &[("cancel_at_period_end", "false")]).await.ok();
    assert_eq!((&going_on["cancel_at"], &going_on["canceled_at"]), (&json!(null), &json!(null)));
    stripe.post(&path, &[("cancel_at_period_end", "true")]).await.ok();
    stripe.fake.advance_to(APRIL);
    let ended = stripe.fake.object(&subscription);
    assert_eq!((&ended["status"], &ended["ended_at"]), (&json!("canceled"), &json!(APRIL)));
    assert_eq!(stripe.fake.events_of("customer.subscription.deleted").len(), 1);
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn what_is_cancelled_at_once_cannot_be_found_to_be_cancelled_again() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let path = format!("subscriptions/{}", id(&stripe.subscribe(&customer, &[]).await));
    assert_eq!(stripe.delete(&path).await.ok()["status"], "canceled");
    let again = stripe.delete(&path).await;
    assert_eq!(again.error(), (404, "invalid_request_error", "resource_missing", "id"));
    assert_eq!(stripe.post(&path, &[("metadata[a]", "1")]).await.status, 400);
}

#[tokio::test]
async fn a_dearer_price_is_paid_before_it_is_in_force() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    let dearer = stripe.price("3000").await;
    stripe.fake.set_card(&customer, Card::Declines);
    stripe.fake.advance_to(NOON + (APRIL - NOON) / 2);
    let change = [
        ("items[0][id]", subscription["items"]["data"][0]["id"].as_str().unwrap()),
        ("items[0][price]", dearer.as_str()),
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "pending_if_incomplete"),
    ];
    let path = format!("subscriptions/{}", id(&subscription));
    let waiting = stripe.post(&path, &change).await.ok();
    assert_eq!(
        (&waiting["status"], &waiting["pending_update"].is_object()),
        (&json!("active"), &true)
    );
    assert_eq!(waiting["items"]["data"][0]["price"]["unit_amount"], 1000);
    stripe.fake.set_card(&customer, Card::Good);
    let invoice = waiting["latest_invoice"].as_str().unwrap();
    let paid = stripe.post(&format!("invoices/{invoice}/pay"), &[]).await.ok();
    assert_eq!(paid["amount_paid"], 1000);
    let changed = stripe.fake.object(&id(&subscription));
    assert_eq!(changed["items"]["data"][0]["price"]["unit_amount"], 3000);
    assert_eq!(changed["pending_update"], json!(null));
    assert_eq!(changed["items"]["data"][0]["current_period_end"], APRIL);
}

#[tokio::test]
async fn a_change_nobody_pays_for_is_dropped() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    let dearer = stripe.price("3000").await;
    stripe.fake.set_card(&customer, Card::Declines);
    let change = [
        ("items[0][id]", subscription["items"]["data"][0]["id"].as_str().unwrap()),
        ("items[0][price]", dearer.as_str()),
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "pending_if_incomplete"),
    ];
    let path = format!("subscriptions/{}", id(&subscription));
    let waiting = stripe.post(&path, &change).await.ok();
    stripe.fake.advance(23 * 3600);
    let kept = stripe.fake.object(&id(&subscription));
    assert_eq!(kept["items"]["data"][0]["price"]["unit_amount"], 1000);
    assert_eq!((&kept["status"], &kept["pending_update"]), (&json!("active"), &json!(null)));
    let invoice = stripe.fake.object(waiting["latest_invoice"].as_str().unwrap());
    assert_eq!(invoice["status"], "void");
}

#[tokio::test]
async fn a_change_is_dropped_with_its_invoice() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    let dearer = stripe.price("3000").await;
    stripe.fake.set_card(&customer, Card::NeedsAuthentication);
    let change = [
        ("items[0][id]", subscription["items"]["data"][0]["id"].as_str().unwrap()),
        ("items[0][price]", dearer.as_str()),
        ("proration_behavior", "always_invoice"),
        ("payment_behavior", "pending_if_incomplete"),
    ];
    let path = format!("subscriptions/{}", id(&subscription));
    let waiting = stripe.post(&path, &change).await.ok();
    let invoice = waiting["latest_invoice"].as_str().unwrap();
    let path = format!("invoices/{invoice}/void");
    assert_eq!(stripe.post(&path, &[]).await.ok()["status"], "void");
    let kept = stripe.fake.object(&id(&subscription));
    assert_eq!((&kept["status"], &kept["pending_update"]), (&json!("active"), &json!(null)));
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn an_item_without_its_id_is_refused() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    let price = stripe.price("3000").await;
    let path = format!("subscriptions/{subscription}");
    let answer = stripe.post(&path, &[("items[0][price]", &price)]).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "", "items[0][id]"));
}
