//! Limits, messages and NULL.

use serde_json::json;
use wiwebb_tests::TestApp;

use super::count;
use crate::support::keys;

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
    const SLUG: &str =
        "Enter a valid 'slug' consisting of letters, numbers, underscores or hyphens.";
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
