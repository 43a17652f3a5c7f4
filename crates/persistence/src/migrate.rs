//! Migrations: the schema's steps, embedded in the binary, applied and undone under an advisory
//! lock.
//!
//! The lock belongs to a session, so a pooler that shares sessions between clients (PgBouncer in
//! transaction mode) must be by-passed: [`up`] and [`down`] need a direct connection. [`status`] and
//! [`check`] do not.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::migrate::{Migrate, Migration, Migrator};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, Row as _, SqlSafeStr as _};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// The number of the migration lock among the database's advisory locks.
const MIGRATION_TURN: i64 = 0x7077_6965_6262_0002;

/// Pause between two looks at what another session is at.
const POLL: Duration = Duration::from_millis(100);

/// Indexes that do not hold, each with whether somebody is building it.
const INVALID: &str = "
    SELECT c.relname::text, EXISTS (
        SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid
    )
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace";

/// Why the schema could not be moved, or why this program must not work on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrateError {
    /// The database could not be reached, or refused a statement that is not a step's own.
    #[error("the database cannot be migrated")]
    Database(#[from] sqlx::Error),

    /// The SQL of a step failed. Its transaction was rolled back, the steps before it stay. Of a step
    /// without a transaction something may be left, which the next [`up`] or [`down`] deals with.
    #[error("migration {version} failed")]
    Step {
        /// Number of the step.
        version: i64,
        /// What the database answered.
        source: sqlx::Error,
    },

    /// The database has steps that this program does not know: a newer version has migrated it.
    #[error("the database has migrations that this version does not know: {0:?}")]
    Unknown(Vec<i64>),

    /// Steps of the database differ from the steps of the same number here.
    #[error("migrations were applied in another form than this version has: {0:?}")]
    Modified(Vec<i64>),

    /// The database lacks steps that this program needs.
    #[error("migrations are pending: {0:?}")]
    Pending(Vec<i64>),

    /// Tables have names of this schema, but none of its steps made them.
    #[error(
        "the database has tables of another program under names that are needed here; one of the \
         Django version is taken over with `wiwebb import django`"
    )]
    Foreign,

    /// Any other refusal of the migrator.
    #[error("the migrator refused")]
    Migrator(#[source] sqlx::migrate::MigrateError),
}

impl From<sqlx::migrate::MigrateError> for MigrateError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError as Sqlx;
        match error {
            Sqlx::Execute(source) => Self::Database(source),
            Sqlx::ExecuteMigration(source, version) => Self::Step { version, source },
            Sqlx::VersionMissing(version) => Self::Unknown(vec![version]),
            Sqlx::VersionMismatch(version) => Self::Modified(vec![version]),
            other => Self::Migrator(other),
        }
    }
}

/// One step of the schema, as the program and the database see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Number of the step; steps apply in ascending order.
    pub version: i64,
    /// What it adds, in words.
    pub description: String,
    /// The database has it.
    pub applied: bool,
    /// This program has it. False for a step that a newer version has applied.
    pub known: bool,
}

/// Applies every pending step, in order, each in a transaction of its own or without any; none
/// pending is no error.
///
/// Waits while another process migrates, then finds its work done.
pub async fn up(pool: &PgPool) -> Result<(), MigrateError> {
    let mut connection = exclusive(pool).await?;
    let outcome = apply(&mut connection).await;
    release(connection).await;
    outcome
}

async fn apply(connection: &mut PgConnection) -> Result<(), MigrateError> {
    if !has_steps(connection).await? && has_foreign_tables(connection).await? {
        return Err(MigrateError::Foreign);
    }
    drop_unfinished(connection).await?;
    Ok(MIGRATOR.run(connection).await?)
}

/// Whether any step was applied.
pub(crate) async fn has_steps(connection: &mut PgConnection) -> Result<bool, MigrateError> {
    Ok(!applied(connection).await?.is_empty())
}

/// Whether somebody else has the tables of the first step.
async fn has_foreign_tables(connection: &mut PgConnection) -> Result<bool, MigrateError> {
    let exists =
        "SELECT to_regclass('api_tenant') IS NOT NULL OR to_regclass('api_user') IS NOT NULL";
    Ok(sqlx::query_scalar(exists).fetch_one(connection).await?)
}

/// Drops the indexes that pending steps have begun and not finished, because they were interrupted:
/// such an index is never read, and its name is in the way. Waits for one that somebody is building
/// by hand.
async fn drop_unfinished(connection: &mut PgConnection) -> Result<(), MigrateError> {
    while let Some((index, is_being_built)) = unfinished(connection).await? {
        if is_being_built {
            tokio::time::sleep(POLL).await;
        } else {
            tracing::info!(index, "dropping an index that was begun and not finished");
            // The name stands in a step as it does here.
            let drop = format!("DROP INDEX CONCURRENTLY {index}");
            connection.execute(AssertSqlSafe(drop)).await?;
        }
    }
    Ok(())
}

/// An index that does not hold though a pending step builds it, and whether somebody is building it.
async fn unfinished(connection: &mut PgConnection) -> Result<Option<(String, bool)>, MigrateError> {
    let applied = applied(connection).await?;
    let wanted: Vec<&str> = known()
        .filter(|step| applied.iter().all(|applied| applied.version != step.version))
        .filter_map(built_by)
        .collect();
    let invalid: Vec<(String, bool)> = sqlx::query_as(INVALID).fetch_all(connection).await?;
    Ok(invalid.into_iter().find(|(index, _)| wanted.contains(&index.as_str())))
}

/// The index that a step without a transaction builds: the word after `IF NOT EXISTS`.
fn built_by(step: &'static Migration) -> Option<&'static str> {
    let mut words = step.sql.as_str().split_whitespace().skip_while(|word| *word != "EXISTS");
    words.nth(1).filter(|_| step.no_tx)
}

/// Undoes the latest `steps` applied steps, newest first; more than there are undoes all of them.
///
/// Refuses a database with unknown or modified steps: their undoing is not known here.
pub async fn down(pool: &PgPool, steps: usize) -> Result<(), MigrateError> {
    let mut connection = exclusive(pool).await?;
    let outcome = undo(&mut connection, steps).await;
    release(connection).await;
    outcome
}

/// Every step that the program or the database knows, in order. Writes nothing, also not in an
/// empty database.
pub async fn status(pool: &PgPool) -> Result<Vec<MigrationStatus>, MigrateError> {
    let applied = applied(&mut *pool.acquire().await?).await?;
    let mut steps = BTreeMap::new();
    for Applied { version, description, .. } in applied {
        let status = MigrationStatus { version, description, applied: true, known: false };
        steps.insert(version, status);
    }
    for step in known() {
        steps.entry(step.version).and_modify(|status| status.known = true).or_insert_with(|| {
            MigrationStatus {
                version: step.version,
                description: step.description.to_string(),
                applied: false,
                known: true,
            }
        });
    }
    Ok(steps.into_values().collect())
}

/// Says whether this program may work on the database: it has exactly the steps that the program
/// has.
///
/// Fails with [`MigrateError::Unknown`], [`MigrateError::Modified`] or [`MigrateError::Pending`],
/// in this order.
pub async fn check(pool: &PgPool) -> Result<(), MigrateError> {
    let applied = applied(&mut *pool.acquire().await?).await?;
    refuse_foreign(&applied)?;
    let pending: Vec<i64> = known()
        .map(|step| step.version)
        .filter(|version| applied.iter().all(|step| step.version != *version))
        .collect();
    if pending.is_empty() { Ok(()) } else { Err(MigrateError::Pending(pending)) }
}

/// The steps that the program has and the database has not, in one round trip. Those that only the
/// database has do not count: while a newer version takes over, this one goes on.
pub async fn pending(pool: &PgPool) -> Result<Vec<i64>, sqlx::Error> {
    let query = sqlx::raw_sql("SELECT version FROM _sqlx_migrations");
    let applied: Vec<i64> = match query.fetch_all(pool).await {
        Ok(rows) => rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
        // There is no such table.
        Err(sqlx::Error::Database(refusal)) if refusal.code().as_deref() == Some("42P01") => {
            Vec::new()
        }
        Err(other) => return Err(other),
    };
    Ok(known().map(|step| step.version).filter(|version| !applied.contains(version)).collect())
}

struct Applied {
    version: i64,
    description: String,
    checksum: Vec<u8>,
}

fn known() -> impl Iterator<Item = &'static Migration> {
    MIGRATOR.iter().filter(|step| step.migration_type.is_up_migration())
}

/// Each statement is one message without parameters, so that a pooler that shares sessions may stand
/// between.
async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, sqlx::Error> {
    let exists = sqlx::raw_sql("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !exists.try_get(0)? {
        return Ok(Vec::new());
    }
    let rows = sqlx::raw_sql(
        "SELECT version, description, checksum FROM _sqlx_migrations ORDER BY version",
    )
    .fetch_all(connection)
    .await?;
    let applied = rows.iter().map(|row| {
        Ok(Applied {
            version: row.try_get("version")?,
            description: row.try_get("description")?,
            checksum: row.try_get("checksum")?,
        })
    });
    applied.collect()
}

fn refuse_foreign(applied: &[Applied]) -> Result<(), MigrateError> {
    let mut unknown = Vec::new();
    let mut modified = Vec::new();
    for step in applied {
        match known().find(|known| known.version == step.version) {
            None => unknown.push(step.version),
            Some(known) if *known.checksum != *step.checksum => modified.push(step.version),
            Some(_) => {}
        }
    }
    if !unknown.is_empty() {
        return Err(MigrateError::Unknown(unknown));
    }
    if !modified.is_empty() {
        return Err(MigrateError::Modified(modified));
    }
    Ok(())
}

/// Applies every step within the transaction of a connection whose schema has none of them yet.
pub(crate) async fn up_within(connection: &mut PgConnection) -> Result<(), MigrateError> {
    connection.ensure_migrations_table(&MIGRATOR.table_name).await?;
    for step in known() {
        connection.apply(&MIGRATOR.table_name, &within(step.clone())).await?;
    }
    Ok(())
}

/// The step as it runs in the transaction of others. Nobody else sees the tables yet, so nobody has
/// to be let by.
fn within(step: Migration) -> Migration {
    if !step.no_tx {
        return step;
    }
    let sql = step.sql.as_str().replace(" CONCURRENTLY", "");
    Migration { sql: AssertSqlSafe(sql).into_sql_str(), no_tx: false, ..step }
}

async fn undo(connection: &mut PgConnection, steps: usize) -> Result<(), MigrateError> {
    let applied = applied(connection).await?;
    refuse_foreign(&applied)?;
    // The newest step that stays; 0 stands before the first.
    let target = applied.iter().rev().nth(steps).map_or(0, |step| step.version);
    Ok(MIGRATOR.undo(connection, target).await?)
}

/// A connection of its own that holds the migration lock. It never returns to the pool, because the
/// migrator keeps the lock when a step fails, and only the end of the session is sure to free it.
pub(crate) async fn exclusive(pool: &PgPool) -> Result<PgConnection, MigrateError> {
    let mut connection = pool.acquire().await?.detach();
    // Waiting for the lock, or rewriting a large table, may take longer than any request may.
    connection.execute("SET statement_timeout = 0").await?;
    connection.execute("SET idle_in_transaction_session_timeout = 0").await?;
    // Taken here, the lock also covers what `down` reads to find its target.
    lock(&mut connection).await?;
    Ok(connection)
}

/// Takes the migration lock, which the session holds until it ends. Waits as long as somebody else
/// has it.
pub async fn lock(connection: &mut PgConnection) -> Result<(), MigrateError> {
    // Who waits within `pg_advisory_lock` has a snapshot all the while. An index that is built
    // concurrently waits until older snapshots are gone, and both would wait for ever. So one asks
    // again and again, and has none between two questions.
    while !has_turn(connection).await? {
        tokio::time::sleep(POLL).await;
    }
    // The migrator's own lock, which it takes a second time, as the same session may. Servers of an
    // older release know no other; nobody else can have it now.
    Ok(connection.lock().await?)
}

async fn has_turn(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let turn = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(MIGRATION_TURN);
    turn.fetch_one(connection).await
}

pub(crate) async fn release(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "migration connection did not close cleanly");
    }
}

#[cfg(test)]
mod tests {
    use sqlx::migrate::MigrationType;

    use super::*;

    #[test]
    fn a_step_without_a_transaction_fits_into_one_and_is_remembered_as_it_is() {
        let sql = "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (c);";
        let up = MigrationType::ReversibleUp;
        let step = Migration::new(1, "index".into(), up, sql.into_sql_str(), true);
        let fitted = within(step.clone());
        let plain = "-- no-transaction\nCREATE INDEX IF NOT EXISTS i ON t (c);";
        assert_eq!(fitted.sql.as_str(), plain);
        assert!(!fitted.no_tx);
        assert_eq!(fitted.checksum, step.checksum);
    }
}
