use serde_json::{Value, json};

use super::{Caller, NOON, id};
use crate::stripe::Card;

const DAY: i64 = 86_400;

fn amounts(invoice: &Value) -> Vec<i64> {
    let lines = invoice["lines"]["data"].as_array().unwrap();
    lines.iter().map(|line| line["amount"].as_i64().unwrap()).collect()
}

/// A subscription over 10.00 ten days old, and the id of its item.
async fn ten_days(stripe: &Caller) -> (String, String) {
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    stripe.fake.advance_to(NOON + 10 * DAY);
    (id(&subscription), id(&subscription["items"]["data"][0]))
}

#[tokio::test]
async fn a_preview_shows_what_a_change_would_cost_and_changes_nothing() {
    let stripe = Caller::new().await;
    let (subscription, item) = ten_days(&stripe).await;
    let dearer = stripe.price("3000").await;
    let form = [
        ("subscription", subscription.as_str()),
        ("subscription_details[items][0][id]", &item),
        ("subscription_details[items][0][price]", &dearer),
        ("subscription_details[proration_behavior]", "always_invoice"),
    ];
    let preview = stripe.post("invoices/create_preview", &form).await.ok();
    // 21 of 31 days are left: 1000 x 21/31 = 677.4, 3000 x 21/31 = 2032.3.
    assert_eq!(amounts(&preview), [-677, 2032]);
    assert_eq!((&preview["amount_due"], &preview["status"]), (&json!(1355), &json!("draft")));
    let kept = stripe.fake.object(&subscription);
    assert_eq!(kept["items"]["data"][0]["price"]["unit_amount"], 1000);
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_change_costs_what_its_preview_said() {
    let stripe = Caller::new().await;
    let (subscription, item) = ten_days(&stripe).await;
    let dearer = stripe.price("3000").await;
    let form = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", &dearer),
        ("proration_behavior", "always_invoice"),
    ];
    let path = format!("subscriptions/{subscription}");
    let changed = stripe.post(&path, &form).await.ok();
    let invoice = stripe.fake.object(changed["latest_invoice"].as_str().unwrap());
    assert_eq!((&invoice["status"], &invoice["amount_paid"]), (&json!("paid"), &json!(1355)));
    assert_eq!(invoice["billing_reason"], "subscription_update");
}

#[tokio::test]
async fn prorations_wait_for_the_next_invoice_unless_it_is_made_at_once() {
    let stripe = Caller::new().await;
    let (subscription, item) = ten_days(&stripe).await;
    let dearer = stripe.price("3000").await;
    let path = format!("subscriptions/{subscription}");
    let form = [("items[0][id]", item.as_str()), ("items[0][price]", &dearer)];
    stripe.post(&path, &form).await.ok();
    assert_eq!(stripe.fake.charges().len(), 1);
    let preview = stripe.post("invoices/create_preview", &[("subscription", &subscription)]).await;
    assert_eq!(amounts(&preview.ok()), [-677, 2032, 3000]);
    stripe.fake.advance_to(NOON + 31 * DAY + 3600);
    assert_eq!(stripe.fake.charges()[1].captured, 4355);
}

#[tokio::test]
async fn another_interval_begins_a_period_of_its_own_and_credits_the_rest() {
    let stripe = Caller::new().await;
    let (subscription, item) = ten_days(&stripe).await;
    let yearly = stripe.price_per("year", "9000").await;
    let path = format!("subscriptions/{subscription}");
    let form = [("items[0][id]", item.as_str()), ("items[0][price]", &yearly)];
    let changed = stripe.post(&path, &form).await.ok();
    let item = &changed["items"]["data"][0];
    assert_eq!(item["current_period_start"], NOON + 10 * DAY);
    assert_eq!(item["current_period_end"], NOON + 375 * DAY);
    let invoice = stripe.fake.object(changed["latest_invoice"].as_str().unwrap());
    assert_eq!(amounts(&invoice), [-677, 9000]);
}

#[tokio::test]
async fn a_credit_stays_with_the_customer_and_pays_the_next_invoice() {
    let stripe = Caller::new().await;
    let (subscription, item) = ten_days(&stripe).await;
    let cheaper = stripe.price("500").await;
    let path = format!("subscriptions/{subscription}");
    let form = [
        ("items[0][id]", item.as_str()),
        ("items[0][price]", &cheaper),
        ("proration_behavior", "always_invoice"),
    ];
    let changed = stripe.post(&path, &form).await.ok();
    let customer = changed["customer"].as_str().unwrap();
    // 677 back, 339 for the cheaper one.
    assert_eq!(stripe.fake.object(customer)["balance"], -338);
    stripe.fake.advance_to(NOON + 31 * DAY + 3600);
    assert_eq!(stripe.fake.charges()[1].captured, 162);
    assert_eq!(stripe.fake.object(customer)["balance"], 0);
}

#[tokio::test]
async fn an_invoice_is_paid_once() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    let invoice = subscription["latest_invoice"].as_str().unwrap();
    assert_eq!(stripe.post(&format!("invoices/{invoice}/pay"), &[]).await.status, 400);
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn an_intent_leads_to_its_invoice() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    let intent = stripe.fake.intents().remove(0);
    let path =
        format!("invoice_payments?payment[type]=payment_intent&payment[payment_intent]={intent}");
    let found = stripe.get(&path).await.ok();
    assert_eq!(found["data"][0]["invoice"], subscription["latest_invoice"]);
    let list = stripe.get(&format!("invoices?subscription={}", id(&subscription))).await.ok();
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
}
