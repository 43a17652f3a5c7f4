//! `payment_paymentlog`

use chrono::{DateTime, Utc};
use serde_json::Value;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{PaymentId, PaymentLogId};
use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::EventType;

use super::{Origin, selection};

/// An entry of a payment's history.
#[derive(sqlx::FromRow)]
pub(crate) struct PaymentLogRow {
    pub(crate) id: i32,
    pub(crate) payment_id: i32,
    pub(crate) event_type: String,
    pub(crate) message: Option<String>,
    pub(crate) data: Value,
    pub(crate) created_at: DateTime<Utc>,
}

selection!($ payment_log_row => PaymentLogRow, "log",
    "log.id, log.payment_id, log.event_type, log.message, log.data, log.created_at",
    ""
);

impl TryFrom<PaymentLogRow> for PaymentLog {
    type Error = RepositoryError;

    fn try_from(row: PaymentLogRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::PaymentLog, id: row.id };
        Ok(Self {
            id: PaymentLogId::new(row.id),
            payment_id: PaymentId::new(row.payment_id),
            event_type: from.value("event_type", EventType::new(&row.event_type))?,
            message: row.message.filter(|message| !message.is_empty()),
            data: from.object("data", row.data)?,
            created_at: row.created_at,
        })
    }
}
