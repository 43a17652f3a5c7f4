//! The database that is restored into: the one of the settings, if nothing is in it, or a new one,
//! which gets its name when all of it is there and was compared.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
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

/// Removes what a backup brings: tables with all that hangs on them, and functions.
const CLEAR: &str = "
    DO $$ DECLARE thing record; BEGIN
        FOR thing IN
            SELECT c.oid::regclass AS name FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
              AND n.nspname <> 'information_schema'
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                              AND d.objid = c.oid AND d.deptype = 'e')
        LOOP EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', thing.name); END LOOP;
        FOR thing IN
            SELECT p.oid::regprocedure AS name FROM pg_proc p
            JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                              AND d.objid = p.oid AND d.deptype = 'e')
        LOOP EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', thing.name); END LOOP;
    END $$";

/// Constraints and indexes that do not hold.
const INVALID: &str = "
    SELECT format('%s of %s', conname, conrelid::regclass) FROM pg_constraint
    WHERE NOT convalidated
    UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";

/// A database for a restore.
pub(super) struct Target {
    /// How it is connected to while it is filled.
    options: PgConnectOptions,
    /// The database of the settings, from which others are made.
    settings: PgConnectOptions,
    /// The name it has in the end.
    name: String,
    is_new: bool,
}

impl Target {
    /// Makes the database `name`, or takes the one of the settings where that holds nothing.
    pub(super) async fn prepare(
        settings: &PgConnectOptions,
        name: Option<&str>,
    ) -> Result<Self, BackupError> {
        // By this name its sessions are known.
        let session = format!("wiwebb restore {}", std::process::id());
        let settings = settings.clone().application_name(&session);
        let Some(name) = name else {
            let target = Self {
                options: settings.clone(),
                name: programs::database_of(&settings).to_owned(),
                settings,
                is_new: false,
            };
            target.require_empty().await?;
            return Ok(target);
        };
        let unfinished = format!("{name}{UNFINISHED}");
        let target = Self {
            options: settings.clone().database(&unfinished),
            settings,
            name: name.to_owned(),
            is_new: true,
        };
        target.create(&unfinished).await?;
        Ok(target)
    }

    /// How to connect to it.
    pub(super) fn options(&self) -> &PgConnectOptions {
        &self.options
    }

    /// Whether it was made for this.
    pub(super) fn is_new(&self) -> bool {
        self.is_new
    }

    /// The name it has in the end.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    async fn require_empty(&self) -> Result<(), BackupError> {
        match self.something().await? {
            None => Ok(()),
            Some(example) => Err(BackupError::NotEmpty { database: self.name.clone(), example }),
        }
    }

    async fn something(&self) -> Result<Option<String>, BackupError> {
        let mut connection = self.options.connect().await?;
        let found = sqlx::query_scalar(SOMETHING).fetch_optional(&mut connection).await?;
        connection.close().await?;
        Ok(found)
    }

    /// Text sorts as in the database of the settings.
    async fn create(&self, unfinished: &str) -> Result<(), BackupError> {
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

    /// What is in it; an error where this program cannot work on it or a constraint does not hold.
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
        if !self.is_new {
            return Ok(());
        }
        let (unfinished, name) = (format!("{}{UNFINISHED}", self.name), quoted(&self.name));
        let rename = format!("ALTER DATABASE {} RENAME TO {name}", quoted(&unfinished));
        let mut connection = contents::connect(&self.settings).await?;
        execute(&mut connection, rename).await?;
        connection.close().await?;
        Ok(())
    }

    /// Makes everything as it was before.
    pub(super) async fn clear(&self) -> Result<(), BackupError> {
        let mut connection = contents::connect(&self.settings).await?;
        if self.is_new {
            let unfinished = quoted(&format!("{}{UNFINISHED}", self.name));
            let drop = format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)");
            execute(&mut connection, drop).await?;
        } else {
            self.end_sessions(&mut connection).await?;
            if self.something().await?.is_some() {
                connection.execute(CLEAR).await?;
            }
        }
        connection.close().await?;
        Ok(())
    }

    /// Ends what a killed `pg_restore` has left under way.
    async fn end_sessions(&self, connection: &mut PgConnection) -> Result<(), BackupError> {
        let ending = async {
            loop {
                let ended: Vec<bool> = sqlx::query_scalar(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE application_name = $1 AND datname = current_database() \
                     AND pid <> pg_backend_pid()",
                )
                .bind(self.options.get_application_name())
                .fetch_all(&mut *connection)
                .await?;
                if ended.is_empty() {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(FAREWELL, ending).await {
            Ok(outcome) => outcome,
            Err(_) => Err(BackupError::Busy(self.name.clone())),
        }
    }
}

async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(connection).await.map(drop)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
