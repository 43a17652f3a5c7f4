//! A real PgBouncer in transaction mode, otherwise as it comes.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Stdio};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tempfile::TempDir;

use super::account::Account;
use crate::site::until;

/// Where Debian puts it, which is not in the `PATH` of everybody.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
const PACKAGE: &str = "This test needs the package pgbouncer (apt-get install).";

/// PgBouncer before a server of PostgreSQL; it ends with the test.
pub(super) struct PgBouncer {
    process: Child,
    port: u16,
    user: String,
    database: String,
    folder: TempDir,
}

impl PgBouncer {
    /// Lets at most so many clients of a database work at a time.
    pub(super) async fn before(options: &PgConnectOptions, sessions: u32) -> Self {
        assert!(fs::exists(PROGRAM).unwrap(), "{PACKAGE}");
        // A free port can be taken by somebody else before PgBouncer has it.
        for _ in 0..5 {
            let mut bouncer = Self::try_before(options, sessions);
            if bouncer.is_ready().await {
                return bouncer;
            }
        }
        panic!("no free port for PgBouncer");
    }

    fn try_before(options: &PgConnectOptions, sessions: u32) -> Self {
        let account = Account::of_postgres();
        let folder = account.folder("wiwebb-pgbouncer-");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (host, user) = (options.get_socket().unwrap(), options.get_username());
        let settings = format!(
            "[databases]\n\
             * = host={} port={} user={user}\n\
             [pgbouncer]\n\
             pool_mode = transaction\n\
             default_pool_size = {sessions}\n\
             max_client_conn = 200\n\
             auth_type = any\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n",
            host.display(),
            options.get_port(),
        );
        let file = folder.path().join("pgbouncer.ini");
        fs::write(&file, settings).unwrap();
        // Its own account may enter the folder, and read what others wrote there.
        let log = File::create(folder.path().join("log")).unwrap();
        let process = account
            .command(PROGRAM)
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let database = options.get_database().unwrap().to_owned();
        Self { process, port, user: user.to_owned(), database, folder }
    }

    /// Waits until it answers. False where it ended, since its port was taken.
    async fn is_ready(&mut self) -> bool {
        let mut has_ended = false;
        let options = self.options();
        let process = &mut self.process;
        until("PgBouncer answers", async || {
            has_ended = process.try_wait().unwrap().is_some();
            has_ended
                || match options.connect().await {
                    Ok(connection) => connection.close().await.is_ok(),
                    Err(_) => false,
                }
        })
        .await;
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let is_taken = log.contains("Address already in use") || log.contains("in use");
        assert!(!has_ended || is_taken, "{log}");
        !has_ended
    }

    /// How to connect to the database through it.
    pub(super) fn options(&self) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(&self.user)
            .database(&self.database)
            .extra_float_digits(None)
    }

    /// The same as a URL of the settings.
    pub(super) fn url(&self) -> String {
        format!("postgres://{}@127.0.0.1:{}/{}", self.user, self.port, self.database)
    }

    /// The URL of another database of the same server.
    pub(super) fn url_of(&self, database: &str) -> String {
        format!("postgres://{}@127.0.0.1:{}/{database}", self.user, self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
