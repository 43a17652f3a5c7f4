//! `GET /subscriptions/me/limits/` (contract §8.4).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_tests::Client;

use super::{CANCEL, LIMITS, Shop};
use crate::network::{MEGABYTE, equipment, report};
use crate::support::{check, error, with};

/// The next midnight in UTC of the instant at which tests begin.
const MIDNIGHT: &str = "2026-01-16T00:00:00Z";

async fn usage(client: &Client) -> Value {
    client.get(LIMITS).await.expect(200)["usage"].clone()
}

#[tokio::test]
async fn the_limits_are_the_plans_and_what_is_used_is_taken_off() {
    let shop = Shop::open().await;
    let limits = json!({ "daily_time_minutes": 60, "daily_data_mb": 500 });
    let fields = with(json!({ "requires_payment": false }), limits);
    let plan = shop.plan("Daily", fields).await;
    shop.subscribe(plan).await;
    let mut expected = json!({
        "plan": { "id": plan, "name": "Daily" }, "daily_time_minutes": 60, "daily_data_mb": 500,
        "usage": {
            "time_used_minutes": 0, "data_used_mb": 0, "time_remaining_minutes": 60,
            "data_remaining_mb": 500, "reset_at": MIDNIGHT,
        },
    });
    assert_eq!(shop.sue.get(LIMITS).await.expect(200), expected);

    let equipment = equipment(&shop.app, &shop.root, Value::Null).await;
    let twelve = json!({ "Acct-Session-Time": 12 * 60, "Acct-Input-Octets": 34 * MEGABYTE });
    report(&equipment, "sue", "Interim-Update", "a", twelve).await.expect(204);
    expected["usage"] = json!({
        "time_used_minutes": 12, "data_used_mb": 34, "time_remaining_minutes": 48,
        "data_remaining_mb": 466, "reset_at": MIDNIGHT,
    });
    assert_eq!(shop.sue.get(LIMITS).await.expect(200), expected);

    let more = json!({ "Acct-Session-Time": 70 * 60, "Acct-Input-Octets": 501 * MEGABYTE });
    report(&equipment, "sue", "Stop", "a", more).await.expect(204);
    let used = usage(&shop.sue).await;
    assert_eq!((&used["time_used_minutes"], &used["data_used_mb"]), (&json!(70), &json!(501)));
    let left = (&used["time_remaining_minutes"], &used["data_remaining_mb"]);
    assert_eq!(left, (&json!(0), &json!(0)), "never below nothing");
}

#[tokio::test]
async fn without_a_limit_nothing_runs_out_and_a_limit_of_nothing_leaves_nothing() {
    let shop = Shop::open().await;
    for (name, minutes, megabytes) in [
        ("Unlimited", json!(null), json!(null)),
        ("Timed", json!(30), json!(null)),
        ("Metered", json!(null), json!(100)),
        ("Shut", json!(0), json!(0)),
    ] {
        let limits = json!({ "daily_time_minutes": minutes, "daily_data_mb": megabytes });
        let plan = shop.plan(name, with(json!({ "requires_payment": false }), limits)).await;
        shop.subscribe(plan).await;
        let expected = json!({
            "plan": { "id": plan, "name": name },
            "daily_time_minutes": minutes, "daily_data_mb": megabytes,
            "usage": {
                "time_used_minutes": 0, "data_used_mb": 0, "time_remaining_minutes": minutes,
                "data_remaining_mb": megabytes, "reset_at": MIDNIGHT,
            },
        });
        assert_eq!(shop.sue.get(LIMITS).await.expect(200), expected);
        shop.sue.post(CANCEL, json!({})).await.expect(200);
    }
}

#[tokio::test]
async fn without_a_subscription_that_gives_access_the_default_plan_holds() {
    let shop = Shop::with_pages().await;
    let none = error("No subscription found");
    check("neither", &shop.sue.get(LIMITS).await, 404, &none);
    let gold = shop.paid_plan("Gold", "9.00").await;
    shop.subscribe(gold).await;
    check("not paid yet", &shop.sue.get(LIMITS).await, 404, &none);

    let fields = json!({ "default": true, "daily_time_minutes": 5 });
    let basic = shop.plan("Basic", fields).await;
    let limits = shop.sue.get(LIMITS).await.expect(200);
    assert_eq!(limits["plan"], json!({ "id": basic, "name": "Basic" }));
    assert_eq!(limits["usage"]["time_remaining_minutes"], 5);
    let free = shop.free_plan("Free").await;
    shop.subscribe(free).await;
    assert_eq!(shop.access().await, "Free");
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    assert_eq!(shop.access().await, "Basic");
}

#[tokio::test]
async fn a_change_of_the_plan_holds_at_once() {
    let shop = Shop::open().await;
    let fields = json!({ "requires_payment": false, "daily_time_minutes": 60 });
    let plan = shop.plan("Daily", fields).await;
    shop.subscribe(plan).await;
    let path = format!("/subscriptions/plans/{plan}/");
    let change = json!({ "daily_time_minutes": 90, "available": false });
    shop.root.patch(&path, change).await.expect(200);
    assert_eq!(usage(&shop.sue).await["time_remaining_minutes"], 90);
}

#[tokio::test]
async fn what_was_used_counts_whatever_the_plan_and_is_forgotten_at_midnight() {
    let shop = Shop::open().await;
    shop.plan("Basic", json!({ "default": true, "daily_time_minutes": 100 })).await;
    let equipment = equipment(&shop.app, &shop.root, Value::Null).await;
    let half_an_hour = json!({ "Acct-Session-Time": 30 * 60 + 59 });
    report(&equipment, "sue", "Stop", "a", half_an_hour).await.expect(204);
    let fields = json!({ "requires_payment": false, "daily_time_minutes": 40 });
    let daily = shop.plan("Daily", fields).await;
    shop.subscribe(daily).await;
    let used = usage(&shop.sue).await;
    assert_eq!(
        (&used["time_used_minutes"], &used["time_remaining_minutes"]),
        (&json!(30), &json!(10))
    );

    shop.app
        .clock
        .set(MIDNIGHT.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - Duration::seconds(1));
    assert_eq!(usage(&shop.sue).await["time_used_minutes"], 30);
    shop.app.clock.advance(Duration::seconds(1));
    let used = usage(&shop.sue).await;
    assert_eq!(
        (&used["time_used_minutes"], &used["time_remaining_minutes"]),
        (&json!(0), &json!(40))
    );
    assert_eq!(used["reset_at"], "2026-01-17T00:00:00Z");
}
