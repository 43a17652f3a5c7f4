//! What gateways report (contract §10.3).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use super::Answer;
use crate::extract::auth::Caller;
use crate::extract::body::{JsonObject, RawBody};
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::state::AppState;
use wire::{EventDetailWire, EventWire};

/// `POST /payments/webhook/`
pub(crate) async fn receive(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Answer<Value> {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    state.services.webhooks.receive(signature, &body?).await?;
    Ok(Json(json!({ "received": true })))
}

/// `GET /webhook-events/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<EventWire>> {
    let list = |request| state.services.webhooks.list(&actor, request);
    params.answer::<EventWire, _, _, _, _>(wire::filter, list).await
}

/// `GET /webhook-events/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<EventDetailWire> {
    let event = state.services.webhooks.get(&actor, (&id).into()).await?;
    Ok(Json(EventDetailWire::from(&event)))
}

/// `POST /webhook-events/{id}/replay/`
pub(crate) async fn replay(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<EventDetailWire> {
    let event = state.services.webhooks.replay(&actor, (&id).into(), body.ignored()).await?;
    Ok(Json(EventDetailWire::from(&event)))
}
