//! Changing one's own password with a browser, and setting one that was forgotten (contract §3.5-3.7).

use wiwebb_domain::access::Role;
use wiwebb_tests::{NO_RATES, PASSWORD, TestApp, Visitor};

use super::check_below;
use crate::support::{can_login, mails};

const CHANGE: &str = "/account/password/";
const FORGOTTEN: &str = "/account/forgotten-password/";
const NEW: &str = "brisk-Walrus-51";
const CHANGED: &str = "/account/sign-in/?done=new-password";

async fn app_with_ada() -> TestApp {
    let app = TestApp::start().await;
    with_ada(&app).await;
    app
}

async fn with_ada(app: &TestApp) {
    let root = app.superadmin().await;
    let tenant = app.tenant(&root, "acme").await;
    app.user(&root, "ada", Role::Subscriber, Some(tenant)).await;
}

/// The path of the link in the n-th mail.
async fn link(app: &TestApp, number: usize) -> String {
    let body = mails(app, number).await[number - 1].body.clone();
    let mut words = body.split_whitespace();
    let word = words.find(|word| word.contains("/password/reset/confirm/")).unwrap();
    word[word.find("/password/").unwrap()..].to_owned()
}

fn twice(password: &str) -> [(&str, &str); 2] {
    [("new_password1", password), ("new_password2", password)]
}

#[tokio::test]
async fn a_changed_password_ends_the_session_and_leads_to_the_sign_in() {
    let app = app_with_ada().await;
    let ada = Visitor::signed_in(&app.base, "ada").await;
    let [first, second] = twice(NEW);
    let fields = [("old_password", PASSWORD), first, second];
    let page = ada.fill(CHANGE, &fields).await.expect(303);
    assert_eq!(page.location, CHANGED);
    assert_eq!(ada.cookie("wiwebb_session"), None);
    ada.open(CHANGED).await.expect(200).shows("Your password was changed.");
    assert!(can_login(&app, "ada", NEW).await);
    assert!(!can_login(&app, "ada", PASSWORD).await);
}

#[tokio::test]
async fn a_wrong_old_password_or_a_weak_new_one_is_told_beside_its_field() {
    let app = app_with_ada().await;
    let ada = Visitor::signed_in(&app.base, "ada").await;
    let [first, second] = twice(NEW);
    let fields = [("old_password", "wrong-Horse-77"), first, second];
    let page = ada.fill(CHANGE, &fields).await.expect(400);
    check_below(&page, "old_password", "Wrong password.");
    page.hides("wrong-Horse-77").hides(NEW);
    let [first, second] = twice("12345678");
    let fields = [("old_password", PASSWORD), first, second];
    let page = ada.fill(CHANGE, &fields).await.expect(400);
    check_below(&page, "new_password2", "This password is entirely numeric.");
    ada.open(CHANGE).await.expect(200);
    assert!(can_login(&app, "ada", PASSWORD).await);
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_the_mailed_link_once() {
    let app = app_with_ada().await;
    let session = Visitor::signed_in(&app.base, "ada").await;
    let ada = Visitor::new(&app.base);
    let asked = ada.fill(FORGOTTEN, &[("email", "ada@example.org")]).await.expect(303);
    ada.open(&asked.location).await.expect(200).shows("a mail with a link is on its way");
    let link = link(&app, 1).await;
    let page = ada.open(&link).await.expect(200);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");

    let weak = ada.fill(&link, &twice("12345678")).await.expect(400);
    check_below(&weak, "new_password2", "This password is entirely numeric.");
    let set = ada.fill(&link, &twice(NEW)).await.expect(303);
    assert_eq!(set.location, CHANGED);
    assert!(can_login(&app, "ada", NEW).await);
    session.open("/account/").await.expect(303);

    let again = ada.fill(&link, &twice("calm-Otter-92")).await.expect(400);
    again.shows("This link is not valid any more.").shows(FORGOTTEN);
    assert!(can_login(&app, "ada", NEW).await);
}

#[tokio::test]
async fn asking_for_a_link_does_not_tell_who_has_an_account() {
    let app = app_with_ada().await;
    let visitor = Visitor::new(&app.base);
    let mut answers = Vec::new();
    for email in ["ada@example.org", "nobody@example.org"] {
        let page = visitor.fill(FORGOTTEN, &[("email", email)]).await.expect(303);
        answers.push(page.location);
    }
    assert_eq!(answers[0], answers[1]);
    let page = visitor.fill(FORGOTTEN, &[("email", "nobody")]).await.expect(400);
    page.shows("Enter a valid email address.");
    assert_eq!(mails(&app, 1).await.len(), 1);
}

#[tokio::test]
async fn a_forged_form_sets_no_password() {
    let app = app_with_ada().await;
    let visitor = Visitor::new(&app.base);
    visitor.fill(FORGOTTEN, &[("email", "ada@example.org")]).await.expect(303);
    let link = link(&app, 1).await;
    visitor.submit(&link, "", &twice(NEW)).await.expect(403).shows("nothing was changed");
    let ada = Visitor::signed_in(&app.base, "ada").await;
    let [first, second] = twice(NEW);
    let fields = [("old_password", PASSWORD), first, second];
    ada.submit(CHANGE, "", &fields).await.expect(403);
    assert!(can_login(&app, "ada", PASSWORD).await);
}

#[tokio::test]
async fn links_for_one_address_are_asked_for_only_so_often() {
    let rates = NO_RATES.map(|(name, rate)| match name {
        "WIWEBB_RESET_RATE" => (name, "1/min"),
        _ => (name, rate),
    });
    let app = TestApp::configured(&rates).await;
    with_ada(&app).await;
    let visitor = Visitor::new(&app.base);
    visitor.fill(FORGOTTEN, &[("email", "ada@example.org")]).await.expect(303);
    let page = visitor.fill(FORGOTTEN, &[("email", "ADA@example.org")]).await.expect(429);
    page.shows("Request was throttled.");
    visitor.fill(FORGOTTEN, &[("email", "bob@example.org")]).await.expect(303);
}
