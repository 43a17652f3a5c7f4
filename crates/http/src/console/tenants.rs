//! Tenants.

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::access::{Action, Object};
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::tenant::TenantView;

use super::users;
use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::profile::ClientProfile;
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, Detail, FormHead, answer_form, show_detail, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, words};
use crate::state::AppState;
use crate::v1::tenants::{reference, wire};

/// Where they are.
pub(super) const LIST: &str = "/admin/tenants/";

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
pub(super) fn href(id: TenantId) -> String {
    format!("{LIST}{id}/")
}

fn row(view: &TenantView) -> Vec<Cell> {
    let tenant = &view.tenant;
    vec![
        Cell::link(href(tenant.id), &tenant.name),
        Cell::code(&tenant.slug),
        Cell::text(view.user_count),
        words::activity(tenant.is_active),
        Cell::time(tenant.created_at),
    ]
}

/// `GET /admin/tenants/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.tenants.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let table = Table::new(&browsed, &COLUMNS, row)
        .searchable(&browsed)
        .filtered(&browsed, [Filter::truth("is_active", "Active")]);
    let may_create = visit.may(Action::CreateTenant);
    let head = ListHead::new("Tenants", "There are no tenants yet.");
    show_list(&visit, head.action(may_create, "/admin/tenants/new/", "New tenant"), table)
}

/// `GET /admin/tenants/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    let tenant = &view.tenant;
    let members = format!("{}?tenant={}", users::LIST, tenant.id);
    let facts = vec![
        Fact::new("Name", Cell::text(&tenant.name)),
        Fact::new("Slug", Cell::code(&tenant.slug)),
        Fact::new("UUID", Cell::code(tenant.uuid)),
        Fact::new("Email", Cell::maybe(tenant.email.as_ref())),
        Fact::new("Web address", Cell::maybe_away(tenant.url.as_ref())),
        Fact::new("Description", Cell::maybe_long(tenant.description.as_ref())),
        Fact::new("State", words::activity(tenant.is_active)),
        Fact::new("Users", Cell::link(members, view.user_count)),
        Fact::new("Created", Cell::time(tenant.created_at)),
        Fact::new("Changed", Cell::time(tenant.updated_at)),
    ];
    let (own, object) = (href(tenant.id), Object::Tenant(tenant.id));
    let mut actions = Vec::new();
    if visit.may_with(Action::UpdateTenant, object) {
        actions.push(table::Action::edit(&own));
    }
    if visit.may_with(Action::DeleteTenant, object) {
        actions.push(table::Action::delete(&own));
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
    FormHead::new(Back::to(LIST, "Tenants"), "New tenant")
}

fn edit_head(view: &TenantView) -> FormHead {
    FormHead::edit(href(view.tenant.id), &view.tenant.name)
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
    let made = state.services.tenants.create(visit.actor(), input).await;
    let page = made.map(|view| href(view.tenant.id));
    answer_form(&visit, new_head(), (form, &submission), page, "created")
}

/// `GET /admin/tenants/{id}/edit/`
async fn edit(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    visit.require_with(Action::UpdateTenant, Object::Tenant(view.tenant.id))?;
    show_form(&visit, edit_head(&view), form("Save").filled(&wire::TenantWire::from(&view))?)
}

/// `POST /admin/tenants/{id}/edit/`
async fn update(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let view = state.services.tenants.get(visit.actor(), reference(&id)).await?;
    let form = form("Save");
    let input = wire::update(form.body(&submission), Write::Whole, ClientProfile::Default);
    let changed = state.services.tenants.update(visit.actor(), reference(&id), input).await;
    let page = changed.map(|view| href(view.tenant.id));
    answer_form(&visit, edit_head(&view), (form, &submission), page, "saved")
}

fn deleting(view: &TenantView) -> Deleting<'static> {
    let name = view.tenant.name.to_string();
    Deleting { what: "the tenant", name, href: href(view.tenant.id), list: LIST }
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
