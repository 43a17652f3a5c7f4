//! `payment_operation`

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{OperationId, PaymentId, RefundId};
use wiwebb_domain::money::Amount;
use wiwebb_domain::operation::{OperationKind, PaymentOperation};
use wiwebb_domain::relations::EntityKind;

use super::{Origin, selection};

/// An order to a gateway.
pub(crate) struct OperationRow {
    pub(crate) id: i32,
    pub(crate) payment_id: i32,
    pub(crate) kind: String,
    pub(crate) refund_id: Option<i32>,
    pub(crate) amount: Decimal,
    pub(crate) key: String,
    pub(crate) done: bool,
    pub(crate) tries: i16,
    pub(crate) next_try_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
}

selection!($ operation_row => OperationRow, "operation",
    "operation.id, operation.payment_id, operation.kind, operation.refund_id, operation.amount, \
     operation.key, operation.done, operation.tries, operation.next_try_at, operation.created_at"
);

impl TryFrom<OperationRow> for PaymentOperation {
    type Error = RepositoryError;

    fn try_from(row: OperationRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::PaymentOperation, id: row.id };
        Ok(Self {
            id: OperationId::new(row.id),
            payment_id: PaymentId::new(row.payment_id),
            kind: from.word("kind", &row.kind, OperationKind::parse)?,
            refund_id: row.refund_id.map(RefundId::new),
            amount: from.value("amount", Amount::new(row.amount))?,
            key: row.key,
            done: row.done,
            tries: from.value("tries", u16::try_from(row.tries))?,
            next_try_at: row.next_try_at,
            created_at: row.created_at,
        })
    }
}
