//! Answering a repeated request with the answer of the first (contract §10.4).

use super::Ports;
use crate::error::Error;
use crate::idempotency::{Claim, KEPT_FOR, RUNS_AT_MOST, RequestMark, StoredAnswer};
use crate::ids::IdempotencyId;

/// Use cases on idempotency keys.
#[derive(Clone)]
pub struct Idempotency {
    ports: Ports,
}

impl Idempotency {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// Claims a key for a request. Of two simultaneous requests one gets it.
    pub async fn claim(&self, mark: RequestMark) -> Result<Claim, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("idempotency.claim").await?;
        Ok(read.idempotency().claim(mark, now, now - KEPT_FOR, now - RUNS_AT_MOST).await?)
    }

    /// Keeps the answer of a claimed request.
    pub async fn answer(&self, id: IdempotencyId, answer: StoredAnswer) -> Result<(), Error> {
        let mut read = self.ports.store.read("idempotency.answer").await?;
        Ok(read.idempotency().answer(id, answer).await?)
    }

    /// Gives a key free whose request was refused before it was carried out.
    pub async fn release(&self, id: IdempotencyId) -> Result<(), Error> {
        let mut read = self.ports.store.read("idempotency.release").await?;
        Ok(read.idempotency().release(id).await?)
    }
}
