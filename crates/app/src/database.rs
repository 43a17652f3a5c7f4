//! The database of a command: the one of the settings, or the embedded one for as long as the
//! command runs.

use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection as _, PgConnection, PgPool};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_persistence::embedded::{EmbeddedConfig, EmbeddedPostgres};
use wiwebb_persistence::migrate::{self, MigrateError};
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig};

use crate::config::{self, Config};
use crate::error::AppError;

/// The database's name in the embedded PostgreSQL.
const NAME: &str = "wiwebb";

/// How long statements in flight may take to end when the database is closed.
const CLOSE: Duration = Duration::from_secs(5);

/// An open database.
pub(crate) struct Database {
    pool: PgPool,
    embedded: Option<EmbeddedPostgres>,
}

impl Database {
    /// Connects to the database of the settings, else starts the embedded PostgreSQL.
    pub(crate) async fn open(config: &Config) -> Result<Self, AppError> {
        match &config.database_url {
            Some(url) => Self::connect(url.expose_secret(), config.db_pool).await,
            None => Self::embed(config).await,
        }
    }

    async fn connect(url: &str, connections: u32) -> Result<Self, AppError> {
        let failed = |source| AppError::Connect { url: config::without_password(url), source };
        let options: PgConnectOptions = url.parse().map_err(failed)?;
        // The pool would try again until its time is up, and then say nothing of the reason.
        let first = PgConnection::connect_with(&options).await.map_err(failed)?;
        first.close().await.map_err(failed)?;
        Ok(Self { pool: pool(options, connections), embedded: None })
    }

    async fn embed(config: &Config) -> Result<Self, AppError> {
        let mut settings = EmbeddedConfig::new(&config.data_dir);
        settings.program_dir.clone_from(&config.pg_bin);
        let embedded = EmbeddedPostgres::start(settings).await?;
        if let Err(error) = embedded.ensure_database(NAME).await {
            embedded.stop().await;
            return Err(error.into());
        }
        let pool = pool(embedded.connect_options(NAME), config.db_pool);
        Ok(Self { pool, embedded: Some(embedded) })
    }

    /// Its connections.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The domain's store on it.
    pub(crate) fn store(&self) -> Arc<dyn UnitOfWorkFactory> {
        Arc::new(PgUnitOfWorkFactory::new(self.pool.clone()))
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

fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    let config = PoolConfig { max_connections: connections, ..PoolConfig::default() };
    wiwebb_persistence::pool::open(options, &config)
}
