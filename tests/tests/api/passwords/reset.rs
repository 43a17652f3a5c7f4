//! `POST /auth/password/reset/` and `…/confirm/` (contract §3.6, §3.7).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{Answer, Client, PASSWORD, TestApp};

use crate::support::{
    can_login, check, check_dead, detail, instant, mails, own, trail, with, without,
};

const NEW: &str = "brisk-Walrus-51";

/// Asks for a link; the answer is the same whoever asks.
async fn ask(app: &TestApp, email: &str) {
    let answer = app.anonymous().post("/auth/password/reset/", json!({ "email": email })).await;
    check(email, &answer, 200, &detail("Password reset e-mail has been sent."));
}

/// The `uid` and `token` of the link in the n-th mail.
pub(crate) async fn link(app: &TestApp, number: usize) -> (String, String) {
    let (_, uid, token) = address(app, number).await;
    (uid, token)
}

/// The link in the n-th mail: its first part, `uid` and `token`.
async fn address(app: &TestApp, number: usize) -> (String, String, String) {
    let body = mails(app, number).await[number - 1].body.clone();
    let mut words = body.split_whitespace();
    let word = words.find(|word| word.contains("/password/reset/confirm/")).unwrap();
    let (first, rest) = word.split_once("/password/reset/confirm/").unwrap();
    let parts: Vec<&str> = rest.split('/').collect();
    let [uid, token, ""] = parts[..] else { panic!("{word}") };
    assert!(!uid.is_empty() && !token.is_empty(), "{word}");
    (first.to_owned(), uid.to_owned(), token.to_owned())
}

async fn confirm(app: &TestApp, link: &(String, String), password: &str) -> Answer {
    let (uid, token) = link;
    let body = json!({
        "uid": uid, "token": token, "new_password1": password, "new_password2": password,
    });
    app.anonymous().post("/auth/password/reset/confirm/", body).await
}

/// Somebody called `ada` who has asked for a link.
async fn forgetful(app: &TestApp) -> (Client, Client, (String, String)) {
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    ask(app, "ada@example.org").await;
    let link = link(app, 1).await;
    (root, ada, link)
}

fn bad(field: &str) -> Value {
    json!({ field: ["Invalid value"] })
}

#[tokio::test]
async fn only_a_known_active_address_is_mailed_and_the_answer_never_tells() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let gone = app.user(&root, "gone", Role::Subscriber, Some(tenant)).await;
    let path = format!("/users/{}/activate/", own(&gone).await["id"]);
    root.post(&path, json!({ "is_active": false })).await.expect(200);
    ask(&app, "nobody@example.org").await;
    ask(&app, "gone@example.org").await;
    ask(&app, "root@example.com").await;
    ask(&app, "root@example.org").await;
    ask(&app, " ROOT@Example.ORG ").await;
    let posted = mails(&app, 2).await;
    let addressees: Vec<&str> = posted.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(addressees, ["root@example.org"; 2], "as stored, not as typed");
    let (first, second) = (link(&app, 1).await, link(&app, 2).await);
    assert_eq!(first.0, second.0, "one user");
    assert_ne!(first.1, second.1, "a fresh token each");
}

#[tokio::test]
async fn the_first_part_of_the_link_is_a_setting() {
    for public in
        ["https://hotspot.example.net", "https://example.net/console", "https://example.net/x/"]
    {
        let app = TestApp::configured(&[("WIWEBB_PUBLIC_URL", public)]).await;
        app.superadmin().await;
        ask(&app, "root@example.org").await;
        let (first, ..) = address(&app, 1).await;
        assert_eq!(first, public.trim_end_matches('/'));
    }
}

#[tokio::test]
async fn a_request_needs_a_well_formed_address() {
    let app = TestApp::start().await;
    for (body, message) in [
        (json!({}), "This field is required."),
        (json!({ "username": "root" }), "This field is required."),
        (json!({ "email": null }), "This field may not be null."),
        (json!({ "email": "" }), "This field may not be blank."),
        (json!({ "email": "root" }), "Enter a valid email address."),
        (json!({ "email": "root@" }), "Enter a valid email address."),
        (json!({ "email": ["root@example.org"] }), "Not a valid string."),
    ] {
        let answer = app.anonymous().post("/auth/password/reset/", body.clone()).await;
        check(&body.to_string(), &answer, 400, &json!({ "email": [message] }));
    }
}

#[tokio::test]
async fn a_reset_kills_every_key_and_only_the_new_password_works() {
    let app = TestApp::start().await;
    let (root, ada, link) = forgetful(&app).await;
    let other_device = app.login("ada").await;
    let id = own(&ada).await["id"].clone();
    app.clock.advance(Duration::hours(1));
    let answer = confirm(&app, &link, NEW).await;
    check("reset", &answer, 200, &detail("Password has been reset with the new password."));
    check_dead("first device", &ada).await;
    check_dead("second device", &other_device).await;
    assert!(!can_login(&app, "ada", PASSWORD).await);
    let user = own(&app.anonymous().login("ada", NEW).await).await;
    assert_eq!(instant(&user["password_updated"]), app.clock.now());
    own(&root).await;
    let entries = trail(&root).await;
    assert_eq!(entries.len(), 1);
    for (field, value) in [
        ("actor", id.clone()),
        ("target", id),
        ("action", json!("password_reset")),
        ("details", json!({ "changed_by": "ada@example.org" })),
    ] {
        assert_eq!(entries[0][field], value, "{field}");
    }
}

#[tokio::test]
async fn a_link_works_once_and_takes_the_others_of_its_user_with_it() {
    let app = TestApp::start().await;
    let (_, _, first) = forgetful(&app).await;
    ask(&app, "ada@example.org").await;
    let second = link(&app, 2).await;
    confirm(&app, &second, NEW).await.expect(200);
    let other = "other-Zebra-42";
    check("used", &confirm(&app, &second, other).await, 400, &bad("token"));
    check("older", &confirm(&app, &first, other).await, 400, &bad("token"));
    assert!(can_login(&app, "ada", NEW).await);
}

#[tokio::test]
async fn a_link_dies_after_three_days() {
    let app = TestApp::start().await;
    let (_, _, first) = forgetful(&app).await;
    app.clock.advance(Duration::seconds(10));
    ask(&app, "ada@example.org").await;
    let second = link(&app, 2).await;
    app.clock.advance(Duration::days(3) - Duration::seconds(5));
    check("too old", &confirm(&app, &first, NEW).await, 400, &bad("token"));
    confirm(&app, &second, NEW).await.expect(200);
}

#[tokio::test]
async fn a_link_dies_with_any_change_of_password_or_address_and_with_nothing_else() {
    let app = TestApp::start().await;
    let (root, ada, mut link) = forgetful(&app).await;
    let user = format!("/users/{}/", own(&ada).await["id"]);
    let login_again = app.login("ada").await;
    let profile = json!({ "email": "ada@example.org", "first_name": "A", "bio": "b" });
    login_again.put("/auth/user/", profile).await.expect(200);
    root.patch(&user, json!({ "last_name": "L" })).await.expect(200);
    let promote = json!({ "role": "tenant_owner" });
    root.post(&format!("{user}assign-role/"), promote).await.expect(200);
    let weak = json!({ "new_password2": [
        "This password is too short. It must contain at least 8 characters.",
    ] });
    check("a weak password leaves it alive", &confirm(&app, &link, "zonk-4!").await, 400, &weak);
    confirm(&app, &link, PASSWORD).await.expect(200);

    let ways = ["own change", "set-password", "own address", "address by a manager"];
    for (number, way) in ways.into_iter().enumerate() {
        let ada = app.login("ada").await;
        let email = own(&ada).await["email"].as_str().unwrap().to_owned();
        ask(&app, &email).await;
        link = self::link(&app, number + 2).await;
        let change = json!({
            "old_password": PASSWORD, "new_password1": PASSWORD, "new_password2": PASSWORD,
        });
        let moved = json!({ "email": format!("ada{number}@example.org") });
        match way {
            "own change" => ada.post("/auth/password/change/", change).await,
            "set-password" => {
                root.post(&format!("{user}set-password/"), json!({ "password": PASSWORD })).await
            }
            "own address" => ada.patch("/auth/user/", moved).await,
            _ => root.patch(&user, moved).await,
        }
        .expect(200);
        check(way, &confirm(&app, &link, NEW).await, 400, &bad("token"));
    }
}

#[tokio::test]
async fn a_wrong_uid_or_token_is_named() {
    let app = TestApp::start().await;
    let (root, ada, (uid, token)) = forgetful(&app).await;
    let root_id = own(&root).await["id"].to_string();
    let unknown = "0".repeat(token.len());
    for (rule, uid, token, expected) in [
        ("uid of nobody", "2147483647", token.as_str(), bad("uid")),
        ("uid beyond any id", "99999999999999999999", &token, bad("uid")),
        ("uid of no form", "\u{1F600}/..", &token, bad("uid")),
        ("token of another user", &root_id, &token, bad("token")),
        ("unknown token", &uid, &unknown, bad("token")),
        ("short token", &uid, "x", bad("token")),
        ("long token", &uid, &token.repeat(50), bad("token")),
        ("token of no form", &uid, "\u{1F600}'--", bad("token")),
    ] {
        let answer = confirm(&app, &(uid.to_owned(), token.to_owned()), NEW).await;
        check(rule, &answer, 400, &expected);
    }
    root.delete(&format!("/users/{}/", own(&ada).await["id"])).await.expect(204);
    check("uid of a deleted user", &confirm(&app, &(uid, token), NEW).await, 400, &bad("uid"));
    assert!(trail(&root).await.is_empty(), "a refused reset writes no audit entry");
}

#[tokio::test]
async fn all_four_fields_are_required_text_and_the_passwords_must_match() {
    let app = TestApp::start().await;
    let (_, ada, (uid, token)) = forgetful(&app).await;
    let complete =
        json!({ "uid": uid, "token": token, "new_password1": NEW, "new_password2": NEW });
    let path = "/auth/password/reset/confirm/";
    let fields = ["uid", "token", "new_password1", "new_password2"];
    let mut all = json!({});
    for field in fields {
        let required = json!(["This field is required."]);
        let answer = app.anonymous().post(path, without(complete.clone(), field)).await;
        check(field, &answer, 400, &json!({ field: required }));
        for (value, message) in
            [(json!(null), "This field may not be null."), (json!([]), "Not a valid string.")]
        {
            let answer =
                app.anonymous().post(path, with(complete.clone(), json!({ field: value }))).await;
            check(field, &answer, 400, &json!({ field: [message] }));
        }
        all[field] = required;
    }
    check("nothing", &app.anonymous().post(path, json!({})).await, 400, &all);
    let differ = json!({ "new_password2": ["The two password fields didn't match."] });
    let body = with(complete.clone(), json!({ "new_password2": "brisk-Walrus-52" }));
    check("differ", &app.anonymous().post(path, body).await, 400, &differ);
    own(&ada).await;
    app.anonymous().post(path, complete).await.expect(200);
}
