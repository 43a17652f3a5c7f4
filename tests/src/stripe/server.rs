//! From HTTP to an operation and back.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State as Held};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Shared;
use super::calls::Incoming;
use super::faults::{self, Fault};
use super::form::Params;
use super::keys::{Kept, Use};
use super::line::Line;
use super::refusal::{Refusal, Reply};
use super::routes::moves_money;
use super::state::{Cause, State};

/// The largest body that is read.
const LARGEST: usize = 1 << 20;

/// What comes of a request: nothing where the connection is to be cut.
type Outcome = Option<Answer>;

/// An answer, before it is HTTP.
#[derive(Debug)]
struct Answer {
    status: u16,
    content_type: &'static str,
    body: String,
    replayed: bool,
    request: String,
}

/// Serves one request.
pub(crate) async fn serve(
    Held(shared): Held<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST).await else {
        line.cut();
        return Response::default();
    };
    let incoming = read(&parts, &body);
    let key = incoming.key.clone();
    let version = incoming.version.clone();
    // It goes on when the client hangs up, as it does at Stripe.
    let outcome = tokio::spawn(perform(shared, incoming)).await.unwrap();
    let Some(answer) = outcome else {
        line.cut();
        return Response::default();
    };
    let mut response = Response::builder()
        .status(answer.status)
        .header(CONTENT_TYPE, answer.content_type)
        .header("Request-Id", answer.request);
    if let Some(version) = version {
        response = response.header("Stripe-Version", version);
    }
    if let Some(key) = key {
        response = response.header("Idempotency-Key", key);
    }
    if answer.replayed {
        response = response.header("Idempotent-Replayed", "true");
    }
    response.body(Body::from(answer.body)).unwrap()
}

fn read(parts: &Parts, body: &Bytes) -> Incoming {
    let header = |name: &str| text(&parts.headers, name);
    let method = parts.method.to_string();
    let query = Params::decode(parts.uri.query().unwrap_or_default().as_bytes());
    let form = header(CONTENT_TYPE.as_str())
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let in_query = !query.pairs().is_empty();
    let malformed = if method == "POST" && in_query {
        Some("The parameters of a POST go into its body.")
    } else if !body.is_empty() && !form {
        Some("The content type must be application/x-www-form-urlencoded.")
    } else if !body.is_empty() && in_query {
        Some("Parameters in the query and in the body.")
    } else {
        None
    };
    Incoming {
        method,
        path: parts.uri.path().to_owned(),
        params: if in_query { query } else { Params::decode(body) },
        authorization: header(AUTHORIZATION.as_str()),
        key: header("Idempotency-Key"),
        version: header("Stripe-Version"),
        malformed,
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

async fn perform(shared: Arc<Shared>, incoming: Incoming) -> Outcome {
    let (number, fault) = shared.change(|state| {
        state.calls.push(incoming.call());
        let fault = faults::next(&mut state.faults, &incoming.method, &incoming.path);
        (state.calls.len() - 1, fault)
    });
    let outcome = with_fault(&shared, &incoming, fault).await;
    shared.change(|state| {
        let call = &mut state.calls[number];
        call.status = outcome.as_ref().map(|answer| answer.status);
        call.replayed = outcome.as_ref().is_some_and(|answer| answer.replayed);
    });
    outcome
}

async fn with_fault(shared: &Shared, incoming: &Incoming, fault: Option<Fault>) -> Outcome {
    match fault {
        None => Some(run(shared, incoming, None, Duration::ZERO).await),
        Some(Fault::DropBefore) => None,
        Some(Fault::DropAfter) => {
            run(shared, incoming, None, Duration::ZERO).await;
            None
        }
        Some(Fault::Delay(wait)) => Some(run(shared, incoming, None, wait).await),
        Some(Fault::DelayAfter(wait)) => {
            let answer = run(shared, incoming, None, Duration::ZERO).await;
            tokio::time::sleep(wait).await;
            Some(answer)
        }
        Some(Fault::Status(status)) => Some(shared.change(|state| state.failing(status))),
        Some(Fault::StatusAfter(status)) => {
            Some(run(shared, incoming, Some(status), Duration::ZERO).await)
        }
        Some(Fault::RateLimit) => Some(shared.change(State::limited)),
        Some(Fault::Garbage) => Some(shared.change(State::garbage)),
        Some(Fault::GarbageAfter) => {
            run(shared, incoming, None, Duration::ZERO).await;
            Some(shared.change(State::garbage))
        }
    }
}

/// Admits, waits, executes. A status given replaces that of the answer.
async fn run(shared: &Shared, incoming: &Incoming, status: Option<u16>, wait: Duration) -> Answer {
    if let Some(early) = shared.change(|state| state.admit(incoming)) {
        return early;
    }
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    shared.change(|state| state.execute(incoming, status))
}

impl State {
    /// An answer that needs no execution: a refusal, or what the key keeps.
    fn admit(&mut self, incoming: &Incoming) -> Option<Answer> {
        let kept = match self.check(incoming) {
            Ok(kept) => kept?,
            Err(refusal) => return Some(self.refused(&refusal)),
        };
        let request = self.ids.long("req_", 14);
        Some(Answer {
            status: kept.status,
            body: kept.body,
            replayed: true,
            ..json_answer(request)
        })
    }

    fn check(&mut self, incoming: &Incoming) -> Reply<Option<Kept>> {
        self.check_key(incoming.authorization.as_deref())?;
        if let Some(version) = incoming.version.as_deref().filter(|text| !is_version(text)) {
            let message = format!("Invalid Stripe API version: {version}");
            return Err(Refusal::invalid(message));
        }
        if let Some(message) = incoming.malformed {
            return Err(Refusal::invalid(message));
        }
        let Incoming { method, path, params, .. } = incoming;
        let Some(key) = incoming.key.as_deref().filter(|_| method == "POST") else {
            if moves_money(method, path, params) {
                let message = "This request moves money: send an Idempotency-Key.";
                return Err(Refusal::invalid(message).code("idempotency_key_missing"));
            }
            return Ok(None);
        };
        let (method, path) = (method.clone(), path.clone());
        self.keys.claim(key, Use { method, path, params: params.sorted() }, self.now)
    }

    fn check_key(&self, authorization: Option<&str>) -> Reply<()> {
        let refused = |message: String| Err(Refusal::new(401, "invalid_request_error", message));
        let Some(sent) = authorization.and_then(secret_key) else {
            return refused("You did not provide an API key.".to_owned());
        };
        if sent == self.secret_key {
            return Ok(());
        }
        let end: String = sent.chars().rev().take(4).collect();
        let end: String = end.chars().rev().collect();
        refused(format!("Invalid API Key provided: sk_test_********{end}"))
    }

    /// Carries out what was admitted.
    fn execute(&mut self, incoming: &Incoming, status: Option<u16>) -> Answer {
        let request = self.ids.long("req_", 14);
        let key = incoming.key.clone().filter(|_| incoming.method == "POST");
        self.cause = Cause { request: Some(request.clone()), key: key.clone() };
        let reply = self.route(&incoming.method, &incoming.path, &incoming.params);
        self.cause = Cause::default();
        let began = reply.as_ref().map_or_else(|refusal| refusal.began, |_| true);
        let mut answer = match reply {
            Ok(value) => Answer { body: value.to_string(), ..json_answer(request) },
            Err(refusal) => refusal_answer(&refusal, request),
        };
        if let Some(status) = status {
            answer = self.failing(status);
        }
        match key {
            Some(key) if began => {
                self.keys.keep(&key, Kept { status: answer.status, body: answer.body.clone() });
            }
            Some(key) => self.keys.release(&key),
            None => {}
        }
        answer
    }

    fn failing(&mut self, status: u16) -> Answer {
        self.refused(&Refusal::new(status, "api_error", "Something went wrong on our side."))
    }

    fn limited(&mut self) -> Answer {
        let refusal = Refusal::new(429, "invalid_request_error", "Too many requests hit the API.");
        self.refused(&refusal.code("rate_limit"))
    }

    fn garbage(&mut self) -> Answer {
        let request = self.ids.long("req_", 14);
        let body = "<!DOCTYPE html><html><body>Bad gateway</body></html>".to_owned();
        Answer { content_type: "text/html", body, ..json_answer(request) }
    }

    fn refused(&mut self, refusal: &Refusal) -> Answer {
        let request = self.ids.long("req_", 14);
        refusal_answer(refusal, request)
    }
}

fn json_answer(request: String) -> Answer {
    let (content_type, body) = ("application/json", String::new());
    Answer { status: 200, content_type, body, replayed: false, request }
}

fn refusal_answer(refusal: &Refusal, request: String) -> Answer {
    let body = json!(refusal.body(&request)).to_string();
    Answer { status: refusal.status, body, ..json_answer(request) }
}

/// Of `Bearer <key>`, or of `Basic` with the key as user and no password.
fn secret_key(authorization: &str) -> Option<String> {
    if let Some(key) = authorization.strip_prefix("Bearer ") {
        return Some(key.trim().to_owned());
    }
    let decoded = STANDARD.decode(authorization.strip_prefix("Basic ")?.trim()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    pair.split_once(':').map(|(key, _)| key.to_owned())
}

/// `2026-09-30.endive`, or a bare date.
fn is_version(text: &str) -> bool {
    let (date, name) = text.split_once('.').unwrap_or((text, "none"));
    chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok()
        && name.bytes().all(|byte| byte.is_ascii_lowercase())
}
