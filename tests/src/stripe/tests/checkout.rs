use serde_json::{Value, json};

use super::{Caller, id};
use crate::stripe::Outcome;

async fn subscription_page(stripe: &Caller, more: &[(&str, &str)]) -> Value {
    let price = stripe.price("1000").await;
    let mut form = vec![
        ("mode", "subscription"),
        ("line_items[0][price]", price.as_str()),
        ("line_items[0][quantity]", "1"),
        ("success_url", "https://example.org/done"),
        ("subscription_data[metadata][order]", "7"),
    ];
    form.extend(more);
    stripe.post("checkout/sessions", &form).await.ok()
}

async fn payment_page(stripe: &Caller, more: &[(&str, &str)]) -> Value {
    let mut form = vec![
        ("mode", "payment"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][price_data][unit_amount]", "500"),
        ("line_items[0][price_data][product_data][name]", "Router"),
        ("line_items[0][quantity]", "2"),
        ("success_url", "https://example.org/done"),
        ("payment_intent_data[metadata][order]", "7"),
        ("client_reference_id", "payment-7"),
    ];
    form.extend(more);
    stripe.post("checkout/sessions", &form).await.ok()
}

#[tokio::test]
async fn a_completed_page_makes_customer_and_subscription() {
    let stripe = Caller::new().await;
    let page = subscription_page(&stripe, &[]).await;
    assert_eq!((&page["status"], &page["payment_status"]), (&json!("open"), &json!("unpaid")));
    assert!(page["url"].is_string());
    stripe.fake.complete_checkout(&id(&page));
    let done = stripe.get(&format!("checkout/sessions/{}", id(&page))).await.ok();
    assert_eq!((&done["status"], &done["payment_status"]), (&json!("complete"), &json!("paid")));
    let subscription = stripe.fake.object(done["subscription"].as_str().unwrap());
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["metadata"], json!({ "order": "7" }));
    assert_eq!(subscription["customer"], done["customer"]);
    assert_eq!(stripe.fake.events_of("checkout.session.completed").len(), 1);
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_page_with_a_trial_takes_no_money_yet() {
    let stripe = Caller::new().await;
    let page = subscription_page(&stripe, &[("subscription_data[trial_period_days]", "7")]).await;
    stripe.fake.complete_checkout(&id(&page));
    let done = stripe.fake.object(&id(&page));
    assert_eq!(done["payment_status"], "no_payment_required");
    assert_eq!(stripe.status(done["subscription"].as_str().unwrap()), "trialing");
    assert!(stripe.fake.charges().is_empty());
}

#[tokio::test]
async fn a_completed_page_makes_a_payment() {
    let stripe = Caller::new().await;
    let page = payment_page(&stripe, &[("payment_intent_data[capture_method]", "manual")]).await;
    assert_eq!((&page["amount_total"], &page["payment_intent"]), (&json!(1000), &json!(null)));
    stripe.fake.complete_checkout(&id(&page));
    let done = stripe.fake.object(&id(&page));
    let intent = stripe.fake.intent(done["payment_intent"].as_str().unwrap());
    assert_eq!((&intent["status"], &intent["amount"]), (&json!("requires_capture"), &json!(1000)));
    assert_eq!(intent["metadata"], json!({ "order": "7" }));
    assert_eq!(done["client_reference_id"], "payment-7");
}

#[tokio::test]
async fn a_declined_payer_stays_on_the_page() {
    let stripe = Caller::new().await;
    let page = id(&payment_page(&stripe, &[]).await);
    stripe.fake.complete_checkout_with(&page, Outcome::Decline);
    assert_eq!(stripe.fake.object(&page)["status"], "open");
    stripe.fake.complete_checkout(&page);
    assert_eq!(stripe.fake.object(&page)["status"], "complete");
    assert_eq!(stripe.fake.intents().len(), 1);
}

#[tokio::test]
async fn a_slow_payment_completes_the_page_unpaid() {
    let stripe = Caller::new().await;
    let page = id(&payment_page(&stripe, &[]).await);
    stripe.fake.complete_checkout_with(&page, Outcome::Process);
    let done = stripe.fake.object(&page);
    assert_eq!((&done["status"], &done["payment_status"]), (&json!("complete"), &json!("unpaid")));
    stripe.fake.pay(done["payment_intent"].as_str().unwrap(), Outcome::Succeed);
    assert_eq!(stripe.fake.object(&page)["payment_status"], "paid");
    assert_eq!(stripe.fake.events_of("checkout.session.async_payment_succeeded").len(), 1);
}

#[tokio::test]
async fn a_page_expires_by_time_or_by_hand() {
    let stripe = Caller::new().await;
    let (first, second) = (payment_page(&stripe, &[]).await, payment_page(&stripe, &[]).await);
    let path = format!("checkout/sessions/{}/expire", id(&first));
    assert_eq!(stripe.post(&path, &[]).await.ok()["status"], "expired");
    assert_eq!(stripe.post(&path, &[]).await.status, 400);
    stripe.fake.advance_to(second["expires_at"].as_i64().unwrap());
    assert_eq!(stripe.fake.object(&id(&second))["status"], "expired");
    assert_eq!(stripe.fake.events_of("checkout.session.expired").len(), 2);
}

#[tokio::test]
async fn data_of_another_mode_is_refused() {
    let stripe = Caller::new().await;
    let form = [
        ("mode", "payment"),
        ("success_url", "https://example.org/done"),
        ("subscription_data[trial_period_days]", "7"),
    ];
    let answer = stripe.post("checkout/sessions", &form).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "", "subscription_data"));
}

#[tokio::test]
async fn a_page_for_a_setup_gives_the_customer_a_card() {
    let stripe = Caller::new().await;
    let customer = stripe.customer().await;
    let form = [
        ("mode", "setup"),
        ("customer", customer.as_str()),
        ("currency", "usd"),
        ("success_url", "https://example.org/done"),
    ];
    let page = id(&stripe.post("checkout/sessions", &form).await.ok());
    stripe.fake.complete_checkout(&page);
    let setup = stripe.fake.object(&page)["setup_intent"].as_str().unwrap().to_owned();
    let setup = stripe.get(&format!("setup_intents/{setup}")).await.ok();
    let cards = stripe.get(&format!("payment_methods?customer={customer}&type=card")).await.ok();
    assert_eq!(cards["data"][0]["id"], setup["payment_method"]);
}
