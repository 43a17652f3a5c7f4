//! Customers at gateways.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::{GatewayId, UserId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::customer::CustomerRepository;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::ExternalId;

use crate::rows::Origin;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl CustomerRepository for PgUnitOfWork {
    async fn find(&mut self, user: UserId, gateway: GatewayId) -> Stored<Option<ExternalId>> {
        let row = sqlx::query!(
            "SELECT id, customer_id FROM payment_customer
             WHERE user_id = $1 AND payment_gateway_id = $2",
            user.get(),
            gateway.get(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        let customer = self.settle(row)?.map(|row| {
            let from = Origin { kind: EntityKind::GatewayCustomer, id: row.id };
            from.value("customer_id", ExternalId::new(&row.customer_id))
        });
        customer.transpose()
    }

    async fn insert(
        &mut self,
        user: UserId,
        gateway: GatewayId,
        customer: ExternalId,
        now: DateTime<Utc>,
    ) -> Stored<()> {
        let outcome = sqlx::query!(
            "INSERT INTO payment_customer (user_id, payment_gateway_id, customer_id, created_at)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (user_id, payment_gateway_id) DO NOTHING",
            user.get(),
            gateway.get(),
            customer.as_str(),
            now,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }
}
