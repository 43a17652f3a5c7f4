//! Version 1 of the API, a folder a resource: handlers in `mod.rs`, wire types in `wire.rs`.

pub(crate) mod audit_logs;
pub(crate) mod auth;
pub(crate) mod dashboard;
pub(crate) mod deletion;
pub(crate) mod gateways;
pub(crate) mod network;
pub(crate) mod payments;
pub(crate) mod plans;
pub(crate) mod privacy;
pub(crate) mod service_keys;
pub(crate) mod subscriptions;
pub(crate) mod tenants;
pub(crate) mod todos;
pub(crate) mod users;
pub(crate) mod webhooks;

use axum::Json;
use axum::http::StatusCode;

use crate::error::ApiError;

/// `200` with a body, or the error's answer.
type Answer<T> = Result<Json<T>, ApiError>;

/// `201` with a body, or the error's answer.
type Created<T> = Result<(StatusCode, Json<T>), ApiError>;

/// `204`, or the error's answer.
type Gone = Result<StatusCode, ApiError>;

/// Columns that hold NULL show as empty text (contract §1.7).
fn or_empty<T: AsRef<str>>(text: Option<&T>) -> String {
    text.map_or_else(String::new, |text| text.as_ref().to_owned())
}
