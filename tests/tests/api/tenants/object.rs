//! The object, and what a write changes of it.

use chrono::Duration;
use serde_json::json;
use wiwebb_tests::TestApp;

use super::{FIELDS, create, is_utc, unmoved};
use crate::support::keys;

#[tokio::test]
async fn the_object_has_the_contracts_fields_and_what_was_written() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let sent = json!({
        "name": "  Ärzte & Co ",
        "slug": " aerzte_und-CO ",
        "email": "Info@Example.ORG",
        "url": "https://example.org/a?b=c",
        "description": " two\nlines ",
        "is_active": false,
        "id": 4711,
        "uuid": "00000000-0000-4000-8000-000000000000",
        "user_count": 7,
        "created_at": "2001-01-01T00:00:00Z",
        "updated_at": "2001-01-01T00:00:00Z",
        "unknown": [1],
    });
    let made = root.post("/tenants/", sent).await.expect(201);
    assert_eq!(keys(&made), FIELDS);
    let shown = json!({
        "name": made["name"], "slug": made["slug"], "email": made["email"], "url": made["url"],
        "description": made["description"], "is_active": made["is_active"],
        "user_count": made["user_count"],
    });
    let expected = json!({
        "name": "Ärzte & Co", "slug": "aerzte_und-CO", "email": "Info@example.org",
        "url": "https://example.org/a?b=c", "description": "two\nlines", "is_active": false,
        "user_count": 0,
    });
    assert_eq!(shown, expected, "trimmed, case kept");
    assert_ne!(made["id"], 4711);
    let uuid: uuid::Uuid = made["uuid"].as_str().unwrap().parse().unwrap();
    assert_eq!(uuid.get_version_num(), 4);
    assert_eq!(made["uuid"], uuid.to_string(), "lower case");
    assert!(is_utc(&made["created_at"]) && is_utc(&made["updated_at"]), "{made}");
    assert!(made["created_at"].as_str().unwrap() > "2002");
    let path = format!("/tenants/{}/", made["id"]);
    assert_eq!(root.get(&path).await.expect(200), made);
    assert_eq!(root.get("/tenants/").await.expect(200)["results"], json!([made]));

    let least = create(&root, "Least", "least").await;
    assert_eq!(keys(&least), FIELDS);
    assert_eq!(
        [&least["email"], &least["url"], &least["description"], &least["is_active"]],
        [&json!(null), &json!(null), &json!(""), &json!(true)],
    );
    let numbers = json!({ "name": 42, "slug": 43, "description": 4.5 });
    let numbers = root.post("/tenants/", numbers).await.expect(201);
    assert_eq!(numbers["name"], "42", "numbers become text");
    assert_eq!([&numbers["slug"], &numbers["description"]], [&json!("43"), &json!("4.5")]);
}

#[tokio::test]
async fn put_needs_name_and_slug_patch_needs_nothing_and_what_is_left_out_stays() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let full = json!({
        "name": "Acme", "slug": "acme", "email": "a@example.org", "url": "http://example.org",
        "description": "d", "is_active": false,
    });
    let made = root.post("/tenants/", full).await.expect(201);
    let path = format!("/tenants/{}/", made["id"]);

    app.clock.advance(Duration::seconds(5));
    let same = root.patch(&path, json!({})).await.expect(200);
    assert_eq!(unmoved(&same), unmoved(&made));
    assert_ne!(same["updated_at"], made["updated_at"], "an empty PATCH moves updated_at");

    app.clock.advance(Duration::seconds(5));
    let ignored = json!({
        "id": 99, "uuid": "x", "user_count": "x", "created_at": null, "updated_at": 1, "new": {},
    });
    let same = root.patch(&path, ignored).await.expect(200);
    assert_eq!(unmoved(&same), unmoved(&made), "read-only and unknown fields are ignored");

    let required = json!(["This field is required."]);
    let missing = json!({ "name": required, "slug": required });
    root.put(&path, json!({ "email": "b@example.org" })).await.expect_body(400, &missing);
    root.post("/tenants/", json!({})).await.expect_body(400, &missing);

    app.clock.advance(Duration::seconds(5));
    let put = root.put(&path, json!({ "name": "Acme 2", "slug": "acme2" })).await.expect(200);
    let mut expected = made.clone();
    expected["name"] = json!("Acme 2");
    expected["slug"] = json!("acme2");
    assert_eq!(unmoved(&put), unmoved(&expected));
    assert_eq!(root.get(&path).await.expect(200), put);
}
