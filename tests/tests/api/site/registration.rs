//! Registering with a browser (contract §3.3).

use wiwebb_tests::{NO_RATES, PASSWORD, TestApp, Visitor};

use super::check_below;

const REGISTER: &str = "/account/register/";

fn fields(name: &'static str, email: &'static str) -> [(&'static str, &'static str); 4] {
    [("username", name), ("email", email), ("password1", PASSWORD), ("password2", PASSWORD)]
}

#[tokio::test]
async fn whoever_registers_is_signed_in_as_a_subscriber() {
    let app = TestApp::start().await;
    let ada = Visitor::new(&app.base);
    ada.open("/account/sign-in/").await.expect(200).shows(REGISTER);
    let page = ada.fill(REGISTER, &fields("ada", "ada@example.org")).await.expect(303);
    assert_eq!(page.location, "/account/?done=registered");
    ada.open(&page.location).await.expect(200).shows("Welcome.").shows("Subscriber");
    assert_eq!(ada.cookie("wiwebb_visit"), None);
    app.login("ada").await;
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_passwords_are_not_shown_again() {
    let app = TestApp::start().await;
    let first = Visitor::new(&app.base);
    first.fill(REGISTER, &fields("ada", "ada@example.org")).await.expect(303);
    let visitor = Visitor::new(&app.base);
    let page = visitor.fill(REGISTER, &fields("ada", "ADA@example.org")).await.expect(400);
    check_below(&page, "username", "A user with that username already exists.");
    check_below(&page, "email", "user with this email already exists.");
    page.hides(PASSWORD).shows("value=\"ada\"");
    let differing = [
        ("username", "bob"),
        ("email", "bob@example.org"),
        ("password1", PASSWORD),
        ("password2", "other-Horse-77"),
    ];
    let page = visitor.fill(REGISTER, &differing).await.expect(400);
    check_below(&page, "password2", "The two password fields didn&#39;t match.");
    assert_eq!(visitor.cookie("wiwebb_session"), None);
}

#[tokio::test]
async fn a_registration_is_bound_to_its_visit() {
    let app = TestApp::start().await;
    let foreign = Visitor::new(&app.base).open(REGISTER).await.token().unwrap().to_owned();
    let visitor = Visitor::new(&app.base);
    visitor.open(REGISTER).await.expect(200);
    for token in ["", &foreign] {
        visitor.submit(REGISTER, token, &fields("ada", "ada@example.org")).await.expect(403);
    }
    let root = app.superadmin().await;
    assert_eq!(root.get("/users/?search=ada").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn registrations_count_as_requests_without_a_key() {
    let rates = NO_RATES.map(|(name, rate)| match name {
        "WIWEBB_ANON_RATE" => (name, "2/min"),
        _ => (name, rate),
    });
    let app = TestApp::configured(&rates).await;
    let visitor = Visitor::new(&app.base);
    let page = visitor.fill(REGISTER, &fields("ada", "nobody")).await.expect(400);
    page.shows("Enter a valid email address.");
    visitor.open(REGISTER).await.expect(429).shows("Too many requests");
}
