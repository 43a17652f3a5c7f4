//! The pool of connections.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool};

use crate::config::PoolConfig;

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

fn session(options: PgConnectOptions, config: &PoolConfig) -> PgConnectOptions {
    let timeouts = [
        ("statement_timeout", config.statement_timeout),
        ("idle_in_transaction_session_timeout", config.idle_in_transaction_timeout),
    ];
    let options = options
        .application_name(APPLICATION)
        .statement_cache_capacity(config.statement_cache_capacity)
        // No column is a float, and poolers refuse this parameter.
        .extra_float_digits(None);
    timeouts
        .into_iter()
        .filter_map(|(name, timeout)| Some((name, timeout?.as_millis())))
        .fold(options, |options, setting| options.options([setting]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_asked_for_on_connecting_unless_left_to_the_server() {
        let asked = session(PgConnectOptions::new_without_pgpass(), &PoolConfig::default());
        assert_eq!(
            asked.get_options(),
            Some("-c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000")
        );
        let left = PoolConfig {
            statement_timeout: None,
            idle_in_transaction_timeout: None,
            ..PoolConfig::default()
        };
        let options = session(PgConnectOptions::new_without_pgpass(), &left);
        assert_eq!(options.get_options(), None);
    }
}
