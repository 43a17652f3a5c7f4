//! Payment gateways and their configuration (contract §9).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::state::AppState;
use wire::{ActiveGatewayWire, GatewayWire};

/// `GET /gateways/`
pub(crate) async fn active(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<Vec<ActiveGatewayWire>> {
    let gateways = state.services.gateways.active(&actor).await?;
    Ok(Json(gateways.iter().map(ActiveGatewayWire::from).collect()))
}

/// `GET /gateway-configs/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<GatewayWire>> {
    let list = |request| state.services.gateways.list(&actor, request);
    params.answer::<GatewayWire, _, _, _, _>(wire::filter, list).await
}

/// `POST /gateway-configs/`
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<GatewayWire> {
    let gateway = state.services.gateways.create(&actor, wire::new_gateway(body)).await?;
    Ok((StatusCode::CREATED, Json(GatewayWire::from(&gateway))))
}

/// `GET /gateway-configs/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<GatewayWire> {
    let gateway = state.services.gateways.get(&actor, (&id).into()).await?;
    Ok(Json(GatewayWire::from(&gateway)))
}

/// `PUT`, `PATCH /gateway-configs/{id}/`
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

/// `DELETE /gateway-configs/{id}/`
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.gateways.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
