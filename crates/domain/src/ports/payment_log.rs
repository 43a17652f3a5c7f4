//! Where the history of payments is kept. Entries are added and read, never changed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::PaymentId;
use crate::payment_log::{NewPaymentLog, PaymentLog};

/// The history of payments.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PaymentLogRepository: Send {
    /// Adds an entry. Errors: `MissingReference`.
    async fn insert(&mut self, entry: NewPaymentLog, now: DateTime<Utc>) -> Stored<PaymentLog>;

    /// The entries of a payment, newest first; of one instant the last written first.
    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<PaymentLog>>;
}
