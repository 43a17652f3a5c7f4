//! The audit log.

use async_trait::async_trait;

use super::engine::State;
use super::list::{finds, is, is_id, lookup, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::access::{Lookup, Scope};
use crate::audit::{AuditLog, AuditLogFilter, AuditLogSort, AuditLogView, NewAuditLog};
use crate::ids::{AuditLogId, UserId};
use crate::page::ListRequest;
use crate::ports::audit_log::AuditLogRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::text::Username;
use crate::user::User;

impl Row for AuditLog {
    const KIND: EntityKind = EntityKind::AuditLog;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference {
            column: "actor_id",
            get: |entry| entry.actor_id.map(UserId::get),
            clear: Some(|entry| entry.actor_id = None),
        },
        Reference {
            column: "target_id",
            get: |entry| entry.target_id.map(UserId::get),
            clear: Some(|entry| entry.target_id = None),
        },
    ];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.audit_logs
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.audit_logs
    }
}

fn user(state: &State, id: Option<UserId>) -> Option<&User> {
    state.users.get(id?.get())
}

fn view(state: &State, entry: &AuditLog) -> AuditLogView {
    let name = |id| user(state, id).map(|user| user.username.clone());
    AuditLogView {
        entry: entry.clone(),
        actor_username: name(entry.actor_id),
        target_username: name(entry.target_id),
    }
}

fn covers(state: &State, scope: Scope, entry: &AuditLog) -> bool {
    let tenant = user(state, entry.target_id).and_then(|user| user.tenant_id);
    scope.covers(entry.target_id, tenant)
}

fn matches(entry: &AuditLog, filter: &AuditLogFilter) -> bool {
    let AuditLogFilter { action, actor, target, timestamp_after, timestamp_before } = filter;
    is(action.as_ref(), &entry.action)
        && is_id(*actor, entry.actor_id.map(UserId::get))
        && is_id(*target, entry.target_id.map(UserId::get))
        && timestamp_after.is_none_or(|after| entry.timestamp >= after)
        && timestamp_before.is_none_or(|before| entry.timestamp <= before)
}

fn is_found(view: &AuditLogView, words: &[String]) -> bool {
    let names = [view.actor_username.as_ref(), view.target_username.as_ref()];
    let [actor, target] = names.map(|name| name.map(Username::as_str));
    finds(words, &[Some(view.entry.action.as_str()), actor, target])
}

#[async_trait]
impl AuditLogRepository for Session {
    async fn insert(&mut self, entry: NewAuditLog) -> Stored<AuditLogId> {
        let make = |id| AuditLog {
            id: AuditLogId::new(id),
            actor_id: Some(entry.actor_id),
            target_id: Some(entry.target_id),
            action: entry.action,
            details: entry.details,
            timestamp: entry.timestamp,
        };
        self.write(|state| state.insert(make).map(|entry| entry.id)).await
    }

    async fn find(&mut self, scope: Scope, id: AuditLogId) -> Stored<Lookup<AuditLogView>> {
        self.read(|state| {
            let row = state.audit_logs.get(id.get());
            lookup(row, |row| covers(state, scope, row)).map(|row| view(state, row))
        })
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<AuditLogFilter, AuditLogSort>,
    ) -> Listing<AuditLogView> {
        self.read(|state| {
            let rows = state
                .audit_logs
                .iter()
                .filter(|row| covers(state, scope, row) && matches(row, &request.filter))
                .map(|row| view(state, row))
                .filter(|row| is_found(row, &request.search));
            page(rows.collect(), &request)
        })
    }
}
