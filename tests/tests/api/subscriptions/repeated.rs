//! Requests repeated under their `Idempotency-Key` (contract §10.4).

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::Answer;

use super::{CANCEL, CHANGE, SUBSCRIBE, Shop, settle, with_key};
use crate::concurrency::together;
use crate::support::{check, error};

#[track_caller]
fn check_replayed(first: &Answer, again: &Answer) {
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(again.headers["idempotent-replayed"], "true");
}

#[tokio::test]
async fn a_subscribe_is_carried_out_once_and_answered_again() {
    let shop = Shop::with_pages().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    let body = json!({ "plan_id": plan });
    let first = with_key(&shop.sue, SUBSCRIBE, "k", &body).await;
    assert_eq!(first.status, 200);
    check_replayed(&first, &with_key(&shop.sue, SUBSCRIBE, "k", &body).await);
    assert_eq!(shop.payments().await, ["waiting 9.00"]);

    settle(&shop.app.anonymous(), &first.body["checkout_url"], "confirmed").await.expect(200);
    check_replayed(&first, &with_key(&shop.sue, SUBSCRIBE, "k", &body).await);
    let taken = error("User already has an active subscription");
    check("another key", &with_key(&shop.sue, SUBSCRIBE, "l", &body).await, 400, &taken);
    assert_eq!(shop.payments().await, ["confirmed 9.00"]);
}

#[tokio::test]
async fn a_free_subscribe_is_answered_again_although_there_is_a_live_one_now() {
    let shop = Shop::open().await;
    let body = json!({ "plan_id": shop.free_plan("Free").await });
    let first = with_key(&shop.sue, SUBSCRIBE, "k", &body).await;
    assert_eq!(first.status, 200);
    check_replayed(&first, &with_key(&shop.sue, SUBSCRIBE, "k", &body).await);
}

#[tokio::test]
async fn a_cancel_is_answered_again_although_nothing_is_live_any_more() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    let first = with_key(&shop.sue, CANCEL, "k", &json!({})).await;
    assert_eq!(first.status, 200);
    check_replayed(&first, &with_key(&shop.sue, CANCEL, "k", &json!({})).await);
    let none = error("No active subscription found");
    check("another key", &with_key(&shop.sue, CANCEL, "l", &json!({})).await, 400, &none);
}

#[tokio::test]
async fn a_change_is_paid_once() {
    let shop = Shop::open().await;
    let (silver, gold) =
        (shop.paid_plan("Silver", "5.00").await, shop.paid_plan("Gold", "9.00").await);
    shop.subscribe(silver).await;
    let body = json!({ "plan_id": gold });
    let first = with_key(&shop.sue, CHANGE, "k", &body).await;
    assert_eq!(first.status, 200, "{first:?}");
    check_replayed(&first, &with_key(&shop.sue, CHANGE, "k", &body).await);
    assert_eq!(shop.payments().await, ["confirmed 5.00", "confirmed 4.00"]);
}

#[tokio::test]
async fn a_key_stands_for_one_body_one_caller_and_one_path() {
    let shop = Shop::open().await;
    let (free, other) = (shop.free_plan("Free").await, shop.free_plan("Other").await);
    let body = json!({ "plan_id": free });
    with_key(&shop.sue, SUBSCRIBE, "k", &body).await.expect(200);
    let mismatch = error("Idempotency-Key was used with a different request");
    for other in [json!({ "plan_id": other }), json!({ "plan_id": free, "pricing_id": null })] {
        check("body", &with_key(&shop.sue, SUBSCRIBE, "k", &other).await, 422, &mismatch);
    }
    let joe = shop.app.user(&shop.root, "joe", Role::Subscriber, Some(shop.tenant)).await;
    let answer = with_key(&joe, SUBSCRIBE, "k", &body).await;
    assert!(!answer.headers.contains_key("idempotent-replayed"));
    answer.expect(200);
    with_key(&shop.sue, CANCEL, "k", &body).await.expect(200);
    let longest = "k".repeat(255);
    with_key(&shop.sue, SUBSCRIBE, &longest, &body).await.expect(200);
    for bad in ["", " ", &"k".repeat(256)] {
        let invalid = error("Invalid Idempotency-Key");
        check(bad, &with_key(&shop.sue, CANCEL, bad, &json!({})).await, 400, &invalid);
    }
}

#[tokio::test]
async fn what_is_refused_for_its_form_does_not_use_the_key_up() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    for unreadable in [json!({}), json!({ "plan_id": "x" }), json!([])] {
        with_key(&shop.sue, SUBSCRIBE, "k", &unreadable).await.expect(400);
    }
    with_key(&shop.sue, SUBSCRIBE, "k", &json!({ "plan_id": plan })).await.expect(200);
}

#[tokio::test]
async fn of_simultaneous_requests_under_one_key_one_is_carried_out() {
    let shop = Shop::open().await;
    shop.gateway_does(json!({ "outcome": "confirmed", "delay_ms": 300 })).await;
    let body = json!({ "plan_id": shop.paid_plan("Gold", "9.00").await });
    let answers = together((0..12).map(|_| {
        let (sue, body) = (shop.sue.clone(), body.clone());
        async move { with_key(&sue, SUBSCRIBE, "once", &body).await }
    }))
    .await;
    let running = error("Request with this Idempotency-Key is in progress");
    let mut bodies: Vec<&Value> = Vec::new();
    for answer in &answers {
        if answer.status == 409 {
            check("the others", answer, 409, &running);
            assert_eq!(answer.headers["retry-after"], "1");
        } else {
            assert_eq!(answer.status, 200, "{answer:?}");
            bodies.push(&answer.body);
        }
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
    assert_eq!(shop.payments().await, ["confirmed 9.00"]);
}
