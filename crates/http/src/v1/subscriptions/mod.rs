//! One's own subscription (contract §8).

mod limits;
pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use super::Answer;
use crate::error::ApiError;
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::idempotent::{Idempotent, Told};
use crate::profile::{ClientProfile, Wire as _};
use crate::state::AppState;
pub(crate) use limits::LimitsWire;
use wire::{
    CancelledWire, ChangeAnswer, ChangeBody, PreviewWire, Standing, StatusWire, SubscribeBody,
    SubscribedWire,
};

/// Subscribes to a plan.
#[utoipa::path(post, path = "/subscriptions/subscribe/", tag = "subscriptions",
    request_body = SubscribeBody,
    responses(
        (status = 200, body = SubscribedWire),
        (status = 202, description = "The gateway has not answered", body = SubscribedWire),
    ))]
pub(crate) async fn subscribe(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Told, ApiError> {
    let digest = body.digest();
    let subscribe = |claim| state.services.subscriptions.subscribe(&actor, wire::wish(body), claim);
    let resume = |payment| state.services.subscriptions.progress(&actor, payment);
    idempotent.run(&state, &actor, digest, wire::subscribed, subscribe, resume).await
}

/// Calls the subscription off; access lasts until the end of what is paid.
#[utoipa::path(post, path = "/subscriptions/cancel/", tag = "subscriptions",
    responses((status = 200, body = CancelledWire)))]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    idempotent: Idempotent,
    body: JsonObject,
) -> Result<Told, ApiError> {
    let digest = body.digest();
    let subscriptions = &state.services.subscriptions;
    let cancel = |_| subscriptions.cancel(&actor, body.ignored());
    // No payment is begun, so there is none to resume.
    let resume = |_| subscriptions.status(&actor);
    idempotent.run(&state, &actor, digest, wire::cancelled, cancel, resume).await
}

/// The latest subscription, one that has ended included.
#[utoipa::path(get, path = "/subscriptions/status/", tag = "subscriptions",
    responses((status = 200, body = Standing), (status = 404, body = ref("#/components/schemas/Error"))))]
pub(crate) async fn status(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
) -> Answer<Option<StatusWire>> {
    let found = state.services.subscriptions.status(&actor).await;
    Ok(Json(wire::standing(found, profile)?))
}

/// What is left of today's time and data.
#[utoipa::path(get, path = "/subscriptions/me/limits/", tag = "subscriptions",
    responses((status = 200, body = LimitsWire), (status = 404, body = ref("#/components/schemas/Error"))))]
pub(crate) async fn limits(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<LimitsWire> {
    let limits = state.services.network.own_limits(&actor).await?;
    Ok(Json(LimitsWire::from(&limits)))
}

/// Goes on with a subscription that was called off and has not ended.
#[utoipa::path(post, path = "/subscriptions/resume/", tag = "subscriptions",
    responses((status = 200, body = Standing)))]
pub(crate) async fn resume(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    body: JsonObject,
) -> Answer<StatusWire> {
    let view = state.services.subscriptions.resume(&actor, body.ignored()).await?;
    Ok(Json(StatusWire::of(&view, profile)))
}

/// Changes to another plan or price: a dearer one at once, a cheaper one with the next period.
#[utoipa::path(post, path = "/subscriptions/change/", tag = "subscriptions",
    request_body = ChangeBody,
    responses(
        (status = 200, body = ChangeAnswer),
        (status = 202, description = "The gateway has not answered", body = ChangeAnswer),
    ))]
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
    Ok(idempotent.run(&state, &actor, digest, wire::changed, change, resume).await?.into_response())
}
