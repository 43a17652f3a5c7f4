//! What gateways report (contract §10.3).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde_json::{Value, json};

use utoipa::ToSchema;

use super::Answer;
use crate::extract::auth::Caller;
use crate::extract::body::{JsonObject, RawBody};
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::ListQuery;
use crate::openapi::values;
use crate::state::AppState;
use wire::{EventDetailWire, EventWire};

/// That a report came in.
#[derive(ToSchema)]
#[schema(as = Received)]
#[expect(dead_code, reason = "only described: `receive` writes the field")]
struct ReceivedWire {
    received: bool,
}

/// Takes a report of Stripe, signed over its raw bytes.
#[utoipa::path(post, path = "/payments/webhook/", tag = "webhooks",
    request_body(content = BTreeMap<String, Value>, description = "An event object", example = json!({
        "id": "evt_123", "type": "payment_intent.succeeded", "data": { "object": { "id": "pi_123" } },
    })),
    responses((status = 200, body = ReceivedWire)))]
pub(crate) async fn receive(
    State(state): State<AppState>,
    headers: HeaderMap,
    RawBody(body): RawBody,
) -> Answer<Value> {
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    state.services.webhooks.receive(signature, &body?).await?;
    Ok(Json(json!({ "received": true })))
}

/// What gateways have reported, the latest first.
#[utoipa::path(get, path = "/webhook-events/", tag = "webhooks",
    params(
        ListQuery,
        ("status" = inline(Option<values::EventStatus>), Query),
        ("event_type" = Option<String>, Query, example = "payment_intent.succeeded"),
        ("event_id" = Option<String>, Query, example = "evt_123"),
        ("payment" = Option<i32>, Query, example = 88),
    ),
    responses((status = 200, body = PageWire<EventWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<EventWire>> {
    let list = |request| state.services.webhooks.list(&actor, request);
    params.answer::<EventWire, _, _, _, _>(wire::filter, list).await
}

/// One report with what it carried.
#[utoipa::path(get, path = "/webhook-events/{id}/", tag = "webhooks",
    responses((status = 200, body = EventDetailWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<EventDetailWire> {
    let event = state.services.webhooks.get(&actor, (&id).into()).await?;
    Ok(Json(EventDetailWire::from(&event)))
}

/// Applies a report again that came to nothing.
#[utoipa::path(post, path = "/webhook-events/{id}/replay/", tag = "webhooks",
    responses((status = 200, body = EventDetailWire)))]
pub(crate) async fn replay(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<EventDetailWire> {
    let event = state.services.webhooks.replay(&actor, (&id).into(), body.ignored()).await?;
    Ok(Json(EventDetailWire::from(&event)))
}
