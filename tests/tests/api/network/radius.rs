//! Equipment that asks a real FreeRADIUS, configured as `docs/freeradius.md` says (contract §16).

use std::time::Duration;

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::radius::{FreeRadius, Reply};
use wiwebb_tests::{Client, PASSWORD, TestApp};

/// What FreeRADIUS says when WiWebb does not answer.
const UNAVAILABLE: &str = "The service is not available. Please try again later.";

const GIGAWORD: u64 = 1 << 32;

/// The default plan: an hour and 5 GB a day.
const HOUR: u64 = 3_600;
const DATA: u64 = 5_000_000_000;

/// A server whose default plan is limited, the subscriber `sue`, and FreeRADIUS before it.
async fn network() -> (TestApp, Client, FreeRadius) {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let plan = json!({
        "name": "Daily", "default": true, "requires_payment": false,
        "daily_time_minutes": HOUR / 60, "daily_data_mb": DATA / 1_000_000,
    });
    root.post("/subscriptions/plans/", plan).await.expect(201);
    let tenant = app.tenant(&root, "acme").await;
    app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
    let radius = FreeRadius::start(&app.base, &service_key(&root, Value::Null).await).await;
    (app, root, radius)
}

async fn service_key(root: &Client, tenant: Value) -> String {
    let body = json!({ "name": "Lobby", "tenant": tenant });
    let made = root.post("/service-keys/", body).await.expect(201);
    made["key"].as_str().unwrap().to_owned()
}

/// An accounting packet of `sue`: seconds, and octets in each direction.
async fn account(radius: &FreeRadius, status: &str, seconds: u64, octets: [u64; 2]) -> Reply {
    let parts = octets.map(|octets| (octets / GIGAWORD, octets % GIGAWORD));
    let [(input_giga, input), (output_giga, output)] =
        parts.map(|(giga, rest)| (giga.to_string(), rest.to_string()));
    radius
        .account(&[
            ("User-Name", "sue"),
            ("Acct-Status-Type", status),
            ("Acct-Session-Id", "5f3a"),
            ("NAS-Identifier", "lobby"),
            ("Acct-Session-Time", &seconds.to_string()),
            ("Acct-Input-Octets", &input),
            ("Acct-Input-Gigawords", &input_giga),
            ("Acct-Output-Octets", &output),
            ("Acct-Output-Gigawords", &output_giga),
        ])
        .await
}

/// The seconds and octets that somebody who is let in may use.
#[track_caller]
fn granted(reply: Reply) -> (Option<u64>, Option<u64>) {
    let reply = reply.expect("Access-Accept");
    assert_eq!(reply.number("Acct-Interim-Interval"), Some(300));
    let gigawords = reply.number("ChilliSpot-Max-Total-Gigawords");
    let octets = reply.number("ChilliSpot-Max-Total-Octets");
    let octets = octets.map(|octets| gigawords.unwrap_or(0) * GIGAWORD + octets);
    (reply.number("Session-Timeout"), octets)
}

/// The reason that WiWebb gave for a refusal.
#[track_caller]
fn refused(reply: Reply) -> String {
    let reply = reply.expect("Access-Reject");
    let reason = reply.get("Reply-Message").expect("a reason").to_owned();
    assert_ne!(reason, UNAVAILABLE);
    assert_eq!(
        (reply.number("Session-Timeout"), reply.number("Acct-Interim-Interval")),
        (None, None)
    );
    reason
}

#[tokio::test]
async fn what_is_left_of_the_day_goes_down_with_use_and_comes_back_the_next_day() {
    let (app, _, radius) = network().await;
    let left = async || granted(radius.authenticate("sue", PASSWORD).await);
    assert_eq!(left().await, (Some(HOUR), Some(DATA)));

    account(&radius, "Start", 0, [0, 0]).await.expect("Accounting-Response");
    assert_eq!(left().await, (Some(HOUR), Some(DATA)));
    app.clock.advance(chrono::Duration::seconds(600));
    for _ in 0..2 {
        // The second one as when the answer to the first was lost.
        let same = account(&radius, "Interim-Update", 600, [300_000_000, 20_000_000]).await;
        same.expect("Accounting-Response");
        assert_eq!(left().await, (Some(HOUR - 600), Some(DATA - 320_000_000)));
    }
    app.clock.advance(chrono::Duration::seconds(2_999));
    let last = account(&radius, "Stop", HOUR - 1, [400_000_000, 30_000_000]).await;
    last.expect("Accounting-Response");
    assert_eq!(left().await, (Some(1), Some(DATA - 430_000_000)));
    account(&radius, "Stop", HOUR, [400_000_000, 30_000_000]).await.expect("Accounting-Response");
    refused(radius.authenticate("sue", PASSWORD).await);

    app.clock.advance(chrono::Duration::days(1));
    assert_eq!(left().await, (Some(HOUR), Some(DATA)));
}

#[tokio::test]
async fn data_beyond_four_gigabytes_is_counted_and_its_end_is_a_refusal() {
    let (app, root, radius) = network().await;
    let input = GIGAWORD + 5;
    account(&radius, "Interim-Update", 60, [input, 100]).await.expect("Accounting-Response");
    let left = granted(radius.authenticate("sue", PASSWORD).await);
    assert_eq!(left, (Some(HOUR - 60), Some(DATA - input - 100)));
    account(&radius, "Interim-Update", 61, [input, DATA]).await.expect("Accounting-Response");
    refused(radius.authenticate("sue", PASSWORD).await);

    let unlimited = json!({ "name": "Free", "default": true });
    root.post("/subscriptions/plans/", unlimited).await.expect(201);
    assert_eq!(granted(radius.authenticate("sue", PASSWORD).await), (None, None));
    assert!(app.stop().await);
}

#[tokio::test]
async fn nobody_gets_in_without_the_password() {
    let (_app, _, radius) = network().await;
    refused(radius.authenticate("sue", "wrong-Zebra-42").await);
    refused(radius.authenticate("nobody", PASSWORD).await);
    refused(radius.authenticate("sue", "").await);
    let challenge = [("User-Name", "sue"), ("CHAP-Password", PASSWORD)];
    refused(radius.ask_for_access(&challenge).await);
    refused(radius.ask_for_access(&[("User-Name", "sue")]).await);
    granted(radius.authenticate("sue", PASSWORD).await);
}

#[tokio::test]
async fn names_and_passwords_arrive_as_they_were_typed() {
    let (app, root, radius) = network().await;
    let tenant = app.tenant(&root, "hill").await;
    let password = "zwölf \"Äpfel\" \\ 50% / {€}";
    let body = json!({
        "username": "jörg", "email": "joerg@example.org", "password": password,
        "role": "subscriber", "tenant": tenant,
    });
    root.post("/users/", body).await.expect(201);
    granted(radius.authenticate("jörg", password).await);
    refused(radius.authenticate("jörg", "zwölf \"Äpfel\" \\ 50% / {£}").await);
}

#[tokio::test]
async fn a_key_of_a_tenant_lets_in_its_users_only() {
    let (app, root, _) = network().await;
    let other = app.tenant(&root, "other").await;
    app.user(&root, "olaf", Role::Subscriber, Some(other)).await;
    let key = service_key(&root, json!(other)).await;
    let radius = FreeRadius::start(&app.base, &key).await;
    granted(radius.authenticate("olaf", PASSWORD).await);
    refused(radius.authenticate("sue", PASSWORD).await);
}

#[tokio::test]
async fn a_restart_of_equipment_and_accounting_of_strangers_are_answered() {
    let (_app, _, radius) = network().await;
    for status in ["Accounting-On", "Accounting-Off"] {
        let packet = [("Acct-Status-Type", status), ("NAS-IP-Address", "192.0.2.10")];
        radius.account(&packet).await.expect("Accounting-Response");
    }
    let stranger =
        [("User-Name", "nobody"), ("Acct-Status-Type", "Start"), ("Acct-Session-Id", "7")];
    radius.account(&stranger).await.expect("Accounting-Response");
}

#[tokio::test]
async fn without_wiwebb_nobody_gets_in_and_equipment_keeps_its_figures() {
    let (app, _, mut radius) = network().await;
    granted(radius.authenticate("sue", PASSWORD).await);
    assert!(app.stop().await);
    unavailable(&mut radius).await;
}

#[tokio::test]
async fn a_key_of_a_person_opens_nothing() {
    let (app, root, _) = network().await;
    let mut radius = FreeRadius::start(&app.base, root.key().unwrap()).await;
    unavailable(&mut radius).await;
}

/// Fails the test where somebody gets in, or use is taken as counted.
async fn unavailable(radius: &mut FreeRadius) {
    let reply = radius.authenticate("sue", PASSWORD).await.expect("Access-Reject");
    assert_eq!(reply.get("Reply-Message"), Some(UNAVAILABLE));
    radius.patience = Duration::from_secs(2);
    let silence = account(radius, "Start", 0, [0, 0]).await;
    assert_eq!(silence.packet, None);
}
