use serde_json::{Value, json};

use super::{Caller, id};
use crate::stripe::{Card, Shape};

fn has(object: &Value, field: &str) -> bool {
    object.get(field).is_some()
}

#[tokio::test]
async fn a_subscription_has_its_period_where_the_version_puts_it() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    let seen = |shape| {
        stripe.fake.speak(shape);
        let object = stripe.fake.object(&subscription);
        let item = &object["items"]["data"][0];
        let name = "current_period_end";
        (has(&object, name), has(item, name), has(&object, "billing_schedules"))
    };
    assert_eq!(seen(Shape::Latest), (false, true, true));
    assert_eq!(seen(Shape::YearOld), (false, true, false));
    assert_eq!(seen(Shape::BeforeBasil), (true, false, false));
}

#[tokio::test]
async fn an_invoice_names_its_subscription_where_the_version_puts_it() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = stripe.subscribe(&customer, &[]).await;
    let invoice = subscription["latest_invoice"].as_str().unwrap();
    let new = stripe.fake.object(invoice);
    let details = &new["parent"]["subscription_details"];
    assert_eq!(details["subscription"], subscription["id"]);
    assert!(!has(&new, "subscription") && !has(&new, "payment_intent"));
    stripe.fake.speak(Shape::BeforeBasil);
    let old = stripe.fake.object(invoice);
    assert_eq!(old["subscription"], subscription["id"]);
    assert_eq!((&old["paid"], has(&old, "parent")), (&json!(true), false));
    assert!(old["payment_intent"].as_str().unwrap().starts_with("pi_"));
}

#[tokio::test]
async fn an_event_keeps_the_version_in_which_it_was_written() {
    let stripe = Caller::new().await;
    stripe.fake.speak(Shape::YearOld);
    stripe.customer().await;
    stripe.fake.speak(Shape::Latest);
    assert_eq!(stripe.fake.events()[0].body["api_version"], "2025-09-30.clover");
    assert!(!has(stripe.fake.events()[0].object(), "customer_account"));
}
