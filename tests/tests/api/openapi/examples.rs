//! Examples of the document: there for every body and parameter, and valid.
//!
//! That they are valid is judged by the validator which comes with schemathesis in
//! `target/schemathesis`; without it that test is left out, and says so.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;
use wiwebb_tests::TestApp;

use super::{described, document, resolved};

/// Fields that stand only where others do not, so that one example cannot have them all.
const ALTERNATIVES: [&str; 4] =
    ["client_secret", "current_period_end", "trial_end", "reply:Reply-Message"];

/// Judges values by schemas that refer to the parts of one document.
const VALIDATOR: &str = "import json, sys, jsonschema_rs\n\
    given = json.load(sys.stdin)\n\
    for case in given['cases']:\n\
    \x20   schema = {**case['schema'], 'components': given['components']}\n\
    \x20   judge = jsonschema_rs.validator_for(schema, validate_formats=True)\n\
    \x20   for error in judge.iter_errors(case['value']): print(case['where'], error.message)\n";

/// A body: where it is, its schema, its examples.
struct Body<'a> {
    place: String,
    schema: &'a Value,
    examples: Vec<&'a Value>,
}

fn bodies(document: &Value) -> Vec<Body<'_>> {
    let mut bodies = Vec::new();
    for operation in described(document) {
        let name = operation["operationId"].as_str().unwrap();
        let answers =
            entries(&operation["responses"]).map(|(status, part)| (status.as_str(), part));
        for (part, holder) in answers.chain([("body", &operation["requestBody"])]) {
            for (_, content) in entries(&holder["content"]) {
                let several = entries(&content["examples"]).map(|(_, found)| &found["value"]);
                bodies.push(Body {
                    place: format!("{name} {part}"),
                    schema: &content["schema"],
                    examples: content.get("example").into_iter().chain(several).collect(),
                });
            }
        }
    }
    bodies
}

/// Parameters with the name of their operation.
fn parameters(document: &Value) -> Vec<(String, &Value)> {
    let of = |operation: &'_ Value, parameter: &Value| {
        format!("{} {}", operation["operationId"], parameter["name"])
    };
    described(document)
        .flat_map(|operation| {
            let found = operation["parameters"].as_array().into_iter().flatten();
            found.map(move |parameter| (of(operation, parameter), parameter))
        })
        .collect()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[tokio::test]
async fn every_body_has_an_example() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let bodies = bodies(&document);
    assert!(bodies.len() > 500, "{}", bodies.len());
    let bare = bodies.iter().filter(|body| body.examples.is_empty());
    let bare: Vec<&str> = bare.map(|body| body.place.as_str()).collect();
    assert!(bare.is_empty(), "{bare:#?}");
}

#[tokio::test]
async fn every_field_of_a_body_stands_in_its_example() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let mut missing = BTreeSet::new();
    for body in bodies(&document) {
        if let [example] = body.examples.as_slice() {
            compare(&document, body.schema, example, &body.place, &mut missing);
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Notes fields of a schema that a value has not.
fn compare(
    document: &Value,
    schema: &Value,
    value: &Value,
    place: &str,
    missing: &mut BTreeSet<String>,
) {
    let schema = resolved(document, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        compare(document, part, value, place, missing);
    }
    for (name, field) in entries(&schema["properties"]) {
        let place = format!("{place}.{name}");
        match value.get(name) {
            Some(value) => compare(document, field, value, &place, missing),
            None if ALTERNATIVES.contains(&name.as_str()) => {}
            None => {
                missing.insert(place);
            }
        }
    }
    for item in value.as_array().into_iter().flatten() {
        compare(document, &schema["items"], item, place, missing);
    }
}

#[tokio::test]
async fn every_parameter_has_an_example_or_the_values_it_can_have() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let parameters = parameters(&document);
    assert!(parameters.len() > 100, "{}", parameters.len());
    for (place, parameter) in parameters {
        let is_told = parameter.get("example").is_some() || parameter["schema"]["enum"].is_array();
        assert!(is_told, "{place}");
    }
}

#[tokio::test]
async fn every_example_is_valid() {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/schemathesis/bin/python");
    if !python.exists() {
        eprintln!("left out: schemathesis is not installed");
        return;
    }
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let case = |place: &str, schema: &Value, value: &Value| json!({ "where": place, "schema": schema, "value": value });
    let mut cases: Vec<Value> = Vec::new();
    for Body { place, schema, examples } in bodies(&document) {
        cases.extend(examples.into_iter().map(|example| case(&place, schema, example)));
    }
    for (place, parameter) in parameters(&document) {
        let example = parameter.get("example");
        cases.extend(example.map(|example| case(&place, &parameter["schema"], example)));
    }
    let given = json!({ "components": document["components"], "cases": cases });
    let said = judged(&python, &given).await;
    assert!(said.is_empty(), "{said}");
}

/// What the validator complains about.
async fn judged(python: &Path, given: &Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    std::fs::write(&file, serde_json::to_vec(given).unwrap()).unwrap();
    let outcome = Command::new(python)
        .args(["-c", VALIDATOR])
        .stdin(Stdio::from(std::fs::File::open(&file).unwrap()))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let complaints = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert!(outcome.status.success(), "{complaints}");
    String::from_utf8_lossy(&outcome.stdout).into_owned()
}
