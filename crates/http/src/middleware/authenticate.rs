//! Finding out who is asking, once a request and in one statement (contract §1.2).

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
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
    let address = client_address(request.extensions());
    let key = key_of(request.headers());
    match session_of(&state, key).await {
        Ok(session) => {
            request.extensions_mut().insert(session);
            next.run(request).await
        }
        Err(refusal) if refusal.is_unauthorized() => {
            let throttled = state.throttles.count_anonymous(address).err();
            throttled.unwrap_or(refusal).into_response()
        }
        Err(error) => error.into_response(),
    }
}

async fn session_of(
    state: &AppState,
    key: Result<Option<SecretToken>, ApiError>,
) -> Result<Session, ApiError> {
    let invalid = || ApiError::unauthorized("Invalid token.");
    let key = key?.ok_or_else(invalid)?;
    state.services.accounts.authenticate(&key).await?.ok_or_else(invalid)
}
