//! The pages for browsers, as one without scripts sees them.

mod account;
mod audit_logs;
mod dashboard;
mod deletion;
mod forgery;
mod gateways;
mod lists;
mod password;
mod payment_logs;
mod payments;
mod plans;
mod registration;
mod service_keys;
mod session;
mod tenants;
mod todos;
mod users;
mod webhooks;
mod weight;

use wiwebb_tests::{Page, TestApp, Visitor};

/// A server, and its superadmin who looks at the pages.
async fn root() -> (TestApp, Visitor) {
    let app = TestApp::start().await;
    app.superadmin().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    (app, visitor)
}

/// Fails the test where a text is not said to be wrong below a field.
#[track_caller]
fn check_below(page: &Page, field: &str, text: &str) {
    let told = page.between(&format!("id=\"{field}-errors\">"), "</ul>").unwrap_or_default();
    assert!(told.contains(text), "{field}: {told}");
}
