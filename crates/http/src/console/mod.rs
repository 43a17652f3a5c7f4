//! The console of those who run the business: what the API gives them, for people.

mod audit_logs;
mod dashboard;
mod gateways;
mod payment_logs;
mod payments;
mod plans;
mod pricing;
mod service_keys;
mod tenants;
mod todos;
mod users;
mod webhooks;

use axum::Router;
use wiwebb_domain::access::Action;

use crate::site::page::NavItem;
use crate::site::router;
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::{account, docs};

/// Where the console begins.
pub(crate) const BASE: &str = "/admin/";

/// Who has it: whoever sees figures over others. Subscribers have their own pages.
pub(crate) const RIGHT: Action = Action::ViewDashboard;

/// The pages of the console in the order of the navigation, each with the right it is for.
const PLACES: &[(&str, &str, Option<Action>)] = &[
    (BASE, "Dashboard", Some(Action::ViewDashboard)),
    (tenants::LIST, "Tenants", Some(Action::ListTenants)),
    (users::LIST, "Users", Some(Action::ListUsers)),
    (payments::LIST, "Payments", Some(Action::ReadPayments)),
    (payment_logs::LIST, "Payment log", Some(Action::ReadPayments)),
    (plans::LIST, "Plans", Some(Action::ReadPlans)),
    (pricing::LIST, "Pricing", Some(Action::ReadPlans)),
    (gateways::LIST, "Gateways", Some(Action::ConfigureGateways)),
    (webhooks::LIST, "Webhook inbox", Some(Action::ManageWebhookEvents)),
    (service_keys::LIST, "Service keys", Some(Action::ManageServiceKeys)),
    (audit_logs::LIST, "Audit log", Some(Action::ReadAuditLogs)),
    (todos::LIST, "Todos", Some(Action::UseTodos)),
    (account::BASE, "My account", None),
    (docs::ROOT, "API", None),
];

/// What there is for whoever looks.
pub(crate) fn nav(visit: &Visit) -> Vec<NavItem> {
    PLACES
        .iter()
        .filter(|(_, _, right)| right.is_none_or(|right| visit.may(right)))
        .map(|(href, label, _)| NavItem::new(href, label, visit.path()))
        .collect()
}

/// The pages for whoever has [`RIGHT`].
pub(crate) fn pages() -> Router<AppState> {
    router([
        dashboard::routes(),
        tenants::routes(),
        users::routes(),
        plans::routes(),
        pricing::routes(),
        gateways::routes(),
        service_keys::routes(),
        audit_logs::routes(),
        todos::routes(),
        payments::routes(),
        payment_logs::routes(),
        webhooks::routes(),
    ])
}
