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

/// `POST /network/authorize/`
pub(crate) async fn authorize(
    State(state): State<AppState>,
    Device(equipment): Device,
    body: JsonObject,
) -> Answer<Value> {
    let answer = state.services.network.authorize(&equipment, wire::request(body)).await?;
    Ok(Json(wire::answer(answer)))
}

/// `POST /network/accounting/`
pub(crate) async fn account(
    State(state): State<AppState>,
    Device(equipment): Device,
    body: JsonObject,
) -> Gone {
    state.services.network.account(&equipment, wire::accounting(body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /network/usage/{username}/`
pub(crate) async fn usage(
    State(state): State<AppState>,
    Device(equipment): Device,
    username: Segment,
) -> Answer<LimitsWire> {
    let limits = state.services.network.limits_of(&equipment, &username.0).await?;
    Ok(Json(LimitsWire::from(&limits)))
}
