//! Rates, a store that is away, and the headers of every answer.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode, header};
use serde_json::json;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_http::{HttpConfig, Rate};

use crate::harness::{Api, Unreachable, unlimited};

#[tokio::test]
async fn a_rate_that_is_used_up_is_429_with_the_seconds_left() {
    let one = |seconds| Some(Rate { requests: NonZeroU32::MIN, per: Duration::from_secs(seconds) });
    let config =
        HttpConfig { login_rate: one(60), user_rate: None, anon_rate: one(60), ..unlimited() };
    let api = Api::on(Arc::new(MemoryStore::new()), &config);
    let login = || api.call(Method::POST, "/api/v1/auth/login/", None, Some(json!({})));
    assert_eq!(login().await.status, StatusCode::BAD_REQUEST);
    let answer = login().await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers[header::RETRY_AFTER], "60");
    assert_eq!(
        answer.body,
        json!({ "detail": "Request was throttled. Expected available in 60 seconds." })
    );
    // A refused key counts against the anonymous rate.
    let guess = || api.call(Method::GET, "/api/v1/users/", Some("0"), None);
    assert_eq!(guess().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(guess().await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_database_that_is_down_is_503_with_a_body() {
    let api = Api::on(Arc::new(Unreachable), &unlimited());
    let key = "0".repeat(40);
    let detail = "Service unavailable.";
    for (path, key, body) in [
        ("/readyz", None, json!({ "detail": detail, "missing": "database" })),
        ("/api/v1/users/", Some(key.as_str()), json!({ "detail": detail })),
    ] {
        let answer = api.call(Method::GET, path, key, None).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.body, body);
        assert_eq!(answer.headers[header::RETRY_AFTER], "5");
    }
    assert_eq!(api.call(Method::GET, "/healthz", None, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_answer_has_a_request_id_and_is_never_sniffed() {
    let api = Api::new();
    let answer = api.call(Method::GET, "/healthz", None, None).await;
    assert_eq!(answer.headers["x-request-id"].len(), 36);
    assert_eq!(answer.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}
