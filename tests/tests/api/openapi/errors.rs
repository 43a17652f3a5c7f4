//! What the document says of refused values, compared with the contract's messages (§1.8) and with
//! what the API answers.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_tests::{Client, TestApp};

use super::{described, document, operations, parts, resolved, service_key};
use crate::support::with;

/// The messages of contract §1.8; a `*` stands for what differs.
const MESSAGES: [&str; 23] = [
    "This field is required.",
    "This field may not be null.",
    "This field may not be blank.",
    "Not a valid string.",
    "Ensure this field has no more than * characters.",
    "Null characters are not allowed.",
    "Must be a valid boolean.",
    "A valid integer is required.",
    "Ensure this value is less than or equal to 2147483647.",
    "Ensure this value is greater than or equal to *.",
    "A valid number is required.",
    "Ensure that there are no more than 2 decimal places.",
    "Ensure that there are no more than 10 digits in total.",
    "Ensure that there are no more than 8 digits before the decimal point.",
    "\"*\" is not a valid choice.",
    "Enter a valid email address.",
    "Enter a valid URL.",
    "Enter a valid 'slug' consisting of letters, numbers, underscores or hyphens.",
    "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
    "Incorrect type. Expected pk value, received *.",
    "Invalid pk \"*\" - object does not exist.",
    "Expected a dictionary of items but got type \"*\".",
    "tenant with this name already exists.",
];

/// Paths that take no key (contract §1.2).
const PUBLIC: [&str; 4] = [
    "/auth/login/",
    "/auth/registration/",
    "/auth/password/reset/",
    "/auth/password/reset/confirm/",
];

/// What differs in a message, if it is of this form.
fn difference<'a>(message: &'a str, form: &str) -> Option<&'a str> {
    match form.split_once('*') {
        Some((start, end)) => message.strip_prefix(start)?.strip_suffix(end),
        None => (message == form).then_some(""),
    }
}

/// Fields with their messages, in a body that tells them.
fn told(body: &Value) -> BTreeSet<(String, String)> {
    let fields = body.as_object().into_iter().flatten();
    let messages = fields.flat_map(|(field, messages)| {
        let messages = messages.as_array().into_iter().flatten().filter_map(Value::as_str);
        messages.map(|message| (field.clone(), message.to_owned()))
    });
    messages.collect()
}

/// Fields with their messages, in the examples of an operation's `400`.
fn documented(operation: &Value) -> BTreeSet<(String, String)> {
    let content = &operation["responses"]["400"]["content"]["application/json"];
    let several = content["examples"].as_object().into_iter().flatten();
    let several = several.map(|(_, example)| &example["value"]);
    several.chain(content.get("example")).flat_map(told).collect()
}

/// Values of which at least one is refused with this message.
fn breaking(message: &str) -> Vec<Value> {
    let number = |form| difference(message, form).and_then(|text| text.parse::<i64>().ok());
    if let Some(most) = number(MESSAGES[4]) {
        return vec![json!("a".repeat(usize::try_from(most).unwrap() + 1))];
    }
    if let Some(most) = number("Ensure this value is less than or equal to *.") {
        return vec![json!(most + 1)];
    }
    if let Some(least) = number(MESSAGES[9]) {
        return vec![json!(least - 1)];
    }
    let Some(form) = MESSAGES.iter().position(|form| difference(message, form).is_some()) else {
        return Vec::new();
    };
    match form {
        1 => vec![json!(null)],
        2 => vec![json!(""), json!(" ")],
        3 | 21 => vec![json!([])],
        5 => vec![json!("a\0"), json!({ "a": "\0" })],
        6..=7 | 10 | 15..=16 | 18..=19 => vec![json!("many")],
        11 => vec![json!("1.234")],
        12 => vec![json!("12345678901")],
        13 => vec![json!("123456789")],
        14 => vec![json!("x")],
        17 => vec![json!("a b")],
        20 => vec![json!(999)],
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_message_of_the_contract_is_in_the_document() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let messages: BTreeSet<String> =
        described(&document).flat_map(documented).map(|(_, message)| message).collect();
    for form in MESSAGES {
        assert!(messages.iter().any(|message| difference(message, form).is_some()), "{form}");
    }
}

#[tokio::test]
async fn every_amount_is_told_how_many_digits_it_may_have() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let has_amount = |operation: &&Value| {
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        resolved(&document, body)["properties"]["amount"].is_object()
    };
    let operations: Vec<&Value> = described(&document).filter(has_amount).collect();
    assert!(operations.len() >= 5, "{operations:?}");
    let told = "Ensure that there are no more than 8 digits before the decimal point.";
    for operation in operations {
        let has = documented(operation).contains(&("amount".to_owned(), told.to_owned()));
        assert!(has, "{}", operation["operationId"]);
    }
}

#[tokio::test]
async fn what_the_document_says_of_a_field_is_what_the_api_says_of_it() {
    let app = TestApp::start().await;
    let (root, document) = (app.superadmin().await, document(&app.anonymous()).await);
    let (equipment, _) = service_key(&root).await;
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        // Rows are looked for before fields are; links and signatures, too.
        if path.contains('{') || path.ends_with("/webhook/") {
            continue;
        }
        let client = if path.starts_with("/network/") { &equipment } else { &root };
        for (method, operation) in item.as_object().unwrap() {
            let content = &operation["requestBody"]["content"]["application/json"];
            let name = operation["operationId"].as_str().unwrap();
            for (field, message) in documented(operation) {
                let is_judged_last =
                    field == "new_password2" && difference(&message, MESSAGES[4]).is_some();
                let values = breaking(&message);
                if content.is_null() || values.is_empty() || is_judged_last {
                    continue;
                }
                let example = example(&document, content);
                let verb: Method = method.to_uppercase().parse().unwrap();
                check(client, verb, path, &example, &field, &message, values).await;
                *tried.entry(name).or_default() += 1;
            }
        }
    }
    assert!(tried.values().sum::<usize>() > 150, "{tried:#?}");
    for name in ["tenants_create", "users_create", "payments_create", "network_account"] {
        assert!(tried[name] > 5, "{tried:#?}");
    }
}

fn example(document: &Value, content: &Value) -> Value {
    let own = content.get("example");
    own.unwrap_or_else(|| &resolved(document, &content["schema"])["example"]).clone()
}

/// Fails unless one of the values in this field is refused so.
async fn check(
    client: &Client,
    method: Method,
    path: &str,
    body: &Value,
    field: &str,
    message: &str,
    values: Vec<Value>,
) {
    let mut said = Vec::new();
    for value in values {
        let body = with(body.clone(), json!({ field: value }));
        let answer = client.send(client.request(method.clone(), path).json(&body)).await;
        if told(&answer.body).contains(&(field.to_owned(), message.to_owned())) {
            assert_eq!(answer.status, 400, "{method} {path} {field}: {message}");
            return;
        }
        said.push(answer.body);
    }
    panic!("{method} {path} {field}: {message} is not told: {said:?}");
}

#[tokio::test]
async fn what_the_api_says_of_bad_bodies_is_in_the_document() {
    let app = TestApp::start().await;
    let (root, document) = (app.superadmin().await, document(&app.anonymous()).await);
    let (equipment, _) = service_key(&root).await;
    for (name, path, body) in [
        (
            "tenants_create",
            "/tenants/",
            json!({ "name": "x".repeat(151), "slug": "a b", "email": "nobody", "url": "x",
                    "description": [], "is_active": "maybe" }),
        ),
        (
            "users_create",
            "/users/",
            json!({ "username": null, "email": " ", "password": "12345", "role": "x",
                    "tenant": "acme", "birth_date": "soon", "bio": "\0" }),
        ),
        (
            "plans_create",
            "/subscriptions/plans/",
            json!({ "name": " ", "daily_data_mb": -1, "daily_time_minutes": 2_147_483_648_i64,
                    "default": null, "metadata": [] }),
        ),
        (
            "payments_create",
            "/payments/create_payment/",
            json!({ "amount": "1.234", "currency": "EURO", "payment_gateway": " ",
                    "metadata": null }),
        ),
        (
            "auth_register",
            "/auth/registration/",
            json!({ "username": "a b", "email": [], "password1": "", "password2": null }),
        ),
        (
            "subscriptions_change",
            "/subscriptions/change/",
            json!({ "plan_id": "many", "pricing_id": [] }),
        ),
        ("auth_login", "/auth/login/", json!([])),
        ("subscriptions_cancel", "/subscriptions/cancel/", json!([])),
        (
            "network_account",
            "/network/accounting/",
            json!({ "Acct-Status-Type": "Start", "User-Name": [], "Acct-Session-Time": "long" }),
        ),
    ] {
        let operation = described(&document).find(|found| found["operationId"] == name).unwrap();
        let client = if name.starts_with("network_") { &equipment } else { &root };
        let answer = client.post(path, body).await.expect(400);
        let (said, documented) = (told(&answer), documented(operation));
        assert!(!said.is_empty(), "{name}: {answer}");
        let missing: Vec<_> = said.difference(&documented).collect();
        assert!(missing.is_empty(), "{name}: {missing:#?} of {documented:#?}");
    }
}

#[tokio::test]
async fn every_operation_asks_for_the_key_that_it_is_guarded_by() {
    let app = TestApp::start().await;
    let (nobody, root) = (app.anonymous(), app.superadmin().await);
    let document = document(&nobody).await;
    for name in operations(&document) {
        let (_, path) = name.split_once(' ').unwrap();
        let expected = match path {
            path if PUBLIC.contains(&path) => json!([]),
            "/payments/webhook/" => json!([{ "stripeSignature": [] }]),
            path if path.starts_with("/network/") => json!([{ "serviceKey": [] }]),
            _ => json!([{ "token": [] }]),
        };
        let method = name.split_once(' ').unwrap().0.to_lowercase();
        assert_eq!(document["paths"][path][&method]["security"], expected, "{name}");
        let (verb, address) = parts(&name);
        let has_key = path != "/payments/webhook/" && expected != json!([]);
        let status = nobody.send(nobody.request(verb.clone(), &address)).await.status;
        assert_eq!(status == 401, has_key, "{name}: {status}");
        if path.starts_with("/network/") {
            let status = root.send(root.request(verb, &address)).await.status;
            assert_eq!(status, 403, "{name}");
        }
    }
}

#[tokio::test]
async fn the_document_tells_how_a_key_can_be_wrong() {
    let app = TestApp::start().await;
    let document = document(&app.anonymous()).await;
    let schemes = document["components"]["securitySchemes"].to_string();
    assert!(schemes.contains("`Token <key>`") && schemes.contains("`Bearer <key>`"), "{schemes}");
    let asks = |operation: &Value, scheme: &str| operation["security"][0][scheme].is_array();
    let guarded: Vec<&Value> = described(&document)
        .filter(|found| asks(found, "token") || asks(found, "serviceKey"))
        .collect();
    assert!(guarded.len() > 70, "{}", guarded.len());
    for operation in guarded {
        let unknown = operation["responses"]["401"].to_string();
        for reason in [
            "Authentication credentials were not provided.",
            "Invalid token.",
            "Invalid token header. No credentials provided.",
            "Invalid token header. Token string should not contain spaces.",
            "Invalid token header. Token string should not contain invalid characters.",
        ] {
            assert!(unknown.contains(reason), "{}: {reason}", operation["operationId"]);
        }
    }
}
