//! Which passwords are good enough (contract §1.9), the same wherever one is set.

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

use crate::support::{check, own, registration, with};

const SHORT: &str = "This password is too short. It must contain at least 8 characters.";
const COMMON: &str = "This password is too common.";
const NUMERIC: &str = "This password is entirely numeric.";
const LIKE_USERNAME: &str = "The password is too similar to the username.";
const LIKE_FIRST_NAME: &str = "The password is too similar to the first name.";
const LIKE_LAST_NAME: &str = "The password is too similar to the last name.";
const LIKE_EMAIL: &str = "The password is too similar to the email address.";

/// Somebody whose data the passwords below are judged against.
fn person() -> Value {
    with(
        registration("vqxzjkwpyg"),
        json!({
            "email": "quux.blomkvist@post.example.org",
            "first_name": "Wilhelmina",
            "last_name": "van der Schaapenburg",
        }),
    )
}

/// A password with all it breaks, in the order of the contract; nothing where it is good enough.
const JUDGED: [(&str, &[&str]); 24] = [
    ("tr4-Zonk", &[]),
    ("tr4-Zon", &[SHORT]),
    ("ü€ñ-4Zø", &[SHORT]),
    ("ü€ñ-4Zøé", &[]),
    ("        ", &[]),
    ("password1", &[COMMON]),
    ("PassWord1", &[COMMON]),
    ("QWERTYUIOP", &[COMMON]),
    ("84739105628", &[NUMERIC]),
    ("12345678", &[COMMON, NUMERIC]),
    ("12345", &[SHORT, COMMON, NUMERIC]),
    ("8473910", &[SHORT, NUMERIC]),
    ("vqxzjkwpyg", &[LIKE_USERNAME]),
    ("VQXZJKWPYG", &[LIKE_USERNAME]),
    ("gypwkjzxqv", &[LIKE_USERNAME]),
    // Seven of ten in common on both sides are 2·7/20 = 0.7; six are less.
    ("pwkjzxq742", &[LIKE_USERNAME]),
    ("wkjzxq7421", &[]),
    // Multisets: one `v` of the name counts once.
    ("vvvvvvvvvv", &[]),
    ("wilhelmina9", &[LIKE_FIRST_NAME]),
    ("schaapenburg!", &[LIKE_LAST_NAME]),
    ("Van Der Schaapenburg", &[LIKE_LAST_NAME]),
    ("blomkvist", &[LIKE_EMAIL]),
    ("quux.blomkvist@post.example.org", &[LIKE_EMAIL]),
    ("vqxzjkw", &[LIKE_USERNAME, SHORT]),
];

#[tokio::test]
async fn a_registration_judges_against_the_data_it_brings() {
    let app = TestApp::start().await;
    for (password, broken) in JUDGED {
        let body = with(person(), json!({ "password1": password, "password2": password }));
        let answer = app.anonymous().post("/auth/registration/", body).await;
        if broken.is_empty() {
            assert_eq!(answer.status, 201, "{password:?}: {}", answer.body);
            sqlx::query("DELETE FROM api_user").execute(&app.pool).await.unwrap();
        } else {
            check(password, &answer, 400, &json!({ "password1": broken }));
        }
    }
}

#[tokio::test]
async fn a_creation_judges_against_the_data_it_brings() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (password, broken) in JUDGED {
        let body = with(person(), json!({ "role": "admin", "password": password }));
        let answer = root.post("/users/", body).await;
        if broken.is_empty() {
            let id = answer.expect(201)["id"].clone();
            root.delete(&format!("/users/{id}/")).await.expect(204);
        } else {
            check(password, &answer, 400, &json!({ "password": broken }));
        }
    }
}

#[tokio::test]
async fn set_password_judges_against_the_targets_data_and_not_the_actors() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    root.patch("/auth/user/", json!({ "last_name": "Mandelbaum" })).await.expect(200);
    let ada = app.anonymous().post("/auth/registration/", person()).await.expect(201);
    let path = format!("/users/{}/set-password/", ada["user"]["id"]);
    for (password, broken) in JUDGED.into_iter().chain([("mandelbaum7", [].as_slice())]) {
        let answer = root.post(&path, json!({ "password": password })).await;
        if broken.is_empty() {
            assert_eq!(answer.status, 200, "{password:?}: {}", answer.body);
        } else {
            check(password, &answer, 400, &json!({ "password": broken }));
        }
    }
}

#[tokio::test]
async fn own_change_and_reset_judge_against_the_stored_data() {
    let app = TestApp::start().await;
    let ada = app.anonymous().post("/auth/registration/", person()).await.expect(201);
    let ada = app.anonymous().with_key(ada["key"].as_str().unwrap());
    let email = json!({ "email": "quux.blomkvist@post.example.org" });
    app.anonymous().post("/auth/password/reset/", email).await.expect(200);
    let (uid, token) = super::link(&app, 1).await;
    for (password, broken) in JUDGED.iter().filter(|(_, broken)| !broken.is_empty()) {
        let expected = json!({ "new_password2": broken });
        let new = json!({ "new_password1": password, "new_password2": password });
        let change = with(new.clone(), json!({ "old_password": wiwebb_tests::PASSWORD }));
        let answer = ada.post("/auth/password/change/", change).await;
        check(&format!("change {password}"), &answer, 400, &expected);
        let confirm = with(new, json!({ "uid": uid, "token": token }));
        let answer = app.anonymous().post("/auth/password/reset/confirm/", confirm).await;
        check(&format!("reset {password}"), &answer, 400, &expected);
    }
    own(&ada).await;
}

#[tokio::test]
async fn a_password_has_at_most_128_characters() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    let path = format!("/users/{}/set-password/", own(&ada).await["id"]);
    let fits = format!("{}{}", "Zonk-é".repeat(21), "xy");
    assert_eq!(fits.chars().count(), 128);
    root.post(&path, json!({ "password": fits })).await.expect(200);
    app.anonymous().login("ada", &fits).await;
    let long = json!({ "password": ["Ensure this field has no more than 128 characters."] });
    let answer = root.post(&path, json!({ "password": format!("{fits}z") })).await;
    check("129 characters", &answer, 400, &long);
    app.anonymous().login("ada", &fits).await;
}
