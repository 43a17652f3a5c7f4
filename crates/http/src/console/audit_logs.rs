//! The audit log: who did what to whom. It can only be read.

use axum::extract::State;
use axum::routing::get;
use serde_json::{Map, Value};
use wiwebb_domain::access::{Action, Object};
use wiwebb_domain::audit::{AuditAction, AuditLogView};
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::text::Username;

use super::users;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::detail::{Back, Content, Detail, Panel, show_detail};
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, format};
use crate::state::AppState;
use crate::v1::audit_logs::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/audit-logs/";

const COLUMNS: [Column; 4] = [
    Column::new("Time").by("timestamp"),
    Column::new("Action"),
    Column::new("By"),
    Column::new("About"),
];

/// Those of what an entry says was changed.
const CHANGES: [Column; 3] = [Column::new("What"), Column::new("Before"), Column::new("After")];

pub(super) fn routes() -> Routes {
    vec![(LIST, get(list)), ("/admin/audit-logs/{id}/", get(show))]
}

const fn words(action: AuditAction) -> &'static str {
    match action {
        AuditAction::RoleChanged => "Role changed",
        AuditAction::PasswordReset => "Password reset",
        AuditAction::ActivationChanged => "Activation changed",
        AuditAction::UserAnonymised => "User anonymised",
    }
}

/// Somebody of a tenant whom an entry speaks of; nobody, once that user is deleted.
fn person(
    visit: &Visit,
    id: Option<UserId>,
    name: Option<&Username>,
    tenant: Option<TenantId>,
) -> Cell {
    let (Some(id), Some(name)) = (id, name) else {
        return Cell::text("");
    };
    if visit.may_with(Action::ReadUser, Object::Owned { owner: Some(id), tenant }) {
        Cell::link(users::href(id), name)
    } else {
        Cell::text(name)
    }
}

/// Who did it, of whatever tenant.
fn actor(visit: &Visit, view: &AuditLogView) -> Cell {
    person(visit, view.entry.actor_id, view.actor_username.as_ref(), None)
}

/// Whom it concerned. An owner sees entries about users of the own tenant alone.
fn target(visit: &Visit, view: &AuditLogView) -> Cell {
    let name = view.target_username.as_ref();
    person(visit, view.entry.target_id, name, visit.actor().tenant)
}

/// `GET /admin/audit-logs/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.audit_logs.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let row = |view: &AuditLogView| {
        let entry = &view.entry;
        vec![
            Cell::link(format!("{LIST}{}/", entry.id), format::time(entry.timestamp)),
            Cell::text(words(entry.action)),
            actor(&visit, view),
            target(&visit, view),
        ]
    };
    let actions = AuditAction::ALL.map(|action| (action.as_str(), words(action)));
    let table = Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(
        &browsed,
        [
            Filter::choice("action", "Action", actions),
            Filter::text("actor", "By (user id)"),
            Filter::text("target", "About (user id)"),
            Filter::day("timestamp_after", "From"),
            Filter::day("timestamp_before", "Before"),
        ],
    );
    show_list(&visit, ListHead::new("Audit log", "There are no entries yet."), table)
}

/// `GET /admin/audit-logs/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.audit_logs.get(visit.actor(), (&id).into()).await?;
    let entry = &view.entry;
    let facts = vec![
        Fact::new("Time", Cell::time(entry.timestamp)),
        Fact::new("Action", Cell::text(words(entry.action))),
        Fact::new("By", actor(&visit, &view)),
        Fact::new("About", target(&visit, &view)),
    ];
    let mut panels = Vec::new();
    let changes = changes(&entry.details);
    if !changes.is_empty() {
        panels.push(Panel::new("Changes", Content::Rows(Table::plain(&CHANGES, changes))));
    }
    panels.push(Panel::new("Details", Content::Json(format::json(&entry.details))));
    let heading = format!("{}, {}", words(entry.action), format::time(entry.timestamp));
    let back = Back::to(LIST, "Audit log");
    show_detail(&visit, Detail { back, heading, actions: Vec::new(), facts, panels })
}

/// What has an `old_` and a `new_` value in the details of contract §12.
fn changes(details: &Map<String, Value>) -> Vec<Vec<Cell>> {
    let row = |(name, old): (&String, &Value)| {
        let what = name.strip_prefix("old_")?;
        let new = details.get(&format!("new_{what}"))?;
        Some(vec![Cell::text(what.replace('_', " ")), value(old), value(new)])
    };
    details.iter().filter_map(row).collect()
}

fn value(value: &Value) -> Cell {
    match value {
        Value::Null => Cell::text(""),
        Value::Bool(truth) => Cell::truth(*truth),
        Value::String(text) => Cell::text(text),
        other => Cell::text(other),
    }
}
