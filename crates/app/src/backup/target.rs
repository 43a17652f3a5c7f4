//! The database that is restored into: the one of the settings, if nothing is in it, or a new one,
//! which gets its name when all of it is there and was compared.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use wiwebb_persistence::migrate::{self, MigrateError};

use super::contents::{self, Contents};
use super::error::BackupError;
use super::programs;

/// What the name of a database ends in that is not done.
const UNFINISHED: &str = "-unfinished";

/// How long the sessions of a restore that was stopped may take to end.
const FAREWELL: Duration = Duration::from_secs(30);

/// Something that somebody has put into the database; none where it is empty.
const SOMETHING: &str = "
    SELECT format('%I.%I', n.nspname, o.name) FROM (
        SELECT oid, relnamespace AS namespace, relname AS name, 'pg_class'::regclass AS class
        FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
        UNION ALL SELECT oid, pronamespace, proname, 'pg_proc'::regclass FROM pg_proc
    ) o JOIN pg_namespace n ON n.oid = o.namespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d
                      WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e')
    ORDER BY 1 LIMIT 1";

/// Indexes that do not hold. A constraint can be without validation in the backup itself, between two
/// migrations.
const INVALID: &str = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";

/// A database for a restore.
pub(super) struct Target {
    /// How it is connected to while it is filled.
    options: PgConnectOptions,
    /// The database of the settings, from which others are made.
    settings: PgConnectOptions,
    /// The name it has in the end.
    name: String,
    /// Keeps others from migrating it; none for a new one, of which nobody knows.
    lock: Option<PgConnection>,
}

impl Target {
    /// Takes the database of the settings, which must hold nothing. Waits while somebody migrates it;
    /// until it is released nobody can.
    pub(super) async fn take(settings: &PgConnectOptions) -> Result<Self, BackupError> {
        let settings = named(settings);
        let name = programs::database_of(&settings).to_owned();
        let mut lock = contents::connect(&settings).await?;
        // It waits for others as long as the restore takes.
        lock.execute("SET idle_session_timeout = 0").await?;
        migrate::lock(&mut lock).await?;
        match something(&mut lock).await? {
            None => Ok(Self { options: settings.clone(), settings, name, lock: Some(lock) }),
            Some(example) => Err(BackupError::NotEmpty { database: name, example }),
        }
    }

    /// Makes the database `name`.
    pub(super) async fn create(
        settings: &PgConnectOptions,
        name: &str,
    ) -> Result<Self, BackupError> {
        let settings = named(settings);
        let unfinished = format!("{name}{UNFINISHED}");
        let options = settings.clone().database(&unfinished);
        let target = Self { options, settings, name: name.to_owned(), lock: None };
        target.create_unfinished(&unfinished).await?;
        Ok(target)
    }

    /// How to connect to it.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Whether it was made for this.
    pub(super) fn is_new(&self) -> bool {
        self.lock.is_none()
    }

    /// Text sorts as in the database of the settings.
    async fn create_unfinished(&self, unfinished: &str) -> Result<(), BackupError> {
        let mut connection = contents::connect(&self.settings).await?;
        let exists: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)")
                .bind(&self.name)
                .fetch_one(&mut connection)
                .await?;
        if exists {
            return Err(BackupError::DatabaseExists(self.name.clone()));
        }
        // One that a killed restore has left; of one that is under way there are sessions.
        let drop = format!("DROP DATABASE IF EXISTS {}", quoted(unfinished));
        if let Err(error) = execute(&mut connection, drop).await {
            let is_busy =
                error.as_database_error().and_then(|told| told.code().map(|c| c == "55006"));
            return match is_busy {
                Some(true) => Err(BackupError::Busy(self.name.clone())),
                _ => Err(error.into()),
            };
        }
        let create: String = sqlx::query_scalar(
            "SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L \
             LC_CTYPE %L', $1, pg_encoding_to_char(encoding), datcollate, datctype) \
             FROM pg_database WHERE datname = current_database()",
        )
        .bind(unfinished)
        .fetch_one(&mut connection)
        .await?;
        execute(&mut connection, create).await?;
        connection.close().await?;
        Ok(())
    }

    /// What is in it; an error where this program cannot work on it or an index does not hold.
    /// Renews what the planner knows of it, which a dump does not hold.
    pub(super) async fn examine(&self) -> Result<Contents, BackupError> {
        let mut connection = contents::connect(&self.options).await?;
        let invalid: Vec<String> = sqlx::query_scalar(INVALID).fetch_all(&mut connection).await?;
        if !invalid.is_empty() {
            return Err(BackupError::Differs(format!("not valid: {}", invalid.join(", "))));
        }
        let contents = contents::read(&mut connection).await?;
        connection.execute("ANALYZE").await?;
        connection.close().await?;
        self.check_steps().await?;
        Ok(contents)
    }

    /// Steps may be missing, which `migrate up` adds; those that are there must be ours.
    async fn check_steps(&self) -> Result<(), BackupError> {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(self.options.clone());
        let outcome = migrate::check(&pool).await;
        pool.close().await;
        match outcome {
            Ok(()) | Err(MigrateError::Pending(_)) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Gives a new database its name.
    pub(super) async fn publish(&self) -> Result<(), BackupError> {
        if !self.is_new() {
            return Ok(());
        }
        let (unfinished, name) = (format!("{}{UNFINISHED}", self.name), quoted(&self.name));
        let rename = format!("ALTER DATABASE {} RENAME TO {name}", quoted(&unfinished));
        let mut connection = contents::connect(&self.settings).await?;
        execute(&mut connection, rename).await?;
        connection.close().await?;
        Ok(())
    }

    /// Lets others migrate it. Returns its name.
    pub(super) async fn release(self) -> String {
        if let Some(lock) = self.lock {
            close(lock).await;
        }
        self.name
    }

    /// What is to be told of a restore that failed with `error`. Removes a new database. Of any other
    /// nothing is removed: what was not committed is not there, and who has written what else is
    /// there cannot be told.
    pub(super) async fn abandon(mut self, error: BackupError) -> BackupError {
        let left = match self.lock.take() {
            None => self.remove().await.map(|()| None),
            Some(mut lock) => {
                let left = self.left(&mut lock).await;
                close(lock).await;
                left
            }
        };
        let (database, source) = (self.name, Box::new(error));
        match left {
            Ok(None) => BackupError::Undone(source),
            Ok(Some(_)) => BackupError::Kept { database, source },
            Err(unknown) => {
                tracing::error!(
                    error = %unknown, database,
                    "what the restore has left cannot be seen or removed"
                );
                *source
            }
        }
    }

    async fn remove(&self) -> Result<(), BackupError> {
        let mut connection = contents::connect(&self.settings).await?;
        let unfinished = quoted(&format!("{}{UNFINISHED}", self.name));
        execute(&mut connection, format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)"))
            .await?;
        connection.close().await?;
        Ok(())
    }

    /// Something that is there when what a killed `pg_restore` has left under way is ended.
    async fn left(&self, lock: &mut PgConnection) -> Result<Option<String>, BackupError> {
        let ending = async {
            loop {
                let ended: Vec<bool> = sqlx::query_scalar(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE application_name = $1 AND datname = current_database() \
                     AND pid <> pg_backend_pid()",
                )
                .bind(self.options.get_application_name())
                .fetch_all(&mut *lock)
                .await?;
                if ended.is_empty() {
                    return something(lock).await;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(FAREWELL, ending).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(BackupError::Busy(self.name.clone())),
        }
    }
}

/// By this name the sessions of this restore are known.
fn named(settings: &PgConnectOptions) -> PgConnectOptions {
    settings.clone().application_name(&format!("wiwebb restore {}", std::process::id()))
}

async fn something(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(SOMETHING).fetch_optional(connection).await
}

async fn close(lock: PgConnection) {
    if let Err(error) = lock.close().await {
        tracing::debug!(%error, "the connection of a lock did not close cleanly");
    }
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
