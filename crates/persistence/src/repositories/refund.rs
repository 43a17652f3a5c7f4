//! Refunds.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::refund::RefundRepository;
use wiwebb_domain::refund::{NewRefund, Refund, RefundStatus};

use super::text;
use crate::rows::refund::{RefundRow, refund_row};
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl RefundRepository for PgUnitOfWork {
    async fn insert(&mut self, refund: NewRefund, now: DateTime<Utc>) -> Stored<Refund> {
        let row = refund_row!(
            "WITH inserted AS (
                INSERT INTO payment_refund
                    (payment_id, amount, status, reason, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $5)
                RETURNING *
            )",
            "inserted",
            "",
            refund.payment_id.get(),
            refund.amount.value(),
            RefundStatus::Pending.as_str(),
            text(refund.reason.as_ref()),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        Refund::try_from(self.settle(row)?)
    }

    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<Refund>> {
        let rows = refund_row!(
            "",
            "payment_refund",
            "WHERE refund.payment_id = $1 ORDER BY refund.created_at DESC, refund.id DESC",
            payment.get()
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn update(&mut self, refund: &Refund) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_refund SET status = $2, transaction_id = $3, updated_at = $4
             WHERE id = $1",
            refund.id.get(),
            refund.status.as_str(),
            text(refund.transaction_id.as_ref()),
            refund.updated_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }
}
