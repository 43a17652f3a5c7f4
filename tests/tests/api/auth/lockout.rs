//! Accounts that are locked after failed logins in a row, by all servers together.

use chrono::Duration;
use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, NO_RATES, PASSWORD, TestApp};

use crate::support::{check, own};

const GUESSES: usize = 16;

async fn login(app: &TestApp, name: &str, password: &str) -> Answer {
    let body = json!({ "username": name, "password": password });
    app.anonymous().post("/auth/login/", body).await
}

async fn fail(app: &TestApp, name: &str, times: usize) {
    for _ in 0..times {
        login(app, name, "wrong-Zebra-42").await.expect(400);
    }
}

/// The body and the header of contract §1.11.
fn check_locked(rule: &str, answer: &Answer, left: &str) {
    let message = format!("Request was throttled. Expected available in {left}.");
    check(rule, answer, 429, &json!({ "detail": message }));
    assert_eq!(answer.headers["retry-after"], left.split(' ').next().unwrap(), "{rule}");
}

#[tokio::test]
async fn ten_failures_in_a_row_lock_the_account_for_a_minute_and_the_next_for_two() {
    let app = TestApp::start().await;
    app.superadmin().await;
    fail(&app, "root", 9).await;
    fail(&app, "ROOT@example.org", 1).await;
    for (rule, name, password) in [
        ("the right password", "root", PASSWORD),
        ("a wrong one", "root", "wrong-Zebra-42"),
        ("the address", "root@example.org", PASSWORD),
    ] {
        check_locked(rule, &login(&app, name, password).await, "60 seconds");
    }
    app.clock.advance(Duration::milliseconds(59_001));
    check_locked("nearly over", &login(&app, "root", PASSWORD).await, "1 second");
    app.clock.advance(Duration::milliseconds(999));
    fail(&app, "root", 1).await;
    check_locked("the second lock", &login(&app, "root", PASSWORD).await, "120 seconds");
    app.clock.advance(Duration::minutes(2));
    login(&app, "root", PASSWORD).await.expect(200);
    fail(&app, "root", 9).await;
    login(&app, "root", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn wrong_old_passwords_lock_the_account_too() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let change = async |old: &str| {
        let new = "plain-Zebra-42";
        let body = json!({ "old_password": old, "new_password1": new, "new_password2": new });
        root.post("/auth/password/change/", body).await
    };
    for _ in 0..10 {
        change("wrong-Zebra-42").await.expect(400);
    }
    check_locked("the right one", &change(PASSWORD).await, "60 seconds");
    check_locked("a login", &login(&app, "root", PASSWORD).await, "60 seconds");
    app.clock.advance(Duration::minutes(1));
    change(PASSWORD).await.expect(200);
}

#[tokio::test]
async fn names_of_nobody_are_locked_exactly_as_those_of_somebody() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    app.user(&root, "bob", Role::Subscriber, Some(tenant)).await;
    let idle = own(&app.user(&root, "idle", Role::Subscriber, Some(tenant)).await).await;
    let activate = format!("/users/{}/activate/", idle["id"]);
    root.post(&activate, json!({ "is_active": false })).await.expect(200);
    let mut stories = Vec::new();
    for name in ["bob", "idle", "nobody", "nobody@example.org"] {
        let mut story = Vec::new();
        for _ in 0..12 {
            let answer = login(&app, name, "wrong-Zebra-42").await;
            let headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            story.push((answer.status, answer.body, headers));
        }
        stories.push(story);
    }
    assert_eq!((stories[0][9].0, stories[0][10].0), (400, 429));
    assert!(stories.windows(2).all(|pair| pair[0] == pair[1]), "{stories:#?}");
}

#[tokio::test]
async fn a_lock_holds_at_every_server_and_so_does_its_end() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let other = TestApp::beside(&app, &NO_RATES);
    let tenant = app.tenant(&root, "acme").await;
    let bob = own(&app.user(&root, "bob", Role::Subscriber, Some(tenant)).await).await;
    fail(&app, "bob", 5).await;
    fail(&other, "bob", 5).await;
    for server in [&app, &other] {
        check_locked("both", &login(server, "bob", PASSWORD).await, "60 seconds");
    }
    let path = format!("/users/{}/set-password/", bob["id"]);
    root.post(&path, json!({ "password": "plain-Zebra-42" })).await.expect(200);
    login(&other, "bob", "plain-Zebra-42").await.expect(200);
}

/// The statuses of logins at two servers at once, in ascending order.
async fn at_once(servers: &[TestApp; 2], password: &'static str) -> Vec<u16> {
    let guesses: Vec<_> = (0..GUESSES)
        .map(|guess| {
            let client = servers[guess % 2].anonymous();
            let body = json!({ "username": "root", "password": password });
            tokio::spawn(async move { client.post("/auth/login/", body).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for guess in guesses {
        statuses.push(guess.await.unwrap());
    }
    statuses.sort_unstable();
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixteen_guesses_at_once_no_more_are_answered_than_of_guesses_in_a_row() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let servers = [TestApp::beside(&app, &NO_RATES), app];
    let statuses = at_once(&servers, "wrong-Zebra-42").await;
    assert_eq!(statuses, [[400; 10].as_slice(), &[429; 6]].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_knows_the_password_gets_in_sixteen_times_at_once_beside_nine_failures() {
    let app = TestApp::start().await;
    app.superadmin().await;
    fail(&app, "root", 9).await;
    let servers = [TestApp::beside(&app, &NO_RATES), app];
    assert_eq!(at_once(&servers, PASSWORD).await, [200; GUESSES]);
    fail(&servers[0], "root", 9).await;
    login(&servers[1], "root", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn no_account_is_locked_where_the_setting_says_so() {
    let settings = [&NO_RATES[..], &[("WIWEBB_LOCKOUT_AFTER", "off")]].concat();
    let app = TestApp::configured(&settings).await;
    app.superadmin().await;
    fail(&app, "root", 12).await;
    login(&app, "root", PASSWORD).await.expect(200);

    let settings = [&NO_RATES[..], &[("WIWEBB_LOCKOUT_AFTER", "2")]].concat();
    let app = TestApp::configured(&settings).await;
    app.superadmin().await;
    fail(&app, "root", 2).await;
    check_locked("another number", &login(&app, "root", PASSWORD).await, "60 seconds");
}

#[tokio::test]
async fn what_was_typed_as_a_name_is_not_stored() {
    let app = TestApp::start().await;
    fail(&app, "my-secret-Zebra-42", 1).await;
    let (rows, telling): (i64, i64) = sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE t::text LIKE '%' || $1 || '%' \
         OR t::text LIKE '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%') \
         FROM api_loginattempt AS t",
    )
    .bind("my-secret")
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!((rows, telling), (1, 0));
}
