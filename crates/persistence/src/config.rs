//! How the pool of connections behaves.

use std::time::Duration;

/// Settings of the pool and of each of its connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolConfig {
    /// The most connections at a time, at least 1. All replicas together must stay below
    /// PostgreSQL's `max_connections`.
    pub max_connections: u32,
    /// How long a use case waits for a connection, or for the server to come back.
    pub acquire_timeout: Duration,
    /// PostgreSQL ends a statement after this time; `None` leaves it to the server's settings.
    pub statement_timeout: Option<Duration>,
    /// PostgreSQL ends a session that does nothing within a transaction for this time; `None`
    /// leaves it to the server's settings.
    pub idle_in_transaction_timeout: Option<Duration>,
    /// How many prepared statements a connection keeps; the one least used is dropped first.
    pub statement_cache_capacity: usize,
    /// A pooler such as PgBouncer gives every transaction whichever session is free. Then nothing is
    /// left in a session: each statement is in a transaction, which sets the timeouts for itself, and
    /// none is prepared for the next time.
    pub shared_sessions: bool,
}

/// The prepared statements of this crate and the common forms of its lists fit.
impl Default for PoolConfig {
    fn default() -> Self {
        Self {
            max_connections: 20,
            acquire_timeout: Duration::from_secs(3),
            statement_timeout: Some(Duration::from_secs(15)),
            idle_in_transaction_timeout: Some(Duration::from_secs(30)),
            statement_cache_capacity: 200,
            shared_sessions: false,
        }
    }
}
