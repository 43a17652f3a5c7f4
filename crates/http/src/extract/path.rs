//! The variable segment of a path.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

/// The segment as text. What cannot be decoded is empty text, which names no row, so that the
/// answer is the contract's `404` (§1.1) and not a complaint about encoding.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map_or_else(|_| String::new(), |Path(text)| text)))
    }
}

macro_rules! id_segment {
    ($($id:ident),+) => {$(
        impl From<&Segment> for wiwebb_domain::ids::$id {
            /// What is no id names no row (contract §1.1).
            fn from(segment: &Segment) -> Self {
                Self::parse(&segment.0).unwrap_or(Self::NOWHERE)
            }
        }
    )+};
}

id_segment!(UserId, TodoId, AuditLogId);
