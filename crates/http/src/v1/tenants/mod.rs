//! Tenants (contract §4).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{ListWire, PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::{ListQuery, SearchQuery};
use crate::profile::ClientProfile;
use crate::state::AppState;
pub(crate) use wire::reference;
use wire::{TenantBody, TenantWire};

/// Tenants.
///
/// Searched: `name`, `slug`, `email`. Ordered by `name`, `slug`, `created_at`, `updated_at`,
/// `is_active`, `id`; by name unless said otherwise.
#[utoipa::path(get, path = "/tenants/", tag = "tenants",
    params(
        ListQuery,
        SearchQuery,
        ("is_active" = Option<bool>, Query, example = true),
        ("slug" = Option<String>, Query, example = "hill-net"),
        ("uuid" = Option<String>, Query, format = "uuid", example = "0b9fbb1e-6a3c-4a57-9a4e-2f1d3c5b7a90"),
    ),
    responses((status = 200, body = PageWire<TenantWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<ListWire<TenantWire>> {
    let list = |request| state.services.tenants.list(&actor, request);
    params.answer_page_or_array::<TenantWire, _, _, _, _>(wire::filter, list).await
}

/// Creates a tenant.
#[utoipa::path(post, path = "/tenants/", tag = "tenants", request_body = TenantBody,
    responses((status = 201, body = TenantWire)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    body: JsonObject,
) -> Created<TenantWire> {
    let view = state.services.tenants.create(&actor, wire::new_tenant(body, profile)).await?;
    Ok((StatusCode::CREATED, Json(TenantWire::from(&view))))
}

/// One's own tenant.
#[utoipa::path(get, path = "/tenants/me/", tag = "tenants",
    responses((status = 200, body = TenantWire), (status = 404, body = ref("#/components/schemas/Detail"))))]
pub(crate) async fn own(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<TenantWire> {
    let view = state.services.tenants.own(&actor).await?;
    Ok(Json(TenantWire::from(&view)))
}

/// One tenant, by id, UUID or slug.
#[utoipa::path(get, path = "/tenants/{id}/", tag = "tenants",
    responses((status = 200, body = TenantWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    tenant: Segment,
) -> Answer<TenantWire> {
    let view = state.services.tenants.get(&actor, wire::reference(&tenant)).await?;
    Ok(Json(TenantWire::from(&view)))
}

/// Changes a tenant.
#[utoipa::path(method(put, patch), path = "/tenants/{id}/", tag = "tenants",
    request_body = TenantBody, responses((status = 200, body = TenantWire)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    tenant: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<TenantWire> {
    let input = wire::update(body, write, profile);
    let view = state.services.tenants.update(&actor, wire::reference(&tenant), input).await?;
    Ok(Json(TenantWire::from(&view)))
}

/// Removes a tenant without users.
#[utoipa::path(delete, path = "/tenants/{id}/", tag = "tenants",
    responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    tenant: Segment,
) -> Gone {
    state.services.tenants.delete(&actor, wire::reference(&tenant)).await?;
    Ok(StatusCode::NO_CONTENT)
}
