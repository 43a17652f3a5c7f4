//! What is told of subscriptions: by themselves, their checkout sessions and their invoices.

use chrono::{DateTime, Utc};
use wiwebb_domain::payment::PaymentEvent;
use wiwebb_domain::subscription::{Mirror, SubscriptionStatus};
use wiwebb_domain::text::ExternalId;
use wiwebb_domain::webhook::{Fact, InvoiceFact, PaymentFact, SubscriptionFact};

use super::Told;
use crate::stripe::SUBSCRIPTION;
use crate::stripe::mirror::{mirror, period, silent};
use crate::stripe::money::from_stripe;
use crate::stripe::objects::billing::{Invoice, Subscription};

/// The names among these that can be one.
fn names<'a>(all: impl IntoIterator<Item = Option<&'a str>>) -> Vec<ExternalId> {
    all.into_iter().flatten().filter_map(|name| ExternalId::new(name).ok()).collect()
}

/// How a subscription stands, by Stripe's name and ours.
pub(crate) fn subscription(subscription: &Subscription, as_of: DateTime<Utc>) -> Fact {
    Fact::Subscription(SubscriptionFact {
        names: names_of(subscription),
        mirror: mirror(subscription, as_of),
    })
}

/// What an event says of a subscription. One that has begun is never at its beginning again: who
/// hears of that late hears nothing.
pub(crate) fn subscription_told(
    subscription: &Subscription,
    is_deleted: bool,
    as_of: DateTime<Utc>,
) -> Fact {
    let account = mirror(subscription, as_of);
    let status = match account.status {
        _ if is_deleted => Some(SubscriptionStatus::Canceled),
        Some(SubscriptionStatus::Incomplete) => None,
        status => status,
    };
    let names = names_of(subscription);
    Fact::Subscription(SubscriptionFact { names, mirror: Mirror { status, ..account } })
}

/// Stripe's name of a subscription, and ours.
pub(crate) fn names_of(subscription: &Subscription) -> Vec<ExternalId> {
    let ours = subscription.metadata.get(SUBSCRIPTION);
    names([Some(subscription.id.as_str()), ours.map(String::as_str)])
}

/// Whether a session is about a single payment.
pub(crate) fn is_single_payment(session: Told<'_>) -> bool {
    let pays = session.reference("payment_intent").is_some();
    match session.text("mode") {
        Some(mode) => mode == "payment",
        None => pays && session.reference("subscription").is_none(),
    }
}

/// How the subscription stands that a session is about.
pub(crate) fn session(session: Told<'_>, account: Mirror) -> Fact {
    let ours = session.text("client_reference_id").or_else(|| session.metadata(SUBSCRIPTION));
    Fact::Subscription(SubscriptionFact {
        names: names([ours, session.text("id")]),
        mirror: Mirror {
            external_id: session.reference("subscription").or(account.external_id),
            ..account
        },
    })
}

/// That a session was paid, or that nothing had to be paid yet.
pub(crate) fn session_completed(told: Told<'_>, as_of: DateTime<Utc>) -> Fact {
    let status = match told.text("payment_status") {
        Some("no_payment_required") => Some(SubscriptionStatus::Trialing),
        // The payer's bank has not paid yet.
        Some("unpaid") => None,
        _ => Some(SubscriptionStatus::Active),
    };
    session(told, Mirror { status, ..silent(as_of) })
}

/// That a session was never paid and cannot be any more.
pub(crate) fn session_expired(told: Told<'_>, as_of: DateTime<Utc>) -> Fact {
    session(told, Mirror { status: Some(SubscriptionStatus::Canceled), ..silent(as_of) })
}

/// What a session about a single payment says of it.
pub(crate) fn session_payment(session: Told<'_>, is_expired: bool) -> Fact {
    let payment = session.payment(session.reference("payment_intent"));
    let event = match session.text("payment_status") {
        _ if is_expired => PaymentEvent::Cancelled,
        Some("unpaid") => return Fact::Note(payment),
        _ => PaymentEvent::Succeeded,
    };
    let total = session.sum("amount_total");
    Fact::Payment(PaymentFact { payment, event, total, received: None, message: None })
}

/// What an event says of the subscription that an invoice bills.
pub(crate) fn account_of(invoice: &Invoice, is_paid: bool, as_of: DateTime<Utc>) -> Mirror {
    let reason = invoice.billing_reason.as_deref();
    let status = match is_paid {
        // A trial begins with an invoice of nothing.
        true if amount_paid(invoice) > 0 => Some(SubscriptionStatus::Active),
        // What was never begun, or was to be changed, is not owed.
        false if !matches!(reason, Some("subscription_create" | "subscription_update")) => {
            Some(SubscriptionStatus::PastDue)
        }
        _ => None,
    };
    Mirror {
        external_id: invoice.subscription().and_then(|id| ExternalId::new(id).ok()),
        status,
        // The period that is not paid has begun all the same, but is not had.
        period: invoice.period().filter(|_| is_paid).and_then(period),
        ..silent(as_of)
    }
}

fn amount_paid(invoice: &Invoice) -> i64 {
    invoice.amount_paid.unwrap_or_default()
}

/// That an invoice was paid, or could not be.
pub(crate) fn invoice(
    invoice: &Invoice,
    names: Vec<ExternalId>,
    account: Mirror,
    is_paid: bool,
) -> Vec<Fact> {
    if is_paid {
        paid(invoice, names, account).into_iter().collect()
    } else {
        vec![Fact::Subscription(SubscriptionFact { names, mirror: account })]
    }
}

/// `None` where it has no id.
fn paid(invoice: &Invoice, names: Vec<ExternalId>, account: Mirror) -> Option<Fact> {
    let transaction = invoice.payment_intent().or(invoice.id.as_deref())?;
    let is_paid = invoice.status.as_deref().is_none_or(|status| status == "paid");
    let units = Some(amount_paid(invoice)).filter(|units| is_paid && *units > 0);
    let sum = units.zip(invoice.currency.as_deref());
    Some(Fact::Invoice(InvoiceFact {
        names,
        transaction_id: ExternalId::new(transaction).ok()?,
        paid: sum.and_then(|(units, currency)| from_stripe(units, currency).ok()),
        mirror: account,
    }))
}

/// Stripe's name and ours of the subscription that an invoice bills; empty where it bills none.
pub(crate) fn names_billed(invoice: &Invoice) -> Vec<ExternalId> {
    let ours = invoice.subscription_metadata().and_then(|own| own.get(SUBSCRIPTION));
    names([invoice.subscription(), ours.map(String::as_str)])
}

#[cfg(test)]
mod tests;
