//! Headers that every answer has: what a browser may make of it, and who may keep it.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::forwarded::Origin;
use crate::router::{BASE, COMPAT_BASE};

/// Answers are data: whatever a browser makes of one, it loads nothing, runs nothing and shows it in
/// nobody's frame. A page that needs more says so itself.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=()"),
    ),
];

/// Where keys are handed out, below the base of the API.
const AUTH: &str = "/auth/";

/// What `Strict-Transport-Security` says, where the operator wants it.
#[derive(Debug, Clone, Default)]
pub(crate) struct StrictTransport(Option<HeaderValue>);

impl StrictTransport {
    /// Browsers keep to https for this long; `None` leaves it to them.
    pub(crate) fn new(life: Option<Duration>) -> Self {
        let value = |life: Duration| format!("max-age={}", life.as_secs()).try_into().ok();
        Self(life.and_then(value))
    }
}

/// Adds what the answer does not say itself.
pub(crate) async fn add_headers(
    State(StrictTransport(strict)): State<StrictTransport>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let is_private = request.headers().contains_key(header::AUTHORIZATION)
        || [BASE, COMPAT_BASE]
            .iter()
            .filter_map(|base| path.strip_prefix(base))
            .any(|rest| rest.starts_with(AUTH));
    // Over http anybody on the way could have written it (RFC 6797 §7.2).
    let is_https = request.extensions().get::<Origin>().is_some_and(|origin| origin.is_https);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        add(headers, name, value);
    }
    if is_private {
        add(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(strict) = strict.filter(|_| is_https) {
        add(headers, header::STRICT_TRANSPORT_SECURITY, strict);
    }
    response
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}
