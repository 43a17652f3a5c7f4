//! Probes and figures of a server, and the address that they can have to themselves.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::ConnectOptions as _;
use wiwebb_tests::prometheus::Figures;
use wiwebb_tests::{Client, PASSWORD};

use crate::gate::Gate;
use crate::sending::delivery;
use crate::site::{Server, Site, until};

const OWN: (&str, &str) = ("WIWEBB_METRICS_BIND", "127.0.0.1:0");

async fn start(settings: &[(&str, &str)]) -> (Site, Server) {
    let (site, first) = Site::new().await;
    first.kill().await;
    let server = site.serve_with(settings).await;
    (site, server)
}

/// Status and text.
async fn fetch(base: &str, path: &str) -> (u16, String) {
    let request = Client::new(base, None).request(Method::GET, &format!("{base}{path}"));
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn figures(server: &Server) -> Figures {
    let (status, text) = fetch(server.probes.as_ref().unwrap(), "/metrics").await;
    assert_eq!(status, 200);
    Figures::read(&text)
}

/// What a server that is not ready lacks.
async fn missing(base: &str) -> Option<Value> {
    let (status, text) = fetch(base, "/readyz").await;
    let body: Value = serde_json::from_str(&text).unwrap();
    match status {
        200 => None,
        503 => Some(body["missing"].clone()),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn figures_have_an_address_of_their_own_where_nothing_else_is() {
    let (_site, server) = start(&[OWN, ("WIWEBB_METRICS", "on")]).await;
    let own = server.probes.clone().unwrap();
    for (base, path, status) in [
        (&own, "/metrics", 200),
        (&own, "/healthz", 200),
        (&own, "/readyz", 200),
        (&own, "/api/v1/todos/", 404),
        (&server.base, "/metrics", 404),
        (&server.base, "/healthz", 200),
        (&server.base, "/readyz", 200),
    ] {
        assert_eq!(fetch(base, path).await.0, status, "{base}{path}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_method_route_and_status() {
    let (site, server) = start(&[OWN]).await;
    let root = site.client(&server);
    let before = figures(&server).await;
    root.post("/todos/", json!({ "task": "one" })).await.expect(201);
    for id in 0..3 {
        root.get(&format!("/todos/{id}/?page={id}")).await;
    }
    root.get(&format!("{}/no/such/path/", server.base)).await.expect(404);
    root.get(&format!("{}/no/such/page/", server.base)).await.expect(404);
    root.send(root.request(Method::from_bytes(b"BREW").unwrap(), "/todos/")).await.expect(405);
    let after = figures(&server).await;
    let requests = |labels: &[(&str, &str)]| {
        let name = "wiwebb_http_requests_total";
        after.sum(name, labels) - before.sum(name, labels)
    };
    let counted = |method, route, status| {
        requests(&[("method", method), ("route", route), ("status", status)])
    };
    for (method, route, status, expected) in [
        ("POST", "/api/v1/todos/", "201", 1.0),
        ("GET", "/api/v1/todos/{id}/", "200", 1.0),
        ("GET", "/api/v1/todos/{id}/", "404", 2.0),
        ("GET", "unmatched", "404", 2.0),
        ("other", "/api/v1/todos/", "405", 1.0),
    ] {
        let found = counted(method, route, status);
        assert!((found - expected).abs() < f64::EPSILON, "{method} {route} {status}: {found}");
    }
    let times = |figures: &Figures| {
        figures
            .sum("wiwebb_http_request_duration_seconds_count", &[("route", "/api/v1/todos/{id}/")])
    };
    assert!((times(&after) - times(&before) - 3.0).abs() < f64::EPSILON);
    assert!(after.sum("wiwebb_http_requests_in_flight", &[]).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_client_that_hangs_up_is_counted_and_its_request_is_no_longer_under_way() {
    let (site, server) = start(&[OWN]).await;
    let root = site.client(&server);
    let gate = Gate::before(&site.pool, "INSERT", "api_todo").await;
    let waiting = tokio::spawn(async move { root.post("/todos/", json!({ "task": "x" })).await });
    gate.holds_somebody_up().await;
    let in_flight = figures(&server).await.sum("wiwebb_http_requests_in_flight", &[]);
    assert!((in_flight - 1.0).abs() < f64::EPSILON, "{in_flight}");
    waiting.abort();
    until("it is counted", async || {
        let labels = [("route", "/api/v1/todos/"), ("status", "499")];
        figures(&server).await.sum("wiwebb_http_requests_total", &labels) > 0.0
    })
    .await;
    assert!(figures(&server).await.sum("wiwebb_http_requests_in_flight", &[]).abs() < f64::EPSILON);
    gate.open().await;
}

#[tokio::test]
async fn everything_that_is_counted_is_explained_and_of_few_labels() {
    let (site, server) = start(&[OWN, ("WIWEBB_LOGIN_RATE", "3/hour")]).await;
    let root = site.client(&server);
    work(&site, &root, &server.anonymous()).await;
    until("every round has ended once", async || {
        let figures = figures(&server).await;
        ["payments", "webhooks", "subscriptions"]
            .iter()
            .all(|round| figures.sum("wiwebb_worker_rounds_total", &[("round", round)]) > 0.0)
    })
    .await;
    let figures = figures(&server).await;
    let explained: BTreeSet<&str> = figures.explained.iter().map(String::as_str).collect();
    let counted: BTreeSet<&str> = figures.kinds.keys().map(String::as_str).collect();
    assert!(counted.is_subset(&explained), "{:?}", counted.difference(&explained));
    for (name, labels) in [
        ("wiwebb_build_info", vec![("version", env!("CARGO_PKG_VERSION"))]),
        ("process_start_time_seconds", vec![]),
        ("wiwebb_login_failures_total", vec![]),
        ("wiwebb_http_throttled_total", vec![("limit", "login")]),
        ("wiwebb_db_pool_connections", vec![("state", "idle")]),
        ("wiwebb_db_pool_connections_max", vec![]),
        ("wiwebb_db_acquire_duration_seconds_count", vec![]),
        ("wiwebb_db_unit_of_work_duration_seconds_count", vec![("name", "todos.create")]),
        ("wiwebb_db_errors_total", vec![("kind", "taken")]),
        (
            "wiwebb_gateway_call_duration_seconds_count",
            vec![("variant", "stripe"), ("call", "charge"), ("outcome", "done")],
        ),
        (
            "wiwebb_webhooks_received_total",
            vec![("event", "payment_intent.succeeded"), ("outcome", "accepted")],
        ),
        ("wiwebb_webhooks_received_total", vec![("event", "none"), ("outcome", "signature")]),
        ("wiwebb_webhooks_read_total", vec![("outcome", "understood")]),
        ("wiwebb_webhook_lag_seconds_count", vec![]),
        ("wiwebb_mails_total", vec![("outcome", "delivered")]),
        ("wiwebb_worker_last_success_timestamp_seconds", vec![("round", "webhooks")]),
    ] {
        assert!(figures.sum(name, &labels) > 0.0, "{name} {labels:?}");
    }
}

/// Something of everything that is counted.
async fn work(site: &Site, root: &Client, nobody: &Client) {
    root.post("/todos/", json!({ "task": "one" })).await.expect(201);
    let tenant = json!({ "name": "Hill", "slug": "hill" });
    root.post("/tenants/", tenant.clone()).await.expect(201);
    root.post("/tenants/", tenant).await.expect(400);
    let body = json!({ "amount": "10.00", "payment_gateway": "Card" });
    root.post("/payments/create_payment/", body).await.expect(201);
    for event in site.stripe.events_of("payment_intent.succeeded") {
        nobody.send(delivery(nobody, &event)).await.expect(200);
    }
    nobody.post("/payments/webhook/", json!({})).await.expect(400);
    nobody.post("/auth/password/reset/", json!({ "email": "root@example.org" })).await.expect(200);
    let wrong = json!({ "username": "root", "password": "not-The-one-9" });
    nobody.post("/auth/login/", wrong.clone()).await.expect(400);
    let refused = async || nobody.post("/auth/login/", wrong.clone()).await.status == 429;
    until("logins are limited", refused).await;
}

#[tokio::test]
async fn a_server_whose_migrations_are_pending_is_not_ready_until_they_are_applied() {
    let (site, server) = start(&[OWN]).await;
    let own = server.probes.as_ref().unwrap();
    assert_eq!(missing(own).await, None);
    let run = async |query: &'static str| {
        sqlx::query(query).execute(&site.pool).await.unwrap();
    };
    run("UPDATE _sqlx_migrations SET version = -version WHERE version = 1").await;
    for base in [own, &server.base] {
        assert_eq!(missing(base).await, Some("migrations".into()));
    }
    run("UPDATE _sqlx_migrations SET version = -version WHERE version = -1").await;
    assert_eq!(missing(own).await, None);
}

#[tokio::test]
async fn a_server_without_its_database_lives_but_is_not_ready() {
    let (site, server) = start(&[OWN]).await;
    let own = server.probes.as_ref().unwrap();
    let name = site.options.get_database().unwrap().to_owned();
    let mut admin = site.options.clone().database("postgres").connect().await.unwrap();
    let closed = format!(
        "ALTER DATABASE {name} ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid)
         FROM pg_stat_activity WHERE datname = '{name}'"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(closed)).execute(&mut admin).await.unwrap();
    // The sessions are told to end; one may answer once more before it does.
    until("it is not ready", async || missing(own).await == Some("database".into())).await;
    assert_eq!(fetch(own, "/healthz").await.0, 200);
    let opened = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    sqlx::raw_sql(sqlx::AssertSqlSafe(opened)).execute(&mut admin).await.unwrap();
    until("the server is ready again", async || missing(own).await.is_none()).await;
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_says_so_first_and_serves_on_for_the_delay() {
    let (_site, server) = start(&[OWN, ("WIWEBB_STOP_DELAY", "300")]).await;
    let own = server.probes.clone().unwrap();
    server.terminate().await;
    until("it says so", async || missing(&own).await == Some("stopping".into())).await;
    assert_eq!(missing(&server.base).await, Some("stopping".into()));
    server.anonymous().login("root", PASSWORD).await;
    server.terminate().await;
    server.ended().await;
}
