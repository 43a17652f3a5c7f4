//! The history of payments.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment_log::{NewPaymentLog, PaymentLog};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::payment_log::PaymentLogRepository;

use super::json;
use crate::rows::payment_log::{PaymentLogRow, payment_log_row};
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl PaymentLogRepository for PgUnitOfWork {
    async fn insert(&mut self, entry: NewPaymentLog, now: DateTime<Utc>) -> Stored<PaymentLog> {
        let row = payment_log_row!(
            "WITH inserted AS (
                INSERT INTO payment_paymentlog (payment_id, event_type, message, data, created_at)
                VALUES ($1, $2, $3, $4, $5)
                RETURNING *
            )",
            "inserted",
            "",
            entry.payment_id.get(),
            entry.event_type.as_str(),
            entry.message,
            json(&entry.data),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        PaymentLog::try_from(self.settle(row)?)
    }

    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<PaymentLog>> {
        let rows = payment_log_row!(
            "",
            "payment_paymentlog",
            "WHERE log.payment_id = $1 ORDER BY log.created_at DESC, log.id DESC",
            payment.get()
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }
}
