//! Where refunds are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::PaymentId;
use crate::refund::{NewRefund, Refund};

/// Refunds. They are written while their payment is locked, and never deleted.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait RefundRepository: Send {
    /// Stores a pending refund. Errors: `MissingReference`.
    async fn insert(&mut self, refund: NewRefund, now: DateTime<Utc>) -> Stored<Refund>;

    /// The refunds of a payment, newest first; of one instant the last written first.
    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<Refund>>;

    /// Stores status and transaction id of a refund.
    async fn update(&mut self, refund: &Refund) -> Stored<()>;
}
