//! The `Idempotency-Key` of a request that moves money (contract §10.4).

use std::convert::Infallible;
use std::future::Future;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use wiwebb_domain::access::Actor;
use wiwebb_domain::error::Error;
use wiwebb_domain::idempotency::{
    BodyDigest, Claim, Fate, IdempotencyKey, RequestMark, StoredAnswer,
};
use wiwebb_domain::ids::{IdempotencyId, PaymentId};

use crate::error::ApiError;
use crate::profile::ClientProfile;
use crate::state::AppState;

/// No id of a row makes a path longer than this, or one with U+0000; what does is refused without a
/// key's help.
const LONGEST_PATH: usize = 255;

/// How the outcome of a step is told.
pub(crate) type Render<T> = fn(&T, ClientProfile) -> (StatusCode, Value);

/// What a request is told, now or again.
pub(crate) struct Told {
    status: StatusCode,
    body: Body,
}

enum Body {
    Fresh(Value),
    /// As it was kept.
    Again(String),
}

impl Told {
    fn fresh((status, body): (StatusCode, Value)) -> Self {
        Self { status, body: Body::Fresh(body) }
    }

    fn again(stored: StoredAnswer) -> Self {
        let status = StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK);
        Self { status, body: Body::Again(stored.body) }
    }

    /// Status and body for a page. A refusal that was kept is an error again.
    pub(crate) fn for_page(self) -> Result<(StatusCode, Value), ApiError> {
        let body = match self.body {
            Body::Fresh(body) => body,
            Body::Again(text) => serde_json::from_str(&text).map_err(|_| ApiError::internal())?,
        };
        match body {
            body if self.status.is_success() => Ok((self.status, body)),
            // All refusals that are kept have the status of wrong fields.
            Value::Object(messages) => Err(ApiError::fields(messages)),
            _ => Err(ApiError::internal()),
        }
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        match self.body {
            Body::Fresh(body) => (self.status, axum::Json(body)).into_response(),
            Body::Again(text) => {
                let headers = [
                    (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
                    (
                        HeaderName::from_static("idempotent-replayed"),
                        HeaderValue::from_static("true"),
                    ),
                ];
                (self.status, headers, text).into_response()
            }
        }
    }
}

/// The key of a request, if it has one, and what else the key stands for.
pub(crate) struct Idempotent {
    keys: Vec<HeaderValue>,
    method: String,
    path: String,
    profile: ClientProfile,
}

impl<S: Send + Sync> FromRequestParts<S> for Idempotent {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self {
            keys: parts.headers.get_all("idempotency-key").iter().cloned().collect(),
            method: parts.method.to_string(),
            path: canonical(uri.path()),
            profile: ClientProfile::from_request_parts(parts, state).await?,
        })
    }
}

impl Idempotent {
    /// Runs a request once for its key, and answers a repetition with the answer of the first.
    /// `resume` tells how far a request came that died after it began a payment.
    pub(crate) async fn run<T, R, P>(
        self,
        state: &AppState,
        actor: &Actor,
        body: BodyDigest,
        render: Render<T>,
        step: impl FnOnce(Option<IdempotencyId>) -> R,
        resume: impl FnOnce(PaymentId) -> P,
    ) -> Result<Told, ApiError>
    where
        R: Future<Output = Result<T, Error>>,
        P: Future<Output = Result<T, Error>>,
    {
        let profile = self.profile;
        let render = |outcome: &T| render(outcome, profile);
        let Some(mark) = self.mark(actor, body)? else {
            return Ok(Told::fresh(render(&step(None).await?)));
        };
        match state.services.idempotency.claim(mark).await? {
            Claim::Fresh(id) => fresh(state, id, render, step(Some(id)).await).await,
            Claim::Answered(stored) => Ok(Told::again(stored)),
            Claim::Begun(payment) => Ok(Told::fresh(render(&resume(payment).await?))),
            Claim::Running => Err(in_progress().after(1)),
            Claim::Mismatch => Err(of_another_request()),
        }
    }

    /// The key that a form of a page at this path brought along. A form without one is refused.
    pub(crate) fn of_form(key: &str, path: &str) -> Self {
        // What no header could hold is no key either.
        let key = HeaderValue::from_str(key).unwrap_or(HeaderValue::from_static(""));
        Self {
            keys: vec![key],
            method: Method::POST.to_string(),
            path: canonical(path),
            profile: ClientProfile::Default,
        }
    }

    fn mark(self, actor: &Actor, body: BodyDigest) -> Result<Option<RequestMark>, ApiError> {
        let Self { keys, method, path, profile: _ } = self;
        let value = match keys.as_slice() {
            [] => return Ok(None),
            [value] => value,
            _ => return Err(invalid()),
        };
        let key = value.to_str().ok().and_then(IdempotencyKey::new).ok_or_else(invalid)?;
        if path.len() > LONGEST_PATH || path.contains('\0') {
            return Ok(None);
        }
        Ok(Some(RequestMark { user: actor.user, method, path, key, body }))
    }
}

/// Keeps the answer of a request that was carried out; the domain says what becomes of the key of
/// one that was not.
async fn fresh<T>(
    state: &AppState,
    id: IdempotencyId,
    render: impl FnOnce(&T) -> (StatusCode, Value),
    outcome: Result<T, Error>,
) -> Result<Told, ApiError> {
    let idempotency = &state.services.idempotency;
    let error = match outcome {
        Ok(stepped) => {
            let (status, body) = render(&stepped);
            idempotency.answer(id, stored(status, &body)).await?;
            return Ok(Told::fresh((status, body)));
        }
        Err(error) => error,
    };
    let fate = Fate::of(&error);
    let refusal = ApiError::from(error);
    match fate {
        Fate::Keep => {
            let (status, body) = refusal.parts();
            idempotency.answer(id, stored(status, body)).await?;
        }
        Fate::Release => idempotency.release(id).await?,
        Fate::Leave => {}
    }
    Err(refusal)
}

/// The path without percent-encoding, so that an object has one however it is written.
fn canonical(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

/// The refusal of what is no key.
pub(crate) fn invalid() -> ApiError {
    ApiError::error(StatusCode::BAD_REQUEST, "Invalid Idempotency-Key")
}

/// The refusal of a key whose first request still runs.
pub(crate) fn in_progress() -> ApiError {
    ApiError::error(StatusCode::CONFLICT, "Request with this Idempotency-Key is in progress")
}

/// The refusal of a key that stands for something else.
pub(crate) fn of_another_request() -> ApiError {
    let message = "Idempotency-Key was used with a different request";
    ApiError::error(StatusCode::UNPROCESSABLE_ENTITY, message)
}

fn stored(status: StatusCode, body: &Value) -> StoredAnswer {
    StoredAnswer { status: status.as_u16(), body: body.to_string() }
}
