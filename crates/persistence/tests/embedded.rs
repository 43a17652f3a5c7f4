//! The embedded PostgreSQL, run for real.

#![allow(clippy::unwrap_used, reason = "a failed step of a test is a failed test")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tempfile::TempDir;
use wiwebb_persistence::embedded::{Durability, EmbeddedConfig, EmbeddedError, EmbeddedPostgres};

/// A temporary folder that PostgreSQL's account can enter also where the tests run as root.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o711)).unwrap();
    folder
}

fn config(data_dir: &Path) -> EmbeddedConfig {
    let mut config = EmbeddedConfig::new(data_dir);
    config.program_dir = std::env::var_os("WIWEBB_PG_BIN").map(PathBuf::from);
    config
}

fn throwaway(data_dir: &Path) -> EmbeddedConfig {
    let mut config = config(data_dir);
    config.durability = Durability::Throwaway;
    config
}

async fn connect(postgres: &EmbeddedPostgres) -> PgConnection {
    postgres.connect_options("postgres").connect().await.unwrap()
}

async fn text(connection: &mut PgConnection, query: &str) -> String {
    sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_one(connection).await.unwrap()
}

async fn execute(connection: &mut PgConnection, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await.unwrap();
}

/// Waits for something that happens soon, and fails where it does not.
async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_running(pid: u32) -> bool {
    kill(Pid::from_raw(pid.cast_signed()), None).is_ok()
}

#[tokio::test]
async fn data_is_kept_from_one_start_to_the_next() {
    let folder = folder();
    let first = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    let mut connection = connect(&first).await;
    execute(&mut connection, "CREATE TABLE kept AS SELECT 'still here' AS word").await;
    drop(connection);
    let pid = first.server_pid().unwrap();
    first.stop().await;
    assert!(!is_running(pid));

    let second = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    let mut connection = connect(&second).await;
    assert_eq!(text(&mut connection, "SELECT word FROM kept").await, "still here");
    assert_eq!(text(&mut connection, "SHOW fsync").await, "on");
    second.stop().await;
}

#[tokio::test]
async fn one_data_directory_has_one_owner_at_a_time() {
    let folder = folder();
    let first = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    let refused = EmbeddedPostgres::start(config(folder.path())).await.unwrap_err();
    let own_pid = std::process::id();
    assert!(matches!(refused, EmbeddedError::InUse { pid: Some(pid), .. } if pid == own_pid));
    let message = refused.to_string();
    assert!(message.contains(&own_pid.to_string()), "{message}");
    assert!(message.contains(folder.path().canonicalize().unwrap().to_str().unwrap()), "{message}");

    // The refusal has not hurt the owner.
    connect(&first).await.ping().await.unwrap();
    first.stop().await;
    EmbeddedPostgres::start(config(folder.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn a_server_that_was_killed_is_started_again() {
    let folder = folder();
    let postgres = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    let mut connection = connect(&postgres).await;
    execute(&mut connection, "CREATE TABLE kept AS SELECT 'still here' AS word").await;
    let killed = postgres.server_pid().unwrap();
    kill(Pid::from_raw(killed.cast_signed()), Signal::SIGKILL).unwrap();

    let options = postgres.connect_options("postgres");
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut connection = loop {
        if postgres.server_pid().is_some_and(|pid| pid != killed)
            && let Ok(connection) = options.connect().await
        {
            break connection;
        }
        assert!(Instant::now() < deadline, "the server does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(text(&mut connection, "SELECT word FROM kept").await, "still here");
    let pid = postgres.server_pid().unwrap();
    postgres.stop().await;
    assert!(!is_running(pid));
}

#[tokio::test]
async fn text_sorts_by_bytes_and_lower_knows_letters_beyond_ascii() {
    let postgres = EmbeddedPostgres::start_throwaway().await.unwrap();
    postgres.ensure_database("wiwebb").await.unwrap();
    let mut connection = postgres.connect_options("wiwebb").connect().await.unwrap();
    let query = "SELECT string_agg(v, '' ORDER BY v) FROM (VALUES ('a'), ('B'), ('ä'), ('_')) t(v)";
    assert_eq!(text(&mut connection, query).await, "B_aä");
    assert_eq!(text(&mut connection, "SELECT lower('ÄÖÉ')").await, "äöé");
    assert_eq!(text(&mut connection, "SHOW server_encoding").await, "UTF8");
    assert_eq!(text(&mut connection, "SHOW data_checksums").await, "on");
    assert_eq!(text(&mut connection, "SHOW listen_addresses").await, "");
    postgres.stop().await;
}

#[tokio::test]
async fn a_database_is_created_once_whatever_its_name() {
    let postgres = EmbeddedPostgres::start_throwaway().await.unwrap();
    for name in ["wiwebb", "wiwebb", "with \"quotes\" and spaces"] {
        postgres.ensure_database(name).await.unwrap();
        let mut connection = postgres.connect_options(name).connect().await.unwrap();
        assert_eq!(text(&mut connection, "SELECT current_database()::text").await, name);
    }
    postgres.stop().await;
}

#[tokio::test]
async fn a_data_directory_may_have_a_longer_path_than_a_socket() {
    let folder = folder();
    let data_dir = folder.path().join("a very long name, ".repeat(10)).join("data");
    let postgres = EmbeddedPostgres::start(throwaway(&data_dir)).await.unwrap();
    connect(&postgres).await.ping().await.unwrap();
    postgres.stop().await;
    assert!(!data_dir.exists());
}

#[tokio::test]
async fn a_data_directory_may_have_commas_quotes_and_spaces_in_its_name() {
    let folder = folder();
    let data_dir = folder.path().join("it's, \"odd\"");
    let postgres = EmbeddedPostgres::start(throwaway(&data_dir)).await.unwrap();
    connect(&postgres).await.ping().await.unwrap();
    postgres.stop().await;
    assert!(!data_dir.exists());
}

#[tokio::test]
async fn a_data_directory_that_only_its_owner_can_enter_will_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    let postgres = EmbeddedPostgres::start(throwaway(&folder.path().join("data"))).await.unwrap();
    connect(&postgres).await.ping().await.unwrap();
    postgres.stop().await;
}

#[tokio::test]
async fn what_a_killed_initdb_left_does_not_hinder_the_next_start() {
    let folder = folder();
    let half_made = folder.path().join("cluster.new-4711");
    fs::create_dir_all(half_made.join("base")).unwrap();
    let postgres = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    connect(&postgres).await.ping().await.unwrap();
    assert!(!half_made.exists());
    postgres.stop().await;
}

#[tokio::test]
async fn files_that_are_no_cluster_are_refused_and_kept() {
    let folder = folder();
    let letter = folder.path().join("cluster/letter.txt");
    fs::create_dir(letter.parent().unwrap()).unwrap();
    fs::write(&letter, "dear operator").unwrap();
    let refused = EmbeddedPostgres::start(config(folder.path())).await.unwrap_err();
    assert!(matches!(refused, EmbeddedError::NotACluster(_)), "{refused}");
    assert_eq!(fs::read_to_string(letter).unwrap(), "dear operator");
}

#[tokio::test]
async fn a_throwaway_cluster_never_takes_over_a_folder_that_has_contents() {
    let folder = folder();
    let letter = folder.path().join("letter.txt");
    fs::write(&letter, "dear operator").unwrap();
    let refused = EmbeddedPostgres::start(throwaway(folder.path())).await.unwrap_err();
    assert!(matches!(refused, EmbeddedError::NotEmpty(_)), "{refused}");
    assert!(letter.exists());
}

#[tokio::test]
async fn dropping_a_durable_server_ends_it_and_keeps_its_data() {
    let folder = folder();
    let postgres = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    let pid = postgres.server_pid().unwrap();
    drop(postgres);
    eventually("the server ends", || !is_running(pid)).await;
    EmbeddedPostgres::start(config(folder.path())).await.unwrap().stop().await;
}

#[tokio::test]
async fn dropping_a_throwaway_server_removes_every_trace_of_it() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let postgres = EmbeddedPostgres::start(throwaway(&data_dir)).await.unwrap();
    let pid = postgres.server_pid().unwrap();
    drop(postgres);
    eventually("the server ends", || !is_running(pid)).await;
    eventually("the folder is removed", || !data_dir.exists()).await;
}

/// Says to [`owner_to_be_killed`] where its cluster is to be, and of which kind.
const OWNER: [&str; 2] = ["WIWEBB_TEST_OWNER_DATA_DIR", "WIWEBB_TEST_OWNER_DURABILITY"];

#[tokio::test]
#[ignore = "a process for the tests of killed owners, which start it themselves"]
async fn owner_to_be_killed() {
    let [Some(data_dir), Some(durability)] = OWNER.map(std::env::var_os) else {
        return;
    };
    let data_dir = Path::new(&data_dir);
    let is_durable = durability == "durable";
    let config = if is_durable { config(data_dir) } else { throwaway(data_dir) };
    let _postgres = EmbeddedPostgres::start(config).await.unwrap();
    std::future::pending::<()>().await;
}

/// Kills a process that owns a running server, and returns the server's process id.
async fn kill_owner(data_dir: &Path, durability: &str) -> u32 {
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "owner_to_be_killed"])
        .envs(OWNER.into_iter().zip([data_dir.as_os_str(), durability.as_ref()]))
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let file = data_dir.join("cluster/postmaster.pid");
    let is_ready = |text: &String| text.lines().any(|line| line.trim() == "ready");
    let mut server = None;
    eventually("the owner's server is ready", || {
        server = fs::read_to_string(&file).ok().filter(is_ready);
        server.is_some()
    })
    .await;
    owner.kill().unwrap();
    owner.wait().unwrap();
    server.unwrap().lines().next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_killed_owner_leaves_no_server_behind_and_its_data_can_be_used_at_once() {
    let folder = folder();
    let pid = kill_owner(folder.path(), "durable").await;
    let next = EmbeddedPostgres::start(config(folder.path())).await.unwrap();
    assert_ne!(next.server_pid(), Some(pid));
    connect(&next).await.ping().await.unwrap();
    next.stop().await;
    eventually("the old server ends", || !is_running(pid)).await;
}

#[tokio::test]
async fn a_killed_owner_of_a_throwaway_cluster_leaves_no_trace() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let pid = kill_owner(&data_dir, "throwaway").await;
    eventually("the server ends", || !is_running(pid)).await;
    eventually("the folder is removed", || !data_dir.exists()).await;
}

#[test]
fn a_server_outlives_the_runtime_it_was_started_in() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let postgres = runtime().block_on(EmbeddedPostgres::start_throwaway()).unwrap();
    runtime().block_on(async {
        connect(&postgres).await.ping().await.unwrap();
        postgres.stop().await;
    });
}

#[tokio::test]
async fn missing_programs_are_an_error_that_names_every_way_out() {
    let folder = folder();
    let mut config = config(&folder.path().join("data"));
    config.program_dir = Some(folder.path().join("nothing"));
    let message = EmbeddedPostgres::start(config).await.unwrap_err().to_string();
    for part in ["Install it with `", "WIWEBB_PG_BIN", "DATABASE_URL", "nothing", "14 or newer"] {
        assert!(message.contains(part), "{part} is missing in: {message}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_start_is_an_error_with_the_end_of_its_log() {
    let folder = folder();
    EmbeddedPostgres::start(config(folder.path())).await.unwrap().stop().await;
    let settings = folder.path().join("cluster/postgresql.conf");
    let mut text = fs::read_to_string(&settings).unwrap();
    text.push_str("\nno_such_setting = 1\n");
    fs::write(&settings, text).unwrap();
    let message = EmbeddedPostgres::start(config(folder.path())).await.unwrap_err().to_string();
    assert!(message.contains("no_such_setting"), "{message}");
    assert!(message.contains("postgres.log"), "{message}");
}
