//! The extension that searches need, and the rights of the role that migrates.

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor as _, PgPool};
use wiwebb_persistence::migrate::{self, MigrateError};

use crate::database::Database;

/// The step that needs the extension.
const STEP: i64 = 20;

/// A role of this name that may create tables in the schema; a pool of sessions that are its own.
async fn role(pool: &PgPool, name: &str) -> PgPool {
    let create = format!("CREATE ROLE {name}; GRANT CREATE, USAGE ON SCHEMA public TO {name}");
    pool.execute(AssertSqlSafe(create)).await.unwrap();
    let become_it = format!("SET SESSION AUTHORIZATION {name}");
    PgPoolOptions::new()
        .after_connect(move |connection, _| {
            let become_it = become_it.clone();
            Box::pin(async move { connection.execute(AssertSqlSafe(become_it)).await.map(drop) })
        })
        .connect_with((*pool.connect_options()).clone())
        .await
        .unwrap()
}

async fn has_extension(pool: &PgPool) -> bool {
    let there = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm')";
    sqlx::query_scalar(there).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn whoever_may_create_things_in_the_database_needs_nobody_else() {
    let Database { pool } = Database::empty().await;
    let own = role(&pool, "creator").await;
    let grant = "DO $$ BEGIN
        EXECUTE format('GRANT CREATE ON DATABASE %I TO creator', current_database());
    END $$";
    pool.execute(grant).await.unwrap();
    migrate::up(&own).await.unwrap();
    assert!(has_extension(&pool).await);
    migrate::down(&own, usize::MAX).await.unwrap();
    assert!(!has_extension(&pool).await);
}

#[tokio::test]
async fn an_extension_that_somebody_else_has_made_is_taken_and_left_as_it_is() {
    let Database { pool } = Database::empty().await;
    pool.execute("CREATE EXTENSION pg_trgm").await.unwrap();
    let own = role(&pool, "guest").await;
    migrate::up(&own).await.unwrap();
    migrate::down(&own, usize::MAX).await.unwrap();
    assert!(has_extension(&pool).await);
}

#[tokio::test]
async fn an_extension_that_others_use_stays() {
    let Database { pool } = Database::migrated().await;
    let others = "CREATE TABLE book (title text);
        CREATE INDEX idx_book_title ON book USING gin (title gin_trgm_ops)";
    pool.execute(others).await.unwrap();
    migrate::down(&pool, usize::MAX).await.unwrap();
    assert!(has_extension(&pool).await);
}

#[tokio::test]
async fn whoever_lacks_the_right_is_told_of_the_extension() {
    let Database { pool } = Database::empty().await;
    let own = role(&pool, "stranger").await;
    let error = migrate::up(&own).await.unwrap_err();
    let MigrateError::Step { version: STEP, source } = &error else { unreachable!("{error}") };
    assert!(source.to_string().contains("permission denied to create extension"), "{source}");
}
