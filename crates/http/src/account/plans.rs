//! Plans: what there is, and subscribing to one or changing to it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use serde_json::{Map, Value};
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::PlanPricingId;
use wiwebb_domain::page::PageSize;
use wiwebb_domain::plan::{Plan, PlanFilter, PlanView};
use wiwebb_domain::pricing::{PlanPricing, PlanPricingFilter, PlanPricingView};
use wiwebb_domain::subscription::{SubscriptionView, Terms};

use super::words::{limits, trial};
use super::{BASE, payments, subscription};
use crate::error::ApiError;
use crate::extract::body::JsonObject;
use crate::extract::idempotent::Told;
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::detail::Back;
use crate::site::form::{Field, Form, Kind};
use crate::site::format::Excerpt;
use crate::site::page::{Shell, done, show as show_page, show_as};
use crate::site::table::{Column, ListHead, Table, neighbours, show_list};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, format, once, words};
use crate::state::AppState;
use crate::v1::subscriptions::wire;

/// Where the plans are.
pub(super) const LIST: &str = "/account/plans/";

/// The most plans on a page: each is shown with what it says of itself and what it costs.
const PLANS: PageSize = PageSize::clamped(10);

/// The most prices that are shown with a plan; the others have a list.
const PRICES: usize = 5;

/// Bytes that the page spends on what a plan says of itself at most; the plan's own page has more.
const LONGEST_DESCRIPTION: usize = 500;

const COLUMNS: [Column; 3] = [Column::new("Price"), Column::new("Trial"), Column::new("Yours")];

/// The query parameter that names one of a plan's prices, and the API's field.
const PRICING: &str = "pricing";
const PRICING_ID: &str = "pricing_id";

/// The field that says whether a plan takes the place of another.
const CHANGES: &str = "changes";

pub(super) fn routes() -> Routes {
    vec![
        (LIST, get(list)),
        ("/account/plans/{id}/", get(choose).post(submit)),
        ("/account/plans/{id}/prices/", get(prices)),
    ]
}

/// A way to have a plan.
struct Price {
    text: String,
    trial: String,
    href: String,
    is_own: bool,
}

/// A plan with the ways to have it.
struct Offer {
    name: String,
    description: String,
    limits: Vec<Fact>,
    prices: Vec<Price>,
    /// Where all prices are, if there are more.
    all_prices: Option<String>,
}

#[derive(Template)]
#[template(path = "account/plans.html")]
struct PlansPage {
    shell: Shell,
    offers: Vec<Offer>,
    changes: bool,
    next: Option<String>,
    previous: Option<String>,
}

/// `GET /account/plans/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let available = |_: &mut Params| PlanFilter { available: Some(true), requires_payment: None };
    let list = |request| state.services.plans.page(visit.actor(), request);
    let browsed = params.at_most(PLANS).browse(available, list).await?;
    let live = live(&state, &visit).await?;
    let (next, previous) = neighbours(&browsed);
    show_page(&PlansPage {
        shell: visit.shell("Plans"),
        offers: browsed.page.items.iter().map(|view| offer(view, live.as_ref())).collect(),
        changes: live.is_some(),
        next,
        previous,
    })
}

/// `GET /account/plans/{id}/prices/`: those that can be bought.
async fn prices(State(state): State<AppState>, visit: Visit, id: Segment, params: Params) -> Shown {
    let plans = &state.services.plans;
    let plan = plans.get(visit.actor(), (&id).into()).await?.plan;
    let active = |_: &mut Params| PlanPricingFilter {
        plan: Some(plan.id.get().into()),
        is_active: Some(true),
        currency: None,
    };
    let browsed =
        params.browse(active, |request| plans.page_pricing(visit.actor(), request)).await?;
    let live = live(&state, &visit).await?;
    let row = |view: &PlanPricingView| {
        let price = price(&plan, &view.pricing, live.as_ref());
        let name =
            if price.is_own { Cell::Text(price.text) } else { Cell::link(price.href, price.text) };
        vec![name, Cell::Text(price.trial), Cell::truth(price.is_own)]
    };
    let table = Table::new(&browsed, &COLUMNS, row);
    let head =
        ListHead::new(format!("Prices of {}", plan.name), "It cannot be bought at the moment.")
            .action(true, LIST, "All plans");
    show_list(&visit, head, table)
}

/// The subscription that another plan would take the place of.
async fn live(state: &AppState, visit: &Visit) -> Result<Option<SubscriptionView>, Error> {
    let standing = subscription::standing(state, visit).await?;
    Ok(standing.filter(|view| view.subscription.status.is_live()))
}

/// The page of a plan.
fn href(plan: &Plan) -> String {
    format!("{LIST}{}/", plan.id)
}

/// What is paid for a plan by whoever has it; `Some(None)` is nothing.
fn own_terms(plan: &Plan, live: Option<&SubscriptionView>) -> Option<Option<Terms>> {
    live.filter(|live| live.plan.id == plan.id).map(|live| live.subscription.terms)
}

fn price(plan: &Plan, pricing: &PlanPricing, live: Option<&SubscriptionView>) -> Price {
    Price {
        text: words::price(Some(pricing.into())),
        trial: trial(Some(pricing)),
        href: format!("{}?{PRICING}={}", href(plan), pricing.id),
        is_own: own_terms(plan, live) == Some(Some(Terms::from(pricing))),
    }
}

fn offer(view: &PlanView, live: Option<&SubscriptionView>) -> Offer {
    let plan = &view.plan;
    let is_paid = plan.requires_payment;
    let prices = if is_paid {
        view.pricing.iter().take(PRICES).map(|pricing| price(plan, pricing, live)).collect()
    } else {
        let is_own = own_terms(plan, live).is_some();
        let (text, trial) = (words::price(None), String::new());
        vec![Price { text, trial, href: href(plan), is_own }]
    };
    Offer {
        name: plan.name.to_string(),
        description: format::within(description(plan), LONGEST_DESCRIPTION).text,
        limits: limits(plan).into(),
        prices,
        all_prices: (is_paid && view.pricing.len() > PRICES)
            .then(|| format!("{}prices/", href(plan))),
    }
}

fn description(plan: &Plan) -> String {
    plan.description.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "account/plan.html")]
struct PlanPage {
    shell: Shell,
    back: Back,
    heading: String,
    description: Excerpt,
    facts: Vec<Fact>,
    /// Why the plan cannot be had.
    refusals: Vec<String>,
    form: Option<Form>,
}

/// A plan that somebody looks at, and which of its prices.
struct Choice {
    view: PlanView,
    pricing: String,
    /// Whether it takes the place of another.
    changes: bool,
}

impl Choice {
    /// What the API takes (contract §8.1, §8.5).
    fn body(&self) -> JsonObject {
        let mut object = Map::new();
        object.insert("plan_id".to_owned(), self.view.plan.id.get().into());
        if !self.pricing.is_empty() {
            object.insert(PRICING_ID.to_owned(), self.pricing.as_str().into());
        }
        JsonObject::of(object)
    }

    fn form(&self) -> Form {
        let submit = if self.changes { "Change plan" } else { "Subscribe" };
        let fields = [
            Field::new(PRICING_ID, "", Kind::Hidden).value(self.pricing.as_str()),
            Field::new(CHANGES, "", Kind::Hidden).value(self.changes.to_string()),
        ];
        Form::new(submit, fields).to(format!("{LIST}{}/", self.view.plan.id))
    }

    /// The price that the wish is for. One that is no number names none that there is.
    fn chosen(&self) -> Option<&PlanPricing> {
        let named = match self.pricing.as_str() {
            "" => None,
            named => Some(PlanPricingId::new(named.parse().ok()?)),
        };
        self.view.chosen(named)
    }

    fn facts(&self) -> Vec<Fact> {
        let plan = &self.view.plan;
        let pricing = self.chosen().filter(|_| plan.requires_payment);
        let mut facts = Vec::new();
        if pricing.is_some() || !plan.requires_payment {
            facts.push(Fact::new("Price", Cell::text(words::price(pricing.map(Terms::from)))));
        }
        let trial = trial(pricing);
        if !trial.is_empty() && !self.changes {
            facts.push(Fact::new("Trial", Cell::Text(trial)));
        }
        facts.extend(limits(plan));
        facts
    }

    fn page(self, visit: &Visit, facts: Vec<Fact>, told: Result<Form, Vec<String>>) -> PlanPage {
        let plan = &self.view.plan;
        let step = if self.changes { "Change" } else { "Subscribe" };
        let heading = format!("{step} to {}", plan.name);
        let (form, refusals) = match told {
            Ok(form) => (Some(form), Vec::new()),
            Err(refusals) => (None, refusals),
        };
        PlanPage {
            shell: visit.shell(heading.as_str()),
            back: Back::to(LIST, "Plans"),
            heading,
            description: format::prose(description(plan)),
            facts,
            refusals,
            form,
        }
    }
}

/// `GET /account/plans/{id}/`
async fn choose(State(state): State<AppState>, visit: Visit, id: Segment, params: Params) -> Shown {
    let view = state.services.plans.get(visit.actor(), (&id).into()).await?;
    let changes = live(&state, &visit).await?.is_some();
    let pricing = format::line(params.value(PRICING).to_owned()).text;
    let choice = Choice { view, pricing, changes };
    let mut facts = choice.facts();
    let form = once::keyed(choice.form(), &state);
    let told = if changes { cost(&state, &visit, &choice).await? } else { Ok(Vec::new()) };
    let told = told.map(|cost| facts.extend(cost));
    show_page(&choice.page(&visit, facts, told.map(|()| form)))
}

/// What a change would cost, or why there can be none.
async fn cost(
    state: &AppState,
    visit: &Visit,
    choice: &Choice,
) -> Result<Result<Vec<Fact>, Vec<String>>, ApiError> {
    let wish = wire::wish(choice.body());
    let preview = match state.services.subscriptions.preview_change(visit.actor(), wish).await {
        Ok(preview) => preview,
        Err(error) => {
            let refusal = ApiError::from(error);
            let is_own = refusal.parts().0 == StatusCode::BAD_REQUEST;
            return if is_own { Ok(Err(refusal.messages())) } else { Err(refusal) };
        }
    };
    Ok(Ok(vec![
        Fact::new("Due now", Cell::money(&preview.amount_due)),
        Fact::new("Holds from", Cell::time(preview.effective_at)),
    ]))
}

/// `POST /account/plans/{id}/`: subscribes, or changes the subscription.
async fn submit(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let actor = visit.actor();
    let view = state.services.plans.get(actor, (&id).into()).await?;
    let choice = Choice {
        view,
        pricing: submission.value(PRICING_ID).unwrap_or_default().to_owned(),
        changes: submission.value(CHANGES) == Some("true"),
    };
    let subscriptions = &state.services.subscriptions;
    let (digest, wish) = (choice.body().digest(), wire::wish(choice.body()));
    let resume = |payment| subscriptions.progress(actor, payment);
    let key = once::key_of(&submission, &visit);
    let told = if choice.changes {
        let change = |claim| subscriptions.change(actor, wish, claim);
        key.run(&state, actor, digest, wire::changed, change, resume).await
    } else {
        let subscribe = |claim| subscriptions.subscribe(actor, wish, claim);
        key.run(&state, actor, digest, wire::subscribed, subscribe, resume).await
    };
    match told.and_then(Told::for_page) {
        Ok((status, body)) => lead_on(&state, &visit, status, &body).await,
        Err(error) => {
            let form = once::keyed(choice.form(), &state);
            let (status, form) = once::refused(form, &state, &submission, error)?;
            let facts = choice.facts();
            show_as(status, &choice.page(&visit, facts, Ok(form)))
        }
    }
}

#[derive(Template)]
#[template(path = "account/gateway.html")]
struct GatewayPage<'a> {
    shell: Shell,
    href: &'a str,
}

/// To the payment, where there is one. A form may lead to pages of the site alone, so that the way to a
/// page of the gateway is a link.
async fn lead_on(state: &AppState, visit: &Visit, status: StatusCode, body: &Value) -> Shown {
    let Some(href) = body.get("checkout_url").and_then(Value::as_str) else {
        return done(BASE, once::notice(status, "subscription"));
    };
    let standing = state.services.subscriptions.status(visit.actor()).await?;
    match standing.subscription.charge {
        Some(charge) => Ok(Redirect::to(&payments::href(charge.payment)).into_response()),
        None => show_page(&GatewayPage { shell: visit.shell("Payment"), href }),
    }
}
