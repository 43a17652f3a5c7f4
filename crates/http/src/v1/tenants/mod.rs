//! Tenants (contract §4).

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
use wire::TenantWire;

/// `GET /tenants/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<TenantWire>> {
    let list = |request| state.services.tenants.list(&actor, request);
    params.answer::<TenantWire, _, _, _, _>(wire::filter, list).await
}

/// `POST /tenants/`
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<TenantWire> {
    let view = state.services.tenants.create(&actor, wire::new_tenant(body)).await?;
    Ok((StatusCode::CREATED, Json(TenantWire::from(&view))))
}

/// `GET /tenants/me/`
pub(crate) async fn own(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<TenantWire> {
    let view = state.services.tenants.own(&actor).await?;
    Ok(Json(TenantWire::from(&view)))
}

/// `GET /tenants/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    tenant: Segment,
) -> Answer<TenantWire> {
    let view = state.services.tenants.get(&actor, wire::reference(&tenant)).await?;
    Ok(Json(TenantWire::from(&view)))
}

/// `PUT`, `PATCH /tenants/{id}/`
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    tenant: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<TenantWire> {
    let input = wire::update(body, write);
    let view = state.services.tenants.update(&actor, wire::reference(&tenant), input).await?;
    Ok(Json(TenantWire::from(&view)))
}

/// `DELETE /tenants/{id}/`
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    tenant: Segment,
) -> Gone {
    state.services.tenants.delete(&actor, wire::reference(&tenant)).await?;
    Ok(StatusCode::NO_CONTENT)
}
