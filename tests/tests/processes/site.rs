//! A database and a Stripe that outlive the servers between them.

use std::fs::{self, OpenOptions};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgPool};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use wiwebb_tests::secrets::check_log;
use wiwebb_tests::stripe::FakeStripe;
use wiwebb_tests::{Client, PASSWORD, TestDatabase};

pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// How long anything may take before its test has failed.
const PATIENCE: Duration = Duration::from_mins(1);

const LOG: &str = "server.log";

/// What it says of an address for probes alone.
const PROBES: &str = "probes and metrics are on ";

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
    pub(crate) options: PgConnectOptions,
    folder: TempDir,
    /// Of the superadmin `root`.
    key: Option<String>,
}

/// A running server; it is killed with the test.
pub(crate) struct Server {
    process: Child,
    pub(crate) base: String,
    /// Where its probes are, if they have an address of their own.
    pub(crate) probes: Option<String>,
    /// Open, so that the server can go on writing.
    _said: BufReader<ChildStdout>,
}

impl Server {
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// Asks it to stop, as a supervisor would.
    pub(crate) async fn terminate(&self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(mut self) {
        tokio::time::timeout(PATIENCE, self.process.wait()).await.unwrap().unwrap();
    }

    /// Ends it at once, as a power cut would.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

impl Site {
    /// With the gateways `Card`, `Hold` and `Page`, and its first server.
    pub(crate) async fn new() -> (Self, Server) {
        Self::on(TestDatabase::new().await.options()).await
    }

    /// The same on a database of the test's own.
    pub(crate) async fn on(options: PgConnectOptions) -> (Self, Server) {
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(options.clone());
        let (stripe, folder) = (FakeStripe::start().await, tempfile::tempdir().unwrap());
        let mut site = Self { stripe, pool, options, folder, key: None };
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
        self.serve_with(&[]).await
    }

    /// Starts a server with more settings, which win.
    pub(crate) async fn serve_with(&self, settings: &[(&str, &str)]) -> Server {
        self.try_serve_with(settings).await.unwrap_or_else(|said| panic!("{said}"))
    }

    /// The same; a server that does not answer is what it said.
    pub(crate) async fn try_serve_with(&self, settings: &[(&str, &str)]) -> Result<Server, String> {
        let log = self.folder.path().join(LOG);
        let kept = ["PATH", "HOME"]
            .into_iter()
            .filter_map(|name| std::env::var_os(name).map(|value| (name, value)));
        let mut process = Command::new(env!("CARGO_BIN_EXE_wiwebb-under-test"))
            .arg("serve")
            .current_dir(self.folder.path())
            .env_clear()
            .envs(kept)
            .envs(self.settings())
            .envs(settings.iter().copied())
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
            return Err(format!("{line}{}", self.log()));
        };
        let mut own = String::new();
        if settings.iter().any(|(name, _)| *name == "WIWEBB_METRICS_BIND") {
            said.read_line(&mut own).await.unwrap();
        }
        let probes = own.trim().strip_prefix(PROBES).map(str::to_owned);
        Ok(Server { process, base: base.to_owned(), probes, _said: said })
    }

    /// What all servers have logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join(LOG)).unwrap_or_default()
    }

    fn settings(&self) -> [(&'static str, String); 14] {
        let off = || "off".to_owned();
        [
            ("DATABASE_URL", self.options.to_url_lossy().to_string()),
            ("WIWEBB_BIND", "127.0.0.1:0".to_owned()),
            ("WIWEBB_DATA_DIR", self.folder.path().join("data").display().to_string()),
            ("WIWEBB_SUPERADMIN_USERNAME", "root".to_owned()),
            ("WIWEBB_SUPERADMIN_EMAIL", "root@example.org".to_owned()),
            ("WIWEBB_SUPERADMIN_PASSWORD", PASSWORD.to_owned()),
            ("WIWEBB_LOGIN_RATE", off()),
            ("WIWEBB_USER_RATE", off()),
            ("WIWEBB_ANON_RATE", off()),
            ("WIWEBB_LOG", "debug".to_owned()),
            ("WIWEBB_MAIL", format!("file:{}", self.folder.path().join("mail").display())),
            ("STRIPE_API_BASE", self.stripe.base_url()),
            ("STRIPE_SECRET_KEY", self.stripe.secret_key()),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET.to_owned()),
        ]
    }

    /// The mails that servers have sent, the latest last.
    pub(crate) fn mails(&self) -> Vec<String> {
        let folder = fs::read_dir(self.folder.path().join("mail")).unwrap();
        let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "eml"));
        files.sort();
        files.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
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

/// Whatever a test has servers do, none of them logs a secret.
impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            check_log(&self.log());
        }
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
