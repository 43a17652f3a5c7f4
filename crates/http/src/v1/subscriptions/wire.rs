//! Bodies of §8.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use wiwebb_domain::error::{Error, Input, Violation};
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::plan::Plan;
use wiwebb_domain::services::subscriptions::{ChangePreview, Subscribed, Wish};
use wiwebb_domain::subscription::{SubscriptionStatus, SubscriptionView};

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{Fields, boolean};
use crate::openapi::values;
use crate::profile::{ClientProfile, Form, Wire};

/// A plan by id and name.
#[derive(Serialize, ToSchema)]
#[schema(as = PlanRef)]
pub(super) struct PlanRef {
    #[schema(example = 4)]
    pub(super) id: i32,
    #[schema(example = "Evening")]
    pub(super) name: String,
}

impl From<&Plan> for PlanRef {
    fn from(plan: &Plan) -> Self {
        Self { id: plan.id.get(), name: plan.name.to_string() }
    }
}

/// The plan of a subscription.
#[derive(Serialize, ToSchema)]
#[schema(as = SubscribedPlan)]
struct PlanWire {
    #[schema(example = 4)]
    id: i32,
    #[schema(example = "Evening")]
    name: String,
    #[schema(example = "Evenings and weekends.")]
    description: String,
}

/// The latest subscription (contract §8.3), or in `compat` the object of §15, row 11.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct StatusWire(Form<Standing, FlatStanding>);

impl Wire<SubscriptionView> for StatusWire {
    fn of(view: &SubscriptionView, profile: ClientProfile) -> Self {
        Self(profile.form(|| Standing::from(view), || FlatStanding::from(view)))
    }
}

/// The object of contract §8.3.
#[derive(Serialize, ToSchema)]
#[schema(as = Subscription)]
pub(crate) struct Standing {
    #[schema(example = "sub_123")]
    subscription_id: String,
    #[schema(schema_with = values::SubscriptionStatus::schema)]
    status: &'static str,
    plan: PlanWire,
    #[schema(required = true, example = "2025-03-01T10:00:00Z")]
    current_period_start: Option<DateTime<Utc>>,
    #[schema(required = true, example = "2025-04-01T10:00:00Z")]
    current_period_end: Option<DateTime<Utc>>,
    #[schema(required = true, example = json!(null))]
    trial_end: Option<DateTime<Utc>>,
    #[schema(example = false)]
    cancel_at_period_end: bool,
    #[schema(required = true, example = json!(null))]
    canceled_at: Option<DateTime<Utc>>,
}

impl From<&SubscriptionView> for Standing {
    fn from(view: &SubscriptionView) -> Self {
        let subscription = &view.subscription;
        let plan = PlanWire {
            id: view.plan.id.get(),
            name: view.plan.name.to_string(),
            description: or_empty(view.plan.description.as_ref()),
        };
        Self {
            subscription_id: subscription.subscription_id.to_string(),
            status: subscription.status.as_str(),
            plan,
            current_period_start: subscription.period.map(|period| period.start),
            current_period_end: subscription.period.map(|period| period.end),
            trial_end: subscription.trial_end,
            cancel_at_period_end: view.is_ending,
            canceled_at: subscription.canceled_at,
        }
    }
}

/// The end of a period that has none, for clients that need one (contract §15): the last second of
/// the last year that has four digits.
const NO_END: DateTime<Utc> = match DateTime::from_timestamp(253_402_300_799, 0) {
    Some(instant) => instant,
    None => DateTime::<Utc>::MAX_UTC,
};

/// The subscription by ids, with a period always (contract §15, row 11).
#[derive(Serialize)]
struct FlatStanding {
    id: i32,
    subscription_id: String,
    user: i32,
    plan: i32,
    status: &'static str,
    current_period_start: DateTime<Utc>,
    current_period_end: DateTime<Utc>,
    trial_end: Option<DateTime<Utc>>,
    cancel_at_period_end: bool,
    canceled_at: Option<DateTime<Utc>>,
}

impl From<&SubscriptionView> for FlatStanding {
    fn from(view: &SubscriptionView) -> Self {
        let subscription = &view.subscription;
        let period = subscription.period;
        Self {
            id: subscription.id.get(),
            subscription_id: subscription.subscription_id.to_string(),
            user: subscription.user_id.get(),
            plan: view.plan.id.get(),
            status: subscription.status.as_str(),
            current_period_start: period.map_or(subscription.created_at, |period| period.start),
            current_period_end: period.map_or(NO_END, |period| period.end),
            trial_end: subscription.trial_end,
            cancel_at_period_end: view.is_ending,
            canceled_at: subscription.canceled_at,
        }
    }
}

/// The subscription; in `compat` null where somebody never had one (contract §15, row 12).
pub(super) fn standing(
    found: Result<SubscriptionView, Error>,
    profile: ClientProfile,
) -> Result<Option<StatusWire>, Error> {
    match (found, profile) {
        (Err(Error::NoSubscription), ClientProfile::Compat) => Ok(None),
        (found, profile) => found.map(|view| Some(StatusWire::of(&view, profile))),
    }
}

/// What a change would cost (contract §8.5).
#[derive(Serialize, ToSchema)]
#[schema(as = ChangePreview)]
pub(crate) struct PreviewWire {
    #[schema(example = "10.00")]
    amount_due: String,
    #[schema(example = "USD")]
    currency: &'static str,
    effective_at: DateTime<Utc>,
}

impl From<&ChangePreview> for PreviewWire {
    fn from(preview: &ChangePreview) -> Self {
        Self {
            amount_due: preview.amount_due.amount().to_string(),
            currency: preview.amount_due.currency().code(),
            effective_at: preview.effective_at,
        }
    }
}

/// A plan, and which of its prices: that with the lowest id unless said otherwise.
#[derive(ToSchema)]
#[schema(as = SubscribeBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct SubscribeBody {
    #[schema(example = 4)]
    plan_id: i32,
    #[schema(example = 9)]
    pricing_id: Option<i32>,
}

/// A plan to change to; `preview` only tells what it would cost.
#[derive(ToSchema)]
#[schema(as = ChangeBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct ChangeBody {
    #[schema(example = 4)]
    plan_id: i32,
    #[schema(example = 9)]
    pricing_id: Option<i32>,
    #[schema(nullable = false, example = false)]
    preview: Option<bool>,
}

/// What was begun. One that has to be paid has `checkout_url` or `client_secret`, and no times as yet.
#[derive(ToSchema)]
#[schema(as = Subscribed, example = json!({
    "checkout_url": "https://wiwebb.example/checkout/5f2c/",
    "subscription_id": "sub_123",
    "status": "incomplete",
    "plan": { "id": 4, "name": "Evening" },
}))]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct SubscribedWire {
    subscription_id: String,
    #[schema(schema_with = values::SubscriptionStatus::schema)]
    status: String,
    plan: PlanRef,
    #[schema(required = false)]
    current_period_end: Option<DateTime<Utc>>,
    #[schema(required = false)]
    trial_end: Option<DateTime<Utc>>,
    #[schema(nullable = false)]
    checkout_url: Option<String>,
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

/// The subscription as it stands, and the plan that comes next.
#[derive(ToSchema)]
#[schema(as = SubscriptionChanged)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct ChangedWire {
    #[serde(flatten)]
    standing: Standing,
    #[schema(required = true)]
    pending_plan: Option<PlanRef>,
    #[schema(nullable = false)]
    checkout_url: Option<String>,
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

/// What is told of a change: what it did, or what it would cost.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) enum ChangeAnswer {
    Changed(ChangedWire),
    Preview(PreviewWire),
}

/// A subscription that was called off.
#[derive(ToSchema)]
#[schema(as = Cancelled)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct CancelledWire {
    #[schema(example = "Subscription cancelled successfully")]
    message: String,
    subscription: EndingWire,
}

#[derive(ToSchema)]
#[schema(as = EndingSubscription)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
struct EndingWire {
    #[schema(example = "sub_123")]
    id: String,
    #[schema(schema_with = values::SubscriptionStatus::schema)]
    status: String,
    #[schema(required = true)]
    canceled_at: Option<DateTime<Utc>>,
    #[schema(required = true, example = "2025-04-01T10:00:00Z")]
    current_period_end: Option<DateTime<Utc>>,
}

pub(crate) fn wish(body: JsonObject) -> Input<Wish> {
    read_wish(body.fields()?)
}

/// A change, and whether it is only to be previewed.
pub(super) fn change(body: JsonObject) -> (Input<Wish>, bool) {
    let mut fields = match body.fields() {
        Ok(fields) => fields,
        Err(unreadable) => return (Err(unreadable.into()), false),
    };
    let previews = fields.optional("preview", boolean).unwrap_or_default();
    (read_wish(fields), previews)
}

fn read_wish(mut fields: Fields) -> Input<Wish> {
    let plan = fields.required("plan_id", |value| {
        id(value).map(|text| PlanId::parse(&text).unwrap_or(PlanId::NOWHERE))
    });
    let pricing = fields.nullable("pricing_id", |value| {
        let read = |text: String| PlanPricingId::parse(&text).unwrap_or(PlanPricingId::NOWHERE);
        id(value).map(read).map(Some)
    });
    fields.finish(|| Some(Wish { plan: plan?, pricing: pricing.flatten() }))
}

/// A whole number, as digits; one that no row can have is no defect of the form (contract §8.1).
fn id(value: &Value) -> Result<String, Violation> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Err(Violation::NotInteger),
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Violation::NotInteger);
    }
    Ok(text)
}

/// The answers of contract §8.1, or of §15, row 11: `202` while the gateway has not answered.
pub(crate) fn subscribed(outcome: &Subscribed, profile: ClientProfile) -> (StatusCode, Value) {
    let status = if outcome.is_known { StatusCode::OK } else { StatusCode::ACCEPTED };
    let flat = || FlatStanding::from(&outcome.view);
    let mut body = json!(profile.form(|| begun(outcome), flat));
    pay_by(&mut body, outcome);
    (status, body)
}

/// What contract §8.1 shows of a subscription.
fn begun(outcome: &Subscribed) -> Value {
    let subscription = &outcome.view.subscription;
    let mut body = json!({
        "subscription_id": subscription.subscription_id.as_str(),
        "status": subscription.status.as_str(),
        "plan": PlanRef::from(&outcome.view.plan),
    });
    if subscription.status != SubscriptionStatus::Incomplete {
        body["current_period_end"] = json!(subscription.period.map(|period| period.end));
        body["trial_end"] = json!(subscription.trial_end);
    }
    body
}

/// The answers of contract §8.5: the object as it stands, and how the difference is paid.
pub(crate) fn changed(outcome: &Subscribed, profile: ClientProfile) -> (StatusCode, Value) {
    let status = if outcome.is_known { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut body = json!(StatusWire::of(&outcome.view, profile));
    body["pending_plan"] = json!(outcome.view.pending_plan.as_ref().map(PlanRef::from));
    pay_by(&mut body, outcome);
    (status, body)
}

fn pay_by(body: &mut Value, outcome: &Subscribed) {
    if let Some(url) = &outcome.checkout_url {
        body["checkout_url"] = url.as_str().into();
    }
    if let Some(secret) = &outcome.client_secret {
        body["client_secret"] = secret.as_str().into();
    }
}

/// The answer of contract §8.2.
pub(crate) fn cancelled(view: &SubscriptionView, _: ClientProfile) -> (StatusCode, Value) {
    let subscription = &view.subscription;
    let body = json!({
        "message": "Subscription cancelled successfully",
        "subscription": {
            "id": subscription.subscription_id.as_str(),
            "status": subscription.status.as_str(),
            "canceled_at": subscription.canceled_at,
            "current_period_end": subscription.period.map(|period| period.end),
        },
    });
    (StatusCode::OK, body)
}
