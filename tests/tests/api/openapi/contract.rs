//! What the contract says of single operations, compared with the document.

use std::collections::BTreeSet;

use serde_json::Value;
use wiwebb_tests::TestApp;

use super::{described, document, resolved};

/// A line each: what it is about, the operation, and its names or its error.
const CONTRACT: &str = include_str!("contract.txt");

fn operation<'a>(document: &'a Value, name: &str) -> &'a Value {
    let mut operations = described(document);
    operations
        .find(|operation| operation["operationId"] == name)
        .unwrap_or_else(|| panic!("{name}"))
}

/// The lines about one subject: the operation and the rest.
fn lines(subject: &str) -> Vec<(&'static str, &'static str)> {
    let lines = CONTRACT.lines().filter_map(|line| line.strip_prefix(subject)?.strip_prefix(' '));
    let lines: Vec<_> = lines.map(|line| line.split_once(' ').unwrap_or((line, ""))).collect();
    assert!(!lines.is_empty(), "{subject}");
    lines
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The fields of a body, those of its parts behind it, to the given depth.
fn fields(document: &Value, schema: &Value, within: &str, depth: usize) -> BTreeSet<String> {
    let schema = resolved(document, schema);
    let forms = ["allOf", "oneOf"].map(|name| schema[name].as_array().into_iter().flatten());
    let mut found: BTreeSet<String> = forms
        .into_iter()
        .flatten()
        .flat_map(|part| fields(document, part, within, depth))
        .collect();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let name = format!("{within}{name}");
        if depth > 0 {
            found.extend(fields(document, field, &format!("{name}."), depth - 1));
        }
        found.insert(name);
    }
    if schema["items"].is_object() && within.is_empty() {
        found.extend(fields(document, &schema["items"], within, depth));
    }
    found
}

#[tokio::test]
async fn parameters_are_those_of_the_contract() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    for (name, expected) in lines("parameters") {
        let parameters = operation(&document, name)["parameters"].as_array();
        let found = parameters.into_iter().flatten();
        let found = found.map(|found| found["name"].as_str().unwrap().to_owned());
        assert_eq!(found.collect::<BTreeSet<_>>(), words(expected), "{name}");
    }
}

#[tokio::test]
async fn fields_of_bodies_are_those_of_the_contract() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    for (name, expected) in lines("body") {
        let content = &operation(&document, name)["requestBody"]["content"]["application/json"];
        assert_eq!(fields(&document, &content["schema"], "", 0), words(expected), "{name}");
    }
}

#[tokio::test]
async fn fields_of_answers_are_those_of_the_contract() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    for (name, expected) in lines("answer") {
        let answers = operation(&document, name)["responses"].as_object().unwrap();
        let (_, answer) = answers.iter().find(|(status, _)| status.starts_with('2')).unwrap();
        let schema = &answer["content"]["application/json"]["schema"];
        let expected = words(expected);
        let is_told = |field: &String| {
            let is_within = field.split_once('.').map(|(outer, _)| format!("{outer}."));
            is_within.is_none_or(|outer| expected.iter().any(|name| name.starts_with(&outer)))
        };
        let found = fields(&document, schema, "", 1).into_iter().filter(is_told);
        let found: BTreeSet<String> = found.collect();
        // Of the user object, which other operations are compared by, one field stands for all.
        if name == "users_assign_role" {
            assert!(found.is_superset(&expected), "{name}: {found:?}");
        } else {
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn errors_of_the_contract_are_examples() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    for (name, told) in lines("error") {
        let (status, body) = told.split_once(' ').unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let content =
            &operation(&document, name)["responses"][status]["content"]["application/json"];
        let several = content["examples"].as_object().into_iter().flatten();
        let mut examples =
            several.map(|(_, example)| &example["value"]).chain(content.get("example"));
        assert!(examples.any(|example| *example == body), "{name} {status} {body}: {content:#}");
    }
}

#[tokio::test]
async fn deletes_that_are_refused_show_what_hangs_on_the_row() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    for (name, detail) in [
        ("tenants_delete", "Cannot delete tenant with existing users."),
        ("users_delete", "Cannot delete user with existing payments."),
        ("plans_delete", "Cannot delete plan with existing subscriptions."),
        ("gateways_delete", "Cannot delete payment gateway with existing payments."),
    ] {
        let told = operation(&document, name)["responses"]["400"].to_string();
        assert!(told.contains(detail) && told.contains("blocked_by"), "{name}: {told}");
    }
}

#[tokio::test]
async fn operations_ask_for_the_keys_of_the_contract() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let schemes = &document["components"]["securitySchemes"];
    for (name, expected) in lines("security") {
        let asked = operation(&document, name)["security"].as_array().unwrap();
        let names = asked.iter().flat_map(|one| one.as_object().unwrap().keys().cloned());
        let names: BTreeSet<String> = names.collect();
        assert!(names.iter().all(|name| schemes[name]["name"].is_string()), "{name}");
        assert_eq!(names, words(expected), "{name}");
    }
}
