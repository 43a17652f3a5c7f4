//! What a client calls itself.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use wiwebb_domain::text::UserAgent;

/// The `User-Agent` header, as much of it as is kept.
pub(crate) struct Agent(pub(crate) Option<UserAgent>);

impl<S: Send + Sync> FromRequestParts<S> for Agent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let sent = parts.headers.get(header::USER_AGENT);
        let text = sent.map(|value| String::from_utf8_lossy(value.as_bytes()));
        Ok(Self(text.and_then(|text| UserAgent::shortened(&text))))
    }
}
