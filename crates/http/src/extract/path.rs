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

/// The variable segments of a path that has `N`.
pub(crate) struct Segments<const N: usize>(pub(crate) [Segment; N]);

impl<S: Send + Sync, const N: usize> FromRequestParts<S> for Segments<N> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<Vec<String>>::from_request_parts(parts, state).await;
        let mut texts = path.map_or_else(|_| Vec::new(), |Path(texts)| texts).into_iter();
        Ok(Self(std::array::from_fn(|_| Segment(texts.next().unwrap_or_default()))))
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

id_segment!(
    UserId,
    TodoId,
    AuditLogId,
    PlanId,
    PlanPricingId,
    GatewayId,
    PaymentId,
    PaymentLogId,
    WebhookEventId,
    ServiceKeyId,
    AccessTokenId
);
