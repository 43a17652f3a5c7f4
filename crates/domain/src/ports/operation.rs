//! Where orders to gateways are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::{OperationId, PaymentId};
use crate::operation::{NewOperation, PaymentOperation};

/// Orders to gateways. They are written while their payment is locked.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait OperationRepository: Send {
    /// Stores an order. Errors: `Taken(OpenOperation)` where the payment has an open one and neither is
    /// a refund, `MissingReference`.
    async fn insert(
        &mut self,
        operation: NewOperation,
        now: DateTime<Utc>,
    ) -> Stored<PaymentOperation>;

    /// Finds an order and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, id: OperationId) -> Stored<Option<PaymentOperation>>;

    /// Whether the payment has an open order.
    async fn is_open(&mut self, payment: PaymentId) -> Stored<bool>;

    /// Stores `done`, `tries` and `next_try_at` of an order.
    async fn update(&mut self, operation: &PaymentOperation) -> Stored<()>;

    /// Takes up to `limit` open orders that are due, the longest due first, and makes them due
    /// again at `lease`, so that no other replica takes them meanwhile. Orders that others hold
    /// are skipped.
    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<PaymentOperation>>;
}
