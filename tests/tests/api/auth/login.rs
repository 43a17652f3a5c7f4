//! `POST /auth/login/` (contract §3.1).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{Answer, PASSWORD, TestApp};

use crate::support::{can_login, check, instant, own, registration, with};

async fn login(app: &TestApp, body: Value) -> Answer {
    app.anonymous().post("/auth/login/", body).await
}

fn refused() -> Value {
    json!({ "non_field_errors": ["Unable to log in with provided credentials."] })
}

#[tokio::test]
async fn a_login_answers_a_key_and_who_it_is_and_sets_last_login() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let now = app.clock.advance(Duration::hours(1));
    let body = login(&app, json!({ "username": "root", "password": PASSWORD })).await.expect(200);
    let key = body["key"].as_str().unwrap();
    let user = own(&root.with_key(key)).await;
    let expected = json!({
        "key": key,
        "user": { "id": user["id"], "username": "root", "email": "root@example.org", "role": "superadmin" },
    });
    assert_eq!(body, expected);
    assert_eq!(instant(&user["last_login"]), now);

    app.clock.advance(Duration::hours(1));
    login(&app, json!({ "username": "root", "password": "wrong-Zebra-42" })).await.expect(400);
    assert_eq!(instant(&own(&root).await["last_login"]), now, "a refused login is none");
    login(&app, json!({ "username": "root", "password": PASSWORD })).await.expect(200);
    assert_eq!(instant(&own(&root).await["last_login"]), app.clock.now());
}

#[tokio::test]
async fn usernames_are_exact_and_email_addresses_are_not() {
    let app = TestApp::start().await;
    let body = with(registration("Ada"), json!({ "email": "Ada.L@Example.ORG" }));
    app.anonymous().post("/auth/registration/", body).await.expect(201);
    for (field, value, status) in [
        ("username", "Ada", 200),
        ("username", "  Ada\t", 200),
        ("username", "ada", 400),
        ("username", "ADA", 400),
        ("username", "Ada.L@example.org", 200),
        ("username", "ADA.L@EXAMPLE.ORG", 200),
        ("username", " ada.l@example.org ", 200),
        ("email", "ada.L@example.org", 200),
        ("email", "other@example.org", 400),
        ("username", "Ad_", 400),
        ("username", "%", 400),
    ] {
        let answer = login(&app, json!({ field: value, "password": PASSWORD })).await;
        assert_eq!(answer.status, status, "{field} {value:?}: {}", answer.body);
    }
    let both = json!({ "username": "nobody", "email": "ada.l@example.org", "password": PASSWORD });
    check("email stands in only", &login(&app, both).await, 400, &refused());
}

#[tokio::test]
async fn a_text_that_is_one_users_name_and_anothers_address_means_the_name() {
    let app = TestApp::start().await;
    let other = "other-Zebra-42";
    let addressed = with(
        registration("ada"),
        json!({ "email": "shared@example.org", "password1": other, "password2": other }),
    );
    let named = with(registration("shared@example.org"), json!({ "email": "x@example.org" }));
    app.anonymous().post("/auth/registration/", addressed).await.expect(201);
    app.anonymous().post("/auth/registration/", named).await.expect(201);
    let body = json!({ "username": "shared@example.org", "password": PASSWORD });
    let user = login(&app, body).await.expect(200)["user"]["username"].clone();
    assert_eq!(user, "shared@example.org");
    assert!(!can_login(&app, "shared@example.org", other).await, "the address came second");
    assert!(can_login(&app, "ada", other).await);
}

#[tokio::test]
async fn unknown_user_wrong_password_and_inactive_account_look_the_same() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    let path = format!("/users/{}/activate/", own(&ada).await["id"]);
    root.post(&path, json!({ "is_active": false })).await.expect(200);
    let mut headers = Vec::new();
    for (rule, username, password) in [
        ("unknown name", "nobody", PASSWORD),
        ("unknown address", "nobody@example.org", PASSWORD),
        ("wrong password", "root", "wrong-Zebra-42"),
        ("password with a space behind", "root", "correct-Horse-7 "),
        ("password with a space before", "root", " correct-Horse-7"),
        ("password in another case", "root", "CORRECT-HORSE-7"),
        ("inactive account", "ada", PASSWORD),
        ("inactive account, wrong password", "ada", "wrong-Zebra-42"),
    ] {
        let answer = login(&app, json!({ "username": username, "password": password })).await;
        check(rule, &answer, 400, &refused());
        headers.push(answer.headers.keys().map(ToString::to_string).collect::<Vec<_>>());
    }
    assert!(headers.windows(2).all(|pair| pair[0] == pair[1]), "{headers:?}");
}

#[tokio::test]
async fn missing_and_unreadable_fields_are_named_together() {
    let app = TestApp::start().await;
    let required = "This field is required.";
    let blank = "This field may not be blank.";
    let null = "This field may not be null.";
    let text = "Not a valid string.";
    for (body, username, password) in [
        (json!({}), Some(required), Some(required)),
        (json!({ "username": "root" }), None, Some(required)),
        (json!({ "password": PASSWORD }), Some(required), None),
        (json!({ "username": "", "password": "" }), Some(blank), Some(blank)),
        (json!({ "username": "  ", "password": PASSWORD }), Some(blank), None),
        (json!({ "username": null, "password": null }), Some(null), Some(null)),
        (json!({ "username": [], "password": {} }), Some(text), Some(text)),
        (json!({ "username": true, "password": false }), Some(text), Some(text)),
    ] {
        let mut expected = json!({});
        for (field, message) in [("username", username), ("password", password)] {
            if let Some(message) = message {
                expected[field] = json!([message]);
            }
        }
        check(&body.to_string(), &login(&app, body.clone()).await, 400, &expected);
    }
}

#[tokio::test]
async fn numbers_count_as_text_in_both_fields() {
    let app = TestApp::start().await;
    let body = with(registration("20260115"), json!({ "email": "n@example.org" }));
    app.anonymous().post("/auth/registration/", body).await.expect(201);
    login(&app, json!({ "username": 20_260_115, "password": PASSWORD })).await.expect(200);
    let answer = login(&app, json!({ "username": "20260115", "password": 7 })).await;
    check("a number as password", &answer, 400, &refused());
}

#[tokio::test]
async fn the_sixth_login_of_a_minute_is_throttled_and_others_are_not() {
    let app = TestApp::configured::<&str>(&[]).await;
    let root = app.superadmin().await;
    for _ in 0..4 {
        login(&app, json!({ "username": "nobody", "password": PASSWORD })).await.expect(400);
    }
    let answer = login(&app, json!({ "username": "root", "password": PASSWORD })).await;
    assert_eq!(answer.status, 429, "{}", answer.body);
    let seconds: u32 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let message = format!("Request was throttled. Expected available in {seconds} {unit}.");
    assert_eq!(answer.body, json!({ "detail": message }));
    own(&root).await;
    app.anonymous().post("/auth/registration/", registration("ada")).await.expect(201);
}
