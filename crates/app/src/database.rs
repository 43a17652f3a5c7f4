//! The database of a command: the one of the settings, or the embedded one for as long as the
//! command runs.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use sqlx::PgPool;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_persistence::embedded::{EmbeddedConfig, EmbeddedPostgres};
use wiwebb_persistence::migrate::{self, MigrateError};

use crate::config::{self, Config};
use crate::error::AppError;

/// The database's name in the embedded PostgreSQL.
const NAME: &str = "wiwebb";

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
        let options = url.parse().map_err(failed)?;
        let pool = pool::connect(options, connections).await.map_err(failed)?;
        Ok(Self { pool, embedded: None })
    }

    async fn embed(config: &Config) -> Result<Self, AppError> {
        let mut settings = EmbeddedConfig::new(&config.data_dir);
        settings.program_dir = config.pg_bin.clone();
        let embedded = EmbeddedPostgres::start(settings).await?;
        let opened = async {
            embedded.ensure_database(NAME).await?;
            let options = embedded.connect_options(NAME);
            Ok(pool::connect(options, config.db_pool).await.map_err(EmbeddedError::from)?)
        };
        match opened.await {
            Ok(pool) => Ok(Self { pool, embedded: Some(embedded) }),
            Err(error) => {
                embedded.stop().await;
                Err(error)
            }
        }
    }

    /// Its connections.
    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The domain's store on it.
    pub(crate) fn store(&self) -> Arc<dyn UnitOfWorkFactory> {
        Arc::new(PgStore::new(self.pool.clone()))
    }

    /// Migrates an embedded database, which nobody else uses; requires a shared one to be
    /// migrated already, because other versions may be at work on it.
    pub(crate) async fn bring_up_to_date(&self) -> Result<(), AppError> {
        if self.embedded.is_some() {
            return Ok(migrate::up(&self.pool).await?);
        }
        migrate::check(&self.pool).await.map_err(|error| match error {
            MigrateError::Pending(_) => AppError::NotMigrated(error),
            other => other.into(),
        })
    }

    /// Closes all connections and stops the embedded PostgreSQL.
    pub(crate) async fn close(self) {
        self.pool.close().await;
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }
}

// TEMP-SHIM-BEGIN
mod pool {
    pub(super) async fn connect(o: sqlx::postgres::PgConnectOptions, n: u32) -> Result<sqlx::PgPool, sqlx::Error> {
        sqlx::postgres::PgPoolOptions::new().max_connections(n).connect_with(o).await
    }
}
struct PgStore(PgPool);
impl PgStore { fn new(p: PgPool) -> Self { Self(p) } }
#[async_trait::async_trait]
impl UnitOfWorkFactory for PgStore {
    async fn begin(&self, _name: &'static str) -> wiwebb_domain::ports::Stored<Box<dyn wiwebb_domain::ports::unit_of_work::UnitOfWork>> { unimplemented!() }
    async fn read(&self, _name: &'static str) -> wiwebb_domain::ports::Stored<Box<dyn wiwebb_domain::ports::unit_of_work::Repositories>> { unimplemented!() }
    async fn ping(&self) -> wiwebb_domain::ports::Stored<()> { let _ = &self.0; Ok(()) }
}
// TEMP-SHIM-END
