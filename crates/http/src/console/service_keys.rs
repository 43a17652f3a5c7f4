//! Keys of network equipment. A key is shown once, on the page that answers its making.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use wiwebb_domain::access::Action;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::service_key::ServiceKey;

use super::tenants;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, FormHead, show_form, show_refused};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::{Shell, show_as};
use crate::site::table::{Column, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown};
use crate::state::AppState;
use crate::v1::service_keys::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/service-keys/";

const COLUMNS: [Column; 5] = [
    Column::new("Name").by("name"),
    Column::new("Reaches"),
    Column::new("Created").by("created_at"),
    Column::new("Last used"),
    Column::new("Delete"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/service-keys/new/", get(blank).post(create)),
        ("/admin/service-keys/{id}/delete/", get(preview).post(delete)),
    ]
}

/// Whose users a key reaches.
fn reach(key: &ServiceKey) -> Cell {
    match key.tenant_id {
        Some(id) => Cell::link(tenants::href(id), format!("Tenant {id}")),
        None => Cell::text("Everybody"),
    }
}

fn row(key: &ServiceKey) -> Vec<Cell> {
    vec![
        Cell::text(&key.name),
        reach(key),
        Cell::time(key.created_at),
        Cell::maybe_time(key.last_used_at),
        Cell::link(format!("{LIST}{}/delete/", key.id), "Delete"),
    ]
}

/// `GET /admin/service-keys/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.service_keys.list(visit.actor(), request);
    let browsed = params.browse(|_| (), list).await?;
    let table = Table::new(&browsed, &COLUMNS, row);
    let head = ListHead::new("Service keys", "There are no keys yet.")
        .intro("RADIUS servers and captive portals sign in with them.")
        .action(true, "/admin/service-keys/new/", "New key");
    show_list(&visit, head, table)
}

fn form() -> Form {
    Form::new(
        "Create",
        [
            Field::new("name", "Name", Kind::Text).required().help("What the key is for."),
            Field::new("tenant", "Tenant id", Kind::Number)
                .help("It stands in the address of the tenant's page. Empty reaches everybody."),
        ],
    )
}

fn head() -> FormHead {
    FormHead::new(Back::to(LIST, "Service keys"), "New service key")
        .intro("The key is shown once, when it is made.")
}

/// The page that shows a key.
#[derive(Template)]
#[template(path = "console/service_keys/created.html")]
struct CreatedPage<'a> {
    shell: Shell,
    back: Back,
    facts: Vec<Fact>,
    key: &'a str,
}

/// `GET /admin/service-keys/new/`
async fn blank(visit: Visit) -> Shown {
    visit.require(Action::ManageServiceKeys)?;
    show_form(&visit, head(), form())
}

/// `POST /admin/service-keys/new/`
async fn create(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let form = form();
    let input = wire::draft(form.body(&submission));
    let (stored, token) = match state.services.service_keys.create(visit.actor(), input).await {
        Ok(made) => made,
        Err(error) => return show_refused(&visit, head(), form.refused(&submission, error)?),
    };
    let facts = vec![
        Fact::new("Name", Cell::text(&stored.name)),
        Fact::new("Reaches", reach(&stored)),
        Fact::new("Created", Cell::time(stored.created_at)),
    ];
    let page = CreatedPage {
        shell: visit.shell("Service key created"),
        back: Back::to(LIST, "Service keys"),
        facts,
        key: token.reveal(),
    };
    show_as(StatusCode::CREATED, &page)
}

fn deleting(key: &ServiceKey) -> Deleting<'static> {
    let name = key.name.to_string();
    Deleting { what: "the service key", name, href: LIST.to_owned(), list: LIST }
}

/// `GET /admin/service-keys/{id}/delete/`
async fn preview(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let key = state.services.service_keys.get(visit.actor(), (&id).into()).await?;
    deletion::ask(&visit, &deleting(&key), EntityKind::ServiceKey)
}

/// `POST /admin/service-keys/{id}/delete/`
async fn delete(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let key = state.services.service_keys.get(visit.actor(), (&id).into()).await?;
    let outcome = state.services.service_keys.delete(visit.actor(), key.id).await;
    deletion::outcome(&visit, &deleting(&key), outcome)
}
