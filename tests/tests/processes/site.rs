//! A database and a Stripe that outlive the servers between them.

use std::fs::{self, OpenOptions};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::{ConnectOptions as _, PgPool};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use wiwebb_tests::stripe::FakeStripe;
use wiwebb_tests::{Client, PASSWORD, TestDatabase};

pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// How long anything may take before its test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What the server says when it answers.
const READY: &str = "WiWebb listens on ";

/// Gateways and what they do: one takes money at once, one holds it, one waits for its payer.
const GATEWAYS: [(&str, &str, Option<&str>); 3] = [
    ("Card", "automatic", Some("pm_card_visa")),
    ("Hold", "manual", Some("pm_card_visa")),
    ("Page", "automatic", None),
];

pub(crate) struct Site {
    pub(crate) stripe: FakeStripe,
    pub(crate) pool: PgPool,
    database: TestDatabase,
    folder: TempDir,
    /// Of the superadmin `root`.
    key: Option<String>,
}

/// A running server; it is killed with the test.
pub(crate) struct Server {
    process: Child,
    base: String,
    /// Open, so that the server can go on writing.
    _said: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// Ends it at once, as a power cut would.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

impl Site {
    /// With the gateways `Card`, `Hold` and `Page`, and its first server.
    pub(crate) async fn new() -> (Self, Server) {
        let database = TestDatabase::new().await;
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(database.options());
        let (stripe, folder) = (FakeStripe::start().await, tempfile::tempdir().unwrap());
        let mut site = Self { stripe, pool, database, folder, key: None };
        let server = site.serve().await;
        let root = server.anonymous().login("root", PASSWORD).await;
        for (name, capture_method, payment_method) in GATEWAYS {
            let mut config = json!({ "capture_method": capture_method });
            if let Some(method) = payment_method {
                config["payment_method"] = method.into();
            }
            let gateway = json!({ "name": name, "variant": "stripe", "config": config });
            root.post("/gateway-configs/", gateway).await.expect(201);
        }
        site.key = root.key().map(str::to_owned);
        (site, server)
    }

    /// Starts a server and waits until it answers.
    pub(crate) async fn serve(&self) -> Server {
        let log = self.folder.path().join("server.log");
        let kept = ["PATH", "HOME"]
            .into_iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (name, value)));
        let mut process = Command::new(env!("CARGO_BIN_EXE_wiwebb-under-test"))
            .arg("serve")
            .current_dir(self.folder.path())
            .env_clear()
            .envs(kept)
            .envs(self.settings())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(OpenOptions::new().create(true).append(true).open(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).await.unwrap();
        let Some(base) = line.trim().strip_prefix(READY) else {
            panic!("{line}{}", fs::read_to_string(log).unwrap());
        };
        Server { process, base: base.to_owned(), _said: said }
    }

    fn settings(&self) -> [(&'static str, String); 12] {
        let off = || "off".to_owned();
        [
            ("DATABASE_URL", self.database.options().to_url_lossy().to_string()),
            ("WIWEBB_BIND", "127.0.0.1:0".to_owned()),
            ("WIWEBB_DATA_DIR", self.folder.path().join("data").display().to_string()),
            ("WIWEBB_SUPERADMIN_USERNAME", "root".to_owned()),
            ("WIWEBB_SUPERADMIN_EMAIL", "root@example.org".to_owned()),
            ("WIWEBB_SUPERADMIN_PASSWORD", PASSWORD.to_owned()),
            ("WIWEBB_LOGIN_RATE", off()),
            ("WIWEBB_USER_RATE", off()),
            ("WIWEBB_ANON_RATE", off()),
            ("STRIPE_API_BASE", self.stripe.base_url()),
            ("STRIPE_SECRET_KEY", self.stripe.secret_key()),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
        ]
    }

    /// The superadmin `root` at a server.
    pub(crate) fn client(&self, server: &Server) -> Client {
        Client::new(&server.base, self.key.clone())
    }

    /// The one number that a query answers.
    pub(crate) async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&self.pool).await.unwrap()
    }

    /// Every payment as the server keeps it: Stripe's id, what was taken and what was given back,
    /// in cents.
    pub(crate) async fn books(&self, client: &Client) -> Vec<(String, i64, i64)> {
        let mut rows = Vec::new();
        let mut next = Some("/payments/?page_size=100".to_owned());
        while let Some(path) = next {
            let page = client.get(&path).await.expect(200);
            rows.extend(page["results"].as_array().unwrap().iter().map(booked));
            next = page["next"].as_str().map(str::to_owned);
        }
        rows.sort();
        rows
    }

    /// Every charge as Stripe keeps it, in the form of [`Self::books`].
    pub(crate) fn charged(&self) -> Vec<(String, i64, i64)> {
        let charges = self.stripe.charges().into_iter();
        let mut rows: Vec<_> =
            charges.map(|charge| (charge.intent, charge.captured, charge.refunded)).collect();
        rows.sort();
        rows
    }
}

fn booked(payment: &Value) -> (String, i64, i64) {
    let cents = |field: &str| payment[field].as_str().unwrap().replace('.', "").parse().unwrap();
    let id = payment["transaction_id"].as_str().unwrap_or_default().to_owned();
    (id, cents("captured_amount"), cents("refunded_amount"))
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, waiting).await;
    assert!(came.is_ok(), "it does not happen that {what}");
}
