//! What every answer tells browsers.

use reqwest::Method;
use reqwest::header::HeaderMap;
use wiwebb_tests::{NO_RATES, TestApp};

use super::{LOOPBACK_IS_TRUSTED, through};

/// On every answer, unless a page says otherwise.
const ALWAYS: [(&str, &str); 6] = [
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

async fn start(more: &[(&'static str, &'static str)]) -> TestApp {
    TestApp::configured(&[&NO_RATES[..], more].concat()).await
}

/// An answer's status and headers, whatever its body is.
async fn ask(app: &TestApp, method: &str, path: &str, said: &[(&str, &str)]) -> (u16, HeaderMap) {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let address = format!("{}{path}", app.base);
    let response = through(app, method, &address, said).send().await.unwrap();
    (response.status().as_u16(), response.headers().clone())
}

#[track_caller]
fn check(what: &str, headers: &HeaderMap, expected: &[(&str, &str)]) {
    for (name, value) in expected {
        let found: Vec<_> = headers.get_all(*name).iter().collect();
        assert_eq!(found, [value], "{what}: {name}");
    }
}

#[tokio::test]
async fn every_answer_says_what_a_browser_may_make_of_it() {
    let app = start(&[("WIWEBB_CORS_ORIGINS", "https://console.example")]).await;
    let preflight =
        [("Origin", "https://console.example"), ("Access-Control-Request-Method", "POST")];
    for (method, path, said, status) in [
        ("GET", "/healthz", &[][..], 200),
        ("GET", "/api/v1/nowhere/", &[], 404),
        ("GET", "/api/v1/users/", &[], 401),
        ("GET", "/api/v1/users", &[], 308),
        ("DELETE", "/api/v1/auth/login/", &[], 405),
        ("POST", "/api/v1/auth/login/", &[], 400),
        ("OPTIONS", "/api/v1/users/", &preflight, 200),
    ] {
        let (found, headers) = ask(&app, method, path, said).await;
        assert_eq!(found, status, "{method} {path}");
        check(path, &headers, &ALWAYS);
        assert_eq!(headers["x-request-id"].len(), 36, "{path}");
        assert!(!headers.contains_key("strict-transport-security"), "{path}");
    }
}

#[tokio::test]
async fn pages_keep_the_policy_they_have() {
    let app = start(&[]).await;
    let (_, page) = ask(&app, "GET", "/checkout/done/", &[]).await;
    let policy = page["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("style-src 'self'"), "{policy}");
    check("page", &page, &[("referrer-policy", "no-referrer"), ("cache-control", "no-store")]);
    check("page", &page, &[("x-frame-options", "DENY"), ("x-content-type-options", "nosniff")]);
}

#[tokio::test]
async fn nobody_keeps_what_a_key_was_needed_for() {
    let app = start(&[]).await;
    let root = app.superadmin().await;
    let key = format!("Token {}", root.key().unwrap());
    for (method, path, authorization) in [
        ("GET", "/api/v1/users/", key.as_str()),
        ("GET", "/api/v1/users/999/", &key),
        ("GET", "/api/v1/users/", "Token 0"),
        ("POST", "/api/v1/auth/login/", ""),
        ("POST", "/api/v1/auth/registration/", ""),
    ] {
        let said = [("Authorization", authorization)];
        let said = if authorization.is_empty() { &[][..] } else { &said };
        let (_, headers) = ask(&app, method, path, said).await;
        check(path, &headers, &[("cache-control", "no-store")]);
    }
    let (_, open) = ask(&app, "GET", "/healthz", &[]).await;
    assert!(!open.contains_key("cache-control"));
}

#[tokio::test]
async fn browsers_are_told_to_keep_to_https_only_where_they_came_by_it() {
    let app = start(&[("WIWEBB_HSTS", "31536000"), LOOPBACK_IS_TRUSTED]).await;
    let strict = [("strict-transport-security", "max-age=31536000")];
    for path in ["/healthz", "/api/v1/nowhere/", "/checkout/done/"] {
        let (_, by_https) = ask(&app, "GET", path, &[("X-Forwarded-Proto", "https")]).await;
        check(path, &by_https, &strict);
        for said in [&[][..], &[("X-Forwarded-Proto", "http")]] {
            let (_, by_http) = ask(&app, "GET", path, said).await;
            assert!(!by_http.contains_key(strict[0].0), "{path} {said:?}");
        }
    }
    let untrusted = start(&[("WIWEBB_HSTS", "31536000")]).await;
    let (_, forged) = ask(&untrusted, "GET", "/healthz", &[("X-Forwarded-Proto", "https")]).await;
    assert!(!forged.contains_key(strict[0].0), "only a trusted proxy is believed");
}

#[tokio::test]
async fn scripts_of_allowed_origins_can_read_what_a_client_needs() {
    let origin = "https://console.example";
    let app = start(&[("WIWEBB_CORS_ORIGINS", origin)]).await;
    let (_, answer) = ask(&app, "GET", "/api/v1/users/", &[("Origin", origin)]).await;
    let exposed = answer["access-control-expose-headers"].to_str().unwrap().to_lowercase();
    for name in ["x-request-id", "retry-after", "idempotent-replayed"] {
        assert!(exposed.split(',').any(|found| found.trim() == name), "{name} in {exposed}");
    }
    let asked = [("Origin", origin), ("Access-Control-Request-Method", "PATCH")];
    let (_, preflight) = ask(&app, "OPTIONS", "/api/v1/users/1/", &asked).await;
    check("preflight", &preflight, &[("access-control-max-age", "7200")]);
}

#[tokio::test]
async fn scripts_of_other_origins_read_no_page() {
    let origin = "https://console.example";
    let app = start(&[("WIWEBB_CORS_ORIGINS", origin)]).await;
    for path in ["/admin/users/", "/account/", "/account/sign-in/", "/api/docs/"] {
        let (_, answer) = ask(&app, "GET", path, &[("Origin", origin)]).await;
        assert!(!answer.contains_key("access-control-allow-origin"), "{path}");
    }
}
