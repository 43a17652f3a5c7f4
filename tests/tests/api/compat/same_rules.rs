//! What the profile leaves alone: statuses, roles, error bodies (contract §15).

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client, TestApp};

use super::Mobile;

/// A request that both profiles refuse.
struct Refused {
    method: Method,
    path: &'static str,
    body: &'static str,
    status: u16,
}

const fn refused(method: Method, path: &'static str, body: &'static str, status: u16) -> Refused {
    Refused { method, path, body, status }
}

async fn send(api: &Client, address: &str, request: &Refused) -> Answer {
    let sent = api.request(request.method.clone(), address);
    let kind =
        if request.body.starts_with("--") { "multipart/form-data" } else { "application/json" };
    api.send(sent.header("Content-Type", kind).body(request.body)).await
}

#[tokio::test]
async fn both_profiles_refuse_the_same_with_the_same_words() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let acme = app.tenant(&root, "acme").await;
    let owner = app.user(&root, "olga", Role::TenantOwner, Some(acme)).await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(acme)).await;
    let mobile = Mobile::of(&app, &root);
    for request in [
        refused(Method::GET, "/tenants/999/", "", 404),
        refused(Method::DELETE, "/tenants/acme/", "", 400),
        refused(Method::PATCH, "/tenants/acme/", r#"{"slug": "two words"}"#, 400),
        refused(Method::POST, "/tenants/", "{", 400),
        refused(Method::POST, "/tenants/", "[]", 400),
        refused(Method::POST, "/tenants/", r#"{"name": "", "slug": "a"}"#, 400),
        refused(Method::POST, "/tenants/", "--b", 415),
        refused(Method::GET, "/tenants/?is_active=perhaps", "", 400),
        refused(Method::GET, "/payments/?status=odd", "", 400),
        refused(Method::GET, "/users/?page=99", "", 404),
        refused(Method::PUT, "/users/999/", "{}", 404),
        refused(Method::POST, "/payments/", "", 405),
        refused(Method::PUT, "/payments/1/", "", 405),
        refused(Method::GET, "/payments/1/", "", 404),
        refused(Method::POST, "/payments/create_payment/", "{}", 400),
        refused(Method::POST, "/subscriptions/subscribe/", "{}", 400),
        refused(Method::POST, "/subscriptions/subscribe/", r#"{"plan_id": 999}"#, 400),
        refused(Method::POST, "/subscriptions/cancel/", "", 400),
        refused(Method::GET, "/subscriptions/me/limits/", "", 404),
        refused(Method::POST, "/users/999/assign-role/", "{}", 404),
        refused(Method::POST, "/subscriptions/plans/", r#"{"name": true}"#, 400),
    ] {
        let usual = send(&root, request.path, &request).await;
        let compat = send(&root, &mobile.at(request.path), &request).await;
        assert_eq!(usual.status, request.status, "{} {}", request.method, request.path);
        assert_eq!((compat.status, compat.body), (usual.status, usual.body), "{}", request.path);
    }
    let body = || json!({ "name": "New", "slug": "new" });
    for caller in [&owner, &sue, &app.anonymous()] {
        let usual = caller.post("/tenants/", body()).await;
        let compat = Mobile::of(&app, caller).post("/tenants/", body()).await;
        assert!([401, 403].contains(&usual.status));
        assert_eq!((compat.status, compat.body), (usual.status, usual.body));
    }
    let own = Mobile::of(&app, &owner).get("/tenants/").await.expect(200);
    assert_eq!(ids(&own), [acme], "an owner sees the own tenant");
    assert_eq!(Mobile::of(&app, &sue).get("/tenants/").await.expect(200), json!([]));
}

fn ids(array: &Value) -> Vec<i64> {
    array.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect()
}
