//! The pages for browsers, as one without scripts sees them.

mod account;
mod audit_logs;
mod dashboard;
mod forgery;
mod gateways;
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

use wiwebb_tests::Page;

/// What is said to be wrong below a field.
fn below<'a>(page: &'a Page, name: &str) -> &'a str {
    page.between(&format!("id=\"{name}-errors\">"), "</ul>").unwrap_or_default()
}
