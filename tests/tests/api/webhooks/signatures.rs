//! Who sent a webhook (contract §10.3): what is not rightly signed changes nothing and is not kept.

use serde_json::json;
use wiwebb_tests::TestApp;

use super::{
    SECRET, SETTINGS, event, invalid_payload, invalid_signature, listening, payment, post, shown,
    signature, signed, stored, time,
};
use crate::support::check;

/// A body that would be an event.
fn body() -> Vec<u8> {
    event("evt_1", "customer.created", &json!({ "id": "cus_1" })).to_string().into_bytes()
}

async fn server() -> TestApp {
    TestApp::configured(&SETTINGS).await
}

#[tokio::test]
async fn what_is_wrongly_signed_is_refused_and_not_kept() {
    let app = server().await;
    let (now, body) = (time(&app), body());
    let good = signature(SECRET, now, &body);
    let longer = [body.as_slice(), b" "].concat();
    let headers = [
        String::new(),
        " ".into(),
        "nonsense".into(),
        good.clone(),
        format!("v1={good}"),
        format!("t={now}"),
        format!("t={now},v1="),
        format!("t={now},v0={good}"),
        format!("t={now},v2={good}"),
        format!("t={now},V1={good}"),
        format!("t=,v1={good}"),
        format!("t=now,v1={good}"),
        format!("t=-{now},v1={good}"),
        format!("t=99999999999999999999,v1={good}"),
        format!("t={},v1={good}", now + 1),
        format!("t={now};v1={good}"),
        format!("t={now},v1={}", &good[..63]),
        format!("t={now},v1={}", &good[..62]),
        format!("t={now},v1={}", &good[..32]),
        format!("t={now},v1={good}00"),
        format!("t={now},v1={}", "0".repeat(64)),
        format!("t={now},v1={}", "z".repeat(64)),
        format!("t={now},v1={}", good.chars().rev().collect::<String>()),
        signed("whsec_of_somebody_else", now, &body),
        signed("", now, &body),
        signed(&format!("{SECRET} "), now, &body),
        signed(SECRET, now, &longer),
        signed(SECRET, now, &body[1..]),
        signed(SECRET, now, b""),
        "x".repeat(5_000),
        format!("t={now}{}", ",v1=00".repeat(800)),
    ];
    for header in headers {
        let shown: String = header.chars().take(120).collect();
        let answer = post(&app.anonymous(), Some(&header), body.clone()).await;
        check(&shown, &answer, 400, &invalid_signature());
    }
    check("none", &post(&app.anonymous(), None, body.clone()).await, 400, &invalid_signature());
    assert_eq!(stored(&app).await, 0);
    post(&app.anonymous(), Some(&signed(SECRET, now, &body)), body).await.expect(200);
    assert_eq!(stored(&app).await, 1);
}

#[tokio::test]
async fn a_header_that_is_no_text_is_refused() {
    let app = server().await;
    let body = body();
    let good = signed(SECRET, time(&app), &body);
    for bytes in [&b"\xff\xfe"[..], "t=1,v1=ü".as_bytes(), &[good.as_bytes(), b",\xff"].concat()] {
        let header = reqwest::header::HeaderValue::from_bytes(bytes).unwrap();
        let request = app.anonymous().request(reqwest::Method::POST, super::WEBHOOK);
        let request = request.header("Stripe-Signature", header).body(body.clone());
        check("bytes", &app.anonymous().send(request).await, 400, &invalid_signature());
    }
    assert_eq!(stored(&app).await, 0);
}

#[tokio::test]
async fn a_signature_is_of_five_minutes_at_most_in_both_directions() {
    let app = server().await;
    let (now, body) = (time(&app), body());
    for seconds in [301, 302, 3_600, 86_400, -301, -302, -3_600, -86_400 * 365, now] {
        let header = signed(SECRET, now - seconds, &body);
        let answer = post(&app.anonymous(), Some(&header), body.clone()).await;
        check(&format!("{seconds} s old"), &answer, 400, &invalid_signature());
    }
    assert_eq!(stored(&app).await, 0);
    for (number, seconds) in [300, 299, 1, 0, -1, -299, -300].into_iter().enumerate() {
        let id = format!("evt_{number}");
        let body = event(&id, "customer.created", &json!({ "id": "cus_1" })).to_string();
        let header = signed(SECRET, now - seconds, body.as_bytes());
        post(&app.anonymous(), Some(&header), body).await.expect(200);
    }
    assert_eq!(stored(&app).await, 7);
}

#[tokio::test]
async fn what_was_right_once_is_refused_when_it_is_sent_again_later() {
    let app = server().await;
    let body = body();
    let header = signed(SECRET, time(&app), &body);
    post(&app.anonymous(), Some(&header), body.clone()).await.expect(200);
    app.clock.advance(chrono::Duration::seconds(302));
    let late = post(&app.anonymous(), Some(&header), body).await;
    check("replayed", &late, 400, &invalid_signature());
}

#[tokio::test]
async fn without_a_secret_nothing_is_believed() {
    for settings in [&[][..], &[("STRIPE_WEBHOOK_SECRET", "")]] {
        let app = TestApp::configured(settings).await;
        let (now, body) = (time(&app), body());
        for forged in ["", " ", ",", SECRET] {
            let header = signed(forged, now, &body);
            let answer = post(&app.anonymous(), Some(&header), body.clone()).await;
            check(&format!("{settings:?} {forged:?}"), &answer, 400, &invalid_signature());
        }
        check("none", &post(&app.anonymous(), None, body).await, 400, &invalid_signature());
        assert_eq!(stored(&app).await, 0, "{settings:?}");
    }
}

#[tokio::test]
async fn while_a_secret_is_replaced_both_count() {
    let secrets = "whsec_old, whsec_new";
    let app = TestApp::configured(&[("STRIPE_WEBHOOK_SECRET", secrets)]).await;
    let now = time(&app);
    let sign = |id: &str, secrets: &[&str]| {
        let body = event(id, "customer.created", &json!({ "id": "cus_1" })).to_string();
        let signatures = secrets.iter().map(|secret| signature(secret, now, body.as_bytes()));
        let header = signatures.fold(format!("t={now}"), |header, v1| format!("{header},v1={v1}"));
        (header, body)
    };
    for (id, secrets) in [
        ("evt_1", &["whsec_old"][..]),
        ("evt_2", &["whsec_new"]),
        ("evt_3", &["whsec_old", "whsec_new"]),
        ("evt_4", &["whsec_else", "whsec_new"]),
        ("evt_5", &["whsec_old", "whsec_else"]),
    ] {
        let (header, body) = sign(id, secrets);
        post(&app.anonymous(), Some(&header), body).await.expect(200);
    }
    for secrets in [&["whsec_else"][..], &["whsec_old, whsec_new"], &["whsec_else", "whsec_more"]] {
        let (header, body) = sign("evt_6", secrets);
        let answer = post(&app.anonymous(), Some(&header), body).await;
        check(&format!("{secrets:?}"), &answer, 400, &invalid_signature());
    }
    let (header, body) = sign("evt_7", &["whsec_new"]);
    let more = format!("v0=00,scheme=x,{header},v1=nothex,v2=1");
    post(&app.anonymous(), Some(&more), body).await.expect(200);
    assert_eq!(stored(&app).await, 6);
}

#[tokio::test]
async fn the_signature_comes_before_the_payload() {
    let app = server().await;
    for body in ["", "{", "[]", "null", "{}"] {
        let forged = signed("x", time(&app), body.as_bytes());
        let forged = post(&app.anonymous(), Some(&forged), body).await;
        check(body, &forged, 400, &invalid_signature());
        let genuine = signed(SECRET, time(&app), body.as_bytes());
        let genuine = post(&app.anonymous(), Some(&genuine), body).await;
        check(body, &genuine, 400, &invalid_payload());
    }
    assert_eq!(stored(&app).await, 0);
}

#[tokio::test]
async fn a_forged_report_moves_no_payment() {
    let shop = listening().await;
    let payment = payment(&shop, "waiting").await;
    let before = shown(&shop, &payment).await;
    let object = json!({ "id": payment["transaction_id"] });
    let body = event("evt_1", "payment_intent.succeeded", &object).to_string();
    let forged = signed("whsec_of_somebody_else", time(&shop.app), body.as_bytes());
    let stale = signed(SECRET, time(&shop.app) - 301, body.as_bytes());
    for header in [Some(forged.as_str()), Some(stale.as_str()), Some(""), None] {
        for client in [shop.app.anonymous(), shop.root.clone()] {
            let answer = post(&client, header, body.clone()).await;
            check("forged", &answer, 400, &invalid_signature());
        }
    }
    assert_eq!(shown(&shop, &payment).await, before);
    assert_eq!(stored(&shop.app).await, 0);
}

#[tokio::test]
async fn whoever_signs_needs_no_key_and_is_never_throttled() {
    let rates = ["LOGIN", "USER", "ANON"].map(|who| (format!("WIWEBB_{who}_RATE"), "1/min"));
    let secret = ("STRIPE_WEBHOOK_SECRET".to_owned(), SECRET);
    let settings: Vec<(String, &str)> = rates.into_iter().chain([secret]).collect();
    let app = TestApp::configured(&settings).await;
    let clients = [
        app.anonymous(),
        app.anonymous().with_key(&"0".repeat(40)),
        app.anonymous().with_key("x y"),
    ];
    for number in 0..30 {
        let id = format!("evt_{number}");
        let body = event(&id, "customer.created", &json!({ "id": "cus_1" })).to_string();
        let header = signed(SECRET, time(&app), body.as_bytes());
        let client = &clients[number % clients.len()];
        post(client, Some(&header), body.clone()).await.expect(200);
        post(client, Some("t=1,v1=00"), body).await.expect_body(400, &invalid_signature());
    }
    assert_eq!(stored(&app).await, 30);
}
