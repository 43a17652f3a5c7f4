//! The audit log (contract §12): read only.

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;

use super::Answer;
use crate::extract::auth::Caller;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::ListQuery;
use crate::state::AppState;
use wire::AuditLogWire;

/// The audit log.
///
/// Ordered by `timestamp`, `action`; newest first.
#[utoipa::path(get, path = "/audit-logs/", tag = "audit-logs",
    params(
        ListQuery,
        ("action" = Option<String>, Query, example = "role_changed"),
        ("actor" = Option<i32>, Query),
        ("target" = Option<i32>, Query),
        ("timestamp_after" = Option<DateTime<Utc>>, Query),
        ("timestamp_before" = Option<DateTime<Utc>>, Query),
    ),
    responses((status = 200, body = PageWire<AuditLogWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<AuditLogWire>> {
    let list = |request| state.services.audit_logs.list(&actor, request);
    params.answer::<AuditLogWire, _, _, _, _>(wire::filter, list).await
}

/// One entry.
#[utoipa::path(get, path = "/audit-logs/{id}/", tag = "audit-logs",
    responses((status = 200, body = AuditLogWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<AuditLogWire> {
    let view = state.services.audit_logs.get(&actor, (&id).into()).await?;
    Ok(Json(AuditLogWire::from(&view)))
}
