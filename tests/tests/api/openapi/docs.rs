//! The pages on which the API can be read and tried out.

use std::collections::BTreeSet;

use reqwest::{Method, Response};
use serde_json::Value;
use wiwebb_tests::{Client, TestApp};

use super::{described, document};

/// Largest page with all that it loads, in bytes.
const HEAVIEST: usize = 100_000;

async fn open(client: &Client, base: &str, path: &str) -> Response {
    client.request(Method::GET, &format!("{base}{path}")).send().await.unwrap()
}

async fn html(client: &Client, base: &str, path: &str) -> String {
    let response = open(client, base, path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// Addresses in an attribute of a page.
fn addresses<'a>(page: &'a str, attribute: &str) -> BTreeSet<&'a str> {
    let start = format!("{attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn names(document: &Value) -> BTreeSet<String> {
    let names = described(document).map(|operation| operation["operationId"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_index_leads_to_a_page_of_every_operation() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let index = html(&nobody, &app.base, "/api/docs/").await;
    let links = addresses(&index, "href");
    assert!(links.contains("/api/v1/openapi.json"));
    for name in names(&document(&nobody).await) {
        let address = format!("/api/docs/{name}/");
        assert!(links.contains(address.as_str()), "{name}");
        html(&nobody, &app.base, &address).await;
    }
}

#[tokio::test]
async fn a_page_weighs_less_than_a_hundred_kilobytes_with_all_it_loads() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let names = names(&document(&nobody).await);
    let pages = names.iter().map(|name| format!("/api/docs/{name}/"));
    for path in pages.chain(["/api/docs/".to_owned()]) {
        let page = html(&nobody, &app.base, &path).await;
        let links = addresses(&page, "href").into_iter().filter(|link| link.contains(".css"));
        let mut weight = page.len();
        for asset in links.chain(addresses(&page, "src")) {
            weight += html(&nobody, &app.base, asset).await.len();
        }
        assert!(weight < HEAVIEST, "{path}: {weight}");
    }
}

#[tokio::test]
async fn a_page_tells_parameters_bodies_and_answers_with_examples() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let page = html(&nobody, &app.base, "/api/docs/payments_refund/").await;
    for part in [
        "<title>Gives money back - WiWebb</title>",
        "POST /api/v1/payments/{id}/refund_payment/",
        "Idempotency-Key",
        "Authorization",
        "at most 200 characters",
        "Refund exceeds the remaining amount.",
        "Payment cannot be refunded",
        "id=\"answer-202\"",
        "needs JavaScript",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn the_form_has_a_field_for_each_parameter_and_the_example_for_a_body() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    let page = html(&nobody, &app.base, "/api/docs/plans_update_pricing/").await;
    let fields = addresses(&page, "data-name");
    assert_eq!(fields, BTreeSet::from(["id", "pid"]));
    let body = page.split("<textarea").nth(1).unwrap().split('>').nth(1).unwrap();
    let body = body.split('<').next().unwrap().replace("&#34;", "\"");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["amount"], "19.99");
}

#[tokio::test]
async fn nothing_in_a_page_runs_or_looks_by_itself_and_it_loads_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for path in ["/api/docs/", "/api/docs/users_create/"] {
        let response = open(&nobody, &app.base, path).await;
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        for part in ["default-src 'none'", "script-src 'self'", "connect-src 'self'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        let page = response.text().await.unwrap();
        for part in ["<style", "style=\"", "onclick=", "<script>"] {
            assert!(!page.contains(part), "{path}: {part}");
        }
        assert!(addresses(&page, "src").iter().all(|address| address.starts_with('/')), "{path}");
    }
}

#[tokio::test]
async fn an_operation_that_is_not_there_has_no_page() {
    let app = TestApp::start().await;
    let response = open(&app.anonymous(), &app.base, "/api/docs/tenants_explode/").await;
    assert_eq!(response.status(), 404);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn pages_without_the_final_slash_lead_to_it() {
    let app = TestApp::start().await;
    let nobody = app.anonymous();
    for path in ["/api/docs", "/api/docs/tenants_list"] {
        let response = open(&nobody, &app.base, path).await;
        assert_eq!(response.status(), 308, "{path}");
        assert_eq!(response.headers()["location"], format!("{path}/").as_str());
    }
}

#[tokio::test]
async fn pages_count_like_other_requests_without_a_key() {
    let app = TestApp::configured(&[("WIWEBB_ANON_RATE", "2/min")]).await;
    let nobody = app.anonymous();
    for status in [200, 200, 429] {
        assert_eq!(open(&nobody, &app.base, "/api/docs/").await.status(), status);
    }
}
