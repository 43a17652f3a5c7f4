//! A place to pay at.

use std::sync::Arc;

use chrono::Duration;
use futures_executor::block_on;
use serde_json::{Map, Value};
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::Error;
use wiwebb_domain::gateway::NewGateway;
use wiwebb_domain::ids::{GatewayId, PaymentId};
use wiwebb_domain::money::Amount;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::payment::{Payment, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::{GatewayAnswer, Verdict};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft, RefundDraft, Stepped};
use wiwebb_domain::services::{Payments, Ports, Services};
use wiwebb_domain::testing::gateway::{ScriptedGateway, ScriptedRegistry, answer};
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples::{self, money};
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::webhook::ScriptedWebhooks;

use super::faults::{Ground, ShakyRegistry, ShakyStore};
use crate::world::{World, settings};

/// What [`Till::draft`] pays.
pub(super) const TOTAL: &str = "20.00";

pub(super) struct Till {
    pub(super) world: World,
    pub(super) services: Services,
    pub(super) registry: Arc<ScriptedRegistry>,
    pub(super) ground: Arc<Ground>,
    /// Of the variant `dummy`.
    pub(super) gateway: GatewayId,
    /// Who pays.
    pub(super) bob: Actor,
    pub(super) admin: Actor,
}

impl Till {
    pub(super) fn new() -> Self {
        let world = World::new();
        let ground = Arc::new(Ground::default());
        let registry = Arc::new(ScriptedRegistry::default());
        let gateways = Arc::clone(&registry);
        let ports = Ports {
            store: Arc::new(ShakyStore { store: world.store.clone(), ground: Arc::clone(&ground) }),
            clock: Arc::clone(&world.clock) as Arc<_>,
            random: Arc::new(SeededRandom::new(2)),
            passwords: Arc::clone(&world.hasher) as Arc<_>,
            mailer: Arc::clone(&world.mailer) as Arc<_>,
            gateways: Arc::new(ShakyRegistry { registry: gateways, ground: Arc::clone(&ground) }),
            webhooks: Arc::new(ScriptedWebhooks::default()),
            secrets: Arc::new(PlainSecrets::default()),
        };
        let services = Services::new(ports, settings());
        let gateway = add_gateway(&world, samples::new_gateway("Cards"));
        let (bob, admin) = (world.user("bob", Role::Subscriber, None), world.admin());
        Self { world, services, registry, ground, gateway, bob, admin }
    }

    pub(super) fn payments(&self) -> &Payments {
        &self.services.payments
    }

    pub(super) fn script(&self) -> &ScriptedGateway {
        self.registry.gateway()
    }

    pub(super) fn add_gateway(&self, new: NewGateway) -> GatewayId {
        add_gateway(&self.world, new)
    }

    pub(super) fn later(&self, by: Duration) {
        self.world.clock.advance(by);
    }

    pub(super) fn draft(&self) -> PaymentDraft {
        draft_through(GatewayChoice::Id(self.gateway))
    }

    pub(super) fn create(&self, draft: PaymentDraft) -> Result<Stepped, Error> {
        block_on(self.payments().create(&self.bob, Ok(draft), None))
    }

    /// A payment of somebody that the gateway answers so.
    pub(super) fn pay_as(&self, actor: &Actor, answer: GatewayAnswer) -> PaymentId {
        self.script().will_say(Ok(answer));
        block_on(self.payments().create(actor, Ok(self.draft()), None)).unwrap().view.payment.id
    }

    pub(super) fn pay(&self, verdict: Verdict) -> PaymentId {
        self.pay_as(&self.bob, answer(verdict))
    }

    /// A payment that stands so.
    pub(super) fn standing(&self, status: PaymentStatus) -> PaymentId {
        let verdict = match status {
            PaymentStatus::Waiting => Verdict::Pending,
            PaymentStatus::Preauth => Verdict::Authorised,
            PaymentStatus::Confirmed | PaymentStatus::Refunded => Verdict::Done,
            PaymentStatus::Rejected => Verdict::Declined,
            PaymentStatus::Error => Verdict::Failed,
        };
        let id = self.pay(verdict);
        if status == PaymentStatus::Refunded {
            self.script().will_say(Ok(answer(Verdict::Done)));
            self.refund(id, None).unwrap();
        }
        assert_eq!(self.status(id), status);
        id
    }

    pub(super) fn capture(&self, id: PaymentId, sum: Option<&str>) -> Result<Stepped, Error> {
        block_on(self.payments().capture(&self.admin, id, Ok(sum.map(amount)), None))
    }

    pub(super) fn refund(&self, id: PaymentId, sum: Option<&str>) -> Result<Stepped, Error> {
        let draft = RefundDraft { amount: sum.map(amount), reason: None };
        block_on(self.payments().refund(&self.admin, id, Ok(draft), None))
    }

    pub(super) fn cancel(&self, actor: &Actor, id: PaymentId) -> Result<Stepped, Error> {
        block_on(self.payments().cancel(actor, id, Ok(()), None))
    }

    pub(super) fn reconcile(&self) -> Result<usize, Error> {
        block_on(self.payments().reconcile_due(100))
    }

    pub(super) fn payment(&self, id: PaymentId) -> Payment {
        block_on(self.payments().get(&self.admin, id)).unwrap().payment
    }

    pub(super) fn all(&self) -> Vec<PaymentId> {
        let page = block_on(self.payments().list(&self.admin, Ok(ListRequest::default()))).unwrap();
        page.items.iter().map(|view| view.payment.id).collect()
    }

    pub(super) fn status(&self, id: PaymentId) -> PaymentStatus {
        self.payment(id).status
    }

    /// Whether the gateway has answered everything.
    pub(super) fn is_settled(&self, id: PaymentId) -> bool {
        block_on(self.payments().progress(&self.admin, id)).unwrap().is_known
    }

    /// Captured and refunded.
    pub(super) fn sums(&self, id: PaymentId) -> [String; 2] {
        let payment = self.payment(id);
        [payment.captured_amount().to_string(), payment.refunded_amount().to_string()]
    }

    /// Amounts and states of the refunds, the oldest first.
    pub(super) fn refunds(&self, id: PaymentId) -> Vec<(String, RefundStatus)> {
        let mut refunds = block_on(self.payments().refunds(&self.admin, id)).unwrap();
        refunds.reverse();
        refunds.into_iter().map(|refund| (refund.amount.to_string(), refund.status)).collect()
    }

    /// The history, the oldest entry first.
    pub(super) fn history(&self, id: PaymentId) -> Vec<(String, Map<String, Value>)> {
        let mut entries = block_on(self.payments().logs(&self.admin, id)).unwrap();
        entries.reverse();
        entries.into_iter().map(|entry| (entry.event_type.to_string(), entry.data)).collect()
    }

    /// The history in words, such as `payment.captured preauth>confirmed`.
    pub(super) fn told(&self, id: PaymentId) -> Vec<String> {
        let word = |data: &Map<String, Value>, key| {
            data.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let tell = |(name, data): (String, Map<String, Value>)| {
            let (from, to) = (word(&data, "from"), word(&data, "to"));
            if from.is_empty() && to.is_empty() { name } else { format!("{name} {from}>{to}") }
        };
        self.history(id).into_iter().map(tell).collect()
    }

    /// The keys of all orders, in the order they were given.
    pub(super) fn keys(&self) -> Vec<String> {
        self.script().orders().into_iter().map(|order| order.key).collect()
    }
}

pub(super) fn draft_through(gateway: GatewayChoice) -> PaymentDraft {
    PaymentDraft {
        total: money(TOTAL, "USD"),
        gateway,
        order_id: None,
        description: None,
        metadata: Map::new(),
    }
}

pub(super) fn amount(sum: &str) -> Amount {
    money(sum, "USD").amount()
}

fn add_gateway(world: &World, new: NewGateway) -> GatewayId {
    block_on(async {
        let mut read = world.store.read("test").await.unwrap();
        read.gateways().insert(new, samples::now()).await.unwrap().id
    })
}
