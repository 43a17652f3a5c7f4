//! Payment gateways. As in the API, of their settings the names alone are ever shown.

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::access::Action;
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::ids::GatewayId;

use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, Detail, FormHead, answer_form, show_detail, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, words};
use crate::state::AppState;
use crate::v1::gateways::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/gateways/";

const COLUMNS: [Column; 5] = [
    Column::new("Name").by("name"),
    Column::new("Variant"),
    Column::new("Priority").by("priority").number(),
    Column::new("State"),
    Column::new("Created").by("created_at"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/gateways/new/", get(blank).post(create)),
        ("/admin/gateways/{id}/", get(show)),
        ("/admin/gateways/{id}/edit/", get(edit).post(update)),
        ("/admin/gateways/{id}/delete/", get(preview).post(delete)),
    ]
}

/// The page of a gateway.
pub(super) fn href(id: GatewayId) -> String {
    format!("{LIST}{id}/")
}

fn row(gateway: &PaymentGatewayConfig) -> Vec<Cell> {
    vec![
        Cell::link(href(gateway.id), &gateway.name),
        Cell::code(&gateway.variant),
        Cell::text(gateway.priority),
        words::activity(gateway.is_active),
        Cell::time(gateway.created_at),
    ]
}

/// `GET /admin/gateways/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.gateways.list(visit.actor(), request);
    let browsed = params.browse(wire::filter, list).await?;
    let table = Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(
        &browsed,
        [Filter::text("variant", "Variant"), Filter::truth("is_active", "Active")],
    );
    let head = ListHead::new("Gateways", "There are no gateways yet.")
        .intro("The active gateway with the highest priority is taken first.")
        .action(true, "/admin/gateways/new/", "New gateway");
    show_list(&visit, head, table)
}

/// `GET /admin/gateways/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let gateway = state.services.gateways.get(visit.actor(), (&id).into()).await?;
    let facts = vec![
        Fact::new("Name", Cell::text(&gateway.name)),
        Fact::new("Variant", Cell::code(&gateway.variant)),
        Fact::new("State", words::activity(gateway.is_active)),
        Fact::new("Priority", Cell::text(gateway.priority)),
        Fact::new("Settings", Cell::code(gateway.config.keys().join(", "))),
        Fact::new("Created", Cell::time(gateway.created_at)),
        Fact::new("Changed", Cell::time(gateway.updated_at)),
    ];
    let own = href(gateway.id);
    let actions = vec![table::Action::edit(&own), table::Action::delete(&own)];
    let (back, heading) = (Back::to(LIST, "Gateways"), gateway.name.to_string());
    show_detail(&visit, Detail { back, heading, actions, facts, panels: Vec::new() })
}

fn form(submit: &'static str, settings_help: &'static str) -> Form {
    Form::new(
        submit,
        [
            Field::new("name", "Name", Kind::Text).required(),
            Field::new("variant", "Variant", Kind::Text)
                .required()
                .help("Can be paid with: stripe, manual, and dummy where it is switched on."),
            Field::new("priority", "Priority", Kind::Number)
                .required()
                .blank_if_empty()
                .value("0")
                .help("The highest is taken first."),
            Field::new("is_active", "Active", Kind::Flag)
                .value("true")
                .help("It can be paid with."),
            Field::new("config", "Settings", Kind::Json)
                .missing_if_empty()
                .secret("Settings are not shown again. Enter them once more.")
                .help(settings_help),
        ],
    )
}

fn new_form() -> Form {
    form("Create", "A JSON object. Its values are never shown again.")
}

fn edit_form() -> Form {
    form(
        "Save",
        "A JSON object that takes the place of all settings. Empty keeps them, {} removes them.",
    )
}

fn new_head() -> FormHead {
    FormHead::new(Back::to(LIST, "Gateways"), "New gateway")
}

fn edit_head(gateway: &PaymentGatewayConfig) -> FormHead {
    FormHead::edit(href(gateway.id), &gateway.name)
}

/// `GET /admin/gateways/new/`
async fn blank(visit: Visit) -> Shown {
    visit.require(Action::ConfigureGateways)?;
    show_form(&visit, new_head(), new_form())
}

/// `POST /admin/gateways/new/`
async fn create(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let form = new_form();
    let input = wire::new_gateway(form.body(&submission));
    let made = state.services.gateways.create(visit.actor(), input).await;
    let page = made.map(|gateway| href(gateway.id));
    answer_form(&visit, new_head(), (form, &submission), page, "created")
}

/// `GET /admin/gateways/{id}/edit/`
async fn edit(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let gateway = state.services.gateways.get(visit.actor(), (&id).into()).await?;
    let filled = edit_form().filled(&wire::GatewayWire::from(&gateway))?;
    show_form(&visit, edit_head(&gateway), filled)
}

/// `POST /admin/gateways/{id}/edit/`
async fn update(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let gateway = state.services.gateways.get(visit.actor(), (&id).into()).await?;
    let form = edit_form();
    let input = wire::update(form.body(&submission), Write::Whole);
    let changed = state.services.gateways.update(visit.actor(), gateway.id, input).await;
    let page = changed.map(|gateway| href(gateway.id));
    answer_form(&visit, edit_head(&gateway), (form, &submission), page, "saved")
}

fn deleting(gateway: &PaymentGatewayConfig) -> Deleting<'static> {
    let name = gateway.name.to_string();
    Deleting { what: "the gateway", name, href: href(gateway.id), list: LIST }
}

/// `GET /admin/gateways/{id}/delete/`
async fn preview(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let plan = state.services.deletions.of_gateway(visit.actor(), (&id).into()).await?;
    let gateway = state.services.gateways.get(visit.actor(), (&id).into()).await?;
    deletion::preview(&visit, &deleting(&gateway), &plan)
}

/// `POST /admin/gateways/{id}/delete/`
async fn delete(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let gateway = state.services.gateways.get(visit.actor(), (&id).into()).await?;
    let outcome = state.services.gateways.delete(visit.actor(), gateway.id).await;
    deletion::outcome(&visit, &deleting(&gateway), outcome)
}
