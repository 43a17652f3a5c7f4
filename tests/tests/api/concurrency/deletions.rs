//! Deletions at the same time as each other and as what they forbid (contract §13).

use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client, PASSWORD, TestApp, not_found};

use super::{at_rest, blocked, session, together};
use crate::support::{Person, check_stays};

const AT_ONCE: usize = 16;

fn member(name: &str, tenant: i64) -> Value {
    json!({
        "username": name, "email": format!("{name}@example.org"), "password": PASSWORD,
        "role": "subscriber", "tenant": tenant,
    })
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(&app.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_simultaneous_deletions_one_succeeds_and_the_others_find_nothing() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for round in 0..3 {
        let tenant = app.tenant(&root, &format!("t{round}")).await;
        let user = app.user(&root, &format!("u{round}"), Role::Admin, None).await;
        user.post("/todos/", json!({ "task": "goes too" })).await.expect(201);
        let user = Person::holding(user).await;
        let todo = root.post("/todos/", json!({ "task": "x" })).await.expect(201)["id"].clone();
        for path in [format!("/tenants/{tenant}/"), user.path(""), format!("/todos/{todo}/")] {
            let requests = (0..AT_ONCE).map(|_| {
                let (client, path) = (root.clone(), path.clone());
                async move { client.delete(&path).await }
            });
            let answers = together(requests).await;
            let gone = answers.iter().filter(|answer| answer.status == 204).count();
            assert_eq!(gone, 1, "{path}: {answers:?}");
            for answer in answers.into_iter().filter(|answer| answer.status != 204) {
                answer.expect_body(404, &not_found());
            }
        }
    }
    assert_eq!(count(&app, "SELECT count(*) FROM api_todo").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_created_while_their_tenant_is_deleted_never_lose_it() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for round in 0..12_u8 {
        let deleter = usize::from(round % 5);
        let tenant = app.tenant(&root, &format!("t{round}")).await;
        let requests = (0..5_usize).map(|number| {
            let client = root.clone();
            async move {
                if number == deleter {
                    // Hashing takes a creation some time before it comes to its row.
                    tokio::time::sleep(Duration::from_millis(20 * u64::from(round))).await;
                    client.delete(&format!("/tenants/{tenant}/")).await
                } else {
                    client.post("/users/", member(&format!("m{round}-{number}"), tenant)).await
                }
            }
        });
        let mut answers = together(requests).await;
        let deletion = answers.remove(deleter);
        let created = answers.iter().filter(|answer| answer.status == 201).count();
        let missing = json!({
            "tenant": [format!("Invalid pk \"{tenant}\" - object does not exist.")],
        });
        for answer in answers.into_iter().filter(|answer| answer.status != 201) {
            answer.expect_body(400, &missing);
        }
        if deletion.status == 204 {
            assert_eq!(created, 0, "no user of a tenant that is gone");
        } else {
            check_stays("joined", &deletion, "Cannot delete tenant with existing users.");
            assert!(created > 0, "the users that it was refused for exist");
        }
    }
}

/// Sends a request that has to wait for another transaction, and has that one commit meanwhile.
async fn behind(
    app: &TestApp,
    sql: &str,
    request: impl Future<Output = Answer> + Send + 'static,
) -> Answer {
    let (mut other, mut observer) = (session(app).await, session(app).await);
    let mut transaction = other.begin().await.unwrap();
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    transaction.execute(sqlx::raw_sql(sql)).await.unwrap();
    let waiting = tokio::spawn(request);
    blocked(&mut observer, 1).await;
    transaction.commit().await.unwrap();
    let answer = waiting.await.unwrap();
    at_rest(&mut observer).await;
    answer
}

async fn send(client: Client, method: &str, path: String, body: Value) -> Answer {
    let request = client.request(method.parse().unwrap(), &path).json(&body);
    client.send(request).await
}

#[tokio::test]
async fn a_tenant_that_goes_while_somebody_joins_it_is_a_tenant_that_does_not_exist() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let home = app.tenant(&root, "home").await;
    let mover = Person::holding(app.user(&root, "mover", Role::Subscriber, Some(home)).await).await;
    for number in 0..2 {
        let tenant = app.tenant(&root, &format!("t{number}")).await;
        let sql = format!("DELETE FROM api_tenant WHERE id = {tenant}");
        let request = if number == 0 {
            send(root.clone(), "POST", "/users/".into(), member("late", tenant))
        } else {
            let body = json!({ "role": "subscriber", "tenant": tenant });
            send(root.clone(), "POST", mover.path("assign-role/"), body)
        };
        let message = format!("Invalid pk \"{tenant}\" - object does not exist.");
        let answer = behind(&app, &sql, request).await;
        answer.expect_body(400, &json!({ "tenant": [message] }));
    }
    assert_eq!(count(&app, "SELECT count(*) FROM api_user").await, 2);
    assert_eq!(count(&app, "SELECT count(*) FROM api_auditlog").await, 0);
}

#[tokio::test]
async fn what_comes_while_a_deletion_runs_forbids_it() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let admin = Person::holding(app.user(&root, "admin", Role::Admin, None).await).await;
    let joins = format!(
        "INSERT INTO api_user (username, email, password, role, tenant_id)
         VALUES ('joins', 'joins@example.org', '!', 'subscriber', {tenant})"
    );
    let deletion = send(root.clone(), "DELETE", format!("/tenants/{tenant}/"), json!({}));
    let refused = "Cannot delete tenant with existing users.";
    check_stays("joins", &behind(&app, &joins, deletion).await, refused);

    let pays = format!(
        "INSERT INTO payment_paymentgatewayconfig (name, variant) VALUES ('Dummy', 'dummy');
         INSERT INTO payment_payment (user_id, payment_gateway_id, status, total)
         SELECT {}, id, 'waiting', 1 FROM payment_paymentgatewayconfig",
        admin.id
    );
    let deletion = send(root.clone(), "DELETE", admin.path(""), json!({}));
    let refused = "Cannot delete user with existing payments.";
    check_stays("pays", &behind(&app, &pays, deletion).await, refused);
    admin.api.get("/auth/user/").await.expect(200);
}

#[tokio::test]
async fn a_caller_that_is_deleted_meanwhile_gets_no_server_error_and_writes_nothing() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (number, (method, path, body)) in [
        ("POST", "/todos/", json!({ "task": "orphan" })),
        ("PATCH", "/auth/user/", json!({ "bio": "gone" })),
        (
            "POST",
            "/auth/password/change/",
            json!({
                "old_password": PASSWORD, "new_password1": "quite-Unlike-9",
                "new_password2": "quite-Unlike-9",
            }),
        ),
        ("POST", "/auth/logout/", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("admin{number}");
        let admin = Person::holding(app.user(&root, &name, Role::Admin, None).await).await;
        let sql = format!("DELETE FROM api_user WHERE id = {}", admin.id);
        let answer = behind(&app, &sql, send(admin.api, method, path.into(), body)).await;
        let gone =
            (400..500).contains(&answer.status) || path == "/auth/logout/" && answer.status == 200;
        assert!(gone, "{method} {path}: {} {}", answer.status, answer.body);
    }
    assert_eq!(count(&app, "SELECT count(*) FROM api_todo").await, 0);
    assert_eq!(count(&app, "SELECT count(*) FROM api_user").await, 1);
}
