//! Making a database that Django has filled one of this program, where it is.
//!
//! Django's tables are moved out of the way as they are, this program's schema is made by its own
//! migrations, and the rows are taken over as in a copy. So the schema is the same as of a new
//! database to the last column, whatever was there, and the way back is a rename.

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use wiwebb_domain::import::ORDER;

use super::origin::Origin;
use super::run::Run;
use super::{ImportError, ImportSettings, Summary, Witness, finish, foreign_table, patient};
use crate::migrate;

/// The schema that Django's tables are moved to.
pub const OLD_SCHEMA: &str = "django";

/// A schema that lasts as long as a dry run.
const TRIAL_SCHEMA: &str = "wiwebb_dry_run";

/// What the names of tables begin with that Django or this product made.
const MOVED: [&str; 5] = ["api_", "payment_", "auth_", "authtoken_", "django_"];

/// How long whoever still uses Django's tables is waited for.
const PATIENCE: &str = "SET LOCAL lock_timeout = '1min'";

pub(super) async fn adopt(
    connection: &mut PgConnection,
    settings: ImportSettings<'_>,
    witness: &mut dyn Witness,
) -> Result<Summary, ImportError> {
    // A dry run locks nobody out, so it needs a snapshot. Otherwise the tables are locked, and every
    // statement must see what was written until then.
    let begin = if settings.dry_run {
        "BEGIN ISOLATION LEVEL REPEATABLE READ"
    } else {
        "BEGIN ISOLATION LEVEL READ COMMITTED"
    };
    let mut work = connection.begin_with(begin).await?;
    patient(&mut work).await?;
    work.execute(PATIENCE).await?;
    refuse_own(&mut work).await?;
    let origin = Origin::find(&mut work).await?;
    let tables = tables_to_move(&mut work, origin.schema()).await?;
    if !settings.dry_run {
        lock(&mut work, &tables).await?;
    }
    refuse_obstacles(&mut work, origin.schema(), &tables).await?;
    let origin = if settings.dry_run {
        make_trial_schema(&mut work, origin.schema()).await?;
        origin
    } else {
        move_away(&mut work, origin.schema(), &tables).await?;
        origin.moved_to(OLD_SCHEMA)
    };
    migrate::up_within(&mut work).await?;
    let summary = Run::new(&mut work, None, origin, settings, witness).all().await?;
    finish(&summary, settings)?;
    if settings.dry_run {
        work.rollback().await?;
    } else {
        work.commit().await?;
    }
    Ok(summary)
}

/// A database with this program's migrations is adopted already, or never was Django's.
async fn refuse_own(connection: &mut PgConnection) -> Result<(), ImportError> {
    if migrate::has_steps(connection).await? { Err(ImportError::AlreadyAdopted) } else { Ok(()) }
}

/// Django's own tables and the product's, by name, quoted and with their schema.
async fn tables_to_move(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<String>, ImportError> {
    let tables = sqlx::query_scalar(
        "SELECT format('%s.%I', $1, relname) FROM pg_class
         WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p')
            AND EXISTS (SELECT FROM unnest($2::text[]) AS known (start)
                WHERE starts_with(relname::text, start))
         ORDER BY relname",
    )
    .bind(schema)
    .bind(MOVED.as_slice())
    .fetch_all(connection)
    .await?;
    Ok(tables)
}

async fn lock(connection: &mut PgConnection, tables: &[String]) -> Result<(), ImportError> {
    let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "));
    connection.execute(AssertSqlSafe(lock)).await?;
    Ok(())
}

/// Refuses what moving the tables would break without a word.
async fn refuse_obstacles(
    connection: &mut PgConnection,
    schema: &str,
    tables: &[String],
) -> Result<(), ImportError> {
    let exists: bool = sqlx::query_scalar("SELECT to_regnamespace($1) IS NOT NULL")
        .bind(OLD_SCHEMA)
        .fetch_one(&mut *connection)
        .await?;
    if exists {
        return Err(ImportError::OldSchemaExists);
    }
    let taken_over: Vec<String> =
        ORDER.iter().map(|kind| format!("{schema}.{}", foreign_table(*kind))).collect();
    let obstacles: Vec<String> =
        sqlx::query_scalar(OBSTACLES).bind(tables).bind(taken_over).fetch_all(connection).await?;
    if obstacles.is_empty() { Ok(()) } else { Err(ImportError::Blocked(obstacles)) }
}

/// `$1` are the tables that are moved, `$2` those of them whose rows are taken over.
const OBSTACLES: &str = "
    WITH moved AS (SELECT to_regclass(name)::oid AS id FROM unnest($1::text[]) AS name),
    taken AS (SELECT to_regclass(name)::oid AS id FROM unnest($2::text[]) AS name)
    SELECT format('the table %s refers to %s', conrelid::regclass, confrelid::regclass)
    FROM pg_constraint
    WHERE contype = 'f' AND confrelid IN (SELECT id FROM moved)
        AND conrelid NOT IN (SELECT id FROM moved)
    UNION
    SELECT format('the view or rule %s reads %s', ev_class::regclass, refobjid::regclass)
    FROM pg_depend JOIN pg_rewrite ON pg_rewrite.oid = objid
    WHERE classid = 'pg_rewrite'::regclass AND refclassid = 'pg_class'::regclass
        AND refobjid IN (SELECT id FROM taken)
        AND (ev_class <> refobjid OR rulename <> '_RETURN')
    UNION
    SELECT format('the trigger %s acts on %s', tgname, tgrelid::regclass)
    FROM pg_trigger WHERE NOT tgisinternal AND tgrelid IN (SELECT id FROM taken)
    UNION
    SELECT format('%s is no plain table of its own', pg_class.oid::regclass)
    FROM pg_class
    WHERE pg_class.oid IN (SELECT id FROM taken)
        AND (relkind <> 'r' OR relrowsecurity
            OR EXISTS (SELECT FROM pg_inherits WHERE pg_class.oid IN (inhrelid, inhparent)))
    ORDER BY 1";

async fn move_away(
    connection: &mut PgConnection,
    schema: &str,
    tables: &[String],
) -> Result<(), ImportError> {
    connection.execute(AssertSqlSafe(format!("CREATE SCHEMA {OLD_SCHEMA}"))).await?;
    for table in tables {
        let alter = format!("ALTER TABLE {table} SET SCHEMA {OLD_SCHEMA}");
        connection.execute(AssertSqlSafe(alter)).await?;
    }
    connection.execute(AssertSqlSafe(format!("SET LOCAL search_path TO {schema}"))).await?;
    Ok(())
}

async fn make_trial_schema(connection: &mut PgConnection, schema: &str) -> Result<(), ImportError> {
    let make =
        format!("CREATE SCHEMA {TRIAL_SCHEMA}; SET LOCAL search_path TO {TRIAL_SCHEMA}, {schema}");
    connection.execute(AssertSqlSafe(make)).await?;
    Ok(())
}
