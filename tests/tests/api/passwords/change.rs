//! `POST /auth/password/change/` (contract §3.5).

use chrono::Duration;
use serde_json::json;
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{PASSWORD, TestApp};

use crate::support::{can_login, check, check_dead, detail, instant, own, trail};

const NEW: &str = "brisk-Walrus-51";

#[tokio::test]
async fn a_change_kills_every_key_and_only_the_new_password_works() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let other_device = app.login("root").await;
    let joined = own(&root).await["password_updated"].clone();
    app.clock.advance(Duration::hours(1));
    let body = json!({ "old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW });
    let answer = root.post("/auth/password/change/", body).await;
    check("saved", &answer, 200, &detail("New password has been saved."));
    check_dead("the key it came with", &root).await;
    check_dead("the other device's key", &other_device).await;
    assert!(!can_login(&app, "root", PASSWORD).await);
    let root = app.anonymous().login("root", NEW).await;
    let updated = instant(&own(&root).await["password_updated"]);
    assert!(updated > instant(&joined));
    assert_eq!(updated, app.clock.now());
    assert!(trail(&root).await.is_empty(), "writes no audit entry");
}

#[tokio::test]
async fn the_new_password_may_come_once_as_new_password() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (rule, body) in [
        ("too short", json!({ "old_password": PASSWORD, "new_password": "short" })),
        ("wrong old one", json!({ "old_password": "no", "new_password": NEW })),
        (
            "new_password1 alone",
            json!({ "old_password": PASSWORD, "new_password": NEW, "new_password1": NEW }),
        ),
        (
            "new_password2 alone",
            json!({ "old_password": PASSWORD, "new_password": NEW, "new_password2": NEW }),
        ),
        ("new_password null", json!({ "old_password": PASSWORD, "new_password": null })),
    ] {
        let answer = root.post("/auth/password/change/", body).await;
        assert_eq!(answer.status, 400, "{rule}: {}", answer.body);
    }
    let body = json!({ "old_password": PASSWORD, "new_password": NEW });
    root.post("/auth/password/change/", body).await.expect(200);
    check_dead("changed", &root).await;
    app.anonymous().login("root", NEW).await;
}

#[tokio::test]
async fn a_refused_change_says_why_and_changes_nothing() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let required = json!(["This field is required."]);
    let blank = json!(["This field may not be blank."]);
    let null = json!(["This field may not be null."]);
    let text = json!(["Not a valid string."]);
    let three = |message: &serde_json::Value| json!({ "old_password": message, "new_password1": message, "new_password2": message });
    let sent = |old, new1, new2| json!({ "old_password": old, "new_password1": new1, "new_password2": new2 });
    let wrong = json!({ "old_password": ["Wrong password."] });
    let differ = json!({ "new_password2": ["The two password fields didn't match."] });
    for (rule, body, expected) in [
        ("nothing", json!({}), three(&required)),
        ("blank", three(&json!("")), three(&blank)),
        ("null", three(&json!(null)), three(&null)),
        ("objects", three(&json!({})), three(&text)),
        ("booleans", three(&json!(true)), three(&text)),
        ("old one wrong", sent("wrong-Zebra-42", NEW, NEW), wrong.clone()),
        ("old one with a space", sent("correct-Horse-7 ", NEW, NEW), wrong),
        ("typed differently", sent(PASSWORD, NEW, "brisk-Walrus-52"), differ.clone()),
        ("a space behind", sent(PASSWORD, NEW, "brisk-Walrus-51 "), differ),
    ] {
        let answer = root.post("/auth/password/change/", body).await;
        check(rule, &answer, 400, &expected);
    }
    own(&root).await;
    assert!(can_login(&app, "root", PASSWORD).await);
    assert!(!can_login(&app, "root", NEW).await);
}
