//! The database of a command: the one of the settings, or the embedded one for as long as the
//! command runs.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_persistence::embedded::{self, EmbeddedConfig, EmbeddedError, EmbeddedPostgres};
use wiwebb_persistence::migrate::{self, MigrateError};
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, Replica, ReplicaConfig, pool};

use crate::config::{self, Config};
use crate::error::AppError;

/// The database's name in the embedded PostgreSQL.
const NAME: &str = "wiwebb";

/// How long a server may take that another process is just starting or stopping.
const CHANGE_OF_OWNER: Duration = Duration::from_mins(1);

/// Pause between two attempts to get at a server that is starting or stopping.
const POLL: Duration = Duration::from_millis(200);

/// How long statements in flight may take to end when the database is closed.
const CLOSE: Duration = Duration::from_secs(5);

/// How many connections by-pass PgBouncer: what needs them goes one step after the other.
const DIRECT: u32 = 2;

/// An open database.
pub(crate) struct Database {
    pool: PgPool,
    pool_config: PoolConfig,
    /// By-passes PgBouncer.
    direct: Option<PgPool>,
    replica: Option<Replica>,
    embedded: Option<EmbeddedPostgres>,
}

impl Database {
    /// Connects to the database of the settings, else starts the embedded PostgreSQL.
    pub(crate) async fn open(config: &Config) -> Result<Self, AppError> {
        match &config.database_url {
            Some(url) => Self::connect(url, config).await,
            None => Self::embed(config).await,
        }
    }

    /// As [`Self::open`]; but where another process runs the embedded PostgreSQL of the data
    /// directory, its server is used too.
    pub(crate) async fn open_beside(config: &Config) -> Result<Self, AppError> {
        let deadline = tokio::time::Instant::now() + CHANGE_OF_OWNER;
        loop {
            match Self::open(config).await {
                Err(AppError::Embedded(in_use @ EmbeddedError::InUse { .. })) => {
                    if let Some(joined) = Self::join(config).await {
                        return Ok(joined);
                    }
                    if tokio::time::Instant::now() > deadline {
                        return Err(in_use.into());
                    }
                }
                outcome => return outcome,
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// `None` where the other process has no server that answers.
    async fn join(config: &Config) -> Option<Self> {
        let options = embedded::join(&config.data_dir, NAME)?;
        let pool_config = PoolConfig { max_connections: config.db_pool, ..PoolConfig::default() };
        pool::try_out(options.clone(), &pool_config).await.ok()?;
        let pool = pool::open(options, &pool_config);
        Some(Self { pool, pool_config, direct: None, replica: None, embedded: None })
    }

    async fn connect(url: &SecretString, config: &Config) -> Result<Self, AppError> {
        let options = options(url)?;
        let pool_config = PoolConfig {
            max_connections: config.db_pool,
            shared_sessions: config.sharing.pgbouncer,
            ..PoolConfig::default()
        };
        // The pool would try again until its time is up, and then say nothing of the reason.
        pool::try_out(options.clone(), &pool_config).await.map_err(unreachable(url))?;
        let direct = config.sharing.direct_url.as_ref().map(direct).transpose()?;
        // Whether the replica answers is seen with the first list.
        let replica = match &config.sharing.replica_url {
            Some(url) => Some(replica(url, &pool_config, config.sharing.replica_lag)?),
            None => None,
        };
        let pool = pool::open(options, &pool_config);
        Ok(Self { pool, pool_config, direct, replica, embedded: None })
    }

    async fn embed(config: &Config) -> Result<Self, AppError> {
        let mut settings = EmbeddedConfig::new(&config.data_dir);
        settings.program_dir.clone_from(&config.pg_bin);
        let embedded = EmbeddedPostgres::start(settings).await?;
        if let Err(error) = embedded.ensure_database(NAME).await {
            embedded.stop().await;
            return Err(error.into());
        }
        let pool_config = PoolConfig { max_connections: config.db_pool, ..PoolConfig::default() };
        let pool = pool::open(embedded.connect_options(NAME), &pool_config);
        Ok(Self { pool, pool_config, direct: None, replica: None, embedded: Some(embedded) })
    }

    /// Its connections.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Connections whose sessions are the command's own, for migrations and for many rows at once.
    ///
    /// # Errors
    /// [`AppError::NoDirectUrl`] where PgBouncer stands before all there are.
    pub(crate) fn direct(&self) -> Result<&PgPool, AppError> {
        match &self.direct {
            Some(direct) => Ok(direct),
            None if self.pool_config.shared_sessions => Err(AppError::NoDirectUrl),
            None => Ok(&self.pool),
        }
    }

    /// The domain's store on it.
    pub(crate) fn store(&self) -> Arc<dyn UnitOfWorkFactory> {
        Arc::new(self.factory())
    }

    /// The domain's store on it, with lists from the replica where there is one.
    pub(crate) fn store_with_replica(&self) -> Arc<dyn UnitOfWorkFactory> {
        match &self.replica {
            Some(replica) => Arc::new(self.factory().with_replica(replica.clone())),
            None => self.store(),
        }
    }

    fn factory(&self) -> PgUnitOfWorkFactory {
        PgUnitOfWorkFactory::configured(self.pool.clone(), &self.pool_config)
    }

    /// Migrates an embedded database, which nobody else uses; requires a shared one to be
    /// migrated already, because other versions may be at work on it.
    pub(crate) async fn bring_up_to_date(&self) -> Result<(), AppError> {
        match self.embedded {
            Some(_) => Ok(migrate::up(&self.pool).await?),
            None => self.require_up_to_date().await,
        }
    }

    /// Fails unless the schema is exactly the one that this version needs.
    pub(crate) async fn require_up_to_date(&self) -> Result<(), AppError> {
        migrate::check(&self.pool).await.map_err(|error| match error {
            MigrateError::Pending(_) => AppError::NotMigrated(error),
            other => other.into(),
        })
    }

    /// Closes all connections and stops the embedded PostgreSQL.
    pub(crate) async fn close(self) {
        let copies = self.replica.as_ref().map(Replica::pool);
        for pool in self.direct.iter().chain(copies) {
            // Nothing is lost with what they are at.
            tokio::time::timeout(CLOSE, pool.close()).await.ok();
        }
        if tokio::time::timeout(CLOSE, self.pool.close()).await.is_err() {
            tracing::warn!(
                "connections to the database are still in use; closing them all the same"
            );
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

/// The options in a URL of the settings.
fn options(url: &SecretString) -> Result<PgConnectOptions, AppError> {
    url.expose_secret().parse().map_err(unreachable(url))
}

fn unreachable(url: &SecretString) -> impl Fn(sqlx::Error) -> AppError + '_ {
    |source| AppError::Connect { url: config::without_password(url.expose_secret()), source }
}

fn direct(url: &SecretString) -> Result<PgPool, AppError> {
    let config = PoolConfig { max_connections: DIRECT, ..PoolConfig::default() };
    Ok(pool::open(options(url)?, &config))
}

fn replica(
    url: &SecretString,
    pool: &PoolConfig,
    longest_lag: Duration,
) -> Result<Replica, AppError> {
    let config = ReplicaConfig { longest_lag, ..ReplicaConfig::default() };
    Ok(Replica::new(options(url)?, pool, config))
}
