//! `PUT` and `PATCH /users/{id}/` (contract §5.2, §5.3).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, PASSWORD, TestApp};

use crate::support::{Cast, Person, can_login, check, check_dead, own, with};

/// Every field a manager writes with a value to write.
fn profile() -> Value {
    json!({
        "email": "lovelace@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone_number": "+44",
        "bio": "First.",
        "url": "https://example.org/ada",
        "company": "Analytical Engines",
        "location": "London",
        "birth_date": "1815-12-10",
    })
}

async fn scene() -> (TestApp, Client, Person) {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let ada = app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
    let ada = Person::holding(ada).await;
    (app, root, ada)
}

#[tokio::test]
async fn every_field_is_written_and_the_whole_object_answered() {
    let (_app, root, ada) = scene().await;
    let before = own(&ada.api).await;
    let written = root.put(&ada.path(""), profile()).await.expect(200);
    assert_eq!(written, with(before, profile()));
    assert_eq!(own(&ada.api).await, written);
    for (field, value, read) in [
        ("email", json!(" A@EXAMPLE.org "), json!("A@example.org")),
        ("first_name", json!(null), json!("")),
        ("last_name", json!(""), json!("")),
        ("phone_number", json!(12), json!("12")),
        ("bio", json!(" b "), json!("b")),
        ("url", json!(""), json!("")),
        ("company", json!("é".repeat(100)), json!("é".repeat(100))),
        ("location", json!(null), json!("")),
        ("birth_date", json!(null), json!(null)),
    ] {
        let before = own(&ada.api).await;
        let after = root.patch(&ada.path(""), json!({ field: value })).await.expect(200);
        assert_eq!(after, with(before, json!({ field: read })), "{field}");
    }
}

#[tokio::test]
async fn put_needs_the_address_and_keeps_what_is_left_out() {
    let (_app, root, ada) = scene().await;
    let mut complete = with(profile(), json!({ "is_active": false }));
    root.put(&ada.path(""), complete.clone()).await.expect(200);
    let required = json!({ "email": ["This field is required."] });
    check("empty", &root.put(&ada.path(""), json!({})).await, 400, &required);
    let before = root.get(&ada.path("")).await.expect(200);
    let moved = json!({ "email": "new@example.org" });
    let after = root.put(&ada.path(""), moved.clone()).await.expect(200);
    assert_eq!(after, with(before, moved), "inactive it stays too");
    complete = root.patch(&ada.path(""), json!({})).await.expect(200);
    assert_eq!(complete, after, "an empty PATCH changes nothing");
}

#[tokio::test]
async fn name_password_role_and_tenant_are_ignored() {
    let (app, root, ada) = scene().await;
    let globex = app.tenant(&root, "globex").await;
    let before = own(&ada.api).await;
    app.clock.advance(Duration::hours(1));
    let attempt = json!({
        "id": 1,
        "username": "other name",
        "password": "x",
        "role": "king",
        "tenant": globex,
        "is_staff": true,
        "is_superuser": true,
        "date_joined": null,
        "last_login": 5,
        "password_updated": "x",
    });
    check("PATCH", &root.patch(&ada.path(""), attempt.clone()).await, 200, &before);
    let put = with(attempt.clone(), json!({ "email": "ada@example.org", "role": "superadmin" }));
    check("PUT", &root.put(&ada.path(""), put).await, 200, &before);
    check("of oneself", &ada.api.patch(&ada.path(""), attempt).await, 200, &before);
    assert!(can_login(&app, "ada", PASSWORD).await);
}

#[tokio::test]
async fn bad_fields_are_reported_together_and_nothing_is_written() {
    let (_app, root, ada) = scene().await;
    let before = own(&ada.api).await;
    let body = json!({
        "email": "no",
        "first_name": "f".repeat(151),
        "last_name": {},
        "phone_number": "1".repeat(21),
        "bio": "\0",
        "url": format!("https://example.org/{}", "u".repeat(181)),
        "company": "c".repeat(101),
        "location": "l".repeat(101),
        "birth_date": "2001-02-29",
        "is_active": "no",
    });
    let width =
        |limit: u32| json!([format!("Ensure this field has no more than {limit} characters.")]);
    let expected = json!({
        "email": ["Enter a valid email address."],
        "first_name": width(150),
        "last_name": ["Not a valid string."],
        "phone_number": width(20),
        "bio": ["Null characters are not allowed."],
        "url": width(200),
        "company": width(100),
        "location": width(100),
        "birth_date": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
        "is_active": ["Must be a valid boolean."],
    });
    for caller in [&root, &ada.api] {
        check("PATCH", &caller.patch(&ada.path(""), body.clone()).await, 400, &expected);
        check("PUT", &caller.put(&ada.path(""), body.clone()).await, 400, &expected);
    }
    let taken = json!({ "email": ["user with this email already exists."] });
    for email in ["root@example.org", "ROOT@Example.org"] {
        let body = json!({ "email": email, "first_name": "A", "is_active": false });
        check(email, &root.patch(&ada.path(""), body.clone()).await, 400, &taken);
        check(email, &root.put(&ada.path(""), body).await, 400, &taken);
    }
    for (body, message) in [
        (json!({ "email": null }), "This field may not be null."),
        (json!({ "email": " " }), "This field may not be blank."),
    ] {
        let answer = root.patch(&ada.path(""), body).await;
        check(message, &answer, 400, &json!({ "email": [message] }));
    }
    assert_eq!(own(&ada.api).await, before);
    let same = json!({ "email": "ADA@example.org" });
    let user = root.patch(&ada.path(""), same).await.expect(200);
    assert_eq!(user["email"], "ADA@example.org", "one's own address in another case is free");
}

#[tokio::test]
async fn a_managers_is_active_works_as_activation() {
    let (app, root, ada) = scene().await;
    let off = json!({ "is_active": false, "first_name": "A" });
    let user = root.patch(&ada.path(""), off).await.expect(200);
    assert_eq!((&user["is_active"], &user["first_name"]), (&json!(false), &json!("A")));
    check_dead("deactivated", &ada.api).await;
    assert!(!can_login(&app, "ada", PASSWORD).await);
    let on = json!({ "is_active": "true", "email": "ada@example.org" });
    assert_eq!(root.put(&ada.path(""), on).await.expect(200)["is_active"], true);
    check_dead("reactivated", &ada.api).await;
    let ada = Person::holding(app.login("ada").await).await;
    root.patch(&ada.path(""), json!({ "is_active": 1 })).await.expect(200);
    own(&ada.api).await;
}

#[tokio::test]
async fn nobody_changes_the_own_active_status() {
    let cast = Cast::assemble().await;
    let refused = json!({ "is_active": ["You cannot change your own active status."] });
    for (caller, person) in cast.everybody() {
        let path = person.path("");
        let before = own(&person.api).await;
        let off = json!({ "is_active": false, "first_name": "X", "email": "x@example.org" });
        check(caller, &person.api.patch(&path, off.clone()).await, 400, &refused);
        check(caller, &person.api.put(&path, off).await, 400, &refused);
        let bad = json!({ "is_active": false, "url": "no" });
        let url = json!({ "url": ["Enter a valid URL."] });
        check("fields come first", &person.api.patch(&path, bad).await, 400, &url);
        assert_eq!(own(&person.api).await, before, "{caller}");
        person.api.patch(&path, json!({ "is_active": true })).await.expect(200);
        person.api.patch("/auth/user/", json!({ "is_active": false })).await.expect(200);
        assert_eq!(own(&person.api).await, before, "{caller}: ignored there");
    }
}
