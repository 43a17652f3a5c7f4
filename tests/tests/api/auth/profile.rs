//! `/auth/user/` (contract §3.4).

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::TestApp;

use crate::support::{check, own, registration, with};

/// Every writable field with a value to write.
fn profile() -> Value {
    json!({
        "email": "lovelace@example.org",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "phone_number": "+44 20 7946 0000",
        "bio": "Wrote the first program.\nFor a machine that did not exist.",
        "url": "https://example.org/ada?x=1#top",
        "company": "Analytical Engines",
        "location": "London",
        "birth_date": "1815-12-10",
    })
}

#[tokio::test]
async fn every_writable_field_is_written_by_put_and_by_patch() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let before = own(&root).await;
    let written = root.put("/auth/user/", profile()).await.expect(200);
    assert_eq!(written, with(before.clone(), profile()), "and nothing else");
    assert_eq!(own(&root).await, written);
    for (field, value) in [
        ("email", json!("ada@example.org")),
        ("first_name", json!("A")),
        ("last_name", json!("L")),
        ("phone_number", json!("1")),
        ("bio", json!("b")),
        ("url", json!("ftp://example.org")),
        ("company", json!("c")),
        ("location", json!("l")),
        ("birth_date", json!("2000-02-29")),
    ] {
        let before = own(&root).await;
        let after = root.patch("/auth/user/", json!({ field: value })).await.expect(200);
        assert_eq!(after, with(before, json!({ field: value })), "{field} alone");
    }
}

#[tokio::test]
async fn read_only_and_unknown_fields_are_ignored() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let (acme, globex) = (app.tenant(&root, "acme").await, app.tenant(&root, "globex").await);
    let ada = app.user(&root, "ada", Role::TenantOwner, Some(acme)).await;
    let before = own(&ada).await;
    app.clock.advance(Duration::hours(1));
    let attempt = json!({
        "id": 1,
        "username": "other",
        "password": "x",
        "role": "superadmin",
        "tenant": globex,
        "tenant_name": "x",
        "tenant_detail": null,
        "is_active": false,
        "is_staff": true,
        "is_superuser": true,
        "date_joined": "2001-01-01T00:00:00Z",
        "last_login": null,
        "password_updated": "2001-01-01T00:00:00Z",
        "colour": "red",
    });
    for (rule, body) in [("PATCH", attempt.clone()), ("empty PATCH", json!({}))] {
        check(rule, &ada.patch("/auth/user/", body).await, 200, &before);
    }
    let put = with(attempt, json!({ "email": "ada@example.org" }));
    check("PUT", &ada.put("/auth/user/", put).await, 200, &before);
    assert_eq!(own(&app.login("ada").await).await["username"], "ada", "the password is the same");
}

#[tokio::test]
async fn put_needs_the_address_and_keeps_what_is_left_out() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    root.put("/auth/user/", profile()).await.expect(200);
    for (rule, body) in [("empty", json!({})), ("others only", json!({ "first_name": "A" }))] {
        let required = json!({ "email": ["This field is required."] });
        check(rule, &root.put("/auth/user/", body).await, 400, &required);
    }
    let before = own(&root).await;
    let answer = root.put("/auth/user/", json!({ "email": "new@example.org" })).await.expect(200);
    assert_eq!(answer, with(before, json!({ "email": "new@example.org" })));
}

#[tokio::test]
async fn null_and_empty_text_both_clear_a_text_field() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let texts = ["first_name", "last_name", "phone_number", "bio", "url", "company", "location"];
    for empty in [json!(null), json!(""), json!(" \t ")] {
        root.put("/auth/user/", profile()).await.expect(200);
        for field in texts {
            let user = root.patch("/auth/user/", json!({ field: empty })).await.expect(200);
            assert_eq!(user[field], "", "{field} {empty}");
        }
    }
    root.put("/auth/user/", profile()).await.expect(200);
    let user = root.patch("/auth/user/", json!({ "birth_date": null })).await.expect(200);
    assert_eq!(user["birth_date"], Value::Null);
}

#[tokio::test]
async fn text_is_trimmed_keeps_its_case_and_may_come_as_a_number() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (field, sent, kept) in [
        ("first_name", json!("  Ada  "), "Ada"),
        ("last_name", json!("\tLOVElace\n"), "LOVElace"),
        ("phone_number", json!(4420), "4420"),
        ("bio", json!(" a  b "), "a  b"),
        ("bio", json!(1.5), "1.5"),
        ("url", json!(" https://example.org/X "), "https://example.org/X"),
        ("company", json!(-7), "-7"),
        ("location", json!(" Łódź "), "Łódź"),
        ("email", json!(" Ada.L@EXAMPLE.ORG "), "Ada.L@example.org"),
    ] {
        let user = root.patch("/auth/user/", json!({ field: sent })).await.expect(200);
        assert_eq!(user[field], kept, "{field} {sent}");
    }
}

#[tokio::test]
async fn widths_are_exact_and_a_bio_has_none() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (field, fits, limit) in [
        ("first_name", "ß".repeat(150), 150),
        ("last_name", "日".repeat(150), 150),
        ("phone_number", "0".repeat(20), 20),
        ("company", "𝄞".repeat(100), 100),
        ("location", "é".repeat(100), 100),
        ("url", format!("https://example.org/{}", "é".repeat(180)), 200),
    ] {
        assert_eq!(fits.chars().count(), limit);
        let user = root.patch("/auth/user/", json!({ field: fits })).await.expect(200);
        assert_eq!(user[field], json!(fits));
        let longer = format!("{fits}{}", fits.chars().last().unwrap());
        let message = format!("Ensure this field has no more than {limit} characters.");
        let answer = root.patch("/auth/user/", json!({ field: longer })).await;
        check(field, &answer, 400, &json!({ field: [message] }));
        assert_eq!(own(&root).await[field], json!(fits), "a refused write changes nothing");
    }
    let bio = "é".repeat(300_000);
    let user = root.patch("/auth/user/", json!({ "bio": bio })).await.expect(200);
    assert_eq!(user["bio"], json!(bio));
}

#[tokio::test]
async fn a_field_is_refused_for_its_form() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let text = "Not a valid string.";
    let nul = "Null characters are not allowed.";
    let url = "Enter a valid URL.";
    let email = "Enter a valid email address.";
    let date = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";
    for (field, value, message) in [
        ("email", json!(null), "This field may not be null."),
        ("email", json!(""), "This field may not be blank."),
        ("email", json!("ada"), email),
        ("email", json!("ada@"), email),
        ("email", json!([]), text),
        ("first_name", json!(true), text),
        ("last_name", json!(["a"]), text),
        ("phone_number", json!({}), text),
        ("bio", json!("a\0b"), nul),
        ("bio", json!(false), text),
        ("company", json!("\0"), nul),
        ("location", json!([1]), text),
        ("url", json!("example.org"), url),
        ("url", json!("/path"), url),
        ("url", json!("gopher://example.org"), url),
        ("url", json!("javascript:alert(1)"), url),
        ("url", json!("mailto:a@example.org"), url),
        ("url", json!("https://"), url),
        ("url", json!("https:///path"), url),
        ("url", json!("https://exa mple.org"), url),
        ("url", json!(true), text),
        ("birth_date", json!("10.12.1815"), date),
        ("birth_date", json!("1815-12-32"), date),
        ("birth_date", json!("2001-02-29"), date),
        ("birth_date", json!("1815-12-10T00:00:00Z"), date),
        ("birth_date", json!("18151210"), date),
        ("birth_date", json!("soon"), date),
    ] {
        let answer = root.patch("/auth/user/", json!({ field: value })).await;
        check(&format!("{field} {value}"), &answer, 400, &json!({ field: [message] }));
    }
    for good in [
        "http://example.org",
        "https://example.org:8443/a",
        "ftp://example.org/f",
        "ftps://example.org",
    ] {
        root.patch("/auth/user/", json!({ "url": good })).await.expect(200);
    }
}

#[tokio::test]
async fn every_bad_field_is_reported_at_once_and_nothing_is_written() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let before = own(&root).await;
    let body = json!({
        "email": "no", "url": "no", "phone_number": "1".repeat(21), "birth_date": "no",
        "company": [], "first_name": "Ada",
    });
    let expected = json!({
        "email": ["Enter a valid email address."],
        "url": ["Enter a valid URL."],
        "phone_number": ["Ensure this field has no more than 20 characters."],
        "birth_date": ["Date has wrong format. Use one of these formats instead: YYYY-MM-DD."],
        "company": ["Not a valid string."],
    });
    check("PUT", &root.put("/auth/user/", body.clone()).await, 400, &expected);
    check("PATCH", &root.patch("/auth/user/", body).await, 400, &expected);
    assert_eq!(own(&root).await, before);
}

#[tokio::test]
async fn an_address_of_somebody_else_is_refused_in_any_case_and_ones_own_is_not() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    app.anonymous().post("/auth/registration/", registration("ada")).await.expect(201);
    let taken = json!({ "email": ["user with this email already exists."] });
    for email in ["ada@example.org", "ADA@example.org", " Ada@EXAMPLE.org "] {
        let body = json!({ "email": email, "first_name": "X" });
        check(email, &root.patch("/auth/user/", body.clone()).await, 400, &taken);
        check(email, &root.put("/auth/user/", body).await, 400, &taken);
    }
    assert_eq!(own(&root).await["first_name"], "");
    for email in ["root@example.org", "ROOT@example.org"] {
        let user = root.patch("/auth/user/", json!({ "email": email })).await.expect(200);
        assert_eq!(user["email"], email);
    }
}
