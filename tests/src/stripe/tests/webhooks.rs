use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;

use super::{Caller, payment};
use crate::stripe::{Order, signature};

/// What a webhook heard: header and body. It refuses the first so many.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<(String, String)>>>, usize);

async fn hear(State(heard): State<Heard>, headers: HeaderMap, body: String) -> StatusCode {
    let header = headers["Stripe-Signature"].to_str().unwrap().to_owned();
    let mut log = heard.0.lock().unwrap();
    log.push((header, body));
    if log.len() <= heard.1 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK }
}

async fn webhook(refusals: usize) -> (String, Heard) {
    let heard = Heard(Arc::default(), refusals);
    let router = Router::new().route("/hook", post(hear)).with_state(heard.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, heard)
}

#[test]
fn a_signature_is_the_hmac_of_time_and_payload() {
    // From: openssl dgst -sha256 -hmac whsec_test
    let expected = "c89214b5b5da833daed6f0b8c5bb6bd58cea9022bd80ccc78230f3942d632925";
    let found = signature(r#"{"id":"evt_1"}"#, "whsec_test", 1_700_000_000);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn each_secret_signs_what_is_delivered() {
    let stripe = Caller::new().await;
    let (url, heard) = webhook(0).await;
    stripe.fake.set_webhook(&url, ["whsec_old", "whsec_new"]);
    stripe.customer().await;
    let event = stripe.fake.events().remove(0);
    assert_eq!(stripe.fake.deliver(&event).await, 200);
    let (header, body) = heard.0.lock().unwrap().remove(0);
    assert_eq!(body, event.payload());
    let parts: Vec<&str> = header.split(',').collect();
    let t: i64 = parts[0].strip_prefix("t=").unwrap().parse().unwrap();
    assert_eq!(parts[1], format!("v1={}", signature(&body, "whsec_old", t)));
    assert_eq!(parts[2], format!("v1={}", signature(&body, "whsec_new", t)));
}

#[tokio::test]
async fn deliveries_come_in_the_order_that_is_asked_for() {
    let stripe = Caller::new().await;
    let (url, _) = webhook(usize::MAX).await;
    stripe.fake.set_webhook(&url, ["whsec"]);
    stripe.post("payment_intents", &payment("pm_card_visa", &[])).await.ok();
    let made: Vec<String> = stripe.fake.events().into_iter().map(|event| event.id).collect();
    assert_eq!(made.len(), 3);
    let delivered = async |order| {
        let done = stripe.fake.deliver_all(order).await;
        done.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(delivered(Order::InOrder).await, made);
    let twice: Vec<String> = made.iter().flat_map(|id| [id.clone(), id.clone()]).collect();
    assert_eq!(delivered(Order::Duplicated).await, twice);
    let shuffled = delivered(Order::Shuffled(2)).await;
    assert_ne!(shuffled, made);
    let sorted = |ids: &[String]| {
        let mut ids = ids.to_vec();
        ids.sort();
        ids
    };
    assert_eq!(sorted(&shuffled), sorted(&made));
}

#[tokio::test]
async fn automatic_delivery_tries_again_until_it_is_heard() {
    let stripe = Caller::new().await;
    let (url, heard) = webhook(2).await;
    stripe.fake.set_webhook(&url, ["whsec"]);
    stripe.fake.auto_deliver(true);
    stripe.customer().await;
    stripe.fake.deliveries_done().await;
    assert_eq!(heard.0.lock().unwrap().len(), 3);
    assert!(stripe.fake.events()[0].delivered);
}

#[tokio::test]
async fn events_are_listed_by_type_and_delivery() {
    let stripe = Caller::new().await;
    let (url, _) = webhook(0).await;
    stripe.fake.set_webhook(&url, ["whsec"]);
    stripe.post("payment_intents", &payment("pm_card_visa", &[])).await.ok();
    let event = stripe.fake.events_of("charge.succeeded").remove(0);
    stripe.fake.deliver(&event).await;
    let missed = stripe.get("events?delivery_success=false&types[]=payment_intent.succeeded").await;
    assert_eq!(missed.ok()["data"].as_array().unwrap().len(), 1);
    let shown = stripe.get(&format!("events/{}", event.id)).await.ok();
    assert_eq!(shown["data"], event.body["data"]);
}
