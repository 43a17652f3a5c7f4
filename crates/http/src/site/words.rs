//! States, roles, prices and limits in words: each has one home here, so that a thing is called and
//! coloured the same wherever it is shown.

use wiwebb_domain::access::Role;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::plan::Plan;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::subscription::{SubscriptionStatus, SubscriptionView, Terms};
use wiwebb_domain::usage::MEGABYTE;

use super::cell::{Cell, Tone};
use super::format;

/// Whom a word is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Whoever pays, and knows nothing of gateways.
    Payer,
    /// Whoever runs the business: the words are those of the API, its logs and the gateways.
    Staff,
}

/// A role.
pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Superadmin => "Superadmin",
        Role::Admin => "Admin",
        Role::TenantOwner => "Tenant owner",
        Role::Subscriber => "Subscriber",
    }
}

/// Whether something is in use.
pub(crate) fn activity(is_active: bool) -> Cell {
    if is_active { Cell::badge(Tone::Good, "Active") } else { Cell::badge(Tone::Quiet, "Inactive") }
}

/// Where a payment stands.
pub(crate) const fn payment(status: PaymentStatus, reader: Reader) -> &'static str {
    match (status, reader) {
        (PaymentStatus::Waiting, _) => "Waiting",
        (PaymentStatus::Preauth, Reader::Payer) => "Held",
        (PaymentStatus::Preauth, Reader::Staff) => "Preauthorised",
        (PaymentStatus::Confirmed, Reader::Payer) => "Paid",
        (PaymentStatus::Confirmed, Reader::Staff) => "Confirmed",
        (PaymentStatus::Rejected, Reader::Payer) => "Declined",
        (PaymentStatus::Rejected, Reader::Staff) => "Rejected",
        (PaymentStatus::Refunded, Reader::Payer) => "Given back",
        (PaymentStatus::Refunded, Reader::Staff) => "Refunded",
        (PaymentStatus::Error, Reader::Payer) => "Failed",
        (PaymentStatus::Error, Reader::Staff) => "Error",
    }
}

/// What is to be noted of where a payment stands.
pub(crate) const fn payment_tone(status: PaymentStatus) -> Tone {
    match status {
        PaymentStatus::Waiting | PaymentStatus::Preauth => Tone::Warn,
        PaymentStatus::Confirmed => Tone::Good,
        PaymentStatus::Refunded => Tone::Quiet,
        PaymentStatus::Rejected | PaymentStatus::Error => Tone::Bad,
    }
}

/// Where a payment stands, as a badge.
pub(crate) fn payment_badge(status: PaymentStatus, reader: Reader) -> Cell {
    Cell::badge(payment_tone(status), payment(status, reader))
}

/// The states of a payment to choose from, under the API's words.
pub(crate) fn payment_choices(
    reader: Reader,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    PaymentStatus::ALL.into_iter().map(move |status| (status.as_str(), payment(status, reader)))
}

/// Where a refund stands.
pub(crate) fn refund(status: RefundStatus, reader: Reader) -> Cell {
    let (tone, word) = match (status, reader) {
        (RefundStatus::Pending, Reader::Payer) => (Tone::Warn, "Under way"),
        (RefundStatus::Pending, Reader::Staff) => (Tone::Warn, "Pending"),
        (RefundStatus::Succeeded, Reader::Payer) => (Tone::Good, "Given back"),
        (RefundStatus::Succeeded, Reader::Staff) => (Tone::Good, "Succeeded"),
        (RefundStatus::Failed, _) => (Tone::Bad, "Failed"),
    };
    Cell::badge(tone, word)
}

/// Where a subscription stands.
pub(crate) fn subscription(view: &SubscriptionView) -> Cell {
    let (tone, text) = match view.subscription.status {
        SubscriptionStatus::Incomplete => (Tone::Warn, "Waiting for its first payment"),
        SubscriptionStatus::Trialing => (Tone::Good, "Trial"),
        SubscriptionStatus::Active if view.is_ending => (Tone::Warn, "Active, ends soon"),
        SubscriptionStatus::Active => (Tone::Good, "Active"),
        SubscriptionStatus::PastDue => (Tone::Bad, "Payment overdue"),
        SubscriptionStatus::Canceled if view.is_ending => (Tone::Warn, "Cancelled, runs out"),
        SubscriptionStatus::Canceled => (Tone::Quiet, "Cancelled"),
    };
    Cell::badge(tone, text)
}

/// What is paid, and how often: `19.99 USD a month`.
pub(crate) fn price(terms: Option<Terms>) -> String {
    terms.map_or_else(
        || "Free".to_owned(),
        |Terms { price, interval }| format!("{} a {}", format::price(&price), interval.as_str()),
    )
}

/// How long a plan lets its subscribers be online a day.
pub(crate) fn time_limit(plan: &Plan) -> String {
    let limit = plan.daily_time_minutes.map(|minutes| format::duration(u64::from(minutes) * 60));
    limit.unwrap_or_else(unlimited)
}

/// How much data a plan allows a day.
pub(crate) fn data_limit(plan: &Plan) -> String {
    let limit = plan.daily_data_mb.map(|size| format::bytes(u64::from(size) * MEGABYTE));
    limit.unwrap_or_else(unlimited)
}

fn unlimited() -> String {
    "Unlimited".to_owned()
}
