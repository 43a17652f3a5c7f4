//! Every field of every body, with values of every wrong type and just too long.

use serde_json::{Value, json};
use wiwebb_tests::{Answer, PASSWORD};

use super::{World, check_sound};
use crate::support::with;

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    /// Text of so many characters at most.
    Text(usize),
    /// Text as long as the body may be.
    Long,
    Username,
    Email,
    Url,
    Slug,
    Password,
    Boolean,
    Date,
    Tenant,
    Role,
}

use Kind::{Boolean, Date, Email, Long, Password, Role, Slug, Tenant, Text, Url, Username};

const TEXT: &str = "Not a valid string.";
const NUL: &str = "Null characters are not allowed.";

impl Kind {
    /// Values that are refused, with a message that must be among those of the answer.
    fn refused(self) -> Vec<(Value, String)> {
        let mut refused = self.of_another_type();
        let mut limited = |limit: usize, letter: &str| {
            let message = format!("Ensure this field has no more than {limit} characters.");
            refused.push((json!(letter.repeat(limit + 1)), message));
        };
        match self {
            Text(limit) => limited(limit, "ü"),
            Username => limited(150, "u"),
            Slug => limited(160, "s"),
            Password => limited(128, "pW7-"),
            Long | Email | Url | Boolean | Date | Tenant | Role => {}
        }
        if let Text(_) | Long | Username | Email | Url | Slug | Password = self {
            refused.push((json!("a\u{0}b"), NUL.into()));
        }
        match self {
            Email => {
                let long = format!("{}@{}.org", "a".repeat(60), "b.".repeat(100));
                refused.push((json!(long), "Ensure this field has no more than 254 characters.".into()));
                refused.push((json!("nobody"), "Enter a valid email address.".into()));
            }
            Url => {
                let long = format!("http://example.org/{}", "p".repeat(200));
                refused.push((json!(long), "Ensure this field has no more than 200 characters.".into()));
                refused.push((json!("example"), "Enter a valid URL.".into()));
            }
            _ => {}
        }
        refused
    }

    fn of_another_type(self) -> Vec<(Value, String)> {
        let all = |values: &[Value], message: &str| -> Vec<(Value, String)> {
            values.iter().map(|value| (value.clone(), message.to_owned())).collect()
        };
        let (list, object) = (json!(["a"]), json!({ "a": "b" }));
        match self {
            Text(_) | Long | Username | Email | Url | Slug | Password => {
                all(&[json!(true), json!(false), list, object, json!([]), json!({})], TEXT)
            }
            Boolean => all(
                &[json!("yes"), json!(""), json!(2), json!(-1), json!(0.5), list, object, json!("\u{0}")],
                "Must be a valid boolean.",
            ),
            Date => all(
                &[
                    json!("soon"),
                    json!("2024-02-30"),
                    json!("2024-1-1"),
                    json!("01.02.2024"),
                    json!("2024-01-01T00:00:00Z"),
                    json!(20_240_101),
                    json!(true),
                    list,
                    object,
                    json!("\u{0}"),
                ],
                "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
            ),
            Tenant => {
                let received = |value, kind: &str| {
                    (value, format!("Incorrect type. Expected pk value, received {kind}."))
                };
                let missing = |value: Value| {
                    let message = format!("Invalid pk \"{value}\" - object does not exist.");
                    (value, message)
                };
                vec![
                    received(json!("acme"), "str"),
                    received(json!(true), "bool"),
                    received(list, "list"),
                    received(object, "dict"),
                    received(json!(1.5), "float"),
                    received(json!("\u{0}"), "str"),
                    missing(json!(999_999)),
                    missing(json!(0)),
                    missing(json!(-1)),
                    missing(json!(2_147_483_648_i64)),
                ]
            }
            Role => {
                let unknown = |word: &str| {
                    (json!(word), format!("\"{word}\" is not a valid choice."))
                };
                vec![
                    unknown("king"),
                    unknown("Admin"),
                    unknown(""),
                    unknown("\u{0}"),
                    (json!(5), "\"5\" is not a valid choice.".into()),
                ]
            }
        }
    }
}

const PROFILE: [(&str, Kind); 8] = [
    ("first_name", Text(150)),
    ("last_name", Text(150)),
    ("phone_number", Text(20)),
    ("bio", Long),
    ("url", Url),
    ("company", Text(100)),
    ("location", Text(100)),
    ("birth_date", Date),
];

/// An operation with a body that it would accept and the kinds of its fields.
struct Operation {
    method: &'static str,
    path: &'static str,
    body: Value,
    required: Vec<(&'static str, Kind)>,
    optional: Vec<(&'static str, Kind)>,
}

fn operation(
    method: &'static str,
    path: &'static str,
    body: Value,
    required: &[(&'static str, Kind)],
    optional: &[(&'static str, Kind)],
) -> Operation {
    Operation { method, path, body, required: required.to_vec(), optional: optional.to_vec() }
}

fn operations(world: &World) -> Vec<Operation> {
    let tenant_body = json!({ "name": "New", "slug": "new" });
    let tenant = [("name", Text(150)), ("slug", Slug)];
    let tenant_more =
        [("email", Email), ("url", Url), ("description", Long), ("is_active", Boolean)];
    let email_body = json!({ "email": "new@example.org" });
    let user_body = json!({
        "username": "new", "email": "new@example.org", "password": PASSWORD, "role": "subscriber",
        "tenant": world.tenant,
    });
    let user = [
        ("username", Username),
        ("email", Email),
        ("password", Password),
        ("role", Role),
        ("tenant", Tenant),
    ];
    let managed: Vec<_> = PROFILE.into_iter().chain([("is_active", Boolean)]).collect();
    let registration = json!({
        "username": "new", "email": "new@example.org", "password1": PASSWORD,
        "password2": PASSWORD,
    });
    let todo_body = json!({ "task": "new" });
    let changed = json!({
        "old_password": PASSWORD, "new_password1": "quite-Unlike-9",
        "new_password2": "quite-Unlike-9",
    });
    let confirmed = json!({
        "uid": "MQ", "token": "x", "new_password1": PASSWORD, "new_password2": PASSWORD,
    });
    let email = [("email", Email)];
    vec![
        operation("POST", "/tenants/", tenant_body.clone(), &tenant, &tenant_more),
        operation("PUT", "/tenants/{tenant}/", tenant_body, &tenant, &tenant_more),
        operation("PATCH", "/tenants/{tenant}/", json!({}), &[], &[&tenant[..], &tenant_more].concat()),
        operation("POST", "/users/", user_body, &user, &managed),
        operation("PUT", "/users/{user}/", email_body.clone(), &email, &managed),
        operation("PATCH", "/users/{user}/", json!({}), &[], &[&email[..], &managed].concat()),
        operation("PUT", "/auth/user/", email_body.clone(), &email, &PROFILE),
        operation("PATCH", "/auth/user/", json!({}), &[], &[&email[..], &PROFILE].concat()),
        operation("POST", "/todos/", todo_body.clone(), &[("task", Text(200))], &[("completed", Boolean)]),
        operation("PUT", "/todos/{todo}/", todo_body, &[("task", Text(200))], &[("completed", Boolean)]),
        operation("PATCH", "/todos/{todo}/", json!({}), &[], &[("task", Text(200)), ("completed", Boolean)]),
        operation("POST", "/users/{user}/set-password/", json!({ "password": PASSWORD }), &[("password", Password)], &[]),
        operation("POST", "/users/{user}/activate/", json!({ "is_active": false }), &[("is_active", Boolean)], &[]),
        operation(
            "POST",
            "/auth/registration/",
            registration,
            &[("username", Username), ("email", Email), ("password1", Password)],
            &PROFILE[..3],
        ),
        operation("POST", "/auth/password/reset/", email_body, &email, &[]),
        operation("POST", "/auth/login/", json!({ "username": "user", "password": PASSWORD }), &[("username", Long), ("password", Long)], &[]),
        operation("POST", "/auth/password/change/", changed, &[("old_password", Long)], &[]),
        operation("POST", "/auth/password/reset/confirm/", confirmed, &[("uid", Long), ("token", Long)], &[]),
    ]
}

/// Fails unless the field, and of the others none but a repeated password, is refused so.
#[track_caller]
fn check_field(what: &str, answer: &Answer, field: &str, message: &str) {
    check_sound(what, answer);
    assert_eq!(answer.status, 400, "{what}: {}", answer.body);
    for name in answer.body.as_object().unwrap().keys() {
        assert!(name == field || name == "password2", "{what}: {}", answer.body);
    }
    let messages = answer.body[field].as_array().unwrap_or_else(|| panic!("{what}: {}", answer.body));
    assert!(messages.contains(&json!(message)), "{what}: {}", answer.body);
}

#[tokio::test]
async fn a_value_of_the_wrong_type_or_length_is_refused_under_its_field() {
    let world = World::new().await;
    let before = world.rows().await;
    for operation in operations(&world) {
        let Operation { method, path, .. } = operation;
        for (field, kind) in operation.required.iter().chain(&operation.optional) {
            for (value, message) in kind.refused() {
                let body = with(operation.body.clone(), json!({ *field: value }));
                let answer = world.send(method, path, body.to_string()).await;
                let shown: String = value.to_string().chars().take(40).collect();
                check_field(&format!("{method} {path} {field} {shown}"), &answer, field, &message);
            }
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn required_fields_may_be_neither_absent_nor_null() {
    let world = World::new().await;
    let before = world.rows().await;
    for operation in operations(&world) {
        let Operation { method, path, .. } = operation;
        for (field, kind) in &operation.required {
            let what = format!("{method} {path} {field}");
            let null = with(operation.body.clone(), json!({ *field: null }));
            let answer = world.send(method, path, null.to_string()).await;
            // The tenant of a user may be null, but not for every role (contract §5.3).
            let message = match kind {
                Tenant => "This field is required.",
                _ => "This field may not be null.",
            };
            check_field(&what, &answer, field, message);
            let mut absent = operation.body.clone();
            absent.as_object_mut().unwrap().remove(*field);
            let answer = world.send(method, path, absent.to_string()).await;
            check_field(&what, &answer, field, "This field is required.");
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn every_bad_field_is_reported_at_once() {
    let world = World::new().await;
    let before = world.rows().await;
    for operation in operations(&world) {
        let fields: Vec<_> = operation.required.iter().chain(&operation.optional).collect();
        let mut body = operation.body.clone();
        let mut names: Vec<&str> = Vec::new();
        for (field, kind) in fields {
            body[*field] = kind.refused()[0].0.clone();
            names.push(field);
        }
        let answer = world.send(operation.method, operation.path, body.to_string()).await;
        let found = answer.expect(400);
        for name in names {
            assert!(found[name].is_array(), "{} {}: {name} in {found}", operation.method, operation.path);
        }
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn assign_role_answers_bad_values_in_its_own_way() {
    let world = World::new().await;
    let before = world.rows().await;
    let path = world.path("/users/{user}/assign-role/");
    let invalid = json!({ "error": "Invalid role" });
    for role in [
        json!(null),
        json!(""),
        json!("king"),
        json!("Subscriber"),
        json!("\u{0}"),
        json!("x".repeat(100_000)),
        json!(1),
        json!(true),
        json!([]),
        json!({}),
    ] {
        world.root.post(&path, json!({ "role": role })).await.expect_body(400, &invalid);
    }
    world.root.post(&path, json!({})).await.expect_body(400, &invalid);
    for (tenant, message) in Tenant.refused() {
        let body = json!({ "role": "subscriber", "tenant": tenant });
        let answer = world.root.post(&path, body).await;
        check_field(&format!("tenant {tenant}"), &answer, "tenant", &message);
    }
    assert_eq!(world.rows().await, before);
}
