use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, PgPool};

use crate::catalog::{self, assert_same};
use crate::database::Database;
use crate::expected::TRIGGERS;

const LONG_AGO: &str = "2000-01-01T00:00:00Z";

#[tokio::test]
async fn every_moving_column_has_its_trigger_and_there_is_no_other() {
    let database = Database::migrated().await;
    assert_same("triggers", TRIGGERS.iter().copied(), catalog::triggers(&database.pool).await);
}

#[tokio::test]
async fn an_update_moves_the_column_even_when_it_changes_nothing() {
    let database = Database::with_rows().await;
    for (column, table) in moving_columns() {
        set(&database.pool, table, &format!("{column} = '{LONG_AGO}'")).await;
        set(&database.pool, table, "id = id").await;
        assert_ne!(value(&database.pool, table, column).await, long_ago(), "{table}.{column}");
    }
}

#[tokio::test]
async fn an_update_that_sets_the_column_itself_is_left_alone() {
    let database = Database::with_rows().await;
    for (column, table) in moving_columns() {
        set(&database.pool, table, &format!("{column} = '{LONG_AGO}'")).await;
        assert_eq!(value(&database.pool, table, column).await, long_ago(), "{table}.{column}");
    }
}

fn moving_columns() -> impl Iterator<Item = (&'static str, &'static str)> {
    TRIGGERS.iter().map(|trigger| {
        let (name, table) = trigger.split_once(" ON ").unwrap();
        (name.strip_prefix("touch_").unwrap(), table)
    })
}

fn long_ago() -> DateTime<Utc> {
    LONG_AGO.parse().unwrap()
}

async fn set(pool: &PgPool, table: &str, assignments: &str) {
    let sql = format!("UPDATE {table} SET {assignments} WHERE id = (SELECT min(id) FROM {table})");
    let outcome = sqlx::query(AssertSqlSafe(sql)).execute(pool).await.unwrap();
    assert_eq!(outcome.rows_affected(), 1, "{table} has no row");
}

async fn value(pool: &PgPool, table: &str, column: &str) -> DateTime<Utc> {
    let sql = format!("SELECT {column} FROM {table} ORDER BY id LIMIT 1");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.unwrap()
}
