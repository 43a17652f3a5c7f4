//! What a delete would do, and why it does not (contract §13).

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use wiwebb_domain::relations::{DeletionPlan, Dependants};

use super::{Answer, tenants};
use crate::extract::auth::Caller;
use crate::extract::path::Segment;
use crate::state::AppState;

/// Rows that a delete concerns through one foreign key.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DeletionRelation)]
struct RelationWire {
    /// The foreign key: `payment.user_id`.
    #[schema(example = "todo.user_id")]
    relation: String,
    /// What the rows are.
    #[schema(example = "todo")]
    kind: String,
    /// How many there are.
    #[schema(example = 2)]
    count: u64,
}

impl From<&Dependants> for RelationWire {
    fn from(found: &Dependants) -> Self {
        Self {
            relation: found.relation.name(),
            kind: found.relation.child.word(),
            count: found.rows,
        }
    }
}

/// What hangs on a row.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = DeletionEffects)]
pub(crate) struct EffectsWire {
    /// Forbids the delete.
    #[schema(example = json!([]))]
    blocked_by: Vec<RelationWire>,
    /// Goes along.
    removed: Vec<RelationWire>,
    /// Stays without its reference.
    #[schema(example = json!([]))]
    detached: Vec<RelationWire>,
}

impl From<&DeletionPlan> for EffectsWire {
    fn from(plan: &DeletionPlan) -> Self {
        let wires = |found: &[Dependants]| found.iter().map(RelationWire::from).collect();
        Self {
            blocked_by: wires(&plan.blocked_by),
            removed: wires(&plan.cascades),
            detached: wires(&plan.nullified),
        }
    }
}

/// What a delete would do.
#[derive(Serialize, ToSchema)]
#[schema(as = DeletionPreview)]
pub(crate) struct PreviewWire {
    allowed: bool,
    #[schema(required = true, example = json!(null))]
    detail: Option<String>,
    #[serde(flatten)]
    effects: EffectsWire,
}

impl From<&DeletionPlan> for PreviewWire {
    fn from(plan: &DeletionPlan) -> Self {
        let allowed = plan.is_allowed();
        Self { allowed, detail: (!allowed).then(|| plan.refusal()), effects: plan.into() }
    }
}

/// What deleting a tenant would do.
#[utoipa::path(get, path = "/tenants/{id}/deletion/", tag = "tenants", operation_id = "deletion",
    responses((status = 200, body = PreviewWire)))]
pub(crate) async fn tenant(
    State(state): State<AppState>,
    Caller(actor): Caller,
    tenant: Segment,
) -> Answer<PreviewWire> {
    let tenant = tenants::reference(&tenant);
    let plan = state.services.deletions.of_tenant(&actor, tenant).await?;
    Ok(Json(PreviewWire::from(&plan)))
}

/// What deleting a user would do.
#[utoipa::path(get, path = "/users/{id}/deletion/", tag = "users", operation_id = "deletion",
    responses((status = 200, body = PreviewWire)))]
pub(crate) async fn user(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<PreviewWire> {
    let plan = state.services.deletions.of_user(&actor, (&id).into()).await?;
    Ok(Json(PreviewWire::from(&plan)))
}

/// What deleting a plan would do.
#[utoipa::path(get, path = "/subscriptions/plans/{id}/deletion/", tag = "plans", operation_id = "deletion",
    responses((status = 200, body = PreviewWire)))]
pub(crate) async fn plan(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<PreviewWire> {
    let plan = state.services.deletions.of_plan(&actor, (&id).into()).await?;
    Ok(Json(PreviewWire::from(&plan)))
}

/// What deleting a gateway would do.
#[utoipa::path(get, path = "/gateway-configs/{id}/deletion/", tag = "gateways", operation_id = "deletion",
    responses((status = 200, body = PreviewWire)))]
pub(crate) async fn gateway(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<PreviewWire> {
    let plan = state.services.deletions.of_gateway(&actor, (&id).into()).await?;
    Ok(Json(PreviewWire::from(&plan)))
}
