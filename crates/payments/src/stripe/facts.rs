//! What a webhook's object says happened, in the domain's words (contract §10.3).
//!
//! An object is as Stripe has it now where Stripe can be asked, else as the event has it. The
//! former is told by its status, the latter by the type of the event: an event can be years old, or
//! be rendered with little in it. So nothing of an object is required but its id, and what is odd
//! in it is passed over.

use serde_json::Value;
use wiwebb_domain::ids::{PaymentId, RefundId};
use wiwebb_domain::money::{Amount, Money};
use wiwebb_domain::payment::PaymentEvent;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::text::ExternalId;
use wiwebb_domain::webhook::{Fact, PaymentFact, PaymentRef, RefundFact, Stated};

use super::money::from_stripe;
use super::{PAYMENT, REFUND};

pub(crate) mod billing;

/// An object of Stripe's of which nothing is certain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a>(pub(crate) &'a Value);

impl<'a> Told<'a> {
    /// Text in a field.
    pub(crate) fn text(self, field: &str) -> Option<&'a str> {
        self.0.get(field)?.as_str()
    }

    /// The id of the object in a field, named or written out.
    pub(crate) fn reference(self, field: &str) -> Option<ExternalId> {
        let found = self.0.get(field)?;
        let id = found.as_str().or_else(|| found.get("id")?.as_str())?;
        ExternalId::new(id).ok()
    }

    /// The id of the object itself.
    pub(crate) fn id(self) -> Option<ExternalId> {
        self.reference("id")
    }

    /// Own data.
    pub(crate) fn metadata(self, key: &str) -> Option<&'a str> {
        Told(self.0.get("metadata")?).text(key)
    }

    /// The sum in a field.
    pub(crate) fn sum(self, field: &str) -> Stated {
        let present = |field: &str| self.0.get(field).filter(|value| !value.is_null());
        let (Some(units), Some(currency)) = (present(field), present("currency")) else {
            return Stated::Nothing;
        };
        let read = units.as_i64().zip(currency.as_str());
        let money = read.and_then(|(units, currency)| from_stripe(units, currency).ok());
        money.map_or(Stated::Foreign, Stated::Sum)
    }

    /// The sum in a field, as far as it can be that of a payment here.
    pub(crate) fn money(self, field: &str) -> Option<Money> {
        match self.sum(field) {
            Stated::Sum(money) => Some(money),
            Stated::Nothing | Stated::Foreign => None,
        }
    }

    fn amount(self, field: &str) -> Option<Amount> {
        self.money(field).map(Money::amount)
    }

    /// The payment that the object names.
    fn payment(self, transaction_id: Option<ExternalId>) -> PaymentRef {
        let payment_id = self.metadata(PAYMENT).and_then(PaymentId::parse);
        PaymentRef { transaction_id, payment_id }
    }
}

/// What happened to a payment intent according to its status. While it can still be paid, nothing
/// has.
pub(crate) fn intent_now(intent: Told<'_>) -> Fact {
    let event = match intent.text("status") {
        Some("succeeded") => PaymentEvent::Succeeded,
        Some("requires_capture") => PaymentEvent::Authorised,
        Some("canceled") => PaymentEvent::Cancelled,
        _ => return Fact::Note(intent.payment(intent.id())),
    };
    intent_fact(intent, event)
}

/// What an event says of a payment intent.
pub(crate) fn intent_fact(intent: Told<'_>, event: PaymentEvent) -> Fact {
    let error = intent.0.get("last_payment_error").and_then(|error| Told(error).text("message"));
    let message = match event {
        PaymentEvent::Declined => error,
        PaymentEvent::Cancelled => intent.text("cancellation_reason"),
        _ => None,
    };
    Fact::Payment(PaymentFact {
        payment: intent.payment(intent.id()),
        event,
        total: intent.sum("amount"),
        received: intent.amount("amount_received").filter(|received| !received.is_zero()),
        message: message.map(str::to_owned),
    })
}

/// Where a refund stands; `None` where it does not say.
fn refund_status(refund: Told<'_>) -> Option<RefundStatus> {
    match refund.text("status")? {
        "succeeded" => Some(RefundStatus::Succeeded),
        "failed" | "canceled" => Some(RefundStatus::Failed),
        _ => Some(RefundStatus::Pending),
    }
}

/// How a refund stands; `None` where the object cannot be one.
pub(crate) fn refund_fact(refund: Told<'_>, otherwise: RefundStatus) -> Option<Fact> {
    Some(Fact::Refund(RefundFact {
        payment: refund.payment(refund.reference("payment_intent")),
        transaction_id: refund.id()?,
        refund_id: refund.metadata(REFUND).and_then(RefundId::parse),
        amount: refund.amount("amount")?,
        status: refund_status(refund).unwrap_or(otherwise),
    }))
}

/// How refunds stand of the payment that a charge belongs to.
pub(crate) fn refunds_of<'r>(
    charge: Told<'_>,
    refunds: impl Iterator<Item = &'r Value>,
) -> Vec<Fact> {
    let payment = charge.payment(charge.reference("payment_intent"));
    let facts = refunds.filter_map(|row| {
        let mut fact = refund_fact(Told(row), RefundStatus::Succeeded)?;
        if let Fact::Refund(refund) = &mut fact {
            refund.payment = payment.clone();
        }
        Some(fact)
    });
    facts.collect()
}

/// What a charge says went back of it: by the refunds that are written out, and in all.
pub(crate) fn charge_refunded(charge: Told<'_>) -> Vec<Fact> {
    let rows = charge.0.get("refunds").and_then(|refunds| refunds.get("data")?.as_array());
    let mut facts = refunds_of(charge, rows.into_iter().flatten());
    let payment = charge.payment(charge.reference("payment_intent"));
    match given_back(charge) {
        Some(total) if !total.is_zero() => facts.push(Fact::Refunded { payment, total }),
        _ if facts.is_empty() => facts.push(Fact::Note(payment)),
        _ => {}
    }
    facts
}

/// Stripe counts as refunded also what was held and let go.
fn given_back(charge: Told<'_>) -> Option<Amount> {
    let refunded = charge.amount("amount_refunded")?;
    let let_go = match (charge.amount("amount"), charge.amount("amount_captured")) {
        (Some(whole), Some(captured)) => whole.minus(captured).unwrap_or_default(),
        _ => Amount::ZERO,
    };
    Some(refunded.minus(let_go).unwrap_or_default())
}

/// That a payer's bank asks for money back: for people to see.
pub(crate) fn dispute(dispute: Told<'_>) -> Fact {
    Fact::Note(dispute.payment(dispute.reference("payment_intent")))
}

#[cfg(test)]
mod tests;
