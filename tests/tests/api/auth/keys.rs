//! The life of a key, and the header it travels in (contract §1.2, §3.2).

use chrono::Duration;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client, PASSWORD, TestApp};

use crate::support::{check, check_dead, detail, own, registration};

/// Asks for one's own data with exactly this header.
async fn ask(anonymous: &Client, header: &[u8]) -> Answer {
    let header = HeaderValue::from_bytes(header).unwrap();
    let request = anonymous.request(Method::GET, "/auth/user/").header("Authorization", header);
    anonymous.send(request).await
}

#[tokio::test]
async fn every_refused_header_is_told_its_own_defect() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let key = root.key().unwrap();
    let anonymous = app.anonymous();
    let absent = "Authentication credentials were not provided.";
    let empty = "Invalid token header. No credentials provided.";
    let spaces = "Invalid token header. Token string should not contain spaces.";
    let bytes = "Invalid token header. Token string should not contain invalid characters.";
    let unknown = "Invalid token.";
    let upper = format!("Token {}", key.to_uppercase());
    let longer = format!("Token {key}0");
    let shorter = format!("Token {}", &key[1..]);
    let twice = format!("Token {key} {key}");
    let cases: [(&[u8], &str); 17] = [
        (b"Basic cm9vdDpyb290", absent),
        (b"Tokens 0123", absent),
        (key.as_bytes(), absent),
        (b"Token", empty),
        (b"Bearer", empty),
        (b"bearer ", empty),
        (b"Token a b", spaces),
        (b"Bearer a b c", spaces),
        (twice.as_bytes(), spaces),
        (b"Token \xc3\xa9\xc3\xa9", bytes),
        (b"Bearer \xff", bytes),
        (b"Token abc", unknown),
        (b"Bearer abc", unknown),
        (b"Token 0000000000000000000000000000000000000000", unknown),
        (upper.as_bytes(), unknown),
        (longer.as_bytes(), unknown),
        (shorter.as_bytes(), unknown),
    ];
    for (header, message) in cases {
        let answer = ask(&anonymous, header).await;
        let rule = String::from_utf8_lossy(header);
        check(&rule, &answer, 401, &detail(message));
        assert_eq!(answer.headers["www-authenticate"], "Token", "{rule}");
    }
    let answer = anonymous.get("/auth/user/").await;
    check("no header", &answer, 401, &detail(absent));
    assert_eq!(answer.headers["www-authenticate"], "Token");
}

#[tokio::test]
async fn both_schemes_are_accepted_whatever_their_case() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for scheme in ["Token", "token", "TOKEN", "tOkEn", "Bearer", "bearer", "BEARER"] {
        let header = format!("{scheme} {}", root.key().unwrap());
        let answer = ask(&app.anonymous(), header.as_bytes()).await;
        assert_eq!(answer.status, 200, "{scheme}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_endpoint_of_ones_own_needs_a_key() {
    let app = TestApp::start().await;
    let anonymous = app.anonymous();
    let absent = detail("Authentication credentials were not provided.");
    for (method, path) in [
        (Method::POST, "/auth/logout/"),
        (Method::GET, "/auth/user/"),
        (Method::PUT, "/auth/user/"),
        (Method::PATCH, "/auth/user/"),
        (Method::POST, "/auth/password/change/"),
        (Method::GET, "/users/"),
        (Method::POST, "/users/"),
        (Method::GET, "/users/1/"),
        (Method::DELETE, "/users/1/"),
        (Method::POST, "/users/1/assign-role/"),
        (Method::POST, "/users/1/set-password/"),
        (Method::POST, "/users/1/activate/"),
        // Authentication comes before the method and the object (§1.3).
        (Method::DELETE, "/auth/user/"),
        (Method::GET, "/users/999/"),
    ] {
        let answer = anonymous.send(anonymous.request(method.clone(), path)).await;
        check(&format!("{method} {path}"), &answer, 401, &absent);
    }
}

#[tokio::test]
async fn other_methods_are_refused_with_the_allowed_ones() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let post = ["POST"].as_slice();
    for (method, path, allowed) in [
        (Method::GET, "/auth/login/", post),
        (Method::PUT, "/auth/registration/", post),
        (Method::GET, "/auth/logout/", post),
        (Method::DELETE, "/auth/user/", &["GET", "PUT", "PATCH"]),
        (Method::POST, "/auth/user/", &["GET", "PUT", "PATCH"]),
        (Method::GET, "/auth/password/change/", post),
        (Method::PATCH, "/auth/password/reset/", post),
        (Method::GET, "/auth/password/reset/confirm/", post),
        (Method::PUT, "/users/", &["GET", "POST"]),
        (Method::POST, "/users/1/", &["GET", "PUT", "PATCH", "DELETE"]),
        (Method::GET, "/users/1/assign-role/", post),
        (Method::PUT, "/users/1/set-password/", post),
        (Method::DELETE, "/users/1/activate/", post),
    ] {
        let answer = root.send(root.request(method.clone(), path)).await;
        let refused = detail(&format!("Method \"{method}\" not allowed."));
        check(&format!("{method} {path}"), &answer, 405, &refused);
        let named = answer.headers["allow"].to_str().unwrap();
        let named: Vec<&str> = named.split(',').map(str::trim).collect();
        assert!(allowed.iter().all(|method| named.contains(method)), "{path}: {named:?}");
        assert!(!named.contains(&method.as_str()), "{path}: {named:?}");
    }
}

#[tokio::test]
async fn each_login_and_registration_makes_a_fresh_key_of_which_only_the_digest_is_stored() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let registered = app.anonymous().post("/auth/registration/", registration("ada")).await;
    let registered = root.with_key(registered.expect(201)["key"].as_str().unwrap());
    let (phone, laptop) = (app.login("ada").await, app.login("ada").await);
    let keys = [&registered, &phone, &laptop].map(|client| client.key().unwrap().to_owned());
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(key.len(), 40);
        assert!(key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)), "{key}");
        assert!(!keys[..number].contains(key), "{key} twice");
        own(&root.with_key(key)).await;
        let digests: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM api_accesstoken WHERE key_hash = sha256(convert_to($1, 'UTF8'))",
        )
        .bind(key)
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert_eq!(digests, 1);
        let plain: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM api_accesstoken AS t \
             WHERE t::text LIKE '%' || $1 || '%' \
             OR t::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'",
        )
        .bind(key)
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert_eq!(plain, 0, "the key itself is stored");
    }
}

#[tokio::test]
async fn logout_kills_the_key_it_came_with_and_no_other() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let other_device = app.login("root").await;
    let answer = root.send(root.request(Method::POST, "/auth/logout/")).await;
    check("no body is needed", &answer, 200, &detail("Successfully logged out."));
    check_dead("after its logout", &root).await;
    let again = root.post("/auth/logout/", json!({})).await;
    check("a second logout", &again, 401, &detail("Invalid token."));
    own(&other_device).await;
}

#[tokio::test]
async fn deactivation_kills_all_keys_for_good_and_deletion_too() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let phone = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    let laptop = app.login("ada").await;
    let id = own(&phone).await["id"].clone();
    let activate = format!("/users/{id}/activate/");
    root.post(&activate, json!({ "is_active": false })).await.expect(200);
    check_dead("deactivated", &phone).await;
    check_dead("deactivated, second device", &laptop).await;
    root.post(&activate, json!({ "is_active": true })).await.expect(200);
    check_dead("reactivation revives no key", &phone).await;
    let fresh = app.login("ada").await;
    own(&fresh).await;
    root.delete(&format!("/users/{id}/")).await.expect(204);
    check_dead("deleted", &fresh).await;
    own(&root).await;
}

#[tokio::test]
async fn keys_survive_a_change_of_role_which_counts_from_the_next_request() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    let id = own(&ada).await["id"].clone();
    let new_tenant = json!({ "name": "Initech", "slug": "initech" });
    ada.post("/tenants/", new_tenant.clone()).await.expect(403);
    let assign = format!("/users/{id}/assign-role/");
    root.post(&assign, json!({ "role": "admin" })).await.expect(200);
    ada.post("/tenants/", new_tenant.clone()).await.expect(201);
    root.post(&assign, json!({ "role": "subscriber" })).await.expect(200);
    ada.post("/tenants/", new_tenant).await.expect(403);
}

#[tokio::test]
async fn public_endpoints_ignore_the_header_however_stale_or_broken() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    root.post("/auth/logout/", json!({})).await.expect(200);
    let stale = format!("Token {}", root.key().unwrap());
    let anonymous = app.anonymous();
    let confirmation = json!({
        "uid": "999", "token": "x", "new_password1": "plain-Zebra-42", "new_password2": "plain-Zebra-42",
    });
    for (number, header) in
        [stale.as_bytes(), b"Token", b"Token a b", b"Token \xff", b"Basic x"].iter().enumerate()
    {
        for (path, body, status) in [
            ("/auth/login/", json!({ "username": "root", "password": PASSWORD }), 200),
            ("/auth/registration/", registration(&format!("ada{number}")), 201),
            ("/auth/password/reset/", json!({ "email": "root@example.org" }), 200),
            ("/auth/password/reset/confirm/", confirmation.clone(), 400),
        ] {
            let header = HeaderValue::from_bytes(header).unwrap();
            let request = anonymous.request(Method::POST, path).json(&body);
            let answer = anonymous.send(request.header("Authorization", header)).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn keys_never_expire_unless_the_setting_says_so() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    app.clock.advance(Duration::days(3650));
    own(&root).await;

    let app = TestApp::configured(&[("WIWEBB_TOKEN_TTL_DAYS", "2")]).await;
    let root = app.superadmin().await;
    app.clock.advance(Duration::days(2) - Duration::seconds(1));
    own(&root).await;
    let later = app.login("root").await;
    app.clock.advance(Duration::seconds(2));
    check_dead("expired", &root).await;
    own(&later).await;
}
