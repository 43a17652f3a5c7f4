//! Subscriptions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use wiwebb_domain::ids::{GatewayId, PlanId, SubscriptionId, UserId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::subscription::SubscriptionRepository;
use wiwebb_domain::subscription::{NewSubscription, Subscription, Terms};
use wiwebb_domain::text::ExternalId;

use super::text;
use crate::rows::subscription::{SubscriptionRow, subscription_row};
use crate::unit_of_work::PgUnitOfWork;

/// A small number as its column holds it; the column's range outlasts every count of days or tries.
fn small(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// Terms as their columns hold them.
fn columns(terms: Option<Terms>) -> (Option<Decimal>, Option<&'static str>, Option<&'static str>) {
    (
        terms.map(|terms| terms.price.amount().value()),
        terms.map(|terms| terms.price.currency().code()),
        terms.map(|terms| terms.interval.as_str()),
    )
}

#[async_trait]
impl SubscriptionRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        subscription: NewSubscription,
        now: DateTime<Utc>,
    ) -> Stored<Subscription> {
        let (amount, currency, interval) = columns(subscription.terms);
        let row = subscription_row!(
            r#"WITH inserted AS (
                INSERT INTO payment_subscription
                    (subscription_id, user_id, plan_id, amount, currency, "interval",
                     payment_gateway_id, driver, status, trial_days, next_step_at, created_at,
                     updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
                RETURNING *
            )"#,
            "inserted",
            "",
            subscription.subscription_id.as_str(),
            subscription.user_id.get(),
            subscription.plan_id.get(),
            amount,
            currency,
            interval,
            subscription.payment_gateway_id.map(GatewayId::get),
            subscription.driver.as_str(),
            subscription.status.as_str(),
            small(subscription.trial_days),
            subscription.next_step_at,
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        Subscription::try_from(self.settle(row)?)
    }

    async fn of_user(&mut self, user: UserId, now: DateTime<Utc>) -> Stored<Vec<Subscription>> {
        let rows = subscription_row!(
            "",
            "payment_subscription",
            "WHERE subscription.user_id = $1
                AND (subscription.status <> 'canceled'
                    OR subscription.current_period_end > $2
                    OR subscription.id = (
                        SELECT max(id) FROM payment_subscription
                        WHERE user_id = $1
                            AND (status <> 'canceled' OR anchor IS NOT NULL
                                OR current_period_start IS NOT NULL)
                    ))
             ORDER BY subscription.id DESC",
            user.get(),
            now,
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn lock(&mut self, id: SubscriptionId) -> Stored<Option<Subscription>> {
        let row = subscription_row!(
            "",
            "payment_subscription",
            "WHERE subscription.id = $1 FOR NO KEY UPDATE",
            id.get()
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn lock_named(&mut self, names: &[ExternalId]) -> Stored<Option<Subscription>> {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let row = subscription_row!(
            "",
            "payment_subscription",
            // Told that there is a name, PostgreSQL finds it by the index of names alone.
            "WHERE subscription.subscription_id = ANY ($1)
                OR (subscription.external_id IS NOT NULL AND subscription.external_id = ANY ($1))
             ORDER BY subscription.id
             LIMIT 1
             FOR NO KEY UPDATE",
            &names as &[&str]
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn update(&mut self, subscription: &Subscription) -> Stored<()> {
        let Subscription { period, charge, pending, .. } = subscription;
        let (amount, currency, interval) = columns(subscription.terms);
        let to_come = columns(pending.and_then(|pending| pending.terms));
        let outcome = sqlx::query!(
            r#"UPDATE payment_subscription
               SET external_id = $2, plan_id = $3, amount = $4, currency = $5, "interval" = $6,
                   payment_gateway_id = $7, driver = $8, status = $9, anchor = $10,
                   current_period_start = $11, current_period_end = $12, trial_days = $13,
                   trial_end = $14, cancel_at_period_end = $15, canceled_at = $16,
                   past_due_since = $17, charge_id = $18, charge_purpose = $19,
                   pending_plan_id = $20, pending_amount = $21, pending_currency = $22,
                   pending_interval = $23, mirrored_at = $24, next_step_at = $25, updated_at = $26
               WHERE id = $1"#,
            subscription.id.get(),
            text(subscription.external_id.as_ref()),
            subscription.plan_id.get(),
            amount,
            currency,
            interval,
            subscription.payment_gateway_id.map(GatewayId::get),
            subscription.driver.as_str(),
            subscription.status.as_str(),
            subscription.anchor,
            period.map(|period| period.start),
            period.map(|period| period.end),
            small(subscription.trial_days),
            subscription.trial_end,
            subscription.cancel_at_period_end,
            subscription.canceled_at,
            subscription.past_due_since,
            charge.map(|charge| charge.payment.get()),
            charge.map(|charge| charge.purpose.as_str()),
            pending.map(|pending| pending.plan_id.get()),
            to_come.0,
            to_come.1,
            to_come.2,
            subscription.mirrored_at,
            subscription.next_step_at,
            subscription.updated_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<SubscriptionId>> {
        let ids = claim_due!(
            self,
            "payment_subscription",
            "next_step_at",
            ", updated_at = $1",
            now,
            lease,
            limit
        );
        Ok(ids.into_iter().map(SubscriptionId::new).collect())
    }

    async fn has_tried(&mut self, user: UserId, plan: PlanId) -> Stored<bool> {
        let tried = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                SELECT FROM payment_trial WHERE user_id = $1 AND plan_id = $2
            ) AS "tried!""#,
            user.get(),
            plan.get(),
        )
        .fetch_one(self.connection().await?)
        .await;
        self.settle(tried)
    }

    async fn note_trial(&mut self, user: UserId, plan: PlanId, now: DateTime<Utc>) -> Stored<()> {
        let outcome = sqlx::query!(
            "INSERT INTO payment_trial (user_id, plan_id, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, plan_id) DO NOTHING",
            user.get(),
            plan.get(),
            now,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }
}
