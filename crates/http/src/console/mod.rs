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
use axum::routing::MethodRouter;
use wiwebb_domain::access::Action;

use crate::site::add;
use crate::site::page::NavItem;
use crate::site::visit::Visit;
use crate::state::AppState;

/// Where the console begins.
pub(crate) const BASE: &str = "/admin/";

/// Who has it: whoever sees figures over others. Subscribers have their own pages.
pub(crate) const RIGHT: Action = Action::ViewDashboard;

/// The pages of the console in the order of the navigation, each with the right it is for.
const PLACES: &[(&str, &str, Option<Action>)] = &[
    ("/admin/", "Dashboard", Some(Action::ViewDashboard)),
    ("/admin/tenants/", "Tenants", Some(Action::ListTenants)),
    ("/admin/users/", "Users", Some(Action::ListUsers)),
    ("/admin/payments/", "Payments", Some(Action::ReadPayments)),
    ("/admin/payment-logs/", "Payment log", Some(Action::ReadPayments)),
    ("/admin/plans/", "Plans", Some(Action::ReadPlans)),
    ("/admin/pricing/", "Pricing", Some(Action::ReadPlans)),
    ("/admin/gateways/", "Gateways", Some(Action::ConfigureGateways)),
    ("/admin/webhook-events/", "Webhook inbox", Some(Action::ManageWebhookEvents)),
    ("/admin/service-keys/", "Service keys", Some(Action::ManageServiceKeys)),
    ("/admin/audit-logs/", "Audit log", Some(Action::ReadAuditLogs)),
    ("/admin/todos/", "Todos", Some(Action::UseTodos)),
    ("/account/", "My account", None),
    ("/api/docs/", "API", None),
];

/// What there is for whoever looks.
pub(crate) fn nav(visit: &Visit) -> Vec<NavItem> {
    PLACES
        .iter()
        .filter(|(_, _, right)| right.is_none_or(|right| visit.may(right)))
        .map(|(href, label, _)| NavItem::new(href, label, visit.path()))
        .collect()
}

/// Pages of one kind of thing.
type Routes = Vec<(&'static str, MethodRouter<AppState>)>;

pub(crate) fn pages() -> Router<AppState> {
    [
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
    ]
    .into_iter()
    .flatten()
    .fold(Router::new(), |router, (path, methods)| add(router, path, methods))
}
