//! The audit log (contract §12): read only.

mod wire;

use axum::Json;
use axum::extract::State;

use super::Answer;
use crate::extract::auth::Caller;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::state::AppState;
use wire::AuditLogWire;

/// `GET /audit-logs/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<AuditLogWire>> {
    let list = |request| state.services.audit_logs.list(&actor, request);
    params.answer::<AuditLogWire, _, _, _, _>(wire::filter, list).await
}

/// `GET /audit-logs/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<AuditLogWire> {
    let view = state.services.audit_logs.get(&actor, (&id).into()).await?;
    Ok(Json(AuditLogWire::from(&view)))
}
