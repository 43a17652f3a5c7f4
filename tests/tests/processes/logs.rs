//! The log of a server, line by line.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_tests::{Client, PASSWORD};

use crate::site::{Server, Site};

/// A server that logs for machines.
async fn start(settings: &[(&str, &str)]) -> (Site, Server) {
    let (site, first) = Site::new().await;
    first.kill().await;
    let settings = [&[("WIWEBB_LOG_FORMAT", "json")], settings].concat();
    let server = site.serve_with(&settings).await;
    (site, server)
}

/// Every line that a machine can read.
fn lines(site: &Site) -> Vec<Value> {
    site.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// What was logged about a request.
fn told(site: &Site, id: &str) -> Vec<Value> {
    lines(site).into_iter().filter(|line| line["request_id"] == id).collect()
}

/// The line at the end of a request.
#[track_caller]
fn finished(site: &Site, id: &str) -> Value {
    let mut ends = told(site, id);
    ends.retain(|line| line["message"] == "request finished");
    assert_eq!(ends.len(), 1, "{ends:?}");
    ends.remove(0)
}

async fn send(client: &Client, method: Method, path: &str, id: &str) -> u16 {
    let request = client.request(method, path).header("X-Request-Id", id);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], id);
    answer.status().as_u16()
}

#[tokio::test]
async fn a_request_is_one_line_with_who_asked_for_what_and_how_it_ended() {
    let (site, server) = start(&[("WIWEBB_LOG", "info")]).await;
    let root = site.client(&server);
    let tenant = root.post("/tenants/", json!({ "name": "Hill", "slug": "hill" })).await;
    let tenant = tenant.expect(201)["id"].clone();
    let owner = json!({
        "username": "anna", "email": "anna@example.org", "password": PASSWORD,
        "role": "tenant_owner", "tenant": tenant,
    });
    let id = root.post("/users/", owner).await.expect(201)["id"].clone();
    let anna = server.anonymous().login("anna", PASSWORD).await;
    let path = format!("/users/{id}/?search=private");
    assert_eq!(send(&anna, Method::GET, &path, "of-anna").await, 200);
    let all = told(&site, "of-anna");
    assert_eq!(all.len(), 1, "{all:?}");
    let line = finished(&site, "of-anna");
    for (field, expected) in [
        ("level", json!("INFO")),
        ("method", json!("GET")),
        ("route", json!("/api/v1/users/{id}/")),
        ("status", json!(200)),
        ("client", json!("127.0.0.1")),
        ("user_id", json!(id.to_string())),
        ("tenant_id", json!(tenant.to_string())),
    ] {
        assert_eq!(line[field], expected, "{field} of {line}");
    }
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0, "{line}");
    assert!(!line.to_string().contains("private"), "{line}");
}

#[tokio::test]
async fn a_failure_is_an_error_and_what_failed_has_the_name_of_the_request() {
    let (site, server) = start(&[("WIWEBB_LOG", "warn")]).await;
    sqlx::query("ALTER TABLE api_todo RENAME TO elsewhere").execute(&site.pool).await.unwrap();
    let root = site.client(&server);
    assert_eq!(send(&root, Method::GET, "/todos/", "fails").await, 500);
    let all = told(&site, "fails");
    assert!(all.iter().all(|line| line["level"] == "ERROR"), "{all:?}");
    assert_eq!(finished(&site, "fails")["status"], 500);
    let cause = all.iter().find(|line| line["message"] == "a request failed").unwrap();
    assert_eq!(cause["user_id"], finished(&site, "fails")["user_id"]);
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_not_written_down() {
    let (site, server) = start(&[("WIWEBB_LOG", "info")]).await;
    let nobody = server.anonymous();
    let address = format!("{}/password-reset/confirm/MQ/a-token/?key=b", server.base);
    assert_eq!(send(&nobody, Method::GET, &address, "nowhere").await, 404);
    let line = finished(&site, "nowhere");
    assert_eq!((&line["route"], &line["status"]), (&json!("unmatched"), &json!(404)));
    assert!(line.get("user_id").is_none(), "{line}");
    assert!(!line.to_string().contains("token"), "{line}");
}

#[tokio::test]
async fn a_name_that_is_of_no_sound_form_is_replaced() {
    let (site, server) = start(&[("WIWEBB_LOG", "info")]).await;
    for name in ["a b", "<script>", "x\"}", &"a".repeat(129)] {
        let request = server.anonymous().request(Method::GET, "/todos/");
        let answer = request.header("X-Request-Id", name).send().await.unwrap();
        let given = answer.headers()["x-request-id"].to_str().unwrap();
        assert_eq!(given.len(), 36, "{given}");
        assert_eq!(finished(&site, given)["status"], 401);
    }
}

#[tokio::test]
async fn probes_are_told_of_only_where_everything_is() {
    for (level, expected) in [("info", 0), ("wiwebb_http=debug", 1)] {
        let (site, server) = start(&[("WIWEBB_LOG", level)]).await;
        let address = format!("{}/healthz", server.base);
        assert_eq!(send(&server.anonymous(), Method::GET, &address, "probe").await, 200);
        assert_eq!(told(&site, "probe").len(), expected, "{level}");
    }
}

#[tokio::test]
async fn what_a_step_of_a_payment_does_in_a_task_of_its_own_has_the_name_of_its_request() {
    let (site, server) = start(&[]).await;
    let root = site.client(&server);
    site.stripe.go_away().await;
    let body = json!({ "amount": "10.00", "payment_gateway": "Card" });
    let request = root.request(Method::POST, "/payments/create_payment/").json(&body);
    root.send(request.header("X-Request-Id", "pays")).await;
    let all = told(&site, "pays");
    let refusal = all.iter().find(|line| line["level"] == "WARN" && line["call"] == "charge");
    let refusal = refusal.unwrap_or_else(|| panic!("{all:?}"));
    assert_eq!(refusal["variant"], "stripe");
}
