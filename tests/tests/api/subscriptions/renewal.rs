//! What the server does when a period ends (contract §8.5).

use chrono::Duration;
use serde_json::json;

use super::{CANCEL, PLANS, STATUS, Shop, month_after, settle};
use crate::support::with;

/// A month, then another: the instants at which periods of the subscription end.
async fn subscribed(shop: &Shop) -> [chrono::DateTime<chrono::Utc>; 2] {
    shop.plan("Basic", json!({ "default": true })).await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    let end = month_after(shop.now());
    [end, month_after(end)]
}

#[tokio::test]
async fn the_next_period_is_charged_when_the_last_one_ends_and_once() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    let before = shop.status().await;
    shop.pass_to(end - Duration::seconds(1)).await;
    assert_eq!(shop.payments().await, ["confirmed 9.00"]);
    for _ in 0..3 {
        shop.pass_to(end).await;
        let period = json!({ "current_period_start": end, "current_period_end": next });
        assert_eq!(shop.status().await, with(before.clone(), period));
        assert_eq!(shop.payments().await, ["confirmed 9.00", "confirmed 9.00"]);
    }
}

#[tokio::test]
async fn a_renewal_that_comes_late_keeps_the_day() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    shop.pass_to(end + Duration::days(2)).await;
    let status = shop.status().await;
    assert_eq!(status["current_period_start"], json!(end));
    assert_eq!(status["current_period_end"], json!(next));
}

#[tokio::test]
async fn a_renewal_that_fails_is_owed_tried_again_and_paid_in_the_end() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    shop.gateway_does(json!({ "outcome": "rejected" })).await;
    shop.pass_to(end).await;
    assert_eq!(shop.standing().await, ("past_due".into(), "Gold".into()));
    assert_eq!(shop.access().await, "Gold", "within the grace period");
    shop.gateway_does(json!({ "outcome": "confirmed" })).await;
    for day in 1..=6 {
        shop.pass_to(end + Duration::days(day)).await;
    }
    let status = shop.status().await;
    assert_eq!(status["status"], "active");
    assert_eq!(status["current_period_end"], json!(next), "the time owed is paid for");
    let paid = shop.payments().await;
    assert_eq!(paid, ["confirmed 9.00", "rejected 9.00", "confirmed 9.00"]);
}

#[tokio::test]
async fn what_is_owed_after_the_grace_period_ends() {
    let shop = Shop::open().await;
    let [end, _] = subscribed(&shop).await;
    shop.gateway_does(json!({ "outcome": "rejected" })).await;
    for hours in 0..7 * 24 {
        shop.pass_to(end + Duration::hours(hours)).await;
        assert_eq!(shop.standing().await.0, "past_due", "{hours} hours");
    }
    assert_eq!(shop.access().await, "Gold");
    shop.pass_to(end + Duration::days(7)).await;
    let status = shop.status().await;
    assert_eq!(
        (&status["status"], &status["cancel_at_period_end"]),
        (&json!("canceled"), &json!(false))
    );
    assert_eq!(status["canceled_at"], json!(shop.now()));
    assert_eq!(shop.access().await, "Basic");
    let tries = shop.payments().await.len() - 1;
    assert!((2..=8).contains(&tries), "{tries} tries in a week");
}

#[tokio::test]
async fn access_ends_with_the_grace_period_although_nobody_looks() {
    let shop = Shop::open().await;
    let [end, _] = subscribed(&shop).await;
    shop.gateway_does(json!({ "outcome": "rejected" })).await;
    shop.pass_to(end).await;
    shop.app.clock.set(end + Duration::days(7) - Duration::seconds(1));
    assert_eq!(shop.access().await, "Gold");
    shop.app.clock.set(end + Duration::days(7));
    assert_eq!(shop.access().await, "Basic");
}

#[tokio::test]
async fn what_is_owed_can_be_called_off_and_is_not_charged_any_more() {
    let shop = Shop::open().await;
    let [end, _] = subscribed(&shop).await;
    shop.gateway_does(json!({ "outcome": "rejected" })).await;
    shop.pass_to(end).await;
    let answer = shop.sue.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(answer["subscription"]["status"], "canceled");
    assert_eq!(shop.access().await, "Basic");
    let tried = shop.payments().await;
    for day in 1..10 {
        shop.pass_to(end + Duration::days(day)).await;
    }
    assert_eq!(shop.payments().await, tried);
}

#[tokio::test]
async fn a_renewal_without_an_answer_is_settled_by_the_answer() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    shop.gateway_does(json!({ "outcome": "confirmed", "answer_after": 1 })).await;
    shop.pass_to(end).await;
    assert_eq!(shop.access().await, "Gold");
    shop.app.clock.advance(Duration::minutes(10));
    shop.app.reconcile().await;
    assert_eq!(shop.status().await["current_period_end"], json!(next));
    assert_eq!(shop.payments().await, ["confirmed 9.00", "confirmed 9.00"]);
}

#[tokio::test]
async fn a_gateway_that_is_down_is_tried_again() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    shop.gateway_does(json!({ "outcome": "unreachable" })).await;
    shop.pass_to(end).await;
    assert_eq!(shop.access().await, "Gold");
    shop.gateway_does(json!({ "outcome": "confirmed" })).await;
    for day in 1..=6 {
        shop.pass_to(end + Duration::days(day)).await;
    }
    assert_eq!(shop.status().await["current_period_end"], json!(next));
    let paid = shop.payments().await;
    assert_eq!(paid.iter().filter(|payment| *payment == "confirmed 9.00").count(), 2, "{paid:?}");
}

#[tokio::test]
async fn where_payers_go_to_a_page_the_next_period_waits_for_them() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    shop.gateway_does(json!({ "renewal_outcome": "waiting" })).await;
    for hours in 0..5 {
        shop.pass_to(end + Duration::hours(hours)).await;
    }
    assert_eq!(shop.payments().await, ["confirmed 9.00", "waiting 9.00"]);
    assert_eq!(shop.access().await, "Gold");
    let open = shop.sue.get("/payments/?status=waiting").await.expect(200)["results"][0].clone();
    let page = format!("{}/checkout/{}/", shop.app.base, open["transaction_id"].as_str().unwrap());
    settle(&shop.app.anonymous(), &json!(page), "confirmed").await.expect(200);
    let status = shop.status().await;
    assert_eq!(
        (&status["status"], &status["current_period_end"]),
        (&json!("active"), &json!(next))
    );
}

#[tokio::test]
async fn without_auto_renew_it_ends_with_its_period() {
    let shop = Shop::open().await;
    let plan = shop.plan("Once", json!({ "auto_renew": false })).await;
    shop.price(plan, json!({ "amount": "9.00", "interval": "week" })).await;
    shop.subscribe(plan).await;
    let end = shop.now() + Duration::weeks(1);
    shop.pass_to(end - Duration::seconds(1)).await;
    assert_eq!((shop.standing().await.0, shop.access().await), ("active".into(), "Once".into()));
    shop.app.clock.set(end);
    assert_eq!(shop.access().await, "", "although nobody has looked yet");
    shop.pass_to(end).await;
    assert_eq!(shop.standing().await.0, "canceled");
    assert_eq!(shop.payments().await, ["confirmed 9.00"]);
}

#[tokio::test]
async fn a_free_plan_goes_on_without_end() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    shop.subscribe(plan).await;
    let before = shop.status().await;
    shop.pass(Duration::days(800)).await;
    assert_eq!(shop.status().await, before);
}

#[tokio::test]
async fn a_plan_that_is_not_sold_any_more_goes_on_for_whoever_has_it() {
    let shop = Shop::open().await;
    let [end, next] = subscribed(&shop).await;
    let plan = shop.sue.get(STATUS).await.expect(200)["plan"]["id"].clone();
    shop.root.patch(&format!("{PLANS}{plan}/"), json!({ "available": false })).await.expect(200);
    shop.pass_to(end).await;
    assert_eq!(shop.status().await["current_period_end"], json!(next));
}

#[tokio::test]
async fn a_plan_with_invoices_mails_one_for_each_renewal() {
    let shop = Shop::open().await;
    let plan = shop.plan("Gold", json!({ "requires_invoice": true })).await;
    shop.price(plan, json!({ "amount": "9.00" })).await;
    shop.subscribe(plan).await;
    shop.pass_to(month_after(shop.now())).await;
    let mails = crate::support::mails(&shop.app, 1).await;
    assert_eq!(mails.last().unwrap().to.to_string(), "sue@example.org");
}
