//! The pool of connections, and how its sessions are used.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, PgPool, Postgres, Transaction};
use tracing::Instrument as _;

use crate::config::PoolConfig;
use crate::connection::Connection;
use crate::figures::Watch;

/// A connection that has rested no longer than this is taken to be alive: asking it would cost a
/// round trip with every use case.
const TRUSTED_REST: Duration = Duration::from_secs(1);

/// The name of the sessions in `pg_stat_activity`.
const APPLICATION: &str = "wiwebb";

/// Makes a pool. Nothing is connected before the first use, so this cannot fail;
/// [`ping`](wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory::ping) says whether the server
/// answers.
///
/// # Panics
/// Outside a tokio runtime.
pub fn open(options: PgConnectOptions, config: &PoolConfig) -> PgPool {
    PgPoolOptions::new()
        .max_connections(config.max_connections.max(1))
        .acquire_timeout(config.acquire_timeout)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_REST {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(session(options, config))
}

/// Connects as the pool would, and hangs up: a pool tries until its time is up and then says nothing
/// of the reason.
pub async fn try_out(options: PgConnectOptions, config: &PoolConfig) -> sqlx::Result<()> {
    PgConnection::connect_with(&session(options, config)).await?.close().await
}

fn session(options: PgConnectOptions, config: &PoolConfig) -> PgConnectOptions {
    let options = options
        .application_name(APPLICATION)
        .statement_cache_capacity(config.statement_cache_capacity)
        // No column is a float, and poolers refuse this parameter.
        .extra_float_digits(None);
    if config.shared_sessions {
        // So they do with `options`, and what one client sets there is not the next one's.
        return options;
    }
    settings(config).fold(options, |options, setting| options.options([setting]))
}

/// The settings that are not left to the server, as PostgreSQL calls them; timeouts in milliseconds.
fn settings(config: &PoolConfig) -> impl Iterator<Item = (&'static str, u128)> {
    let timeouts = [
        ("statement_timeout", config.statement_timeout),
        ("idle_in_transaction_session_timeout", config.idle_in_transaction_timeout),
    ];
    let timeouts = timeouts.into_iter().filter_map(|(name, time)| Some((name, time?.as_millis())));
    // Starting workers takes longer than most statements here, and there are other requests to work on.
    timeouts.chain([("max_parallel_workers_per_gather", 0)])
}

/// A pool, and how a transaction begins on it.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    pool: PgPool,
    begin: Arc<str>,
    are_shared: bool,
}

impl Sessions {
    /// For transactions that write.
    pub(crate) fn new(pool: PgPool, config: &PoolConfig) -> Self {
        Self { pool, begin: begin("BEGIN", config).into(), are_shared: config.shared_sessions }
    }

    /// For transactions that only read.
    pub(crate) fn reading(pool: PgPool, config: &PoolConfig) -> Self {
        let begin = begin("BEGIN READ ONLY", config).into();
        Self { begin, ..Self::new(pool, config) }
    }

    /// For transactions that read everything as of their first statement.
    pub(crate) fn snapshots(pool: PgPool, config: &PoolConfig) -> Self {
        let begin = begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", config).into();
        Self { begin, ..Self::new(pool, config) }
    }

    pub(crate) const fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(crate) const fn are_shared(&self) -> bool {
        self.are_shared
    }

    /// Begins a transaction in a task of its own, because the future of a client that hangs up is
    /// dropped: a `BEGIN` that nobody waits for any more would leave its connection inside a
    /// transaction that the pool knows nothing of. The task always sees the answer, and a
    /// transaction that nobody takes is rolled back.
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction<'static, Postgres>> {
        let (pool, begin) = (self.pool.clone(), AssertSqlSafe(Arc::clone(&self.begin)));
        let _waiting = Watch::acquire();
        tokio::spawn(async move { pool.begin_with(begin).await }.in_current_span())
            .await
            .unwrap_or(Err(sqlx::Error::WorkerCrashed))
    }

    /// A connection with a transaction of [`Self::begin`], for its next statement.
    pub(crate) const fn connection<'c>(&self, begun: &'c mut PgConnection) -> Connection<'c> {
        if self.are_shared { Connection::Shared(begun) } else { Connection::Own(begun) }
    }
}

/// What begins a transaction, in one round trip.
fn begin(statement: &str, config: &PoolConfig) -> String {
    let settings = settings(config)
        .filter(|_| config.shared_sessions)
        .map(|(name, value)| format!("; SET LOCAL {name} = {value}"));
    std::iter::once(statement.to_owned()).chain(settings).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> PoolConfig {
        PoolConfig { shared_sessions: true, ..PoolConfig::default() }
    }

    #[test]
    fn settings_are_asked_for_on_connecting_but_timeouts_that_are_left_to_the_server() {
        let asked = session(PgConnectOptions::new_without_pgpass(), &PoolConfig::default());
        assert_eq!(
            asked.get_options(),
            Some(
                "-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000 \
                 -c max_parallel_workers_per_gather=0"
            )
        );
        let left = PoolConfig {
            statement_timeout: None,
            idle_in_transaction_timeout: None,
            ..PoolConfig::default()
        };
        let options = session(PgConnectOptions::new_without_pgpass(), &left);
        assert_eq!(options.get_options(), Some("-c max_parallel_workers_per_gather=0"));
    }

    #[test]
    fn a_transaction_on_a_shared_session_makes_the_settings_itself() {
        let options = session(PgConnectOptions::new_without_pgpass(), &shared());
        assert_eq!(options.get_options(), None);
        assert_eq!(
            begin("BEGIN", &shared()),
            "BEGIN; SET LOCAL statement_timeout = 15000; \
             SET LOCAL idle_in_transaction_session_timeout = 30000; \
             SET LOCAL max_parallel_workers_per_gather = 0"
        );
        assert_eq!(begin("BEGIN", &PoolConfig::default()), "BEGIN");
    }
}
