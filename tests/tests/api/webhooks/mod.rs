//! What gateways report (contract §10.3), on a server without a key for Stripe.

mod bodies;
mod inbox;
mod payments;
mod refunds;
mod signatures;
mod storm;
mod subscriptions;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{Answer, Client, TestApp};

use crate::subscriptions::Shop;
use crate::support::error;

const WEBHOOK: &str = "/payments/webhook/";
const INBOX: &str = "/webhook-events/";

const SECRET: &str = "whsec_of_the_tests";

/// No limits, and webhooks signed with [`SECRET`].
const SETTINGS: [(&str, &str); 4] = [
    ("STRIPE_WEBHOOK_SECRET", SECRET),
    ("WIWEBB_LOGIN_RATE", "off"),
    ("WIWEBB_USER_RATE", "off"),
    ("WIWEBB_ANON_RATE", "off"),
];

/// A server that believes webhooks, and `sue`, who pays.
async fn listening() -> Shop {
    Shop::in_server(TestApp::configured(&SETTINGS).await, "waiting").await
}

/// `v1` of a signature.
fn signature(secret: &str, time: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// The header `Stripe-Signature`.
fn signed(secret: &str, time: i64, body: &[u8]) -> String {
    format!("t={time},v1={}", signature(secret, time, body))
}

/// Unix seconds of a server.
fn time(app: &TestApp) -> i64 {
    app.clock.now().timestamp()
}

/// A body with a header, or without one.
async fn post(client: &Client, header: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
    let mut request =
        client.request(Method::POST, WEBHOOK).header("Content-Type", "application/json");
    if let Some(header) = header {
        request = request.header("Stripe-Signature", header);
    }
    client.send(request.body(body.into())).await
}

/// A body as it stands, rightly signed.
async fn post_signed(app: &TestApp, body: &[u8]) -> Answer {
    post(&app.anonymous(), Some(&signed(SECRET, time(app), body)), body).await
}

/// An event about an object.
fn event(id: &str, kind: &str, object: &Value) -> Value {
    json!({ "id": id, "type": kind, "data": { "object": object } })
}

/// Delivers an event as it should be.
async fn deliver(app: &TestApp, event: &Value) {
    let answer = post_signed(app, event.to_string().as_bytes()).await;
    answer.expect_body(200, &json!({ "received": true }));
}

fn invalid_signature() -> Value {
    error("Invalid signature")
}

fn invalid_payload() -> Value {
    error("Invalid payload")
}

/// How many events are stored.
async fn stored(app: &TestApp) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM payment_webhookevent")
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

/// A payment of 20.00 by `sue` that its gateway made this of.
async fn payment(shop: &Shop, outcome: &str) -> Value {
    shop.gateway_does(json!({ "outcome": outcome })).await;
    let body = json!({ "amount": "20.00", "payment_gateway": "Till" });
    shop.sue.post("/payments/create_payment/", body).await.expect(201)["payment"].clone()
}

/// A payment as it stands.
async fn shown(shop: &Shop, payment: &Value) -> Value {
    shop.sue.get(&format!("/payments/{}/", payment["id"])).await.expect(200)
}

/// The event types of a payment's log, the oldest first.
async fn log(shop: &Shop, payment: &Value) -> Vec<String> {
    let entries = shop.sue.get(&format!("/payments/{}/logs/", payment["id"])).await.expect(200);
    let types = entries.as_array().unwrap().iter().rev().map(|entry| entry["event_type"].as_str());
    types.map(|word| word.unwrap().to_owned()).collect()
}

/// The event of this id in the inbox.
async fn kept(shop: &Shop, id: &str) -> Value {
    let page = shop.root.get(&format!("{INBOX}?event_id={id}")).await.expect(200);
    assert_eq!(page["count"], 1, "{page}");
    page["results"][0].clone()
}
