//! Servers and databases are killed in the middle of many writes. Whatever a client was told is done
//! is there afterwards, and nothing is there by half.

use std::fs;
use std::path::Path;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use wiwebb_persistence::embedded;
use wiwebb_tests::{Client, TestDatabase};

use super::crowd::{Crowd, Stage, check};
use super::home::Home;
use super::site::until;

fn pool(options: PgConnectOptions) -> PgPool {
    PgPoolOptions::new().max_connections(2).connect_lazy_with(options)
}

#[tokio::test]
async fn what_a_killed_server_has_acknowledged_is_there_and_nothing_by_half() {
    let options = TestDatabase::new().await.options();
    let pool = pool(options.clone());
    let home = Home::on(options);
    let mut server = home.serve().await;
    let root = home.root(&server).await;
    let stage = Stage::set(&root).await;
    // At three moments that nobody has chosen with care.
    for (number, writes) in [25, 55, 40].into_iter().enumerate() {
        let root = Client::new(&server.base, root.key().map(str::to_owned));
        let crowd = Crowd::gather(&root, &stage, &format!("w{number}"));
        crowd.write_more(writes).await;
        server.kill().await;
        let ledger = crowd.disperse().await;
        assert!(ledger.lost > 0, "the server was killed with requests under way");
        // What is there when the sessions of the dead server have ended is what stays.
        sessions_end(&pool).await;
        server = home.serve().await;
        check(&pool, &ledger).await;
    }
}

async fn sessions_end(pool: &PgPool) {
    until("the sessions of the dead server end", async || {
        let sessions: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'wiwebb'",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        sessions == 0
    })
    .await;
}

/// The process of a private PostgreSQL.
fn postmaster(data_dir: &Path) -> Option<Pid> {
    let file = fs::read_to_string(data_dir.join("cluster/postmaster.pid")).ok()?;
    Some(Pid::from_raw(file.lines().next()?.trim().parse().ok()?))
}

#[tokio::test]
async fn a_killed_postgresql_comes_back_with_all_that_was_acknowledged() {
    let home = Home::private();
    let server = home.serve().await;
    let root = home.root(&server).await;
    let stage = Stage::set(&root).await;
    let crowd = Crowd::gather(&root, &stage, "w");
    for writes in [30, 40] {
        crowd.write_more(writes).await;
        let killed = postmaster(&home.data_dir()).unwrap();
        kill(killed, Signal::SIGKILL).unwrap();
        until("PostgreSQL is started again", async || {
            postmaster(&home.data_dir()).is_some_and(|pid| pid != killed)
        })
        .await;
    }
    crowd.write_more(30).await;
    let ledger = crowd.disperse().await;
    assert_eq!(ledger.lost, 0, "the server itself has answered every request");
    assert!(ledger.refused > 0, "some were refused while PostgreSQL was gone");
    let pool = pool(embedded::join(&home.data_dir(), "wiwebb").unwrap());
    orders_are_settled(&pool).await;
    check(&pool, &ledger).await;
}

/// Lets orders fall due whose outcome could not be written down, and waits for the server's worker.
pub(crate) async fn orders_are_settled(pool: &PgPool) {
    until("open orders are settled", async || {
        let open = sqlx::query(
            "UPDATE payment_operation SET next_try_at = now() WHERE NOT done AND next_try_at > now()",
        );
        open.execute(pool).await.unwrap();
        let open: i64 = sqlx::query_scalar("SELECT count(*) FROM payment_operation WHERE NOT done")
            .fetch_one(pool)
            .await
            .unwrap();
        open == 0
    })
    .await;
}
