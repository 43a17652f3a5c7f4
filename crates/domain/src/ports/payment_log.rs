//! Where the history of payments is kept. Entries are added and read, never changed.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::access::Scope;
use crate::ids::{PaymentId, PaymentLogId};
use crate::page::ListRequest;
use crate::payment_log::{NewPaymentLog, PaymentLog, PaymentLogFilter, PaymentLogSort};

/// The history of payments.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PaymentLogRepository: Send {
    /// Adds an entry. Errors: `MissingReference`.
    async fn insert(&mut self, entry: NewPaymentLog, now: DateTime<Utc>) -> Stored<PaymentLog>;

    /// The entries of a payment, newest first; of one instant the last written first.
    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<PaymentLog>>;

    /// Finds an entry, whosever payment it is of.
    async fn find(&mut self, id: PaymentLogId) -> Stored<Option<PaymentLog>>;

    /// Lists the entries of all payments within a scope; of oneself it covers those of one's own.
    /// Searches `event_type` and `message`.
    async fn page(
        &mut self,
        scope: Scope,
        request: ListRequest<PaymentLogFilter, PaymentLogSort>,
    ) -> Listing<PaymentLog>;
}
