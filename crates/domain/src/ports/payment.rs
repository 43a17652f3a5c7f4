//! Where payments are kept. They are never deleted.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::access::{Lookup, Scope};
use crate::ids::PaymentId;
use crate::page::ListRequest;
use crate::payment::{NewPayment, Patience, Payment, PaymentFilter, PaymentSort, PaymentView};
use crate::text::ExternalId;

/// Payments. A scope of oneself covers one's own.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PaymentRepository: Send {
    /// Stores a new payment. Errors: `MissingReference`, `Taken`.
    async fn insert(&mut self, payment: NewPayment, now: DateTime<Utc>) -> Stored<Payment>;

    /// Finds a payment with its gateway's name.
    async fn find(&mut self, scope: Scope, id: PaymentId) -> Stored<Lookup<PaymentView>>;

    /// Finds a payment and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, scope: Scope, id: PaymentId) -> Stored<Lookup<PaymentView>>;

    /// Finds the payment of a transaction and locks it; of several gateways that gave the same id, the
    /// latest payment.
    async fn lock_transaction(&mut self, transaction: &ExternalId) -> Stored<Option<PaymentView>>;

    /// A page of payments with their gateways' names. Searches `order_id`, `transaction_id` and the
    /// payer's `username` and `email`.
    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<PaymentFilter, PaymentSort>,
    ) -> Listing<PaymentView>;

    /// Stores all changeable columns of a locked payment. Errors: `Taken`.
    async fn update(&mut self, payment: &Payment) -> Stored<()>;

    /// Takes the payment that waits at a gateway of none of these variants and was left alone the
    /// longest, and marks it as modified, so that no other replica takes it meanwhile. One is due
    /// when it was left alone for as long as it had waited before: at least `patience.least`, at
    /// most `patience.most`. Payments that others hold are skipped.
    async fn claim_waiting(
        &mut self,
        but: &[&'static str],
        patience: Patience,
        now: DateTime<Utc>,
    ) -> Stored<Option<PaymentId>>;
}
