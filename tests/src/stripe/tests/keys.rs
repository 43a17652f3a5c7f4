use super::{Caller, hear, payment};

#[tokio::test]
async fn the_same_key_replays_the_first_answer() {
    let stripe = Caller::new().await;
    let form = payment("pm_card_visa", &[]);
    let first = stripe.post_as("k", "payment_intents", &form).await;
    let second = stripe.post_as("k", "payment_intents", &form).await;
    assert!(!first.headers.contains_key("Idempotent-Replayed"));
    assert_eq!(second.headers["Idempotent-Replayed"], "true");
    assert_eq!((first.status, first.body), (second.status, second.body));
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_decline_is_replayed_too() {
    let stripe = Caller::new().await;
    let form = payment("pm_card_chargeDeclined", &[]);
    let first = stripe.post_as("k", "payment_intents", &form).await;
    let second = stripe.post_as("k", "payment_intents", &form).await;
    assert_eq!((402, 402), (first.status, second.status));
    assert_eq!(first.body, second.body);
    assert_eq!(stripe.fake.intents().len(), 1);
}

#[tokio::test]
async fn a_key_with_other_parameters_is_refused() {
    let stripe = Caller::new().await;
    stripe.post_as("k", "payment_intents", &payment("pm_card_visa", &[])).await.ok();
    let other = payment("pm_card_visa", &[("description", "other")]);
    let answer = stripe.post_as("k", "payment_intents", &other).await;
    assert_eq!(answer.error(), (400, "idempotency_error", "", ""));
    let answer = stripe.post_as("k", "customers", &[]).await;
    assert_eq!(answer.error(), (400, "idempotency_error", "", ""));
}

#[tokio::test]
async fn parameters_in_another_order_are_the_same() {
    let stripe = Caller::new().await;
    let form = payment("pm_card_visa", &[]);
    let first = stripe.post_as("k", "payment_intents", &form).await.ok();
    let turned: Vec<_> = form.into_iter().rev().collect();
    assert_eq!(stripe.post_as("k", "payment_intents", &turned).await.ok(), first);
}

#[tokio::test]
async fn a_request_that_is_at_fault_does_not_use_its_key_up() {
    let stripe = Caller::new().await;
    let bad = payment("pm_card_visa", &[("colour", "red")]);
    assert_eq!(stripe.post_as("k", "payment_intents", &bad).await.status, 400);
    let good = payment("pm_card_visa", &[]);
    stripe.post_as("k", "payment_intents", &good).await.ok();
}

#[tokio::test]
async fn money_does_not_move_without_a_key() {
    let stripe = Caller::new().await;
    let answer = hear(stripe.form("payment_intents", &payment("pm_card_visa", &[]))).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "idempotency_key_missing", ""));
    assert!(stripe.fake.charges().is_empty());
    hear(stripe.form("customers", &[])).await.ok();
}
