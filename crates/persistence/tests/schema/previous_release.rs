//! The program of the release before goes on while steps run and until its servers are replaced
//! (`migrations/README.md`, rule 8). `scripts/previous-release` has kept what it asks for.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, SqlSafeStr as _};
use wiwebb_persistence::migrate;

use crate::catalog;
use crate::database::{self, Database, MIGRATIONS};

const KEPT: &str = include_str!("previous_release.json");

/// Rules that changed and that the release before can live with all the same, by their names.
const BEARABLE: &[(&str, &str)] = &[(
    "check_auditlog_action",
    "allows a word more; the release before cannot show entries with it",
)];

#[derive(Deserialize)]
struct Release {
    /// Number of its last step.
    last_migration: i64,
    /// Those of fixed form. Lists read the same columns of the same tables.
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    query: String,
    describe: Described,
}

/// What the program counts on.
#[derive(Deserialize, PartialEq, Eq, Debug)]
struct Described {
    columns: Vec<Column>,
    parameters: Option<Value>,
    nullable: Vec<Option<bool>>,
}

#[derive(Deserialize, PartialEq, Eq, Debug)]
struct Column {
    name: String,
    type_info: Value,
}

impl Described {
    /// Whether a program that counts on `self` can work with `now`: types are the same, and what was
    /// never NULL is not NULL now.
    fn is_met_by(&self, now: &Self) -> bool {
        let nulls = self.nullable.iter().zip(&now.nullable);
        self.columns == now.columns
            && self.parameters == now.parameters
            && nulls.into_iter().all(|(then, now)| *then != Some(false) || *now == Some(false))
    }
}

fn release() -> Release {
    serde_json::from_str(KEPT).unwrap()
}

/// Every step up to this one is applied, over rows.
async fn at(step: i64) -> Database {
    let database = Database::empty().await;
    let steps = Migrator::new(Path::new(MIGRATIONS)).await.unwrap();
    for step in steps.iter().filter(|other| other.version <= step) {
        if step.migration_type.is_up_migration() {
            steps.run_to(step.version, &database.pool).await.unwrap();
            database::insert_rows_of(&database.pool, step).await;
        }
    }
    database
}

/// What became of a statement that the release can no longer run.
async fn refusal(connection: &mut PgConnection, statement: &Statement) -> Option<String> {
    let Statement { query, describe: then } = statement;
    let now = match connection.describe(AssertSqlSafe(query.clone()).into_sql_str()).await {
        Ok(described) => serde_json::to_value(&described).unwrap(),
        Err(error) => return Some(format!("{query}\n{error}")),
    };
    let now: Described = serde_json::from_value(now).unwrap();
    (!then.is_met_by(&now)).then(|| format!("{query}\n{then:?}\n{now:?}"))
}

async fn broken(pool: &PgPool, release: &Release) -> Vec<String> {
    let mut connection = pool.acquire().await.unwrap();
    let mut broken = Vec::new();
    for statement in &release.statements {
        broken.extend(refusal(&mut connection, statement).await);
    }
    broken
}

#[tokio::test]
async fn every_statement_of_the_release_before_runs_on_the_present_schema() {
    let release = release();
    assert!(!release.statements.is_empty());
    let broken = broken(&Database::migrated().await.pool, &release).await;
    assert!(broken.is_empty(), "{broken:#?}");
}

#[tokio::test]
async fn the_release_before_runs_again_when_the_steps_since_are_undone() {
    let release = release();
    let database = Database::with_rows().await;
    let status = migrate::status(&database.pool).await.unwrap();
    let since = status.iter().filter(|step| step.version > release.last_migration).count();
    migrate::down(&database.pool, since).await.unwrap();
    let broken = broken(&database.pool, &release).await;
    assert!(broken.is_empty(), "{broken:#?}");
    let there = catalog::everything(&database.pool).await;
    let then = at(release.last_migration).await;
    assert_eq!(there, catalog::everything(&then.pool).await);
}

/// Tables by name with the names of their columns.
async fn columns(pool: &PgPool) -> Vec<(String, BTreeSet<String>)> {
    let tables = catalog::tables(pool).await.into_iter();
    tables
        .map(|(table, columns)| {
            let names = columns.iter().filter_map(|column| column.split(' ').next());
            (table, names.map(str::to_owned).collect())
        })
        .collect()
}

/// Whether a name stands in a line of the catalog, as a word.
fn names(line: &str, name: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
}

/// Whether the release before misses what a line of the catalog tells of: a column, a relation or a
/// trigger. It does not miss an index or a rule.
fn is_counted_on(line: &str) -> bool {
    let is_column = line.split(' ').next().is_some_and(|word| word.contains('.'));
    is_column || !line.contains('(')
}

/// Whether a line that is new in the catalog can make a row impossible that the release before
/// writes: it writes to `table`, and nothing to columns that are `new` there.
fn is_felt(line: &str, table: &str, new: &BTreeSet<&String>) -> bool {
    if let Some(column) = line.strip_prefix(&format!("{table}.")) {
        return column.contains(" NOT NULL") && !column.contains(" DEFAULT ");
    }
    let is_rule =
        line.contains("UNIQUE ") || line.contains("CHECK") || line.contains("FOREIGN KEY");
    let is_bearable = BEARABLE.iter().any(|(name, _)| names(line, name));
    let is_of_new_columns = new.iter().any(|column| names(line, column));
    is_rule && names(line, table) && !is_of_new_columns && !is_bearable
}

#[tokio::test]
async fn steps_since_the_release_before_only_add_what_it_can_ignore() {
    let release = release();
    let (then, now) = (at(release.last_migration).await.pool, Database::migrated().await.pool);
    let (before, after) = (catalog::everything(&then).await, catalog::everything(&now).await);
    let lost: Vec<_> = before.difference(&after).filter(|line| is_counted_on(line)).collect();
    assert!(lost.is_empty(), "what it counts on: {lost:#?}");

    let present = columns(&now).await;
    let mut felt = Vec::new();
    for (table, known) in columns(&then).await {
        let (_, columns) = present.iter().find(|(name, _)| *name == table).unwrap();
        let new = columns.difference(&known).collect();
        felt.extend(after.difference(&before).filter(|line| is_felt(line, &table, &new)));
    }
    assert!(felt.is_empty(), "rules that its rows may break: {felt:#?}");
}

#[test]
fn what_the_release_before_would_feel_is_told_from_what_it_can_ignore() {
    let new = String::from("note");
    let new = BTreeSet::from([&new]);
    for (felt, line) in [
        (true, "api_todo.note text NOT NULL"),
        (false, "api_todo.note text"),
        (false, "api_todo.note text NOT NULL DEFAULT ''"),
        (true, "UNIQUE unique_todo_task ON api_todo (task)"),
        (false, "UNIQUE unique_todo_note ON api_todo (note)"),
        (false, "idx_todo_task ON api_todo (task)"),
        (true, "check_todo_task ON api_todo (task): CHECK (task <> ''::text)"),
        (false, "check_todo_note ON api_todo (note): CHECK (note <> ''::text)"),
        (false, "UNIQUE unique_user_task ON api_user (task)"),
    ] {
        assert_eq!(is_felt(line, "api_todo", &new), felt, "{line}");
    }
    for (missed, line) in [
        (true, "api_todo.task varchar(200) NOT NULL"),
        (true, "touch_updated ON api_todo"),
        (true, "relation api_todo of kind r"),
        (false, "idx_todo_task ON api_todo (task)"),
        (false, "check_payment_amount ON payment_payment (amount): CHECK (amount > 0.01)"),
    ] {
        assert_eq!(is_counted_on(line), missed, "{line}");
    }
}

#[tokio::test]
async fn steps_that_break_the_release_before_are_noticed() {
    let release = release();
    let database = Database::migrated().await;
    for step in [
        "ALTER TABLE api_todo RENAME COLUMN task TO text",
        "ALTER TABLE api_todo ALTER COLUMN user_id TYPE BIGINT",
        "ALTER TABLE api_todo ALTER COLUMN completed DROP NOT NULL",
        "DROP TABLE api_todo",
    ] {
        let mut undone = database.pool.begin().await.unwrap();
        // Else it would know the statements from before the step.
        undone.clear_cached_statements().await.unwrap();
        sqlx::raw_sql(step).execute(&mut *undone).await.unwrap();
        let mut found = 0;
        for statement in release.statements.iter().filter(|one| one.query.contains("api_todo")) {
            // Each in a savepoint of its own: what fails ends the transaction else.
            let mut tried = undone.begin().await.unwrap();
            found += usize::from(refusal(&mut tried, statement).await.is_some());
        }
        assert!(found > 0, "{step}");
    }
}
