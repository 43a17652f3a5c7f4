//! The audit log (contract §12): read only.

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use wiwebb_domain::error::Input;
use wiwebb_domain::page::ListRequest;

use super::Answer;
use crate::extract::auth::Caller;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::ListQuery;
use crate::openapi::values;
use crate::state::AppState;
use wire::AuditLogWire;

/// The audit log.
///
/// Ordered by `timestamp`, `action`; newest first.
#[utoipa::path(get, path = "/audit-logs/", tag = "audit-logs",
    params(
        ListQuery,
        ("action" = inline(Option<values::Action>), Query),
        ("actor" = Option<i32>, Query, example = 1),
        ("target" = Option<i32>, Query, example = 12),
        ("timestamp_after" = Option<DateTime<Utc>>, Query, example = "2025-03-01T00:00:00Z"),
        ("timestamp_before" = Option<DateTime<Utc>>, Query, example = "2025-03-31T23:59:59Z"),
    ),
    responses((status = 200, body = PageWire<AuditLogWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<AuditLogWire>> {
    let list = |request: Input<_>| {
        state.services.audit_logs.list(&actor, request.map(ListRequest::without_search))
    };
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
