//! What tells what a user may use, with a row for each subscription that matters and its plan.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::password::PasswordHash;
use wiwebb_domain::plan::Plan;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::usage::Standing;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::subscription::Subscription;
use wiwebb_domain::usage::Usage;

use super::Origin;
use super::plan::PlanRow;
use super::subscription::SubscriptionRow;
use super::usage::usage;

/// A user beside one subscription, if any, and one plan, if any: that of the subscription, the
/// default one, or both in one.
pub(crate) struct StandingRow {
    pub(crate) id: i32,
    pub(crate) is_active: bool,
    pub(crate) password: String,
    pub(crate) used_id: Option<i32>,
    pub(crate) used_seconds: Option<i64>,
    pub(crate) used_octets: Option<i64>,
    pub(crate) sub_id: Option<i32>,
    pub(crate) sub_subscription_id: Option<String>,
    pub(crate) sub_external_id: Option<String>,
    pub(crate) sub_user_id: Option<i32>,
    pub(crate) sub_plan_id: Option<i32>,
    pub(crate) sub_amount: Option<Decimal>,
    pub(crate) sub_currency: Option<String>,
    pub(crate) sub_interval: Option<String>,
    pub(crate) sub_payment_gateway_id: Option<i32>,
    pub(crate) sub_driver: Option<String>,
    pub(crate) sub_status: Option<String>,
    pub(crate) sub_anchor: Option<DateTime<Utc>>,
    pub(crate) sub_current_period_start: Option<DateTime<Utc>>,
    pub(crate) sub_current_period_end: Option<DateTime<Utc>>,
    pub(crate) sub_trial_days: Option<i16>,
    pub(crate) sub_trial_end: Option<DateTime<Utc>>,
    pub(crate) sub_cancel_at_period_end: Option<bool>,
    pub(crate) sub_canceled_at: Option<DateTime<Utc>>,
    pub(crate) sub_past_due_since: Option<DateTime<Utc>>,
    pub(crate) sub_charge_id: Option<i32>,
    pub(crate) sub_charge_purpose: Option<String>,
    pub(crate) sub_pending_plan_id: Option<i32>,
    pub(crate) sub_pending_amount: Option<Decimal>,
    pub(crate) sub_pending_currency: Option<String>,
    pub(crate) sub_pending_interval: Option<String>,
    pub(crate) sub_mirrored_at: Option<DateTime<Utc>>,
    pub(crate) sub_next_step_at: Option<DateTime<Utc>>,
    pub(crate) sub_created_at: Option<DateTime<Utc>>,
    pub(crate) sub_updated_at: Option<DateTime<Utc>>,
    pub(crate) plan_id: Option<i32>,
    pub(crate) plan_name: Option<String>,
    pub(crate) plan_description: Option<String>,
    pub(crate) plan_default: Option<bool>,
    pub(crate) plan_available: Option<bool>,
    pub(crate) plan_requires_payment: Option<bool>,
    pub(crate) plan_requires_invoice: Option<bool>,
    pub(crate) plan_auto_renew: Option<bool>,
    pub(crate) plan_daily_time_minutes: Option<i32>,
    pub(crate) plan_daily_data_mb: Option<i32>,
    pub(crate) plan_stripe_product_id: Option<String>,
    pub(crate) plan_metadata: Option<Value>,
    pub(crate) plan_created_at: Option<DateTime<Utc>>,
    pub(crate) plan_updated_at: Option<DateTime<Utc>>,
}

/// Selects the rows of a user. The condition says who, by the parameter `$1`; behind it come the
/// day, the instant, and the tenant and the user that bound the scope.
macro_rules! standing_row {
    ($condition:literal, $($argument:expr),* $(,)?) => {
        sqlx::query_as!(
            StandingRow,
            r#"SELECT person.id, person.is_active, person.password,
                    used.id AS "used_id?", used.seconds AS "used_seconds?",
                    used.octets AS "used_octets?",
                    subscription.id AS "sub_id?",
                    subscription.subscription_id AS "sub_subscription_id?",
                    subscription.external_id AS "sub_external_id?",
                    subscription.user_id AS "sub_user_id?", subscription.plan_id AS "sub_plan_id?",
                    subscription.amount AS "sub_amount?", subscription.currency AS "sub_currency?",
                    subscription.interval AS "sub_interval?",
                    subscription.payment_gateway_id AS "sub_payment_gateway_id?",
                    subscription.driver AS "sub_driver?", subscription.status AS "sub_status?",
                    subscription.anchor AS "sub_anchor?",
                    subscription.current_period_start AS "sub_current_period_start?",
                    subscription.current_period_end AS "sub_current_period_end?",
                    subscription.trial_days AS "sub_trial_days?",
                    subscription.trial_end AS "sub_trial_end?",
                    subscription.cancel_at_period_end AS "sub_cancel_at_period_end?",
                    subscription.canceled_at AS "sub_canceled_at?",
                    subscription.past_due_since AS "sub_past_due_since?",
                    subscription.charge_id AS "sub_charge_id?",
                    subscription.charge_purpose AS "sub_charge_purpose?",
                    subscription.pending_plan_id AS "sub_pending_plan_id?",
                    subscription.pending_amount AS "sub_pending_amount?",
                    subscription.pending_currency AS "sub_pending_currency?",
                    subscription.pending_interval AS "sub_pending_interval?",
                    subscription.mirrored_at AS "sub_mirrored_at?",
                    subscription.next_step_at AS "sub_next_step_at?",
                    subscription.created_at AS "sub_created_at?",
                    subscription.updated_at AS "sub_updated_at?",
                    plan.id AS "plan_id?", plan.name AS "plan_name?",
                    plan.description AS "plan_description?", plan.default AS "plan_default?",
                    plan.available AS "plan_available?",
                    plan.requires_payment AS "plan_requires_payment?",
                    plan.requires_invoice AS "plan_requires_invoice?",
                    plan.auto_renew AS "plan_auto_renew?",
                    plan.daily_time_minutes AS "plan_daily_time_minutes?",
                    plan.daily_data_mb AS "plan_daily_data_mb?",
                    plan.stripe_product_id AS "plan_stripe_product_id?",
                    plan.metadata AS "plan_metadata?", plan.created_at AS "plan_created_at?",
                    plan.updated_at AS "plan_updated_at?"
               FROM api_user AS person
               LEFT JOIN network_usage AS used ON used.user_id = person.id AND used.day = $2
               LEFT JOIN payment_subscription AS subscription
                    ON subscription.user_id = person.id
                    AND (subscription.status <> 'canceled'
                        OR subscription.current_period_end > $3)
               LEFT JOIN payment_plan AS plan ON plan.id = subscription.plan_id OR plan."default"
               WHERE ($4::integer IS NULL OR person.tenant_id = $4)
                    AND ($5::integer IS NULL OR person.id = $5)
                    AND "# + $condition + " ORDER BY subscription.id",
            $($argument),*
        )
    };
}
pub(crate) use standing_row;

impl StandingRow {
    /// The subscription of the row and its plan.
    fn split(self) -> (Option<SubscriptionRow>, Option<PlanRow>) {
        let subscription = || {
            Some(SubscriptionRow {
                id: self.sub_id?,
                subscription_id: self.sub_subscription_id?,
                external_id: self.sub_external_id,
                user_id: self.sub_user_id?,
                plan_id: self.sub_plan_id?,
                amount: self.sub_amount,
                currency: self.sub_currency,
                interval: self.sub_interval,
                payment_gateway_id: self.sub_payment_gateway_id,
                driver: self.sub_driver?,
                status: self.sub_status?,
                anchor: self.sub_anchor,
                current_period_start: self.sub_current_period_start,
                current_period_end: self.sub_current_period_end,
                trial_days: self.sub_trial_days?,
                trial_end: self.sub_trial_end,
                cancel_at_period_end: self.sub_cancel_at_period_end?,
                canceled_at: self.sub_canceled_at,
                past_due_since: self.sub_past_due_since,
                charge_id: self.sub_charge_id,
                charge_purpose: self.sub_charge_purpose,
                pending_plan_id: self.sub_pending_plan_id,
                pending_amount: self.sub_pending_amount,
                pending_currency: self.sub_pending_currency,
                pending_interval: self.sub_pending_interval,
                mirrored_at: self.sub_mirrored_at,
                next_step_at: self.sub_next_step_at,
                created_at: self.sub_created_at?,
                updated_at: self.sub_updated_at?,
            })
        };
        let plan = || {
            Some(PlanRow {
                id: self.plan_id?,
                name: self.plan_name?,
                description: self.plan_description,
                default: self.plan_default?,
                available: self.plan_available?,
                requires_payment: self.plan_requires_payment?,
                requires_invoice: self.plan_requires_invoice?,
                auto_renew: self.plan_auto_renew?,
                daily_time_minutes: self.plan_daily_time_minutes,
                daily_data_mb: self.plan_daily_data_mb,
                stripe_product_id: self.plan_stripe_product_id,
                metadata: self.plan_metadata?,
                created_at: self.plan_created_at?,
                updated_at: self.plan_updated_at?,
            })
        };
        (subscription(), plan())
    }

    fn used(&self) -> Stored<Usage> {
        let Some(((id, seconds), octets)) =
            self.used_id.zip(self.used_seconds).zip(self.used_octets)
        else {
            return Ok(Usage::default());
        };
        usage(Origin { kind: EntityKind::DailyUsage, id }, seconds, octets)
    }
}

/// The standing that the rows of one user say; `None` where there are no rows.
pub(crate) fn standing(rows: Vec<StandingRow>) -> Stored<Option<Standing>> {
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else {
        return Ok(None);
    };
    let mut standing = Standing {
        user_id: UserId::new(first.id),
        is_active: first.is_active,
        password: PasswordHash::new(&first.password),
        subscriptions: Vec::new(),
        default_plan: None,
        used: first.used()?,
    };
    for row in std::iter::once(first).chain(rows) {
        let (subscription, plan) = row.split();
        let Some(plan) = plan.map(Plan::try_from).transpose()? else {
            continue;
        };
        let subscription = subscription.map(Subscription::try_from).transpose()?;
        if plan.default {
            standing.default_plan.get_or_insert_with(|| plan.clone());
        }
        if let Some(subscription) = subscription.filter(|found| found.plan_id == plan.id) {
            standing.subscriptions.push((subscription, plan));
        }
    }
    Ok(Some(standing))
}
