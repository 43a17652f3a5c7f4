//! What is believed of whom about a client's address and about the address it asked.

use reqwest::Method;
use serde_json::json;
use wiwebb_tests::{NO_RATES, TestApp};

use super::{LOOPBACK_IS_TRUSTED, check_refused, check_throttled, login_from, through};

const ADA: &str = "203.0.113.7";
const BOB: &str = "203.0.113.8";

/// Two logins by address, and nothing else limited but what a test adds.
async fn start(more: &[(&'static str, &'static str)]) -> TestApp {
    let mut settings = NO_RATES.to_vec();
    settings.extend([("WIWEBB_LOGIN_RATE", "2/hour")]);
    settings.extend_from_slice(more);
    TestApp::configured(&settings).await
}

#[tokio::test]
async fn forged_headers_from_an_untrusted_peer_change_nothing() {
    let app = start(&[]).await;
    for forged in [
        [("X-Forwarded-For", ADA), ("X-Real-IP", ADA)],
        [("X-Forwarded-For", BOB), ("Forwarded", "for=192.0.2.1")],
    ] {
        check_refused(&login_from(&app, &forged, "nobody").await);
    }
    for forged in [("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=198.51.100.2")] {
        check_throttled(&login_from(&app, &[forged], "nobody").await);
    }
    check_throttled(&login_from(&app, &[], "nobody").await);
}

#[tokio::test]
async fn behind_a_trusted_proxy_every_client_has_its_own_allowance() {
    for header in ["X-Forwarded-For", "Forwarded"] {
        let app = start(&[LOOPBACK_IS_TRUSTED]).await;
        let prefix = if header == "Forwarded" { "for=" } else { "" };
        let (ada, bob) = (format!("{prefix}{ADA}"), format!("{prefix}{BOB}"));
        for client in [&ada, &bob] {
            for _ in 0..2 {
                check_refused(&login_from(&app, &[(header, client)], "nobody").await);
            }
        }
        for client in [&ada, &bob] {
            check_throttled(&login_from(&app, &[(header, client)], "nobody").await);
        }
        check_refused(&login_from(&app, &[], "nobody").await);
    }
}

#[tokio::test]
async fn what_a_client_writes_itself_gives_it_no_second_allowance() {
    let app = start(&[LOOPBACK_IS_TRUSTED]).await;
    for forged in ["192.0.2.1", "127.0.0.1"] {
        let chain = format!("{forged}, {ADA}");
        check_refused(&login_from(&app, &[("X-Forwarded-For", &chain)], "nobody").await);
    }
    for forged in ["192.0.2.3", "\"", "unknown", "127.0.0.9"] {
        let chain = format!("{forged}, {ADA}");
        check_throttled(&login_from(&app, &[("X-Forwarded-For", &chain)], "nobody").await);
        let lines = [("X-Forwarded-For", forged), ("X-Forwarded-For", ADA)];
        check_throttled(&login_from(&app, &lines, "nobody").await);
    }
}

#[tokio::test]
async fn all_addresses_of_an_ipv6_network_share_one_allowance() {
    let app = start(&[LOOPBACK_IS_TRUSTED]).await;
    for client in ["2001:db8::1", "2001:db8::ffff:1"] {
        check_refused(&login_from(&app, &[("X-Forwarded-For", client)], "nobody").await);
    }
    check_throttled(&login_from(&app, &[("X-Forwarded-For", "2001:db8::2:2")], "nobody").await);
    check_refused(&login_from(&app, &[("X-Forwarded-For", "2001:db8:0:1::1")], "nobody").await);
}

#[tokio::test]
async fn refused_keys_and_public_requests_count_for_the_client_and_not_for_the_proxy() {
    let app = start(&[LOOPBACK_IS_TRUSTED, ("WIWEBB_ANON_RATE", "2/hour")]).await;
    for client in [ADA, BOB] {
        let said = [("X-Forwarded-For", client), ("Authorization", "Token 0")];
        let nobody = app.anonymous();
        nobody.send(through(&app, Method::GET, "/users/", &said)).await.expect(401);
        let empty = through(&app, Method::POST, "/auth/registration/", &said).json(&json!({}));
        nobody.send(empty).await.expect(400);
        check_throttled(&nobody.send(through(&app, Method::GET, "/users/", &said)).await);
    }
}

/// Where the next page is, by what is said of the request.
async fn next_page(app: &TestApp, said: &[(&str, &str)]) -> String {
    let root = app.login("root").await;
    let request = root.request(Method::GET, "/todos/?page_size=1");
    let request = said.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    root.send(request).await.expect(200)["next"].as_str().unwrap().to_owned()
}

async fn with_two_pages(settings: &[(&'static str, &'static str)]) -> TestApp {
    let settings = [&NO_RATES[..], settings].concat();
    let app = TestApp::configured(&settings).await;
    let root = app.superadmin().await;
    for task in ["one", "two"] {
        root.post("/todos/", json!({ "task": task })).await.expect(201);
    }
    app
}

#[tokio::test]
async fn links_begin_as_the_client_wrote_them_to_a_trusted_proxy() {
    let app = with_two_pages(&[LOOPBACK_IS_TRUSTED]).await;
    let path = "/api/v1/todos/?page_size=1&page=2";
    let asked = app.base.as_str();
    let https = asked.replace("http://", "https://");
    for (said, expected) in [
        (vec![("X-Forwarded-Proto", "https")], https.as_str()),
        (
            vec![("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "wifi.example:8443")],
            "https://wifi.example:8443",
        ),
        (vec![("X-Forwarded-Host", "wifi.example")], "http://wifi.example"),
        (
            vec![("Forwarded", "for=203.0.113.7;proto=https;host=wifi.example")],
            "https://wifi.example",
        ),
        (vec![("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "two words")], asked),
        (vec![], asked),
    ] {
        assert_eq!(next_page(&app, &said).await, format!("{expected}{path}"), "{said:?}");
    }
}

#[tokio::test]
async fn links_take_nothing_from_whoever_is_not_trusted() {
    let app = with_two_pages(&[]).await;
    let said = [
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "for=203.0.113.7;proto=https;host=evil.example"),
    ];
    let expected = format!("{}/api/v1/todos/?page_size=1&page=2", app.base);
    assert_eq!(next_page(&app, &said).await, expected);
}
