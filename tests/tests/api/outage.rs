//! A server whose PostgreSQL goes away (contract §1.4): it says so soon, and recovers by itself.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions, PgConnection};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use wiwebb_tests::{Answer, Client, PASSWORD, Page, TestApp, TestDatabase, Visitor, not_found};

use crate::support::detail;

/// The longest that a refusal may take where connections are refused, and a recovery.
const SOON: Duration = Duration::from_secs(10);

/// The longest that a refusal may take where the database says nothing at all.
const BOUND: Duration = Duration::from_secs(40);

/// The way to the database, which can be cut or fall silent.
struct Cable {
    port: u16,
    socket: PathBuf,
    silent: watch::Sender<bool>,
    carrier: JoinSet<()>,
}

impl Cable {
    async fn new(options: &PgConnectOptions) -> Self {
        let folder = options.get_socket().expect("a socket");
        let socket = folder.join(format!(".s.PGSQL.{}", options.get_port()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = watch::Sender::new(false);
        let mut carrier = JoinSet::new();
        carrier.spawn(carry(listener, socket.clone(), silent.subscribe()));
        Self { port, socket, silent, carrier }
    }

    /// How to connect through it.
    fn through(&self, options: &PgConnectOptions) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username(options.get_username())
            .database(options.get_database().unwrap())
            .ssl_mode(PgSslMode::Disable)
    }

    /// Ends all connections and refuses new ones.
    async fn cut(&mut self) {
        self.carrier.shutdown().await;
    }

    /// Keeps all connections and takes new ones, but nothing comes through any more.
    fn silence(&self) {
        self.silent.send_replace(true);
    }

    /// Carries again, on new connections.
    async fn mend(&mut self) {
        self.cut().await;
        self.silent.send_replace(false);
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (socket, silent) = (self.socket.clone(), self.silent.subscribe());
        self.carrier.spawn(carry(listener, socket, silent));
    }
}

async fn carry(listener: TcpListener, socket: PathBuf, silent: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.unwrap();
        connections.spawn(carry_one(client, socket.clone(), silent.clone()));
    }
}

async fn carry_one(mut client: TcpStream, socket: PathBuf, mut silent: watch::Receiver<bool>) {
    let through = async {
        if let Ok(mut server) = UnixStream::connect(socket).await {
            // However it ends, both sides are closed.
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
    };
    let silence = async {
        let _ = silent.wait_for(|silent| *silent).await;
    };
    tokio::select! {
        biased;
        () = silence => {}
        () = through => return,
    }
    // Both sides stay open.
    std::future::pending::<()>().await;
}

/// A server at the end of a cable.
async fn start() -> (TestApp, Cable) {
    let database = TestDatabase::new().await;
    let options = database.options();
    let cable = Cable::new(&options).await;
    let through = cable.through(&options);
    let off = ["LOGIN", "USER", "ANON"].map(|who| (format!("WIWEBB_{who}_RATE"), "off"));
    (TestApp::reaching(database, through, &off), cable)
}

/// Requests that cannot be answered without the database.
fn requests(root: &Client, app: &TestApp) -> Vec<reqwest::RequestBuilder> {
    let login = json!({ "username": "root", "password": "whatever" });
    let anonymous = app.anonymous();
    let mut requests = vec![
        root.request(Method::POST, "/todos/").json(&json!({ "task": "lost" })),
        root.request(Method::PATCH, "/auth/user/").json(&json!({ "bio": "lost" })),
        root.request(Method::DELETE, "/todos/1/"),
        root.request(Method::POST, "/auth/logout/"),
        anonymous.request(Method::POST, "/auth/login/").json(&login),
        anonymous
            .request(Method::POST, "/auth/registration/")
            .json(&crate::support::registration("lost")),
        anonymous.request(Method::GET, &format!("{}/readyz", app.base)),
    ];
    for path in
        ["/users/", "/users/1/", "/tenants/", "/todos/", "/dashboard/stats/", "/audit-logs/"]
    {
        requests.push(root.request(Method::GET, path));
        requests.push(root.request(Method::GET, path));
    }
    requests
}

/// Fails unless each of them is refused as the contract says within a time.
async fn check_refused(app: &TestApp, root: &Client, within: Duration) {
    let mut running = JoinSet::new();
    for request in requests(root, app) {
        let client = root.clone();
        running.spawn(async move {
            let begun = Instant::now();
            (client.send(request).await, begun.elapsed())
        });
    }
    for (answer, time) in running.join_all().await {
        assert!(time < within, "{time:?}");
        check_unavailable(&answer);
    }
}

#[track_caller]
fn check_unavailable(answer: &Answer) {
    let mut body = answer.body.clone();
    // Of probes alone.
    let missing = body.as_object_mut().unwrap().remove("missing");
    assert!(missing.is_none_or(|missing| missing == "database"), "{}", answer.body);
    assert_eq!((answer.status, body), (503, detail("Service unavailable.")));
    let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    assert_eq!(answer.headers["content-type"], "application/json");
}

#[track_caller]
fn check_unavailable_page(page: Page) {
    let page = page.expect(503);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let wait: u64 = page.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    page.shows("<h1>Please try again soon</h1>").shows("Service unavailable.");
    for inside in ["SELECT", "api_user", "PGSQL", "127.0.0.1", "os error", "pool", "panicked"] {
        page.hides(inside);
    }
}

/// What needs no database is answered as ever.
async fn check_alive(app: &TestApp, root: &Client) {
    let nobody = app.anonymous();
    let begun = Instant::now();
    nobody.get(&format!("{}/healthz", app.base)).await.expect(200);
    root.get("/nowhere/").await.expect_body(404, &not_found());
    let missing = detail("Authentication credentials were not provided.");
    nobody.get("/users/").await.expect_body(401, &missing);
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}

/// Fails unless the server serves again before long, and goes on.
async fn check_recovers(app: &TestApp, root: &Client) {
    let begun = Instant::now();
    loop {
        let answer = root.get("/users/").await;
        if answer.status == 200 {
            break;
        }
        check_unavailable(&answer);
        assert!(begun.elapsed() < SOON, "it has not recovered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..30 {
        root.get("/users/").await.expect(200);
    }
    root.get(&format!("{}/readyz", app.base)).await.expect(200);
    root.get(&format!("{}/healthz", app.base)).await.expect(200);
    let page = root.get("/todos/").await.expect(200);
    assert_eq!(page["count"], 1, "nothing was written or lost meanwhile");
    assert_eq!(root.get("/auth/user/").await.expect(200)["bio"], "");
    root.post("/todos/", json!({ "task": "again" })).await.expect(201);
}

#[tokio::test]
async fn without_its_database_the_server_says_so_soon_and_recovers_by_itself() {
    let (app, mut cable) = start().await;
    let root = app.superadmin().await;
    root.post("/todos/", json!({ "task": "kept" })).await.expect(201);
    cable.cut().await;
    check_alive(&app, &root).await;
    check_refused(&app, &root, SOON).await;
    check_refused(&app, &root, SOON).await;
    check_alive(&app, &root).await;
    cable.mend().await;
    check_recovers(&app, &root).await;
}

#[tokio::test]
async fn without_its_database_the_site_says_so_on_a_page_and_changes_nothing() {
    let (app, mut cable) = start().await;
    let root = app.superadmin().await;
    root.post("/todos/", json!({ "task": "kept" })).await.expect(201);
    let browser = Visitor::signed_in(&app.base, "root").await;
    let form = browser.open("/admin/todos/new/").await.expect(200).token().unwrap().to_owned();
    let nobody = Visitor::new(&app.base);
    let sign_in = nobody.open("/account/sign-in/").await.expect(200).token().unwrap().to_owned();
    cable.cut().await;
    let (list, created, signed_in) = tokio::join!(
        browser.open("/admin/users/"),
        browser.submit("/admin/todos/new/", &form, &[("task", "lost")]),
        nobody.submit(
            "/account/sign-in/",
            &sign_in,
            &[("username", "root"), ("password", PASSWORD)],
        ),
    );
    for page in [list, created, signed_in] {
        check_unavailable_page(page);
    }
    cable.mend().await;
    check_recovers(&app, &root).await;
    browser.open("/admin/users/").await.expect(200);
}

#[tokio::test]
async fn a_database_that_falls_silent_holds_no_request_for_ever() {
    let (app, mut cable) = start().await;
    let root = app.superadmin().await;
    root.post("/todos/", json!({ "task": "kept" })).await.expect(201);
    cable.silence();
    tokio::join!(check_refused(&app, &root, BOUND), check_alive(&app, &root));
    cable.mend().await;
    check_recovers(&app, &root).await;
}

#[tokio::test]
async fn sessions_that_the_database_ends_are_replaced() {
    let (app, _cable) = start().await;
    let root = app.superadmin().await;
    root.post("/todos/", json!({ "task": "kept" })).await.expect(201);
    let mut admin: PgConnection = app.database.options().connect().await.unwrap();
    let ended: Vec<bool> = sqlx::query_scalar(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(!ended.is_empty());
    check_recovers(&app, &root).await;
    let todos: Value = root.get("/todos/").await.expect(200);
    assert_eq!(todos["count"], 2);
}
