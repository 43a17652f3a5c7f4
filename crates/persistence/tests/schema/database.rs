//! A database per test, on one throw-away server.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::migrate::Migration;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::OnceCell;
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::migrate;

/// The folder of the migration files.
pub(crate) const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");

/// The folder of the sample rows, a file a step.
const ROWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schema/data");

pub(crate) struct Database {
    pub pool: PgPool,
}

impl Database {
    /// No step is applied.
    pub(crate) async fn empty() -> Self {
        static SERVER: OnceCell<EmbeddedPostgres> = OnceCell::const_new();
        static COUNT: AtomicU32 = AtomicU32::new(0);

        let start = async || EmbeddedPostgres::start_throwaway().await.unwrap();
        let server = SERVER.get_or_init(start).await;
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        server.ensure_database(&name).await.unwrap();
        Self { pool: PgPool::connect_with(server.connect_options(&name)).await.unwrap() }
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
        let mut files: Vec<_> =
            std::fs::read_dir(ROWS).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for file in files {
            insert(&database.pool, &file).await;
        }
        database
    }
}

/// Inserts the rows that are valid after a step; not every step has some.
pub(crate) async fn insert_rows_of(pool: &PgPool, step: &Migration) {
    let name = format!("{:04}_{}.sql", step.version, step.description.replace(' ', "_"));
    let file = Path::new(ROWS).join(name);
    if file.exists() {
        insert(pool, &file).await;
    }
}

async fn insert(pool: &PgPool, file: &Path) {
    let sql = std::fs::read_to_string(file).unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await.unwrap();
}
