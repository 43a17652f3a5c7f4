//! Plans and pricing (contract §7).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::{Segment, Segments};
use crate::profile::{ClientProfile, Wire as _};
use crate::state::AppState;
use wire::{PlanBody, PlanWire, PricingBody, PricingWire};

/// What can be subscribed to; `available=false` shows what cannot.
#[utoipa::path(get, path = "/subscriptions/plans/", tag = "plans",
    params(
        ("available" = Option<bool>, Query, example = true),
        ("requires_payment" = Option<bool>, Query, example = true),
    ),
    responses((status = 200, body = Vec<PlanWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    params: Params,
) -> Answer<Vec<PlanWire>> {
    let plans = state.services.plans.list(&actor, params.filter_alone(wire::filter)).await?;
    Ok(Json(plans.iter().map(|found| PlanWire::of(found, profile)).collect()))
}

/// Creates a plan.
#[utoipa::path(post, path = "/subscriptions/plans/", tag = "plans", request_body = PlanBody,
    responses((status = 201, body = PlanWire)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    body: JsonObject,
) -> Created<PlanWire> {
    let view = state.services.plans.create(&actor, wire::new_plan(body)).await?;
    Ok((StatusCode::CREATED, Json(PlanWire::of(&view, profile))))
}

/// One plan.
#[utoipa::path(get, path = "/subscriptions/plans/{id}/", tag = "plans",
    responses((status = 200, body = PlanWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
) -> Answer<PlanWire> {
    let view = state.services.plans.get(&actor, (&id).into()).await?;
    Ok(Json(PlanWire::of(&view, profile)))
}

/// Changes a plan.
#[utoipa::path(method(put, patch), path = "/subscriptions/plans/{id}/", tag = "plans",
    request_body = PlanBody, responses((status = 200, body = PlanWire)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<PlanWire> {
    let input = wire::plan_update(body, write);
    let view = state.services.plans.update(&actor, (&id).into(), input).await?;
    Ok(Json(PlanWire::of(&view, profile)))
}

/// Removes a plan that nobody ever subscribed to, with its pricing.
#[utoipa::path(delete, path = "/subscriptions/plans/{id}/", tag = "plans", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.plans.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The pricing of a plan.
#[utoipa::path(get, path = "/subscriptions/plans/{id}/pricing/", tag = "plans",
    responses((status = 200, body = Vec<PricingWire>)))]
pub(crate) async fn list_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    plan: Segment,
) -> Answer<Vec<PricingWire>> {
    let pricing = state.services.plans.list_pricing(&actor, (&plan).into()).await?;
    Ok(Json(pricing.iter().map(|found| PricingWire::of(found, profile)).collect()))
}

/// Gives a plan another price.
#[utoipa::path(post, path = "/subscriptions/plans/{id}/pricing/", tag = "plans",
    request_body = PricingBody, responses((status = 201, body = PricingWire)))]
pub(crate) async fn create_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    plan: Segment,
    body: JsonObject,
) -> Created<PricingWire> {
    let input = wire::new_pricing(body);
    let pricing = state.services.plans.create_pricing(&actor, (&plan).into(), input).await?;
    Ok((StatusCode::CREATED, Json(PricingWire::of(&pricing, profile))))
}

/// One price.
#[utoipa::path(get, path = "/subscriptions/plans/{id}/pricing/{pid}/", tag = "plans",
    responses((status = 200, body = PricingWire)))]
pub(crate) async fn retrieve_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    Segments([plan, id]): Segments<2>,
) -> Answer<PricingWire> {
    let found = state.services.plans.get_pricing(&actor, (&plan).into(), (&id).into()).await?;
    Ok(Json(PricingWire::of(&found, profile)))
}

/// Changes a price.
#[utoipa::path(method(put, patch), path = "/subscriptions/plans/{id}/pricing/{pid}/", tag = "plans",
    request_body = PricingBody, responses((status = 200, body = PricingWire)))]
pub(crate) async fn update_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    Segments([plan, id]): Segments<2>,
    write: Write,
    body: JsonObject,
) -> Answer<PricingWire> {
    let input = wire::pricing_update(body, write);
    let (plan, id) = ((&plan).into(), (&id).into());
    let pricing = state.services.plans.update_pricing(&actor, plan, id, input).await?;
    Ok(Json(PricingWire::of(&pricing, profile)))
}

/// Removes a price.
#[utoipa::path(delete, path = "/subscriptions/plans/{id}/pricing/{pid}/", tag = "plans",
    responses((status = 204)))]
pub(crate) async fn delete_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Segments([plan, id]): Segments<2>,
) -> Gone {
    state.services.plans.delete_pricing(&actor, (&plan).into(), (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
