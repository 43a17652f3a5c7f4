//! What gateways report of payments, booked like what they answer (contract §10.3).

use serde_json::{Map, Value};

use super::Payments;
use super::settle::refunded_in_all;
use crate::access::Scope;
use crate::error::Error;
use crate::ids::PaymentId;
use crate::money::{Amount, Money};
use crate::payment::{
    NewPayment, Payment, PaymentEvent, PaymentStatus, PaymentView, subscription_metadata,
};
use crate::ports::unit_of_work::UnitOfWork;
use crate::refund::{NewRefund, Refund, RefundStatus};
use crate::webhook::{InvoiceFact, PaymentFact, PaymentRef, RefundFact, WebhookEvent};

/// The key under which a log entry says what a report was of, in the words of this crate.
const REPORTED: &str = "event";

impl Payments {
    /// Books what happened to a payment; `None` where no payment here is meant.
    pub(in crate::services) async fn report(
        &self,
        work: &mut dyn UnitOfWork,
        event: &WebhookEvent,
        fact: PaymentFact,
    ) -> Result<Option<PaymentId>, Error> {
        let Some(mut view) = find(work, event, &fact.payment).await? else {
            return Ok(None);
        };
        let payment = &mut view.payment;
        self.mark(payment, &fact.payment);
        let mut data = told(event);
        if !fact.total.agrees_with(payment.total) {
            work.payments().update(payment).await?;
            self.log(work, payment.id, "payment.mismatch", data, fact.message).await?;
            return Ok(Some(payment.id));
        }
        data.insert(REPORTED.into(), fact.event.word().into());
        if let (PaymentEvent::Succeeded, Some(received)) = (fact.event, fact.received)
            && received < payment.total.amount()
        {
            payment.note_captured(received);
        }
        if fact.event == PaymentEvent::Cancelled && payment.status == PaymentStatus::Preauth {
            payment.note_captured(Amount::ZERO);
        }
        let released =
            fact.event == PaymentEvent::Authorised && self.was_released(work, payment).await?;
        let name = event.event_type.as_str();
        self.step(work, payment, fact.event, name, data, fact.message).await?;
        if released {
            payment.note_captured(Amount::ZERO);
            let cancelled = PaymentEvent::Cancelled;
            self.step(work, payment, cancelled, "payment.cancelled", Map::new(), None).await?;
        }
        self.settle_refunds(work, payment).await?;
        Ok(Some(payment.id))
    }

    /// Whether the release of what is held was reported before the hold.
    async fn was_released(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &Payment,
    ) -> Result<bool, Error> {
        if payment.status != PaymentStatus::Rejected {
            return Ok(false);
        }
        let entries = work.payment_logs().list(payment.id).await?;
        Ok(entries.iter().any(|entry| {
            entry.data.get(REPORTED).is_some_and(|told| told == PaymentEvent::Cancelled.word())
        }))
    }

    /// Books how a refund stands; `None` where no payment here is meant.
    pub(in crate::services) async fn report_refund(
        &self,
        work: &mut dyn UnitOfWork,
        event: &WebhookEvent,
        fact: RefundFact,
    ) -> Result<Option<PaymentId>, Error> {
        let Some(mut view) = find(work, event, &fact.payment).await? else {
            return Ok(None);
        };
        let payment = &mut view.payment;
        self.mark(payment, &fact.payment);
        let now = self.ports.clock.now();
        let refunds = work.refunds().list(payment.id).await?;
        let mut refund = if let Some(refund) = meant(refunds, &fact) {
            refund
        } else {
            let new = NewRefund { payment_id: payment.id, amount: fact.amount, reason: None };
            work.refunds().insert(new, now).await?
        };
        refund.transaction_id = Some(fact.transaction_id);
        // A refund that failed stays so, however late its success is told.
        if refund.status != RefundStatus::Failed && fact.status != RefundStatus::Pending {
            refund.status = fact.status;
        }
        refund.updated_at = now;
        work.refunds().update(&refund).await?;
        let mut data = told(event);
        data.insert("amount".into(), refund.amount.to_string().into());
        data.insert("status".into(), refund.status.as_str().into());
        self.log(work, payment.id, event.event_type.as_str(), data, None).await?;
        work.payments().update(payment).await?;
        self.settle_refunds(work, payment).await?;
        Ok(Some(payment.id))
    }

    /// Books what went back in all; `None` where no payment here is meant.
    pub(in crate::services) async fn report_refunded(
        &self,
        work: &mut dyn UnitOfWork,
        event: &WebhookEvent,
        which: &PaymentRef,
        total: Amount,
    ) -> Result<Option<PaymentId>, Error> {
        let Some(mut view) = find(work, event, which).await? else {
            return Ok(None);
        };
        let payment = &mut view.payment;
        self.mark(payment, which);
        payment.note_reported_refunds(total);
        work.payments().update(payment).await?;
        let mut data = told(event);
        data.insert("amount".into(), total.to_string().into());
        self.log(work, payment.id, event.event_type.as_str(), data, None).await?;
        self.settle_refunds(work, payment).await?;
        Ok(Some(payment.id))
    }

    /// Tells a payment's log of something without consequence for the payment.
    pub(in crate::services) async fn report_note(
        &self,
        work: &mut dyn UnitOfWork,
        event: &WebhookEvent,
        which: &PaymentRef,
    ) -> Result<Option<PaymentId>, Error> {
        let Some(mut view) = find(work, event, which).await? else {
            return Ok(None);
        };
        self.mark(&mut view.payment, which);
        work.payments().update(&view.payment).await?;
        self.log(work, view.payment.id, event.event_type.as_str(), told(event), None).await?;
        Ok(Some(view.payment.id))
    }

    /// Books what a gateway charged for a subscription that it keeps going, as a payment of its own;
    /// `None` where nothing was charged or no subscription here is meant.
    pub(in crate::services) async fn report_invoice(
        &self,
        work: &mut dyn UnitOfWork,
        event: &WebhookEvent,
        fact: &InvoiceFact,
    ) -> Result<Option<PaymentId>, Error> {
        let Some(paid) = fact.paid else {
            return Ok(None);
        };
        let known = work.payments().lock_transaction(&fact.transaction_id).await?;
        let mut payment = match known {
            Some(view) => view.payment,
            None => match self.invoiced(work, fact, paid).await? {
                Some(payment) => payment,
                None => return Ok(None),
            },
        };
        let which =
            PaymentRef { transaction_id: Some(fact.transaction_id.clone()), payment_id: None };
        self.mark(&mut payment, &which);
        let (paid, name) = (PaymentEvent::Succeeded, event.event_type.as_str());
        self.step(work, &mut payment, paid, name, told(event), None).await?;
        Ok(Some(payment.id))
    }

    async fn invoiced(
        &self,
        work: &mut dyn UnitOfWork,
        fact: &InvoiceFact,
        paid: Money,
    ) -> Result<Option<Payment>, Error> {
        let found = work.subscriptions().lock_named(&fact.names).await?;
        let Some((gateway, subscription)) =
            found.and_then(|found| Some((found.payment_gateway_id?, found)))
        else {
            return Ok(None);
        };
        let new = NewPayment {
            user_id: subscription.user_id,
            order_id: None,
            payment_gateway_id: gateway,
            status: PaymentStatus::Waiting,
            total: paid,
            transaction_id: Some(fact.transaction_id.clone()),
            metadata: subscription_metadata(&subscription.subscription_id),
        };
        Ok(Some(work.payments().insert(new, self.ports.clock.now()).await?))
    }

    fn mark(&self, payment: &mut Payment, which: &PaymentRef) {
        payment.webhook_received = true;
        payment.modified_at = self.ports.clock.now();
        if payment.transaction_id.is_none() {
            payment.transaction_id.clone_from(&which.transaction_id);
        }
    }

    /// Brings a payment in line with what has gone back of it, in whatever order that was told.
    async fn settle_refunds(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &mut Payment,
    ) -> Result<(), Error> {
        if !matches!(payment.status, PaymentStatus::Confirmed | PaymentStatus::Refunded) {
            return Ok(());
        }
        let refunds = work.refunds().list(payment.id).await?;
        let refunded = refunded_in_all(payment, &refunds);
        if refunded == payment.refunded_amount() {
            return Ok(());
        }
        let fell = refunded < payment.refunded_amount();
        payment.note_refunded(refunded);
        let remaining = payment.captured_amount().minus(refunded).unwrap_or_default();
        let mut data = Map::new();
        data.insert("amount".into(), refunded.to_string().into());
        data.insert("remaining".into(), remaining.to_string().into());
        let (happened, name) = if fell {
            (PaymentEvent::RefundFailed, "payment.refund_failed")
        } else {
            (PaymentEvent::Refunded { remaining }, "payment.refunded")
        };
        self.step(work, payment, happened, name, data, None).await
    }
}

/// The payment of the gateway's id, else the one that the gateway was told ours of.
async fn find(
    work: &mut dyn UnitOfWork,
    event: &WebhookEvent,
    which: &PaymentRef,
) -> Result<Option<PaymentView>, Error> {
    if let Some(transaction) = &which.transaction_id
        && let Some(view) = work.payments().lock_transaction(transaction).await?
    {
        return Ok(Some(view));
    }
    let Some(id) = which.payment_id else {
        return Ok(None);
    };
    let found = work.payments().lock(Scope::Everything, id).await?;
    Ok(found.within().filter(|view| {
        view.variant == event.variant
            && (view.payment.transaction_id.is_none() || which.transaction_id.is_none())
    }))
}

/// The row of a refund that a gateway speaks of: by its id, else by ours, which it was told. Any other
/// was given at the gateway itself.
fn meant(refunds: Vec<Refund>, fact: &RefundFact) -> Option<Refund> {
    let of_id = |refund: &Refund| refund.transaction_id.as_ref() == Some(&fact.transaction_id);
    let of_ours = |refund: &Refund| Some(refund.id) == fact.refund_id;
    let position = refunds.iter().position(of_id).or_else(|| refunds.iter().position(of_ours))?;
    refunds.into_iter().nth(position)
}

fn told(event: &WebhookEvent) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("event_id".into(), event.event_id.as_str().into());
    data
}
