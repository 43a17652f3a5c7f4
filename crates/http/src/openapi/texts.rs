//! What the document says of the API as a whole.

use utoipa::openapi::tag::{Tag, TagBuilder};

/// Text at the top of the document.
pub(super) const INTRODUCTION: &str = "Customers, users, plans and payments of network operators.\n\n\
    Sign in at `/auth/login/` and send the key as `Authorization: Token <key>`. Lists come in pages \
    (`page`, `page_size`) or by key (`cursor`); amounts are strings with two decimals, times are UTC. \
    Of the values of a body every one that is wrong is told at once, under its field.\n\n\
    Any request may carry the header `X-API-Profile: compat` and is answered in the forms of the \
    existing mobile client; below `/api/compat/v1` that is so without it. With `default`, and unless \
    the server is set otherwise, the forms are those described here.";

/// Groups of operations, in the order in which somebody new wants them.
const TAGS: [(&str, &str); 13] = [
    ("auth", "Signing in, one's own data, password and keys."),
    ("tenants", "Organisations that have users."),
    ("users", "People, their roles and what may become of their accounts."),
    ("plans", "What can be subscribed to, and for how much."),
    ("subscriptions", "One's own subscription and what is left of the day."),
    ("payments", "Payments, what happened to them, and refunds."),
    ("gateways", "Ways to pay, and their configuration."),
    ("webhooks", "What gateways report."),
    ("network", "What network equipment asks and reports."),
    ("service-keys", "Keys of network equipment."),
    ("dashboard", "Figures."),
    ("audit-logs", "Who did what to whom."),
    ("todos", "One's own list of things to do."),
];

/// The groups, as the document has them.
pub(super) fn tags() -> impl Iterator<Item = Tag> {
    TAGS.into_iter()
        .map(|(name, text)| TagBuilder::new().name(name).description(Some(text)).build())
}
