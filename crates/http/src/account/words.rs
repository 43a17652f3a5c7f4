//! States, prices and limits in words for people.

use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::plan::Plan;
use wiwebb_domain::pricing::{BillingInterval, PlanPricing};
use wiwebb_domain::subscription::{SubscriptionStatus, SubscriptionView, Terms};
use wiwebb_domain::usage::MEGABYTE;

use crate::site::cell::{Cell, Fact, Tone};
use crate::site::format;

/// Where a payment stands, as a word.
pub(super) const fn payment_word(status: PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Waiting => "Waiting",
        PaymentStatus::Preauth => "Held",
        PaymentStatus::Confirmed => "Paid",
        PaymentStatus::Rejected => "Declined",
        PaymentStatus::Refunded => "Given back",
        PaymentStatus::Error => "Failed",
    }
}

/// Where a payment stands.
pub(super) fn payment_status(status: PaymentStatus) -> Cell {
    let tone = match status {
        PaymentStatus::Waiting | PaymentStatus::Preauth => Tone::Warn,
        PaymentStatus::Confirmed => Tone::Good,
        PaymentStatus::Refunded => Tone::Quiet,
        PaymentStatus::Rejected | PaymentStatus::Error => Tone::Bad,
    };
    Cell::badge(tone, payment_word(status))
}

/// What happened to a payment, with the class that the style sheet has for it.
pub(super) fn happened(entry: &PaymentLog) -> (String, &'static str) {
    let event = entry.event_type.as_str();
    let (text, tone) = match event.strip_prefix("payment.").unwrap_or(event) {
        "created" => ("Begun", ""),
        "authorised" => ("The money is held", ""),
        "confirmed" => ("Paid", "good"),
        "captured" => ("The money was taken", "good"),
        "rejected" | "declined" => ("Declined", "bad"),
        "cancelled" => ("Called off", ""),
        "error" => ("It could not be made", "bad"),
        "refunded" => ("Money went back", ""),
        "refund_failed" => ("A refund came to nothing", "bad"),
        other => {
            let text = entry.message.clone().unwrap_or_else(|| other.replace('_', " "));
            return (text, "");
        }
    };
    (text.to_owned(), tone)
}

/// Where a subscription stands.
pub(super) fn subscription_status(view: &SubscriptionView) -> Cell {
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

/// What is paid, and how often.
pub(super) fn price(terms: Option<Terms>) -> String {
    let Some(Terms { price, interval }) = terms else {
        return "Free".to_owned();
    };
    let sum = format::money(price.amount().value(), price.currency());
    format!("{sum} a {}", period(interval))
}

/// The time before the first charge; empty where there is none.
pub(super) fn trial(pricing: Option<&PlanPricing>) -> String {
    match pricing.map_or(0, |pricing| pricing.trial_period_days) {
        0 => String::new(),
        1 => "1 day free at first".to_owned(),
        days => format!("{days} days free at first"),
    }
}

/// What a plan allows a day.
pub(super) fn limits(plan: &Plan) -> [Fact; 2] {
    let time = plan.daily_time_minutes.map(|minutes| format::duration(u64::from(minutes) * 60));
    let data = plan.daily_data_mb.map(|megabytes| format::bytes(u64::from(megabytes) * MEGABYTE));
    let cell = |limit: Option<String>| Cell::text(limit.unwrap_or_else(|| "Unlimited".to_owned()));
    [Fact::new("Time a day", cell(time)), Fact::new("Data a day", cell(data))]
}

const fn period(interval: BillingInterval) -> &'static str {
    match interval {
        BillingInterval::Day => "day",
        BillingInterval::Week => "week",
        BillingInterval::Month => "month",
        BillingInterval::Year => "year",
    }
}
