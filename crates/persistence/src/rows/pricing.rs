//! `payment_planpricing`

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::pricing::{BillingInterval, PlanPricing, PlanPricingView};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{ExternalId, Name};

use super::{Origin, selection};
use crate::list::Selection;

/// A price of a plan.
#[derive(sqlx::FromRow)]
pub(crate) struct PricingRow {
    pub(crate) id: i32,
    pub(crate) plan_id: i32,
    pub(crate) amount: Decimal,
    pub(crate) currency: String,
    pub(crate) interval: String,
    pub(crate) trial_period_days: i32,
    pub(crate) active: bool,
    pub(crate) stripe_price_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

selection!($ pricing_row => PricingRow, "pricing",
    "pricing.id, pricing.plan_id, pricing.amount, pricing.currency, pricing.interval, \
     pricing.trial_period_days, pricing.active, pricing.stripe_price_id, pricing.created_at, \
     pricing.updated_at"
);

impl TryFrom<PricingRow> for PlanPricing {
    type Error = RepositoryError;

    fn try_from(row: PricingRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::PlanPricing, id: row.id };
        Ok(Self {
            id: PlanPricingId::new(row.id),
            plan_id: PlanId::new(row.plan_id),
            price: from.money("amount", row.amount, &row.currency)?,
            interval: from.word("interval", &row.interval, BillingInterval::parse)?,
            trial_period_days: from
                .value("trial_period_days", u16::try_from(row.trial_period_days))?,
            active: row.active,
            stripe_price_id: from.optional(
                "stripe_price_id",
                row.stripe_price_id.as_deref(),
                ExternalId::optional,
            )?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A price with its plan's name.
#[derive(sqlx::FromRow)]
pub(crate) struct NamedPricingRow {
    #[sqlx(flatten)]
    pricing: PricingRow,
    plan_name: String,
}

/// Selects a [`NamedPricingRow`] of a list.
pub(crate) const WITH_NAME: Selection = Selection {
    alias: "pricing",
    columns: "pricing.*, plan.name AS plan_name",
    joins: "JOIN payment_plan AS plan ON plan.id = pricing.plan_id",
};

impl TryFrom<NamedPricingRow> for PlanPricingView {
    type Error = RepositoryError;

    fn try_from(row: NamedPricingRow) -> Result<Self, RepositoryError> {
        let plan = Origin { kind: EntityKind::Plan, id: row.pricing.plan_id };
        let plan_name = plan.value("name", Name::new(&row.plan_name))?;
        Ok(Self { pricing: row.pricing.try_into()?, plan_name })
    }
}
