//! One installation: a folder, the settings, and the program run in it.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use wiwebb_tests::secrets::check_log;
use wiwebb_tests::{Client, PASSWORD};

/// Where the servers of an installation log.
const LOG: &str = "server.log";

pub(crate) struct Home {
    folder: TempDir,
    database: Option<PgConnectOptions>,
}

impl Home {
    /// With a private PostgreSQL.
    pub(crate) fn private() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Where PostgreSQL runs under another account, that account has to get in.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        Self { folder, database: None }
    }

    /// On a database of others.
    pub(crate) fn on(database: PgConnectOptions) -> Self {
        Self::private().moved_to(database)
    }

    /// The same folder with a database of others.
    pub(crate) fn moved_to(mut self, database: PgConnectOptions) -> Self {
        self.database = Some(database);
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("WIWEBB_BIND", "127.0.0.1:0".to_owned()),
            ("WIWEBB_DATA_DIR", self.data_dir().display().to_string()),
            ("WIWEBB_SUPERADMIN_USERNAME", "root".to_owned()),
            ("WIWEBB_SUPERADMIN_EMAIL", "root@example.org".to_owned()),
            ("WIWEBB_SUPERADMIN_PASSWORD", PASSWORD.to_owned()),
        ];
        let off = ["WIWEBB_LOGIN_RATE", "WIWEBB_USER_RATE", "WIWEBB_ANON_RATE"];
        settings.extend(off.map(|name| (name, "off".to_owned())));
        if let Some(database) = &self.database {
            settings.push(("DATABASE_URL", database.to_url_lossy().to_string()));
        }
        settings
    }

    /// The program as nobody has started it yet; it is killed with the test.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let kept = ["PATH", "HOME", "WIWEBB_PG_BIN"]
            .into_iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (name, value)));
        let mut command = Command::new(env!("CARGO_BIN_EXE_wiwebb-under-test"));
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .envs(kept)
            .envs(self.settings())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().await.unwrap()
    }

    /// What a command writes that must succeed.
    pub(crate) async fn succeed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command complains of that must fail.
    pub(crate) async fn fail(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stderr(&output));
        stderr(&output)
    }

    /// Starts a server and waits until it answers.
    pub(crate) async fn serve(&self) -> Server {
        let log = self.folder().join(LOG);
        let mut process = self
            .command(&["serve"])
            .stderr(OpenOptions::new().create(true).append(true).open(&log).unwrap())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).await.unwrap();
        let Some(base) = line.trim().strip_prefix("WiWebb listens on ") else {
            panic!("{line}{}", fs::read_to_string(log).unwrap());
        };
        Server { process, base: base.to_owned(), _said: said }
    }

    /// The superadmin `root` at a server.
    pub(crate) async fn root(&self, server: &Server) -> Client {
        Client::new(&server.base, None).login("root", PASSWORD).await
    }
}

/// Whatever a test has servers do, none of them logs a secret.
impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_log(&fs::read_to_string(self.folder().join(LOG)).unwrap_or_default());
        }
    }
}

/// A running server; it is killed with the test.
pub(crate) struct Server {
    process: Child,
    /// `http://HOST:PORT`
    pub(crate) base: String,
    /// Open, so that the server can go on writing.
    _said: BufReader<ChildStdout>,
}

impl Server {
    /// Ends it at once, as a power cut would.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
