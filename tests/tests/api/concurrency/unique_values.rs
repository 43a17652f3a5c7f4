//! Of several simultaneous writes of a unique value one succeeds.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, PASSWORD, TestApp};

use super::{blocked, session, together};
use crate::support::registration;

const AT_ONCE: usize = 16;

const NAME: &str = "tenant with this name already exists.";
const SLUG: &str = "tenant with this slug already exists.";
const USERNAME: &str = "A user with that username already exists.";
const EMAIL: &str = "user with this email already exists.";

/// Exactly one success; all others are refused for this field.
#[track_caller]
fn check_one(what: &str, answers: &[Answer], success: u16, field: &str, message: &str) {
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    let won = statuses.iter().filter(|status| **status == success).count();
    assert_eq!(won, 1, "{what}: {statuses:?}");
    for answer in answers.iter().filter(|answer| answer.status != success) {
        assert_eq!((answer.status, &answer.body), (400, &json!({ field: [message] })), "{what}");
    }
}

/// The same text with other letters in upper case.
fn in_case(text: &str, number: usize) -> String {
    let upper = |(at, letter): (usize, char)| {
        if number >> (at % 4) & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
    };
    text.chars().enumerate().map(upper).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_creations_succeeds() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let user = |username: String, email: String| json!({ "username": username, "email": email, "password": PASSWORD, "role": "admin" });
    type Body = Box<dyn Fn(usize) -> Value>;
    let creations: [(&str, Body, &str, &str); 6] = [
        (
            "/tenants/",
            Box::new(|n| json!({ "name": "Same", "slug": format!("slug-{n}") })),
            "name",
            NAME,
        ),
        (
            "/tenants/",
            Box::new(|n| json!({ "name": format!("Name {n}"), "slug": "same" })),
            "slug",
            SLUG,
        ),
        (
            "/users/",
            Box::new(move |n| user("same".into(), format!("u{n}@example.org"))),
            "username",
            USERNAME,
        ),
        (
            "/users/",
            Box::new(move |n| user(format!("e{n}"), in_case("same@example.org", n))),
            "email",
            EMAIL,
        ),
        (
            "/auth/registration/",
            Box::new(|n| {
                let mut body = registration("registered");
                body["email"] = json!(format!("r{n}@example.org"));
                body
            }),
            "username",
            USERNAME,
        ),
        (
            "/auth/registration/",
            Box::new(|n| {
                let mut body = registration(&format!("registrant{n}"));
                body["email"] = json!(in_case("registrant@example.org", n));
                body
            }),
            "email",
            EMAIL,
        ),
    ];
    for (path, body, field, message) in creations {
        let requests = (0..AT_ONCE).map(|n| {
            let (client, body) = (root.clone(), body(n));
            async move { client.post(path, body).await }
        });
        let answers = together(requests).await;
        check_one(&format!("{path} {field}"), &answers, 201, field, message);
    }
    let counts: (i64, i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM api_tenant), (SELECT count(*) FROM api_user),
                (SELECT count(*) FROM api_accesstoken)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(counts, (2, 5, 3), "a refused registration leaves neither user nor key");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_simultaneous_changes_to_one_value_succeeds() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mut tenants = Vec::new();
    for number in 0..8 {
        tenants.push(app.tenant(&root, &format!("t{number}")).await);
    }
    for (field, value, message) in [("name", "Same", NAME), ("slug", "same", SLUG)] {
        let requests = tenants.iter().map(|id| {
            let (client, path) = (root.clone(), format!("/tenants/{id}/"));
            async move { client.patch(&path, json!({ field: value })).await }
        });
        check_one(field, &together(requests).await, 200, field, message);
    }
    let mut people = Vec::new();
    for number in 0..8 {
        people.push(app.user(&root, &format!("u{number}"), Role::Admin, None).await);
    }
    let requests = people.into_iter().enumerate().map(|(number, client)| async move {
        let body = json!({ "email": in_case("same@example.org", number) });
        client.patch("/auth/user/", body).await
    });
    check_one("email", &together(requests).await, 200, "email", EMAIL);
}

#[tokio::test]
async fn a_value_that_another_transaction_is_writing_is_waited_for() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = "INSERT INTO api_tenant (name, slug, uuid)";
    let user = "INSERT INTO api_user (username, email, password, role)";
    let writes = [
        (
            format!("{tenant} VALUES ('Same', 'other', gen_random_uuid())"),
            "/tenants/",
            json!({ "name": "Same", "slug": "mine" }),
            "name",
            NAME,
        ),
        (
            format!("{tenant} VALUES ('Other', 'same', gen_random_uuid())"),
            "/tenants/",
            json!({ "name": "Mine", "slug": "same" }),
            "slug",
            SLUG,
        ),
        (
            format!("{user} VALUES ('same', 'other@example.org', '!', 'admin')"),
            "/auth/registration/",
            registration("same"),
            "username",
            USERNAME,
        ),
        (
            format!("{user} VALUES ('other', 'MINE@example.org', '!', 'admin')"),
            "/auth/registration/",
            registration("mine"),
            "email",
            EMAIL,
        ),
    ];
    let (mut other, mut observer) = (session(&app).await, session(&app).await);
    for (sql, path, body, field, message) in writes {
        for kept in [false, true] {
            let mut transaction = other.begin().await.unwrap();
            sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut *transaction).await.unwrap();
            let (client, sent) = (root.clone(), body.clone());
            let waiting = tokio::spawn(async move { client.post(path, sent).await });
            blocked(&mut observer, 1).await;
            if kept {
                transaction.commit().await.unwrap();
                waiting.await.unwrap().expect_body(400, &json!({ field: [message] }));
            } else {
                transaction.rollback().await.unwrap();
                waiting.await.unwrap().expect(201);
                for sql in
                    ["DELETE FROM api_user WHERE username <> 'root'", "DELETE FROM api_tenant"]
                {
                    sqlx::query(sql).execute(&app.pool).await.unwrap();
                }
            }
        }
        for sql in ["DELETE FROM api_user WHERE username <> 'root'", "DELETE FROM api_tenant"] {
            sqlx::query(sql).execute(&app.pool).await.unwrap();
        }
    }
}
