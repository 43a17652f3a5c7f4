//! Plans: what there is, and subscribing to one or changing to it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use serde_json::{Map, Value};
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::PlanPricingId;
use wiwebb_domain::plan::{PlanFilter, PlanView};
use wiwebb_domain::pricing::PlanPricing;
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
use crate::site::page::{Shell, done, show as show_page, show_as};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, once, words};
use crate::state::AppState;
use crate::v1::subscriptions::wire;

/// Where the plans are.
pub(super) const LIST: &str = "/account/plans/";

/// The query parameter that names one of a plan's prices, and the API's field.
const PRICING: &str = "pricing";
const PRICING_ID: &str = "pricing_id";

/// The field that says whether a plan takes the place of another.
const CHANGES: &str = "changes";

pub(super) fn routes() -> Routes {
    vec![(LIST, get(list)), ("/account/plans/{id}/", get(choose).post(submit))]
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
}

#[derive(Template)]
#[template(path = "account/plans.html")]
struct PlansPage {
    shell: Shell,
    offers: Vec<Offer>,
    changes: bool,
}

/// `GET /account/plans/`
async fn list(State(state): State<AppState>, visit: Visit) -> Shown {
    let filter = PlanFilter { available: Some(true), requires_payment: None };
    let plans = state.services.plans.list(visit.actor(), Ok(filter)).await?;
    let live = live(&state, &visit).await?;
    let offers = plans.iter().map(|view| offer(view, live.as_ref())).collect();
    show_page(&PlansPage { shell: visit.shell("Plans"), offers, changes: live.is_some() })
}

/// The subscription that another plan would take the place of.
async fn live(state: &AppState, visit: &Visit) -> Result<Option<SubscriptionView>, Error> {
    let standing = subscription::standing(state, visit).await?;
    Ok(standing.filter(|view| view.subscription.status.is_live()))
}

fn offer(view: &PlanView, live: Option<&SubscriptionView>) -> Offer {
    let plan = &view.plan;
    let href = format!("{LIST}{}/", plan.id);
    let own = live.filter(|live| live.plan.id == plan.id).map(|live| live.subscription.terms);
    let price = |pricing: &PlanPricing| Price {
        text: words::price(Some(pricing.into())),
        trial: trial(Some(pricing)),
        href: format!("{href}?{PRICING}={}", pricing.id),
        is_own: own == Some(Some(Terms::from(pricing))),
    };
    let prices = if plan.requires_payment {
        view.pricing.iter().map(price).collect()
    } else {
        let is_own = own.is_some();
        vec![Price { text: words::price(None), trial: String::new(), href, is_own }]
    };
    Offer {
        name: plan.name.to_string(),
        description: plan.description.as_ref().map(ToString::to_string).unwrap_or_default(),
        limits: limits(plan).into(),
        prices,
    }
}

#[derive(Template)]
#[template(path = "account/plan.html")]
struct PlanPage {
    shell: Shell,
    back: Back,
    heading: String,
    description: String,
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
            description: plan.description.as_ref().map(ToString::to_string).unwrap_or_default(),
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
    let choice = Choice { view, pricing: params.value(PRICING).to_owned(), changes };
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
