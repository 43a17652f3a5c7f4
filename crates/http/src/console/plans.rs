//! Plans. Their prices are in [`super::pricing`].

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::access::Action;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::plan::{Plan, PlanFilter, PlanView};
use wiwebb_domain::pricing::PlanPricing;

use super::pricing;
use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::profile::{ClientProfile, Wire as _};
use crate::site::cell::{Cell, Fact, Tone};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, Content, Detail, FormHead, Panel};
use crate::site::detail::{answer_form, show_detail, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, format, words};
use crate::state::AppState;
use crate::v1::plans::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/plans/";

const COLUMNS: [Column; 7] = [
    Column::new("Name").by("name"),
    Column::new("Time a day").number(),
    Column::new("Data a day").number(),
    Column::new("Prices"),
    Column::new("Default"),
    Column::new("State"),
    Column::new("Created").by("created_at"),
];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/plans/new/", get(blank).post(create)),
        ("/admin/plans/{id}/", get(show)),
        ("/admin/plans/{id}/edit/", get(edit).post(update)),
        ("/admin/plans/{id}/delete/", get(preview).post(delete)),
    ]
}

/// The page of a plan.
pub(super) fn href(id: PlanId) -> String {
    format!("{LIST}{id}/")
}

/// All plans unless asked otherwise: what cannot be subscribed to is looked after here, too.
fn filter(params: &mut Params) -> PlanFilter {
    PlanFilter {
        available: params.boolean("available"),
        requires_payment: params.boolean("requires_payment"),
    }
}

fn row(view: &PlanView) -> Vec<Cell> {
    let plan = &view.plan;
    let prices: Vec<String> = view.pricing.iter().map(pricing::name).collect();
    vec![
        Cell::link(href(plan.id), &plan.name),
        Cell::Text(words::time_limit(plan)),
        Cell::Text(words::data_limit(plan)),
        Cell::text(prices.join(", ")),
        if plan.default { Cell::badge(Tone::Good, "Default") } else { Cell::text("") },
        state(plan),
        Cell::time(plan.created_at),
    ]
}

fn state(plan: &Plan) -> Cell {
    if plan.available {
        Cell::badge(Tone::Good, "Available")
    } else {
        Cell::badge(Tone::Quiet, "Not available")
    }
}

/// `GET /admin/plans/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.plans.page(visit.actor(), request);
    let browsed = params.browse(filter, list).await?;
    let table = Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(
        &browsed,
        [
            Filter::truth("available", "Available"),
            Filter::truth("requires_payment", "To be paid for"),
        ],
    );
    let may_write = visit.may(Action::WritePlans);
    let head = ListHead::new("Plans", "There are no plans yet.");
    show_list(&visit, head.action(may_write, "/admin/plans/new/", "New plan"), table)
}

/// `GET /admin/plans/{id}/`
async fn show(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.plans.get(visit.actor(), (&id).into()).await?;
    let prices = state.services.plans.list_pricing(visit.actor(), view.plan.id).await?;
    let plan = &view.plan;
    let mut actions = Vec::new();
    if visit.may(Action::WritePlans) {
        let own = href(plan.id);
        actions.extend([table::Action::edit(&own), table::Action::delete(&own)]);
    }
    let mut panels = vec![prices_of(&visit, plan, &prices)];
    if !plan.metadata.is_empty() {
        panels.push(Panel::new("Notes", Content::Json(format::json(&plan.metadata))));
    }
    let back = Back::to(LIST, "Plans");
    let heading = plan.name.to_string();
    show_detail(&visit, Detail { back, heading, actions, facts: facts(plan), panels })
}

fn facts(plan: &Plan) -> Vec<Fact> {
    vec![
        Fact::new("Name", Cell::text(&plan.name)),
        Fact::new("Description", Cell::maybe_long(plan.description.as_ref())),
        Fact::new("State", state(plan)),
        Fact::new("Default", Cell::truth(plan.default)),
        Fact::new("Time a day", Cell::Text(words::time_limit(plan))),
        Fact::new("Data a day", Cell::Text(words::data_limit(plan))),
        Fact::new("To be paid for", Cell::truth(plan.requires_payment)),
        Fact::new("Needs an invoice", Cell::truth(plan.requires_invoice)),
        Fact::new("Renews by itself", Cell::truth(plan.auto_renew)),
        Fact::new("Product at Stripe", Cell::maybe_code(plan.stripe_product_id.as_ref())),
        Fact::new("Created", Cell::time(plan.created_at)),
        Fact::new("Changed", Cell::time(plan.updated_at)),
    ]
}

fn prices_of(visit: &Visit, plan: &Plan, prices: &[PlanPricing]) -> Panel {
    let content = if prices.is_empty() {
        Content::Text("There are no prices yet.".to_owned())
    } else {
        Content::Rows(pricing::table(prices))
    };
    let mut actions = Vec::new();
    if visit.may(Action::WritePlans) {
        actions.push(table::Action::new(pricing::new_href(plan.id), "New price").quiet());
    }
    if let Content::Rows(Table { more: Some(_), .. }) = content {
        actions.push(table::Action::new(pricing::list_href(plan.id), "All prices").quiet());
    }
    Panel::new("Prices", content).actions(actions)
}

fn form(submit: &'static str) -> Form {
    Form::new(
        submit,
        [
            Field::new("name", "Name", Kind::Text).required(),
            Field::new("description", "Description", Kind::Area),
            Field::new("available", "Available", Kind::Flag)
                .value("true")
                .help("It can be subscribed to."),
            Field::new("default", "Default", Kind::Flag)
                .help("Whoever has no subscription has this plan. The one that was it until now no longer is."),
            Field::new("requires_payment", "To be paid for", Kind::Flag).value("true"),
            Field::new("requires_invoice", "Needs an invoice", Kind::Flag),
            Field::new("auto_renew", "Renews by itself", Kind::Flag).value("true"),
            Field::new("daily_time_minutes", "Minutes a day", Kind::Number)
                .help("Empty is unlimited."),
            Field::new("daily_data_mb", "Megabytes a day", Kind::Number)
                .help("A megabyte is 1 000 000 bytes. Empty is unlimited."),
            Field::new("stripe_product_id", "Product at Stripe", Kind::Text),
            Field::new("metadata", "Notes", Kind::Json).help("A JSON object."),
        ],
    )
}

fn new_head() -> FormHead {
    FormHead::new(Back::to(LIST, "Plans"), "New plan")
}

fn edit_head(view: &PlanView) -> FormHead {
    FormHead::edit(href(view.plan.id), &view.plan.name)
}

/// `GET /admin/plans/new/`
async fn blank(visit: Visit) -> Shown {
    visit.require(Action::WritePlans)?;
    show_form(&visit, new_head(), form("Create"))
}

/// `POST /admin/plans/new/`
async fn create(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let form = form("Create");
    let input = wire::new_plan(form.body(&submission));
    let made = state.services.plans.create(visit.actor(), input).await;
    let page = made.map(|view| href(view.plan.id));
    answer_form(&visit, new_head(), (form, &submission), page, "created")
}

/// `GET /admin/plans/{id}/edit/`
async fn edit(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    visit.require(Action::WritePlans)?;
    let view = state.services.plans.get(visit.actor(), (&id).into()).await?;
    let filled = form("Save").filled(&wire::PlanWire::of(&view, ClientProfile::Default))?;
    show_form(&visit, edit_head(&view), filled)
}

/// `POST /admin/plans/{id}/edit/`
async fn update(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    visit.require(Action::WritePlans)?;
    let view = state.services.plans.get(visit.actor(), (&id).into()).await?;
    let form = form("Save");
    let input = wire::plan_update(form.body(&submission), Write::Whole);
    let changed = state.services.plans.update(visit.actor(), view.plan.id, input).await;
    let page = changed.map(|view| href(view.plan.id));
    answer_form(&visit, edit_head(&view), (form, &submission), page, "saved")
}

fn deleting(view: &PlanView) -> Deleting<'static> {
    let name = view.plan.name.to_string();
    Deleting { what: "the plan", name, href: href(view.plan.id), list: LIST }
}

/// `GET /admin/plans/{id}/delete/`
async fn preview(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let plan = state.services.deletions.of_plan(visit.actor(), (&id).into()).await?;
    let view = state.services.plans.get(visit.actor(), (&id).into()).await?;
    deletion::preview(&visit, &deleting(&view), &plan)
}

/// `POST /admin/plans/{id}/delete/`
async fn delete(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.plans.get(visit.actor(), (&id).into()).await?;
    let outcome = state.services.plans.delete(visit.actor(), view.plan.id).await;
    deletion::outcome(&visit, &deleting(&view), outcome)
}
