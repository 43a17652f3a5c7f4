//! Users: who they are, what they may do, and what is kept about them.

mod account;
mod detail;
mod forms;
mod list;
mod personal_data;
mod rights;

use axum::routing::{get, post};
use wiwebb_domain::access::{Role, may_give_role};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::user::{User, UserView};

use super::tenants;
use crate::site::cell::{Cell, Tone};
use crate::site::detail::{Back, FormHead};
use crate::site::visit::Visit;
use crate::site::{Routes, words};

/// Where they are.
pub(super) const LIST: &str = "/admin/users/";

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list::list)),
        ("/admin/users/new/", get(forms::blank).post(forms::create)),
        ("/admin/users/{id}/", get(detail::show)),
        ("/admin/users/{id}/edit/", get(forms::edit).post(forms::update)),
        ("/admin/users/{id}/role/", get(rights::role).post(rights::assign_role)),
        ("/admin/users/{id}/password/", get(account::password).post(account::set_password)),
        ("/admin/users/{id}/activate/", post(account::set_active)),
        ("/admin/users/{id}/tokens/", post(account::revoke_keys)),
        ("/admin/users/{id}/delete/", get(account::preview).post(account::delete)),
        ("/admin/users/{id}/export/", get(personal_data::export)),
        (
            "/admin/users/{id}/anonymise/",
            get(personal_data::confirm).post(personal_data::anonymise),
        ),
    ]
}

/// The page of a user.
pub(super) fn href(id: UserId) -> String {
    format!("{LIST}{id}/")
}

/// A page or an act below the page of a user.
fn below(user: &User, rest: &str) -> String {
    format!("{}{rest}/", href(user.id))
}

fn role_badge(role: Role) -> Cell {
    Cell::badge(Tone::Quiet, words::role(role))
}

fn tenant(view: &UserView) -> Cell {
    view.tenant
        .as_ref()
        .map_or(Cell::text(""), |tenant| Cell::link(tenants::href(tenant.id), &tenant.name))
}

/// The roles that somebody may give, with what they say to people; the least mighty first.
fn roles(visit: &Visit) -> impl Iterator<Item = (&'static str, &'static str)> {
    Role::ALL
        .into_iter()
        .rev()
        .filter(|role| may_give_role(visit.actor(), *role).is_ok())
        .map(|role| (role.as_str(), words::role(role)))
}

/// What stands around a form about a user.
fn form_head(user: &User, heading: &str) -> FormHead {
    let back = Back::to(href(user.id), user.username.to_string());
    FormHead::new(back, format!("{heading} {}", user.username))
}
