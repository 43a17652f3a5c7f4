//! Calling off, and taking it back (contract §8.2, §8.5).

use chrono::Duration;
use serde_json::{Value, json};

use super::{CANCEL, RESUME, STATUS, SUBSCRIBE, Shop, month_after};
use crate::support::{check, error, with};

#[tokio::test]
async fn what_is_paid_for_lasts_until_its_end() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    let before = shop.status().await;
    let end = month_after(shop.now());
    shop.app.clock.advance(Duration::days(3));
    let body = json!({ "subscription_id": "sub_of_somebody_else" });
    let answer = shop.sue.post(CANCEL, body).await.expect(200);
    let expected = json!({
        "message": "Subscription cancelled successfully",
        "subscription": {
            "id": before["subscription_id"], "status": "canceled",
            "canceled_at": json!(shop.now()), "current_period_end": json!(end),
        },
    });
    assert_eq!(answer, expected);
    let canceled = json!({
        "status": "canceled", "cancel_at_period_end": true, "canceled_at": json!(shop.now()),
    });
    let after = with(before, canceled);
    assert_eq!(shop.status().await, after);

    shop.pass_to(end - Duration::seconds(1)).await;
    assert_eq!((shop.status().await, shop.access().await), (after.clone(), "Gold".into()));
    shop.pass_to(end).await;
    let over = with(after, json!({ "cancel_at_period_end": false }));
    assert_eq!((shop.status().await, shop.access().await), (over, String::new()));
    assert_eq!(shop.payments().await, ["confirmed 9.00"], "nothing is renewed");
}

#[tokio::test]
async fn what_has_no_period_ends_at_once() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    let made = shop.subscribe(plan).await;
    let answer = shop.sue.post(CANCEL, json!({})).await.expect(200);
    let expected = json!({
        "id": made["subscription_id"], "status": "canceled", "canceled_at": json!(shop.now()),
        "current_period_end": null,
    });
    assert_eq!(answer["subscription"], expected);
    let status = shop.status().await;
    assert_eq!(
        (&status["status"], &status["cancel_at_period_end"]),
        (&json!("canceled"), &json!(false))
    );
    assert_eq!(shop.access().await, "");
}

#[tokio::test]
async fn without_a_live_subscription_there_is_nothing_to_call_off() {
    let shop = Shop::with_pages().await;
    let none = error("No active subscription found");
    check("never subscribed", &shop.sue.post(CANCEL, json!({})).await, 400, &none);
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    check("not paid yet", &shop.sue.post(CANCEL, json!({})).await, 400, &none);
    let free = shop.free_plan("Free").await;
    shop.subscribe(free).await;
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    check("the second time", &shop.sue.post(CANCEL, json!({})).await, 400, &none);
    assert_eq!(shop.standing().await, ("canceled".into(), "Free".into()));
}

#[tokio::test]
async fn a_body_that_cannot_be_read_calls_nothing_off() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    shop.subscribe(plan).await;
    for path in [CANCEL, RESUME] {
        shop.sue.post(path, json!([])).await.expect(400);
        let text = shop.sue.request(reqwest::Method::POST, path).body("{}");
        shop.sue.send(text).await.expect(415);
    }
    assert_eq!(shop.standing().await, ("active".into(), "Free".into()));
    let empty = shop.sue.request(reqwest::Method::POST, CANCEL);
    shop.sue.send(empty).await.expect(200);
}

#[tokio::test]
async fn afterwards_one_may_subscribe_again_and_the_status_is_of_the_latest() {
    let shop = Shop::open().await;
    let (gold, free) = (shop.paid_plan("Gold", "9.00").await, shop.free_plan("Free").await);
    shop.subscribe(gold).await;
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.app.clock.advance(Duration::hours(1));
    let second = shop.subscribe(free).await;
    assert_eq!(shop.status().await["subscription_id"], second["subscription_id"]);
    assert_eq!(shop.access().await, "Free", "the live one gives access");
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(shop.standing().await, ("canceled".into(), "Free".into()));
    assert_eq!(shop.access().await, "Gold", "it is paid for until its end");
}

#[tokio::test]
async fn before_the_end_of_its_period_it_can_go_on() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(plan).await;
    let (before, end) = (shop.status().await, month_after(shop.now()));
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.app.clock.set(end - Duration::seconds(1));
    let resumed = shop.sue.post(RESUME, json!({})).await.expect(200);
    assert_eq!(resumed, before);
    assert_eq!(shop.status().await, before);
    nothing_to_resume(&shop, "a live one").await;

    shop.pass_to(end).await;
    assert_eq!(shop.standing().await, ("active".into(), "Gold".into()));
    assert_eq!(shop.payments().await, ["confirmed 9.00", "confirmed 9.00"], "it is renewed");
}

#[tokio::test]
async fn what_is_over_does_not_go_on() {
    let shop = Shop::open().await;
    nothing_to_resume(&shop, "never subscribed").await;
    let (free, gold) = (shop.free_plan("Free").await, shop.paid_plan("Gold", "9.00").await);
    shop.subscribe(free).await;
    nothing_to_resume(&shop, "a live one").await;
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    nothing_to_resume(&shop, "it ended at once").await;
    shop.subscribe(gold).await;
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.app.clock.set(month_after(shop.now()));
    nothing_to_resume(&shop, "its period is over").await;
    assert_eq!(shop.access().await, "");
}

#[tokio::test]
async fn what_goes_on_takes_nobody_elses_place() {
    let shop = Shop::open().await;
    let (gold, free) = (shop.paid_plan("Gold", "9.00").await, shop.free_plan("Free").await);
    shop.subscribe(gold).await;
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.app.clock.advance(Duration::hours(1));
    shop.subscribe(free).await;
    nothing_to_resume(&shop, "another one is live").await;
    assert_eq!(shop.standing().await, ("active".into(), "Free".into()));
}

async fn nothing_to_resume(shop: &Shop, rule: &str) {
    let refused = error("No canceled subscription to resume");
    check(rule, &shop.sue.post(RESUME, json!({})).await, 400, &refused);
}

#[tokio::test]
async fn nobody_calls_off_what_is_not_ones_own() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    let made = shop.subscribe(plan).await;
    let body = json!({ "subscription_id": made["subscription_id"] });
    let none = error("No active subscription found");
    check("staff", &shop.root.post(CANCEL, body).await, 400, &none);
    assert_eq!(shop.standing().await, ("active".into(), "Free".into()));
    check("staff", &shop.root.get(STATUS).await, 404, &error("No subscription found"));
    let answer = shop.root.post(SUBSCRIBE, json!({ "plan_id": plan })).await;
    assert_ne!(answer.expect(200)["subscription_id"], made["subscription_id"]);
    let nobody: Value = shop.app.anonymous().post(CANCEL, json!({})).await.expect(401);
    assert!(nobody["detail"].is_string());
}
