//! What holds for every page, on every page.
//!
//! Each is seen twice: light on a desktop, and dark on a phone. Colours do not depend on the screen, nor
//! the arrangement on the colours.

use std::collections::BTreeSet;

use wiwebb_tests::{TestApp, sources};

use crate::browser::{Browser, Screen};
use crate::world::World;

/// The pages of the console as a superadmin sees them: the name of the picture, and the path.
pub(crate) const CONSOLE: &[(&str, &str)] = &[
    ("console-dashboard", "/admin/"),
    ("console-tenants", "/admin/tenants/"),
    ("console-tenant-new", "/admin/tenants/new/"),
    ("console-tenant", "/admin/tenants/{hill}/"),
    ("console-tenant-edit", "/admin/tenants/{hill}/edit/"),
    ("console-tenant-delete", "/admin/tenants/{hill}/delete/"),
    ("console-users", "/admin/users/"),
    ("console-user-new", "/admin/users/new/"),
    ("console-user", "/admin/users/{sue}/"),
    ("console-user-edit", "/admin/users/{sue}/edit/"),
    ("console-user-role", "/admin/users/{sue}/role/"),
    ("console-user-password", "/admin/users/{sue}/password/"),
    ("console-user-delete", "/admin/users/{sue}/delete/"),
    ("console-user-anonymise", "/admin/users/{sue}/anonymise/"),
    ("console-payments", "/admin/payments/"),
    ("console-payment", "/admin/payments/{paid}/"),
    ("console-payment-waiting", "/admin/payments/{open}/"),
    ("console-payment-cancel", "/admin/payments/{open}/cancel/"),
    ("console-payment-capture", "/admin/payments/{held}/capture/"),
    ("console-payment-confirm", "/admin/payments/{desk}/confirm/"),
    ("console-payment-refund", "/admin/payments/{paid}/refund/"),
    ("console-payment-logs", "/admin/payment-logs/"),
    ("console-payment-log", "/admin/payment-logs/{log}/"),
    ("console-plans", "/admin/plans/"),
    ("console-plan-new", "/admin/plans/new/"),
    ("console-plan", "/admin/plans/{gold}/"),
    ("console-plan-edit", "/admin/plans/{gold}/edit/"),
    ("console-plan-delete", "/admin/plans/{gold}/delete/"),
    ("console-pricing", "/admin/pricing/"),
    ("console-price-new", "/admin/plans/{gold}/pricing/new/"),
    ("console-price", "/admin/plans/{gold}/pricing/{price}/"),
    ("console-price-edit", "/admin/plans/{gold}/pricing/{price}/edit/"),
    ("console-price-delete", "/admin/plans/{gold}/pricing/{price}/delete/"),
    ("console-gateways", "/admin/gateways/"),
    ("console-gateway-new", "/admin/gateways/new/"),
    ("console-gateway", "/admin/gateways/{gateway}/"),
    ("console-gateway-edit", "/admin/gateways/{gateway}/edit/"),
    ("console-gateway-delete", "/admin/gateways/{gateway}/delete/"),
    ("console-webhooks", "/admin/webhook-events/"),
    ("console-webhook", "/admin/webhook-events/{event}/"),
    ("console-service-keys", "/admin/service-keys/"),
    ("console-service-key-new", "/admin/service-keys/new/"),
    ("console-service-key-delete", "/admin/service-keys/{key}/delete/"),
    ("console-audit-logs", "/admin/audit-logs/"),
    ("console-audit-log", "/admin/audit-logs/{entry}/"),
    ("console-todos", "/admin/todos/"),
    ("console-todo-new", "/admin/todos/new/"),
    ("console-todo", "/admin/todos/{todo}/"),
    ("console-todo-edit", "/admin/todos/{todo}/edit/"),
    ("console-todo-delete", "/admin/todos/{todo}/delete/"),
    ("console-nothing-found", "/admin/users/?search=nobody-at-all"),
    ("console-not-found", "/admin/tenants/999999/"),
];

/// Pages of a business that has just been opened, as its superadmin sees them.
const EMPTY: &[(&str, &str)] = &[
    ("empty-dashboard", "/admin/"),
    ("empty-tenants", "/admin/tenants/"),
    ("empty-payments", "/admin/payments/"),
    ("empty-payment-logs", "/admin/payment-logs/"),
    ("empty-plans", "/admin/plans/"),
    ("empty-pricing", "/admin/pricing/"),
    ("empty-gateways", "/admin/gateways/"),
    ("empty-webhooks", "/admin/webhook-events/"),
    ("empty-service-keys", "/admin/service-keys/"),
    ("empty-audit-logs", "/admin/audit-logs/"),
    ("empty-todos", "/admin/todos/"),
    ("empty-account", "/account/"),
    ("empty-account-plans", "/account/plans/"),
    ("empty-account-payments", "/account/payments/"),
];

/// Of those, what is worth a picture.
const PICTURED: [&str; 3] = ["empty-dashboard", "empty-tenants", "empty-account"];

/// What a browser can open that is no page: it leads on, is a file of pages, or a file to keep.
const NO_PAGES: [&str; 4] = ["/", "/assets/{}/{}", "/admin/users/{}/export/", "/account/export/"];

/// Pages that tell of a refusal.
const REFUSED: [&str; 2] = ["console-not-found", "account-not-allowed"];

/// What is pictured on a phone as well.
const ON_PHONE: [&str; 4] = ["console-dashboard", "console-users", "account", "docs-operation"];

/// The pages of one's own account as `sue` sees them.
const ACCOUNT: &[(&str, &str)] = &[
    ("account", "/account/"),
    ("account-plans", "/account/plans/"),
    ("account-plan", "/account/plans/{gold}/?pricing={price}"),
    ("account-plan-prices", "/account/plans/{gold}/prices/"),
    ("account-payments", "/account/payments/"),
    ("account-payment", "/account/payments/{paid}/"),
    ("account-payment-waiting", "/account/payments/{open}/"),
    ("account-payment-cancel", "/account/payments/{open}/cancel/"),
    ("account-cancel", "/account/cancel/"),
    ("account-resume", "/account/resume/"),
    ("account-profile", "/account/profile/"),
    ("account-password", "/account/password/"),
    ("account-keys", "/account/keys/"),
    ("account-not-allowed", "/admin/"),
];

/// The pages for everybody.
const OPEN: &[(&str, &str)] = &[
    ("sign-in", "/account/sign-in/"),
    ("register", "/account/register/"),
    ("forgotten-password", "/account/forgotten-password/"),
    ("new-password", "/password/reset/confirm/MQ/dead-link/"),
    ("checkout", "/checkout/{transaction}/"),
    ("checkout-done", "/checkout/done/"),
    ("checkout-cancelled", "/checkout/cancelled/"),
    ("docs", "/api/docs/"),
    ("docs-operation", "/api/docs/auth_login/"),
    ("docs-list", "/api/docs/payments_list/"),
];

#[tokio::test]
async fn everybody_can_use_every_page_of_the_console() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("root").await else { return };
    browser.prefer("dark").await;
    browser.picture("console-dashboard-dark").await;
    walk(&browser, &on(&world, CONSOLE)).await;
}

#[tokio::test]
async fn everybody_can_use_every_page_of_the_account() {
    let world = World::assemble().await;
    let Some(browser) = world.browser_of("sue").await else { return };
    walk(&browser, &on(&world, ACCOUNT)).await;
}

#[tokio::test]
async fn everybody_can_use_every_page_before_the_sign_in() {
    let world = World::assemble().await;
    let Some(browser) = Browser::open(&world.app).await else { return };
    walk(&browser, &on(&world, OPEN)).await;
}

#[tokio::test]
async fn everybody_can_use_pages_that_have_nothing_to_show_yet() {
    let app = TestApp::start().await;
    app.superadmin().await;
    let Some(browser) = Browser::open(&app).await else { return };
    browser.sign_in("root").await;
    let pages: Vec<_> = EMPTY.iter().map(|(name, path)| (*name, (*path).to_owned())).collect();
    walk(&browser, &pages).await;
}

#[test]
fn no_page_of_the_sources_is_left_out() {
    let pages = sources::pages();
    let listed = [CONSOLE, ACCOUNT, OPEN].concat();
    let seen = listed.iter().filter_map(|(_, path)| route(path, &pages));
    let known: BTreeSet<&str> = seen.chain(NO_PAGES).collect();
    let pages: BTreeSet<&str> = pages.iter().map(String::as_str).collect();
    let missing: Vec<_> = pages.difference(&known).collect();
    let gone: Vec<_> = known.difference(&pages).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not seen: {missing:?}, gone: {gone:?}");
}

/// The route that answers at a path: of those that fit, the one that leaves the least open.
fn route<'a>(path: &str, routes: &'a BTreeSet<String>) -> Option<&'a str> {
    let path = path.split('?').next().unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |route: &&String| {
        let own: Vec<&str> = route.split('/').collect();
        own.len() == parts.len()
            && own
                .iter()
                .zip(&parts)
                .all(|(own, part)| own == part || (*own == "{}" && !part.is_empty()))
    };
    let found = routes.iter().filter(fits).min_by_key(|route| route.matches("{}").count());
    found.map(String::as_str)
}

/// Pages with the ids of a world in their paths.
fn on(world: &World, pages: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    pages.iter().map(|(name, path)| (*name, world.path(path))).collect()
}

/// Looks at pages, and fails with all that is wrong with them.
async fn walk(browser: &Browser, pages: &[(&str, String)]) {
    let mut wrong = Vec::new();
    for (screen, scheme) in [(Screen::Desktop, "light"), (Screen::Phone, "dark")] {
        browser.show_on(screen).await;
        browser.prefer(scheme).await;
        for (name, path) in pages {
            browser.visit(path).await;
            let status = if REFUSED.contains(name) { 400..500 } else { 200..300 };
            assert!(status.contains(&browser.status().await), "of {path}");
            let found = browser.faults(screen).await;
            wrong.extend(found.into_iter().map(|fault| format!("{path}, {scheme}: {fault}")));
            match screen {
                Screen::Desktop if name.starts_with("empty") && !PICTURED.contains(name) => {}
                Screen::Desktop => browser.picture(name).await,
                Screen::Phone if ON_PHONE.contains(name) => {
                    browser.picture(&format!("phone-{name}")).await;
                }
                Screen::Phone => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
