//! `POST /users/{id}/set-password/` (contract §5.5).

use chrono::Duration;
use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{PASSWORD, TestApp};

use crate::support::{
    Cast, FORBIDDEN, can_login, check, check_dead, detail, error, instant, own, trail,
};

const NEW: &str = "brisk-Walrus-51";

#[tokio::test]
async fn whoever_manages_the_target_may_and_nobody_else() {
    let cast = Cast::assemble().await;
    let required = json!({ "password": ["This field is required."] });
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            // Without a password nothing changes, and permission is checked first (§1.3).
            let answer = person.api.post(&other.path("set-password/"), json!({})).await;
            let rule = format!("{caller} sets the password of {target}");
            if managed.contains(&target) {
                check(&rule, &answer, 400, &required);
            } else {
                check(&rule, &answer, 403, &detail(FORBIDDEN));
            }
        }
    }
    assert!(trail(&cast["root"].api).await.is_empty());
}

#[tokio::test]
async fn the_targets_keys_die_and_the_new_password_works() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(tenant)).await;
    let ada = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    let other_device = app.login("ada").await;
    let id = own(&ada).await["id"].clone();
    app.clock.advance(Duration::hours(1));
    let path = format!("/users/{id}/set-password/");
    let answer = owner.post(&path, json!({ "password": NEW })).await;
    check("updated", &answer, 200, &json!({ "message": "Password updated successfully" }));
    check_dead("first device", &ada).await;
    check_dead("second device", &other_device).await;
    own(&owner).await;
    assert!(!can_login(&app, "ada", PASSWORD).await);
    let ada = own(&app.anonymous().login("ada", NEW).await).await;
    assert_eq!(instant(&ada["password_updated"]), app.clock.now());
    let entries = trail(&root).await;
    assert_eq!(entries.len(), 1);
    for (field, value) in [
        ("actor", own(&owner).await["id"].clone()),
        ("target", id),
        ("action", json!("password_reset")),
        ("details", json!({ "changed_by": "owner@example.org" })),
    ] {
        assert_eq!(entries[0][field], value, "{field}");
    }
}

#[tokio::test]
async fn a_refused_password_says_why_and_changes_nothing() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = app.user(&root, "wanderlust", Role::Subscriber, Some(tenant)).await;
    let path = format!("/users/{}/set-password/", own(&ada).await["id"]);
    for (body, message) in [
        (json!({}), "This field is required."),
        (json!({ "password": null }), "This field may not be null."),
        (json!({ "password": "" }), "This field may not be blank."),
        (json!({ "password": ["a"] }), "Not a valid string."),
        (json!({ "password": "wanderlust7" }), "The password is too similar to the username."),
    ] {
        let answer = root.post(&path, body.clone()).await;
        check(&body.to_string(), &answer, 400, &json!({ "password": [message] }));
    }
    own(&ada).await;
    assert!(can_login(&app, "wanderlust", PASSWORD).await);
    assert!(trail(&root).await.is_empty());
    let answer = root.post("/users/999/set-password/", json!({ "password": NEW })).await;
    check("no such user", &answer, 404, &detail("Not found."));
}

#[tokio::test]
async fn ones_own_password_goes_by_the_change_endpoint() {
    let cast = Cast::assemble().await;
    let refused = error("Use the password change endpoint for your own password");
    for (caller, person) in cast.everybody() {
        let answer =
            person.api.post(&person.path("set-password/"), json!({ "password": NEW })).await;
        match caller {
            "member" | "stranger" | "loner" | "drifter" => {
                check(caller, &answer, 403, &detail(FORBIDDEN));
            }
            _ => {
                check(caller, &answer, 400, &refused);
                let weak = json!({ "password": "zonk-4!" });
                let answer = person.api.post(&person.path("set-password/"), weak).await;
                let short = "This password is too short. It must contain at least 8 characters.";
                check("fields come first", &answer, 400, &json!({ "password": [short] }));
            }
        }
        own(&person.api).await;
    }
    for caller in ["member", "loner", "drifter"] {
        let answer =
            cast[caller].api.post("/users/999/set-password/", json!({ "password": NEW })).await;
        check("whatever the id", &answer, 403, &detail(FORBIDDEN));
    }
    for caller in ["root", "admin", "owner"] {
        let answer = cast[caller].api.post("/users/999/set-password/", json!({})).await;
        check(caller, &answer, 404, &detail("Not found."));
    }
}
