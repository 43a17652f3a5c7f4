//! Writing what is taken over, and what is not.

use serde_json::{Map, Value};
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use wiwebb_domain::error::{RepositoryError, UniqueKey};
use wiwebb_domain::import::{ForeignRow, columns};
use wiwebb_domain::relations::{EntityKind, Relation};

use super::ImportError;
use crate::{error, schema};

/// The table that holds rows which were not taken over. It is made when the first one comes.
pub const REFUSED: &str = "import_refused";

/// Why the store does not take a row.
pub(super) enum Refusal {
    Taken(UniqueKey),
    Dangling(&'static Relation),
    Other(String),
}

/// Fails unless no table has a row. Nobody writes any more until the transaction ends.
pub(super) async fn require_empty(connection: &mut PgConnection) -> Result<(), ImportError> {
    for kind in EntityKind::ALL {
        let table = schema::table(kind);
        let lock = format!("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE");
        connection.execute(AssertSqlSafe(lock)).await?;
        let exists = format!("SELECT EXISTS (SELECT FROM {table})");
        let exists: bool =
            sqlx::query_scalar(AssertSqlSafe(exists)).fetch_one(&mut *connection).await?;
        if exists {
            return Err(ImportError::NotEmpty(table));
        }
    }
    Ok(())
}

/// The statement that writes rows of a kind, given as one JSON array.
fn insert(kind: EntityKind, behind: &str) -> String {
    let names = columns(kind).iter().map(|column| column.name);
    // Here a key has an id, and may have an end.
    let added: &[&str] = if kind == EntityKind::AccessToken { &["id", "expires_at"] } else { &[] };
    let names: Vec<String> =
        names.chain(added.iter().copied()).map(|name| format!("\"{name}\"")).collect();
    let (table, names) = (schema::table(kind), names.join(", "));
    format!(
        "INSERT INTO {table} ({names})
         SELECT {names} FROM json_populate_recordset(NULL::{table}, $1::json) {behind}"
    )
}

fn array(rows: &[&Map<String, Value>]) -> Result<String, ImportError> {
    serde_json::to_string(rows).map_err(|error| ImportError::Database(encode(error)))
}

fn encode(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}

/// Writes rows and answers the ids of those that were taken; a row whose unique values are taken is
/// not. `None` where the store refuses the rows for another reason, and has taken none.
pub(super) async fn store(
    connection: &mut PgConnection,
    kind: EntityKind,
    rows: &[&Map<String, Value>],
) -> Result<Option<Vec<i32>>, ImportError> {
    let statement = insert(kind, "ON CONFLICT DO NOTHING RETURNING id");
    let mut attempt = connection.begin().await?;
    let outcome = sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(array(rows)?)
        .fetch_all(&mut *attempt)
        .await;
    match outcome {
        Ok(ids) => {
            attempt.commit().await?;
            Ok(Some(ids))
        }
        Err(error) if lies_in_the_row(&error) => {
            attempt.rollback().await?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes one row, or answers why the store does not take it.
pub(super) async fn store_one(
    connection: &mut PgConnection,
    kind: EntityKind,
    row: &Map<String, Value>,
) -> Result<Option<Refusal>, ImportError> {
    let mut attempt = connection.begin().await?;
    let outcome = sqlx::query(AssertSqlSafe(insert(kind, "")))
        .bind(array(&[row])?)
        .execute(&mut *attempt)
        .await;
    match outcome {
        Ok(_) => {
            attempt.commit().await?;
            Ok(None)
        }
        Err(error) if lies_in_the_row(&error) => {
            attempt.rollback().await?;
            Ok(Some(refusal(error)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether another row may well be taken: data and integrity errors, and values that are too large
/// for an index (PostgreSQL manual, appendix "Error Codes").
fn lies_in_the_row(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
}

fn refusal(error: sqlx::Error) -> Refusal {
    // The message names the constraint, never a value; those are in its details.
    let told = error.as_database_error().map(|refusal| refusal.message().to_owned());
    match error::on_statement(error) {
        RepositoryError::Taken(key) => Refusal::Taken(key),
        RepositoryError::MissingReference(relation) => Refusal::Dangling(relation),
        other => Refusal::Other(told.unwrap_or_else(|| other.to_string())),
    }
}

/// Those of some rows that are there.
pub(super) async fn present(
    connection: &mut PgConnection,
    kind: EntityKind,
    ids: &[i32],
) -> Result<Vec<i32>, ImportError> {
    let select = format!("SELECT id FROM {} WHERE id = ANY($1)", schema::table(kind));
    Ok(sqlx::query_scalar(AssertSqlSafe(select)).bind(ids).fetch_all(connection).await?)
}

/// Makes the table of refused rows unless it is there.
pub(super) async fn prepare_refused(connection: &mut PgConnection) -> Result<(), ImportError> {
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {REFUSED} (
            id         SERIAL PRIMARY KEY,
            table_name TEXT NOT NULL,
            row_id     TEXT NOT NULL,
            reasons    JSON NOT NULL,
            \"row\"      JSON NOT NULL,
            refused_at TIMESTAMPTZ NOT NULL DEFAULT now()
        );
        CREATE INDEX IF NOT EXISTS idx_{REFUSED}_row ON {REFUSED} (table_name, row_id)"
    );
    connection.execute(AssertSqlSafe(create)).await?;
    Ok(())
}

/// Keeps a row that is not taken over, with the reasons by column.
pub(super) async fn set_aside(
    connection: &mut PgConnection,
    table: &str,
    name: &str,
    reasons: &Value,
    row: &ForeignRow,
) -> Result<(), ImportError> {
    let insert = format!(
        "INSERT INTO {REFUSED} (table_name, row_id, reasons, \"row\")
         VALUES ($1, $2, $3::json, $4::json)"
    );
    sqlx::query(AssertSqlSafe(insert))
        .bind(table)
        .bind(name)
        .bind(reasons.to_string())
        .bind(serde_json::to_string(row).map_err(encode)?)
        .execute(connection)
        .await?;
    Ok(())
}

/// Those of some rows that were refused.
pub(super) async fn refused(
    connection: &mut PgConnection,
    table: &str,
    ids: &[i32],
) -> Result<Vec<String>, ImportError> {
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let select = format!("SELECT row_id FROM {REFUSED} WHERE table_name = $1 AND row_id = ANY($2)");
    let found = sqlx::query_scalar(AssertSqlSafe(select)).bind(table).bind(names);
    Ok(found.fetch_all(connection).await?)
}

/// Has new rows of a kind numbered behind all that are there, and behind `last` if it can be one.
pub(super) async fn number_behind(
    connection: &mut PgConnection,
    kind: EntityKind,
    last: Option<i64>,
) -> Result<(), ImportError> {
    let table = schema::table(kind);
    let last = last.filter(|last| i32::try_from(*last).is_ok());
    let set = format!(
        "SELECT setval(pg_get_serial_sequence('{table}', 'id'), last)
         FROM (SELECT greatest((SELECT max(id) FROM {table}), $1) AS last) AS found
         WHERE last IS NOT NULL"
    );
    sqlx::query(AssertSqlSafe(set)).bind(last).execute(connection).await?;
    Ok(())
}
