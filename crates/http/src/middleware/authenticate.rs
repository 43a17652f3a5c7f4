//! Finding out who is asking, once a request and in one statement (contract §1.2).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use wiwebb_domain::access::Denial;
use wiwebb_domain::error::Error;
use wiwebb_domain::token::SecretToken;

use super::throttle::client_address;
use crate::error::ApiError;
use crate::extract::auth::key_of;
use crate::state::AppState;

/// A key that is valid, but not for the path: a person's on the network's paths, equipment's on any
/// other. It is refused where the role is judged, behind the method (contract §1.3).
#[derive(Clone, Copy)]
struct Misplaced;

/// Lets a request through with its session, or refuses it. A refusal counts against the anonymous
/// rate of the address, so that keys cannot be guessed (contract §1.3).
pub(crate) async fn require_key(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let key = match presented(&request) {
        Ok(key) => key,
        Err(refusal) => return refused(&state, &request, refusal),
    };
    let services = &state.services;
    match services.accounts.authenticate(&key).await {
        Ok(Some(session)) => with(session, request, next).await,
        Ok(None) => {
            let other = services.service_keys.authenticate(&key).await;
            misplaced(&state, other.map(|found| found.is_some()), request, next).await
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

/// Lets network equipment through (contract §16).
pub(crate) async fn require_service_key(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let key = match presented(&request) {
        Ok(key) => key,
        Err(refusal) => return refused(&state, &request, refusal),
    };
    let services = &state.services;
    match services.service_keys.authenticate(&key).await {
        Ok(Some(equipment)) => with(equipment, request, next).await,
        Ok(None) => {
            let other = services.accounts.authenticate(&key).await;
            misplaced(&state, other.map(|found| found.is_some()), request, next).await
        }
        Err(error) => ApiError::from(error).into_response(),
    }
}

/// Refuses keys that are not for the path.
pub(crate) async fn require_kind(request: Request, next: Next) -> Response {
    match request.extensions().get::<Misplaced>() {
        Some(Misplaced) => ApiError::from(Denial::Role).into_response(),
        None => next.run(request).await,
    }
}

async fn with<T: Clone + Send + Sync + 'static>(
    who: T,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(who);
    next.run(request).await
}

async fn misplaced(
    state: &AppState,
    is_known: Result<bool, Error>,
    request: Request,
    next: Next,
) -> Response {
    match is_known {
        Ok(true) => with(Misplaced, request, next).await,
        Ok(false) => refused(state, &request, invalid()),
        Err(error) => ApiError::from(error).into_response(),
    }
}

fn refused(state: &AppState, request: &Request, refusal: ApiError) -> Response {
    let address = client_address(request.extensions());
    let throttled = state.throttles.count_anonymous(address).err();
    throttled.unwrap_or(refusal).into_response()
}

fn presented(request: &Request) -> Result<SecretToken, ApiError> {
    key_of(request.headers())?.ok_or_else(invalid)
}

fn invalid() -> ApiError {
    ApiError::unauthorized("Invalid token.")
}
