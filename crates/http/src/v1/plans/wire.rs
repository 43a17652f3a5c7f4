//! Bodies and filters of §7.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use wiwebb_domain::error::Input;
use wiwebb_domain::money::{Currency, Money};
use wiwebb_domain::plan::{NewPlan, PlanFilter, PlanUpdate, PlanView};
use wiwebb_domain::pricing::{BillingInterval, NewPlanPricing, PlanPricing, PlanPricingUpdate};
use wiwebb_domain::text::{ExternalId, LongText, Name};

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{Write, amount, boolean, choice, integer, object, text};
use crate::extract::list::Params;
use crate::openapi::values;
use crate::profile::{AmountWire, ClientProfile, Wire};

/// The plan object of contract §7.1.
#[derive(Serialize, ToSchema)]
#[schema(as = Plan)]
pub(crate) struct PlanWire {
    #[schema(example = 4)]
    id: i32,
    #[schema(example = "Evening")]
    name: String,
    #[schema(example = "Evenings and weekends.")]
    description: String,
    #[schema(example = false)]
    default: bool,
    available: bool,
    requires_payment: bool,
    #[schema(example = false)]
    requires_invoice: bool,
    auto_renew: bool,
    #[schema(required = true, example = 120)]
    daily_time_minutes: Option<u32>,
    #[schema(required = true, example = 500)]
    daily_data_mb: Option<u32>,
    #[schema(example = "prod_123")]
    stripe_product_id: String,
    #[schema(value_type = BTreeMap<String, Value>)]
    metadata: Map<String, Value>,
    pricing: Vec<PricingWire>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Wire<PlanView> for PlanWire {
    fn of(view: &PlanView, profile: ClientProfile) -> Self {
        let pricing = view.pricing.iter().map(|pricing| PricingWire::of(pricing, profile));
        let plan = &view.plan;
        Self {
            id: plan.id.get(),
            name: plan.name.to_string(),
            description: or_empty(plan.description.as_ref()),
            default: plan.default,
            available: plan.available,
            requires_payment: plan.requires_payment,
            requires_invoice: plan.requires_invoice,
            auto_renew: plan.auto_renew,
            daily_time_minutes: plan.daily_time_minutes,
            daily_data_mb: plan.daily_data_mb,
            stripe_product_id: or_empty(plan.stripe_product_id.as_ref()),
            metadata: plan.metadata.clone(),
            pricing: pricing.collect(),
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

/// The pricing object of contract §7.2; in `compat` with the amount as a number (§15, row 7).
#[derive(Serialize, ToSchema)]
#[schema(as = Pricing)]
pub(crate) struct PricingWire {
    #[schema(example = 9)]
    id: i32,
    #[schema(example = 4)]
    plan: i32,
    #[schema(value_type = String, example = "19.99")]
    amount: AmountWire,
    #[schema(example = "USD")]
    currency: &'static str,
    #[schema(schema_with = values::Interval::schema)]
    interval: &'static str,
    #[schema(example = 14)]
    trial_period_days: u16,
    active: bool,
    #[schema(example = "price_123")]
    stripe_price_id: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Wire<PlanPricing> for PricingWire {
    fn of(pricing: &PlanPricing, profile: ClientProfile) -> Self {
        Self {
            id: pricing.id.get(),
            plan: pricing.plan_id.get(),
            amount: profile.amount(pricing.price.amount()),
            currency: pricing.price.currency().code(),
            interval: pricing.interval.as_str(),
            trial_period_days: pricing.trial_period_days,
            active: pricing.active,
            stripe_price_id: or_empty(pricing.stripe_price_id.as_ref()),
            created_at: pricing.created_at,
            updated_at: pricing.updated_at,
        }
    }
}

/// What a plan is written with; a limit of null is none.
#[derive(ToSchema)]
#[schema(as = PlanBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct PlanBody {
    #[schema(min_length = 1, max_length = 100, example = "Evening")]
    name: String,
    #[schema(example = "Evenings and weekends.")]
    description: Option<String>,
    #[schema(nullable = false, example = false)]
    default: Option<bool>,
    #[schema(nullable = false)]
    available: Option<bool>,
    #[schema(nullable = false)]
    requires_payment: Option<bool>,
    #[schema(nullable = false, example = false)]
    requires_invoice: Option<bool>,
    #[schema(nullable = false)]
    auto_renew: Option<bool>,
    #[schema(minimum = 0, maximum = 2_147_483_647, example = 120)]
    daily_time_minutes: Option<u32>,
    #[schema(minimum = 0, maximum = 2_147_483_647, example = 500)]
    daily_data_mb: Option<u32>,
    #[schema(max_length = 255, example = "prod_123")]
    stripe_product_id: Option<String>,
    #[schema(value_type = Option<BTreeMap<String, Value>>, nullable = false)]
    metadata: Option<Map<String, Value>>,
}

/// What a price is written with.
#[derive(ToSchema)]
#[schema(as = PricingBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct PricingBody {
    /// A JSON number is taken too.
    #[schema(pattern = "^[0-9]{1,8}([.][0-9]{1,2})?$", example = "19.99")]
    amount: String,
    #[schema(min_length = 3, max_length = 3, example = "USD", nullable = false)]
    currency: Option<String>,
    #[schema(schema_with = values::Interval::schema, required = false)]
    interval: Option<String>,
    #[schema(minimum = 0, maximum = 730, nullable = false, example = 14)]
    trial_period_days: Option<u16>,
    #[schema(nullable = false)]
    active: Option<bool>,
    #[schema(max_length = 255, example = "price_123")]
    stripe_price_id: Option<String>,
}

/// Without the parameter the list shows what can be subscribed to (contract §7.3).
pub(super) fn filter(params: &mut Params) -> PlanFilter {
    PlanFilter {
        available: params.boolean("available").or(Some(true)),
        requires_payment: params.boolean("requires_payment"),
    }
}

pub(crate) fn new_plan(body: JsonObject) -> Input<NewPlan> {
    let update = plan_update(body, Write::Whole)?;
    let Some(name) = update.name else {
        // A whole write has a name, or it was refused already.
        return Err(wiwebb_domain::error::Violations::default().into());
    };
    let plain = NewPlan::named(name);
    Ok(NewPlan {
        description: update.description.flatten(),
        default: update.default.unwrap_or(plain.default),
        available: update.available.unwrap_or(plain.available),
        requires_payment: update.requires_payment.unwrap_or(plain.requires_payment),
        requires_invoice: update.requires_invoice.unwrap_or(plain.requires_invoice),
        auto_renew: update.auto_renew.unwrap_or(plain.auto_renew),
        daily_time_minutes: update.daily_time_minutes.flatten(),
        daily_data_mb: update.daily_data_mb.flatten(),
        stripe_product_id: update.stripe_product_id.flatten(),
        metadata: update.metadata.unwrap_or_default(),
        ..plain
    })
}

pub(crate) fn plan_update(body: JsonObject, write: Write) -> Input<PlanUpdate> {
    let mut fields = body.fields()?;
    let limit = |value: &Value| integer(0, i32::MAX)(value).map(|n| Some(n.unsigned_abs()));
    let update = PlanUpdate {
        name: fields.needed(write, "name", text(Name::new)),
        description: fields.nullable("description", text(LongText::optional)),
        default: fields.optional("default", boolean),
        available: fields.optional("available", boolean),
        requires_payment: fields.optional("requires_payment", boolean),
        requires_invoice: fields.optional("requires_invoice", boolean),
        auto_renew: fields.optional("auto_renew", boolean),
        daily_time_minutes: fields.nullable("daily_time_minutes", limit),
        daily_data_mb: fields.nullable("daily_data_mb", limit),
        stripe_product_id: fields.nullable("stripe_product_id", text(ExternalId::optional)),
        metadata: fields.optional("metadata", object),
    };
    fields.finish(|| Some(update))
}

pub(crate) fn new_pricing(body: JsonObject) -> Input<NewPlanPricing> {
    let update = pricing_update(body, Write::Whole)?;
    let violations = wiwebb_domain::error::Violations::default;
    let amount = update.amount.ok_or_else(violations)?;
    let currency = update.currency.unwrap_or(Currency::USD);
    let price = Money::new(amount, currency)
        .map_err(|violation| wiwebb_domain::error::Violations::of("amount", violation))?;
    Ok(NewPlanPricing {
        price,
        interval: update.interval.unwrap_or(BillingInterval::Month),
        trial_period_days: update.trial_period_days.unwrap_or(0),
        active: update.active.unwrap_or(true),
        stripe_price_id: update.stripe_price_id.flatten(),
    })
}

pub(crate) fn pricing_update(body: JsonObject, write: Write) -> Input<PlanPricingUpdate> {
    let mut fields = body.fields()?;
    let trial = |value: &Value| {
        let days = integer(0, PlanPricing::MAX_TRIAL_DAYS.into())(value)?;
        Ok(u16::try_from(days).unwrap_or(PlanPricing::MAX_TRIAL_DAYS))
    };
    let update = PlanPricingUpdate {
        amount: fields.needed(write, "amount", amount),
        currency: fields.optional("currency", text(Currency::new)),
        interval: fields.optional("interval", choice(BillingInterval::parse)),
        trial_period_days: fields.optional("trial_period_days", trial),
        active: fields.optional("active", boolean),
        stripe_price_id: fields.nullable("stripe_price_id", text(ExternalId::optional)),
    };
    fields.finish(|| Some(update))
}
