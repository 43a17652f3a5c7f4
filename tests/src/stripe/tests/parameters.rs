use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::json;

use super::{Caller, hear};

#[tokio::test]
async fn an_unknown_parameter_is_named() {
    let stripe = Caller::new().await;
    let form = [("amount", "1099"), ("currency", "usd"), ("colour", "red")];
    let answer = stripe.post("payment_intents", &form).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "parameter_unknown", "colour"));
    let answer = stripe.get("refunds?colour=red").await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "parameter_unknown", "colour"));
}

#[tokio::test]
async fn amounts_and_currencies_are_checked() {
    let stripe = Caller::new().await;
    let cases = [
        ("1099", "doller", "", "currency"),
        ("1099", "USD", "", "currency"),
        ("49", "usd", "amount_too_small", "amount"),
        ("100000000", "usd", "amount_too_large", "amount"),
        ("10.99", "usd", "parameter_invalid_integer", "amount"),
        ("5125", "kwd", "", "amount"),
        ("", "usd", "parameter_invalid_empty", "amount"),
    ];
    for (amount, currency, code, param) in cases {
        let form = [("amount", amount), ("currency", currency)];
        let answer = stripe.post("payment_intents", &form).await;
        let expected = (400, "invalid_request_error", code, param);
        assert_eq!(answer.error(), expected, "{amount} {currency}");
    }
    for (amount, currency) in [("5120", "kwd"), ("500", "jpy"), ("1", "clp")] {
        let form = [("amount", amount), ("currency", currency)];
        stripe.post("payment_intents", &form).await.ok();
    }
}

#[tokio::test]
async fn metadata_is_merged_and_cleared_key_by_key() {
    let stripe = Caller::new().await;
    let form = [("metadata[a]", "1"), ("metadata[b]", "2")];
    let customer = stripe.post("customers", &form).await.ok();
    let path = format!("customers/{}", customer["id"].as_str().unwrap());
    let form = [("metadata[a]", ""), ("metadata[c]", "3")];
    let changed = stripe.post(&path, &form).await.ok();
    assert_eq!(changed["metadata"], json!({ "b": "2", "c": "3" }));
    let event = stripe.fake.events_of("customer.updated").remove(0);
    let before = &event.body["data"]["previous_attributes"];
    assert_eq!(before, &json!({ "metadata": { "a": "1", "b": "2" } }));
}

#[tokio::test]
async fn customers_are_found_by_mail_address() {
    let stripe = Caller::new().await;
    let customer = stripe.customer().await;
    stripe.post("customers", &[("email", "ben@example.org")]).await.ok();
    let found = stripe.get("customers?email=ann%40example.org").await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(found["data"][0]["id"], json!(customer));
}

#[tokio::test]
async fn only_the_secret_key_is_let_in() {
    let stripe = Caller::new().await;
    let address = format!("{}/v1/customers", stripe.fake.base_url());
    let request = || stripe.http.get(&address);
    for refused in
        [request(), request().bearer_auth("sk_test_wrong"), request().basic_auth("x", Some(""))]
    {
        assert_eq!(hear(refused).await.error(), (401, "invalid_request_error", "", ""));
    }
    let basic = STANDARD.encode(format!("{}:", stripe.fake.secret_key()));
    hear(request().header("Authorization", format!("Basic {basic}"))).await.ok();
}

#[tokio::test]
async fn requests_are_remembered() {
    let stripe = Caller::new().await;
    let request = stripe.form("customers", &[("name", "Ann")]);
    let request = request.header("Stripe-Version", "2026-09-30.endive");
    hear(request.header("Idempotency-Key", "k")).await.ok();
    let call = stripe.fake.requests_to("POST /v1/customers").remove(0);
    assert_eq!(call.param("name"), Some("Ann"));
    assert_eq!(call.version.as_deref(), Some("2026-09-30.endive"));
    assert_eq!(call.idempotency_key.as_deref(), Some("k"));
    assert_eq!(call.status, Some(200));
}

#[tokio::test]
async fn a_body_of_json_is_refused() {
    let stripe = Caller::new().await;
    let request = stripe.request(Method::POST, "customers").json(&json!({ "name": "Ann" }));
    assert_eq!(hear(request).await.status, 400);
}
