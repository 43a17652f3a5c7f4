//! A PostgreSQL and a standby that follows it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use tempfile::TempDir;

use super::account::{Account, programs};
use crate::site::until;

const USER: &str = "wiwebb";
const DATABASE: &str = "wiwebb";

/// A server of PostgreSQL; it ends with the test.
pub(super) struct Postgres {
    account: Account,
    bin: PathBuf,
    /// Of both, and of their sockets.
    folder: PathBuf,
    name: &'static str,
    /// Part of the socket's name.
    port: u16,
    process: Child,
}

/// The two of them.
pub(super) struct Pair {
    pub(super) primary: Postgres,
    pub(super) standby: Postgres,
    /// Removed last.
    _folder: TempDir,
}

impl Pair {
    pub(super) async fn start() -> Self {
        let (account, bin) = (Account::of_postgres(), programs());
        let folder = account.folder("wiwebb-pair-");
        let place = folder.path().to_owned();
        let primary = place.join("primary");
        let initdb = account
            .command(bin.join("initdb"))
            .args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "-U", USER, "-D"])
            .arg(&primary)
            .output();
        succeed(&initdb.unwrap());
        let primary = Postgres::start(account, &bin, &place, "primary", 5432, &[]).await;
        let mut admin = primary.options("postgres").connect().await.unwrap();
        run(&mut admin, &format!("CREATE DATABASE {DATABASE}")).await;
        admin.close().await.unwrap();

        let copy = account
            .command(bin.join("pg_basebackup"))
            .args(["-h", place.to_str().unwrap(), "-p", "5432", "-U", USER])
            .args(["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "-D"])
            .arg(place.join("standby"))
            .output();
        succeed(&copy.unwrap());
        let told = ["-c", "log_statement=all"];
        let standby = Postgres::start(account, &bin, &place, "standby", 5433, &told).await;
        Self { primary, standby, _folder: folder }
    }

    /// Waits until the standby has everything that the primary has.
    pub(super) async fn level(&self) {
        let wanted = self.primary.ask("SELECT pg_current_wal_insert_lsn()::text").await;
        let has = format!("SELECT (pg_last_wal_replay_lsn() >= '{wanted}')::text");
        until("the standby has it all", async || {
            // On the border of two pages the places differ as long as nothing follows.
            self.primary.ask("SELECT pg_logical_emit_message(true, '', '')::text").await;
            self.standby.ask(&has).await == "true"
        })
        .await;
    }
}

impl Postgres {
    async fn start(
        account: Account,
        bin: &Path,
        folder: &Path,
        name: &'static str,
        port: u16,
        more: &[&str],
    ) -> Self {
        let log = File::create(folder.join(name).with_extension("log")).unwrap();
        let process = account
            .command(bin.join("postgres"))
            .arg("-D")
            .arg(folder.join(name))
            .args(["-c", &format!("port={port}"), "-c", "listen_addresses="])
            .args(["-c", &format!("unix_socket_directories={}", folder.display())])
            .args(["-c", "wal_level=replica", "-c", "hot_standby=on", "-c", "fsync=off"])
            .args(["-c", "wal_keep_size=256MB", "-c", "shared_buffers=32MB"])
            .args(more)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let (bin, folder) = (bin.to_owned(), folder.to_owned());
        let server = Self { account, bin, folder, name, port, process };
        until("PostgreSQL answers", async || match server.options("postgres").connect().await {
            Ok(connection) => connection.close().await.is_ok(),
            Err(_) => false,
        })
        .await;
        server
    }

    fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(&self.folder)
            .port(self.port)
            .username(USER)
            .database(database)
    }

    /// How to connect to the database of the test.
    pub(super) fn database(&self) -> PgConnectOptions {
        self.options(DATABASE)
    }

    /// The same as a URL of the settings.
    pub(super) fn url(&self) -> String {
        self.database().to_url_lossy().to_string()
    }

    /// What the last of these statements answers.
    pub(super) async fn ask(&self, statements: &str) -> String {
        let mut connection = self.database().connect().await.unwrap();
        let query = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()));
        let rows = query.fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        rows.last().unwrap().try_get(0).unwrap()
    }

    /// Replays nothing from now on.
    pub(super) async fn pause(&self) {
        self.ask("SELECT pg_wal_replay_pause()::text").await;
        let state = "SELECT pg_get_wal_replay_pause_state()";
        until("replay pauses", async || self.ask(state).await == "paused").await;
    }

    pub(super) async fn resume(&self) {
        self.ask("SELECT pg_wal_replay_resume()::text").await;
    }

    /// Makes a primary of it.
    pub(super) async fn promote(&self) {
        assert_eq!(self.ask("SELECT pg_promote()::text").await, "true");
    }

    /// How often it was asked for something, as its log has it.
    pub(super) fn count(&self, part: &str) -> usize {
        let log = fs::read_to_string(self.folder.join(self.name).with_extension("log"));
        log.unwrap().matches(part).count()
    }

    /// Ends it at once.
    pub(super) fn end(&mut self) {
        let _ = self
            .account
            .command(self.bin.join("pg_ctl"))
            .args(["stop", "--mode=immediate", "--silent", "-D"])
            .arg(self.folder.join(self.name))
            .output();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.end();
    }
}

async fn run(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

fn succeed(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
