//! Asking the gateway, and booking what it says: the one way an outcome gets into a payment.
//!
//! Booking an order twice changes nothing, so a request, the reconciler and a second replica may
//! all learn the same outcome.

use serde_json::{Map, Value};

use super::{Payments, Stepped};
use crate::access::Scope;
use crate::error::{Error, PaymentStepRefused, RepositoryError};
use crate::gateway::PaymentGatewayConfig;
use crate::ids::{IdempotencyId, PaymentId};
use crate::money::{Amount, Money};
use crate::operation::{OperationKind, PaymentOperation};
use crate::payment::{Payment, PaymentEvent, PaymentStatus, PaymentView, Step};
use crate::payment_log::NewPaymentLog;
use crate::ports::payment_gateway::{GatewayAnswer, GatewayError, GatewayOrder, Verdict};
use crate::ports::unit_of_work::UnitOfWork;
use crate::refund::{Refund, RefundStatus, come_to_nothing, given_back};
use crate::relations::EntityKind;
use crate::text::EventType;

/// Whether an order is given for the first time. Only then does a gateway that cannot be reached
/// mean that nothing happened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::services) enum Attempt {
    First,
    Again,
}

/// What the gateway made of an order.
enum Outcome {
    Answered(GatewayAnswer),
    /// It was never asked.
    Unreachable,
    /// It gave no answer.
    Unknown,
}

impl Payments {
    /// Asks the gateway with no unit of work open and books the outcome.
    pub(in crate::services) async fn carry_out(
        &self,
        operation: PaymentOperation,
        payment: Payment,
        gateway: &PaymentGatewayConfig,
        attempt: Attempt,
    ) -> Result<Stepped, Error> {
        let amount = Money::new(operation.amount, payment.total.currency());
        let outcome = match (self.ports.gateways.open(gateway), amount) {
            (Some(adapter), Ok(amount)) => {
                let order = GatewayOrder {
                    kind: operation.kind,
                    amount,
                    key: operation.key.clone(),
                    refund_id: operation.refund_id,
                    is_repeat: attempt == Attempt::Again,
                    off_session: payment.is_off_session(),
                    payment,
                };
                match adapter.carry_out(order).await {
                    Ok(answer) => Outcome::Answered(answer),
                    Err(GatewayError::Unreachable(_)) => Outcome::Unreachable,
                    Err(GatewayError::Unknown(_)) => Outcome::Unknown,
                }
            }
            // The adapter was switched off, or the amount is none of the currency.
            _ => Outcome::Unreachable,
        };
        self.book(&operation, outcome, attempt).await
    }

    async fn book(
        &self,
        given: &PaymentOperation,
        outcome: Outcome,
        attempt: Attempt,
    ) -> Result<Stepped, Error> {
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("payments.book").await?;
        let mut view = locked(work.as_mut(), given.payment_id).await?;
        let found = work.operations().lock(given.id).await?;
        let mut operation = found.ok_or(Error::NotFound(EntityKind::PaymentOperation))?;
        if operation.done {
            return Ok(Stepped::standing(view, true));
        }
        let answer = match outcome {
            // A charge may wait for its payer; any other order that is under way is asked about
            // again.
            Outcome::Answered(answer)
                if operation.kind == OperationKind::Charge
                    || answer.verdict != Verdict::Pending =>
            {
                answer
            }
            // Unless the reconciler has taken it over meanwhile, nobody else asked.
            Outcome::Unreachable
                if attempt == Attempt::First && operation.next_try_at == given.next_try_at =>
            {
                return self.give_up(work, view, operation).await;
            }
            // An earlier attempt may have arrived: only an answer ends the doubt.
            Outcome::Answered(_) | Outcome::Unreachable | Outcome::Unknown => {
                operation.postpone(now);
                work.operations().update(&operation).await?;
                work.commit().await?;
                return Ok(Stepped::standing(view, false));
            }
        };
        let (redirect_url, client_secret) =
            (answer.redirect_url.clone(), answer.client_secret.clone());
        let refused = match operation.kind {
            OperationKind::Charge => {
                self.book_charge(work.as_mut(), &mut view.payment, answer).await?
            }
            OperationKind::Refund => {
                self.book_refund(work.as_mut(), &mut view.payment, &operation, answer).await?
            }
            OperationKind::Capture | OperationKind::Cancel => {
                self.book_release(work.as_mut(), &mut view.payment, &operation, answer).await?
            }
        };
        operation.done = true;
        work.operations().update(&operation).await?;
        work.commit().await?;
        match refused {
            Some(refused) => Err(refused.into()),
            None => Ok(Stepped { view, redirect_url, client_secret, is_known: true }),
        }
    }

    /// Nothing was ever sent: the order is void (contract §10.5).
    async fn give_up(
        &self,
        mut work: Box<dyn UnitOfWork>,
        mut view: PaymentView,
        mut operation: PaymentOperation,
    ) -> Result<Stepped, Error> {
        let payment = &mut view.payment;
        match operation.kind {
            OperationKind::Charge => {
                self.step(
                    work.as_mut(),
                    payment,
                    PaymentEvent::Failed,
                    "payment.error",
                    Map::new(),
                    None,
                )
                .await?;
            }
            OperationKind::Refund => {
                self.end_refund(work.as_mut(), payment, &operation, RefundStatus::Failed, None)
                    .await?;
            }
            OperationKind::Capture | OperationKind::Cancel => {}
        }
        operation.done = true;
        work.operations().update(&operation).await?;
        work.commit().await?;
        Err(Error::GatewayUnreachable)
    }

    pub(super) async fn book_charge(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &mut Payment,
        answer: GatewayAnswer,
    ) -> Result<Option<PaymentStepRefused>, Error> {
        if payment.transaction_id.is_none() {
            payment.transaction_id = answer.transaction_id;
        }
        let event = match answer.verdict {
            Verdict::Pending => None,
            Verdict::Authorised => Some((PaymentEvent::Authorised, "payment.authorised")),
            Verdict::Done => Some((PaymentEvent::Succeeded, "payment.confirmed")),
            Verdict::Declined => Some((PaymentEvent::Declined, "payment.rejected")),
            Verdict::Failed => Some((PaymentEvent::Failed, "payment.error")),
        };
        if let Some((event, name)) = event {
            self.step(work, payment, event, name, Map::new(), answer.message).await?;
        } else {
            payment.modified_at = self.ports.clock.now();
            work.payments().update(payment).await?;
        }
        Ok(None)
    }

    /// A capture or the release of what is held. A gateway that refuses leaves the payment as it
    /// stood.
    async fn book_release(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &mut Payment,
        operation: &PaymentOperation,
        answer: GatewayAnswer,
    ) -> Result<Option<PaymentStepRefused>, Error> {
        let captures = operation.kind == OperationKind::Capture;
        if answer.verdict != Verdict::Done {
            let name = if captures { "payment.capture_refused" } else { "payment.cancel_refused" };
            self.log(work, payment.id, name, Map::new(), answer.message).await?;
            let refused =
                if captures { PaymentStepRefused::Capture } else { PaymentStepRefused::Cancel };
            return Ok(Some(refused));
        }
        let (event, name) = if captures {
            payment.note_captured(operation.amount);
            (PaymentEvent::Captured, "payment.captured")
        } else {
            if payment.status == PaymentStatus::Preauth {
                payment.note_captured(Amount::ZERO);
            }
            (PaymentEvent::Cancelled, "payment.cancelled")
        };
        self.step(work, payment, event, name, Map::new(), answer.message).await?;
        Ok(None)
    }

    async fn book_refund(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &mut Payment,
        operation: &PaymentOperation,
        answer: GatewayAnswer,
    ) -> Result<Option<PaymentStepRefused>, Error> {
        if answer.verdict == Verdict::Done {
            self.end_refund(work, payment, operation, RefundStatus::Succeeded, Some(answer))
                .await?;
            return Ok(None);
        }
        self.end_refund(work, payment, operation, RefundStatus::Failed, Some(answer)).await?;
        Ok(Some(PaymentStepRefused::Refund))
    }

    async fn end_refund(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &mut Payment,
        operation: &PaymentOperation,
        status: RefundStatus,
        answer: Option<GatewayAnswer>,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let mut refunds = work.refunds().list(payment.id).await?;
        let asked = refunds.iter_mut().find(|refund| Some(refund.id) == operation.refund_id);
        let refund = asked.ok_or(Error::NotFound(EntityKind::Refund))?;
        // The gateway may have reported more than it answered.
        if refund.status == RefundStatus::Pending {
            refund.status = status;
        }
        refund.updated_at = now;
        if let Some(given) = answer.as_ref().and_then(|answer| answer.transaction_id.clone()) {
            refund.transaction_id.get_or_insert(given);
        }
        let status = refund.status;
        work.refunds().update(refund).await?;
        let message = answer.and_then(|answer| answer.message);
        let mut data = Map::new();
        data.insert("amount".into(), operation.amount.to_string().into());
        if status == RefundStatus::Failed {
            return self.log(work, payment.id, "payment.refund_failed", data, message).await;
        }
        let refunded = refunded_in_all(payment, &refunds);
        let remaining = payment.captured_amount().minus(refunded).unwrap_or_default();
        payment.note_refunded(refunded);
        data.insert("remaining".into(), remaining.to_string().into());
        let event = PaymentEvent::Refunded { remaining };
        self.step(work, payment, event, "payment.refunded", data, message).await
    }

    /// Applies an event, stores the payment and tells its log, with the states where they changed.
    /// An event that cannot happen any more, or has happened, leaves the status and is told all the
    /// same.
    pub(super) async fn step(
        &self,
        work: &mut dyn UnitOfWork,
        payment: &mut Payment,
        event: PaymentEvent,
        name: &str,
        mut data: Map<String, Value>,
        message: Option<String>,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let step = payment.apply(event, now);
        if let Ok(Step::Move { from, to }) = step {
            data.insert("from".into(), from.as_str().into());
            data.insert("to".into(), to.as_str().into());
        }
        payment.modified_at = now;
        work.payments().update(payment).await?;
        self.log(work, payment.id, name, data, message).await?;
        match step {
            Ok(Step::Move { to, .. }) => self.follow(work, payment, to).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn log(
        &self,
        work: &mut dyn UnitOfWork,
        payment: PaymentId,
        name: &str,
        data: Map<String, Value>,
        message: Option<String>,
    ) -> Result<(), Error> {
        let entry = NewPaymentLog { message, ..log_entry(payment, name, data)? };
        work.payment_logs().insert(entry, self.ports.clock.now()).await?;
        Ok(())
    }
}

/// A payment behind whose back nobody changes anything until the unit of work ends. The actor's
/// right was checked before.
pub(super) async fn locked(work: &mut dyn UnitOfWork, id: PaymentId) -> Result<PaymentView, Error> {
    work.payments().lock(Scope::Everything, id).await?.or_refuse(EntityKind::Payment)
}

/// Ties the idempotency key of a request to the payment it takes a step of, so that the step is
/// never begun twice under it.
pub(in crate::services) async fn attach(
    work: &mut dyn UnitOfWork,
    claim: Option<IdempotencyId>,
    payment: PaymentId,
) -> Result<(), Error> {
    if let Some(claim) = claim {
        work.idempotency().attach(claim, payment).await?;
    }
    Ok(())
}

/// What has gone back by the refunds, or by the gateway's own account where that is more. A refund
/// that failed after the gateway had counted it does not count.
pub(super) fn refunded_in_all(payment: &Payment, refunds: &[Refund]) -> Amount {
    let reported = payment.reported_refunds().minus(come_to_nothing(refunds)).unwrap_or_default();
    given_back(refunds).max(reported).min(payment.captured_amount())
}

pub(super) fn log_entry(
    payment_id: PaymentId,
    event_type: &str,
    data: Map<String, Value>,
) -> Result<NewPaymentLog, Error> {
    let event_type = EventType::new(event_type).map_err(|violation| {
        RepositoryError::Backend(format!("log event {event_type}: {violation}").into())
    })?;
    Ok(NewPaymentLog { payment_id, event_type, message: None, data })
}
