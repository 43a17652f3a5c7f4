//! What is in a database: every table with its number of rows and a checksum over all of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableContents {
    /// Number of rows.
    pub(crate) rows: u64,
    /// The sum of a hash of every row as text, whatever their order.
    pub(crate) checksum: String,
}

/// Every table of a database, by its name with schema.
pub(crate) type Contents = BTreeMap<String, TableContents>;

/// So that a row is the same text in every session of every server, and long steps may be long.
const SESSION: &str = "
    SET statement_timeout = 0;
    SET idle_in_transaction_session_timeout = 0;
    SET TimeZone = 'UTC';
    SET DateStyle = 'ISO, MDY';
    SET IntervalStyle = 'postgres';
    SET bytea_output = 'hex';
    SET extra_float_digits = 1";

/// What `pg_dump` dumps of tables: neither the system's, nor an extension's, nor those of a session.
const TABLES: &str = "
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1";

/// A connection for reading tables as a whole.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, sqlx::Error> {
    let mut connection = options.connect().await?;
    connection.execute(SESSION).await?;
    Ok(connection)
}

/// A view of the database that stays as it is, for as long as its connection lasts.
pub(super) struct Snapshot {
    connection: PgConnection,
    /// Under which others see the same.
    pub(super) id: String,
}

impl Snapshot {
    /// The database as it is now.
    pub(super) async fn take(options: &PgConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = connect(options).await?;
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        let id =
            sqlx::query_scalar("SELECT pg_export_snapshot()").fetch_one(&mut connection).await?;
        Ok(Self { connection, id })
    }

    /// What is in every table.
    pub(super) async fn contents(&mut self) -> Result<Contents, sqlx::Error> {
        read(&mut self.connection).await
    }

    /// The latest step of the schema; `None` where there is none.
    pub(super) async fn schema_version(&mut self) -> Result<Option<i64>, sqlx::Error> {
        let exists: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
            .fetch_one(&mut self.connection)
            .await?;
        if !exists {
            return Ok(None);
        }
        let latest = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations");
        latest.fetch_one(&mut self.connection).await
    }

    /// Lets go of the view.
    pub(super) async fn release(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the connection of a snapshot did not close cleanly");
        }
    }
}

/// What is in every table.
pub(super) async fn read(connection: &mut PgConnection) -> Result<Contents, sqlx::Error> {
    let tables: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *connection).await?;
    let mut contents = Contents::new();
    for table in tables {
        let query = format!(
            "SELECT count(*), coalesce(sum(hashtextextended((r.*)::text COLLATE \"C\", 0)), 0)::text
             FROM ONLY {table} AS r"
        );
        let (rows, checksum): (i64, String) =
            sqlx::query_as(AssertSqlSafe(query)).fetch_one(&mut *connection).await?;
        contents.insert(table, TableContents { rows: rows.cast_unsigned(), checksum });
    }
    Ok(contents)
}

/// The server's version: its major number, and all that it says.
pub(crate) async fn server_version(
    options: &PgConnectOptions,
) -> Result<(u32, String), sqlx::Error> {
    let mut connection = options.connect().await?;
    let (number, text): (i32, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version')",
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok((number.cast_unsigned() / 10_000, text))
}

/// In what way a database differs from what it should hold, a phrase for each table.
pub(super) fn differences(expected: &Contents, found: &Contents) -> Vec<String> {
    let missing = expected.keys().filter(|table| !found.contains_key(*table));
    let additional = found.keys().filter(|table| !expected.contains_key(*table));
    let other = expected.iter().filter_map(|(table, expected)| {
        let found = found.get(table)?;
        if expected.rows != found.rows {
            let (expected, found) = (expected.rows, found.rows);
            return Some(format!("{table} has {found} rows instead of {expected}"));
        }
        (expected != found).then(|| format!("{table} has other rows"))
    });
    missing
        .map(|table| format!("{table} is missing"))
        .chain(additional.map(|table| format!("{table} is not in the backup")))
        .chain(other)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(tables: &[(&str, u64, &str)]) -> Contents {
        let tables = tables.iter().map(|(name, rows, checksum)| {
            let contents = TableContents { rows: *rows, checksum: (*checksum).to_owned() };
            ((*name).to_owned(), contents)
        });
        tables.collect()
    }

    #[test]
    fn equal_contents_differ_in_nothing() {
        let both = contents(&[("a", 1, "7"), ("b", 0, "0")]);
        assert!(differences(&both, &both.clone()).is_empty());
    }

    #[test]
    fn every_table_that_differs_is_told_with_what_is_wrong() {
        let expected = contents(&[("a", 1, "7"), ("b", 2, "8"), ("c", 3, "9")]);
        let found = contents(&[("a", 1, "6"), ("b", 1, "8"), ("d", 0, "0")]);
        assert_eq!(
            differences(&expected, &found),
            [
                "c is missing",
                "d is not in the backup",
                "a has other rows",
                "b has 1 rows instead of 2"
            ]
        );
    }
}
