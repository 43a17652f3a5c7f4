//! `/metrics` on the address of the API. What is counted, and the address that figures can have to
//! themselves, is looked at with a server in a process of its own: here all servers count together.

use reqwest::Method;
use serde_json::json;
use wiwebb_tests::prometheus::Figures;
use wiwebb_tests::{TestApp, not_found};

use crate::support::registration;

async fn start(settings: &[(&str, &str)]) -> TestApp {
    let off = [("WIWEBB_LOGIN_RATE", "off"), ("WIWEBB_USER_RATE", "off")];
    TestApp::configured(&[off.as_slice(), settings].concat()).await
}

async fn figures(app: &TestApp) -> Figures {
    let request = app.anonymous().request(Method::GET, &format!("{}/metrics", app.base));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    Figures::read(&answer.text().await.unwrap())
}

#[tokio::test]
async fn metrics_are_nowhere_unless_the_settings_have_them() {
    let app = start(&[]).await;
    app.anonymous().get(&format!("{}/metrics", app.base)).await.expect_body(404, &not_found());
}

#[tokio::test]
async fn metrics_are_prometheus_text_and_need_no_key() {
    let app = start(&[("WIWEBB_METRICS", "on")]).await;
    app.anonymous().get("/todos/").await.expect(401);
    let figures = figures(&app).await;
    let labels = [("method", "GET"), ("route", "/api/v1/todos/"), ("status", "401")];
    assert!(figures.sum("wiwebb_http_requests_total", &labels) >= 1.0);
    assert_eq!(figures.kinds["wiwebb_http_request_duration_seconds"], "histogram");
}

#[tokio::test]
async fn every_bound_of_a_duration_is_there_from_a_millisecond_to_half_a_minute() {
    let app = start(&[("WIWEBB_METRICS", "on")]).await;
    app.anonymous().get("/todos/").await.expect(401);
    let figures = figures(&app).await;
    let bounds = figures.values("wiwebb_http_request_duration_seconds_bucket", "le");
    for bound in ["0.001", "0.1", "1", "30", "+Inf"] {
        assert!(bounds.contains(&bound), "{bound} of {bounds:?}");
    }
}

#[tokio::test]
async fn wrong_logins_and_refusals_of_limits_are_counted() {
    let app = start(&[("WIWEBB_METRICS", "on"), ("WIWEBB_ANON_RATE", "2/hour")]).await;
    let before = figures(&app).await;
    let nobody = app.anonymous();
    let wrong = json!({ "username": "nobody", "password": "whatever-It-is-7" });
    nobody.post("/auth/login/", wrong).await.expect(400);
    for status in [400, 400, 429] {
        let incomplete = json!({ "username": registration("ada")["username"] });
        nobody.post("/auth/registration/", incomplete).await.expect(status);
    }
    let after = figures(&app).await;
    for (name, labels) in [
        ("wiwebb_login_failures_total", vec![]),
        ("wiwebb_http_throttled_total", vec![("limit", "anonymous")]),
    ] {
        assert!(after.sum(name, &labels) - before.sum(name, &labels) >= 1.0, "{name}");
    }
}

#[tokio::test]
async fn whatever_clients_ask_for_routes_and_methods_stay_few() {
    let app = start(&[("WIWEBB_METRICS", "on")]).await;
    let nobody = app.anonymous();
    for number in 0..20 {
        let address = format!("{}/unheard/of/{number}/", app.base);
        nobody.get(&address).await.expect(404);
        let method = Method::from_bytes(format!("BREW{number}").as_bytes()).unwrap();
        nobody.send(nobody.request(method, "/todos/")).await.expect(401);
    }
    let figures = figures(&app).await;
    let name = "wiwebb_http_requests_total";
    for label in figures.values(name, "route").into_iter().chain(figures.values(name, "method")) {
        assert!(!label.contains("unheard") && !label.contains("BREW"), "{label}");
    }
    assert!(figures.sum(name, &[("route", "unmatched")]) >= 20.0);
    assert!(figures.sum(name, &[("method", "other")]) >= 20.0);
}
