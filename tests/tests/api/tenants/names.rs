//! What names a tenant: id, UUID and slug in a path, name and slug among all tenants.

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_tests::{TestApp, not_found};

use super::{count, create};

#[tokio::test]
async fn id_uuid_and_slug_name_the_same_tenant_and_digits_are_always_an_id() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let acme = create(&root, "Acme", "Acme-1").await;
    let uuid = acme["uuid"].as_str().unwrap().to_owned();
    let mut expected = acme.clone();
    for (number, name) in [acme["id"].to_string(), uuid, "Acme-1".into()].iter().enumerate() {
        let path = format!("/tenants/{name}/");
        assert_eq!(root.get(&path).await.expect(200), expected, "{name}");
        let patch = json!({ "description": format!("patched {number}") });
        root.patch(&path, patch).await.expect(200);
        app.clock.advance(Duration::seconds(5));
        let put = json!({ "name": format!("Acme {number}"), "slug": "Acme-1" });
        expected = root.put(&path, put).await.expect(200);
        assert_eq!(expected["id"], acme["id"]);
        assert_eq!(expected["description"], format!("patched {number}"));
    }
    // A slug of digits is a legal slug, but in a path digits are an id.
    let digits = create(&root, "Digits", "12345").await;
    root.get("/tenants/12345/").await.expect_body(404, &not_found());
    let id_of_acme = acme["id"].to_string();
    let confusing = create(&root, "Confusing", &id_of_acme).await;
    let found = root.get(&format!("/tenants/{id_of_acme}/")).await.expect(200);
    assert_eq!(found["id"], acme["id"], "not the tenant whose slug that is");
    for name in ["acme-1", "nobody", "00000000-0000-4000-8000-000000000000", "a.b", "Acme-1%20x"] {
        let path = format!("/tenants/{name}/");
        root.get(&path).await.expect_body(404, &not_found());
        root.patch(&path, json!({})).await.expect_body(404, &not_found());
        root.put(&path, json!({})).await.expect_body(404, &not_found());
        root.delete(&path).await.expect_body(404, &not_found());
    }
    let by_uuid = format!("/tenants/{}/", digits["uuid"].as_str().unwrap());
    assert_eq!(root.delete(&by_uuid).await.expect(204), Value::Null);
    root.delete("/tenants/Acme-1/").await.expect(204);
    root.delete(&format!("/tenants/{}/", confusing["id"])).await.expect(204);
    assert_eq!(count(&app, "SELECT count(*) FROM api_tenant").await, 0);
}

#[tokio::test]
async fn a_slug_that_looks_like_something_else_is_a_slug_all_the_same() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for slug in ["-5", "1_0", "0x1", "1e1", "2-3", "deadbeefdeadbeefdeadbeefdeadbeef"] {
        let made = create(&root, slug, slug).await;
        let answer = root.get(&format!("/tenants/{slug}/")).await;
        assert_eq!((answer.status, answer.body), (200, made), "{slug}");
    }
}

#[tokio::test]
async fn names_and_slugs_are_unique_and_both_duplicates_are_told_at_once() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let acme = create(&root, "Acme", "acme").await;
    let other = create(&root, "Other", "other").await;
    let path = format!("/tenants/{}/", other["id"]);
    let name = json!(["tenant with this name already exists."]);
    let slug = json!(["tenant with this slug already exists."]);
    for (sent, refused) in [
        (json!({ "name": "Acme", "slug": "acme" }), json!({ "name": name, "slug": slug })),
        (json!({ "name": " Acme ", "slug": "new" }), json!({ "name": name })),
        (json!({ "name": "New", "slug": " acme " }), json!({ "slug": slug })),
    ] {
        root.post("/tenants/", sent.clone()).await.expect_body(400, &refused);
        root.put(&path, sent.clone()).await.expect_body(400, &refused);
        root.patch(&path, sent).await.expect_body(400, &refused);
    }
    assert_eq!(root.get(&path).await.expect(200), other);
    let own = json!({ "name": "Acme", "slug": "acme" });
    root.put(&format!("/tenants/{}/", acme["id"]), own).await.expect(200);
    create(&root, "ACME", "ACME").await;
}
