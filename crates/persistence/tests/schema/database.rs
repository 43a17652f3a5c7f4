//! A database per test.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::migrate::Migration;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, PgPool};
use wiwebb_persistence::migrate;

/// The folder of the migration files.
pub(crate) const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");

pub(crate) struct Database {
    pub pool: PgPool,
}

impl Database {
    /// No step is applied.
    pub(crate) async fn empty() -> Self {
        static N: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "t{}_{}",
            std::process::id(),
            N.fetch_add(1, Ordering::Relaxed)
        );
        let o = PgConnectOptions::new()
            .socket("/tmp/w/pg-mig")
            .username("postgres");
        let p = PgPoolOptions::new()
            .max_connections(1)
            .connect_with(o.clone().database("postgres"))
            .await
            .unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&p)
            .await
            .unwrap();
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .connect_with(o.database(&name))
            .await
            .unwrap();
        Self { pool }
    }

    /// Every step is applied, no table has a row.
    pub(crate) async fn migrated() -> Self {
        let database = Self::empty().await;
        migrate::up(&database.pool).await.unwrap();
        database
    }

    /// Every step is applied and every table has rows.
    pub(crate) async fn with_rows() -> Self {
        let database = Self::migrated().await;
        let mut files: Vec<_> = std::fs::read_dir(ROWS)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            insert(&database.pool, &file).await;
        }
        database
    }
}

const ROWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/data");

/// Inserts the rows that are valid after a step; not every step has some.
pub(crate) async fn insert_rows_of(pool: &PgPool, step: &Migration) {
    let name = format!(
        "{:04}_{}.sql",
        step.version,
        step.description.replace(' ', "_")
    );
    let file = std::path::Path::new(ROWS).join(name);
    if file.exists() {
        insert(pool, &file).await;
    }
}

async fn insert(pool: &PgPool, file: &std::path::Path) {
    let sql = std::fs::read_to_string(file).unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(pool)
        .await
        .unwrap();
}
