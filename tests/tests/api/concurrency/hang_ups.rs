//! Clients that leave before they are answered: nothing half-written, no session left behind.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection;
use tokio::io::AsyncWriteExt;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, TestApp, raw};

use super::{at_rest, blocked, session, together};
use crate::support::{Person, registration, trail};

/// The bytes of a complete request.
fn request(client: &Client, method: &str, path: &str, body: &Value) -> Vec<u8> {
    let key = format!("Authorization: Token {}", client.key().unwrap_or("none"));
    let lines: &[&[u8]] = &[b"Host: localhost", b"Content-Type: application/json", key.as_bytes()];
    raw::request(method, &format!("/api/v1{path}"), lines, body.to_string().as_bytes())
}

/// Sends bytes, waits and leaves.
async fn leave(app: &TestApp, bytes: &[u8], after: Duration) {
    let mut connection = raw::connect(&app.base).await;
    connection.write_all(bytes).await.unwrap();
    tokio::time::sleep(after).await;
}

/// More requests at once than the server has sessions all get an answer.
async fn check_serving(root: &Client) {
    let requests = (0..50).map(|_| {
        let client = root.clone();
        async move { client.get("/users/").await }
    });
    for answer in together(requests).await {
        answer.expect(200);
    }
}

#[tokio::test]
async fn a_request_that_is_cut_off_writes_nothing() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mut observer = session(&app).await;
    for (path, body) in [
        ("/todos/", json!({ "task": "half a request" })),
        ("/tenants/", json!({ "name": "Half", "slug": "half" })),
        ("/auth/registration/", registration("half")),
    ] {
        let whole = request(&root, "POST", path, &body);
        for missing in [1, 5, 20, whole.len() - 40] {
            leave(&app, &whole[..whole.len() - missing], Duration::from_millis(20)).await;
        }
        let lines: &[&[u8]] = &[b"Host: localhost", b"Content-Type: application/json"];
        let chunked = raw::chunked_request("POST", path, lines, body.to_string().as_bytes());
        leave(&app, &chunked[..chunked.len() - 5], Duration::from_millis(20)).await;
    }
    at_rest(&mut observer).await;
    let counts: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM api_todo), (SELECT count(*) FROM api_tenant),
                (SELECT count(*) FROM api_user)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(counts, (0, 0, 1));
    check_serving(&root).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_at_any_moment_leaves_all_or_nothing_behind() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let target = Person::holding(app.user(&root, "target", Role::Admin, None).await).await;
    let mut observer = session(&app).await;
    for number in 0..40 {
        let after = Duration::from_micros(1_500 * number);
        let role = if number % 2 == 0 { "superadmin" } else { "admin" };
        let assign = request(&root, "POST", &target.path("assign-role/"), &json!({ "role": role }));
        let register =
            request(&root, "POST", "/auth/registration/", &registration(&format!("r{number}")));
        let active = json!({ "is_active": number % 4 < 2 });
        let activate = request(&root, "POST", &target.path("activate/"), &active);
        tokio::join!(
            leave(&app, &assign, after),
            leave(&app, &register, after),
            leave(&app, &activate, after),
        );
    }
    at_rest(&mut observer).await;

    let keyless: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM api_user AS u WHERE username LIKE 'r%' AND username <> 'root'
         AND (SELECT count(*) FROM api_accesstoken WHERE user_id = u.id) <> 1",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(keyless, 0, "whoever is registered has the key of the registration");
    let (mut role, mut active) = (json!("admin"), json!(true));
    let mut entries = trail(&root).await;
    entries.sort_by_key(|entry| entry["id"].as_i64());
    for entry in entries {
        let details = &entry["details"];
        let (last, old, new) = match entry["action"].as_str().unwrap() {
            "role_changed" => (&mut role, "old_role", "new_role"),
            _ => (&mut active, "old_is_active", "new_is_active"),
        };
        assert_eq!(details[old], *last, "{entry}");
        *last = details[new].clone();
    }
    let now = root.get(&target.path("")).await.expect(200);
    assert_eq!([&now["role"], &now["is_active"]], [&role, &active], "the trail tells all changes");
    check_serving(&root).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_while_the_database_works_frees_its_sessions() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let target = Person::holding(app.user(&root, "target", Role::Admin, None).await).await;
    let (mut other, mut observer) = (session(&app).await, session(&app).await);
    let requests = [
        ("POST", target.path("assign-role/"), json!({ "role": "superadmin" })),
        ("POST", target.path("set-password/"), json!({ "password": "quite-Unlike-9" })),
        ("POST", target.path("activate/"), json!({ "is_active": false })),
        ("PATCH", target.path(""), json!({ "bio": "written" })),
        ("DELETE", target.path(""), json!({})),
    ];
    for round in 0..6 {
        let mut transaction = other.begin().await.unwrap();
        sqlx::query("SELECT FROM api_user WHERE username = 'target' FOR UPDATE")
            .execute(&mut *transaction)
            .await
            .unwrap();
        let mut connections = Vec::new();
        for (method, path, body) in &requests {
            let mut connection = raw::connect(&app.base).await;
            let bytes = request(&root, method, path, body);
            connection.write_all(&bytes).await.unwrap();
            connections.push(connection);
        }
        blocked(&mut observer, 3).await;
        drop(connections);
        tokio::time::sleep(Duration::from_millis(50)).await;
        if round % 2 == 0 {
            transaction.rollback().await.unwrap();
        } else {
            // Nobody waits for the answer, but the sessions still wait for the lock.
            root.get("/users/").await.expect(200);
            transaction.commit().await.unwrap();
        }
        at_rest(&mut observer).await;
        check_serving(&root).await;
        // What was asked for may have been done; then all of it was.
        let found = root.get(&target.path("")).await;
        if found.status == 404 {
            break;
        }
    }
    let todo = root.post("/todos/", json!({ "task": PASSWORD.len() })).await.expect(201);
    assert_eq!(todo["task"], PASSWORD.len().to_string());
}
