//! What is told of every request: a span for all that is logged about it, a line at its end, and
//! figures. Neither path nor query nor headers are told, which can hold secrets.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use metrics::{SharedString, counter, gauge, histogram};
use tracing::field::{Empty, display};
use tracing::{Instrument as _, Span};
use wiwebb_domain::access::Actor;
use wiwebb_domain::service_key::Equipment;

use super::client::ClientAddress;
use crate::figures;

/// The header that names a request.
pub(crate) const REQUEST_ID: &str = "x-request-id";

/// Longest name that a client may give a request.
const LONGEST_ID: usize = 128;

/// The route of paths that lead nowhere: whatever they are, they count as one.
const NOWHERE: &str = "unmatched";

/// What counts as the status where the client did not wait for one, as other servers have it.
const HUNG_UP: u16 = 499;

/// Asked every few seconds by machines.
const PROBES: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Takes the name off a request that is not of the form of one, so that it gets another.
pub(crate) async fn sound_id(mut request: Request) -> Request {
    let headers = request.headers_mut();
    let names: Vec<_> = headers.get_all(REQUEST_ID).iter().collect();
    let sound = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let keep = matches!(names.as_slice(), [name] if (1..=LONGEST_ID).contains(&name.len())
        && name.as_bytes().iter().all(sound));
    if !keep {
        headers.remove(REQUEST_ID);
    }
    request
}

/// Tells of a request from its beginning to its end.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let course = Course::of(&request);
    let span = course.span.clone();
    let response = next.run(request).instrument(span).await;
    course.end(response.status().as_u16());
    response
}

/// Adds who is asking to what is logged of the current request.
pub(crate) fn identify(actor: &Actor) {
    let span = Span::current();
    span.record("user_id", display(actor.user));
    if let Some(tenant) = actor.tenant {
        span.record("tenant_id", display(tenant));
    }
}

/// The same for equipment.
pub(crate) fn identify_equipment(equipment: &Equipment) {
    let span = Span::current();
    span.record("service_key_id", display(equipment.key));
    if let Some(tenant) = equipment.tenant {
        span.record("tenant_id", display(tenant));
    }
}

/// A request under way. Dropped before its end, its client has hung up.
struct Course {
    span: Span,
    method: &'static str,
    route: SharedString,
    begun: Instant,
    status: u16,
}

impl Course {
    fn of(request: &Request) -> Self {
        let method = known(request.method());
        let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let span = span(request, method, route.unwrap_or(NOWHERE));
        let route = route.map_or(SharedString::const_str(NOWHERE), |route| route.to_owned().into());
        gauge!(figures::IN_FLIGHT).increment(1.0);
        Self { span, method, route, begun: Instant::now(), status: HUNG_UP }
    }

    fn end(mut self, status: u16) {
        self.status = status;
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        let (method, route, status) = (self.method, &self.route, self.status);
        let took = self.begun.elapsed();
        gauge!(figures::IN_FLIGHT).decrement(1.0);
        histogram!(figures::REQUEST_DURATION, "method" => method, "route" => route.clone())
            .record(took);
        counter!(
            figures::REQUESTS,
            "method" => method, "route" => route.clone(), "status" => status.to_string()
        )
        .increment(1);
        self.span.record("status", status);
        let _within = self.span.enter();
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let duration_ms = f64::from(micros) / 1_000.0;
        match status {
            _ if PROBES.contains(&route.as_ref()) => {
                tracing::debug!(duration_ms, "request finished");
            }
            HUNG_UP => tracing::info!(duration_ms, "the client hung up"),
            500.. => tracing::error!(duration_ms, "request finished"),
            _ => tracing::info!(duration_ms, "request finished"),
        }
    }
}

/// Of the highest level, so that no filter takes the request's name off an event within it.
fn span(request: &Request, method: &'static str, route: &str) -> Span {
    let client = request.extensions().get::<ClientAddress>();
    tracing::error_span!(
        "request",
        request_id = request_id(request.headers()),
        method,
        route,
        client = client.map(|client| display(client.ip())),
        user_id = Empty,
        service_key_id = Empty,
        tenant_id = Empty,
        status = Empty,
    )
}

fn request_id(headers: &HeaderMap) -> &str {
    headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Clients can invent methods; those count as one.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    async fn kept(names: &[&str]) -> Option<String> {
        let mut request = Request::builder();
        for name in names {
            request = request.header(REQUEST_ID, *name);
        }
        let request = sound_id(request.body(Body::empty()).unwrap()).await;
        Some(request_id(request.headers()).to_owned()).filter(|name| !name.is_empty())
    }

    #[tokio::test]
    async fn a_request_keeps_a_name_that_is_short_and_plain() {
        let longest = "a".repeat(LONGEST_ID);
        for name in ["7", "0c1d-A_b.9", longest.as_str()] {
            assert_eq!(kept(&[name]).await.as_deref(), Some(name));
        }
    }

    #[tokio::test]
    async fn a_request_loses_a_name_of_another_form() {
        let longer = "a".repeat(LONGEST_ID + 1);
        for name in ["", "a b", "a\"b", "{}", "a/b", "é", longer.as_str()] {
            assert_eq!(kept(&[name]).await, None, "{name}");
        }
        assert_eq!(kept(&["a", "b"]).await, None, "two names");
    }

    #[test]
    fn invented_methods_count_as_one() {
        for invented in ["BREW", "get"] {
            assert_eq!(known(&Method::from_bytes(invented.as_bytes()).unwrap()), "other");
        }
        assert_eq!(known(&Method::PATCH), "PATCH");
    }
}
