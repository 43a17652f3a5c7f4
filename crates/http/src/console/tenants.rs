//! Tenants.

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::access::{Action, Object};
use wiwebb_domain::tenant::TenantView;

use super::Routes;
use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::profile::ClientProfile;
use crate::site::Shown;
use crate::site::cell::{Cell, Fact, Tone};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, Detail, FormHead, show_detail, show_form, show_refused};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::done;
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::tenants::{reference, wire};

const LIST: &str = "/admin/tenants/";

const COLUMNS: [Column; 5] = [
    Column::new("Name").by("name"),
    Column::new("Slug").by("slug"),
    Column::new("Users").number(),
    Column::new("Active").by("is_active"),
    Column::new("Created").by("created_at"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/tenants/new/", get(blank).post(create)),
        ("/admin/tenants/{id}/", get(show)),
        ("/admin/tenants/{id}/edit/", get(edit).post(update)),
        ("/admin/tenants/{id}/delete/", get(preview).post(delete)),
    ]
}

/// The page of a tenant.
pub(super) fn href(view: &TenantView) -> String {
    format!("{LIST}{}/", view.tenant.id)
}

fn row(view: &TenantView) -> Vec<Cell> {
    let tenant = &view.tenant;
    vec![
        Cell::link(href(view), &tenant.name),
        Cell::Code(tenant.slug.to_string()),
        Cell::text(view.user_count),
        active(view),
        Cell::time(tenant.created_at),
    ]
}

fn active(view: &TenantView) -> Cell {
    if view.tenant.is_active {
        Cell::badge(Tone::Good, "Active")
    } else {
        Cell::badge(Tone::Quiet, "Inactive")
    }
}

/// `GET /admin/tenants/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.tenants.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let table = Table::new(&browsed, &COLUMNS, row)
        .searchable(&browsed)
        .filtered(&browsed, [Filter::truth("is_active", "Active")]);
    let mut actions = Vec::new();
    if visit.may(Action::CreateTenant) {
        actions.push(table::Action::new("/admin/tenants/new/", "New tenant"));
    }
    let head =
        ListHead { heading: "Tenants", intro: "", empty: "There are no tenants yet.", actions };
    show_list(&visit, head, table)
}

/// `GET /admin/tenants/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    let tenant = &view.tenant;
    let facts = vec![
        Fact::new("Name", Cell::text(&tenant.name)),
        Fact::new("Slug", Cell::Code(tenant.slug.to_string())),
        Fact::new("UUID", Cell::Code(tenant.uuid.to_string())),
        Fact::new("Email", Cell::maybe(tenant.email.as_ref())),
        Fact::new(
            "Web address",
            tenant.url.as_ref().map_or(Cell::text(""), |url| Cell::Away(url.to_string())),
        ),
        Fact::new(
            "Description",
            Cell::Long(tenant.description.as_ref().map(ToString::to_string).unwrap_or_default()),
        ),
        Fact::new("State", active(&view)),
        Fact::new(
            "Users",
            Cell::link(format!("/admin/users/?tenant={}", tenant.id), view.user_count),
        ),
        Fact::new("Created", Cell::time(tenant.created_at)),
        Fact::new("Changed", Cell::time(tenant.updated_at)),
    ];
    let object = Object::Tenant(tenant.id);
    let mut actions = Vec::new();
    if visit.may_with(Action::UpdateTenant, object) {
        actions.push(table::Action::new(format!("{}edit/", href(&view)), "Edit"));
    }
    if visit.may_with(Action::DeleteTenant, object) {
        actions.push(table::Action::new(format!("{}delete/", href(&view)), "Delete").danger());
    }
    let heading = tenant.name.to_string();
    let back = Back::to(LIST, "Tenants");
    show_detail(&visit, Detail { back, heading, actions, facts, panels: Vec::new() })
}

fn form(submit: &'static str) -> Form {
    Form::new(
        submit,
        [
            Field::new("name", "Name", Kind::Text).required(),
            Field::new("slug", "Slug", Kind::Text)
                .required()
                .help("Names the tenant in addresses: letters, digits, hyphens and underscores."),
            Field::new("email", "Email", Kind::Email),
            Field::new("url", "Web address", Kind::Url),
            Field::new("description", "Description", Kind::Area),
            Field::new("is_active", "Active", Kind::Flag).value("true"),
        ],
    )
}

fn new_head() -> FormHead {
    FormHead { back: Back::to(LIST, "Tenants"), heading: "New tenant".to_owned(), intro: "" }
}

fn edit_head(view: &TenantView) -> FormHead {
    let name = view.tenant.name.to_string();
    FormHead { heading: format!("Edit {name}"), back: Back::to(href(view), name), intro: "" }
}

/// `GET /admin/tenants/new/`
async fn blank(visit: Visit) -> Shown {
    visit.require(Action::CreateTenant)?;
    show_form(&visit, new_head(), form("Create"))
}

/// `POST /admin/tenants/new/`
async fn create(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let form = form("Create");
    let input = wire::new_tenant(form.body(&submission), ClientProfile::Default);
    match state.services.tenants.create(visit.actor(), input).await {
        Ok(view) => done(&href(&view), "created"),
        Err(error) => show_refused(&visit, new_head(), form.refused(&submission, error)?),
    }
}

/// `GET /admin/tenants/{id}/edit/`
async fn edit(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    visit.require_with(Action::UpdateTenant, Object::Tenant(view.tenant.id))?;
    show_form(&visit, edit_head(&view), form("Save").filled(&wire::TenantWire::from(&view)))
}

/// `POST /admin/tenants/{id}/edit/`
async fn update(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let form = form("Save");
    let input = wire::update(form.body(&submission), Write::Whole, ClientProfile::Default);
    match state.services.tenants.update(visit.actor(), reference(&id), input).await {
        Ok(view) => done(&href(&view), "saved"),
        Err(error) => {
            let refused = form.refused(&submission, error)?;
            let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
            show_refused(&visit, edit_head(&view), refused)
        }
    }
}

fn deleting(view: &TenantView) -> Deleting<'static> {
    Deleting {
        what: "the tenant",
        name: view.tenant.name.to_string(),
        href: href(view),
        list: LIST,
    }
}

/// `GET /admin/tenants/{id}/delete/`
async fn preview(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let plan = state.services.deletions.of_tenant(visit.actor(), reference(&id)).await?;
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    deletion::preview(&visit, &deleting(&view), &plan)
}

/// `POST /admin/tenants/{id}/delete/`
async fn delete(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    let outcome = state.services.tenants.delete(visit.actor(), reference(&id)).await;
    deletion::outcome(&visit, &deleting(&view), outcome)
}
