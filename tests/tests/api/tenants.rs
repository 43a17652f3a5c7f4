//! Tenants (contract §4, §2, §1.7, §1.8, §13).

use chrono::Duration;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp, forbidden, not_found};

use crate::support::detail;

const FIELDS: [&str; 11] = [
    "created_at",
    "description",
    "email",
    "id",
    "is_active",
    "name",
    "slug",
    "updated_at",
    "url",
    "user_count",
    "uuid",
];

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The object without the time that every write moves.
fn unmoved(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("updated_at");
    object
}

fn is_utc(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

async fn create(by: &Client, name: &str, slug: &str) -> Value {
    by.post("/tenants/", json!({ "name": name, "slug": slug })).await.expect(201)
}

async fn run(app: &TestApp, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&app.pool).await.unwrap();
}

async fn count(app: &TestApp, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&app.pool).await.unwrap()
}

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

#[tokio::test]
async fn null_and_empty_text_are_stored_and_shown_as_the_contract_says() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "acme").await;
    let path = format!("/tenants/{id}/");
    let filled = json!({ "email": "a@example.org", "url": "http://a.example", "description": "d" });
    for (field, written, shown) in [
        ("email", json!(null), json!(null)),
        ("email", json!(""), json!(null)),
        ("email", json!("  "), json!(null)),
        ("url", json!(null), json!(null)),
        ("url", json!(""), json!(null)),
        ("description", json!(null), json!("")),
        ("description", json!(""), json!("")),
    ] {
        root.patch(&path, filled.clone()).await.expect(200);
        let answer = root.patch(&path, json!({ field: written })).await.expect(200);
        assert_eq!(answer[field], shown, "{field} {written}");
        assert_eq!(root.get(&path).await.expect(200)[field], shown, "{field} {written}");
        if written.is_null() || shown.is_null() {
            let null = format!("SELECT count(*) FROM api_tenant WHERE {field} IS NULL");
            assert_eq!(count(&app, &null).await, 1, "{field} {written}");
        }
    }
    for field in ["name", "slug", "is_active"] {
        let refused = json!({ field: ["This field may not be null."] });
        root.patch(&path, json!({ field: null })).await.expect_body(400, &refused);
    }
}

/// An address of this many characters, 75 at least.
fn long_email(length: usize) -> String {
    let domain = format!("{}.{}.", "b".repeat(63), "c".repeat(63));
    let rest = length - 64 - 1 - domain.len() - 4;
    format!("{}@{domain}{}.org", "a".repeat(64), "d".repeat(rest))
}

fn long_url(length: usize) -> String {
    let start = "https://example.org/";
    format!("{start}{}", "p".repeat(length - start.len()))
}

#[tokio::test]
async fn every_field_has_its_limits_and_its_messages() {
    const BLANK: &str = "This field may not be blank.";
    const TEXT: &str = "Not a valid string.";
    const NUL: &str = "Null characters are not allowed.";
    const EMAIL: &str = "Enter a valid email address.";
    const URL: &str = "Enter a valid URL.";
    const SLUG: &str = "Enter a valid 'slug' consisting of letters, numbers, underscores or hyphens.";
    const BOOLEAN: &str = "Must be a valid boolean.";
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "acme").await;
    let path = format!("/tenants/{id}/");
    let long = |limit: usize| format!("Ensure this field has no more than {limit} characters.");
    let refused = [
        ("name", json!(""), BLANK.to_owned()),
        ("name", json!(" \t\n"), BLANK.to_owned()),
        ("name", json!("ä".repeat(151)), long(150)),
        ("name", json!("a\u{0}b"), NUL.to_owned()),
        ("name", json!(true), TEXT.to_owned()),
        ("name", json!(["a"]), TEXT.to_owned()),
        ("name", json!({ "a": 1 }), TEXT.to_owned()),
        ("slug", json!(""), BLANK.to_owned()),
        ("slug", json!("s".repeat(161)), long(160)),
        ("slug", json!("two words"), SLUG.to_owned()),
        ("slug", json!("ärzte"), SLUG.to_owned()),
        ("slug", json!("a.b"), SLUG.to_owned()),
        ("slug", json!("a/b"), SLUG.to_owned()),
        ("slug", json!(false), TEXT.to_owned()),
        ("email", json!("nobody"), EMAIL.to_owned()),
        ("email", json!("a b@example.org"), EMAIL.to_owned()),
        ("email", json!("a@"), EMAIL.to_owned()),
        ("email", json!("@example.org"), EMAIL.to_owned()),
        ("email", json!(long_email(255)), long(254)),
        ("email", json!([]), TEXT.to_owned()),
        ("url", json!("example"), URL.to_owned()),
        ("url", json!("javascript:alert(1)"), URL.to_owned()),
        ("url", json!("gopher://example.org/"), URL.to_owned()),
        ("url", json!("https://"), URL.to_owned()),
        ("url", json!("http:///path"), URL.to_owned()),
        ("url", json!(long_url(201)), long(200)),
        ("url", json!({}), TEXT.to_owned()),
        ("description", json!(true), TEXT.to_owned()),
        ("description", json!("\u{0}"), NUL.to_owned()),
        ("is_active", json!("yes"), BOOLEAN.to_owned()),
        ("is_active", json!(2), BOOLEAN.to_owned()),
        ("is_active", json!([]), BOOLEAN.to_owned()),
        ("is_active", json!(""), BOOLEAN.to_owned()),
    ];
    let before = root.get("/tenants/").await.expect(200);
    for (field, value, message) in refused {
        let mut whole = json!({ "name": "New", "slug": "new" });
        whole[field] = value.clone();
        for answer in [
            root.post("/tenants/", whole.clone()).await,
            root.put(&path, whole).await,
            root.patch(&path, json!({ field: value })).await,
        ] {
            assert_eq!(answer.status, 400, "{field} {value}: {}", answer.body);
            assert_eq!(keys(&answer.body), [field], "{value}: {}", answer.body);
            let messages = answer.body[field].as_array().unwrap();
            assert!(messages.contains(&json!(message)), "{field} {value}: {}", answer.body);
        }
    }
    let reserved = root.post("/tenants/", json!({ "name": "Me", "slug": "me" })).await;
    assert_eq!(keys(&reserved.expect(400)), ["slug"], "the slug `me` is the path of one's own");
    let several = json!({ "name": "", "slug": "ä", "email": "x", "url": "x", "is_active": "x" });
    let several = root.patch(&path, several).await.expect(400);
    assert_eq!(keys(&several), ["email", "is_active", "name", "slug", "url"], "all at once");
    assert_eq!(root.get("/tenants/").await.expect(200), before, "nothing was written");

    for (field, value) in [
        ("name", json!("💧".repeat(150))),
        ("name", json!("-")),
        ("slug", json!("s".repeat(160))),
        ("slug", json!("_-Z9")),
        ("email", json!(long_email(254))),
        ("email", json!("o'neil+tag@sub.example.co")),
        ("url", json!(long_url(200))),
        ("url", json!("ftp://example.org")),
        ("url", json!("ftps://example.org:990/x")),
        ("url", json!("http://localhost:8000/?q=%20#f")),
        ("description", json!("ß".repeat(100_000))),
    ] {
        let answer = root.patch(&path, json!({ field: value })).await.expect(200);
        assert_eq!(answer[field], value, "{field}");
    }
    for (value, meant) in [
        (json!(false), false),
        (json!("true"), true),
        (json!("false"), false),
        (json!(1), true),
        (json!(0), false),
        (json!(true), true),
    ] {
        let answer = root.patch(&path, json!({ "is_active": value })).await.expect(200);
        assert_eq!(answer["is_active"], meant, "{value}");
    }
}

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
async fn each_role_reaches_what_the_table_of_roles_says() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let own = app.tenant(&root, "own").await;
    let other = app.tenant(&root, "other").await;
    let admin = app.user(&root, "admin", Role::Admin, Some(own)).await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(own)).await;
    let subscriber = app.user(&root, "subscriber", Role::Subscriber, Some(own)).await;
    let stray = app.user(&root, "stray", Role::TenantOwner, Some(own)).await;
    run(&app, "UPDATE api_user SET tenant_id = NULL WHERE username = 'stray'").await;

    let listed = |page: Value| page["count"].as_i64().unwrap();
    for (client, all) in [(&root, 2), (&admin, 2), (&owner, 1), (&subscriber, 0), (&stray, 0)] {
        assert_eq!(listed(client.get("/tenants/").await.expect(200)), all);
    }
    let page = owner.get("/tenants/").await.expect(200);
    assert_eq!(page["results"][0]["id"], own);

    let targets = [own.to_string(), other.to_string(), "2147483647".into(), "nobody".into()];
    let write = json!({ "description": "written" });
    for (name, client, retrieve_and_update) in [
        ("superadmin", &root, [200, 200, 404, 404]),
        ("admin", &admin, [200, 200, 404, 404]),
        ("tenant_owner", &owner, [200, 403, 404, 404]),
        // Without the right to the operation on any object the id does not matter.
        ("subscriber", &subscriber, [403; 4]),
        ("tenant_owner without tenant", &stray, [403; 4]),
    ] {
        for (target, status) in targets.iter().zip(retrieve_and_update) {
            let path = format!("/tenants/{target}/");
            let put = json!({ "name": format!("Tenant {target}"), "slug": format!("t{target}") });
            for (what, answer) in [
                ("GET", client.get(&path).await),
                ("PATCH", client.patch(&path, write.clone()).await),
                ("PUT", client.put(&path, put).await),
            ] {
                assert_eq!(answer.status, status, "{name} {what} {path}: {}", answer.body);
                match status {
                    403 => assert_eq!(answer.body, forbidden(), "{name} {what} {path}"),
                    404 => assert_eq!(answer.body, not_found(), "{name} {what} {path}"),
                    _ => {}
                }
            }
        }
    }
    for client in [&owner, &subscriber, &stray] {
        client.post("/tenants/", json!({})).await.expect_body(403, &forbidden());
        for target in &targets {
            let path = format!("/tenants/{target}/");
            client.delete(&path).await.expect_body(403, &forbidden());
        }
    }
    for client in [&root, &admin] {
        let made = create(client, "Fleeting", "fleeting").await;
        let path = format!("/tenants/{}/", made["id"]);
        client.delete(&path).await.expect(204);
        client.delete(&path).await.expect_body(404, &not_found());
    }
    let nobody = app.anonymous();
    let missing = detail("Authentication credentials were not provided.");
    for (method, path) in [
        (Method::GET, "/tenants/"),
        (Method::POST, "/tenants/"),
        (Method::GET, "/tenants/me/"),
        (Method::GET, "/tenants/1/"),
        (Method::PUT, "/tenants/1/"),
        (Method::PATCH, "/tenants/1/"),
        (Method::DELETE, "/tenants/1/"),
        (Method::DELETE, "/tenants/"),
    ] {
        let answer = nobody.send(nobody.request(method, path)).await;
        assert_eq!(answer.headers["www-authenticate"], "Token");
        answer.expect_body(401, &missing);
    }
}

#[tokio::test]
async fn an_owner_may_change_all_of_the_own_tenant_but_whether_it_is_active() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "own").await;
    let owner = app.user(&root, "owner", Role::TenantOwner, Some(id)).await;
    let path = format!("/tenants/{id}/");
    let written = json!({
        "name": "Renamed", "slug": "renamed", "email": "o@example.org", "url": "http://o.example",
        "description": "by the owner",
    });
    let mut patch = written.clone();
    patch["is_active"] = json!(true);
    owner.patch(&path, patch).await.expect(200);
    let before = owner.get("/tenants/renamed/").await.expect(200);
    for (field, value) in written.as_object().unwrap() {
        assert_eq!(&before[field], value);
    }
    assert_eq!(owner.get(&format!("/tenants/{}/", before["uuid"].as_str().unwrap())).await.status, 200);

    let switched = json!({ "name": "Switched", "slug": "switched", "is_active": false });
    owner.patch(&path, switched.clone()).await.expect_body(403, &forbidden());
    owner.put(&path, switched.clone()).await.expect_body(403, &forbidden());
    assert_eq!(owner.get(&path).await.expect(200), before, "nothing is changed");
    // What is wrong with the fields is said first (§1.3).
    let wrong = json!({ "name": "", "is_active": false });
    assert_eq!(keys(&owner.patch(&path, wrong).await.expect(400)), ["name"]);

    root.patch(&path, json!({ "is_active": false })).await.expect(200);
    let kept = json!({ "name": "Kept", "slug": "kept" });
    assert_eq!(owner.put(&path, kept).await.expect(200)["is_active"], false, "logged in, allowed");
    owner.patch(&path, json!({ "is_active": false })).await.expect(200);
    owner.patch(&path, json!({ "is_active": true })).await.expect_body(403, &forbidden());
    // An inactive tenant blocks neither login nor requests.
    let again = app.login("owner").await;
    again.post("/todos/", json!({ "task": "go on" })).await.expect(201);
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

#[tokio::test]
async fn me_is_the_callers_tenant_for_every_role() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "own").await;
    root.get("/tenants/me/").await.expect_body(404, &detail("No tenant assigned"));
    for role in [Role::Superadmin, Role::Admin, Role::TenantOwner, Role::Subscriber] {
        let client = app.user(&root, role.as_str(), role, Some(id)).await;
        let mine = client.get("/tenants/me/").await.expect(200);
        assert_eq!(keys(&mine), FIELDS);
        assert_eq!(mine["id"], id, "{role:?}");
        run(&app, "UPDATE api_user SET tenant_id = NULL").await;
        client.get("/tenants/me/").await.expect_body(404, &detail("No tenant assigned"));
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let request = root.request(method.parse().unwrap(), "/tenants/me/").json(&json!({}));
        let refused = detail(&format!("Method \"{method}\" not allowed."));
        root.send(request).await.expect_body(405, &refused);
    }
}

#[tokio::test]
async fn a_tenant_with_users_even_inactive_ones_is_kept_and_counts_them() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let id = app.tenant(&root, "own").await;
    let path = format!("/tenants/{id}/");
    app.user(&root, "alice", Role::TenantOwner, Some(id)).await;
    app.user(&root, "bob", Role::Subscriber, Some(id)).await;
    app.user(&root, "carol", Role::Admin, Some(id)).await;
    run(&app, "UPDATE api_user SET is_active = FALSE WHERE username <> 'root'").await;
    assert_eq!(root.get(&path).await.expect(200)["user_count"], 3);
    assert_eq!(root.get("/tenants/").await.expect(200)["results"][0]["user_count"], 3);
    assert_eq!(root.patch(&path, json!({})).await.expect(200)["user_count"], 3);

    let refused = detail("Cannot delete tenant with existing users.");
    root.delete(&path).await.expect_body(400, &refused);
    run(&app, "DELETE FROM api_user WHERE username IN ('alice', 'bob')").await;
    root.delete("/tenants/own/").await.expect_body(400, &refused);
    assert_eq!(root.get(&path).await.expect(200)["user_count"], 1);
    run(&app, "DELETE FROM api_user WHERE username = 'carol'").await;
    assert_eq!(root.delete(&path).await.expect(204), Value::Null);
    root.get(&path).await.expect_body(404, &not_found());
    root.delete(&path).await.expect_body(404, &not_found());
    assert_eq!(count(&app, "SELECT count(*) FROM api_tenant").await, 0);
    create(&root, "Tenant own", "own").await;
}
