//! Request bodies: JSON objects of at most 1 MiB (contract §1.1).

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Map, Value};
use wiwebb_domain::error::{Input, NON_FIELD, Violation, Violations};
use wiwebb_domain::idempotency::BodyDigest;

use super::fields::{Fields, type_name};
use crate::error::ApiError;

/// Largest body, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Longest time a client may take to send one; what a request takes after that is the server's.
const MAX_TIME: Duration = Duration::from_secs(20);

/// A body as it came: the object, or the answer to what could not be read. The answer waits until
/// the use case asks for the input, because rights and rows are checked first (contract §1.3).
pub(crate) struct JsonObject(Result<Map<String, Value>, ApiError>);

impl JsonObject {
    /// A body that must be readable although no field of it counts.
    pub(crate) fn ignored(self) -> Input<()> {
        self.0?;
        Ok(())
    }

    /// The digest of the object, the same for the same JSON value. What could not be read has that
    /// of nothing; its request is refused anyhow.
    pub(crate) fn digest(&self) -> BodyDigest {
        let canonical = self.0.as_ref().ok().and_then(|object| {
            let mut value = Value::Object(object.clone());
            // A map of `serde_json` may keep keys as they came, if any crate of the build wants that.
            value.sort_all_objects();
            serde_json::to_vec(&value).ok()
        });
        BodyDigest::of(&canonical.unwrap_or_default())
    }

    /// Reads a body that was collected before.
    pub(crate) fn parse(headers: &HeaderMap, bytes: &[u8]) -> Self {
        Self(parse(headers, bytes))
    }

    /// An object that did not come as JSON.
    pub(crate) fn of(object: Map<String, Value>) -> Self {
        Self(Ok(object))
    }

    /// The object as it came.
    pub(crate) fn object(self) -> Result<Map<String, Value>, ApiError> {
        self.0
    }

    /// The fields of the object, to be read one by one.
    pub(crate) fn fields(self) -> Result<Fields, ApiError> {
        self.0.map(Fields::new)
    }
}

impl<S: Send + Sync> FromRequest<S> for JsonObject {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self(read(&parts.headers, body).await))
    }
}

/// A body of any kind as it came over the wire.
pub(crate) struct RawBody(pub(crate) Result<Bytes, ApiError>);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        let (parts, body) = request.into_parts();
        Ok(Self(collect(&parts.headers, body).await))
    }
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, ApiError> {
    parse(headers, &collect(headers, body).await?)
}

fn parse(headers: &HeaderMap, bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    require_json(headers)?;
    let value = serde_json::from_slice(bytes).map_err(|error| {
        ApiError::detail(StatusCode::BAD_REQUEST, format!("JSON parse error - {error}"))
    })?;
    match value {
        Value::Object(object) => Ok(object),
        other => {
            let found = type_name(&other);
            Err(Violations::of(NON_FIELD, Violation::NotFields { found }).into())
        }
    }
}

/// The refusal of a body over the limit.
pub(crate) fn too_large() -> ApiError {
    ApiError::detail(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large.")
}

async fn collect(headers: &HeaderMap, body: Body) -> Result<Bytes, ApiError> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(too_large());
    }
    let collect = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(MAX_TIME, collect).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        _ => Err(ApiError::detail(StatusCode::BAD_REQUEST, "Request body is incomplete.")),
    }
}

/// Whether a body is said to be the fields of a page's form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes().to_ascii_lowercase().starts_with(b"application/x-www-form-urlencoded")
    })
}

fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let sent = headers
        .get(header::CONTENT_TYPE)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default();
    let essence = sent.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(ApiError::detail(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("Unsupported media type \"{sent}\" in request."),
    ))
}
