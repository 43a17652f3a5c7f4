//! Plans and pricing (contract §7).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::{Segment, Segments};
use crate::state::AppState;
use wire::{PlanWire, PricingWire};

/// `GET /subscriptions/plans/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<Vec<PlanWire>> {
    let plans = state.services.plans.list(&actor, params.filter_alone(wire::filter)).await?;
    Ok(Json(plans.iter().map(PlanWire::from).collect()))
}

/// `POST /subscriptions/plans/`
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<PlanWire> {
    let view = state.services.plans.create(&actor, wire::new_plan(body)).await?;
    Ok((StatusCode::CREATED, Json(PlanWire::from(&view))))
}

/// `GET /subscriptions/plans/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<PlanWire> {
    let view = state.services.plans.get(&actor, (&id).into()).await?;
    Ok(Json(PlanWire::from(&view)))
}

/// `PUT`, `PATCH /subscriptions/plans/{id}/`
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<PlanWire> {
    let input = wire::plan_update(body, write);
    let view = state.services.plans.update(&actor, (&id).into(), input).await?;
    Ok(Json(PlanWire::from(&view)))
}

/// `DELETE /subscriptions/plans/{id}/`
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.plans.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /subscriptions/plans/{id}/pricing/`
pub(crate) async fn list_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    plan: Segment,
) -> Answer<Vec<PricingWire>> {
    let pricing = state.services.plans.list_pricing(&actor, (&plan).into()).await?;
    Ok(Json(pricing.iter().map(PricingWire::from).collect()))
}

/// `POST /subscriptions/plans/{id}/pricing/`
pub(crate) async fn create_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    plan: Segment,
    body: JsonObject,
) -> Created<PricingWire> {
    let input = wire::new_pricing(body);
    let pricing = state.services.plans.create_pricing(&actor, (&plan).into(), input).await?;
    Ok((StatusCode::CREATED, Json(PricingWire::from(&pricing))))
}

/// `GET /subscriptions/plans/{id}/pricing/{pid}/`
pub(crate) async fn retrieve_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Segments([plan, id]): Segments<2>,
) -> Answer<PricingWire> {
    let found = state.services.plans.get_pricing(&actor, (&plan).into(), (&id).into()).await?;
    Ok(Json(PricingWire::from(&found)))
}

/// `PUT`, `PATCH /subscriptions/plans/{id}/pricing/{pid}/`
pub(crate) async fn update_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Segments([plan, id]): Segments<2>,
    write: Write,
    body: JsonObject,
) -> Answer<PricingWire> {
    let input = wire::pricing_update(body, write);
    let (plan, id) = ((&plan).into(), (&id).into());
    let pricing = state.services.plans.update_pricing(&actor, plan, id, input).await?;
    Ok(Json(PricingWire::from(&pricing)))
}

/// `DELETE /subscriptions/plans/{id}/pricing/{pid}/`
pub(crate) async fn delete_pricing(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Segments([plan, id]): Segments<2>,
) -> Gone {
    state.services.plans.delete_pricing(&actor, (&plan).into(), (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
