//! Capturing, confirming, calling off and refunding (contract §10.2).

use serde_json::Map;

use super::settle::{Attempt, attach, locked, refunded_in_all};
use super::{Payments, RefundDraft, Stepped};
use crate::access::{self, Action, Actor, Scope};
use crate::error::{
    Error, Input, PaymentStepRefused, RepositoryError, UniqueKey, Violation, Violations,
};
use crate::gateway::PaymentGatewayConfig;
use crate::ids::{IdempotencyId, PaymentId, RefundId};
use crate::money::{Amount, Money};
use crate::operation::{NewOperation, OperationKind, PATIENCE, PaymentOperation};
use crate::payment::{PaymentEvent, PaymentStatus, PaymentView};
use crate::ports::unit_of_work::UnitOfWork;
use crate::refund::{NewRefund, held};
use crate::relations::EntityKind;

impl Payments {
    /// Takes money that is held, the whole where no amount is given.
    pub async fn capture(
        &self,
        actor: &Actor,
        id: PaymentId,
        input: Input<Option<Amount>>,
        claim: Option<IdempotencyId>,
    ) -> Result<Stepped, Error> {
        let (mut work, view) = self.open(actor, Action::CapturePayment, id).await?;
        let amount = input?;
        if !view.can_be_captured() {
            return Err(PaymentStepRefused::Capture.into());
        }
        let total = view.payment.total;
        let amount = amount.unwrap_or(total.amount());
        require_expressible(amount, total)?;
        if amount > total.amount() {
            return Err(Violations::of("amount", Violation::CaptureTooLarge).into());
        }
        let kind = OperationKind::Capture;
        let (operation, gateway) = self.order(work.as_mut(), &view, kind, amount, None).await?;
        attach(work.as_mut(), claim, id).await?;
        work.commit().await?;
        self.carry_out(operation, view.payment, &gateway, Attempt::First).await
    }

    /// Gives money back, what is left where no amount is given.
    pub async fn refund(
        &self,
        actor: &Actor,
        id: PaymentId,
        input: Input<RefundDraft>,
        claim: Option<IdempotencyId>,
    ) -> Result<Stepped, Error> {
        let (mut work, view) = self.open(actor, Action::RefundPayment, id).await?;
        let RefundDraft { amount, reason } = input?;
        if !view.can_be_refunded() {
            return Err(PaymentStepRefused::Refund.into());
        }
        let payment = &view.payment;
        let refunds = work.refunds().list(id).await?;
        let spoken_for = held(&refunds).max(refunded_in_all(payment, &refunds));
        let left = payment.captured_amount().minus(spoken_for).unwrap_or_default();
        let too_large = || Violations::of("amount", Violation::RefundTooLarge);
        let amount = match amount {
            Some(amount) => amount,
            None if left.is_zero() => return Err(too_large().into()),
            None => left,
        };
        require_expressible(amount, payment.total)?;
        if amount > left {
            return Err(too_large().into());
        }
        let new = NewRefund { payment_id: id, amount, reason };
        let refund = work.refunds().insert(new, self.ports.clock.now()).await?;
        let kind = OperationKind::Refund;
        let (operation, gateway) =
            self.order(work.as_mut(), &view, kind, amount, Some(refund.id)).await?;
        attach(work.as_mut(), claim, id).await?;
        work.commit().await?;
        self.carry_out(operation, view.payment, &gateway, Attempt::First).await
    }

    /// Says that a payment made outside has arrived.
    pub async fn confirm(
        &self,
        actor: &Actor,
        id: PaymentId,
        input: Input<()>,
    ) -> Result<Stepped, Error> {
        let (mut work, mut view) = self.open(actor, Action::ConfirmPayment, id).await?;
        input?;
        if !view.can_be_confirmed() {
            return Err(PaymentStepRefused::Confirm.into());
        }
        if work.operations().is_open(id).await? {
            return Err(Error::PaymentBusy(PaymentStepRefused::Confirm));
        }
        let event = PaymentEvent::Succeeded;
        self.step(work.as_mut(), &mut view.payment, event, "payment.confirmed", Map::new(), None)
            .await?;
        work.commit().await?;
        Ok(Stepped::standing(view, true))
    }

    /// Calls a payment off: one that waits is rejected, one that is held is released. The payer
    /// may call off only what waits.
    pub async fn cancel(
        &self,
        actor: &Actor,
        id: PaymentId,
        input: Input<()>,
        claim: Option<IdempotencyId>,
    ) -> Result<Stepped, Error> {
        let (mut work, view) = self.open(actor, Action::CancelPayment, id).await?;
        input?;
        if !view.can_be_cancelled_by(actor) {
            return Err(PaymentStepRefused::Cancel.into());
        }
        let (kind, amount) = (OperationKind::Cancel, view.payment.total.amount());
        let (operation, gateway) = self.order(work.as_mut(), &view, kind, amount, None).await?;
        attach(work.as_mut(), claim, id).await?;
        work.commit().await?;
        self.carry_out(operation, view.payment, &gateway, Attempt::First).await
    }

    /// Calls off what waits for a payer or is held, on behalf of the server. What cannot be called off any more,
    /// and what cannot be reached, is left to whoever pays it and to staff.
    pub(in crate::services) async fn let_go(&self, id: PaymentId) -> Result<(), Error> {
        let mut work = self.ports.store.begin("payments.let_go").await?;
        let view = locked(work.as_mut(), id).await?;
        if !matches!(view.payment.status, PaymentStatus::Waiting | PaymentStatus::Preauth) {
            return Ok(());
        }
        let (kind, amount) = (OperationKind::Cancel, view.payment.total.amount());
        let outcome = match self.order(work.as_mut(), &view, kind, amount, None).await {
            Ok((operation, gateway)) => {
                work.commit().await?;
                self.carry_out(operation, view.payment, &gateway, Attempt::First).await.map(drop)
            }
            Err(error) => Err(error),
        };
        match outcome {
            Err(Error::PaymentBusy(_) | Error::PaymentStep(_) | Error::GatewayUnreachable) => {
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// A locked payment that the actor may take this step with.
    async fn open(
        &self,
        actor: &Actor,
        action: Action,
        id: PaymentId,
    ) -> Result<(Box<dyn UnitOfWork>, PaymentView), Error> {
        access::permit_role(actor, action)?;
        let mut work = self.ports.store.begin("payments.step").await?;
        let found = work.payments().lock(Scope::Everything, id).await?;
        let view = found.or_refuse(EntityKind::Payment)?;
        access::decide(actor, action, view.payment.as_object(view.tenant_id))?;
        Ok((work, view))
    }

    /// Writes an order down, with the gateway it goes to. A payment with an open order takes no
    /// other step until its outcome is known.
    async fn order(
        &self,
        work: &mut dyn UnitOfWork,
        view: &PaymentView,
        kind: OperationKind,
        amount: Amount,
        refund_id: Option<RefundId>,
    ) -> Result<(PaymentOperation, PaymentGatewayConfig), Error> {
        let payment = &view.payment;
        let gateway = work.gateways().find(payment.payment_gateway_id).await?;
        let gateway = gateway.ok_or(Error::NotFound(EntityKind::PaymentGatewayConfig))?;
        let now = self.ports.clock.now();
        let order = NewOperation {
            payment_id: payment.id,
            kind,
            refund_id,
            amount,
            key: self.fresh_key(),
            next_try_at: now + PATIENCE,
        };
        match work.operations().insert(order, now).await {
            Ok(operation) => Ok((operation, gateway)),
            Err(RepositoryError::Taken(UniqueKey::OpenOperation)) => {
                Err(Error::PaymentBusy(refusal(kind)))
            }
            Err(error) => Err(error.into()),
        }
    }
}

const fn refusal(kind: OperationKind) -> PaymentStepRefused {
    match kind {
        OperationKind::Capture => PaymentStepRefused::Capture,
        OperationKind::Refund => PaymentStepRefused::Refund,
        OperationKind::Charge | OperationKind::Cancel => PaymentStepRefused::Cancel,
    }
}

/// More than nothing, and a whole number of the currency's minor units.
fn require_expressible(amount: Amount, total: Money) -> Result<(), Violations> {
    let refuse = |violation| Violations::of("amount", violation);
    if amount.is_zero() {
        return Err(refuse(Violation::NotPositive));
    }
    Money::new(amount, total.currency()).map(drop).map_err(refuse)
}
