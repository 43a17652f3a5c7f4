//! `POST /users/{id}/activate/` (contract §5.6).

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{PASSWORD, TestApp};

use crate::support::{
    Cast, FORBIDDEN, Person, can_login, check, check_dead, detail, own, trail, with,
};

#[tokio::test]
async fn whoever_manages_the_target_may_and_nobody_else() {
    let cast = Cast::assemble().await;
    let required = json!({ "is_active": ["This field is required."] });
    for (caller, person) in cast.everybody() {
        let managed = cast.managed_by(caller);
        for (target, other) in cast.everybody() {
            // Without the field nothing changes, and permission is checked first (§1.3).
            let answer = person.api.post(&other.path("activate/"), json!({})).await;
            let rule = format!("{caller} activates {target}");
            if managed.contains(&target) {
                check(&rule, &answer, 400, &required);
            } else {
                check(&rule, &answer, 403, &detail(FORBIDDEN));
                let off = json!({ "is_active": false });
                let answer = person.api.post(&other.path("activate/"), off).await;
                check(&rule, &answer, 403, &detail(FORBIDDEN));
            }
        }
        let nobody = person.api.post("/users/999/activate/", json!({})).await;
        match caller {
            "member" | "stranger" | "loner" | "drifter" => {
                check(caller, &nobody, 403, &detail(FORBIDDEN));
            }
            _ => check(caller, &nobody, 404, &detail("Not found.")),
        }
        own(&person.api).await;
    }
    assert!(trail(&cast["root"].api).await.is_empty());
}

#[tokio::test]
async fn the_answer_names_the_user_and_the_present_value_succeeds_again() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    for (number, (value, active, entries)) in [
        (json!(true), true, 0),
        (json!(false), false, 1),
        (json!("false"), false, 1),
        (json!(0), false, 1),
        (json!(1), true, 2),
        (json!("true"), true, 2),
        (json!(false), false, 3),
    ]
    .into_iter()
    .enumerate()
    {
        let done = if active { "activated" } else { "deactivated" };
        let expected = json!({
            "message": format!("User {done} successfully"),
            "user": { "id": ada.id, "username": "ada", "is_active": active },
        });
        let answer = root.post(&ada.path("activate/"), json!({ "is_active": value })).await;
        check(&format!("{number}: {value}"), &answer, 200, &expected);
        assert_eq!(trail(&root).await.len(), entries, "{number}: {value}");
    }
}

#[tokio::test]
async fn deactivation_keeps_all_data_still_counts_and_can_be_undone() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(tenant)).await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    let profile = json!({ "first_name": "Ada", "bio": "First.", "birth_date": "1815-12-10" });
    let before = ada.api.patch("/auth/user/", profile).await.expect(200);
    let todo = ada.api.post("/todos/", json!({ "task": "survive" })).await.expect(201);
    owner.post(&ada.path("activate/"), json!({ "is_active": false })).await.expect(200);
    check_dead("deactivated", &ada.api).await;
    assert!(!can_login(&app, "ada", PASSWORD).await);
    let inactive = with(before.clone(), json!({ "is_active": false }));
    check("kept", &owner.get(&ada.path("")).await, 200, &inactive);
    let tenant = root.get(&format!("/tenants/{tenant}/")).await.expect(200);
    assert_eq!(tenant["user_count"], 2);
    owner.post(&ada.path("activate/"), json!({ "is_active": true })).await.expect(200);
    check_dead("its old key", &ada.api).await;
    let ada = app.login("ada").await;
    let user = own(&ada).await;
    assert_eq!(user, with(before, json!({ "last_login": user["last_login"] })));
    check("todo", &ada.get(&format!("/todos/{}/", todo["id"])).await, 200, &todo);
}

#[tokio::test]
async fn on_oneself_it_is_refused_after_the_fields() {
    let cast = Cast::assemble().await;
    let refused = json!({ "is_active": ["You cannot change your own active status."] });
    for (caller, person) in cast.everybody() {
        for value in [json!(false), json!(true)] {
            let answer =
                person.api.post(&person.path("activate/"), json!({ "is_active": value })).await;
            match caller {
                "member" | "stranger" | "loner" | "drifter" => {
                    check(caller, &answer, 403, &detail(FORBIDDEN));
                }
                _ => check(caller, &answer, 400, &refused),
            }
        }
        own(&person.api).await;
    }
}

#[tokio::test]
async fn the_field_is_a_boolean() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let own_path = format!("/users/{}/activate/", own(&root).await["id"]);
    let tenant = app.tenant(&root, "acme").await;
    let ada = Person::holding(app.user(&root, "ada", Role::Subscriber, Some(tenant)).await).await;
    let boolean = "Must be a valid boolean.";
    for path in [ada.path("activate/"), own_path] {
        for (body, message) in [
            (json!({}), "This field is required."),
            (json!({ "active": false }), "This field is required."),
            (json!({ "is_active": null }), "This field may not be null."),
            (json!({ "is_active": "" }), boolean),
            (json!({ "is_active": "yes" }), boolean),
            (json!({ "is_active": "True" }), boolean),
            (json!({ "is_active": "1" }), boolean),
            (json!({ "is_active": 2 }), boolean),
            (json!({ "is_active": -1 }), boolean),
            (json!({ "is_active": 0.5 }), boolean),
            (json!({ "is_active": [] }), boolean),
            (json!({ "is_active": {} }), boolean),
        ] {
            let answer = root.post(&path, body.clone()).await;
            let expected: Value = json!({ "is_active": [message] });
            check(&format!("{path} {body}"), &answer, 400, &expected);
        }
    }
    own(&ada.api).await;
}
