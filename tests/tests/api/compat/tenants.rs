//! Tenants: rows 2, 3 and 4 of contract §15.

use serde_json::{Value, json};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{Client, TestApp};

use super::models::Tenant;
use super::{Mobile, refused, understood};
use crate::concurrency::together;
use crate::support::with;

async fn server() -> (TestApp, Client, Mobile) {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mobile = Mobile::of(&app, &root);
    (app, root, mobile)
}

/// What a fresh tenant looks like in both forms.
fn fresh(app: &TestApp, made: &Value, name: &str, slug: &str) -> Value {
    let now = app.clock.now();
    json!({
        "id": made["id"], "uuid": made["uuid"], "name": name, "slug": slug, "email": null,
        "url": null, "description": "", "is_active": true, "user_count": 0, "created_at": now,
        "updated_at": now,
    })
}

fn slugs(array: &Value) -> Vec<&str> {
    array.as_array().unwrap().iter().map(|row| row["slug"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn row_2_tenants_are_a_page_or_a_plain_array_of_the_same_objects() {
    let (app, root, mobile) = server().await;
    assert_eq!(mobile.get("/tenants/").await.expect(200), json!([]));
    let made = root.post("/tenants/", json!({ "name": "Acme", "slug": "acme" })).await.expect(201);
    let acme = fresh(&app, &made, "Acme", "acme");
    let usual = root.get("/tenants/").await.expect(200);
    let page = json!({ "count": 1, "next": null, "previous": null, "results": [acme] });
    assert_eq!(usual, page);
    let compat = mobile.get("/tenants/").await.expect(200);
    assert_eq!(compat, json!([acme]));
    assert_eq!(understood::<Vec<Tenant>>(&compat).len(), 1);
    assert!(refused::<Vec<Tenant>>(&usual));
    let one = mobile.get("/tenants/acme/").await.expect(200);
    assert_eq!(one, acme, "a single tenant has one form");
}

#[tokio::test]
async fn row_2_the_array_heeds_filters_search_and_ordering_and_knows_no_pages() {
    let (_app, root, mobile) = server().await;
    for (name, slug) in [("Acme", "acme"), ("Globex", "globex"), ("Acme West", "west")] {
        root.post("/tenants/", json!({ "name": name, "slug": slug })).await.expect(201);
    }
    root.patch("/tenants/west/", json!({ "is_active": false })).await.expect(200);
    for (query, expected) in [
        ("", vec!["acme", "west", "globex"]),
        ("?ordering=-slug", vec!["west", "globex", "acme"]),
        ("?search=acme", vec!["acme", "west"]),
        ("?is_active=false", vec!["west"]),
        ("?slug=globex", vec!["globex"]),
        ("?slug=nobody", vec![]),
        ("?page=2&page_size=1", vec!["acme", "west", "globex"]),
        ("?page=none", vec!["acme", "west", "globex"]),
        ("?cursor=%%%", vec!["acme", "west", "globex"]),
    ] {
        let listed = mobile.get(&format!("/tenants/{query}")).await.expect(200);
        assert_eq!(slugs(&listed), expected, "{query}");
    }
}

#[tokio::test]
async fn row_2_the_array_holds_a_thousand_rows_at_most() {
    let (app, _, mobile) = server().await;
    for (more, expected) in [(999, 999), (1, 1000), (1, 1000)] {
        let crowd = format!(
            "INSERT INTO api_tenant (name, slug, uuid)
             SELECT u::text, u::text, u FROM (
                 SELECT gen_random_uuid() AS u FROM generate_series(1, {more})
             ) AS drawn"
        );
        sqlx::query(sqlx::AssertSqlSafe(crowd)).execute(&app.pool).await.unwrap();
        let listed = mobile.get("/tenants/?ordering=id").await.expect(200);
        assert_eq!(slugs(&listed).len(), expected);
    }
}

#[tokio::test]
async fn row_3_a_tenant_needs_a_slug_or_gets_one_of_its_name() {
    let (app, root, mobile) = server().await;
    let body = json!({ "name": "Hill Net & Co." });
    let required = json!({ "slug": ["This field is required."] });
    root.post("/tenants/", body.clone()).await.expect_body(400, &required);
    let made = mobile.post("/tenants/", body).await.expect(201);
    assert_eq!(made, fresh(&app, &made, "Hill Net & Co.", "hill-net-co"));
    understood::<Tenant>(&made);
    let path = format!("/tenants/{}/", made["slug"].as_str().unwrap());
    assert_eq!(root.get(&path).await.expect(200), made);
}

#[tokio::test]
async fn row_3_a_slug_that_is_taken_gets_a_number() {
    let (_app, _, mobile) = server().await;
    let mut found = Vec::new();
    for name in ["Acme", "ACME", "acme!", "Me", "2024", "東京"] {
        let made = mobile.post("/tenants/", json!({ "name": name })).await.expect(201);
        found.push(understood::<Tenant>(&made).slug);
    }
    assert_eq!(found, ["acme", "acme-2", "acme-3", "me-2", "2024-2", "tenant"]);
    let again = json!({ "name": ["tenant with this name already exists."] });
    mobile.post("/tenants/", json!({ "name": "Acme" })).await.expect_body(400, &again);
}

#[tokio::test]
async fn row_3_a_slug_that_is_sent_is_judged_as_ever() {
    let (_app, _, mobile) = server().await;
    let made = mobile.post("/tenants/", json!({ "name": "Acme", "slug": "a1" })).await.expect(201);
    assert_eq!(made["slug"], "a1");
    for (slug, message) in [
        (json!("a1"), "tenant with this slug already exists."),
        (json!(""), "This field may not be blank."),
        (Value::Null, "This field may not be null."),
    ] {
        let body = json!({ "name": "Other", "slug": slug });
        mobile.post("/tenants/", body).await.expect_body(400, &json!({ "slug": [message] }));
    }
    let missing = json!({ "name": ["This field is required."] });
    mobile.post("/tenants/", json!({})).await.expect_body(400, &missing);
}

#[tokio::test]
async fn row_3_tenants_founded_at_once_under_one_slug_all_succeed_with_slugs_of_their_own() {
    let (_app, root, mobile) = server().await;
    let names = ["Acme", "ACME", "acme", "Acme!", "Acme?", "-Acme-"];
    let address = mobile.at("/tenants/");
    let answers = together(names.map(|name| {
        let (root, address) = (root.clone(), address.clone());
        async move { root.post(&address, json!({ "name": name })).await }
    }))
    .await;
    let mut found: Vec<String> =
        answers.into_iter().map(|made| understood::<Tenant>(&made.expect(201)).slug).collect();
    found.sort();
    assert_eq!(found, ["acme", "acme-2", "acme-3", "acme-4", "acme-5", "acme-6"]);
}

#[tokio::test]
async fn row_4_a_put_needs_name_and_slug_or_nothing() {
    let (_app, root, mobile) = server().await;
    let made = root.post("/tenants/", json!({ "name": "Acme", "slug": "acme" })).await.expect(201);
    let path = format!("/tenants/{}/", made["id"]);
    let required = json!(["This field is required."]);
    let missing = json!({ "name": required, "slug": required });
    let some = json!({ "email": "info@example.org", "description": "d" });
    root.put(&path, some.clone()).await.expect_body(400, &missing);
    let put = mobile.put(&path, some.clone()).await.expect(200);
    assert_eq!(put, with(made, some));
    understood::<Tenant>(&put);
    assert_eq!(mobile.put(&path, json!({})).await.expect(200), put);
    let blank = json!({ "name": ["This field may not be blank."] });
    mobile.put(&path, json!({ "name": " " })).await.expect_body(400, &blank);
}
