//! Running the command as an operator does.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;
use sqlx::ConnectOptions as _;
use tempfile::TempDir;
use tokio::process::Command;
use wiwebb_tests::TestDatabase;
use wiwebb_tests::secrets::check_log;

/// What the command's secrets are sealed with.
const SEALING_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// What a run has come to.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) said: String,
    /// Standard error.
    pub(crate) told: String,
    /// The lines of the report.
    pub(crate) report: Vec<Value>,
    folder: TempDir,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.said, self.told);
        self
    }

    /// What the report says of a column of a row, `refused` or `changed`.
    pub(crate) fn reported(&self, what: &str, table: &str, row: &str, column: &str) -> Vec<&str> {
        let fits = |line: &&Value| {
            line["table"] == table && line["row"] == row && line["column"] == column
        };
        self.report.iter().filter(fits).filter_map(|line| line[what].as_str()).collect()
    }

    /// Whether the run has made a key file.
    pub(crate) fn has_made_a_key_file(&self) -> bool {
        self.folder.path().join("data/secret.key").exists()
    }
}

pub(crate) fn url(database: &TestDatabase) -> String {
    database.options().to_url_lossy().to_string()
}

/// Runs `wiwebb` on a database.
pub(crate) async fn wiwebb(database: &TestDatabase, arguments: &[&str]) -> Outcome {
    run(database, arguments, &[("WIWEBB_SECRET_KEY", SEALING_KEY)]).await
}

/// Runs `wiwebb` on a database with these settings. Whatever it does, it logs no secret.
pub(crate) async fn run(
    database: &TestDatabase,
    arguments: &[&str],
    settings: &[(&str, &str)],
) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new(env!("CARGO_BIN_EXE_wiwebb-under-test"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("DATABASE_URL", url(database))
        .env("WIWEBB_BIND", "127.0.0.1:0")
        .env("WIWEBB_DATA_DIR", folder.path().join("data"))
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let told = String::from_utf8(done.stderr).unwrap();
    check_log(&told);
    let report: PathBuf = folder.path().join("report.jsonl");
    let report = std::fs::read_to_string(report).unwrap_or_default();
    Outcome {
        code: done.status.code().unwrap(),
        said: String::from_utf8(done.stdout).unwrap(),
        told,
        report: report.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        folder,
    }
}

/// Copies a site's rows into a database; the report is asked for.
pub(crate) async fn copy(from: &TestDatabase, to: &TestDatabase, more: &[&str]) -> Outcome {
    let url = url(from);
    let arguments = ["import", "django", "--report", "report.jsonl", "--from", &url];
    wiwebb(to, &[arguments.as_slice(), more].concat()).await
}

/// Adopts a site's database; the report is asked for.
pub(crate) async fn adopt(database: &TestDatabase, more: &[&str]) -> Outcome {
    let arguments = ["import", "django", "--report", "report.jsonl", "--in-place"];
    wiwebb(database, &[arguments.as_slice(), more].concat()).await
}
