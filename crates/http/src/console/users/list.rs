//! The list of users.

use axum::extract::State;
use wiwebb_domain::access::{Action, Role};
use wiwebb_domain::text::PersonName;
use wiwebb_domain::user::{User, UserView};

use super::{href, role_badge, tenant};
use crate::extract::list::Params;
use crate::site::cell::Cell;
use crate::site::table::{Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Shown, words};
use crate::state::AppState;
use crate::v1::users::wire;

const COLUMNS: [Column; 7] = [
    Column::new("Username").by("username"),
    Column::new("Name"),
    Column::new("Email").by("email"),
    Column::new("Role"),
    Column::new("Tenant"),
    Column::new("State"),
    Column::new("Joined").by("date_joined"),
];

fn row(view: &UserView) -> Vec<Cell> {
    let user = &view.user;
    vec![
        Cell::link(href(user.id), &user.username),
        Cell::text(full_name(user)),
        Cell::text(&user.email),
        role_badge(user.role),
        tenant(view),
        words::activity(user.is_active),
        Cell::time(user.date_joined),
    ]
}

fn full_name(user: &User) -> String {
    let parts = [&user.first_name, &user.last_name];
    let parts: Vec<&str> = parts.into_iter().flatten().map(PersonName::as_str).collect();
    parts.join(" ")
}

/// `GET /admin/users/`
pub(super) async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.users.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let role = |role: Role| (role.as_str(), words::role(role));
    let mut filters = vec![Filter::choice("role", "Role", Role::ALL.map(role))];
    // Whoever moves nobody between tenants sees one tenant alone.
    if visit.may(Action::MoveToTenant) {
        filters.push(Filter::text("tenant", "Tenant's id"));
    }
    filters.push(Filter::truth("is_active", "Active"));
    let table =
        Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(&browsed, filters);
    let may_create = visit.may(Action::CreateUser);
    let head = ListHead::new("Users", "There are no users yet.");
    show_list(&visit, head.action(may_create, "/admin/users/new/", "New user"), table)
}
