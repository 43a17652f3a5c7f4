//! The tables of the other program: where they are, whether they are what they should be, and
//! their rows, some at a time.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, Executor as _, PgConnection};
use wiwebb_domain::import::{self, ForeignRow};
use wiwebb_domain::relations::EntityKind;

use super::{ImportError, foreign_table};

/// Rows that are in memory at a time.
const BATCH: u32 = 1_000;

/// Where the other program's tables are.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    schema: String,
    /// Tables that are taken over, parents first.
    pub(super) kinds: Vec<EntityKind>,
    /// Tables and columns that are not.
    pub(super) left_behind: Vec<String>,
}

/// The columns of all tables of a schema.
type Columns = BTreeSet<(String, String)>;

impl Origin {
    /// Finds the tables on the search path and checks that nothing is missing.
    pub(super) async fn find(connection: &mut PgConnection) -> Result<Self, ImportError> {
        let schema: Option<String> = sqlx::query_scalar(
            "SELECT relnamespace::regnamespace::text FROM pg_class
             WHERE oid = to_regclass('api_user')",
        )
        .fetch_optional(&mut *connection)
        .await
        .map_err(ImportError::Source)?;
        let Some(schema) = schema else {
            return Err(ImportError::NotDjango(vec!["the table api_user is missing".to_owned()]));
        };
        // The name is quoted where it has to be.
        let found: Columns = sqlx::query_as(
            "SELECT relname::text, attname::text
             FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
             WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p')
                AND attnum > 0 AND NOT attisdropped",
        )
        .bind(&schema)
        .fetch_all(connection)
        .await
        .map_err(ImportError::Source)?
        .into_iter()
        .collect();
        let has = |table: &str| found.iter().any(|(name, _)| name == table);
        let is_optional = |kind| kind == EntityKind::AccessToken;
        let kinds: Vec<EntityKind> = import::ORDER
            .into_iter()
            .filter(|kind| !is_optional(*kind) || has(foreign_table(*kind)))
            .collect();
        let missing = missing(&kinds, &found);
        if !missing.is_empty() {
            return Err(ImportError::NotDjango(missing));
        }
        let left_behind = left_behind(&kinds, &found);
        Ok(Self { schema, kinds, left_behind })
    }

    /// The same tables after they were moved.
    pub(super) fn moved_to(self, schema: &str) -> Self {
        Self { schema: schema.to_owned(), ..self }
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// The table of a kind, with its schema.
    pub(super) fn table(&self, kind: EntityKind) -> String {
        format!("{}.{}", self.schema, foreign_table(kind))
    }

    pub(super) async fn count(
        &self,
        connection: &mut PgConnection,
        kind: EntityKind,
    ) -> Result<u64, ImportError> {
        let count = format!("SELECT count(*) FROM {}", self.table(kind));
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(connection)
            .await
            .map_err(ImportError::Source)?;
        Ok(count.unsigned_abs())
    }

    /// The last id that the other program has given; later rows may have been deleted.
    pub(super) async fn last_id(
        &self,
        connection: &mut PgConnection,
        kind: EntityKind,
    ) -> Result<Option<i64>, ImportError> {
        let last: Option<Option<i64>> = sqlx::query_scalar(
            "SELECT last_value FROM pg_sequences
             WHERE to_regclass(format('%I.%I', schemaname, sequencename))
                = to_regclass(pg_get_serial_sequence($1, 'id'))",
        )
        .bind(self.table(kind))
        .fetch_optional(connection)
        .await
        .map_err(ImportError::Source)?;
        Ok(last.flatten())
    }

    /// Begins to read a table in the order of its ids, in which of two rows that clash the first
    /// stays.
    pub(super) async fn open(
        &self,
        connection: &mut PgConnection,
        kind: EntityKind,
    ) -> Result<(), ImportError> {
        let order = if kind == EntityKind::AccessToken { "user_id" } else { "id" };
        let cursor = format!(
            "DECLARE import_rows NO SCROLL CURSOR FOR
             SELECT row_to_json(found)::text FROM {} AS found ORDER BY found.{order}",
            self.table(kind)
        );
        connection.execute(AssertSqlSafe(cursor)).await.map_err(ImportError::Source)?;
        Ok(())
    }

    /// The next rows; none at the end of the table.
    pub(super) async fn next(
        connection: &mut PgConnection,
        kind: EntityKind,
    ) -> Result<Vec<ForeignRow>, ImportError> {
        let fetch = format!("FETCH {BATCH} FROM import_rows");
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(fetch))
            .fetch_all(connection)
            .await
            .map_err(ImportError::Source)?;
        let unreadable = |source| ImportError::Unreadable { table: foreign_table(kind), source };
        rows.iter().map(|row| serde_json::from_str(row).map_err(unreadable)).collect()
    }

    /// Ends the reading of a table.
    pub(super) async fn close(connection: &mut PgConnection) -> Result<(), ImportError> {
        connection.execute("CLOSE import_rows").await.map_err(ImportError::Source)?;
        Ok(())
    }
}

fn missing(kinds: &[EntityKind], found: &Columns) -> Vec<String> {
    let mut missing = Vec::new();
    for kind in kinds {
        let table = foreign_table(*kind);
        if !found.iter().any(|(name, _)| name == table) {
            missing.push(format!("the table {table} is missing"));
            continue;
        }
        let required = import::columns(*kind).iter().filter(|column| !column.is_optional);
        let lacking = required
            .filter(|column| !found.contains(&(table.to_owned(), column.from.to_owned())))
            .map(|column| format!("the column {table}.{} is missing", column.from));
        missing.extend(lacking);
    }
    missing
}

/// What nothing here corresponds to: whole tables, and columns of tables that are taken over.
fn left_behind(kinds: &[EntityKind], found: &Columns) -> Vec<String> {
    let mut left = BTreeSet::new();
    for (table, column) in found {
        match kinds.iter().find(|kind| foreign_table(**kind) == table) {
            None => {
                left.insert(table.clone());
            }
            Some(kind) if import::columns(*kind).iter().all(|known| known.from != column) => {
                left.insert(format!("{table}.{column}"));
            }
            Some(_) => {}
        }
    }
    left.into_iter().collect()
}
