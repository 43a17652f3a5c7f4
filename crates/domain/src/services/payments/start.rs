//! Beginning a payment.

use serde_json::{Map, json};

use super::settle::{Attempt, attach, log_entry};
use super::{GatewayChoice, PaymentDraft, Payments, Stepped};
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input, RepositoryError, Violation, Violations};
use crate::gateway::PaymentGatewayConfig;
use crate::ids::IdempotencyId;
use crate::operation::{NewOperation, OperationKind, PATIENCE, PaymentOperation};
use crate::payment::{NewPayment, Payment, PaymentStatus, first_metadata};
use crate::ports::random::uuid_v4;
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::EntityKind;

impl Payments {
    /// Pays through a gateway: written down as `waiting` before the gateway hears of it.
    /// `claim` is the idempotency key it runs under. Errors: [`Error::GatewayUnreachable`], with the
    /// payment in `error`.
    pub async fn create(
        &self,
        actor: &Actor,
        input: Input<PaymentDraft>,
        claim: Option<IdempotencyId>,
    ) -> Result<Stepped, Error> {
        access::permit_role(actor, Action::CreatePayment)?;
        let draft = input?;
        let gateway = self.choose(&draft.gateway).await?;
        let total = draft.total;
        let new = NewPayment {
            user_id: actor.user,
            order_id: draft.order_id,
            payment_gateway_id: gateway.id,
            status: PaymentStatus::Waiting,
            total,
            transaction_id: None,
            metadata: first_metadata(draft.metadata, draft.description),
        };
        let mut work = self.ports.store.begin("payments.create").await?;
        let (payment, operation) = self.write_down(work.as_mut(), new).await?;
        attach(work.as_mut(), claim, payment.id).await?;
        work.commit().await?;
        self.carry_out(operation, payment, &gateway, Attempt::First).await
    }

    /// A payment that waits, with the first entry of its log and the order to charge for it.
    pub(in crate::services) async fn write_down(
        &self,
        work: &mut dyn UnitOfWork,
        new: NewPayment,
    ) -> Result<(Payment, PaymentOperation), Error> {
        let now = self.ports.clock.now();
        let payment = work.payments().insert(new, now).await.map_err(gateway_gone)?;
        let total = payment.total;
        let mut data = Map::new();
        data.insert("to".into(), payment.status.as_str().into());
        data.insert("total".into(), json!(total.amount().to_string()));
        data.insert("currency".into(), total.currency().code().into());
        work.payment_logs().insert(log_entry(payment.id, "payment.created", data)?, now).await?;
        let order = NewOperation {
            payment_id: payment.id,
            kind: OperationKind::Charge,
            refund_id: None,
            amount: total.amount(),
            key: self.fresh_key(),
            next_try_at: now + PATIENCE,
        };
        let operation = work.operations().insert(order, now).await?;
        Ok((payment, operation))
    }

    /// The gateway that a client named; only what can be paid with counts.
    async fn choose(&self, choice: &GatewayChoice) -> Result<PaymentGatewayConfig, Error> {
        let active = {
            let mut read = self.ports.store.read("payments.choose").await?;
            read.gateways().active().await?
        };
        let mut usable =
            active.into_iter().filter(|gateway| self.ports.gateways.open(gateway).is_some());
        let found = match choice {
            GatewayChoice::Id(id) => usable.find(|gateway| gateway.id == *id),
            GatewayChoice::NameOrVariant(text) => {
                // Highest priority first, so the first of a variant is the one.
                let all: Vec<PaymentGatewayConfig> = usable.collect();
                let named = all.iter().find(|gateway| gateway.name.as_str() == text);
                let of_variant = || all.iter().find(|gateway| gateway.variant.as_str() == text);
                named.or_else(of_variant).cloned()
            }
        };
        Ok(found.ok_or_else(unavailable)?)
    }

    /// A key that no other order has, on any server.
    pub(super) fn fresh_key(&self) -> String {
        uuid_v4(self.ports.random.as_ref()).to_string()
    }
}

fn unavailable() -> Violations {
    Violations::of("payment_gateway", Violation::GatewayUnavailable)
}

/// The gateway can be deleted between its choice and the insert.
fn gateway_gone(error: RepositoryError) -> Error {
    match error {
        RepositoryError::MissingReference(relation)
            if relation.parent == EntityKind::PaymentGatewayConfig =>
        {
            unavailable().into()
        }
        other => other.into(),
    }
}
