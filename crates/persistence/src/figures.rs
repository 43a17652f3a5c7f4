//! The figures that this crate counts, by name (docs/observability.md).

use std::time::Instant;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};
use sqlx::PgPool;
use tracing::Span;

/// How long units of work were open, by `name`.
pub const UNIT_OF_WORK: &str = "wiwebb_db_unit_of_work_duration_seconds";

/// How long use cases waited for a connection.
pub const ACQUIRE: &str = "wiwebb_db_acquire_duration_seconds";

/// Times that nobody got a connection in time.
pub const POOL_TIMEOUTS: &str = "wiwebb_db_pool_timeouts_total";

/// Statements that the database refused, by `kind`.
pub const ERRORS: &str = "wiwebb_db_errors_total";

/// Connections, by `state`: `idle` or `in_use`.
pub const CONNECTIONS: &str = "wiwebb_db_pool_connections";

/// Most connections that there may be.
pub const MOST_CONNECTIONS: &str = "wiwebb_db_pool_connections_max";

/// Tells the recorder what the figures mean.
pub fn describe() {
    describe_histogram!(UNIT_OF_WORK, Unit::Seconds, "Time that units of work were open.");
    describe_histogram!(
        ACQUIRE,
        Unit::Seconds,
        "Time until there was a connection; with its BEGIN where it is a transaction."
    );
    describe_counter!(POOL_TIMEOUTS, "Times that there was no connection in time.");
    describe_counter!(ERRORS, "Errors of the database by what they mean.");
    describe_gauge!(CONNECTIONS, "Connections to the database.");
    describe_gauge!(MOST_CONNECTIONS, "Most connections to the database (WIWEBB_DB_POOL).");
}

/// Reads how the pool stands now.
pub fn sample(pool: &PgPool) {
    let count = |connections: usize| f64::from(u32::try_from(connections).unwrap_or(u32::MAX));
    let idle = pool.num_idle();
    let in_use = usize::try_from(pool.size()).unwrap_or_default().saturating_sub(idle);
    metrics::gauge!(CONNECTIONS, "state" => "idle").set(count(idle));
    metrics::gauge!(CONNECTIONS, "state" => "in_use").set(count(in_use));
    metrics::gauge!(MOST_CONNECTIONS).set(f64::from(pool.options().get_max_connections()));
}

/// An error, by what it means to the domain.
pub(crate) fn count_error(kind: &'static str) {
    counter!(ERRORS, "kind" => kind).increment(1);
}

/// Tells how long something took when it is dropped: a unit of work, with its span, or the wait for a
/// connection.
pub(crate) struct Watch {
    begun: Instant,
    name: Option<&'static str>,
    _span: Span,
}

impl Watch {
    /// Over a unit of work, which is a span of the request.
    pub(crate) fn unit_of_work(name: &'static str) -> Self {
        // Never entered, so that no line of the log has it: it is for traces alone.
        let span = tracing::info_span!("unit_of_work", name);
        Self { begun: Instant::now(), name: Some(name), _span: span }
    }

    /// Over the wait for a connection.
    pub(crate) fn acquire() -> Self {
        Self { begun: Instant::now(), name: None, _span: Span::none() }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let took = self.begun.elapsed();
        match self.name {
            Some(name) => histogram!(UNIT_OF_WORK, "name" => name).record(took),
            None => histogram!(ACQUIRE).record(took),
        }
    }
}
