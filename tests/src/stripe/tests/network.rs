use std::time::Duration;

use reqwest::Method;

use super::{Caller, hear, payment};
use crate::stripe::Fault;

#[tokio::test]
async fn a_connection_closed_before_leaves_nothing_done() {
    let stripe = Caller::new().await;
    stripe.fake.fault("POST /v1/payment_intents", Fault::DropBefore, 1);
    let form = payment("pm_card_visa", &[]);
    let request = stripe.form("payment_intents", &form).header("Idempotency-Key", "k");
    assert!(request.send().await.is_err());
    assert!(stripe.fake.charges().is_empty());
    assert_eq!(stripe.fake.requests()[0].status, None);
}

#[tokio::test]
async fn a_connection_closed_after_leaves_it_done_and_the_key_knows() {
    let stripe = Caller::new().await;
    stripe.fake.fault("POST /v1/payment_intents", Fault::DropAfter, 1);
    let form = payment("pm_card_visa", &[]);
    let request = stripe.form("payment_intents", &form).header("Idempotency-Key", "k");
    assert!(request.send().await.is_err());
    assert_eq!(stripe.fake.charges().len(), 1);
    stripe.post_as("k", "payment_intents", &form).await.ok();
    assert_eq!(stripe.fake.charges().len(), 1);
    assert!(stripe.fake.requests()[1].replayed);
}

#[tokio::test]
async fn a_server_error_after_the_work_is_kept_by_the_key() {
    let stripe = Caller::new().await;
    stripe.fake.fault("POST /v1/payment_intents", Fault::StatusAfter(500), 1);
    let form = payment("pm_card_visa", &[]);
    for _ in 0..2 {
        let answer = stripe.post_as("k", "payment_intents", &form).await;
        assert_eq!(answer.error(), (500, "api_error", "", ""));
    }
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_server_error_before_the_work_is_gone_the_next_time() {
    let stripe = Caller::new().await;
    stripe.fake.fault("* /v1", Fault::Status(503), 1);
    stripe.fake.fault("* /v1", Fault::RateLimit, 1);
    stripe.fake.fault("* /v1", Fault::Garbage, 1);
    let form = payment("pm_card_visa", &[]);
    let mut heard = Vec::new();
    for _ in 0..4 {
        let answer = stripe.post_as("k", "payment_intents", &form).await;
        heard.push((answer.status, answer.body.is_object()));
    }
    assert_eq!(heard, [(503, true), (429, true), (200, false), (200, true)]);
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_slow_request_goes_on_without_its_client_and_holds_its_key() {
    let stripe = Caller::new().await;
    stripe.fake.fault("POST /v1", Fault::Delay(Duration::from_millis(300)), 1);
    let form = payment("pm_card_visa", &[]);
    let request = stripe.form("payment_intents", &form).header("Idempotency-Key", "k");
    assert!(request.timeout(Duration::from_millis(100)).send().await.is_err());
    let answer = stripe.post_as("k", "payment_intents", &form).await;
    assert_eq!(answer.error(), (409, "idempotency_error", "idempotency_key_in_use", ""));
    while stripe.fake.charges().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stripe.post_as("k", "payment_intents", &form).await.ok();
    assert_eq!(stripe.fake.charges().len(), 1);
}

#[tokio::test]
async fn a_fake_that_went_away_comes_back_with_what_it_knew() {
    let stripe = Caller::new().await;
    let customer = stripe.customer().await;
    stripe.fake.go_away().await;
    let request = reqwest::Client::new().get(stripe.fake.base_url());
    assert!(request.send().await.unwrap_err().is_connect());
    stripe.fake.come_back().await;
    hear(stripe.request(Method::GET, &format!("customers/{customer}"))).await.ok();
}
