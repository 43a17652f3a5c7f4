//! Where the server meets clients: who they are, how much they may ask and how long they may take.

mod headers;
mod limits;
mod pool;
mod proxies;
mod slow_clients;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use wiwebb_tests::{Answer, TestApp};

use crate::support::detail;

/// Every client of a test is on this machine; so are the proxies it plays.
const LOOPBACK_IS_TRUSTED: (&str, &str) = ("WIWEBB_TRUSTED_PROXIES", "127.0.0.0/8");

/// A request without a key, by way of a proxy that says these headers.
fn through(app: &TestApp, method: Method, path: &str, said: &[(&str, &str)]) -> RequestBuilder {
    let request = app.anonymous().request(method, path);
    said.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Tries to sign in as nobody, as a proxy reports the client.
async fn login_from(app: &TestApp, said: &[(&str, &str)], name: &str) -> Answer {
    let body = json!({ "username": name, "password": "wrong-Zebra-42" });
    app.anonymous().send(through(app, Method::POST, "/auth/login/", said).json(&body)).await
}

/// Fails unless it is the answer to one request too many (contract §1.4, §1.11).
#[track_caller]
fn check_throttled(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.body);
    let seconds = seconds_of(&answer.headers);
    assert!(seconds >= 1, "{seconds}");
    let unit = if seconds == 1 { "second" } else { "seconds" };
    let message = format!("Request was throttled. Expected available in {seconds} {unit}.");
    assert_eq!(answer.body, detail(&message));
}

fn seconds_of(headers: &HeaderMap) -> u32 {
    headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Fails unless it is the answer to credentials that are not right.
#[track_caller]
fn check_refused(answer: &Answer) {
    let expected: Value =
        json!({ "non_field_errors": ["Unable to log in with provided credentials."] });
    assert_eq!((answer.status, &answer.body), (400, &expected));
}
