//! Gateways that do not answer (contract §8.1, §10.5).

use chrono::Duration;
use serde_json::{Value, json};

use super::{CHANGE, STATUS, SUBSCRIBE, Shop, settle, with_key};
use crate::support::{check, error};

fn unavailable() -> Value {
    error("Payment provider unavailable")
}

#[tokio::test]
async fn one_that_was_never_reached_changes_nothing() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    let body = json!({ "plan_id": plan });
    shop.gateway_does(json!({ "outcome": "unreachable" })).await;
    check("subscribe", &shop.sue.post(SUBSCRIBE, body.clone()).await, 503, &unavailable());
    check("subscribe", &shop.sue.get(STATUS).await, 404, &error("No subscription found"));
    assert_eq!(shop.payments().await, ["error 9.00"]);
    shop.gateway_does(json!({ "outcome": "confirmed" })).await;
    assert_eq!(shop.subscribe(plan).await["status"], "active");
}

#[tokio::test]
async fn one_that_was_never_reached_leaves_what_waited_to_be_paid() {
    let shop = Shop::with_pages().await;
    let (silver, gold) =
        (shop.paid_plan("Silver", "5.00").await, shop.paid_plan("Gold", "9.00").await);
    let waiting = shop.subscribe(silver).await;
    let before = shop.status().await;
    shop.gateway_does(json!({ "outcome": "unreachable" })).await;
    let refused = shop.sue.post(SUBSCRIBE, json!({ "plan_id": gold })).await;
    check("subscribe", &refused, 503, &unavailable());
    assert_eq!(shop.status().await, before);
    settle(&shop.app.anonymous(), &waiting["checkout_url"], "confirmed").await.expect(200);
    assert_eq!(shop.standing().await, ("active".into(), "Silver".into()));
}

#[tokio::test]
async fn one_that_was_never_reached_leaves_the_plan_as_it_is() {
    let shop = Shop::open().await;
    let (silver, gold) =
        (shop.paid_plan("Silver", "5.00").await, shop.paid_plan("Gold", "9.00").await);
    shop.subscribe(silver).await;
    let before = shop.status().await;
    shop.gateway_does(json!({ "outcome": "unreachable" })).await;
    let refused = shop.sue.post(CHANGE, json!({ "plan_id": gold })).await;
    check("change", &refused, 503, &unavailable());
    assert_eq!(shop.status().await, before);
}

#[tokio::test]
async fn a_request_that_never_reached_the_gateway_may_be_made_again_under_its_key() {
    let shop = Shop::open().await;
    let body = json!({ "plan_id": shop.paid_plan("Gold", "9.00").await });
    shop.gateway_does(json!({ "outcome": "unreachable" })).await;
    check("down", &with_key(&shop.sue, SUBSCRIBE, "k", &body).await, 503, &unavailable());
    shop.gateway_does(json!({ "outcome": "confirmed" })).await;
    let again = with_key(&shop.sue, SUBSCRIBE, "k", &body).await;
    // Whether the first answer is kept or the request carried out now, nobody pays twice.
    assert!([200, 503].contains(&again.status), "{again:?}");
    let paid = shop.payments().await;
    assert!(
        paid.iter().filter(|payment| payment.starts_with("confirmed")).count() <= 1,
        "{paid:?}"
    );
}

#[tokio::test]
async fn without_an_answer_it_awaits_the_gateway_which_is_asked_until_it_says() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.gateway_does(json!({ "outcome": "confirmed", "answer_after": 1 })).await;
    let answer = shop.sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(202);
    assert_eq!(answer["status"], "incomplete");
    assert_eq!(answer["plan"], json!({ "id": plan, "name": "Gold" }));
    let status = shop.status().await;
    assert_eq!(status["subscription_id"], answer["subscription_id"]);
    assert_eq!((&status["status"], shop.access().await), (&json!("incomplete"), String::new()));

    shop.app.clock.advance(Duration::minutes(5));
    assert_eq!(shop.app.reconcile().await, 1);
    assert_eq!(shop.standing().await, ("active".into(), "Gold".into()));
    assert_eq!(shop.status().await["current_period_start"], json!(shop.now()));
    assert_eq!(shop.payments().await, ["confirmed 9.00"]);
}

#[tokio::test]
async fn a_decline_that_was_learned_late_leaves_it_unpaid() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.gateway_does(json!({ "outcome": "rejected", "answer_after": 1 })).await;
    shop.sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(202);
    shop.app.clock.advance(Duration::minutes(5));
    assert_eq!(shop.app.reconcile().await, 1);
    assert_eq!(
        (shop.payments().await, shop.access().await),
        (vec!["rejected 9.00".into()], String::new())
    );
    shop.gateway_does(json!({ "outcome": "confirmed" })).await;
    assert_eq!(shop.subscribe(plan).await["status"], "active");
}

#[tokio::test]
async fn a_202_is_answered_again_under_its_key_and_nothing_is_paid_twice() {
    let shop = Shop::open().await;
    let body = json!({ "plan_id": shop.paid_plan("Gold", "9.00").await });
    shop.gateway_does(json!({ "outcome": "timeout" })).await;
    let first = with_key(&shop.sue, SUBSCRIBE, "k", &body).await;
    assert_eq!(first.status, 202, "{first:?}");
    let again = with_key(&shop.sue, SUBSCRIBE, "k", &body).await;
    assert_eq!((again.status, &again.body), (202, &first.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(shop.payments().await, ["waiting 9.00"]);
}

/// Whether or not something else can be had before the gateway has answered.
#[tokio::test]
async fn money_that_comes_late_buys_what_it_was_for_or_is_told_to_staff() {
    let shop = Shop::open().await;
    let (gold, free) = (shop.paid_plan("Gold", "9.00").await, shop.free_plan("Free").await);
    shop.gateway_does(json!({ "outcome": "confirmed", "answer_after": 1 })).await;
    shop.sue.post(SUBSCRIBE, json!({ "plan_id": gold })).await.expect(202);
    let other = shop.sue.post(SUBSCRIBE, json!({ "plan_id": free })).await;
    assert!([200, 400].contains(&other.status), "{other:?}");
    shop.app.clock.advance(Duration::minutes(5));
    shop.app.reconcile().await;
    let payment = shop.sue.get("/payments/").await.expect(200)["results"][0].clone();
    let (status, plan) = shop.standing().await;
    assert_eq!(status, "active");
    if payment["status"] == "confirmed" && plan != "Gold" {
        let logs = shop.root.get(&format!("/payments/{}/logs/", payment["id"])).await.expect(200);
        assert!(logs.to_string().contains("payment.unapplied"), "{logs}");
    }
}
