//! Passwords: rows 10 and 17 of contract §15.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, TestApp};

use super::Mobile;

#[tokio::test]
async fn row_10_a_new_password_may_be_sent_once_in_both_forms() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    app.user(&root, "ada", Role::Admin, None).await;
    let saved = json!({ "detail": "New password has been saved." });
    let (mut old, path) = (PASSWORD.to_owned(), "/auth/password/change/");
    for (number, in_compat) in [false, true, false, true].into_iter().enumerate() {
        let api = app.anonymous().login("ada", &old).await;
        let new = format!("seven-Lanterns-{number}");
        let body = if number < 2 {
            json!({ "old_password": old, "new_password": new })
        } else {
            json!({ "old_password": old, "new_password1": new, "new_password2": new })
        };
        let mobile = Mobile::of(&app, &api);
        let answer =
            if in_compat { mobile.post(path, body).await } else { api.post(path, body).await };
        answer.expect_body(200, &saved);
        old = new;
    }
    app.anonymous().login("ada", &old).await;
}

#[tokio::test]
async fn row_10_one_of_the_two_usual_fields_still_asks_for_the_other() {
    let app = TestApp::start().await;
    let api = app.superadmin().await;
    let body = json!({ "old_password": PASSWORD, "new_password": "a-Long-one-8", "new_password1": "a-Long-one-8" });
    let refusal = json!({ "new_password2": ["This field is required."] });
    api.post("/auth/password/change/", body.clone()).await.expect_body(400, &refusal);
    let mobile = Mobile::of(&app, &api);
    mobile.post("/auth/password/change/", body).await.expect_body(400, &refusal);
}

#[tokio::test]
async fn row_17_a_password_of_six_characters_is_refused_with_the_reason_in_both_forms() {
    let app = TestApp::start().await;
    let anonymous = app.anonymous();
    let body = json!({
        "username": "sue", "email": "sue@example.org", "password1": "kQ7#zL", "password2": "kQ7#zL",
    });
    let refusal = json!({
        "password1": ["This password is too short. It must contain at least 8 characters."],
    });
    anonymous.post("/auth/registration/", body.clone()).await.expect_body(400, &refusal);
    let mobile = Mobile::of(&app, &anonymous);
    mobile.post("/auth/registration/", body).await.expect_body(400, &refusal);
}
