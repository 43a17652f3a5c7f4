//! Databases that Django has made.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use tokio::process::Command;
use tokio::sync::OnceCell;
use wiwebb_tests::TestDatabase;

/// The password of everybody who has one, see `fill.py`.
pub(crate) const PASSWORD: &str = "Übergabe-2026";

/// The tables that are taken over, with those here.
pub(crate) const TABLES: [(&str, &str); 10] = [
    ("api_tenant", "api_tenant"),
    ("api_user", "api_user"),
    ("api_todo", "api_todo"),
    ("api_auditlog", "api_auditlog"),
    ("payment_plan", "payment_plan"),
    ("payment_planpricing", "payment_planpricing"),
    ("payment_paymentgatewayconfig", "payment_paymentgatewayconfig"),
    ("payment_payment", "payment_payment"),
    ("payment_paymentlog", "payment_paymentlog"),
    ("authtoken_token", "api_accesstoken"),
];

/// Rows that break a rule, written behind Django's back.
const MISFITS: &str = include_str!("../../fixtures/django/misfits.sql");

/// With tables and rows; the others are copied from it.
static TEMPLATE: OnceCell<TestDatabase> = OnceCell::const_new();

/// A site's database, in which every row fits. `None` where there is no Django.
pub(crate) async fn site() -> Option<TestDatabase> {
    let python = interpreter()?;
    let template = TEMPLATE.get_or_init(async || make(&python).await).await;
    Some(TestDatabase::copy_of(template).await)
}

/// A site's database with rows that break a rule, each another one.
pub(crate) async fn site_with_misfits() -> Option<TestDatabase> {
    let site = site().await?;
    run_sql(&site, MISFITS).await;
    Some(site)
}

async fn make(python: &Path) -> TestDatabase {
    let database = TestDatabase::empty().await;
    for command in ["migrate", "fill"] {
        manage(python, &database.options(), command).await;
    }
    database
}

fn interpreter() -> Option<PathBuf> {
    let named = std::env::var_os("WIWEBB_DJANGO_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/django/bin/python");
    let found = named.or_else(|| usual.exists().then_some(usual));
    if found.is_none() {
        eprintln!("left out: Django is not installed");
    }
    found
}

/// Runs a command of Django.
async fn manage(python: &Path, database: &PgConnectOptions, command: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/django");
    let done = Command::new(python)
        .args(["-B", "manage.py", command, "--verbosity=0"])
        .current_dir(folder)
        .env("PGHOST", database.get_socket().unwrap())
        .env("PGPORT", database.get_port().to_string())
        .env("PGUSER", database.get_username())
        .env("PGDATABASE", database.get_database().unwrap())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
}

pub(crate) async fn connect(database: &TestDatabase) -> PgConnection {
    database.options().connect().await.unwrap()
}

pub(crate) async fn run_sql(database: &TestDatabase, sql: &str) {
    let mut connection = connect(database).await;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// The first column of what a query finds, as text.
pub(crate) async fn select(database: &TestDatabase, sql: &str) -> Vec<String> {
    let mut connection = connect(database).await;
    let select = format!("SELECT found::text FROM ({sql}) AS query (found)");
    let found = sqlx::query_scalar(AssertSqlSafe(select)).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    found
}

pub(crate) async fn select_one(database: &TestDatabase, sql: &str) -> String {
    let found = select(database, sql).await;
    assert_eq!(found.len(), 1, "{sql}: {found:?}");
    found.into_iter().next().unwrap()
}

pub(crate) async fn count(database: &TestDatabase, table: &str) -> u64 {
    select_one(database, &format!("SELECT count(*) FROM {table}")).await.parse().unwrap()
}
