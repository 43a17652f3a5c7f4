//! Paths, the keys they need and the methods they have (contract §1.1, §1.3).

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::harness::{Api, PASSWORD};

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
    ("/users/1/deletion/", "GET"),
    ("/users/1/export/", "GET"),
    ("/users/1/anonymise/", "POST"),
    ("/auth/user/export/", "GET"),
    ("/tenants/1/deletion/", "GET"),
    ("/subscriptions/plans/1/deletion/", "GET"),
    ("/gateway-configs/1/deletion/", "GET"),
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
    ("/payments/create_payment/", "POST"),
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
