//! A Stripe that is away, silent or confused. Nothing moves money twice.

use serde_json::json;
use wiwebb_tests::stripe::Fault;

use super::*;

/// As often as a request is tried.
const EVERY_TRY: usize = 3;

fn paying() -> Value {
    json!({ "payment_method": GOOD })
}

#[tokio::test]
async fn a_charge_is_made_once_whatever_becomes_of_its_first_tries() {
    for fault in [
        Fault::DropBefore,
        Fault::DropAfter,
        Fault::Status(500),
        Fault::StatusAfter(503),
        Fault::Garbage,
        Fault::GarbageAfter,
    ] {
        let world = World::new().await;
        world.stripe.fault("POST /v1/payment_intents", fault, EVERY_TRY);
        let outcome = world.order(paying(), charge("key-1")).await;
        assert!(is_unknown(&outcome), "{fault:?}: {outcome:?}");
        world.stripe.clear_faults();
        let answer = world.answer(paying(), again(charge("key-1"))).await;
        assert_eq!(answer.verdict, Verdict::Done, "{fault:?}");
        assert_eq!(answer.transaction_id.unwrap().as_str(), world.stripe.intents()[0]);
        assert_eq!(world.stripe.charges().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn one_lost_answer_is_asked_for_again_at_once_under_the_same_key() {
    let world = World::new().await;
    world.stripe.fault("POST /v1/payment_intents", Fault::DropAfter, 1);
    let answer = world.answer(paying(), charge("key-1")).await;
    assert_eq!(answer.verdict, Verdict::Done);
    assert_eq!(world.stripe.charges().len(), 1);
    let requests = world.stripe.requests_to("POST /v1/payment_intents");
    let keys: Vec<_> = requests.iter().map(|request| request.idempotency_key.as_deref()).collect();
    assert_eq!(keys, [Some("key-1"), Some("key-1")]);
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_is_made_once() {
    let world = World::new().await;
    let held = world.held().await;
    world.stripe.fault("POST /v1/payment_intents/", Fault::DropAfter, EVERY_TRY);
    assert!(is_unknown(&world.order(json!({}), capture(&held, "5.00", "key-1")).await));
    let answer = world.answer(json!({}), again(capture(&held, "5.00", "key-1"))).await;
    assert_eq!(answer.verdict, Verdict::Done);
    assert_eq!(world.stripe.charges()[0].captured, 500);
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_given_once() {
    let world = World::new().await;
    let paid = world.paid().await;
    world.stripe.fault("POST /v1/refunds", Fault::DropAfter, EVERY_TRY);
    assert!(is_unknown(&world.order(json!({}), refund(&paid, "5.00", "key-1")).await));
    let answer = world.answer(json!({}), again(refund(&paid, "5.00", "key-1"))).await;
    assert_eq!(answer.verdict, Verdict::Done);
    assert_eq!(world.stripe.charges()[0].refunded, 500);
}

#[tokio::test]
async fn a_refused_step_is_in_doubt_while_the_payment_cannot_be_looked_at() {
    let world = World::new().await;
    let held = world.held().await;
    world.answer(json!({}), capture(&held, "5.00", "key-1")).await;
    world.stripe.fault("GET /v1/payment_intents/", Fault::Status(500), EVERY_TRY);
    assert!(is_unknown(&world.order(json!({}), capture(&held, "5.00", "key-2")).await));
}

#[tokio::test]
async fn a_stripe_that_is_away_was_never_asked() {
    let world = World::new().await;
    world.stripe.go_away().await;
    let outcome = world.order(paying(), charge("key-1")).await;
    assert!(is_unreachable(&outcome), "{outcome:?}");
    assert!(world.stripe.requests().is_empty());
    world.stripe.come_back().await;
    assert_eq!(world.answer(paying(), charge("key-1")).await.verdict, Verdict::Done);
}

#[tokio::test]
async fn a_key_that_stripe_does_not_know_moves_nothing() {
    let world = World::new().await;
    let settings = json!({"secret_key": "sk_test_wrong", "payment_method": GOOD});
    let outcome = world.order(settings, charge("key-1")).await;
    assert!(is_unreachable(&outcome), "{outcome:?}");
    assert!(!format!("{outcome:?}").contains("sk_test"));
    assert!(world.stripe.intents().is_empty());
}

#[tokio::test]
async fn a_busy_stripe_is_asked_again_and_given_up_in_the_end() {
    let world = World::new().await;
    world.stripe.fault("POST /v1/payment_intents", Fault::RateLimit, 1);
    assert_eq!(world.answer(paying(), charge("key-1")).await.verdict, Verdict::Done);
    world.stripe.fault("POST /v1/payment_intents", Fault::RateLimit, EVERY_TRY);
    let outcome = world.order(paying(), charge("key-2")).await;
    assert!(is_unreachable(&outcome), "{outcome:?}");
    assert_eq!(world.stripe.charges().len(), 1);
}

#[tokio::test]
async fn a_charge_that_cannot_be_looked_for_is_not_made_a_second_time() {
    let world = World::new().await;
    world.answer(paying(), charge("key-1")).await;
    world.stripe.advance(25 * 3600);
    world.stripe.fault("GET /v1/payment_intents", Fault::Status(500), EVERY_TRY);
    assert!(is_unknown(&world.order(paying(), again(charge("key-1"))).await));
    assert_eq!(world.stripe.charges().len(), 1);
}
