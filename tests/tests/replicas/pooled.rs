//! PgBouncer in transaction mode, of the version and with the settings it comes with.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{ConnectOptions as _, PgPool};
use wiwebb_domain::access::Scope;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWorkFactory};
use wiwebb_domain::testing::conformance::CASES;
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, pool};
use wiwebb_tests::TestDatabase;

use super::load;
use super::pgbouncer::PgBouncer;
use crate::site::{Server, Site, until};

/// So few that clients wait for each other.
const SESSIONS: u32 = 3;

const USERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'wiwebb'";

/// Two servers behind one PgBouncer, whose pools are far larger than what it has.
async fn site() -> (Site, [Server; 2], PgBouncer) {
    let database = TestDatabase::new().await;
    let (site, first) = Site::on(database.options()).await;
    first.kill().await;
    let bouncer = PgBouncer::before(&database.options(), SESSIONS).await;
    let url = bouncer.url();
    let settings =
        [("DATABASE_URL", url.as_str()), ("WIWEBB_PGBOUNCER", "on"), ("WIWEBB_DB_POOL", "20")];
    let servers = [site.serve_with(&settings).await, site.serve_with(&settings).await];
    (site, servers, bouncer)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_behind_pgbouncer_on_few_sessions() {
    let (site, servers, _bouncer) = site().await;
    load::mixed(&site, &servers).await;
    load::reports_fall_due(&site, &servers).await;
    let in_use = site.count(USERS).await;
    assert!((1..=i64::from(SESSIONS)).contains(&in_use), "{in_use} sessions");
    let log = site.log();
    assert!(!log.contains("background work failed"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_obeys_every_rule_of_the_domains_suite_behind_pgbouncer() {
    let config = PoolConfig { shared_sessions: true, ..PoolConfig::default() };
    let mut broken = Vec::new();
    for (name, case) in CASES {
        let database = TestDatabase::new().await;
        let bouncer = PgBouncer::before(&database.options(), SESSIONS).await;
        let pool = pool::open(bouncer.options(), &config);
        let factory = Arc::new(PgUnitOfWorkFactory::configured(pool.clone(), &config));
        // A task of its own, so that one broken rule does not hide the others.
        if tokio::spawn(case(factory)).await.is_err() {
            broken.push(*name);
        }
        pool.close().await;
    }
    assert!(!CASES.is_empty());
    assert!(broken.is_empty(), "broken rules: {broken:#?}");
}

/// A store behind PgBouncer with these timeouts, and the database without it.
struct Store {
    factory: PgUnitOfWorkFactory,
    direct: PgPool,
    bouncer: PgBouncer,
    root: UserId,
}

impl Store {
    async fn new(statement: Duration, idle: Duration) -> Self {
        let database = TestDatabase::new().await;
        let direct = PgPool::connect_with(database.options()).await.unwrap();
        let root = sqlx::query_scalar(
            "INSERT INTO api_user (username, email, password, role)
             VALUES ('root', 'root@example.org', 'none', 'superadmin') RETURNING id",
        );
        let root = UserId::new(root.fetch_one(&direct).await.unwrap());
        let bouncer = PgBouncer::before(&database.options(), SESSIONS).await;
        let config = PoolConfig {
            shared_sessions: true,
            statement_timeout: Some(statement),
            idle_in_transaction_timeout: Some(idle),
            ..PoolConfig::default()
        };
        let pool = pool::open(bouncer.options(), &config);
        let factory = PgUnitOfWorkFactory::configured(pool, &config);
        Self { factory, direct, bouncer, root }
    }

    async fn lock(&self, repositories: &mut (impl Repositories + ?Sized)) -> bool {
        match repositories.users().lock(Scope::Everything, self.root).await {
            Ok(_) => true,
            Err(RepositoryError::Unavailable(_)) => false,
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_statement_ends_in_time_and_leaves_no_timeout_to_the_next_client() {
    let store = Store::new(Duration::from_millis(200), Duration::from_mins(5)).await;
    let mut holder = store.direct.begin().await.unwrap();
    sqlx::raw_sql("SELECT FROM api_user FOR UPDATE").execute(&mut *holder).await.unwrap();
    let mut work = store.factory.begin("test").await.unwrap();
    assert!(!store.lock(&mut *work).await, "within a transaction");
    drop(work);
    let mut read = store.factory.read("test").await.unwrap();
    assert!(!store.lock(&mut *read).await, "alone");
    drop(read);
    holder.rollback().await.unwrap();
    let mut work = store.factory.begin("test").await.unwrap();
    assert!(store.lock(&mut *work).await);
    work.commit().await.unwrap();

    let mut next = store.bouncer.options().connect().await.unwrap();
    for _ in 0..SESSIONS {
        let row = sqlx::raw_sql("SHOW statement_timeout").fetch_one(&mut next).await.unwrap();
        assert_eq!(sqlx::Row::get::<String, _>(&row, 0), "0");
    }
}

#[tokio::test]
async fn a_transaction_that_nobody_goes_on_with_is_ended() {
    let store = Store::new(Duration::from_mins(5), Duration::from_millis(200)).await;
    let mut work = store.factory.begin("test").await.unwrap();
    assert!(store.lock(&mut *work).await);
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND state = 'idle in transaction'";
    until("the session is gone", async || {
        let open: i64 = sqlx::query_scalar(open).fetch_one(&store.direct).await.unwrap();
        open == 0
    })
    .await;
    assert!(work.commit().await.is_err());
    let mut work = store.factory.begin("test").await.unwrap();
    assert!(store.lock(&mut *work).await);
}

#[tokio::test]
async fn migrations_and_nothing_else_need_the_direct_address() {
    let database = TestDatabase::new().await;
    let (site, first) = Site::on(database.options()).await;
    first.kill().await;
    let bouncer = PgBouncer::before(&database.options(), SESSIONS).await;
    sqlx::raw_sql("CREATE DATABASE fresh").execute(&site.pool).await.unwrap();
    let fresh = bouncer.url_of("fresh");
    let mut settings = vec![("DATABASE_URL", fresh.as_str()), ("WIWEBB_PGBOUNCER", "on")];
    let refused = site.try_serve_with(&settings).await.err().unwrap();
    assert!(refused.contains("run `wiwebb migrate up` first"), "{refused}");

    let direct = database.options().database("fresh").to_url_lossy().to_string();
    settings.push(("WIWEBB_DATABASE_DIRECT_URL", &direct));
    let server = site.serve_with(&settings).await;
    server.anonymous().login("root", wiwebb_tests::PASSWORD).await;
}
