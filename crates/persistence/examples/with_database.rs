//! Runs a command with `DATABASE_URL` set to a fresh, migrated database that goes away afterwards.
//!
//! ```text
//! cargo run -p wiwebb-persistence --example with_database -- scripts/sqlx-prepare --check
//! ```

use std::error::Error;
use std::process::{Command, ExitCode};

use sqlx::postgres::PgPoolOptions;
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::migrate;

const DATABASE: &str = "wiwebb";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("usage: with_database COMMAND [ARGUMENT]...")?;
    let server = EmbeddedPostgres::start_throwaway().await?;
    server.ensure_database(DATABASE).await?;
    let options = server.connect_options(DATABASE);
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options.clone()).await?;
    migrate::up(&pool).await?;
    pool.close().await;

    let status = Command::new(program).args(arguments).env("DATABASE_URL", url(&options)).status();
    server.stop().await;
    Ok(if status?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The address of the database over its Unix socket.
fn url(options: &sqlx::postgres::PgConnectOptions) -> String {
    let socket = options.get_socket().map(|path| path.display().to_string()).unwrap_or_default();
    format!("postgres:///{DATABASE}?host={socket}&user={}", options.get_username())
}
