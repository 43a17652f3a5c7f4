//! What an operation can be told in place of success (contract §1.4): the errors themselves, so that
//! neither a status nor a text is written twice.

use axum::http::{HeaderMap, HeaderValue, header};
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};
use wiwebb_domain::access::Denial;
use wiwebb_domain::error::{Error, Violation, Violations};

use super::{Guard, IDEMPOTENCY_KEY};
use crate::error::ApiError;
use crate::extract::auth::{invalid_key, presented};
use crate::extract::body::{JsonObject, too_large};
use crate::extract::idempotent;

/// Values of `Authorization` without a key, each wrong in its own way (contract §1.2).
const HEADERS: [&str; 4] = ["", "Token", "Token 0123 4567", "Token \u{e9}"];

/// What operations of this kind have in common; `needed` are the fields that a body must have.
pub(super) fn common(
    operation: &Operation,
    guard: Guard,
    has_body: bool,
    needed: Vec<String>,
) -> Vec<ApiError> {
    let mut told = Vec::new();
    if guard.has_key() {
        told.extend(HEADERS.iter().filter_map(|header| unknown(header)));
        told.extend([invalid_key(), Denial::Role.into()]);
    }
    if guard.is_limited() {
        told.push(ApiError::throttled(60));
    }
    if has_body {
        told.push(too_large());
    }
    if has_body && guard != Guard::Signed {
        told.extend(unreadable("text/plain", b"{}"));
        told.extend(unreadable("application/json", b"{\"name\": "));
        told.extend(unreadable("application/json", b"[]"));
    }
    if !needed.is_empty() {
        told.push(fields(needed, &Violation::Required));
    }
    if takes(operation, IDEMPOTENCY_KEY) {
        told.extend([
            idempotent::invalid(),
            idempotent::in_progress(),
            idempotent::of_another_request(),
        ]);
    }
    if guard == Guard::Money {
        told.push(Error::GatewayUnreachable.into());
    }
    if takes(operation, "page") {
        told.extend([ApiError::invalid_page(), ApiError::invalid_cursor()]);
    }
    if parameters(operation).any(|(_, place, _)| *place == ParameterIn::Path) {
        told.push(ApiError::not_found());
    }
    told.extend(of_filters(operation));
    told.push(ApiError::unavailable(5));
    told
}

/// Whether it has a parameter of this name.
pub(super) fn takes(operation: &Operation, name: &str) -> bool {
    parameters(operation).any(|(found, ..)| found == name)
}

fn parameters(operation: &Operation) -> impl Iterator<Item = (&str, &ParameterIn, Value)> {
    operation.parameters.iter().flatten().filter_map(|found| match found {
        RefOr::T(found) => {
            let schema = serde_json::to_value(&found.schema).unwrap_or_default();
            Some((found.name.as_str(), &found.parameter_in, schema))
        }
        RefOr::Ref(_) => None,
    })
}

/// Filters that cannot be read (contract §1.6).
fn of_filters(operation: &Operation) -> Vec<ApiError> {
    let places = ["page", "page_size", "cursor", "ordering"];
    parameters(operation)
        .filter(|(name, place, _)| **place == ParameterIn::Query && !places.contains(name))
        .filter_map(|(name, _, schema)| {
            let violation = match (schema["type"].as_str(), schema["format"].as_str()) {
                _ if schema["enum"].is_array() => {
                    Violation::FilterNotAChoice { value: "x".to_owned() }
                }
                (Some("boolean"), _) => Violation::FilterNotBoolean,
                (Some("integer"), _) => Violation::FilterNotNumber,
                (_, Some("uuid")) => Violation::FilterNotUuid,
                (_, Some("date-time")) => Violation::FilterNotTime,
                _ if name == "search" => Violation::NulCharacter,
                _ => return None,
            };
            Some(fields(vec![name.to_owned()], &violation))
        })
        .collect()
}

/// The same complaint about these fields.
pub(super) fn fields(names: Vec<String>, violation: &Violation) -> ApiError {
    let text = violation.to_string();
    let body = names.into_iter().map(|name| (name, Value::from(vec![text.clone()])));
    ApiError::fields(body.collect())
}

/// One complaint about one field.
pub(super) fn field(name: &'static str, violation: Violation) -> ApiError {
    Violations::of(name, violation).into()
}

/// The answer to a header that holds no key.
fn unknown(value: &str) -> Option<ApiError> {
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    presented(&HeaderMap::from_iter([(header::AUTHORIZATION, value)])).err()
}

fn unreadable(kind: &'static str, body: &[u8]) -> Option<ApiError> {
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))]);
    JsonObject::parse(&headers, body).object().err()
}
