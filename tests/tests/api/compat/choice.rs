//! Which profile a request has: by its path, else by its header, else by the setting.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_tests::{Answer, Client, TestApp, not_found};

use super::Mobile;

const OFF: [(&str, &str); 3] =
    [("WIWEBB_LOGIN_RATE", "off"), ("WIWEBB_USER_RATE", "off"), ("WIWEBB_ANON_RATE", "off")];

async fn server(setting: Option<&str>) -> (TestApp, Client) {
    let profile = setting.map(|word| ("WIWEBB_CLIENT_PROFILE", word));
    let settings: Vec<_> = OFF.into_iter().chain(profile).collect();
    let app = TestApp::configured(&settings).await;
    let root = app.superadmin().await;
    (app, root)
}

async fn tenants(api: &Client, prefix: &str, header: Option<&str>) -> Answer {
    let address = api.request(Method::GET, "/tenants/").build().unwrap().url().to_string();
    let request = api.request(Method::GET, &address.replace("/api/v1/", prefix));
    api.send(match header {
        Some(word) => request.header("X-API-Profile", word),
        None => request,
    })
    .await
}

/// Tenants are a plain array in `compat` and a page otherwise.
fn is_compat(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(answer.body.is_array() || answer.body["results"].is_array(), "{}", answer.body);
    answer.body.is_array()
}

#[tokio::test]
async fn the_path_decides_before_the_header_and_the_header_before_the_setting() {
    for (setting, by_setting) in [(None, false), (Some("default"), false), (Some("compat"), true)] {
        let (_app, root) = server(setting).await;
        for (header, by_header) in [
            (None, by_setting),
            (Some("compat"), true),
            (Some("Compat"), true),
            (Some("default"), false),
            (Some("mobile"), by_setting),
            (Some(""), by_setting),
        ] {
            let usual = tenants(&root, "/api/v1/", header).await;
            assert_eq!(is_compat(&usual), by_header, "{setting:?} {header:?}");
            let prefixed = tenants(&root, "/api/compat/v1/", header).await;
            assert!(is_compat(&prefixed), "{setting:?} {header:?}");
        }
    }
}

#[tokio::test]
async fn caches_are_told_that_the_header_matters_where_it_does() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    for (path, status) in [("/tenants/", 200), ("/tenants/999/", 404), ("/nothing/", 404)] {
        let answer = root.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(varies(&answer), "{path}");
        assert!(!varies(&Mobile::of(&app, &root).get(path).await), "{path}");
    }
    let refused = app.anonymous().get("/tenants/").await;
    assert!(refused.status == 401 && varies(&refused));
}

fn varies(answer: &Answer) -> bool {
    let named = |value: &reqwest::header::HeaderValue| {
        value.to_str().unwrap().to_lowercase().contains("x-api-profile")
    };
    answer.headers.get_all("vary").iter().any(named)
}

#[tokio::test]
async fn every_path_is_there_under_the_prefix_and_no_other() {
    let app = TestApp::start().await;
    let mobile = Mobile::of(&app, &app.superadmin().await);
    for path in ["/users/", "/todos/", "/gateways/", "/audit-logs/", "/dashboard/stats/"] {
        mobile.get(path).await.expect(200);
    }
    for path in ["/", "/nothing/", "/tenants//", "/v1/tenants/"] {
        mobile.get(path).await.expect_body(404, &not_found());
    }
    let outside = format!("{}/api/compat/tenants/", app.base);
    mobile.api.get(&outside).await.expect_body(404, &not_found());
}

#[tokio::test]
async fn redirects_and_links_stay_under_the_prefix() {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let mobile = Mobile::of(&app, &root);
    for (method, path) in [(Method::GET, "/users?a=b"), (Method::POST, "/tenants?a=b")] {
        let answer = mobile.api.send(mobile.api.request(method, &mobile.at(path))).await;
        assert_eq!(answer.status, 308, "{path}");
        let expected = format!("/api/compat/v1{}", path.replace('?', "/?"));
        assert_eq!(answer.headers["location"], expected.as_str());
    }
    for task in ["a", "b", "c"] {
        root.post("/todos/", json!({ "task": task })).await.expect(201);
    }
    let first = mobile.get("/todos/?page_size=2").await.expect(200);
    let next = first["next"].as_str().unwrap();
    assert_eq!(next, mobile.at("/todos/?page_size=2&page=2"));
    let second = mobile.api.get(next).await.expect(200);
    assert_eq!(second["previous"], Value::from(mobile.at("/todos/?page_size=2")));
}
