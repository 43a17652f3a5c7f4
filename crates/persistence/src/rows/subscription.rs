//! `payment_subscription`

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{GatewayId, PaymentId, PlanId, SubscriptionId, UserId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::pricing::BillingInterval;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::subscription::{
    Charge, ChargePurpose, Driver, PendingChange, Period, Subscription, SubscriptionRef,
    SubscriptionStatus, Terms,
};
use wiwebb_domain::text::ExternalId;

use super::{Origin, selection};

/// A subscription.
pub(crate) struct SubscriptionRow {
    pub(crate) id: i32,
    pub(crate) subscription_id: String,
    pub(crate) external_id: Option<String>,
    pub(crate) user_id: i32,
    pub(crate) plan_id: i32,
    pub(crate) amount: Option<Decimal>,
    pub(crate) currency: Option<String>,
    pub(crate) interval: Option<String>,
    pub(crate) payment_gateway_id: Option<i32>,
    pub(crate) driver: String,
    pub(crate) status: String,
    pub(crate) anchor: Option<DateTime<Utc>>,
    pub(crate) current_period_start: Option<DateTime<Utc>>,
    pub(crate) current_period_end: Option<DateTime<Utc>>,
    pub(crate) trial_days: i16,
    pub(crate) trial_end: Option<DateTime<Utc>>,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) canceled_at: Option<DateTime<Utc>>,
    pub(crate) past_due_since: Option<DateTime<Utc>>,
    pub(crate) charge_id: Option<i32>,
    pub(crate) charge_purpose: Option<String>,
    pub(crate) pending_plan_id: Option<i32>,
    pub(crate) pending_amount: Option<Decimal>,
    pub(crate) pending_currency: Option<String>,
    pub(crate) pending_interval: Option<String>,
    pub(crate) mirrored_at: Option<DateTime<Utc>>,
    pub(crate) next_step_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

selection!($ subscription_row => SubscriptionRow, "subscription",
    "subscription.id, subscription.subscription_id, subscription.external_id, \
     subscription.user_id, subscription.plan_id, subscription.amount, subscription.currency, \
     subscription.interval, subscription.payment_gateway_id, subscription.driver, \
     subscription.status, subscription.anchor, subscription.current_period_start, \
     subscription.current_period_end, subscription.trial_days, subscription.trial_end, \
     subscription.cancel_at_period_end, subscription.canceled_at, subscription.past_due_since, \
     subscription.charge_id, subscription.charge_purpose, \
     subscription.pending_plan_id, subscription.pending_amount, subscription.pending_currency, \
     subscription.pending_interval, subscription.mirrored_at, subscription.next_step_at, \
     subscription.created_at, subscription.updated_at"
);

impl SubscriptionRow {
    fn charge(&self, from: Origin) -> Stored<Option<Charge>> {
        let Some((payment, purpose)) = self.charge_id.zip(self.charge_purpose.as_deref()) else {
            return Ok(None);
        };
        let purpose = from.word("charge_purpose", purpose, ChargePurpose::parse)?;
        Ok(Some(Charge { payment: PaymentId::new(payment), purpose }))
    }

    fn pending(&self, from: Origin) -> Stored<Option<PendingChange>> {
        let Some(plan) = self.pending_plan_id else {
            return Ok(None);
        };
        let terms = terms(
            from,
            ["pending_amount", "pending_interval"],
            self.pending_amount,
            self.pending_currency.as_deref(),
            self.pending_interval.as_deref(),
        )?;
        Ok(Some(PendingChange { plan_id: PlanId::new(plan), terms }))
    }
}

/// What is paid; the columns are there all or none.
fn terms(
    from: Origin,
    columns: [&str; 2],
    amount: Option<Decimal>,
    currency: Option<&str>,
    interval: Option<&str>,
) -> Stored<Option<Terms>> {
    let Some(((amount, currency), interval)) = amount.zip(currency).zip(interval) else {
        return Ok(None);
    };
    Ok(Some(Terms {
        price: from.money(columns[0], amount, currency)?,
        interval: from.word(columns[1], interval, BillingInterval::parse)?,
    }))
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = RepositoryError;

    fn try_from(row: SubscriptionRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::Subscription, id: row.id };
        let period = row.current_period_start.zip(row.current_period_end);
        Ok(Self {
            id: SubscriptionId::new(row.id),
            subscription_id: from
                .value("subscription_id", SubscriptionRef::new(&row.subscription_id))?,
            external_id: from.optional(
                "external_id",
                row.external_id.as_deref(),
                ExternalId::optional,
            )?,
            user_id: UserId::new(row.user_id),
            plan_id: PlanId::new(row.plan_id),
            terms: terms(
                from,
                ["amount", "interval"],
                row.amount,
                row.currency.as_deref(),
                row.interval.as_deref(),
            )?,
            payment_gateway_id: row.payment_gateway_id.map(GatewayId::new),
            driver: from.word("driver", &row.driver, Driver::parse)?,
            status: from.word("status", &row.status, SubscriptionStatus::parse)?,
            anchor: row.anchor,
            period: period.map(|(start, end)| Period { start, end }),
            trial_days: from.value("trial_days", u16::try_from(row.trial_days))?,
            trial_end: row.trial_end,
            cancel_at_period_end: row.cancel_at_period_end,
            canceled_at: row.canceled_at,
            past_due_since: row.past_due_since,
            charge: row.charge(from)?,
            pending: row.pending(from)?,
            mirrored_at: row.mirrored_at,
            next_step_at: row.next_step_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
