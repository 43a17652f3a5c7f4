//! A copy of the database, kept by streaming replication, that lists may be read from
//! (`docs/adr/0020-read-replica.md`).
//!
//! It is asked as far as it is seen to have replayed what its reader has written. In all other
//! cases - it is behind, away, slow, no copy any more - the primary is asked instead, and nobody is
//! told but the log.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::postgres::types::PgInterval;
use sqlx::postgres::{PgConnectOptions, PgQueryResult, PgRow};
use sqlx::{Either, PgPool, Postgres, Transaction};
use tokio::time::Instant;
use wiwebb_domain::ports::unit_of_work::WritePosition;

use crate::config::PoolConfig;
use crate::connection::{Connection, Statement};
use crate::pool::{self, Sessions};
use crate::unit_of_work::Statements;

/// After a replica could not be asked, nobody tries for so long.
const REST: Duration = Duration::from_secs(5);

/// SQLSTATE `read_only_sql_transaction`: the statement is at fault, not the replica.
const READ_ONLY: &str = "25006";

/// What is expected of a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaConfig {
    /// It is not asked where the last commit that it has replayed is older than this.
    pub longest_lag: Duration,
    /// How long it may take to say how far it is, the time to connect included.
    pub patience: Duration,
    /// How long a statement may take there before the primary is asked instead.
    pub statement_limit: Duration,
}

impl Default for ReplicaConfig {
    fn default() -> Self {
        Self {
            longest_lag: Duration::from_secs(30),
            patience: Duration::from_millis(500),
            statement_limit: Duration::from_secs(5),
        }
    }
}

/// A replica. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Replica(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sessions: Sessions,
    config: ReplicaConfig,
    /// Until when nobody tries; `None` while all is well.
    away: Mutex<Option<Instant>>,
}

impl Replica {
    /// A replica at this address, with as many connections as `pool` has. Nothing is connected
    /// before the first list.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn new(options: PgConnectOptions, pool: &PoolConfig, config: ReplicaConfig) -> Self {
        let pool = PoolConfig {
            acquire_timeout: config.patience,
            statement_timeout: Some(config.statement_limit),
            ..pool.clone()
        };
        let sessions = Sessions::reading(pool::open(options, &pool), &pool);
        Self(Arc::new(Inner { sessions, config, away: Mutex::new(None) }))
    }

    /// Its connections.
    pub fn pool(&self) -> &PgPool {
        self.0.sessions.pool()
    }

    /// A transaction that sees at least everything up to `written`; `None` where the primary has to
    /// be asked.
    async fn begin(
        &self,
        written: Option<WritePosition>,
    ) -> Option<Transaction<'static, Postgres>> {
        if self.rests() {
            return None;
        }
        let patience = self.0.config.patience;
        let outcome = match tokio::time::timeout(patience, self.try_begin(written)).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {patience:?}")),
        };
        self.remember(outcome.as_ref().err());
        outcome.ok().flatten()
    }

    async fn try_begin(
        &self,
        written: Option<WritePosition>,
    ) -> sqlx::Result<Option<Transaction<'static, Postgres>>> {
        let mut transaction = self.0.sessions.begin().await?;
        let lag = PgInterval::try_from(self.0.config.longest_lag).map_err(sqlx::Error::Encode)?;
        let query = sqlx::query_scalar!(
            r#"SELECT pg_is_in_recovery()
                AND pg_last_wal_replay_lsn() >= '0/0'::pg_lsn + $1::bigint::numeric
                AND clock_timestamp() - pg_last_xact_replay_timestamp() <= $2"#,
            written.map_or(0, WritePosition::get),
            lag,
        );
        let is_fresh = query.fetch_one(self.0.sessions.connection(&mut transaction)).await?;
        Ok((is_fresh == Some(true)).then_some(transaction))
    }

    /// Whether nobody is to try now. When the time is over one tries, and the others wait on.
    fn rests(&self) -> bool {
        let mut away = self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(end) = *away else {
            return false;
        };
        let now = Instant::now();
        if now >= end {
            *away = Some(now + REST);
        }
        now < end
    }

    fn remember(&self, failure: Option<&String>) {
        let mut away = self.0.away.lock().unwrap_or_else(PoisonError::into_inner);
        match (failure, *away) {
            (Some(reason), None) => {
                tracing::warn!(reason, "the replica cannot be asked; lists come from the primary");
            }
            (None, Some(_)) => tracing::info!("the replica can be asked again"),
            (Some(_), Some(_)) | (None, None) => {}
        }
        *away = failure.map(|_| Instant::now() + REST);
    }
}

/// A connection to a replica as long as that answers, and to the primary from then on.
#[derive(Debug)]
pub(crate) struct Copied {
    replica: Replica,
    written: Option<WritePosition>,
    link: Link,
    primary: Statements,
}

#[derive(Debug)]
enum Link {
    /// Nothing was asked yet.
    Open,
    Replica(Transaction<'static, Postgres>),
    Primary,
}

impl Copied {
    pub(crate) fn new(
        replica: Replica,
        written: Option<WritePosition>,
        primary: Statements,
    ) -> Self {
        Self { replica, written, link: Link::Open, primary }
    }

    /// The connection for the next statement.
    pub(crate) async fn connection(&mut self) -> sqlx::Result<Connection<'_>> {
        if matches!(self.link, Link::Open) {
            let begun = self.replica.begin(self.written).await;
            self.link = begun.map_or(Link::Primary, Link::Replica);
        }
        match self.link {
            Link::Primary => self.primary.connection().await,
            Link::Open | Link::Replica(_) => Ok(Connection::Copied(self)),
        }
    }

    /// Runs a statement on the replica, and once more on the primary where that comes to nothing: a
    /// replica ends statements that are in the way of what it has to replay.
    pub(crate) async fn run(
        &mut self,
        statement: Statement,
    ) -> sqlx::Result<Vec<Either<PgQueryResult, PgRow>>> {
        if let Link::Replica(transaction) = &mut self.link {
            let copied = if self.replica.0.sessions.are_shared() {
                statement.clone().without_trace()
            } else {
                statement.clone()
            };
            let limit = self.replica.0.config.statement_limit;
            match tokio::time::timeout(limit, copied.run(transaction)).await {
                Ok(Ok(pieces)) => return Ok(pieces),
                Ok(Err(error)) if is_writing(&error) => return Err(error),
                Ok(Err(error)) => tracing::debug!(%error, "a list is read from the primary"),
                Err(_) => tracing::debug!(?limit, "a list is read from the primary"),
            }
            self.link = Link::Primary;
        }
        self.primary.run(statement).await
    }
}

fn is_writing(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code == READ_ONLY)
}
