//! What is kept about a person.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use wiwebb_domain::ids::{
    GatewayId, IdempotencyId, NetworkSessionId, PlanId, SubscriptionId, UserId, WebhookEventId,
};
use wiwebb_domain::personal_data::{
    CustomerName, DayOfUse, EventName, GivenTrial, KeyedRequest, PendingReset,
};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::personal_data::PersonalDataRepository;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::subscription::Subscription;
use wiwebb_domain::text::{EmailAddress, ExternalId};
use wiwebb_domain::usage::NetworkSession;

use crate::rows::Origin;
use crate::rows::personal_data::{DayRow, EventRow, RequestRow};
use crate::rows::subscription::{SubscriptionRow, subscription_row};
use crate::rows::usage::{SessionRow, session_row};
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl PersonalDataRepository for PgUnitOfWork {
    async fn password_resets(&mut self, user: UserId) -> Stored<Vec<PendingReset>> {
        let rows = sqlx::query_as!(
            PendingReset,
            "SELECT created_at, expires_at FROM api_passwordreset WHERE user_id = $1 ORDER BY id",
            user.get(),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)
    }

    async fn subscriptions(
        &mut self,
        user: UserId,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Stored<Vec<Subscription>> {
        let rows = subscription_row!(
            "",
            "payment_subscription",
            "WHERE subscription.user_id = $1 AND ($2::integer IS NULL OR subscription.id > $2)
             ORDER BY subscription.id LIMIT $3",
            user.get(),
            after.map(SubscriptionId::get),
            i64::from(limit),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn trials(&mut self, user: UserId) -> Stored<Vec<GivenTrial>> {
        let rows = sqlx::query!(
            "SELECT plan_id, created_at FROM payment_trial WHERE user_id = $1 ORDER BY id",
            user.get(),
        )
        .fetch_all(self.connection().await?)
        .await;
        let given = self.settle(rows)?.into_iter().map(|row| GivenTrial {
            plan_id: PlanId::new(row.plan_id),
            created_at: row.created_at,
        });
        Ok(given.collect())
    }

    async fn customers(&mut self, user: UserId) -> Stored<Vec<CustomerName>> {
        let rows = sqlx::query!(
            "SELECT id, payment_gateway_id, customer_id, created_at FROM payment_customer
             WHERE user_id = $1 ORDER BY id",
            user.get(),
        )
        .fetch_all(self.connection().await?)
        .await;
        let named = self.settle(rows)?.into_iter().map(|row| {
            let from = Origin { kind: EntityKind::GatewayCustomer, id: row.id };
            Ok(CustomerName {
                gateway_id: GatewayId::new(row.payment_gateway_id),
                customer_id: from.value("customer_id", ExternalId::new(&row.customer_id))?,
                created_at: row.created_at,
            })
        });
        named.collect()
    }

    async fn events(
        &mut self,
        user: UserId,
        after: Option<WebhookEventId>,
        limit: u32,
    ) -> Stored<Vec<EventName>> {
        let rows = sqlx::query_as!(
            EventRow,
            "SELECT event.id, event.event_id, event.event_type, payment.id AS payment_id,
                event.received_at
             FROM payment_webhookevent AS event
             JOIN payment_payment AS payment ON payment.id = event.payment_id
             WHERE payment.user_id = $1 AND ($2::integer IS NULL OR event.id > $2)
             ORDER BY event.id LIMIT $3",
            user.get(),
            after.map(WebhookEventId::get),
            i64::from(limit),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn requests(
        &mut self,
        user: UserId,
        after: Option<IdempotencyId>,
        limit: u32,
    ) -> Stored<Vec<KeyedRequest>> {
        let rows = sqlx::query_as!(
            RequestRow,
            "SELECT id, method, path, key, status, created_at FROM payment_idempotencykey
             WHERE user_id = $1 AND ($2::integer IS NULL OR id > $2)
             ORDER BY id LIMIT $3",
            user.get(),
            after.map(IdempotencyId::get),
            i64::from(limit),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn usage(
        &mut self,
        user: UserId,
        after: Option<NaiveDate>,
        limit: u32,
    ) -> Stored<Vec<DayOfUse>> {
        let rows = sqlx::query_as!(
            DayRow,
            "SELECT id, day, seconds, octets FROM network_usage
             WHERE user_id = $1 AND ($2::date IS NULL OR day > $2)
             ORDER BY day LIMIT $3",
            user.get(),
            after,
            i64::from(limit),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn sessions(
        &mut self,
        user: UserId,
        after: Option<NetworkSessionId>,
        limit: u32,
    ) -> Stored<Vec<NetworkSession>> {
        let rows = session_row!(
            "",
            "network_session",
            "WHERE session.user_id = $1 AND ($2::integer IS NULL OR session.id > $2)
             ORDER BY session.id LIMIT $3",
            user.get(),
            after.map(NetworkSessionId::get),
            i64::from(limit),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn forget_events(
        &mut self,
        user: UserId,
        address: EmailAddress,
        payload: &'static str,
        now: DateTime<Utc>,
    ) -> Stored<u64> {
        // What stands between quotation marks is looked up as a whole, so that the inbox is read
        // once, however many names there are.
        let outcome = sqlx::query!(
            r#"WITH telling AS (
                SELECT lower($2::text) AS name
                UNION SELECT lower(subscription_id) FROM payment_subscription WHERE user_id = $1
                UNION SELECT lower(external_id) FROM payment_subscription
                    WHERE user_id = $1 AND external_id IS NOT NULL
                UNION SELECT lower(transaction_id) FROM payment_payment
                    WHERE user_id = $1 AND transaction_id IS NOT NULL
                UNION SELECT lower(customer_id) FROM payment_customer WHERE user_id = $1
             )
             UPDATE payment_webhookevent AS event
             SET payload = $3,
                 status = CASE WHEN status = 'processed' THEN status ELSE 'ignored' END,
                 next_try_at = NULL,
                 processed_at = coalesce(processed_at, $4)
             WHERE event.payload <> $3
                AND (event.payment_id IN (SELECT id FROM payment_payment WHERE user_id = $1)
                    OR (event.payment_id IS NULL AND EXISTS (
                        SELECT FROM unnest(string_to_array(event.payload, '"')) AS piece
                        WHERE lower(piece) IN (SELECT name FROM telling)
                    )))"#,
            user.get(),
            address.as_str(),
            payload,
            now,
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle(outcome)?.rows_affected())
    }

    async fn forget_messages(&mut self, user: UserId) -> Stored<u64> {
        let outcome = sqlx::query!(
            "UPDATE payment_paymentlog SET message = NULL
             WHERE message IS NOT NULL
                AND payment_id IN (SELECT id FROM payment_payment WHERE user_id = $1)",
            user.get(),
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle(outcome)?.rows_affected())
    }

    async fn forget_reasons(&mut self, user: UserId, now: DateTime<Utc>) -> Stored<u64> {
        let outcome = sqlx::query!(
            "UPDATE payment_refund SET reason = NULL, updated_at = $2
             WHERE reason IS NOT NULL
                AND payment_id IN (SELECT id FROM payment_payment WHERE user_id = $1)",
            user.get(),
            now,
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle(outcome)?.rows_affected())
    }

    async fn rename_in_audit_log(&mut self, user: UserId, address: EmailAddress) -> Stored<u64> {
        let outcome = sqlx::query!(
            "UPDATE api_auditlog
             SET details = jsonb_set(details, '{changed_by}', to_jsonb($2::text))
             WHERE actor_id = $1 AND details ->> 'changed_by' <> $2",
            user.get(),
            address.as_str(),
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle(outcome)?.rows_affected())
    }
}
