//! A database per test, on one server for all of them.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgPool};
use tokio::sync::OnceCell;
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::{PoolConfig, migrate, pool};

/// Every step is applied, no table has a row.
const TEMPLATE: &str = "template_wiwebb";

async fn server() -> &'static EmbeddedPostgres {
    static SERVER: OnceCell<EmbeddedPostgres> = OnceCell::const_new();
    SERVER
        .get_or_init(|| async {
            let server = EmbeddedPostgres::start_throwaway().await.unwrap();
            server.ensure_database(TEMPLATE).await.unwrap();
            let template = open(server.connect_options(TEMPLATE), 1);
            migrate::up(&template).await.unwrap();
            template.close().await;
            server
        })
        .await
}

/// How to connect to a new database with an empty schema.
pub(crate) async fn options() -> PgConnectOptions {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = server().await;
    let name = format!("case_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = server.connect_options("postgres").connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}");
    connection.execute(AssertSqlSafe(create)).await.unwrap();
    connection.close().await.unwrap();
    server.connect_options(&name)
}

pub(crate) fn open(options: PgConnectOptions, max_connections: u32) -> PgPool {
    let config = PoolConfig { max_connections, ..PoolConfig::default() };
    pool::open(options, &config)
}

/// A pool on a new database with an empty schema.
pub(crate) async fn pool() -> PgPool {
    open(options().await, 4)
}
