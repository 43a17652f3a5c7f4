//! `payment_refund`

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{PaymentId, RefundId};
use wiwebb_domain::money::Amount;
use wiwebb_domain::refund::{Refund, RefundStatus};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{ExternalId, RefundReason};

use super::{Origin, selection};

/// A refund.
pub(crate) struct RefundRow {
    pub(crate) id: i32,
    pub(crate) payment_id: i32,
    pub(crate) amount: Decimal,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) transaction_id: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

selection!($ refund_row => RefundRow, "refund",
    "refund.id, refund.payment_id, refund.amount, refund.status, refund.reason, \
     refund.transaction_id, refund.created_at, refund.updated_at"
);

impl TryFrom<RefundRow> for Refund {
    type Error = RepositoryError;

    fn try_from(row: RefundRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::Refund, id: row.id };
        Ok(Self {
            id: RefundId::new(row.id),
            payment_id: PaymentId::new(row.payment_id),
            amount: from.value("amount", Amount::new(row.amount))?,
            status: from.word("status", &row.status, RefundStatus::parse)?,
            reason: from.optional("reason", row.reason.as_deref(), RefundReason::optional)?,
            transaction_id: from.optional(
                "transaction_id",
                row.transaction_id.as_deref(),
                ExternalId::optional,
            )?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
