//! Bodies and filters of §12.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use wiwebb_domain::audit::{AuditAction, AuditLogFilter, AuditLogView};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::text::Username;

use crate::extract::list::Params;
use crate::openapi::values;

/// The audit entry of contract §12.
#[derive(Serialize, ToSchema)]
#[schema(as = AuditLog)]
pub(crate) struct AuditLogWire {
    #[schema(example = 5)]
    id: i32,
    #[schema(required = true, example = 1)]
    actor: Option<i32>,
    #[schema(required = true, example = "root")]
    actor_username: Option<String>,
    #[schema(required = true, example = 12)]
    target: Option<i32>,
    #[schema(required = true, example = "ada")]
    target_username: Option<String>,
    #[schema(schema_with = values::Action::schema)]
    action: &'static str,
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "old_role": "subscriber", "new_role": "admin", "changed_by": "root@example.org" }))]
    details: Map<String, Value>,
    timestamp: DateTime<Utc>,
}

impl From<&AuditLogView> for AuditLogWire {
    fn from(view: &AuditLogView) -> Self {
        let entry = &view.entry;
        Self {
            id: entry.id.get(),
            actor: entry.actor_id.map(UserId::get),
            actor_username: view.actor_username.as_ref().map(Username::to_string),
            target: entry.target_id.map(UserId::get),
            target_username: view.target_username.as_ref().map(Username::to_string),
            action: entry.action.as_str(),
            details: entry.details.clone(),
            timestamp: entry.timestamp,
        }
    }
}

pub(crate) fn filter(params: &mut Params) -> AuditLogFilter {
    AuditLogFilter {
        action: params.choice("action", AuditAction::parse),
        actor: params.id("actor"),
        target: params.id("target"),
        timestamp_after: params.time("timestamp_after"),
        timestamp_before: params.time("timestamp_before"),
    }
}
