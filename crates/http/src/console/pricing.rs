//! What plans cost: the prices of all plans in one list, and each of them under its plan.

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::access::Action;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::money::Currency;
use wiwebb_domain::plan::PlanView;
use wiwebb_domain::pricing::{BillingInterval, PlanPricing, PlanPricingFilter, PlanPricingView};
use wiwebb_domain::relations::EntityKind;

use super::plans;
use crate::error::ApiError;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::Params;
use crate::extract::path::{Segment, Segments};
use crate::profile::{ClientProfile, Wire as _};
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{Back, Detail, FormHead, answer_form, show_detail, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::table::{self, Column, Filter, ListHead, Table, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, words};
use crate::state::AppState;
use crate::v1::plans::wire;

/// Where they are.
pub(super) const LIST: &str = "/admin/pricing/";

const COLUMNS: [Column; 6] = [
    Column::new("Price").by("amount"),
    Column::new("Plan").by("plan"),
    Column::new("Currency").by("currency"),
    Column::new("Trial"),
    Column::new("State"),
    Column::new("Created").by("created_at"),
];

/// Those of the prices of one plan.
const COLUMNS_OF_PLAN: [Column; 4] =
    [Column::new("Price"), Column::new("Trial"), Column::new("State"), Column::new("Created")];

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/admin/plans/{id}/pricing/new/", get(blank).post(create)),
        ("/admin/plans/{id}/pricing/{pricing}/", get(show)),
        ("/admin/plans/{id}/pricing/{pricing}/edit/", get(edit).post(update)),
        ("/admin/plans/{id}/pricing/{pricing}/delete/", get(preview).post(delete)),
    ]
}

fn href(pricing: &PlanPricing) -> String {
    format!("{}pricing/{}/", plans::href(pricing.plan_id), pricing.id)
}

/// Where a plan gets another price.
pub(super) fn new_href(plan: PlanId) -> String {
    format!("{}pricing/new/", plans::href(plan))
}

/// All prices of a plan, the latest first.
pub(super) fn list_href(plan: PlanId) -> String {
    format!("{LIST}?plan={plan}&ordering=-created_at")
}

/// What a price is called.
pub(super) fn name(pricing: &PlanPricing) -> String {
    words::price(Some(pricing.into()))
}

/// The prices of one plan, the latest first.
pub(super) fn table(prices: &[PlanPricing]) -> Table {
    let row = |pricing: &PlanPricing| {
        vec![
            Cell::link(href(pricing), name(pricing)),
            trial(pricing),
            words::activity(pricing.active),
            Cell::time(pricing.created_at),
        ]
    };
    Table::plain(&COLUMNS_OF_PLAN, prices.iter().rev().map(row))
}

fn trial(pricing: &PlanPricing) -> Cell {
    match pricing.trial_period_days {
        0 => Cell::text(""),
        1 => Cell::text("1 day"),
        days => Cell::text(format!("{days} days")),
    }
}

fn filter(params: &mut Params) -> PlanPricingFilter {
    PlanPricingFilter {
        plan: params.id("plan"),
        is_active: params.boolean("active"),
        currency: params.choice("currency", |word| Currency::new(word).ok()),
    }
}

fn row(view: &PlanPricingView) -> Vec<Cell> {
    let pricing = &view.pricing;
    vec![
        Cell::link(href(pricing), name(pricing)),
        Cell::link(plans::href(pricing.plan_id), &view.plan_name),
        Cell::text(pricing.price.currency()),
        trial(pricing),
        words::activity(pricing.active),
        Cell::time(pricing.created_at),
    ]
}

/// `GET /admin/pricing/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.plans.page_pricing(visit.actor(), request);
    let browsed = params.browse(filter, list).await?;
    let mut filters = vec![Filter::text("plan", "Plan id"), Filter::text("currency", "Currency")];
    let mut head = ListHead::new("Pricing", "There are no prices yet.");
    // Nobody else sees a price that cannot be bought.
    if visit.may(Action::WritePlans) {
        filters.push(Filter::truth("active", "Active"));
        head = head.intro("A price is added on the page of its plan.");
    }
    let table =
        Table::new(&browsed, &COLUMNS, row).searchable(&browsed).filtered(&browsed, filters);
    show_list(&visit, head, table)
}

/// A price with its plan.
async fn found(
    state: &AppState,
    visit: &Visit,
    Segments([plan, id]): &Segments<2>,
) -> Result<(PlanView, PlanPricing), ApiError> {
    let plans = &state.services.plans;
    let pricing = plans.get_pricing(visit.actor(), plan.into(), id.into()).await?;
    let plan = plans.get(visit.actor(), pricing.plan_id).await?;
    Ok((plan, pricing))
}

fn back(plan: &PlanView) -> Back {
    Back::to(plans::href(plan.plan.id), plan.plan.name.to_string())
}

fn heading(plan: &PlanView, pricing: &PlanPricing) -> String {
    format!("{}: {}", plan.plan.name, name(pricing))
}

/// `GET /admin/plans/{id}/pricing/{pricing}/`
async fn show(State(state): State<AppState>, visit: Visit, ids: Segments<2>) -> Shown {
    let (plan, pricing) = found(&state, &visit, &ids).await?;
    let facts = vec![
        Fact::new("Plan", Cell::link(plans::href(plan.plan.id), &plan.plan.name)),
        Fact::new("Price", Cell::money(&pricing.price)),
        Fact::new("Every", Cell::text(pricing.interval.as_str())),
        Fact::new("Trial", trial(&pricing)),
        Fact::new("State", words::activity(pricing.active)),
        Fact::new("Price at Stripe", Cell::maybe_code(pricing.stripe_price_id.as_ref())),
        Fact::new("Created", Cell::time(pricing.created_at)),
        Fact::new("Changed", Cell::time(pricing.updated_at)),
    ];
    let mut actions = Vec::new();
    if visit.may(Action::WritePlans) {
        let own = href(&pricing);
        actions.extend([table::Action::edit(&own), table::Action::delete(&own)]);
    }
    let (back, heading) = (back(&plan), heading(&plan, &pricing));
    show_detail(&visit, Detail { back, heading, actions, facts, panels: Vec::new() })
}

fn form(submit: &'static str) -> Form {
    let intervals = [
        (BillingInterval::Day, "Day"),
        (BillingInterval::Week, "Week"),
        (BillingInterval::Month, "Month"),
        (BillingInterval::Year, "Year"),
    ];
    let intervals = intervals.map(|(interval, label)| (interval.as_str(), label));
    Form::new(
        submit,
        [
            Field::new("amount", "Amount", Kind::Amount).required(),
            Field::new("currency", "Currency", Kind::Text)
                .required()
                .blank_if_empty()
                .value(Currency::USD.code())
                .help("Three letters, such as USD."),
            Field::choice("interval", "Every", intervals)
                .required()
                .value(BillingInterval::Month.as_str()),
            Field::new("trial_period_days", "Trial days", Kind::Number)
                .required()
                .blank_if_empty()
                .value("0")
                .help("Days before the first charge."),
            Field::new("active", "Active", Kind::Flag).value("true").help("It can be bought."),
            Field::new("stripe_price_id", "Price at Stripe", Kind::Text).help(
                "Forgotten when amount, currency or interval change: there, that is another price.",
            ),
        ],
    )
}

/// What a change says. The price at Stripe is sent if it is another one: given along with a changed
/// amount, the old one would be kept for it.
fn changes(
    form: &Form,
    submission: &Submission,
    stored: &PlanPricing,
) -> Result<JsonObject, ApiError> {
    let mut object = form.body(submission).object()?;
    let given = submission.value("stripe_price_id").unwrap_or_default().trim();
    let kept = stored.stripe_price_id.as_ref().map(ToString::to_string).unwrap_or_default();
    if given == kept {
        object.remove("stripe_price_id");
    }
    Ok(JsonObject::of(object))
}

fn new_head(plan: &PlanView) -> FormHead {
    FormHead::new(back(plan), format!("New price of {}", plan.plan.name))
}

fn edit_head(plan: &PlanView, pricing: &PlanPricing) -> FormHead {
    let back = Back::to(href(pricing), heading(plan, pricing));
    FormHead::new(back, format!("Edit the price of {}", plan.plan.name))
}

/// `GET /admin/plans/{id}/pricing/new/`
async fn blank(State(state): State<AppState>, visit: Visit, plan: Segment) -> Shown {
    visit.require(Action::WritePlans)?;
    let plan = state.services.plans.get(visit.actor(), (&plan).into()).await?;
    show_form(&visit, new_head(&plan), form("Create"))
}

/// `POST /admin/plans/{id}/pricing/new/`
async fn create(
    State(state): State<AppState>,
    visit: Visit,
    plan: Segment,
    submission: Submission,
) -> Shown {
    visit.require(Action::WritePlans)?;
    let plan = state.services.plans.get(visit.actor(), (&plan).into()).await?;
    let form = form("Create");
    let input = wire::new_pricing(form.body(&submission));
    let plans = &state.services.plans;
    let made = plans.create_pricing(visit.actor(), plan.plan.id, input).await;
    let page = made.map(|pricing| href(&pricing));
    answer_form(&visit, new_head(&plan), (form, &submission), page, "created")
}

/// `GET /admin/plans/{id}/pricing/{pricing}/edit/`
async fn edit(State(state): State<AppState>, visit: Visit, ids: Segments<2>) -> Shown {
    visit.require(Action::WritePlans)?;
    let (plan, pricing) = found(&state, &visit, &ids).await?;
    let filled = form("Save").filled(&wire::PricingWire::of(&pricing, ClientProfile::Default))?;
    show_form(&visit, edit_head(&plan, &pricing), filled)
}

/// `POST /admin/plans/{id}/pricing/{pricing}/edit/`
async fn update(
    State(state): State<AppState>,
    visit: Visit,
    ids: Segments<2>,
    submission: Submission,
) -> Shown {
    visit.require(Action::WritePlans)?;
    let (plan, pricing) = found(&state, &visit, &ids).await?;
    let form = form("Save");
    let input = wire::pricing_update(changes(&form, &submission, &pricing)?, Write::Whole);
    let plans = &state.services.plans;
    let changed = plans.update_pricing(visit.actor(), pricing.plan_id, pricing.id, input).await;
    let page = changed.map(|pricing| href(&pricing));
    answer_form(&visit, edit_head(&plan, &pricing), (form, &submission), page, "saved")
}

fn deleting(plan: &PlanView, pricing: &PlanPricing) -> Deleting<'static> {
    let name = format!("{} of {}", name(pricing), plan.plan.name);
    Deleting { what: "the price", name, href: href(pricing), list: LIST }
}

/// `GET /admin/plans/{id}/pricing/{pricing}/delete/`
async fn preview(State(state): State<AppState>, visit: Visit, ids: Segments<2>) -> Shown {
    visit.require(Action::WritePlans)?;
    let (plan, pricing) = found(&state, &visit, &ids).await?;
    deletion::ask(&visit, &deleting(&plan, &pricing), EntityKind::PlanPricing)
}

/// `POST /admin/plans/{id}/pricing/{pricing}/delete/`
async fn delete(State(state): State<AppState>, visit: Visit, ids: Segments<2>) -> Shown {
    visit.require(Action::WritePlans)?;
    let (plan, pricing) = found(&state, &visit, &ids).await?;
    let plans = &state.services.plans;
    let outcome = plans.delete_pricing(visit.actor(), pricing.plan_id, pricing.id).await;
    deletion::outcome(&visit, &deleting(&plan, &pricing), outcome)
}
