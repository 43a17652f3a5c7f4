//! Orders to gateways.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::{OperationId, PaymentId, RefundId};
use wiwebb_domain::operation::{NewOperation, PaymentOperation};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::operation::OperationRepository;

use crate::rows::operation::{OperationRow, operation_row};
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl OperationRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        operation: NewOperation,
        now: DateTime<Utc>,
    ) -> Stored<PaymentOperation> {
        let row = operation_row!(
            "WITH inserted AS (
                INSERT INTO payment_operation
                    (payment_id, kind, refund_id, amount, key, next_try_at, created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                RETURNING *
            )",
            "inserted",
            "",
            operation.payment_id.get(),
            operation.kind.as_str(),
            operation.refund_id.map(RefundId::get),
            operation.amount.value(),
            operation.key,
            operation.next_try_at,
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        PaymentOperation::try_from(self.settle(row)?)
    }

    async fn lock(&mut self, id: OperationId) -> Stored<Option<PaymentOperation>> {
        let row = operation_row!(
            "",
            "payment_operation",
            "WHERE operation.id = $1 FOR NO KEY UPDATE",
            id.get()
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(PaymentOperation::try_from).transpose()
    }

    async fn is_open(&mut self, payment: PaymentId) -> Stored<bool> {
        let open = sqlx::query_scalar!(
            r#"SELECT EXISTS (
                SELECT FROM payment_operation WHERE payment_id = $1 AND NOT done
            ) AS "open!""#,
            payment.get()
        )
        .fetch_one(self.connection().await?)
        .await;
        self.settle(open)
    }

    async fn update(&mut self, operation: &PaymentOperation) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_operation SET done = $2, tries = $3, next_try_at = $4 WHERE id = $1",
            operation.id.get(),
            operation.done,
            // At a try a day the column's range outlasts every server.
            i16::try_from(operation.tries).unwrap_or(i16::MAX),
            operation.next_try_at,
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
    ) -> Stored<Vec<PaymentOperation>> {
        let rows = operation_row!(
            "WITH due AS (
                SELECT id, next_try_at AS since FROM payment_operation
                WHERE NOT done AND next_try_at <= $1
                ORDER BY next_try_at, id
                LIMIT $3
                FOR UPDATE SKIP LOCKED
            ), leased AS (
                UPDATE payment_operation AS held SET next_try_at = $2
                FROM due WHERE held.id = due.id
                RETURNING held.*, due.since
            )",
            "leased",
            "ORDER BY operation.since, operation.id",
            now,
            lease,
            i64::from(limit),
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }
}
