//! `api_auditlog`

use chrono::{DateTime, Utc};
use serde_json::Value;
use wiwebb_domain::audit::{AuditAction, AuditLog, AuditLogView};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{AuditLogId, UserId};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::Username;

use super::{Origin, selection};

/// An entry with the names of its users and the target's tenant.
#[derive(sqlx::FromRow)]
pub(crate) struct AuditLogRow {
    pub(crate) id: i32,
    pub(crate) actor_id: Option<i32>,
    pub(crate) target_id: Option<i32>,
    pub(crate) action: String,
    pub(crate) details: Value,
    pub(crate) timestamp: DateTime<Utc>,
    pub(crate) actor_username: Option<String>,
    pub(crate) target_username: Option<String>,
    pub(crate) tenant_id: Option<i32>,
}

selection!($ audit_log_row => AuditLogRow, "entry",
    "entry.id, entry.actor_id, entry.target_id, entry.action, entry.details, entry.timestamp, \
     actor.username AS actor_username, target.username AS target_username, target.tenant_id",
    "LEFT JOIN api_user AS actor ON actor.id = entry.actor_id \
     LEFT JOIN api_user AS target ON target.id = entry.target_id"
);

impl TryFrom<AuditLogRow> for AuditLogView {
    type Error = RepositoryError;

    fn try_from(row: AuditLogRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::AuditLog, id: row.id };
        let username = |column, name: Option<&str>| {
            name.map(|name| from.value(column, Username::new(name))).transpose()
        };
        Ok(Self {
            entry: AuditLog {
                id: AuditLogId::new(row.id),
                actor_id: row.actor_id.map(UserId::new),
                target_id: row.target_id.map(UserId::new),
                action: from.word("action", &row.action, AuditAction::parse)?,
                details: from.object("details", row.details)?,
                timestamp: row.timestamp,
            },
            actor_username: username("actor_username", row.actor_username.as_deref())?,
            target_username: username("target_username", row.target_username.as_deref())?,
        })
    }
}
