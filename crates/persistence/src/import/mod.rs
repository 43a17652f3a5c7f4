//! Taking over a database that the Django version of WiWebb has filled.
//!
//! [`copy()`] reads it from somewhere else, [`adopt()`] turns it into one of this program where it is.
//! Both judge every row by `wiwebb_domain::import`, and both are one transaction: everything is
//! there in the end, or nothing has changed.
//!
//! Statements are put together from the domain's list of columns, because the tables of the other
//! program are known only when it runs.

mod adopt;
mod error;
mod origin;
mod run;
mod target;

use std::io;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, PgConnection, PgPool};
use wiwebb_domain::import::{Changed, Misfit};
use wiwebb_domain::ports::secrets::Secrets;
use wiwebb_domain::relations::EntityKind;

pub use adopt::OLD_SCHEMA;
pub use error::ImportError;
pub use target::REFUSED;

use crate::migrate;
use crate::schema;
use origin::Origin;
use run::Run;

/// How rows are taken over.
#[derive(Clone, Copy)]
pub struct ImportSettings<'a> {
    /// Everything is tried and nothing is kept.
    pub dry_run: bool,
    /// Rows that do not fit go to the table [`REFUSED`]; otherwise one such row is enough to change
    /// nothing. A dry run tells of all of them either way.
    pub set_aside: bool,
    /// What secrets of gateways are sealed with.
    pub secrets: &'a dyn Secrets,
    /// From when on the keys of clients are dead; `None` is never.
    pub keys_expire_at: Option<DateTime<Utc>>,
}

/// Something that is told of a row.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// A reason why it is not taken over.
    Misfit(&'a Misfit),
    /// A value that is stored in another form.
    Changed(&'a Changed),
}

/// Whoever wants to know how it goes. An error of a witness ends the import.
pub trait Witness: Send {
    /// So many rows are to be read.
    fn begins(&mut self, rows: u64);
    /// So many more have been read.
    fn advances(&mut self, rows: u64);
    /// Something about a row of a table, which a person finds under the name `row`.
    fn finds(&mut self, table: &'static str, row: &str, found: Found<'_>) -> io::Result<()>;
    /// Everything has been told, and is kept next unless this fails.
    fn ends(&mut self) -> io::Result<()>;
}

/// What became of the rows of a table. `rows` is always `stored` and `refused` together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSummary {
    /// The table, under the other program's name.
    pub table: &'static str,
    /// Rows that were there.
    pub rows: u64,
    /// Rows that were taken over.
    pub stored: u64,
    /// Rows that were not.
    pub refused: u64,
}

/// What became of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Every table that was read.
    pub tables: Vec<TableSummary>,
    /// Tables and columns that nothing here corresponds to; they stay where they were.
    pub left_behind: Vec<String>,
}

impl Summary {
    /// Rows that do not fit.
    pub fn refused(&self) -> u64 {
        self.tables.iter().map(|table| table.refused).sum()
    }
}

/// The table of the other program.
pub(crate) const fn foreign_table(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::AccessToken => "authtoken_token",
        kind => schema::table(kind),
    }
}

/// Copies the rows of the database `source` into the pool's, which must be migrated and empty.
/// `source` is only read, as of one instant.
pub async fn copy(
    target: &PgPool,
    source: &PgConnectOptions,
    settings: ImportSettings<'_>,
    witness: &mut dyn Witness,
) -> Result<Summary, ImportError> {
    migrate::check(target).await?;
    let mut source = source.connect().await.map_err(ImportError::Source)?;
    // Much of what such a database holds has no place in Django's, and would be left behind.
    if migrate::has_steps(&mut source).await? {
        return Err(ImportError::OwnSource);
    }
    let mut connection = migrate::exclusive(target).await?;
    let outcome = copy_between(&mut connection, &mut source, settings, witness).await;
    migrate::release(connection).await;
    // Nothing was written there, so nothing depends on how it closes.
    source.close().await.ok();
    outcome
}

async fn copy_between(
    target: &mut PgConnection,
    source: &mut PgConnection,
    settings: ImportSettings<'_>,
    witness: &mut dyn Witness,
) -> Result<Summary, ImportError> {
    let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let mut source = source.begin_with(snapshot).await.map_err(ImportError::Source)?;
    patient(&mut source).await?;
    let mut target = target.begin().await?;
    patient(&mut target).await?;
    target::require_empty(&mut target).await?;
    let origin = Origin::find(&mut source).await?;
    let run = Run::new(&mut target, Some(&mut source), origin, settings, witness);
    let summary = run.all().await?;
    finish(&summary, settings)?;
    if settings.dry_run {
        target.rollback().await?;
    } else {
        target.commit().await?;
    }
    Ok(summary)
}

/// Makes the pool's database, which Django has filled, one of this program. Its tables are moved to
/// the schema [`OLD_SCHEMA`], where they stay until somebody drops them.
pub async fn adopt(
    database: &PgPool,
    settings: ImportSettings<'_>,
    witness: &mut dyn Witness,
) -> Result<Summary, ImportError> {
    let mut connection = migrate::exclusive(database).await?;
    let outcome = adopt::adopt(&mut connection, settings, witness).await;
    migrate::release(connection).await;
    outcome
}

/// Time zone and patience of a transaction that reads all there is.
async fn patient(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection
        .execute(
            "SET LOCAL TimeZone = 'UTC';
             SET LOCAL statement_timeout = 0;
             SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .await?;
    Ok(())
}

/// Fails where rows are left over that nobody wanted to be set aside.
fn finish(summary: &Summary, settings: ImportSettings<'_>) -> Result<(), ImportError> {
    match summary.refused() {
        rows if rows > 0 && !settings.set_aside && !settings.dry_run => {
            Err(ImportError::Misfits { rows })
        }
        _ => Ok(()),
    }
}
