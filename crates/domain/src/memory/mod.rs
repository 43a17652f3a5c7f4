//! The repositories in memory, under the rules PostgreSQL enforces.
//!
//! Delete policies and references come from [`crate::relations::RELATIONS`], uniqueness from each
//! row's own account of it; `engine` applies both alike to every kind. One unit of work writes
//! at a time, on a copy of the tables that is published whole on commit. There is no clock in
//! here: the callers say when something happens.

mod access_token;
mod audit_log;
mod customer;
mod dashboard;
mod deletion;
mod engine;
mod gateway;
mod idempotency;
mod list;
mod login_attempt;
mod operation;
mod password_reset;
mod payment;
mod payment_log;
mod personal_data;
mod plan;
mod pricing;
mod refund;
mod service_key;
mod session;
mod subscription;
mod table;
mod tenant;
mod todo;
mod usage;
mod user;
mod webhook_event;

use std::sync::{Arc, PoisonError, RwLock};

use async_lock::{Mutex, MutexGuardArc};
use async_trait::async_trait;

use crate::ports::Stored;
use crate::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use engine::State;
use session::Session;

/// A store that lives as long as its last clone. All clones share the rows.
///
/// Units of work take turns: [`UnitOfWorkFactory::begin`] waits until the one before has ended, and
/// so does a single write through [`UnitOfWorkFactory::read`]. Whoever holds a unit of work
/// open and writes beside it waits for oneself.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

/// What the clones of a store share.
#[derive(Default)]
struct Shared {
    /// What is committed.
    published: RwLock<State>,
    /// Held by whoever writes.
    writer: Arc<Mutex<()>>,
}

impl Shared {
    /// The committed rows as of now; later commits leave the answer alone.
    fn snapshot(&self) -> State {
        let published = self.published.read();
        published.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a state the committed one. The caller holds the writer's lock.
    fn publish(&self, state: State) {
        let published = self.published.write();
        *published.unwrap_or_else(PoisonError::into_inner) = state;
    }

    async fn become_writer(&self) -> MutexGuardArc<()> {
        self.writer.lock_arc().await
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }
}

impl std::fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MemoryStore(..)")
    }
}

#[async_trait]
impl UnitOfWorkFactory for MemoryStore {
    async fn begin(&self, _name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        Ok(Box::new(Session::unit_of_work(&self.0).await))
    }

    async fn read(&self, _name: &'static str) -> Stored<Box<dyn Repositories>> {
        Ok(Box::new(Session::standalone(&self.0)))
    }

    async fn snapshot(&self, _name: &'static str) -> Stored<Box<dyn Repositories>> {
        Ok(Box::new(Session::frozen(&self.0)))
    }

    async fn ping(&self) -> Stored<()> {
        Ok(())
    }
}
