//! What cannot be restored leaves everything as it was: damaged files, dumps of something else, and
//! restores that end before their time.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection};
use tokio::process::{Child, Command};
use wiwebb_persistence::embedded::{ClientPrograms, EmbeddedConfig};
use wiwebb_tests::TestDatabase;

use super::backup::{Source, empty, fresh, manifest_of, sums};
use super::home::{Home, stderr};
use super::site::until;

async fn databases(server: &PgConnectOptions) -> Vec<String> {
    let mut admin = server.clone().database("postgres").connect().await.unwrap();
    let names = sqlx::query_scalar("SELECT datname::text FROM pg_database");
    names.fetch_all(&mut admin).await.unwrap()
}

async fn tables(connection: &mut PgConnection) -> i64 {
    let count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    sqlx::query_scalar(count).fetch_one(connection).await.unwrap()
}

/// Fails unless nothing is in a database.
async fn check_empty(database: &PgConnectOptions) {
    let mut connection = database.connect().await.unwrap();
    assert_eq!(tables(&mut connection).await, 0);
    let functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace";
    let functions: i64 = sqlx::query_scalar(functions).fetch_one(&mut connection).await.unwrap();
    assert_eq!(functions, 0);
}

#[tokio::test]
async fn what_is_in_a_database_is_never_written_over() {
    let source = Source::with_users(5).await;
    let before = sums(&source.options).await;
    let told = source.home.fail(&["restore", source.file()]).await;
    assert!(told.contains("is not empty") && told.contains("--database"), "{told}");
    let name = source.options.get_database().unwrap();
    let told = source.home.fail(&["restore", source.file(), "--database", name]).await;
    assert!(told.contains("there is a database"), "{told}");
    assert_eq!(sums(&source.options).await, before);
}

#[tokio::test]
async fn a_file_that_is_not_the_one_that_was_made_is_refused_before_anything_is_written() {
    let source = Source::with_users(5).await;
    let (other, database) = source.elsewhere().await;

    let length = source.dump.metadata().unwrap().len();
    let mut file = OpenOptions::new().write(true).open(&source.dump).unwrap();
    file.seek(SeekFrom::Start(length / 2)).unwrap();
    file.write_all(b"something else").unwrap();
    let told = other.fail(&["restore", source.file()]).await;
    assert!(told.contains("damaged") && told.contains("SHA-256"), "{told}");

    file.set_len(length / 2).unwrap();
    let told = other.fail(&["restore", source.file()]).await;
    assert!(told.contains("damaged") && told.contains("bytes"), "{told}");

    fs::remove_file(source.dump.with_extension("json")).unwrap();
    let told = other.fail(&["restore", source.file()]).await;
    assert!(told.contains("--unverified"), "{told}");
    check_empty(&database).await;
}

#[tokio::test]
async fn a_restore_that_fails_half_way_leaves_nothing() {
    let source = Source::with_users(60).await;
    fs::remove_file(source.dump.with_extension("json")).unwrap();
    let length = source.dump.metadata().unwrap().len();
    OpenOptions::new().write(true).open(&source.dump).unwrap().set_len(length * 9 / 10).unwrap();
    let (other, database) = source.elsewhere().await;
    let told = other.fail(&["restore", source.file(), "--unverified"]).await;
    assert!(told.contains("pg_restore failed"), "{told}");
    check_empty(&database).await;

    let name = fresh("half");
    other.fail(&["restore", source.file(), "--unverified", "--database", &name]).await;
    let there = databases(&database).await;
    assert!(!there.iter().any(|there| there.starts_with(&name)), "{there:?}");
}

#[tokio::test]
async fn rows_that_differ_from_the_manifest_are_told_and_go_only_with_a_new_database() {
    let source = Source::with_users(5).await;
    let beside = source.dump.with_extension("json");
    let mut manifest = manifest_of(&source.dump);
    manifest["tables"]["public.api_todo"]["checksum"] = "1".into();
    fs::write(&beside, manifest.to_string()).unwrap();
    let (other, database) = source.elsewhere().await;
    let told = other.fail(&["restore", source.file()]).await;
    assert!(told.contains("public.api_todo has other rows"), "{told}");
    let name = database.get_database().unwrap();
    assert!(told.contains(&format!("the database {name} is not empty now")), "{told}");
    assert_eq!(sums(&database).await, sums(&source.options).await);

    let name = fresh("differs");
    let told = other.fail(&["restore", source.file(), "--database", &name]).await;
    assert!(told.contains("public.api_todo has other rows"), "{told}");
    assert!(told.contains("nothing was restored"), "{told}");
    let there = databases(&database).await;
    assert!(!there.iter().any(|there| there.starts_with(&name)), "{there:?}");
}

#[tokio::test]
async fn a_backup_without_manifest_is_restored_where_that_will_do() {
    let source = Source::with_users(5).await;
    fs::remove_file(source.dump.with_extension("json")).unwrap();
    let (other, database) = source.elsewhere().await;
    let told = other.succeed(&["restore", source.file(), "--unverified"]).await;
    assert!(told.contains("no manifest"), "{told}");
    assert_eq!(sums(&database).await, sums(&source.options).await);
}

/// Dumps a database as `wiwebb backup` would not.
async fn dump(database: &PgConnectOptions, file: &Path) {
    let mut config = EmbeddedConfig::new(file.parent().unwrap());
    config.program_dir = std::env::var_os("WIWEBB_PG_BIN").map(PathBuf::from);
    let major = "SELECT current_setting('server_version_num')::int / 10000";
    let mut connection = database.connect().await.unwrap();
    let major: i32 = sqlx::query_scalar(major).fetch_one(&mut connection).await.unwrap();
    let programs = ClientPrograms::find(&config, major.cast_unsigned()).await.unwrap();
    let mut url = database.to_url_lossy();
    // These are for sqlx alone.
    url.set_query(None);
    let mut program = Command::new(programs.dump());
    program.arg("--format=custom").arg("--file").arg(file).arg(url.as_str());
    let output = program.output().await.unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

/// A restore that waits for the test, which keeps everybody from creating a function: with that it
/// begins.
async fn held_up(home: &Home, file: &str, keeper: &mut PgConnection) -> Child {
    keeper.execute("BEGIN; LOCK TABLE pg_proc IN SHARE MODE").await.unwrap();
    let process = home.command(&["restore", file]).spawn().unwrap();
    let waiting =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pg_proc'::regclass
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    until("the restore is under way", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut *keeper).await.unwrap() > 0
    })
    .await;
    process
}

/// How many others are connected to the database.
async fn others(connection: &mut PgConnection) -> i64 {
    let others = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::query_scalar(others).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn an_interrupted_restore_leaves_nothing() {
    let source = Source::with_users(5).await;
    let (other, database) = source.elsewhere().await;
    let mut keeper = database.connect().await.unwrap();
    let process = held_up(&other, source.file(), &mut keeper).await;
    kill(Pid::from_raw(process.id().unwrap().cast_signed()), Signal::SIGINT).unwrap();
    let output = process.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("interrupted"), "{}", stderr(&output));
    until("nobody goes on with it", async || others(&mut keeper).await == 0).await;
    keeper.execute("COMMIT").await.unwrap();
    check_empty(&database).await;
}

#[tokio::test]
async fn a_killed_restore_leaves_nothing_in_an_empty_database() {
    let source = Source::with_users(5).await;
    let (other, database) = source.elsewhere().await;
    let mut keeper = database.connect().await.unwrap();
    let mut process = held_up(&other, source.file(), &mut keeper).await;
    process.kill().await.unwrap();
    keeper.execute("COMMIT").await.unwrap();
    until("what was under way ends", async || others(&mut keeper).await == 0).await;
    check_empty(&database).await;
}

#[tokio::test]
async fn who_migrates_during_a_restore_waits_for_it() {
    let source = Source::with_users(5).await;
    let (other, database) = source.elsewhere().await;
    let mut keeper = database.connect().await.unwrap();
    let restore = held_up(&other, source.file(), &mut keeper).await;
    let migrate = other.command(&["migrate", "up"]).spawn().unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND query LIKE '%pg_try_advisory_lock%' AND pid <> pg_backend_pid()";
    // Within its transaction the keeper would see the same sessions for ever.
    let mut watcher = database.connect().await.unwrap();
    until("the migration waits", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut watcher).await.unwrap() > 0
    })
    .await;
    keeper.execute("COMMIT").await.unwrap();
    for process in [restore, migrate] {
        let output = process.wait_with_output().await.unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    assert_eq!(sums(&database).await, sums(&source.options).await);
}

#[tokio::test]
async fn what_others_write_during_a_restore_that_fails_stays() {
    let source = Source::with_users(5).await;
    let (other, database) = source.elsewhere().await;
    let mut keeper = database.connect().await.unwrap();
    let process = held_up(&other, source.file(), &mut keeper).await;
    keeper.execute("CREATE TABLE api_todo AS SELECT 'of somebody' AS title").await.unwrap();
    keeper.execute("COMMIT").await.unwrap();
    let output = process.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("pg_restore failed") && told.contains("is not empty now"), "{told}");
    let title: String =
        sqlx::query_scalar("SELECT title FROM api_todo").fetch_one(&mut keeper).await.unwrap();
    assert_eq!((title.as_str(), tables(&mut keeper).await), ("of somebody", 1));
}

#[tokio::test]
async fn what_a_killed_restore_has_left_of_a_new_database_makes_way() {
    let source = Source::with_users(5).await;
    let name = fresh("again");
    let mut admin = source.options.connect().await.unwrap();
    let left = format!("CREATE DATABASE \"{name}-unfinished\"");
    admin.execute(AssertSqlSafe(left)).await.unwrap();
    source.home.succeed(&["restore", source.file(), "--database", &name]).await;
    let there = databases(&source.options).await;
    let alike: Vec<&String> = there.iter().filter(|there| there.starts_with(&name)).collect();
    assert_eq!(alike, [&name]);
}

#[tokio::test]
async fn a_backup_of_a_newer_version_is_refused_before_anything_is_written() {
    let options = TestDatabase::new().await.options();
    let mut connection = options.connect().await.unwrap();
    connection
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'of tomorrow', true, '', 0)",
        )
        .await
        .unwrap();
    let home = Home::on(options.clone());
    let source = Source::of(options, home).await;
    let (other, database) = source.elsewhere().await;
    for arguments in
        [vec!["restore", source.file()], vec!["restore", source.file(), "--unverified"]]
    {
        let told = other.fail(&arguments).await;
        assert!(told.contains("9999") && told.contains("newer WiWebb"), "{told}");
    }
    check_empty(&database).await;
}

#[tokio::test]
async fn after_a_backup_of_an_older_version_the_way_up_is_told() {
    let options = TestDatabase::new().await.options();
    let home = Home::on(options.clone());
    home.succeed(&["migrate", "down"]).await;
    let source = Source::of(options, home).await;
    let (other, _) = source.elsewhere().await;
    let told = other.succeed(&["restore", source.file()]).await;
    assert!(told.contains("wiwebb migrate up"), "{told}");
    other.succeed(&["migrate", "up"]).await;
    other.serve().await.kill().await;
}

#[tokio::test]
async fn whoever_may_not_make_extensions_restores_into_a_database_that_has_them() {
    let source = Source::with_users(5).await;
    let (_, database) = source.elsewhere().await;
    let mut admin = database.connect().await.unwrap();
    let role = fresh("restorer");
    let prepare = format!(
        "CREATE EXTENSION pg_trgm; CREATE ROLE {role} LOGIN PASSWORD '{role}';
         GRANT CREATE ON SCHEMA public TO {role}"
    );
    admin.execute(AssertSqlSafe(prepare)).await.unwrap();
    let restorer = Home::on(database.clone().username(&role).password(&role));
    restorer.succeed(&["restore", source.file()]).await;
    assert_eq!(sums(&database).await, sums(&source.options).await);
}

#[tokio::test]
async fn a_dump_of_something_else_is_refused() {
    let options = TestDatabase::new().await.options();
    let foreign = empty(&options).await;
    let mut connection = foreign.connect().await.unwrap();
    connection.execute("CREATE TABLE books (title text)").await.unwrap();
    let database = empty(&options).await;
    let home = Home::on(database.clone());
    let file = home.folder().join("books.dump");
    dump(&foreign, &file).await;
    let told = home.fail(&["restore", file.to_str().unwrap(), "--unverified"]).await;
    assert!(told.contains("no database of WiWebb"), "{told}");
    check_empty(&database).await;
}
