//! `POST /auth/registration/` (contract §3.3).

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::ports::clock::Clock;
use wiwebb_tests::{Answer, TestApp};

use crate::support::{can_login, check, instant, own, registration, with, without};

const USERNAME_TAKEN: &str = "A user with that username already exists.";
const EMAIL_TAKEN: &str = "user with this email already exists.";
const USERNAME_FORM: &str = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";

async fn register(app: &TestApp, body: Value) -> Answer {
    app.anonymous().post("/auth/registration/", body).await
}

#[tokio::test]
async fn a_registration_answers_a_key_and_makes_an_active_subscriber_without_tenant() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    let body = with(
        registration("ada"),
        json!({
            "email": "Ada@EXAMPLE.Org",
            "first_name": "  Ada ",
            "last_name": "Lovelace",
            "phone_number": " +44 1 ",
            "role": "superadmin",
            "tenant": tenant,
            "is_active": false,
            "is_staff": true,
            "is_superuser": true,
            "id": 4711,
            "date_joined": "2001-01-01T00:00:00Z",
            "company": "Analytical Engines",
        }),
    );
    let answer = register(&app, body).await.expect(201);
    let user = own(&root.with_key(answer["key"].as_str().unwrap())).await;
    let expected = json!({
        "key": answer["key"],
        "user": {
            "id": user["id"],
            "username": "ada",
            "email": "Ada@example.org",
            "first_name": "Ada",
            "last_name": "Lovelace",
        },
    });
    assert_eq!(answer, expected);
    assert_ne!(user["id"], 4711);
    for (field, value) in [
        ("role", json!("subscriber")),
        ("tenant", Value::Null),
        ("tenant_name", Value::Null),
        ("is_active", json!(true)),
        ("is_staff", json!(false)),
        ("is_superuser", json!(false)),
        ("phone_number", json!("+44 1")),
        ("company", json!("")),
    ] {
        assert_eq!(user[field], value, "{field}");
    }
    assert_eq!(instant(&user["date_joined"]), app.clock.now());
}

#[tokio::test]
async fn optional_fields_may_be_absent_null_or_empty_and_read_as_empty_text() {
    let app = TestApp::start().await;
    for (number, value) in
        [None, Some(json!(null)), Some(json!("")), Some(json!("  "))].into_iter().enumerate()
    {
        let mut body = registration(&format!("ada{number}"));
        for field in ["first_name", "last_name", "phone_number"] {
            if let Some(value) = &value {
                body[field] = value.clone();
            }
        }
        let answer = register(&app, body).await.expect(201);
        assert_eq!(
            (&answer["user"]["first_name"], &answer["user"]["last_name"]),
            (&json!(""), &json!(""))
        );
        let user = own(&app.anonymous().with_key(answer["key"].as_str().unwrap())).await;
        assert_eq!(user["phone_number"], "", "{value:?}");
    }
}

#[tokio::test]
async fn phone_stands_in_for_an_absent_phone_number() {
    let app = TestApp::start().await;
    for (name, changes, phone) in [
        ("ada", json!({ "phone": "+44 1" }), "+44 1"),
        ("bob", json!({ "phone": "+44 1", "phone_number": "+44 2" }), "+44 2"),
    ] {
        let answer = register(&app, with(registration(name), changes)).await.expect(201);
        let user = own(&app.anonymous().with_key(answer["key"].as_str().unwrap())).await;
        assert_eq!(user["phone_number"], phone, "{name}");
    }
    let long = with(registration("cy"), json!({ "phone": "1".repeat(21) }));
    register(&app, long).await.expect(400);
}

#[tokio::test]
async fn every_bad_field_is_reported_at_once() {
    let app = TestApp::start().await;
    let required = json!(["This field is required."]);
    let all = json!({
        "username": required, "email": required, "password1": required, "password2": required,
    });
    check("nothing sent", &register(&app, json!({})).await, 400, &all);
    let body = json!({
        "username": "no spaces",
        "email": "nobody",
        "password1": "84739105628",
        "password2": null,
        "first_name": "x".repeat(151),
        "last_name": [],
        "phone_number": "1".repeat(21),
    });
    let expected = json!({
        "username": [USERNAME_FORM],
        "email": ["Enter a valid email address."],
        "password1": ["This password is entirely numeric."],
        "password2": ["This field may not be null."],
        "first_name": ["Ensure this field has no more than 150 characters."],
        "last_name": ["Not a valid string."],
        "phone_number": ["Ensure this field has no more than 20 characters."],
    });
    check("everything wrong", &register(&app, body).await, 400, &expected);
    let users: i64 =
        sqlx::query_scalar("SELECT count(*) FROM api_user").fetch_one(&app.pool).await.unwrap();
    assert_eq!(users, 0);
}

#[tokio::test]
async fn a_field_is_refused_for_its_form() {
    let app = TestApp::start().await;
    let null = "This field may not be null.";
    let blank = "This field may not be blank.";
    let text = "Not a valid string.";
    let nul = "Null characters are not allowed.";
    let email = "Enter a valid email address.";
    for (field, value, message) in [
        ("username", json!(null), null),
        ("username", json!(""), blank),
        ("username", json!("   "), blank),
        ("username", json!(true), text),
        ("username", json!(["a"]), text),
        ("username", json!({ "a": 1 }), text),
        ("username", json!("a\0b"), nul),
        ("username", json!("a b"), USERNAME_FORM),
        ("username", json!("a/b"), USERNAME_FORM),
        ("username", json!("a!"), USERNAME_FORM),
        ("username", json!("<a>"), USERNAME_FORM),
        ("email", json!(null), null),
        ("email", json!(" "), blank),
        ("email", json!("plain"), email),
        ("email", json!("a@b@example.org"), email),
        ("email", json!("@example.org"), email),
        ("email", json!("a@"), email),
        ("email", json!("a b@example.org"), email),
        ("email", json!(17), email),
        ("email", json!(false), text),
        ("first_name", json!("a\0"), nul),
        ("first_name", json!({}), text),
        ("phone_number", json!(true), text),
    ] {
        let body = with(registration("ada"), json!({ field: value }));
        check(
            &format!("{field} {value}"),
            &register(&app, body).await,
            400,
            &json!({ field: [message] }),
        );
    }
    for (field, message) in
        [("password1", "This field is required."), ("password2", "This field is required.")]
    {
        let answer = register(&app, without(registration("ada"), field)).await.expect(400);
        assert_eq!(answer[field], json!([message]), "{answer}");
    }
}

#[tokio::test]
async fn widths_are_exact_and_count_code_points() {
    let app = TestApp::start().await;
    let labels = format!("{}.{}", "b".repeat(63), "c".repeat(63));
    let email = |last: usize| format!("{}@{labels}.{}.org", "a".repeat(64), "d".repeat(last));
    assert_eq!(email(57).len(), 254);
    for (field, fits, limit) in [
        ("username", "u".repeat(150), 150),
        ("email", email(57), 254),
        ("first_name", "é".repeat(150), 150),
        ("last_name", "𝄞".repeat(150), 150),
        ("phone_number", "☎".repeat(20), 20),
    ] {
        let name = format!("w{}", field.replace('_', ""));
        let longer = if field == "email" {
            email(58)
        } else {
            format!("{fits}{}", &fits[..fits.len() / limit])
        };
        let message = format!("Ensure this field has no more than {limit} characters.");
        let body = with(registration(&name), json!({ field: longer }));
        check(field, &register(&app, body).await, 400, &json!({ field: [message] }));
        let body = with(registration(&name), json!({ field: format!(" {fits} ") }));
        let answer = register(&app, body).await.expect(201);
        let user = own(&app.anonymous().with_key(answer["key"].as_str().unwrap())).await;
        assert_eq!(user[field], json!(fits), "{field} is kept whole");
    }
}

#[tokio::test]
async fn numbers_become_text_and_the_five_signs_are_allowed_in_a_username() {
    let app = TestApp::start().await;
    let numbers = json!({ "username": 4711, "first_name": 12, "phone_number": 441_234 });
    let answer = register(&app, with(registration("n"), numbers)).await.expect(201);
    let user = own(&app.anonymous().with_key(answer["key"].as_str().unwrap())).await;
    assert_eq!(user["username"], "4711");
    assert_eq!(user["first_name"], "12");
    assert_eq!(user["phone_number"], "441234");
    let signs = json!({ "username": "A.b+c-d_e@9" });
    let answer = register(&app, with(registration("signs"), signs)).await.expect(201);
    assert_eq!(answer["user"]["username"], "A.b+c-d_e@9", "its case is kept");
}

#[tokio::test]
async fn a_number_becomes_the_text_it_was_sent_as_however_long() {
    let app = TestApp::start().await;
    let number = "44123456789012345678";
    let body =
        registration("ada").to_string().replacen('{', "{\"phone_number\":44123456789012345678,", 1);
    let request = app.anonymous().request(Method::POST, "/auth/registration/");
    let request = request.header("Content-Type", "application/json").body(body);
    let answer = app.anonymous().send(request).await.expect(201);
    let user = own(&app.anonymous().with_key(answer["key"].as_str().unwrap())).await;
    assert_eq!(user["phone_number"], number);
}

#[tokio::test]
async fn usernames_are_unique_by_case_and_addresses_without_regard_to_it() {
    let app = TestApp::start().await;
    register(&app, registration("ada")).await.expect(201);
    let username = json!({ "username": [USERNAME_TAKEN] });
    let email = json!({ "email": [EMAIL_TAKEN] });
    let both = json!({ "username": [USERNAME_TAKEN], "email": [EMAIL_TAKEN] });
    for (rule, changes, expected) in [
        ("the same again", json!({}), &both),
        ("name taken", json!({ "email": "b@example.org" }), &username),
        (
            "name taken after trimming",
            json!({ "username": " ada ", "email": "b@example.org" }),
            &username,
        ),
        ("address taken", json!({ "username": "bob" }), &email),
        (
            "address in another case",
            json!({ "username": "bob", "email": "ADA@Example.Org" }),
            &email,
        ),
    ] {
        check(rule, &register(&app, with(registration("ada"), changes)).await, 400, expected);
    }
    let other_case = json!({ "username": "Ada", "email": "b@example.org" });
    register(&app, with(registration("ada"), other_case)).await.expect(201);
}

#[tokio::test]
async fn the_password_is_typed_twice_the_same_and_never_trimmed() {
    let app = TestApp::start().await;
    let differ = json!({ "password2": ["The two password fields didn't match."] });
    for again in ["correct-Horse-8", "correct-Horse-7 ", "CORRECT-horse-7"] {
        let body = with(registration("ada"), json!({ "password2": again }));
        check(again, &register(&app, body).await, 400, &differ);
    }
    let spaced = "  spaced Zebra 42  ";
    let body = with(registration("ada"), json!({ "password1": spaced, "password2": spaced }));
    let answer = register(&app, body).await.expect(201);
    assert!(!answer.to_string().contains("Zebra"), "no answer holds a password");
    assert!(can_login(&app, "ada", spaced).await);
    assert!(!can_login(&app, "ada", spaced.trim()).await);
}
