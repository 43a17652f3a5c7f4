//! One's own subscription (contract §8).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Answer;
use crate::error::ApiError;
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::idempotent::Idempotent;
use crate::state::AppState;
pub(crate) use wire::LimitsWire;
use wire::{PreviewWire, StatusWire};

/// `POST /subscriptions/subscribe/`
pub(crate) async fn subscribe(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let digest = body.digest();
    let subscribe = |claim| state.services.subscriptions.subscribe(&actor, wire::wish(body), claim);
    let resume = |payment| state.services.subscriptions.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::subscribed, subscribe, resume).await
}

/// `POST /subscriptions/cancel/`
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let digest = body.digest();
    let subscriptions = &state.services.subscriptions;
    let cancel = |_| subscriptions.cancel(&actor, body.ignored());
    // No payment is begun, so there is none to resume.
    let resume = |_| subscriptions.status(&actor);
    idempotent.run(&state, &actor, digest, wire::cancelled, cancel, resume).await
}

/// `GET /subscriptions/status/`
pub(crate) async fn status(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<StatusWire> {
    let view = state.services.subscriptions.status(&actor).await?;
    Ok(Json(StatusWire::from(&view)))
}

/// `GET /subscriptions/me/limits/`
pub(crate) async fn limits(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<LimitsWire> {
    let limits = state.services.network.own_limits(&actor).await?;
    Ok(Json(LimitsWire::from(&limits)))
}

/// `POST /subscriptions/resume/`
pub(crate) async fn resume(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Answer<StatusWire> {
    let view = state.services.subscriptions.resume(&actor, body.ignored()).await?;
    Ok(Json(StatusWire::from(&view)))
}

/// `POST /subscriptions/change/`
pub(crate) async fn change(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Response, ApiError> {
    let digest = body.digest();
    let subscriptions = &state.services.subscriptions;
    let (wish, previews) = wire::change(body);
    if previews {
        let preview = subscriptions.preview_change(&actor, wish).await?;
        return Ok(Json(PreviewWire::from(&preview)).into_response());
    }
    let change = |claim| subscriptions.change(&actor, wish, claim);
    let resume = |payment| state.services.subscriptions.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::changed, change, resume).await
}
