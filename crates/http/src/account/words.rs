//! Words that only the pages of one's own account have; all others are in [`crate::site::words`].

use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::plan::Plan;
use wiwebb_domain::pricing::PlanPricing;

use crate::site::cell::{Cell, Fact};
use crate::site::words;

/// What happened to a payment, with the class that the style sheet has for it.
pub(super) fn happened(entry: &PaymentLog) -> (String, &'static str) {
    let event = entry.event_type.as_str();
    let (text, tone) = match event.strip_prefix("payment.").unwrap_or(event) {
        "created" => ("Begun", ""),
        "authorised" => ("The money is held", ""),
        "confirmed" => ("Paid", "good"),
        "captured" => ("The money was taken", "good"),
        "rejected" | "declined" => ("Declined", "bad"),
        "cancelled" => ("Cancelled", ""),
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
    [
        Fact::new("Time a day", Cell::Text(words::time_limit(plan))),
        Fact::new("Data a day", Cell::Text(words::data_limit(plan))),
    ]
}
