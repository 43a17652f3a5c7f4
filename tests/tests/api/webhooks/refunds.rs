//! Money that went back at the gateway (contract §10.3).

use serde_json::{Value, json};

use super::{deliver, event, listening, payment, shown};
use crate::subscriptions::Shop;

/// A refund as Stripe would tell of it; the amount is in cents.
fn refund(payment: &Value, id: &str, cents: i64, status: &str) -> Value {
    json!({
        "id": id, "object": "refund", "amount": cents, "currency": "usd", "status": status,
        "charge": "ch_1", "payment_intent": payment["transaction_id"], "metadata": {},
    })
}

/// The refunds of a payment, the oldest first, each as its status and amount.
async fn refunds(shop: &Shop, payment: &Value) -> Vec<String> {
    let rows = shop.sue.get(&format!("/payments/{}/refunds/", payment["id"])).await.expect(200);
    let told = |row: &Value| format!("{} {}", row["status"], row["amount"]).replace('"', "");
    rows.as_array().unwrap().iter().rev().map(told).collect()
}

/// The status of a payment and what went back of it.
async fn standing(shop: &Shop, payment: &Value) -> (Value, Value) {
    let shown = shown(shop, payment).await;
    (shown["status"].clone(), shown["refunded_amount"].clone())
}

#[tokio::test]
async fn each_refund_is_a_row_and_when_nothing_is_left_the_payment_is_refunded() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    let first = refund(&payment, "re_1", 550, "succeeded");
    deliver(&shop.app, &event("evt_1", "refund.created", &first)).await;
    assert_eq!(refunds(&shop, &payment).await, ["succeeded 5.50"]);
    assert_eq!(standing(&shop, &payment).await, (json!("confirmed"), json!("5.50")));
    let shown = shown(&shop, &payment).await;
    assert_eq!(shown["metadata"]["refunded_amount"], "5.50");
    let second = refund(&payment, "re_2", 1_450, "succeeded");
    deliver(&shop.app, &event("evt_2", "refund.updated", &second)).await;
    assert_eq!(refunds(&shop, &payment).await, ["succeeded 5.50", "succeeded 14.50"]);
    assert_eq!(standing(&shop, &payment).await, (json!("refunded"), json!("20.00")));
}

#[tokio::test]
async fn a_refund_that_is_told_of_in_several_events_counts_once() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    for (number, (kind, status)) in [
        ("refund.created", "pending"),
        ("refund.updated", "succeeded"),
        ("refund.updated", "succeeded"),
        ("refund.created", "pending"),
    ]
    .into_iter()
    .enumerate()
    {
        let told = refund(&payment, "re_1", 500, status);
        deliver(&shop.app, &event(&format!("evt_{number}"), kind, &told)).await;
    }
    assert_eq!(refunds(&shop, &payment).await, ["succeeded 5.00"]);
    assert_eq!(standing(&shop, &payment).await, (json!("confirmed"), json!("5.00")));
}

#[tokio::test]
async fn a_refund_that_failed_gives_nothing_back() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    let whole = refund(&payment, "re_1", 2_000, "succeeded");
    deliver(&shop.app, &event("evt_1", "refund.created", &whole)).await;
    assert_eq!(standing(&shop, &payment).await, (json!("refunded"), json!("20.00")));
    let failed = refund(&payment, "re_1", 2_000, "failed");
    deliver(&shop.app, &event("evt_2", "refund.failed", &failed)).await;
    assert_eq!(refunds(&shop, &payment).await, ["failed 20.00"]);
    assert_eq!(standing(&shop, &payment).await, (json!("confirmed"), json!("0.00")));
    deliver(&shop.app, &event("evt_3", "refund.updated", &whole)).await;
    assert_eq!(standing(&shop, &payment).await, (json!("confirmed"), json!("0.00")), "told late");
}

#[tokio::test]
async fn a_charge_tells_what_went_back_in_all() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    for (number, (cents, status, sum)) in [
        (700, "confirmed", "7.00"),
        (700, "confirmed", "7.00"),
        (2_000, "refunded", "20.00"),
        (700, "refunded", "20.00"),
    ]
    .into_iter()
    .enumerate()
    {
        let charge = json!({
            "id": "ch_1", "object": "charge", "status": "succeeded", "amount": 2_000,
            "amount_refunded": cents, "currency": "usd",
            "payment_intent": payment["transaction_id"],
        });
        deliver(&shop.app, &event(&format!("evt_{number}"), "charge.refunded", &charge)).await;
        assert_eq!(standing(&shop, &payment).await, (json!(status), json!(sum)), "{cents}");
    }
}

#[tokio::test]
async fn what_was_given_back_here_and_is_reported_too_counts_once() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    let path = format!("/payments/{}/refund_payment/", payment["id"]);
    shop.root.post(&path, json!({ "amount": "8.00" })).await.expect(200);
    let charge = json!({
        "id": "ch_1", "object": "charge", "amount": 2_000, "amount_refunded": 800,
        "currency": "usd", "payment_intent": payment["transaction_id"],
    });
    deliver(&shop.app, &event("evt_1", "charge.refunded", &charge)).await;
    assert_eq!(standing(&shop, &payment).await, (json!("confirmed"), json!("8.00")));
    assert_eq!(refunds(&shop, &payment).await, ["succeeded 8.00"]);
}

#[tokio::test]
async fn what_went_back_at_the_gateway_cannot_go_back_again() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    let told = refund(&payment, "re_1", 1_500, "succeeded");
    deliver(&shop.app, &event("evt_1", "refund.created", &told)).await;
    let path = format!("/payments/{}/refund_payment/", payment["id"]);
    let exceeds = json!({ "amount": ["Refund exceeds the remaining amount."] });
    shop.root.post(&path, json!({ "amount": "5.01" })).await.expect_body(400, &exceeds);
    shop.root.post(&path, json!({})).await.expect(200);
    assert_eq!(standing(&shop, &payment).await, (json!("refunded"), json!("20.00")));
}

#[tokio::test]
async fn whatever_the_order_in_which_it_is_told_it_comes_to_the_same() {
    let shop = listening().await;
    for (number, order) in
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].into_iter().enumerate()
    {
        let payment = payment(&shop, "waiting").await;
        let own = &payment["transaction_id"];
        let told = [
            (
                "payment_intent.succeeded",
                json!({ "id": own, "amount": 2_000, "currency": "usd", "status": "succeeded" }),
            ),
            ("refund.created", refund(&payment, &format!("re_a{number}"), 1_200, "succeeded")),
            ("refund.created", refund(&payment, &format!("re_b{number}"), 800, "succeeded")),
        ];
        for index in order {
            let (kind, object) = &told[index];
            deliver(&shop.app, &event(&format!("evt_{number}_{index}"), kind, object)).await;
        }
        assert_eq!(
            standing(&shop, &payment).await,
            (json!("refunded"), json!("20.00")),
            "{order:?}"
        );
        assert_eq!(refunds(&shop, &payment).await.len(), 2);
    }
}
