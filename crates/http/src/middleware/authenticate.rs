//! Finding out who is asking, once a request and, for a key of the right kind, in one statement
//! (contract §1.2).

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use wiwebb_domain::access::Denial;
use wiwebb_domain::service_key::Equipment;
use wiwebb_domain::token::{SecretToken, Session};

use super::client::ClientAddress;
use super::observe::{identify, identify_equipment};
use crate::error::ApiError;
use crate::extract::auth::{invalid_key, presented};
use crate::state::AppState;

/// Whose keys a path takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A person's.
    Person,
    /// Network equipment's (contract §16).
    Equipment,
}

enum Holder {
    Person(Session),
    Equipment(Equipment),
}

/// A key that is valid, but not for the path. It is refused where the role is judged, behind the
/// method (contract §1.3).
#[derive(Clone, Copy)]
struct Misplaced;

/// Lets a request through with whoever holds its key, or refuses it. A refusal counts against the
/// anonymous rate of the address, so that keys cannot be guessed (contract §1.3).
pub(crate) async fn require_key(
    State((state, kind)): State<(AppState, Kind)>,
    mut request: Request,
    next: Next,
) -> Response {
    let holder = match presented(request.headers()) {
        Ok(key) => holder_of(&state, &key, kind).await,
        Err(refusal) => Err(refusal),
    };
    let extensions = request.extensions_mut();
    match (holder, kind) {
        (Ok(Holder::Person(session)), Kind::Person) => {
            identify(&session.actor);
            extensions.insert(session);
        }
        (Ok(Holder::Equipment(equipment)), Kind::Equipment) => {
            identify_equipment(&equipment);
            extensions.insert(equipment);
        }
        (Ok(Holder::Person(session)), Kind::Equipment) => {
            // The person's rate counts it before it is refused.
            extensions.insert(session);
            extensions.insert(Misplaced);
        }
        (Ok(Holder::Equipment(_)), Kind::Person) => {
            extensions.insert(Misplaced);
        }
        (Err(refusal), _) => return refused(&state, &request, refusal),
    }
    next.run(request).await
}

/// Refuses keys that are not for the path.
pub(crate) async fn require_kind(request: Request, next: Next) -> Response {
    match request.extensions().get::<Misplaced>() {
        Some(Misplaced) => ApiError::from(Denial::Role).into_response(),
        None => next.run(request).await,
    }
}

/// Looks among the keys of one kind first.
async fn holder_of(state: &AppState, key: &SecretToken, first: Kind) -> Result<Holder, ApiError> {
    let other = if first == Kind::Person { Kind::Equipment } else { Kind::Person };
    for kind in [first, other] {
        let found = match kind {
            Kind::Person => state.services.accounts.authenticate(key).await?.map(Holder::Person),
            Kind::Equipment => {
                state.services.service_keys.authenticate(key).await?.map(Holder::Equipment)
            }
        };
        if let Some(holder) = found {
            return Ok(holder);
        }
    }
    Err(invalid_key())
}

fn refused(state: &AppState, request: &Request, refusal: ApiError) -> Response {
    if refusal.parts().0 != StatusCode::UNAUTHORIZED {
        return refusal.into_response();
    }
    let address = ClientAddress::of(request.extensions());
    let throttled = state.throttles.count_anonymous(address).err();
    throttled.unwrap_or(refusal).into_response()
}
