//! Bodies of §8.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use wiwebb_domain::error::{Input, Violation};
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::plan::Plan;
use wiwebb_domain::services::subscriptions::{ChangePreview, Subscribed, Wish};
use wiwebb_domain::subscription::{SubscriptionStatus, SubscriptionView};
use wiwebb_domain::usage::Limits;

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{Fields, boolean};

/// A plan by id and name.
#[derive(Serialize)]
struct PlanRef {
    id: i32,
    name: String,
}

impl From<&Plan> for PlanRef {
    fn from(plan: &Plan) -> Self {
        Self { id: plan.id.get(), name: plan.name.to_string() }
    }
}

/// The plan of a subscription.
#[derive(Serialize)]
struct PlanWire {
    id: i32,
    name: String,
    description: String,
}

/// The object of contract §8.3.
#[derive(Serialize)]
pub(crate) struct StatusWire {
    subscription_id: String,
    status: &'static str,
    plan: PlanWire,
    current_period_start: Option<DateTime<Utc>>,
    current_period_end: Option<DateTime<Utc>>,
    trial_end: Option<DateTime<Utc>>,
    cancel_at_period_end: bool,
    canceled_at: Option<DateTime<Utc>>,
}

impl From<&SubscriptionView> for StatusWire {
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

/// The object of contract §8.4. What was used is told in whole minutes and megabytes, rounded down.
#[derive(Serialize)]
pub(crate) struct LimitsWire {
    plan: PlanRef,
    daily_time_minutes: Option<u32>,
    daily_data_mb: Option<u32>,
    usage: UsageWire,
}

#[derive(Serialize)]
struct UsageWire {
    time_used_minutes: u64,
    data_used_mb: u64,
    time_remaining_minutes: Option<u64>,
    data_remaining_mb: Option<u64>,
    reset_at: DateTime<Utc>,
}

impl From<&Limits> for LimitsWire {
    fn from(limits: &Limits) -> Self {
        let allowance = &limits.allowance;
        Self {
            plan: PlanRef { id: allowance.plan_id.get(), name: allowance.plan_name.to_string() },
            daily_time_minutes: allowance.daily_time_minutes,
            daily_data_mb: allowance.daily_data_mb,
            usage: UsageWire {
                time_used_minutes: limits.minutes_used(),
                data_used_mb: limits.megabytes_used(),
                time_remaining_minutes: limits.minutes_left(),
                data_remaining_mb: limits.megabytes_left(),
                reset_at: limits.reset_at,
            },
        }
    }
}

/// What a change would cost (contract §8.5).
#[derive(Serialize)]
pub(crate) struct PreviewWire {
    amount_due: String,
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

pub(super) fn wish(body: JsonObject) -> Input<Wish> {
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

/// The answers of contract §8.1: `202` while the gateway has not answered.
pub(super) fn subscribed(outcome: &Subscribed) -> (StatusCode, Value) {
    let status = if outcome.is_known { StatusCode::OK } else { StatusCode::ACCEPTED };
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
    pay_by(&mut body, outcome);
    (status, body)
}

/// The answers of contract §8.5: the object as it stands, and how the difference is paid.
pub(super) fn changed(outcome: &Subscribed) -> (StatusCode, Value) {
    let status = if outcome.is_known { StatusCode::OK } else { StatusCode::ACCEPTED };
    let mut body = json!(StatusWire::from(&outcome.view));
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
pub(super) fn cancelled(view: &SubscriptionView) -> (StatusCode, Value) {
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
