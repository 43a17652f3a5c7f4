//! What reports make of subscriptions (contract §10.3).

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{deliver, event, kept, listening, stored};
use crate::subscriptions::Shop;
use crate::support::with;

const CREATED: &str = "customer.subscription.created";
const UPDATED: &str = "customer.subscription.updated";
const DELETED: &str = "customer.subscription.deleted";

/// A shop and the name of `sue`'s subscription, paid for a month.
async fn paid() -> (Shop, Value) {
    let shop = listening().await;
    let plan = shop.paid_plan("Gold", "20.00").await;
    shop.gateway_does(json!({ "outcome": "confirmed" })).await;
    let name = shop.subscribe(plan).await["subscription_id"].clone();
    assert_eq!(shop.status().await["status"], "active");
    (shop, name)
}

/// Tells of a subscription, each time with another id.
async fn tell(shop: &Shop, kind: &str, object: &Value) {
    let id = format!("evt_{}", stored(&shop.app).await);
    deliver(&shop.app, &event(&id, kind, object)).await;
    assert_eq!(kept(shop, &id).await["status"], "processed", "{kind} {object}");
}

/// The instant as a gateway writes it, and as the API does.
fn instant(shop: &Shop, days: i64) -> (i64, Value) {
    let instant: DateTime<Utc> = shop.now() + Duration::days(days);
    let seconds = instant.timestamp();
    (seconds, json!(DateTime::from_timestamp_secs(seconds).unwrap()))
}

#[tokio::test]
async fn a_status_is_taken_over_in_the_words_of_the_contract() {
    for (told, status) in [
        ("active", "active"),
        ("trialing", "trialing"),
        ("past_due", "past_due"),
        ("unpaid", "past_due"),
        ("canceled", "canceled"),
        ("paused", "canceled"),
        ("incomplete_expired", "canceled"),
    ] {
        let (shop, name) = paid().await;
        tell(&shop, UPDATED, &json!({ "id": name, "status": told })).await;
        assert_eq!(shop.status().await["status"], status, "{told}");
    }
}

#[tokio::test]
async fn the_period_is_taken_over_wherever_it_stands() {
    let (shop, name) = paid().await;
    let ((start, shown_start), (end, shown_end)) = (instant(&shop, 1), instant(&shop, 31));
    let object = json!({
        "id": name, "status": "active",
        "current_period_start": start, "current_period_end": end,
    });
    tell(&shop, UPDATED, &object).await;
    let status = shop.status().await;
    assert_eq!(
        (&status["current_period_start"], &status["current_period_end"]),
        (&shown_start, &shown_end)
    );

    let ((start, shown_start), (end, shown_end)) = (instant(&shop, 31), instant(&shop, 61));
    let item = json!({ "id": "si_1", "current_period_start": start, "current_period_end": end });
    let object = json!({ "id": name, "status": "active", "items": { "data": [item] } });
    tell(&shop, UPDATED, &object).await;
    let status = shop.status().await;
    assert_eq!(
        (&status["current_period_start"], &status["current_period_end"]),
        (&shown_start, &shown_end)
    );
}

#[tokio::test]
async fn the_end_that_was_asked_for_is_taken_over() {
    let (shop, name) = paid().await;
    let (asked, shown) = instant(&shop, 0);
    let object = json!({
        "id": name, "status": "active", "cancel_at_period_end": true, "canceled_at": asked,
    });
    tell(&shop, UPDATED, &object).await;
    let status = shop.status().await;
    assert_eq!((&status["cancel_at_period_end"], &status["canceled_at"]), (&json!(true), &shown));
    assert_eq!(status["status"], "active");
    let object = with(object, json!({ "cancel_at_period_end": false, "canceled_at": null }));
    tell(&shop, UPDATED, &object).await;
    let status = shop.status().await;
    assert_eq!(
        (&status["cancel_at_period_end"], &status["canceled_at"]),
        (&json!(false), &json!(null))
    );
}

#[tokio::test]
async fn one_that_is_created_paid_begins() {
    let shop = listening().await;
    let plan = shop.paid_plan("Gold", "20.00").await;
    let name = shop.subscribe(plan).await["subscription_id"].clone();
    assert_eq!(shop.status().await["status"], "incomplete");
    let ((start, shown_start), (end, shown_end)) = (instant(&shop, 0), instant(&shop, 30));
    let object = json!({
        "id": name, "status": "active", "cancel_at_period_end": false,
        "current_period_start": start, "current_period_end": end,
    });
    tell(&shop, CREATED, &object).await;
    let status = shop.status().await;
    assert_eq!(status["status"], "active");
    assert_eq!(
        (&status["current_period_start"], &status["current_period_end"]),
        (&shown_start, &shown_end)
    );
}

#[tokio::test]
async fn deleted_means_canceled_and_nothing_late_revives_it() {
    for deleted in ["canceled", "active"] {
        let (shop, name) = paid().await;
        tell(&shop, DELETED, &json!({ "id": name, "status": deleted })).await;
        let canceled = shop.status().await;
        assert_eq!(canceled["status"], "canceled", "{deleted}");
        assert!(canceled["canceled_at"].is_string());
        for (kind, status) in [(UPDATED, "active"), (CREATED, "trialing"), (UPDATED, "past_due")] {
            tell(&shop, kind, &json!({ "id": name, "status": status })).await;
            assert_eq!(shop.status().await["status"], "canceled", "{kind} {status}");
        }
    }
}

#[tokio::test]
async fn of_accounts_in_the_wrong_order_the_latest_holds() {
    let (shop, name) = paid().await;
    let now = shop.now().timestamp();
    for (id, age, status) in [("evt_a", 10, "past_due"), ("evt_b", 20, "active")] {
        let object = json!({ "id": name, "status": status });
        let told = with(event(id, UPDATED, &object), json!({ "created": now - age }));
        deliver(&shop.app, &told).await;
    }
    assert_eq!(shop.status().await["status"], "past_due");
}

#[tokio::test]
async fn an_invoice_that_is_paid_is_the_next_period_and_one_that_is_not_is_owed() {
    let (shop, name) = paid().await;
    let ((start, shown_start), (end, shown_end)) = (instant(&shop, 30), instant(&shop, 60));
    let invoice = json!({
        "id": "in_1", "object": "invoice", "status": "open", "currency": "usd",
        "amount_due": 2_000, "amount_paid": 0, "subscription": name,
        "lines": { "data": [{ "period": { "start": start, "end": end } }] },
    });
    tell(&shop, "invoice.payment_failed", &invoice).await;
    assert_eq!(shop.status().await["status"], "past_due");
    let paid = json!({ "status": "paid", "amount_paid": 2_000, "payment_intent": "pi_renewal" });
    tell(&shop, "invoice.paid", &with(invoice, paid)).await;
    let status = shop.status().await;
    assert_eq!(status["status"], "active");
    assert_eq!(
        (&status["current_period_start"], &status["current_period_end"]),
        (&shown_start, &shown_end)
    );
}

#[tokio::test]
async fn one_that_is_not_known_is_kept_for_admins() {
    let shop = listening().await;
    for kind in [CREATED, UPDATED, DELETED] {
        let object = json!({ "id": "sub_unknown", "status": "active" });
        deliver(&shop.app, &event(kind, kind, &object)).await;
        let kept = kept(&shop, kind).await;
        assert_eq!((&kept["status"], &kept["payment"]), (&json!("unmatched"), &json!(null)));
    }
}

#[tokio::test]
async fn nobody_gets_a_second_live_one_by_a_report() {
    let shop = listening().await;
    let (gold, free) = (shop.paid_plan("Gold", "20.00").await, shop.free_plan("Free").await);
    let replaced = shop.subscribe(gold).await["subscription_id"].clone();
    let live = shop.subscribe(free).await["subscription_id"].clone();
    let body = event("evt_1", UPDATED, &json!({ "id": replaced, "status": "active" })).to_string();
    let answer = super::post_signed(&shop.app, body.as_bytes()).await;
    assert!(answer.status < 500, "{answer:?}");
    let status = shop.status().await;
    assert_eq!((&status["subscription_id"], &status["status"]), (&live, &json!("active")));
    let count: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM payment_subscription WHERE status IN ('active', 'trialing', 'past_due')",
    )
    .fetch_one(&shop.app.pool)
    .await
    .unwrap();
    assert_eq!(count, 1);
}
