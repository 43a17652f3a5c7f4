//! Backups are made and restored; what comes of them is counted and summed up by the tests themselves.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use wiwebb_tests::TestDatabase;

use super::crowd::{Crowd, Stage};
use super::home::{Home, stderr};
use super::site::until;

/// Rows of demo data by user, at the least.
const ROWS_BY_USER: u64 = 14;

/// A name for a database that no other test has.
pub(crate) fn fresh(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{what}_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A database in which nothing is.
pub(crate) async fn empty(server: &PgConnectOptions) -> PgConnectOptions {
    let name = fresh("empty");
    let mut admin = server.clone().database("postgres").connect().await.unwrap();
    admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    admin.close().await.unwrap();
    server.clone().database(&name)
}

/// Every table of a database with its number of rows and a sum over the digests of all of them.
pub(crate) async fn sums(database: &PgConnectOptions) -> BTreeMap<String, (i64, String)> {
    let mut connection = database.connect().await.unwrap();
    connection.execute("SET statement_timeout = 0; SET TimeZone = 'UTC'").await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut sums = BTreeMap::new();
    for table in tables {
        let query = format!(
            "SELECT count(*), coalesce(sum(('x' || left(md5(r::text), 15))::bit(60)::bigint), 0)::text
             FROM {table} AS r"
        );
        let sum = sqlx::query_as(AssertSqlSafe(query)).fetch_one(&mut connection).await.unwrap();
        sums.insert(table, sum);
    }
    sums
}

/// The one dump in a folder.
fn dump_in(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut dumps: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|end| end == "dump")).collect();
    assert_eq!(dumps.len(), 1, "{dumps:?}");
    dumps.remove(0)
}

pub(crate) fn manifest_of(dump: &Path) -> Value {
    serde_json::from_slice(&fs::read(dump.with_extension("json")).unwrap()).unwrap()
}

/// An installation with demo data, and the backup of it.
pub(crate) struct Source {
    pub(crate) options: PgConnectOptions,
    pub(crate) home: Home,
    pub(crate) dump: PathBuf,
}

impl Source {
    pub(crate) async fn with_users(users: u64) -> Self {
        let options = TestDatabase::new().await.options();
        let home = Home::on(options.clone());
        home.succeed(&["demo", "--users", &users.to_string()]).await;
        Self::of(options, home).await
    }

    pub(crate) async fn of(options: PgConnectOptions, home: Home) -> Self {
        home.succeed(&["backup"]).await;
        let dump = dump_in(&home.data_dir().join("backups"));
        Self { options, home, dump }
    }

    pub(crate) fn file(&self) -> &str {
        self.dump.to_str().unwrap()
    }

    /// Another installation on the same server, with nothing in its database.
    pub(crate) async fn elsewhere(&self) -> (Home, PgConnectOptions) {
        let database = empty(&self.options).await;
        (Home::on(database.clone()), database)
    }
}

/// Makes a database of so many rows, backs it up, restores it into a new database and an empty one,
/// and compares the rows. Tells how long each took.
async fn drill(rows: u64) {
    let begun = Instant::now();
    let options = TestDatabase::new().await.options();
    let home = Home::on(options.clone());
    let users = (rows / ROWS_BY_USER + 1).to_string();
    home.succeed(&["demo", "--users", &users]).await;
    let filled = begun.elapsed();

    let begun = Instant::now();
    let source = Source::of(options, home).await;
    let backed_up = begun.elapsed();
    let expected = sums(&source.options).await;
    let found: i64 = expected.values().map(|(rows, _)| rows).sum();
    assert!(found.cast_unsigned() >= rows, "{found} rows are fewer than {rows}");

    let begun = Instant::now();
    let name = fresh("restored");
    let told = source.home.succeed(&["restore", source.file(), "--database", &name]).await;
    let restored_anew = begun.elapsed();
    assert!(told.contains(&format!("restored into {name}: {found} rows")), "{told}");
    assert_eq!(sums(&source.options.clone().database(&name)).await, expected);

    let (other, database) = source.elsewhere().await;
    let begun = Instant::now();
    other.succeed(&["restore", source.file()]).await;
    let restored = begun.elapsed();
    assert_eq!(sums(&database).await, expected);
    eprintln!(
        "{found} rows in {} tables: demo data {filled:.1?}, backup {backed_up:.1?} ({} bytes), \
         restore into a new database {restored_anew:.1?}, into an empty one {restored:.1?}",
        expected.len(),
        source.dump.metadata().unwrap().len()
    );
}

#[tokio::test]
async fn what_is_restored_is_what_was_backed_up_row_by_row() {
    drill(3_000).await;
}

/// `scripts/backup-drill` runs it.
#[tokio::test]
#[ignore = "takes minutes; scripts/backup-drill says how many rows"]
async fn a_large_database_is_restored_row_by_row() {
    let rows = std::env::var_os("WIWEBB_DRILL_ROWS").expect("WIWEBB_DRILL_ROWS");
    drill(rows.to_str().unwrap().parse().unwrap()).await;
}

#[tokio::test]
async fn a_backup_beside_writers_holds_one_moment_and_the_server_goes_on() {
    let home = Home::private();
    let server = home.serve().await;
    let root = home.root(&server).await;
    let stage = Stage::set(&root).await;
    let crowd = Crowd::gather(&root, &stage, "w");
    crowd.write_more(40).await;
    let told = home.succeed(&["backup", "--to", "shelf"]).await;
    crowd.write_more(20).await;
    let ledger = crowd.disperse().await;
    assert_eq!((ledger.lost, ledger.refused), (0, 0));

    let dump = dump_in(&home.folder().join("shelf"));
    assert!(told.contains(dump.file_name().unwrap().to_str().unwrap()), "{told}");
    // The restore compares with what was counted while others wrote.
    let told = home.succeed(&["restore", dump.to_str().unwrap(), "--database", "again"]).await;
    assert!(told.contains("public.api_todo") && told.contains("as in the backup"), "{told}");
}

#[tokio::test]
async fn a_private_database_is_restored_into_a_fresh_data_directory() {
    let home = Home::private();
    home.succeed(&["demo", "--users", "10"]).await;
    home.succeed(&["backup", "--to", "shelf"]).await;
    let dump = dump_in(&home.folder().join("shelf"));

    let fresh = Home::private();
    fresh.succeed(&["restore", dump.to_str().unwrap()]).await;
    let server = fresh.serve().await;
    let demo = wiwebb_tests::Client::new(&server.base, None);
    demo.login("demo-owner", "wiwebb-demo-2026").await;
}

#[tokio::test]
async fn a_manifest_says_what_is_in_the_dump_and_older_backups_go_when_they_may() {
    let source = Source::with_users(5).await;
    let manifest = manifest_of(&source.dump);
    assert_eq!(manifest["file"], source.dump.file_name().unwrap().to_str().unwrap());
    assert_eq!(manifest["bytes"], source.dump.metadata().unwrap().len());
    assert_eq!(manifest["tables"]["public.api_user"]["rows"], 9);
    assert_eq!(manifest["sha256"].as_str().unwrap().len(), 64);
    assert!(manifest["schema_version"].as_i64().unwrap() >= 11);

    // As if it had been made a year ago.
    let folder = source.dump.parent().unwrap();
    let (old, now) = ("wiwebb-20251126T120000Z", manifest["file"].as_str().unwrap());
    let text = fs::read_to_string(source.dump.with_extension("json")).unwrap();
    let started = manifest["started_at"].as_str().unwrap();
    let text = text.replace(now, &format!("{old}.dump")).replace(started, "2025-11-26T12:00:00Z");
    fs::write(folder.join(format!("{old}.json")), text).unwrap();
    fs::rename(&source.dump, folder.join(format!("{old}.dump"))).unwrap();
    fs::remove_file(source.dump.with_extension("json")).unwrap();
    fs::write(folder.join("notes.dump"), "of somebody").unwrap();

    let kept = source.home.succeed(&["backup", "--keep", "2"]).await;
    assert!(!kept.contains("removed"), "{kept}");
    let second = ["backup", "--keep-days", "30"];
    // A name is of a second.
    until("a backup of another second is made", async || {
        source.home.run(&second).await.status.success()
    })
    .await;
    assert!(!folder.join(format!("{old}.dump")).exists());
    assert!(!folder.join(format!("{old}.json")).exists());
    assert!(folder.join("notes.dump").exists());
}

#[tokio::test]
async fn an_interrupted_backup_leaves_nothing() {
    let options = TestDatabase::new().await.options();
    let home = Home::on(options.clone());
    let mut keeper = options.connect().await.unwrap();
    keeper.execute("BEGIN; LOCK TABLE api_todo").await.unwrap();
    let process = home.command(&["backup", "--to", "shelf"]).spawn().unwrap();
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    until("dump and count are under way", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut keeper).await.unwrap() > 1
    })
    .await;
    kill(Pid::from_raw(process.id().unwrap().cast_signed()), Signal::SIGTERM).unwrap();
    let output = process.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("interrupted"), "{}", stderr(&output));
    let left: Vec<_> = fs::read_dir(home.folder().join("shelf")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}
