//! Every field of every body, with values of every wrong type and just too long.

mod kinds;
mod operations;

use serde_json::json;
use wiwebb_tests::Answer;

use super::{World, check_sound};
use crate::support::with;
use kinds::Kind::Tenant;
use operations::{Operation, operations};

/// Fails unless the field, and of the others none but a repeated password, is refused so.
#[track_caller]
fn check_field(what: &str, answer: &Answer, field: &str, message: &str) {
    check_sound(what, answer);
    assert_eq!(answer.status, 400, "{what}: {}", answer.body);
    for name in answer.body.as_object().unwrap().keys() {
        assert!(name == field || name == "password2", "{what}: {}", answer.body);
    }
    let messages =
        answer.body[field].as_array().unwrap_or_else(|| panic!("{what}: {}", answer.body));
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
            assert!(
                found[name].is_array(),
                "{} {}: {name} in {found}",
                operation.method,
                operation.path
            );
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
