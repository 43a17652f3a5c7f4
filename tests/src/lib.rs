//! A real server on a real database for each test.
//!
//! [`TestApp::start`] makes a database of its own on a throw-away PostgreSQL that all tests of a
//! binary share, and serves it on a free port of loopback. Nothing needs tearing down.

// Whatever fails in here fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod client;
mod database;
pub mod prometheus;
pub mod radius;
pub mod raw;
pub mod secrets;
pub mod sources;
mod statements;
pub mod stripe;
mod visitor;

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;
use wiwebb::config::Config;
use wiwebb::server::{ReservedAddress, RunningServer};
use wiwebb_domain::access::Role;
use wiwebb_domain::password::Password;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::samples;
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, pool};

pub use client::{Answer, Client, forbidden, not_found};
pub use database::TestDatabase;
pub use statements::{Listener, Statements, count_statements};
pub use visitor::{Page, Visitor};

/// The password of every user that the harness creates.
pub const PASSWORD: &str = "correct-Horse-7";

/// What the harness seals secrets with, so that no server writes a key file.
const SEALING_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Settings that limit no requests.
pub const NO_RATES: [(&str, &str); 5] = [
    ("WIWEBB_LOGIN_RATE", "off"),
    ("WIWEBB_USER_RATE", "off"),
    ("WIWEBB_ANON_RATE", "off"),
    ("WIWEBB_ACCOUNT_RATE", "off"),
    ("WIWEBB_RESET_RATE", "off"),
];

/// How long a request of a test waits for a connection to the database.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server with everything a test may want to reach behind its back.
pub struct TestApp {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// The server's time, which a test can move.
    pub clock: Arc<ManualClock>,
    /// What the server has mailed.
    pub mailer: Arc<RecordingMailer>,
    /// The database, for looking behind the server.
    pub pool: PgPool,
    /// The server's database.
    pub database: TestDatabase,
    services: Services,
    server: RunningServer,
}

impl TestApp {
    /// A server without limits on requests.
    pub async fn start() -> Self {
        Self::configured(&NO_RATES).await
    }

    /// A server with these settings (contract §14) and otherwise the defaults.
    pub async fn configured<N: AsRef<str>>(settings: &[(N, &str)]) -> Self {
        Self::adjusted(settings, |_| {}).await
    }

    /// The same, and with what no setting says changed.
    pub async fn adjusted<N: AsRef<str>>(
        settings: &[(N, &str)],
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        let database = TestDatabase::new().await;
        // However busy the machine is, a test that is not about that gets its connection.
        let patient = PoolConfig { acquire_timeout: PATIENCE, ..PoolConfig::default() };
        let pool = pool::open(database.options(), &patient);
        Self::built(database, pool, settings, adjust)
    }

    /// A second server on the database of another one, with a clock and mail of its own.
    pub fn beside<N: AsRef<str>>(other: &Self, settings: &[(N, &str)]) -> Self {
        Self::reaching(other.database.clone(), other.database.options(), settings)
    }

    /// A server that reaches its database in a way of its own, which can break.
    pub fn reaching<N: AsRef<str>>(
        database: TestDatabase,
        options: PgConnectOptions,
        settings: &[(N, &str)],
    ) -> Self {
        let pool = pool::open(options, &PoolConfig::default());
        Self::built(database, pool, settings, |_| {})
    }

    fn built<N: AsRef<str>>(
        database: TestDatabase,
        pool: PgPool,
        settings: &[(N, &str)],
        adjust: impl FnOnce(&mut Config),
    ) -> Self {
        secrets::watch();
        let usual = [("WIWEBB_BIND", "127.0.0.1:0"), ("WIWEBB_SECRET_KEY", SEALING_KEY)];
        let usual = usual.map(|(name, value)| (name.into(), value.into()));
        let settings = settings.iter().map(|(name, value)| (name.as_ref().into(), (*value).into()));
        let mut config = Config::load(None, usual.into_iter().chain(settings)).unwrap();
        adjust(&mut config);
        let store: Arc<dyn UnitOfWorkFactory> = Arc::new(PgUnitOfWorkFactory::new(pool.clone()));
        let clock = Arc::new(ManualClock::default());
        let mailer = Arc::new(RecordingMailer::default());
        let reserved = ReservedAddress::new(config.bind).unwrap();
        let address = reserved.address();
        let ports = wiwebb::wiring::ports(store, mailer.clone(), &config, address).unwrap();
        let ports = Ports { clock: clock.clone(), ..ports };
        let services = wiwebb::wiring::services(ports.clone(), &config, address);
        let server = wiwebb::start(reserved, &config, ports).unwrap();
        let base = format!("http://{}", server.address());
        Self { base, clock, mailer, pool, database, services, server }
    }

    /// Stops the server as a signal would.
    pub async fn stop(self) -> bool {
        self.server.stop().await
    }

    /// The server's use cases, for what no client can ask for.
    pub const fn services(&self) -> &Services {
        &self.services
    }

    /// Has the gateways asked about every payment left open, as the server's worker does. Answers how
    /// many there were.
    pub async fn reconcile(&self) -> usize {
        self.services.payments.reconcile_due(100).await.unwrap()
    }

    /// Has every report that came to nothing and is due applied again, as the server's worker does.
    /// Answers how many there were; one that fails again fails the test.
    pub async fn retry_webhooks(&self) -> usize {
        self.services.webhooks.retry_due(100).await.unwrap()
    }

    /// Has every subscription that is due looked after, as the server's worker does. Answers how many
    /// there were.
    pub async fn advance_subscriptions(&self) -> usize {
        self.services.subscriptions.advance_due(100).await.unwrap()
    }

    /// The header `Stripe-Signature` of a body that is sent now by the server's clock.
    pub fn signed_event(&self, secret: &str, body: &str) -> String {
        stripe::signature_header(body, &[secret], self.clock.now().timestamp())
    }

    /// A client without a key.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// A client with the key of a fresh superadmin called `root`.
    pub async fn superadmin(&self) -> Client {
        let (name, email) = (samples::username("root"), samples::email("root@example.org"));
        let password = Password::new(PASSWORD.to_owned());
        self.services.accounts.ensure_superadmin(name, email, password).await.unwrap();
        self.login("root").await
    }

    /// A client with a fresh key of a user whose password is [`PASSWORD`].
    pub async fn login(&self, username: &str) -> Client {
        self.anonymous().login(username, PASSWORD).await
    }

    /// Creates a user as a superadmin and signs in. The tenant is an id.
    pub async fn user(&self, by: &Client, name: &str, role: Role, tenant: Option<i64>) -> Client {
        let body = serde_json::json!({
            "username": name,
            "email": format!("{name}@example.org"),
            "password": PASSWORD,
            "role": role.as_str(),
            "tenant": tenant,
        });
        by.post("/users/", body).await.expect(201);
        self.login(name).await
    }

    /// Creates a tenant as a superadmin and answers its id.
    pub async fn tenant(&self, by: &Client, slug: &str) -> i64 {
        let body = serde_json::json!({ "name": format!("Tenant {slug}"), "slug": slug });
        by.post("/tenants/", body).await.expect(201)["id"].as_i64().unwrap()
    }
}
