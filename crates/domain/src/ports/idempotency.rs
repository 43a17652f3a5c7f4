//! Where answers under idempotency keys are kept, for all replicas.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::idempotency::{Claim, RequestMark, StoredAnswer};
use crate::ids::{IdempotencyId, PaymentId};

/// Answers under idempotency keys.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait IdempotencyRepository: Send {
    /// Claims a key for a request, atomically: of two simultaneous requests one gets it. Anything
    /// older than `kept_since` is forgotten and gives the key free. So does a request that runs since
    /// before `running_since` and began nothing; one that began a step of a payment is `Begun`.
    /// Errors: `MissingReference`.
    async fn claim(
        &mut self,
        mark: RequestMark,
        now: DateTime<Utc>,
        kept_since: DateTime<Utc>,
        running_since: DateTime<Utc>,
    ) -> Stored<Claim>;

    /// Notes which payment the claimed request takes a step of, in the unit of work of the step.
    /// Errors: `Retryable` where the request was given up and the key is no more its own, so that
    /// two requests never take the step; `MissingReference`.
    async fn attach(&mut self, id: IdempotencyId, payment: PaymentId) -> Stored<()>;

    /// Keeps the answer of a claimed request.
    async fn answer(&mut self, id: IdempotencyId, answer: StoredAnswer) -> Stored<()>;

    /// Gives a claimed key free, as if it had not been used, whatever was begun under it.
    async fn release(&mut self, id: IdempotencyId) -> Stored<()>;
}
