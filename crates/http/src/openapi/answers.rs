//! The answers other than success, as the description has them (contract §1.4).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayBuilder, ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, Schema};

use crate::error::ApiError;

/// The schemas that the answers here refer to.
pub(super) fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build();
    let message = |name: &str, example: &str| {
        let object = ObjectBuilder::new()
            .property(name, text())
            .required(name)
            .examples([json!({ name: example })]);
        RefOr::T(Schema::Object(object.build()))
    };
    let messages = Schema::Array(ArrayBuilder::new().items(text()).min_items(Some(1)).build());
    let fields = ObjectBuilder::new()
        .additional_properties(Some(RefOr::T(messages)))
        .examples([json!({ "name": ["This field is required."] })]);
    let refused = AnyOfBuilder::new()
        .item(reference("Fields"))
        .item(reference("Detail"))
        .item(reference("Error"))
        .description(Some("Field errors, or why the request is refused as a whole."));
    vec![
        ("Detail".to_owned(), message("detail", "Not found.")),
        ("Error".to_owned(), message("error", "Invalid role")),
        ("Fields".to_owned(), RefOr::T(Schema::Object(fields.build()))),
        ("Refused".to_owned(), RefOr::T(Schema::AnyOf(refused.build()))),
    ]
}

/// The answers that tell these errors, by status.
pub(super) fn telling(errors: Vec<ApiError>) -> BTreeMap<String, RefOr<Response>> {
    let mut by_status: BTreeMap<u16, Vec<Value>> = BTreeMap::new();
    for error in errors {
        let body = error.body();
        let bodies = by_status.entry(error.parts().0.as_u16()).or_default();
        if !bodies.contains(&body) {
            bodies.push(body);
        }
    }
    let answers = by_status.into_iter();
    answers.map(|(status, bodies)| (status.to_string(), answer(status, bodies))).collect()
}

fn answer(status: u16, bodies: Vec<Value>) -> RefOr<Response> {
    let mut content = Content::new(Some(reference(schema_of(&bodies))));
    match <[Value; 1]>::try_from(bodies) {
        Ok([body]) => content.example = Some(body),
        Err(bodies) => content.examples = bodies.into_iter().map(named).collect(),
    }
    let response = ResponseBuilder::new()
        .description(description(status))
        .content("application/json", content);
    let response = match header(status) {
        Some((name, header)) => response.header(name, header),
        None => response,
    };
    RefOr::T(response.build())
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

/// The schema that fits all of these bodies.
fn schema_of(bodies: &[Value]) -> &'static str {
    let kinds: BTreeSet<&'static str> = bodies
        .iter()
        .map(|body| match body {
            body if body["detail"].is_string() => "Detail",
            body if body["error"].is_string() => "Error",
            _ => "Fields",
        })
        .collect();
    match kinds.first() {
        Some(kind) if kinds.len() == 1 => kind,
        _ => "Refused",
    }
}

/// An example under a name made of its fields and its text.
fn named(body: Value) -> (String, RefOr<Example>) {
    let text = text_of(&body);
    let fields: Vec<&str> = match &body {
        Value::Object(fields) => fields.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let said = format!("{} {text}", fields.join(" ")).to_lowercase();
    let words = said.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_");
    let example = ExampleBuilder::new().summary(text).value(Some(body));
    (name, RefOr::T(example.build()))
}

/// What a body says first.
fn text_of(body: &Value) -> String {
    let said = body.get("detail").or_else(|| body.get("error"));
    let said = said.or_else(|| body.as_object()?.values().next()?.get(0));
    said.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn description(status: u16) -> &'static str {
    match status {
        400 => "Wrong values, or refused by what is stored.",
        401 => "No key, or one that is dead.",
        403 => "The role does not permit it, or the object is out of reach.",
        404 => "No such object or page.",
        409 => "A request under the same `Idempotency-Key` is still running.",
        413 => "The body is over 1 MiB.",
        415 => "The body is not JSON.",
        422 => "The `Idempotency-Key` belongs to another request.",
        429 => "Too many requests.",
        503 => "The database or a payment provider is out of reach.",
        _ => "Refused.",
    }
}

/// The header that comes with a status.
fn header(status: u16) -> Option<(&'static str, Header)> {
    let of = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    match status {
        401 => {
            let header = HeaderBuilder::new().schema(Some(of(Type::String)));
            Some(("WWW-Authenticate", header.description(Some("`Token`")).build()))
        }
        409 | 429 | 503 => {
            let header = HeaderBuilder::new().schema(Some(of(Type::Integer).minimum(Some(1))));
            let meaning = "Seconds after which the same request may succeed.";
            Some(("Retry-After", header.description(Some(meaning)).build()))
        }
        _ => None,
    }
}

/// What an answer of success says, where its handler does not.
pub(super) fn success(status: &str) -> &'static str {
    match status {
        "201" => "Created.",
        "204" => "Done; there is nothing to tell.",
        _ => "Done.",
    }
}

/// The header of an answer that was given before (contract §10.4).
pub(super) fn replayed() -> (String, Header) {
    let schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    let header = HeaderBuilder::new().schema(Some(schema.enum_values(Some(["true"]))));
    let meaning = "There where a repetition is answered with the first answer.";
    ("Idempotent-Replayed".to_owned(), header.description(Some(meaning)).build())
}
