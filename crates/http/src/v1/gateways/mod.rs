//! Payment gateways and their configuration (contract §9).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::{ListQuery, SearchQuery};
use crate::state::AppState;
use wire::{ActiveGatewayWire, GatewayBody, GatewayWire};

/// The gateways that can be paid with, the first choice first.
#[utoipa::path(get, path = "/gateways/", tag = "gateways",
    responses((status = 200, body = Vec<ActiveGatewayWire>)))]
pub(crate) async fn active(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<Vec<ActiveGatewayWire>> {
    let gateways = state.services.gateways.active(&actor).await?;
    Ok(Json(gateways.iter().map(ActiveGatewayWire::from).collect()))
}

/// Configured gateways.
///
/// Searched: `name`, `variant`. Ordered by `priority`, `name`, `created_at`; `-priority,name` by itself.
#[utoipa::path(get, path = "/gateway-configs/", tag = "gateways",
    params(
        ListQuery, SearchQuery,
        ("variant" = Option<String>, Query, example = "dummy"),
        ("is_active" = Option<bool>, Query, example = true),
    ),
    responses((status = 200, body = PageWire<GatewayWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<GatewayWire>> {
    let list = |request| state.services.gateways.list(&actor, request);
    params.answer::<GatewayWire, _, _, _, _>(wire::filter, list).await
}

/// Configures a gateway.
#[utoipa::path(post, path = "/gateway-configs/", tag = "gateways", request_body = GatewayBody,
    responses((status = 201, body = GatewayWire)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<GatewayWire> {
    let gateway = state.services.gateways.create(&actor, wire::new_gateway(body)).await?;
    Ok((StatusCode::CREATED, Json(GatewayWire::from(&gateway))))
}

/// One gateway.
#[utoipa::path(get, path = "/gateway-configs/{id}/", tag = "gateways",
    responses((status = 200, body = GatewayWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<GatewayWire> {
    let gateway = state.services.gateways.get(&actor, (&id).into()).await?;
    Ok(Json(GatewayWire::from(&gateway)))
}

/// Changes a gateway; a `config` that is sent takes the place of all of it.
#[utoipa::path(method(put, patch), path = "/gateway-configs/{id}/", tag = "gateways",
    request_body = GatewayBody, responses((status = 200, body = GatewayWire)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<GatewayWire> {
    let input = wire::update(body, write);
    let gateway = state.services.gateways.update(&actor, (&id).into(), input).await?;
    Ok(Json(GatewayWire::from(&gateway)))
}

/// Removes a gateway without payments.
#[utoipa::path(delete, path = "/gateway-configs/{id}/", tag = "gateways", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.gateways.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
