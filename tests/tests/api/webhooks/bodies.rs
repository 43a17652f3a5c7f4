//! Bodies that are rightly signed and no events (contract §10.3).

use serde_json::{Value, json};
use wiwebb_tests::{TestApp, raw};

use super::{
    INBOX, SECRET, SETTINGS, WEBHOOK, deliver, event, invalid_payload, kept, listening,
    post_signed, signed, stored, time,
};
use crate::support::{check, detail, with, without};

const LIMIT: usize = 1024 * 1024;

#[tokio::test]
async fn what_is_no_event_object_is_refused_and_not_kept() {
    let app = TestApp::configured(&SETTINGS).await;
    let good = event("evt_1", "customer.created", &json!({ "id": "cus_1" }));
    let mut bodies: Vec<Vec<u8>> = [
        "",
        " ",
        "{",
        "}",
        "nonsense",
        "[]",
        "[{}]",
        "null",
        "true",
        "0",
        "1.5",
        "\"evt_1\"",
        "{}",
        "{} {}",
        "{\"id\":\"evt_1\",}",
        "{'id':'evt_1'}",
        "id=evt_1&type=x",
        "{\"a\":NaN}",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec();
    bodies.push(b"\x00".to_vec());
    bodies.push([good.to_string().as_bytes(), b"\x00"].concat());
    bodies.push(b"{\"id\":\"\xff\",\"type\":\"x\",\"data\":{\"object\":{}}}".to_vec());
    bodies.push(good.to_string().into_bytes()[..40].to_vec());
    for field in ["id", "type", "data"] {
        bodies.push(without(good.clone(), field).to_string().into_bytes());
        for value in [json!(null), json!(1), json!(true), json!([]), json!(["x"])] {
            bodies.push(with(good.clone(), json!({ field: value })).to_string().into_bytes());
        }
    }
    for data in [json!({}), json!("x"), json!({ "object": null }), json!({ "object": [] })] {
        bodies.push(with(good.clone(), json!({ "data": data })).to_string().into_bytes());
    }
    for id in [json!(""), json!({})] {
        bodies.push(with(good.clone(), json!({ "id": id })).to_string().into_bytes());
    }
    for body in bodies {
        let answer = post_signed(&app, &body).await;
        check(&String::from_utf8_lossy(&body), &answer, 400, &invalid_payload());
    }
    assert_eq!(stored(&app).await, 0);
}

#[tokio::test]
async fn what_cannot_be_kept_is_no_server_error() {
    let app = TestApp::configured(&SETTINGS).await;
    let good = event("evt_1", "customer.created", &json!({ "id": "cus_1" }));
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let mut bodies = vec![
        "[".repeat(500_000),
        "{\"a\":".repeat(100_000),
        good.to_string().replace("evt_1", "\\u0000"),
        good.to_string().replace("evt_1", "a\\u0000b"),
        good.to_string().replace("evt_1", "\\ud800"),
        good.to_string().replace("customer.created", "a\\u0000b"),
        good.to_string().replace("cus_1", "a\\u0000b"),
        good.to_string().replace("cus_1", "\\udc00"),
        good.to_string().replace("\"cus_1\"", &deep(5_000)),
        good.to_string().replace("\"cus_1\"", &deep(120)),
        good.to_string().replace("\"cus_1\"", "1e999"),
        good.to_string().replace("\"cus_1\"", &"9".repeat(100_000)),
        with(good.clone(), json!({ "created": "yesterday", "livemode": 7 })).to_string(),
        with(good.clone(), json!({ "created": -1e300 })).to_string(),
        with(good.clone(), json!({ "created": i64::MAX })).to_string(),
    ];
    for length in [100, 101, 255, 256, 100_000] {
        bodies.push(with(good.clone(), json!({ "type": "t".repeat(length) })).to_string());
        bodies.push(with(good.clone(), json!({ "id": "ü".repeat(length) })).to_string());
    }
    for body in bodies {
        let answer = post_signed(&app, body.as_bytes()).await;
        let shown: String = body.chars().take(90).collect();
        assert!([200, 400].contains(&answer.status), "{shown}: {answer:?}");
    }
}

/// Objects that Stripe would not send, under the types that mean something.
#[tokio::test]
async fn an_object_that_makes_no_sense_is_kept_and_breaks_nothing() {
    let shop = listening().await;
    let kinds = [
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "payment_intent.amount_capturable_updated",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.dispute.created",
        "checkout.session.completed",
        "checkout.session.expired",
        "invoice.paid",
        "invoice.payment_failed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
    ];
    let payment = super::payment(&shop, "waiting").await;
    let objects = [
        json!({}),
        json!({ "id": null }),
        json!({ "id": 5 }),
        json!({ "id": ["x"], "amount": "much", "currency": 7, "status": {} }),
        json!({ "id": "x".repeat(10_000), "status": "new in 2031" }),
        json!({ "id": "x", "amount": i64::MAX, "currency": "usd", "status": "succeeded" }),
        json!({ "id": "x", "amount": -5, "currency": "no such", "payment_intent": "y" }),
        json!({ "id": "x", "amount": 1.5, "payment_intent": {}, "subscription": [] }),
        json!({ "id": "a\u{0}b", "payment_intent": "a\u{0}b", "subscription": "a\u{0}b" }),
        json!({ "id": "x", "metadata": "none", "items": 4, "lines": { "data": [{}] } }),
        json!({ "id": "x", "current_period_start": "soon", "current_period_end": i64::MAX }),
    ];
    let mut number = 0;
    for kind in kinds {
        for object in &objects {
            number += 1;
            let id = format!("evt_{number}");
            let body = event(&id, kind, object).to_string();
            let answer = post_signed(&shop.app, body.as_bytes()).await;
            check(
                &body.chars().take(200).collect::<String>(),
                &answer,
                200,
                &json!({ "received": true }),
            );
            assert_ne!(kept(&shop, &id).await["status"], "processed", "{kind} {object}");
        }
    }
    assert_eq!(stored(&shop.app).await, number);
    assert_eq!(super::shown(&shop, &payment).await["status"], "waiting");
    shop.root.get(&format!("{INBOX}?page_size=100")).await.expect(200);
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_taken_and_one_byte_more_is_not() {
    let app = TestApp::configured(&SETTINGS).await;
    let target = format!("/api/v1{WEBHOOK}");
    for (length, status) in [(LIMIT, 200), (LIMIT + 1, 413), (3 * LIMIT, 413)] {
        let body = event("evt_1", "customer.created", &json!({ "id": "FILLER" })).to_string();
        let body = body.replace("FILLER", &"f".repeat(length - body.len() + "FILLER".len()));
        assert_eq!(body.len(), length);
        let header = format!("Stripe-Signature: {}", signed(SECRET, time(&app), body.as_bytes()));
        let lines: &[&[u8]] =
            &[b"Host: localhost", b"Content-Type: application/json", header.as_bytes()];
        for request in [
            raw::request("POST", &target, lines, body.as_bytes()),
            raw::chunked_request("POST", &target, lines, body.as_bytes()),
        ] {
            let answer = raw::exchange(&app.base, &request).await;
            assert_eq!(answer.status, status, "{length}: {answer:?}");
            if status == 413 {
                assert_eq!(answer.json(), detail("Request body too large."));
            }
        }
    }
    assert_eq!(stored(&app).await, 1);
}

#[tokio::test]
async fn what_came_is_kept_as_it_came() {
    let shop = listening().await;
    let object =
        json!({ "id": "cus_ü", "name": "💧 \u{202e}", "big": 12_345_678_901_234_567_890_u64 });
    let sent = event("evt_1", "customer.created", &object);
    let spaced = serde_json::to_string_pretty(&sent).unwrap();
    post_signed(&shop.app, spaced.as_bytes()).await.expect(200);
    let id = kept(&shop, "evt_1").await["id"].clone();
    let payload: Value =
        shop.root.get(&format!("{INBOX}{id}/")).await.expect(200)["payload"].clone();
    assert_eq!(payload, sent);
}

#[tokio::test]
async fn types_of_no_interest_are_kept_and_done_with() {
    let shop = listening().await;
    for (number, kind) in
        ["customer.created", "nothing", "payment_intent.", "PAYMENT_INTENT.SUCCEEDED", "a b", "ü"]
            .into_iter()
            .enumerate()
    {
        let id = format!("evt_{number}");
        deliver(&shop.app, &event(&id, kind, &json!({ "id": "x" }))).await;
        let kept = kept(&shop, &id).await;
        assert_eq!((&kept["event_type"], &kept["status"]), (&json!(kind), &json!("ignored")));
    }
}
