//! Limits by account, from wherever it is tried.

use serde_json::json;
use wiwebb_tests::{Answer, NO_RATES, PASSWORD, TestApp};

use super::{LOOPBACK_IS_TRUSTED, check_refused, check_throttled, login_from, seconds_of};
use crate::support::detail;

/// Nothing limited but one thing; clients are who the headers say.
async fn limited(name: &'static str, rate: &'static str) -> TestApp {
    let settings = [&NO_RATES[..], &[(name, rate), LOOPBACK_IS_TRUSTED]].concat();
    TestApp::configured(&settings).await
}

/// The n-th of many clients.
fn client(number: u8) -> String {
    format!("203.0.113.{number}")
}

async fn login_of(app: &TestApp, number: u8, name: &str) -> Answer {
    login_from(app, &[("X-Forwarded-For", &client(number))], name).await
}

#[tokio::test]
async fn an_accounts_allowance_holds_across_addresses_and_ways_to_write_its_name() {
    let app = limited("WIWEBB_ACCOUNT_RATE", "3/hour").await;
    for (number, name) in [(1, "ada"), (2, " ADA\t"), (3, "Ada")] {
        check_refused(&login_of(&app, number, name).await);
    }
    let refused = login_of(&app, 4, "ada").await;
    check_throttled(&refused);
    assert!(seconds_of(&refused.headers) <= 1200, "one each twenty minutes");
    check_refused(&login_of(&app, 4, "bob").await);
}

#[tokio::test]
async fn a_name_that_nobody_has_is_limited_like_one_that_somebody_has() {
    let app = limited("WIWEBB_ACCOUNT_RATE", "4/hour").await;
    // Signing in takes one of the four.
    app.superadmin().await;
    check_refused(&login_of(&app, 1, "nobody").await);
    for name in ["root", "nobody"] {
        for number in 0..3 {
            check_refused(&login_of(&app, number, name).await);
        }
        check_throttled(&login_of(&app, 9, name).await);
    }
}

#[tokio::test]
async fn the_right_password_is_not_looked_at_either_where_the_allowance_is_used_up() {
    let app = limited("WIWEBB_ACCOUNT_RATE", "2/hour").await;
    app.superadmin().await;
    check_refused(&login_of(&app, 1, "root").await);
    let body = json!({ "username": "root", "password": PASSWORD });
    check_throttled(&app.anonymous().post("/auth/login/", body).await);
}

#[tokio::test]
async fn a_login_that_cannot_be_read_takes_nothing_from_anybody() {
    let app = limited("WIWEBB_ACCOUNT_RATE", "1/hour").await;
    for body in [json!({ "username": "ada" }), json!({ "username": "ada", "password": [] })] {
        app.anonymous().post("/auth/login/", body).await.expect(400);
    }
    check_refused(&login_of(&app, 1, "ada").await);
    check_throttled(&login_of(&app, 1, "ada").await);
}

async fn ask_for_reset(app: &TestApp, email: &str) -> Answer {
    app.anonymous().post("/auth/password/reset/", json!({ "email": email })).await
}

#[tokio::test]
async fn mails_to_an_address_are_limited_whether_or_not_somebody_has_it() {
    let app = limited("WIWEBB_RESET_RATE", "2/hour").await;
    app.superadmin().await;
    let sent = detail("Password reset e-mail has been sent.");
    for [first, second] in
        [["root@example.org", " ROOT@Example.org "], ["nobody@example.org", "Nobody@EXAMPLE.org"]]
    {
        ask_for_reset(&app, first).await.expect_body(200, &sent);
        ask_for_reset(&app, second).await.expect_body(200, &sent);
        check_throttled(&ask_for_reset(&app, first).await);
    }
}

async fn confirm(app: &TestApp, number: u8, uid: &str) -> Answer {
    let body = json!({
        "uid": uid, "token": "0", "new_password1": PASSWORD, "new_password2": PASSWORD,
    });
    let path = "/auth/password/reset/confirm/";
    let request = app.anonymous().request(reqwest::Method::POST, path);
    let request = request.header("X-Forwarded-For", client(number));
    app.anonymous().send(request.json(&body)).await
}

#[tokio::test]
async fn tries_of_links_are_limited_by_user_and_address_so_that_nobody_uses_up_anothers() {
    let app = limited("WIWEBB_RESET_RATE", "2/hour").await;
    for uid in ["MQ", "Mg"] {
        for _ in 0..2 {
            confirm(&app, 1, uid).await.expect(400);
        }
        check_throttled(&confirm(&app, 1, uid).await);
        confirm(&app, 2, uid).await.expect(400);
    }
}

#[tokio::test]
async fn one_address_alone_cannot_use_up_an_account_at_the_rates_that_are_set() {
    let app = TestApp::configured(&[LOOPBACK_IS_TRUSTED]).await;
    for _ in 0..5 {
        check_refused(&login_of(&app, 1, "ada").await);
    }
    check_throttled(&login_of(&app, 1, "ada").await);
    check_refused(&login_of(&app, 2, "ada").await);
}
