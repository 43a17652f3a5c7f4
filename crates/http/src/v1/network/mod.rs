//! What network equipment asks and reports (contract §16).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;

use super::subscriptions::LimitsWire;
use super::{Answer, Gone};
use crate::extract::auth::Device;
use crate::extract::body::JsonObject;
use crate::extract::path::Segment;
use crate::state::AppState;
use wire::{AccessReply, AccessRequestBody, AccountingBody};

/// Whether a user is let in now, and what is left of the day.
#[utoipa::path(post, path = "/network/authorize/", tag = "network", request_body = AccessRequestBody,
    responses((status = 200, body = AccessReply)))]
pub(crate) async fn authorize(
    State(state): State<AppState>,
    Device(equipment): Device,
    body: JsonObject,
) -> Answer<Value> {
    let answer = state.services.network.authorize(&equipment, wire::request(body)).await?;
    Ok(Json(wire::answer(answer)))
}

/// Takes down what a session has used in all.
#[utoipa::path(post, path = "/network/accounting/", tag = "network", request_body = AccountingBody,
    responses((status = 204)))]
pub(crate) async fn account(
    State(state): State<AppState>,
    Device(equipment): Device,
    body: JsonObject,
) -> Gone {
    state.services.network.account(&equipment, wire::accounting(body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a user has used today, and the limits.
#[utoipa::path(get, path = "/network/usage/{username}/", tag = "network",
    responses((status = 200, body = LimitsWire)))]
pub(crate) async fn usage(
    State(state): State<AppState>,
    Device(equipment): Device,
    username: Segment,
) -> Answer<LimitsWire> {
    let limits = state.services.network.limits_of(&equipment, &username.0).await?;
    Ok(Json(LimitsWire::from(&limits)))
}
