//! What reports make of payments (contract §10.3).

use serde_json::{Value, json};

use super::{deliver, event, kept, listening, log, payment, shown, stored};
use crate::subscriptions::Shop;
use crate::support::with;

const SUCCEEDED: &str = "payment_intent.succeeded";
const FAILED: &str = "payment_intent.payment_failed";
const CANCELED: &str = "payment_intent.canceled";
const HELD: &str = "payment_intent.amount_capturable_updated";

/// The payment as Stripe would tell of it.
fn intent(payment: &Value, kind: &str) -> Value {
    let (status, received, held) = match kind {
        SUCCEEDED => ("succeeded", 2_000, 0),
        HELD => ("requires_capture", 0, 2_000),
        CANCELED => ("canceled", 0, 0),
        _ => ("requires_payment_method", 0, 0),
    };
    json!({
        "id": payment["transaction_id"], "object": "payment_intent", "status": status,
        "amount": 2_000, "amount_received": received, "amount_capturable": held,
        "currency": "usd", "metadata": {}, "last_payment_error": null, "latest_charge": null,
    })
}

/// Tells of a payment, each time with another id.
async fn tell(shop: &Shop, payment: &Value, kind: &str) {
    let id = format!("evt_{}", stored(&shop.app).await);
    deliver(&shop.app, &event(&id, kind, &intent(payment, kind))).await;
    let kept = kept(shop, &id).await;
    assert_eq!((&kept["status"], &kept["payment"]), (&json!("processed"), &payment["id"]));
}

#[tokio::test]
async fn success_confirms_and_failure_rejects_and_both_are_told_in_the_log() {
    let shop = listening().await;
    for (kind, status) in [(SUCCEEDED, "confirmed"), (FAILED, "rejected")] {
        let waiting = payment(&shop, "waiting").await;
        assert_eq!(waiting["webhook_received"], false);
        tell(&shop, &waiting, kind).await;
        let told = shown(&shop, &waiting).await;
        assert_eq!((&told["status"], &told["webhook_received"]), (&json!(status), &json!(true)));
        assert_eq!(log(&shop, &waiting).await, ["payment.created", kind]);
    }
}

/// The contract names no more fields than these.
#[tokio::test]
async fn an_object_of_its_id_alone_is_enough() {
    let shop = listening().await;
    for (kind, status) in
        [(SUCCEEDED, "confirmed"), (FAILED, "rejected"), (CANCELED, "rejected"), (HELD, "preauth")]
    {
        let waiting = payment(&shop, "waiting").await;
        let object = json!({ "id": waiting["transaction_id"] });
        deliver(&shop.app, &event(kind, kind, &object)).await;
        assert_eq!(shown(&shop, &waiting).await["status"], status, "{kind}");
    }
}

#[tokio::test]
async fn each_report_leads_from_each_status_where_the_contract_says() {
    let shop = listening().await;
    for (from, [succeeded, failed, canceled, held]) in [
        ("waiting", ["confirmed", "rejected", "rejected", "preauth"]),
        ("preauth", ["confirmed", "preauth", "refunded", "preauth"]),
        ("confirmed", ["confirmed"; 4]),
        ("rejected", ["confirmed", "rejected", "rejected", "preauth"]),
        ("error", ["confirmed", "rejected", "rejected", "preauth"]),
    ] {
        for (kind, to) in
            [(SUCCEEDED, succeeded), (FAILED, failed), (CANCELED, canceled), (HELD, held)]
        {
            let payment = payment(&shop, from).await;
            assert_eq!(payment["status"], from);
            tell(&shop, &payment, kind).await;
            let told = shown(&shop, &payment).await;
            assert_eq!(told["status"], to, "{kind} from {from}");
            assert_eq!(told["webhook_received"], true);
            assert_eq!(log(&shop, &payment).await.last().unwrap(), kind);
        }
    }
}

#[tokio::test]
async fn what_was_given_back_stays_so_whatever_is_told_late() {
    let shop = listening().await;
    for kind in [SUCCEEDED, FAILED, CANCELED, HELD] {
        let payment = payment(&shop, "confirmed").await;
        let refund = format!("/payments/{}/refund_payment/", payment["id"]);
        shop.root.post(&refund, json!({})).await.expect(200);
        tell(&shop, &payment, kind).await;
        let told = shown(&shop, &payment).await;
        assert_eq!(
            (&told["status"], &told["refunded_amount"]),
            (&json!("refunded"), &json!("20.00"))
        );
    }
}

#[tokio::test]
async fn a_late_failure_takes_no_money_away_and_a_late_success_brings_it() {
    let shop = listening().await;
    let first = payment(&shop, "waiting").await;
    tell(&shop, &first, SUCCEEDED).await;
    tell(&shop, &first, FAILED).await;
    assert_eq!(shown(&shop, &first).await["status"], "confirmed");
    let second = payment(&shop, "waiting").await;
    tell(&shop, &second, FAILED).await;
    tell(&shop, &second, SUCCEEDED).await;
    assert_eq!(shown(&shop, &second).await["status"], "confirmed");
    assert_eq!(log(&shop, &second).await, ["payment.created", FAILED, SUCCEEDED]);
}

#[tokio::test]
async fn another_amount_or_currency_is_told_and_changes_no_status() {
    let shop = listening().await;
    for (number, change) in [
        json!({ "amount": 1_999 }),
        json!({ "amount": 2_001 }),
        json!({ "amount": 20 }),
        json!({ "amount": 0 }),
        json!({ "amount": -2_000 }),
        json!({ "currency": "eur" }),
        json!({ "currency": "xyz" }),
        json!({ "amount": 20, "currency": "jpy" }),
    ]
    .into_iter()
    .enumerate()
    {
        for kind in [SUCCEEDED, HELD] {
            let waiting = payment(&shop, "waiting").await;
            let object = with(intent(&waiting, kind), change.clone());
            deliver(&shop.app, &event(&format!("{kind}{number}"), kind, &object)).await;
            assert_eq!(shown(&shop, &waiting).await["status"], "waiting", "{change}");
            assert_eq!(log(&shop, &waiting).await, ["payment.created", "payment.mismatch"]);
        }
    }
}

#[tokio::test]
async fn the_same_event_again_has_no_further_effect() {
    let shop = listening().await;
    let payment = payment(&shop, "waiting").await;
    let succeeded = event("evt_1", SUCCEEDED, &intent(&payment, SUCCEEDED));
    for _ in 0..3 {
        deliver(&shop.app, &succeeded).await;
    }
    // Not with another content either: the id decides.
    let other = self::payment(&shop, "waiting").await;
    deliver(&shop.app, &event("evt_1", SUCCEEDED, &intent(&other, SUCCEEDED))).await;
    deliver(&shop.app, &event("evt_1", CANCELED, &intent(&other, CANCELED))).await;
    assert_eq!(shown(&shop, &other).await["status"], "waiting");
    assert_eq!(log(&shop, &payment).await, ["payment.created", SUCCEEDED]);
    assert_eq!(stored(&shop.app).await, 1);
    assert_eq!(kept(&shop, "evt_1").await["event_type"], SUCCEEDED);
}

#[tokio::test]
async fn simultaneous_deliveries_of_one_event_are_one_effect() {
    let shop = listening().await;
    let payment = payment(&shop, "waiting").await;
    let body = event("evt_1", SUCCEEDED, &intent(&payment, SUCCEEDED)).to_string();
    let header = super::signed(super::SECRET, super::time(&shop.app), body.as_bytes());
    let answers = crate::concurrency::together((0..16).map(|_| {
        let (client, header, body) = (shop.app.anonymous(), header.clone(), body.clone());
        async move { super::post(&client, Some(&header), body).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(log(&shop, &payment).await, ["payment.created", SUCCEEDED]);
    assert_eq!(stored(&shop.app).await, 1);
}

#[tokio::test]
async fn a_dispute_is_told_in_the_log_and_no_more() {
    let shop = listening().await;
    let payment = payment(&shop, "confirmed").await;
    for (number, kind) in
        ["charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed"]
            .into_iter()
            .enumerate()
    {
        let dispute = json!({
            "id": "dp_1", "object": "dispute", "amount": 2_000, "currency": "usd",
            "status": "needs_response", "reason": "fraudulent", "charge": "ch_1",
            "payment_intent": payment["transaction_id"],
        });
        deliver(&shop.app, &event(&format!("evt_{number}"), kind, &dispute)).await;
        assert_eq!(log(&shop, &payment).await.last().unwrap(), kind);
        assert_eq!(shown(&shop, &payment).await["status"], "confirmed");
    }
}

#[tokio::test]
async fn what_was_captured_in_part_counts_as_so_much() {
    let shop = listening().await;
    let held = payment(&shop, "preauth").await;
    let object = with(intent(&held, SUCCEEDED), json!({ "amount_received": 1_500 }));
    deliver(&shop.app, &event("evt_1", SUCCEEDED, &object)).await;
    let told = shown(&shop, &held).await;
    assert_eq!((&told["status"], &told["captured_amount"]), (&json!("confirmed"), &json!("15.00")));
}

#[tokio::test]
async fn a_payment_of_a_subscription_that_is_reported_begins_it() {
    let shop = listening().await;
    let plan = shop.paid_plan("Gold", "20.00").await;
    shop.subscribe(plan).await;
    let waiting = shop.sue.get("/payments/").await.expect(200)["results"][0].clone();
    tell(&shop, &waiting, SUCCEEDED).await;
    assert_eq!(shop.status().await["status"], "active");
}
