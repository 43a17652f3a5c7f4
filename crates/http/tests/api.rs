//! The wire on the in-memory store: what does not depend on PostgreSQL.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::password::Password;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::gateway::ScriptedRegistry;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples;
use wiwebb_http::{HttpConfig, Rate, router};

/// A store that cannot be reached.
struct Unreachable;

#[async_trait]
impl UnitOfWorkFactory for Unreachable {
    async fn begin(&self, _: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }

    async fn read(&self, _: &'static str) -> Stored<Box<dyn Repositories>> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }

    async fn ping(&self) -> Stored<()> {
        Err(RepositoryError::Unavailable("connection refused".into()))
    }
}

const PASSWORD: &str = "a-Long-enough-1";

struct Api {
    router: Router,
    services: Services,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

fn unlimited() -> HttpConfig {
    HttpConfig { login_rate: None, user_rate: None, anon_rate: None, ..HttpConfig::default() }
}

impl Api {
    fn new() -> Self {
        Self::on(Arc::new(MemoryStore::new()), &unlimited())
    }

    fn on(store: Arc<dyn UnitOfWorkFactory>, config: &HttpConfig) -> Self {
        let ports = Ports {
            store: store.clone(),
            clock: Arc::new(ManualClock::default()),
            random: Arc::new(SeededRandom::default()),
            passwords: Arc::new(PlainHasher),
            mailer: Arc::new(RecordingMailer::default()),
            gateways: Arc::new(ScriptedRegistry::default()),
        };
        let settings = Settings { token_life: None, public_url: "http://x".into() };
        let services = Services::new(ports, settings);
        Self { router: router(services.clone(), store, config), services }
    }

    /// The key of a fresh superadmin.
    async fn superadmin(&self) -> String {
        let (name, email) = (samples::username("root"), samples::email("root@x.io"));
        let accounts = &self.services.accounts;
        accounts.ensure_superadmin(name, email, Password::new(PASSWORD.into())).await.unwrap();
        self.login("root").await
    }

    async fn login(&self, username: &str) -> String {
        let body = json!({ "username": username, "password": PASSWORD });
        let answer = self.call(Method::POST, "/api/v1/auth/login/", None, Some(body)).await;
        answer.body["key"].as_str().unwrap().to_owned()
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Value>,
    ) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "api.test");
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Token {key}"));
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.send(request.body(body).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("no JSON: {bytes:?}"))
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

/// Every path that needs a key, with the methods it has.
const KEYED: &[(&str, &str)] = &[
    ("/auth/logout/", "POST"),
    ("/auth/password/change/", "POST"),
    ("/auth/user/", "GET PUT PATCH"),
    ("/tenants/", "GET POST"),
    ("/tenants/me/", "GET"),
    ("/tenants/1/", "GET PUT PATCH DELETE"),
    ("/users/", "GET POST"),
    ("/users/1/", "GET PUT PATCH DELETE"),
    ("/users/1/assign-role/", "POST"),
    ("/users/1/set-password/", "POST"),
    ("/users/1/activate/", "POST"),
    ("/todos/", "GET POST"),
    ("/todos/1/", "GET PUT PATCH DELETE"),
    ("/audit-logs/", "GET"),
    ("/audit-logs/1/", "GET"),
    ("/dashboard/stats/", "GET"),
    ("/subscriptions/plans/", "GET POST"),
    ("/subscriptions/plans/1/", "GET PUT PATCH DELETE"),
    ("/subscriptions/plans/1/pricing/", "GET POST"),
    ("/subscriptions/plans/1/pricing/1/", "GET PUT PATCH DELETE"),
    ("/payments/", "GET"),
    ("/payments/1/", "GET"),
    ("/payments/1/logs/", "GET"),
    ("/payments/1/refunds/", "GET"),
    ("/payments/1/capture_payment/", "POST"),
    ("/payments/1/refund_payment/", "POST"),
    ("/payments/1/confirm_payment/", "POST"),
    ("/payments/1/cancel_payment/", "POST"),
    ("/gateways/", "GET"),
    ("/gateway-configs/", "GET POST"),
    ("/gateway-configs/1/", "GET PUT PATCH DELETE"),
];

const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

#[tokio::test]
async fn without_a_key_every_path_refuses_whatever_the_method() {
    let api = Api::new();
    for (path, _) in KEYED {
        for method in METHODS {
            let answer = api.call(method.clone(), &format!("/api/v1{path}"), None, None).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Token");
        }
    }
}

#[tokio::test]
async fn a_method_that_a_path_lacks_is_405_with_the_ones_it_has() {
    let api = Api::new();
    let key = api.superadmin().await;
    for (path, methods) in KEYED {
        for method in METHODS.iter().filter(|method| !methods.contains(method.as_str())) {
            let answer =
                api.call(method.clone(), &format!("/api/v1{path}"), Some(&key), None).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            let detail = format!("Method \"{method}\" not allowed.");
            assert_eq!(answer.body, json!({ "detail": detail }));
            let allow = answer.headers[header::ALLOW].to_str().unwrap();
            for has in methods.split(' ') {
                assert!(allow.contains(has), "{path} allows {allow}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_without_its_final_slash_leads_to_the_path_with_it() {
    let api = Api::new();
    for method in [Method::GET, Method::POST] {
        let answer = api.call(method, "/api/v1/tenants?page=2", None, None).await;
        assert_eq!(answer.status, StatusCode::PERMANENT_REDIRECT);
        assert_eq!(answer.headers[header::LOCATION], "/api/v1/tenants/?page=2");
    }
    for path in ["/api/v1/nothing", "/api/v1/nothing/", "/api/v1/", "/nothing"] {
        let answer = api.call(Method::GET, path, None, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body, json!({ "detail": "Not found." }));
    }
}

#[tokio::test]
async fn public_paths_ignore_a_stale_key() {
    let api = Api::new();
    api.superadmin().await;
    let body = json!({ "username": "root", "password": PASSWORD });
    let stale = "0".repeat(40);
    let answer = api.call(Method::POST, "/api/v1/auth/login/", Some(&stale), Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn ids_that_no_row_can_have_are_404() {
    let api = Api::new();
    let key = api.superadmin().await;
    for id in ["abc", "-1", "0", "1.5", "99999999999999999999", "%00", "%FF", "1%2F2", "٣"] {
        for kind in ["users", "todos", "audit-logs", "tenants"] {
            let path = format!("/api/v1/{kind}/{}/", id.replace('٣', "%D9%A3"));
            let answer = api.call(Method::GET, &path, Some(&key), None).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_object_have_their_answers() {
    let api = Api::new();
    let key = api.superadmin().await;
    let post = |kind: &str, body: &[u8]| {
        Request::post("/api/v1/todos/")
            .header(header::AUTHORIZATION, format!("Token {key}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_vec()))
            .unwrap()
    };
    let json_type = "application/json; charset=utf-8";
    for (body, found) in [
        ("[]", "list"),
        ("\"a\"", "str"),
        ("1", "int"),
        ("1.5", "float"),
        ("true", "bool"),
        ("null", "NoneType"),
    ] {
        let answer = api.send(post(json_type, body.as_bytes())).await;
        let text = format!("Invalid data. Expected a dictionary, but got {found}.");
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert_eq!(answer.body, json!({ "non_field_errors": [text] }));
    }
    let deep = "[".repeat(100_000);
    for body in [
        &b"{"[..],
        b"{\"task\": NaN}",
        b"{\"task\": \"\xff\"}",
        br#"{"task": "\ud800"}"#,
        deep.as_bytes(),
    ] {
        let answer = api.send(post(json_type, body)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.body["detail"].as_str().unwrap().starts_with("JSON parse error - "));
    }
    let answer = api.send(post("text/plain", b"{}")).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        answer.body,
        json!({ "detail": "Unsupported media type \"text/plain\" in request." })
    );
    let answer = api.send(post("text/plain", b"")).await;
    assert_eq!(answer.body, json!({ "task": ["This field is required."] }));
    let answer = api.send(post(json_type, &vec![b' '; 1024 * 1024 + 1])).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.body, json!({ "detail": "Request body too large." }));
}

#[tokio::test]
async fn rights_and_rows_are_checked_before_the_body() {
    let api = Api::new();
    let root = api.superadmin().await;
    let registration = json!({ "username": "sue", "email": "sue@x.io", "password1": PASSWORD, "password2": PASSWORD });
    let answer =
        api.call(Method::POST, "/api/v1/auth/registration/", None, Some(registration)).await;
    let sue = answer.body["key"].as_str().unwrap().to_owned();
    for (key, method, path, status) in [
        (&sue, "POST", "/api/v1/users/", 403),
        (&sue, "POST", "/api/v1/tenants/", 403),
        (&root, "PUT", "/api/v1/users/999/", 404),
        (&root, "PATCH", "/api/v1/tenants/999/", 404),
        (&sue, "PATCH", "/api/v1/users/1/", 403),
    ] {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Token {key}"))
            .body(Body::from("not json"))
            .unwrap();
        assert_eq!(api.send(request).await.status.as_u16(), status, "{method} {path}");
    }
}

#[tokio::test]
async fn pages_have_links_that_keep_the_other_parameters() {
    let api = Api::new();
    let key = api.superadmin().await;
    for number in 0..5 {
        let body = json!({ "task": format!("task {number}") });
        api.call(Method::POST, "/api/v1/todos/", Some(&key), Some(body)).await;
    }
    let get = |query: &str| {
        let path = format!("/api/v1/todos/?{query}");
        let (api, key) = (&api, key.clone());
        async move { api.call(Method::GET, &path, Some(&key), None).await }
    };
    let answer = get("ordering=task&page_size=2&page=2&search=task").await;
    assert_eq!(answer.body["count"], 5);
    assert_eq!(
        answer.body["next"],
        "http://api.test/api/v1/todos/?ordering=task&page_size=2&search=task&page=3"
    );
    assert_eq!(
        answer.body["previous"],
        "http://api.test/api/v1/todos/?ordering=task&page_size=2&search=task"
    );
    assert_eq!(answer.body["results"][0]["task"], "task 2");
    let answer = get("page=last&page_size=2").await;
    assert_eq!(answer.body["results"].as_array().unwrap().len(), 1);
    for query in ["page=0", "page=9", "page=-1", "page=x"] {
        let answer = get(query).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{query}");
        assert_eq!(answer.body, json!({ "detail": "Invalid page." }));
    }
    let answer = get("cursor=nonsense").await;
    assert_eq!(answer.body, json!({ "detail": "Invalid cursor." }));
    let answer = get("completed=maybe&search=a%00b").await;
    assert_eq!(
        answer.body,
        json!({ "completed": ["Enter a valid boolean."], "search": ["Null characters are not allowed."] })
    );
}

#[tokio::test]
async fn walking_by_cursor_shows_each_row_once_and_leads_back() {
    let api = Api::new();
    let key = api.superadmin().await;
    for number in 0..7 {
        let body = json!({ "task": format!("t{number}"), "completed": number % 2 == 0 });
        api.call(Method::POST, "/api/v1/todos/", Some(&key), Some(body)).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/v1/todos/?cursor=&page_size=3&ordering=-completed".to_owned();
    let last = loop {
        let answer = api.call(Method::GET, &path, Some(&key), None).await;
        assert!(answer.body.get("count").is_none());
        seen.extend(answer.body["results"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        match answer.body["next"].as_str() {
            Some(next) => path = next.trim_start_matches("http://api.test").to_owned(),
            None => break answer,
        }
    };
    assert_eq!(seen, [1, 3, 5, 7, 2, 4, 6]);
    let previous = last.body["previous"].as_str().unwrap().trim_start_matches("http://api.test");
    let answer = api.call(Method::GET, previous, Some(&key), None).await;
    let ids: Vec<&Value> =
        answer.body["results"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(7), &json!(2), &json!(4)]);
}

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
    for (path, key) in [("/readyz", None), ("/api/v1/users/", Some(key.as_str()))] {
        let answer = api.call(Method::GET, path, key, None).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert_eq!(answer.body, json!({ "detail": "Service unavailable." }));
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
