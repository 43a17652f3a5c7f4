//! Forms that were refused: what is wrong stands where it is found, on a page like any other.

use serde_json::json;
use thirtyfour::By;

use crate::browser::Browser;
use crate::world::World;

/// A form that is refused.
struct Mistake {
    path: &'static str,
    /// What is put into its fields: label and text.
    fields: &'static [(&'static str, &'static str)],
    button: &'static str,
    /// The field that is wrong; empty where it is the whole.
    wrong: &'static str,
}

const fn mistake(
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    button: &'static str,
    wrong: &'static str,
) -> Mistake {
    Mistake { path, fields, button, wrong }
}

/// One of each form of the console that has fields.
const CONSOLE: [Mistake; 10] = [
    mistake("/admin/tenants/new/", &[("Email", "nobody")], "Create", "Email"),
    mistake("/admin/users/new/", &[("Password", "short")], "Create", "Password"),
    mistake("/admin/users/{sue}/edit/", &[("Web address", "nowhere")], "Save", "Web address"),
    mistake(
        "/admin/users/{sue}/role/",
        &[("Role", "Tenant owner"), ("Tenant", "None")],
        "Assign",
        "Tenant",
    ),
    mistake(
        "/admin/users/{sue}/password/",
        &[("New password", "short")],
        "Set password",
        "New password",
    ),
    mistake("/admin/plans/new/", &[("Notes", "[")], "Create", "Notes"),
    mistake("/admin/plans/{gold}/pricing/new/", &[("Amount", "-1")], "Create", "Amount"),
    mistake("/admin/gateways/new/", &[("Settings", "[")], "Create", "Settings"),
    mistake(
        "/admin/service-keys/new/",
        &[("Name", "Roof"), ("Tenant id", "999999")],
        "Create",
        "Tenant id",
    ),
    mistake("/admin/todos/new/", &[], "Create", "Task"),
];

/// One of each form about money.
const MONEY: [Mistake; 2] = [
    mistake("/admin/payments/{paid}/refund/", &[("Amount", "1000")], "Refund", "Amount"),
    mistake("/admin/payments/{held}/capture/", &[("Amount", "1000")], "Capture", "Amount"),
];

/// One of each form of one's own account.
const ACCOUNT: [Mistake; 2] = [
    mistake("/account/profile/", &[("Email", "nobody")], "Save", "Email"),
    mistake(
        "/account/password/",
        &[
            ("Present password", "wrong-Horse-7"),
            ("New password", "newer-Horse-8"),
            ("New password again", "newer-Horse-8"),
        ],
        "Change password",
        "Present password",
    ),
];

/// One of each form before the sign-in.
const OPEN: [Mistake; 4] = [
    mistake("/account/sign-in/", &[("Username or email", "sue")], "Sign in", "Password"),
    mistake("/account/register/", &[("Email", "nobody")], "Create account", "Email"),
    mistake("/account/forgotten-password/", &[("Email", "nobody")], "Send the link", "Email"),
    mistake(
        "/password/reset/confirm/MQ/dead-link/",
        &[("New password", "brisk-Walrus-51"), ("New password again", "brisk-Walrus-51")],
        "Set password",
        "",
    ),
];

/// Makes mistakes, and fails with all that is wrong with the pages that tell of them.
async fn make(world: &World, browser: &Browser, mistakes: &[Mistake]) {
    let mut faults = Vec::new();
    for Mistake { path, fields, button, wrong } in mistakes {
        browser.visit(&world.path(path)).await;
        for (label, text) in *fields {
            enter(browser, label, text).await;
        }
        browser.press(button).await;
        faults.extend(told(browser, wrong).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Puts a text into a field, or chooses it.
async fn enter(browser: &Browser, label: &str, text: &str) {
    if browser.field(label).await.tag_name().await.unwrap() == "select" {
        browser.choose(label, text).await;
    } else {
        browser.fill(label, text).await;
    }
}

/// Waits for the page that tells what is wrong with a field, or with the whole; what is wrong with
/// that page.
async fn told(browser: &Browser, wrong: &str) -> Vec<String> {
    browser.of(".errors, .form-errors").await;
    let path = browser.path().await;
    if wrong.is_empty() {
        let said = browser.of(".form-errors[role=alert]").await.text().await.unwrap();
        assert!(!said.is_empty(), "{path}");
    } else {
        assert!(!browser.wrong_with(wrong).await.is_empty(), "{path}: nothing is said of {wrong}");
    }
    assert!((400..500).contains(&browser.status().await), "{path}");
    browser.faults_anywhere().await
}

#[tokio::test]
async fn everybody_can_see_what_is_wrong_with_a_form_of_the_console() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    make(&world, &browser, &CONSOLE).await;
    make(&world, &browser, &MONEY).await;
}

#[tokio::test]
async fn everybody_can_see_what_is_wrong_with_a_form_of_the_account() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("sue").await else { return };
    make(&world, &browser, &ACCOUNT).await;
}

#[tokio::test]
async fn everybody_can_see_what_is_wrong_with_a_form_before_the_sign_in() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    make(&world, &browser, &OPEN).await;
}

#[tokio::test]
async fn a_price_that_went_away_while_somebody_looked_at_it_is_told_with_the_plan() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("stan").await else { return };
    browser.visit(&world.path("/account/plans/{gold}/?pricing={price}")).await;
    browser.see("Subscribe to Gold").await;
    let price = world.path("/subscriptions/plans/{gold}/pricing/{price}/");
    world.root.patch(&price, json!({ "active": false })).await.expect(200);
    browser.press("Subscribe").await;
    let faults = told(&browser, "").await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn a_form_that_is_out_of_date_leads_to_a_page_that_says_so() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.visit("/admin/todos/new/").await;
    let form = browser.driver.find(By::Css("main form")).await.unwrap();
    let spoil = "arguments[0].elements.csrf_token.value = '0'";
    browser.driver.execute(spoil, [form.to_json().unwrap()]).await.unwrap();
    browser.press("Create").await;
    browser.see("This form is out of date, so nothing was changed.").await;
    assert_eq!(browser.status().await, 403);
    let faults = browser.faults_anywhere().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
