//! Steps that build an index while its table is in use, which no transaction holds together.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgPool};
use wiwebb_persistence::migrate;

use crate::catalog;
use crate::database::{Database, MIGRATIONS};

/// The last step before the first of these.
const BEFORE: i64 = 15;

/// One of these steps, and the index that it builds.
const STEP: &str = "0018_usage_by_day";
const INDEX: &str = "idx_usage_day";

/// Rows in every table, and none of these steps is applied.
async fn filled() -> Database {
    let database = Database::with_rows().await;
    let status = migrate::status(&database.pool).await.unwrap();
    let since = status.iter().filter(|step| step.version > BEFORE).count();
    migrate::down(&database.pool, since).await.unwrap();
    database
}

/// The statement of the step.
fn build() -> String {
    std::fs::read_to_string(format!("{MIGRATIONS}/{STEP}.up.sql")).unwrap()
}

/// The index's number, which a new one of the name does not have.
async fn number(pool: &PgPool) -> i64 {
    let sql = format!("SELECT '{INDEX}'::regclass::oid::bigint");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
}

/// Waits until a query finds a row.
async fn until(pool: &PgPool, query: &'static str) {
    let found = async {
        while sqlx::query(query).fetch_optional(pool).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), found).await.unwrap();
}

async fn check(pool: &PgPool) {
    migrate::check(pool).await.unwrap();
    let whole = Database::migrated().await;
    assert_eq!(catalog::everything(pool).await, catalog::everything(&whole.pool).await);
}

#[tokio::test]
async fn several_processes_that_migrate_a_filled_database_at_once_take_turns() {
    let database = filled().await;
    let pool = &database.pool;
    let (one, two, three) = tokio::join!(migrate::up(pool), migrate::up(pool), migrate::up(pool));
    for outcome in [one, two, three] {
        outcome.unwrap();
    }
    check(pool).await;
}

#[tokio::test]
async fn what_an_interrupted_build_has_left_is_built_anew() {
    let database = filled().await;
    let pool = &database.pool;
    // Rows that are alike end the building of a unique index half-way.
    sqlx::query(
        "INSERT INTO network_usage (user_id, day) SELECT user_id, day + 1 FROM network_usage",
    )
    .execute(pool)
    .await
    .unwrap();
    let failing = format!("CREATE UNIQUE INDEX CONCURRENTLY {INDEX} ON network_usage ((1))");
    sqlx::raw_sql(AssertSqlSafe(failing)).execute(pool).await.unwrap_err();
    let left = catalog::indexes(pool).await;
    assert!(left.iter().any(|index| index.contains(INDEX) && index.ends_with(" INVALID")));

    migrate::up(pool).await.unwrap();
    check(pool).await;
}

#[tokio::test]
async fn an_index_that_does_not_hold_and_is_none_of_a_step_stays() {
    let database = filled().await;
    let pool = &database.pool;
    sqlx::raw_sql(
        "CREATE INDEX of_somebody ON network_usage (seconds);
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'of_somebody'::regclass",
    )
    .execute(pool)
    .await
    .unwrap();
    migrate::up(pool).await.unwrap();
    let left = "of_somebody ON network_usage (seconds) INVALID".to_owned();
    assert!(catalog::indexes(pool).await.contains(&left));
}

#[tokio::test]
async fn an_index_that_was_built_and_not_noted_is_taken_as_it_is() {
    let database = filled().await;
    let pool = &database.pool;
    sqlx::raw_sql(AssertSqlSafe(build())).execute(pool).await.unwrap();
    let built = number(pool).await;
    migrate::up(pool).await.unwrap();
    assert_eq!(number(pool).await, built);
    check(pool).await;
}

#[tokio::test]
async fn an_index_that_somebody_is_building_is_waited_for() {
    let database = filled().await;
    let pool = &database.pool;
    let mut writer = pool.acquire().await.unwrap();
    let mut writing = writer.begin().await.unwrap();
    writing.execute("LOCK TABLE network_usage IN ROW EXCLUSIVE MODE").await.unwrap();
    let builder = pool.clone();
    let by_hand =
        tokio::spawn(async move { sqlx::raw_sql(AssertSqlSafe(build())).execute(&builder).await });
    until(
        pool,
        "SELECT FROM pg_stat_progress_create_index WHERE index_relid <> 0 \
        AND datname = current_database()",
    )
    .await;
    let built = number(pool).await;
    let meanwhile = async {
        // It has looked, and is at nothing: it waits for no lock within a statement.
        until(
            pool,
            "SELECT FROM pg_stat_activity WHERE datname = current_database()
                AND query ~ 'pg_stat_progress_create_index [p]' AND state = 'idle'",
        )
        .await;
        writing.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(migrate::up(pool), meanwhile);
    outcome.unwrap();
    by_hand.await.unwrap().unwrap();
    assert_eq!(number(pool).await, built);
    check(pool).await;
}

#[tokio::test]
async fn a_step_whose_undoing_was_not_noted_is_undone_again() {
    let database = Database::migrated().await;
    let pool = &database.pool;
    let top = catalog::everything(pool).await;
    let drop = format!("DROP INDEX {INDEX}");
    sqlx::raw_sql(AssertSqlSafe(drop)).execute(pool).await.unwrap();
    let status = migrate::status(pool).await.unwrap();
    let since = status.iter().filter(|step| step.version > BEFORE).count();
    migrate::down(pool, since).await.unwrap();
    migrate::up(pool).await.unwrap();
    assert_eq!(catalog::everything(pool).await, top);
}
