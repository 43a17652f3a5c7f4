//! The audit log.

use async_trait::async_trait;
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::audit::{AuditAction, AuditLogFilter, AuditLogSort, AuditLogView, NewAuditLog};
use wiwebb_domain::ids::AuditLogId;
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::ports::audit_log::AuditLogRepository;
use wiwebb_domain::ports::{Listing, Stored};

use super::{json, scoped};
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::audit_log::{AuditLogRow, SELECTION, audit_log_row};
use crate::search::{Referred, Searched};
use crate::unit_of_work::PgUnitOfWork;

impl Source for AuditLogView {
    type Row = AuditLogRow;
    const TABLE: &'static str = "api_auditlog";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("entry.id", Kind::Int);
    const SEARCH: Searched = Searched {
        own: &["entry.action"],
        referred: &[
            Referred {
                table: "api_user",
                alias: "actor",
                key: "entry.actor_id",
                columns: &["actor.username"],
            },
            Referred {
                table: "api_user",
                alias: "target",
                key: "entry.target_id",
                columns: &["target.username"],
            },
        ],
    };

    fn column(key: AuditLogSort) -> Column {
        match key {
            AuditLogSort::Timestamp => Column::new("entry.timestamp", Kind::Time),
            AuditLogSort::Action => Column::new("entry.action", Kind::Text),
        }
    }
}

#[async_trait]
impl AuditLogRepository for PgUnitOfWork {
    async fn insert(&mut self, entry: NewAuditLog) -> Stored<AuditLogId> {
        let id = sqlx::query_scalar!(
            "INSERT INTO api_auditlog (actor_id, target_id, action, details, timestamp)
             VALUES ($1, $2, $3, $4, $5)
             RETURNING id",
            entry.actor_id.get(),
            entry.target_id.get(),
            entry.action.as_str(),
            json(&entry.details),
            entry.timestamp,
        )
        .fetch_one(self.connection().await?)
        .await;
        self.settle(id).map(AuditLogId::new)
    }

    async fn find(&mut self, scope: Scope, id: AuditLogId) -> Stored<Lookup<AuditLogView>> {
        let row = audit_log_row!("", "api_auditlog", "WHERE entry.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        scoped(self.settle(row)?, scope, |row| (row.target_id, row.tenant_id))
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<AuditLogFilter, AuditLogSort>,
    ) -> Listing<AuditLogView> {
        let filter = &request.filter;
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let conditions = Conditions::default()
            .of_members(
                "entry.target_id IN (SELECT id FROM api_user WHERE tenant_id = ?)",
                scope.tenant(),
            )
            .with("entry.target_id = ?", oneself)
            .word("entry.action", filter.action.map(AuditAction::as_str))
            .with("entry.actor_id = ?", filter.actor.map(SortValue::Int))
            .with("entry.target_id = ?", filter.target.map(SortValue::Int))
            .with("entry.timestamp >= ?", filter.timestamp_after.map(SortValue::Time))
            .with("entry.timestamp <= ?", filter.timestamp_before.map(SortValue::Time));
        list::page(self, conditions, request).await
    }
}
