//! Who is asking.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use wiwebb_domain::access::Actor;
use wiwebb_domain::service_key::Equipment;
use wiwebb_domain::token::{SecretToken, Session};

use crate::error::ApiError;

/// The session behind the request's key. The authentication layer put it there before any handler
/// ran; where a route has no such layer, nobody is signed in.
pub(crate) struct SignedIn(pub(crate) Session);

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Session>().copied().map(Self).ok_or_else(not_provided)
    }
}

/// The actor of the session.
pub(crate) struct Caller(pub(crate) Actor);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        SignedIn::from_request_parts(parts, state)
            .await
            .map(|SignedIn(session)| Self(session.actor))
    }
}

/// The equipment behind a service key.
pub(crate) struct Device(pub(crate) Equipment);

impl<S: Send + Sync> FromRequestParts<S> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Equipment>().copied().map(Self).ok_or_else(not_provided)
    }
}

fn not_provided() -> ApiError {
    ApiError::unauthorized("Authentication credentials were not provided.")
}

/// The key of an `Authorization` header (contract §1.2). `Ok(None)` is a key that cannot exist.
fn key_of(headers: &HeaderMap) -> Result<Option<SecretToken>, ApiError> {
    let bytes = headers.get(header::AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    let mut words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let scheme = words.next().unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(b"token") && !scheme.eq_ignore_ascii_case(b"bearer") {
        return Err(not_provided());
    }
    let Some(key) = words.next() else {
        return Err(invalid_header("No credentials provided."));
    };
    if words.next().is_some() {
        return Err(invalid_header("Token string should not contain spaces."));
    }
    match std::str::from_utf8(key) {
        Ok(key) if key.is_ascii() => Ok(SecretToken::parse(key)),
        _ => Err(invalid_header("Token string should not contain invalid characters.")),
    }
}

/// The key of a request, of a form that can exist.
pub(crate) fn presented(headers: &HeaderMap) -> Result<SecretToken, ApiError> {
    key_of(headers)?.ok_or_else(invalid_key)
}

/// The answer to a key that nobody holds.
pub(crate) fn invalid_key() -> ApiError {
    ApiError::unauthorized("Invalid token.")
}

fn invalid_header(reason: &str) -> ApiError {
    ApiError::unauthorized(&format!("Invalid token header. {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn key(value: &[u8]) -> Result<Option<SecretToken>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_bytes(value).unwrap());
        key_of(&headers)
    }

    #[test]
    fn both_schemes_are_read_without_regard_to_case() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        for scheme in ["Token", "token", "BEARER"] {
            let found = key(format!("{scheme} {hex}").as_bytes()).unwrap().unwrap();
            assert_eq!(found.reveal(), hex);
        }
        assert_eq!(key(b"Token short").unwrap(), None);
    }

    #[test]
    fn each_defect_of_the_header_has_its_message() {
        let text = |value: &[u8]| key(value).unwrap_err().to_string();
        assert!(key_of(&HeaderMap::new()).unwrap_err().to_string().contains("were not provided"));
        assert!(text(b"Basic abc").contains("were not provided"));
        assert!(text(b"Token").contains("No credentials provided."));
        assert!(text(b"Token a b").contains("should not contain spaces"));
        assert!(text("Token é".as_bytes()).contains("should not contain invalid characters"));
    }
}
