use serde_json::{Value, json};

use super::{Caller, NOON, id};
use crate::stripe::{AfterRetries, Card};

const DAY: i64 = 86_400;
/// 1 April 2026, noon.
const APRIL: i64 = NOON + 31 * DAY;
/// 1 May 2026, noon.
const MAY: i64 = APRIL + 30 * DAY;

fn invoice(stripe: &Caller, subscription: &str) -> Value {
    let subscription = stripe.fake.object(subscription);
    stripe.fake.object(subscription["latest_invoice"].as_str().unwrap())
}

#[tokio::test]
async fn a_trial_is_announced_and_then_charged() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let trial = [("trial_period_days", "7")];
    let subscription = stripe.subscribe(&customer, &trial).await;
    let end = NOON + 7 * DAY;
    assert_eq!(
        (&subscription["status"], &subscription["trial_end"]),
        (&json!("trialing"), &json!(end))
    );
    assert!(stripe.fake.charges().is_empty());
    let subscription = id(&subscription);
    stripe.fake.advance_to(end - 3 * DAY - 1);
    assert!(stripe.fake.events_of("customer.subscription.trial_will_end").is_empty());
    stripe.fake.advance(1);
    assert_eq!(stripe.fake.events_of("customer.subscription.trial_will_end").len(), 1);
    stripe.fake.advance_to(end - 1);
    assert_eq!(stripe.status(&subscription), "trialing");
    stripe.fake.advance_to(end);
    assert_eq!(stripe.status(&subscription), "active");
    assert_eq!(invoice(&stripe, &subscription)["status"], "draft");
    stripe.fake.advance(3600);
    assert_eq!(invoice(&stripe, &subscription)["status"], "paid");
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_trial_without_a_card_ends_as_it_was_told() {
    let stripe = Caller::new().await;
    let ends = "trial_settings[end_behavior][missing_payment_method]";
    let cases = [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")];
    for (told, status) in cases {
        let customer = stripe.customer().await;
        let trial = [("trial_period_days", "7"), (ends, told)];
        let subscription = id(&stripe.subscribe(&customer, &trial).await);
        stripe.fake.advance(7 * DAY + 3600);
        assert_eq!(stripe.status(&subscription), status, "{told}");
    }
}

#[tokio::test]
async fn a_period_follows_the_other_and_each_is_charged_once() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    stripe.fake.advance_to(MAY + 3600);
    let charged: Vec<i64> = stripe.fake.charges().iter().map(|charge| charge.captured).collect();
    assert_eq!(charged, [1000, 1000, 1000]);
    let item = &stripe.fake.object(&subscription)["items"]["data"][0];
    assert_eq!(item["current_period_start"], MAY);
    let last = invoice(&stripe, &subscription);
    let line = &last["lines"]["data"][0]["period"];
    assert_eq!(line["start"], MAY);
    assert_eq!((&last["period_start"], &last["period_end"]), (&json!(APRIL), &json!(MAY)));
    assert_eq!(last["billing_reason"], "subscription_cycle");
}

#[tokio::test]
async fn a_month_keeps_the_day_of_its_anchor() {
    let stripe = Caller::new().await;
    // 31 March, noon.
    stripe.fake.advance_to(NOON + 30 * DAY);
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    let mut ends = Vec::new();
    for _ in 0..3 {
        let end = stripe.fake.object(&subscription)["items"]["data"][0]["current_period_end"]
            .as_i64()
            .unwrap();
        ends.push((end - NOON) / DAY);
        stripe.fake.advance_to(end);
    }
    // 30 April, 31 May, 30 June.
    assert_eq!(ends, [60, 91, 121]);
}

#[tokio::test]
async fn a_failed_renewal_is_past_due_and_tried_again_until_it_is_given_up() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    stripe.fake.set_card(&customer, Card::Declines);
    stripe.fake.advance_to(APRIL + 3600);
    assert_eq!(stripe.status(&subscription), "past_due");
    let failed = || stripe.fake.events_of("invoice.payment_failed").len();
    for (days, tries) in [(0, 1), (3, 2), (5, 3)] {
        stripe.fake.advance(days * DAY);
        assert_eq!((failed(), stripe.status(&subscription).as_str()), (tries, "past_due"));
    }
    stripe.fake.advance(7 * DAY);
    assert_eq!((failed(), stripe.status(&subscription).as_str()), (4, "canceled"));
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_failed_renewal_may_end_unpaid() {
    let stripe = Caller::new().await;
    stripe.fake.after_retries(AfterRetries::Unpaid);
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    stripe.fake.set_card(&customer, Card::Declines);
    stripe.fake.advance_to(APRIL + 16 * DAY);
    assert_eq!(stripe.status(&subscription), "unpaid");
}

#[tokio::test]
async fn a_better_card_saves_what_is_past_due() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    stripe.fake.set_card(&customer, Card::InsufficientFunds);
    stripe.fake.advance_to(APRIL + 3600);
    stripe.fake.set_card(&customer, Card::Good);
    stripe.fake.advance(3 * DAY);
    assert_eq!(stripe.status(&subscription), "active");
    assert_eq!(invoice(&stripe, &subscription)["attempt_count"], 2);
    assert_eq!(stripe.fake.charges().len(), 2);
}

#[tokio::test]
async fn a_renewal_that_needs_its_payer_waits_for_it() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    let subscription = id(&stripe.subscribe(&customer, &[]).await);
    stripe.fake.set_card(&customer, Card::NeedsAuthentication);
    stripe.fake.advance_to(APRIL + 3600);
    assert_eq!(stripe.status(&subscription), "past_due");
    assert_eq!(stripe.fake.events_of("invoice.payment_action_required").len(), 1);
    let intent = stripe.fake.intents().pop().unwrap();
    assert_eq!(stripe.fake.intent(&intent)["status"], "requires_action");
    stripe.fake.pay(&intent, crate::stripe::Outcome::Succeed);
    assert_eq!(stripe.status(&subscription), "active");
}

#[tokio::test]
async fn a_renewal_tells_its_story_in_events() {
    let stripe = Caller::new().await;
    let customer = stripe.payer(Card::Good).await;
    stripe.subscribe(&customer, &[]).await;
    let before = stripe.kinds().len();
    stripe.fake.advance_to(APRIL + 3600);
    let expected = [
        "customer.subscription.updated",
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
    ];
    assert_eq!(stripe.kinds_since(before), expected);
}

#[tokio::test]
async fn an_authorisation_that_nobody_captures_is_let_go_after_seven_days() {
    let stripe = Caller::new().await;
    let manual = [("capture_method", "manual")];
    let intent = id(&stripe.charge("pm_card_visa", &manual).await.ok());
    stripe.fake.advance(7 * DAY);
    let gone = stripe.fake.intent(&intent);
    assert_eq!(
        (&gone["status"], &gone["cancellation_reason"]),
        (&json!("canceled"), &json!("automatic"))
    );
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let stripe = Caller::new().await;
    let form = super::payment("pm_card_visa", &[]);
    stripe.post_as("k", "payment_intents", &form).await.ok();
    stripe.fake.advance(DAY);
    stripe.post_as("k", "payment_intents", &form).await.ok();
    assert_eq!(stripe.fake.charges().len(), 2);
}
