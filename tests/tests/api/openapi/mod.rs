//! What the server says of its own API in OpenAPI.

mod contract;
mod docs;
mod errors;
mod examples;
mod nothing_else;
mod schemathesis;
mod typescript;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_tests::{Client, TestApp};

/// Every operation that the API has, a line each.
const OPERATIONS: &str = include_str!("operations.txt");

async fn document(client: &Client) -> Value {
    client.get("/openapi.json").await.expect(200)
}

/// Methods and paths of the document: `GET /todos/`.
fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

/// The operations of the document, each as it is described.
fn described(document: &Value) -> impl Iterator<Item = &Value> {
    let items = document["paths"].as_object().unwrap().values();
    items.flat_map(|item| item.as_object().unwrap().values())
}

/// A path with something in the place of its parameters that no row has.
fn nowhere(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "999999" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

fn parts(operation: &str) -> (Method, String) {
    let (method, path) = operation.split_once(' ').unwrap();
    (method.parse().unwrap(), nowhere(path))
}

#[tokio::test]
async fn the_document_has_the_operations_of_the_contract_and_no_others() {
    let app = TestApp::start().await;
    let found = operations(&document(&app.anonymous()).await);
    let expected: BTreeSet<String> = OPERATIONS.lines().map(str::to_owned).collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let new: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty() && new.is_empty(), "missing: {missing:#?}, new: {new:#?}");
}

#[tokio::test]
async fn what_the_document_has_is_served_and_what_it_has_not_is_not() {
    let app = TestApp::start().await;
    let (root, document) = (app.superadmin().await, document(&app.anonymous()).await);
    let (token, _) = service_key(&root).await;
    let there = operations(&document);
    for path in document["paths"].as_object().unwrap().keys() {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let operation = format!("{method} {path}");
            // It would end the key that the others are tried with.
            if operation.contains("/auth/logout/") || operation == "DELETE /auth/tokens/" {
                continue;
            }
            let client = if path.starts_with("/network/") { &token } else { &root };
            let (verb, address) = parts(&operation);
            let status = client.send(client.request(verb, &address)).await.status;
            assert_eq!(status != 405, there.contains(&operation), "{operation}: {status}");
        }
    }
}

#[tokio::test]
async fn no_operation_shares_its_name() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{method} {path}: {name}");
        }
    }
}

#[tokio::test]
async fn the_fields_that_a_body_needs_are_those_whose_absence_is_told() {
    let app = TestApp::start().await;
    let (root, document) = (app.superadmin().await, document(&app.anonymous()).await);
    let (token, _) = service_key(&root).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(body) = operation["requestBody"]["content"].get("application/json") else {
                continue;
            };
            // Rows are looked for before fields are.
            if path.contains('{') || path.ends_with("/webhook/") {
                continue;
            }
            let needed = required(&document, &body["schema"]);
            let client = if path.starts_with("/network/") { &token } else { &root };
            let verb: Method = method.to_uppercase().parse().unwrap();
            let answer = client.send(client.request(verb, path).json(&json!({}))).await;
            if needed.is_empty() {
                continue;
            }
            let told = answer.expect(400);
            let told: BTreeSet<&str> =
                told.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(told, needed, "{method} {path}");
        }
    }
}

/// What a schema calls required, in whichever of its parts.
fn required<'a>(document: &'a Value, schema: &'a Value) -> BTreeSet<&'a str> {
    let schema = resolved(document, schema);
    let own = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let parts = schema["allOf"].as_array().into_iter().flatten();
    own.chain(parts.flat_map(|part| required(document, part))).collect()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(place) => document.pointer(place.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// A client with a key of network equipment, and the key's id.
async fn service_key(root: &Client) -> (Client, Value) {
    let made = root.post("/service-keys/", json!({ "name": "radius" })).await.expect(201);
    (root.with_key(made["key"].as_str().unwrap()), made["id"].clone())
}
