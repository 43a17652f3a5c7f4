//! Requests sent side by side, and how the frequent ones look.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wiwebb_tests::Client;
use wiwebb_tests::stripe::{Event, signature_header};

use super::site::WEBHOOK_SECRET;

const AT_A_TIME: usize = 16;

/// Sends requests, so many at a time, and answers how often each status came.
pub(crate) async fn send_all(
    requests: impl IntoIterator<Item = (Client, reqwest::RequestBuilder)>,
) -> BTreeMap<u16, usize> {
    let gate = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for (client, request) in requests {
        let gate = Arc::clone(&gate);
        running.spawn(async move {
            let _turn = gate.acquire().await.unwrap();
            client.send(request).await.status
        });
    }
    let mut statuses = BTreeMap::new();
    for status in running.join_all().await {
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}

pub(crate) fn create(client: &Client) -> reqwest::RequestBuilder {
    let body = json!({ "amount": "20.00", "payment_gateway": "Page" });
    client.request(Method::POST, "/payments/create_payment/").json(&body)
}

/// An event on its way, signed as it is sent now.
pub(crate) fn delivery(client: &Client, event: &Event) -> reqwest::RequestBuilder {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let payload = event.payload();
    let header = signature_header(&payload, &[WEBHOOK_SECRET], now.try_into().unwrap());
    let request = client.request(Method::POST, "/payments/webhook/");
    request
        .header("Content-Type", "application/json")
        .header("Stripe-Signature", header)
        .body(payload)
}
