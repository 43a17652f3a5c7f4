//! Finding out who is asking, once a request and in one statement (contract §1.2).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use wiwebb_domain::access::Denial;
use wiwebb_domain::service_key::Equipment;
use wiwebb_domain::token::{SecretToken, Session};

use super::throttle::client_address;
use crate::error::ApiError;
use crate::extract::auth::key_of;
use crate::state::AppState;

/// Lets a request through with its session, or refuses it. A refusal counts against the anonymous
/// rate of the address, so that keys cannot be guessed (contract §1.3).
pub(crate) async fn require_key(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    match session_of(&state, key_of(request.headers())).await {
        Ok(session) => {
            request.extensions_mut().insert(session);
            next.run(request).await
        }
        Err(refusal) => refused(&state, &request, refusal),
    }
}

/// Lets network equipment through (contract §16).
pub(crate) async fn require_service_key(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    match equipment_of(&state, key_of(request.headers())).await {
        Ok(equipment) => {
            request.extensions_mut().insert(equipment);
            next.run(request).await
        }
        Err(refusal) => refused(&state, &request, refusal),
    }
}

fn refused(state: &AppState, request: &Request, refusal: ApiError) -> Response {
    if !refusal.is_unauthorized() {
        return refusal.into_response();
    }
    let address = client_address(request.extensions());
    let throttled = state.throttles.count_anonymous(address).err();
    throttled.unwrap_or(refusal).into_response()
}

type Presented = Result<Option<SecretToken>, ApiError>;

async fn session_of(state: &AppState, key: Presented) -> Result<Session, ApiError> {
    let key = key?.ok_or_else(invalid)?;
    match state.services.accounts.authenticate(&key).await? {
        Some(session) => Ok(session),
        // A key of equipment is a key, but not here.
        None => match state.services.service_keys.authenticate(&key).await? {
            Some(_) => Err(Denial::Role.into()),
            None => Err(invalid()),
        },
    }
}

async fn equipment_of(state: &AppState, key: Presented) -> Result<Equipment, ApiError> {
    let key = key?.ok_or_else(invalid)?;
    match state.services.service_keys.authenticate(&key).await? {
        Some(equipment) => Ok(equipment),
        None => match state.services.accounts.authenticate(&key).await? {
            Some(_) => Err(Denial::Role.into()),
            None => Err(invalid()),
        },
    }
}

fn invalid() -> ApiError {
    ApiError::unauthorized("Invalid token.")
}
