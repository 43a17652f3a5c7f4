//! Trials (contract §8.1): once for a user and plan.

use chrono::Duration;
use serde_json::json;
use wiwebb_domain::access::Role;

use super::{CANCEL, RESUME, STATUS, SUBSCRIBE, Shop, month_after, settle};

/// A plan for 9.00 a month with a week of trial.
async fn on_trial(shop: &Shop, name: &str) -> i64 {
    let plan = shop.plan(name, json!({})).await;
    shop.price(plan, json!({ "amount": "9.00", "trial_period_days": 7 })).await;
    plan
}

#[tokio::test]
async fn it_begins_when_the_page_is_confirmed_and_nothing_is_paid_yet() {
    let shop = Shop::with_pages().await;
    let plan = on_trial(&shop, "Gold").await;
    let answer = shop.subscribe(plan).await;
    assert_eq!(answer["status"], "incomplete");
    shop.app.clock.advance(Duration::minutes(10));
    settle(&shop.app.anonymous(), &answer["checkout_url"], "confirmed").await.expect(200);
    let status = shop.status().await;
    let end = json!(shop.now() + Duration::days(7));
    assert_eq!((&status["status"], &status["trial_end"]), (&json!("trialing"), &end));
    assert_eq!(status["current_period_start"], json!(shop.now()));
    assert_eq!(status["current_period_end"], end);
    assert_eq!(shop.access().await, "Gold");
    let paid = shop.payments().await;
    assert!(paid.iter().all(|payment| !payment.contains("9.00")), "{paid:?}");
}

#[tokio::test]
async fn its_end_is_the_first_payment() {
    let shop = Shop::open().await;
    let plan = on_trial(&shop, "Gold").await;
    shop.subscribe(plan).await;
    let end = shop.now() + Duration::days(7);
    shop.pass_to(end - Duration::seconds(1)).await;
    assert_eq!(shop.standing().await, ("trialing".into(), "Gold".into()));
    shop.pass_to(end).await;
    let status = shop.status().await;
    assert_eq!((&status["status"], &status["trial_end"]), (&json!("active"), &json!(end)));
    assert_eq!(status["current_period_start"], json!(end));
    assert_eq!(status["current_period_end"], json!(month_after(end)));
    assert_eq!(shop.payments().await.last().unwrap(), "confirmed 9.00");
}

#[tokio::test]
async fn its_end_without_payment_is_past_due() {
    let shop = Shop::open().await;
    let plan = on_trial(&shop, "Gold").await;
    shop.subscribe(plan).await;
    shop.gateway_does(json!({ "outcome": "rejected" })).await;
    shop.pass(Duration::days(7)).await;
    assert_eq!(shop.standing().await, ("past_due".into(), "Gold".into()));
}

#[tokio::test]
async fn a_user_has_one_for_each_plan() {
    let shop = Shop::open().await;
    let (gold, silver) = (on_trial(&shop, "Gold").await, on_trial(&shop, "Silver").await);
    assert_eq!(shop.subscribe(gold).await["status"], "trialing");
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.app.clock.advance(Duration::days(1));
    let second = shop.subscribe(gold).await;
    assert_eq!((&second["status"], &second["trial_end"]), (&json!("active"), &json!(null)));
    assert_eq!(shop.payments().await.last().unwrap(), "confirmed 9.00");
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(shop.subscribe(silver).await["status"], "trialing");

    let joe = shop.app.user(&shop.root, "joe", Role::Subscriber, Some(shop.tenant)).await;
    joe.post(SUBSCRIBE, json!({ "plan_id": gold })).await.expect(200);
    assert_eq!(joe.get(STATUS).await.expect(200)["status"], "trialing");
}

#[tokio::test]
async fn a_page_that_nobody_confirmed_uses_none_up() {
    let shop = Shop::with_pages().await;
    let plan = on_trial(&shop, "Gold").await;
    let first = shop.subscribe(plan).await;
    settle(&shop.app.anonymous(), &first["checkout_url"], "rejected").await.expect(200);
    let second = shop.subscribe(plan).await;
    settle(&shop.app.anonymous(), &second["checkout_url"], "confirmed").await.expect(200);
    assert_eq!(shop.standing().await, ("trialing".into(), "Gold".into()));
}

#[tokio::test]
async fn a_trial_that_was_called_off_lasts_until_its_end_and_can_go_on_before() {
    let shop = Shop::open().await;
    let plan = on_trial(&shop, "Gold").await;
    shop.subscribe(plan).await;
    let (trial, end) = (shop.status().await, shop.now() + Duration::days(7));
    let canceled = shop.sue.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(canceled["subscription"]["current_period_end"], json!(end));
    assert_eq!(shop.access().await, "Gold");
    assert_eq!(shop.sue.post(RESUME, json!({})).await.expect(200), trial);
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.pass_to(end).await;
    assert_eq!(
        (shop.access().await, shop.status().await["status"].clone()),
        (String::new(), json!("canceled"))
    );
    assert!(shop.payments().await.iter().all(|payment| !payment.contains("9.00")));
}
