//! What an event says itself, where Stripe cannot be asked.

use chrono::{DateTime, Utc};
use wiwebb_domain::webhook::Fact;

use super::{Facts, Subject};
use crate::stripe::facts::{self, Told, billing};
use crate::stripe::mirror::instant;
use crate::stripe::objects::Event;
use crate::stripe::objects::billing::{Invoice, Subscription};

/// What an event says. It is of the instant at which it happened; of `now` where it says none.
pub(super) fn facts(subject: Subject, event: &Event, now: DateTime<Utc>) -> Facts {
    let of = event.created.and_then(instant).unwrap_or(now);
    let told = Told(event.raw_object());
    match subject {
        Subject::Intent(happened) => Some(vec![facts::intent_fact(told, happened)]),
        Subject::Charge => Some(facts::charge_refunded(told)),
        Subject::Refund(status) => Some(facts::refund_fact(told, status).into_iter().collect()),
        Subject::Dispute => Some(vec![facts::dispute(told)]),
        Subject::Session { is_expired } => session(told, is_expired, of),
        Subject::Invoice { is_paid } => match event.object() {
            Ok(told) => invoice(&told, is_paid, of),
            Err(_) => Some(Vec::new()),
        },
        Subject::Subscription { is_deleted } => Some(subscription(event, is_deleted, of)),
    }
}

fn session(told: Told<'_>, is_expired: bool, of: DateTime<Utc>) -> Facts {
    if told.text("mode") == Some("setup") {
        return None;
    }
    Some(vec![if billing::is_single_payment(told) {
        billing::session_payment(told, is_expired)
    } else if is_expired {
        billing::session_expired(told, of)
    } else {
        billing::session_completed(told, of)
    }])
}

fn invoice(invoice: &Invoice, is_paid: bool, of: DateTime<Utc>) -> Facts {
    invoice.subscription()?;
    let (names, account) =
        (billing::names_billed(invoice), billing::account_of(invoice, is_paid, of));
    Some(billing::invoice(invoice, names, account, is_paid))
}

/// What an event says of a subscription.
pub(super) fn subscription(event: &Event, is_deleted: bool, of: DateTime<Utc>) -> Vec<Fact> {
    let told: Option<Subscription> = event.object().ok();
    told.iter().map(|told| billing::subscription_told(told, is_deleted, of)).collect()
}
