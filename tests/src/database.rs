//! A database per test, copied from a migrated one.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::sync::OnceCell;
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::migrate;

/// The migrated database that the others are copied from.
const TEMPLATE: &str = "template_wiwebb";

static SERVER: OnceCell<EmbeddedPostgres> = OnceCell::const_new();

/// A database that no other test uses.
#[derive(Clone)]
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// A fresh one: migrated, without rows.
    pub async fn new() -> Self {
        Self::made_of(TEMPLATE).await
    }

    /// A fresh one without a schema.
    pub async fn empty() -> Self {
        Self::made_of("template0").await
    }

    /// A copy of another one, to which nobody is connected.
    pub async fn copy_of(other: &Self) -> Self {
        Self::made_of(&other.name).await
    }

    async fn made_of(template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let server = SERVER.get_or_init(start).await;
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut admin = server.connect_options("postgres").connect().await.unwrap();
        let copy = format!("CREATE DATABASE {name} TEMPLATE {template}");
        sqlx::raw_sql(AssertSqlSafe(copy)).execute(&mut admin).await.unwrap();
        admin.close().await.unwrap();
        Self { name }
    }

    /// How to connect to it.
    pub fn options(&self) -> PgConnectOptions {
        SERVER.get().unwrap().connect_options(&self.name)
    }
}

async fn start() -> EmbeddedPostgres {
    let server = EmbeddedPostgres::start_throwaway().await.unwrap();
    server.ensure_database(TEMPLATE).await.unwrap();
    let options = server.connect_options(TEMPLATE);
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await.unwrap();
    migrate::up(&pool).await.unwrap();
    pool.close().await;
    server
}
