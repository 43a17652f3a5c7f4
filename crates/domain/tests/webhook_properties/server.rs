//! A server that events of one payment are delivered to.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::Duration;
use futures_executor::block_on;
use serde_json::{Map, json};
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::gateway::NewGateway;
use wiwebb_domain::ids::{GatewayId, PaymentId, RefundId};
use wiwebb_domain::lockout::Lockout;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::payment::PaymentEvent;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft};
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::gateway::{ScriptedRegistry, answer_with_id};
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples::{self, money, text};
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::webhook::{GOOD_SIGNATURE, ScriptedWebhooks};
use wiwebb_domain::user::NewUser;
use wiwebb_domain::webhook::{Fact, PaymentFact, PaymentRef, RefundFact, Stated};

use crate::history::{Delivery, Happening, History, Outcome, cents, name};

/// A server with one payment through a gateway that calls it `pi_1`.
pub(crate) struct Server {
    pub(crate) services: Services,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) registry: Arc<ScriptedRegistry>,
    reports: Arc<ScriptedWebhooks>,
    pub(crate) admin: Actor,
    pub(crate) payment: PaymentId,
}

impl Server {
    /// The gateway's first answer; none where it got lost.
    pub(crate) fn new(verdict: Option<Verdict>) -> Self {
        let store = MemoryStore::new();
        let (gateway, bob, admin) = block_on(people(&store));
        let clock = Arc::new(ManualClock::default());
        let registry = Arc::new(ScriptedRegistry::default());
        let reports = Arc::new(ScriptedWebhooks::default());
        let ports = Ports {
            store: Arc::new(store),
            clock: Arc::clone(&clock) as Arc<_>,
            random: Arc::new(SeededRandom::new(1)),
            passwords: Arc::new(PlainHasher),
            mailer: Arc::new(RecordingMailer::default()),
            gateways: Arc::clone(&registry) as Arc<_>,
            webhooks: Arc::clone(&reports) as Arc<_>,
            secrets: Arc::new(PlainSecrets::default()),
        };
        let settings = Settings {
            token_life: None,
            lockout: Some(Lockout::USUAL),
            public_url: String::new(),
            grace: Duration::days(7),
            time_zone: chrono_tz::Tz::UTC,
        };
        let services = Services::new(ports, settings);
        match verdict {
            Some(verdict) => registry.gateway().will_say(Ok(answer_with_id(verdict, "pi_1"))),
            None => registry.gateway().will_be_silent(),
        };
        let draft = PaymentDraft {
            total: money("20.00", "USD"),
            gateway: GatewayChoice::Id(gateway),
            order_id: None,
            description: None,
            metadata: Map::new(),
        };
        let created = block_on(services.payments.create(&bob, Ok(draft), None)).unwrap();
        let payment = created.view.payment.id;
        Self { services, clock, registry, reports, admin, payment }
    }

    pub(crate) fn fact(&self, happening: Happening, ours: Option<RefundId>) -> Fact {
        let transaction_id = Some(text("pi_1"));
        let payment = PaymentRef { transaction_id, payment_id: Some(self.payment) };
        match happening {
            Happening::Payment { event, received } => {
                let came = event == PaymentEvent::Succeeded;
                let received = received.filter(|_| came).map(cents);
                let total = Stated::Sum(money("20.00", "USD"));
                Fact::Payment(PaymentFact { payment, event, total, received, message: None })
            }
            Happening::Refund { number, amount, status } => Fact::Refund(RefundFact {
                payment,
                transaction_id: text(&name(number)),
                refund_id: ours.filter(|_| number == 0),
                amount: cents(amount),
                status,
            }),
            Happening::Total(total) => Fact::Refunded { payment, total: cents(total) },
        }
    }

    /// Delivers what was told under a number. Where the gateway cannot be asked meanwhile, it is
    /// looked at later.
    pub(crate) fn deliver(
        &self,
        told: &[(&str, Happening)],
        delivery: Delivery,
        ours: Option<RefundId>,
    ) {
        let facts = vec![self.fact(told[delivery.number].1, ours)];
        self.deliver_as(told, delivery, facts);
    }

    pub(crate) fn deliver_as(
        &self,
        told: &[(&str, Happening)],
        delivery: Delivery,
        facts: Vec<Fact>,
    ) {
        let id = format!("evt_{}", delivery.number);
        if delivery.in_vain {
            self.reports.will_be_unreachable(&id);
        } else {
            self.reports.will_mean(&id, facts.clone());
        }
        let body = json!({"id": id, "type": told[delivery.number].0}).to_string();
        let received = self.services.webhooks.receive(Some(GOOD_SIGNATURE), body.as_bytes());
        drop(block_on(received));
        self.reports.will_mean(&id, facts);
    }

    pub(crate) fn deliver_all(
        &self,
        history: &History,
        order: &[Delivery],
        ours: Option<RefundId>,
    ) {
        for delivery in order {
            self.deliver(&history.told, *delivery, ours);
        }
        self.catch_up();
    }

    /// Looks at what came to nothing before.
    pub(crate) fn catch_up(&self) {
        self.clock.advance(Duration::days(1));
        block_on(self.services.webhooks.retry_due(1_000)).unwrap();
    }

    pub(crate) fn outcome(&self) -> Outcome {
        let payments = &self.services.payments;
        let payment = block_on(payments.get(&self.admin, self.payment)).unwrap().payment;
        let rows = block_on(payments.refunds(&self.admin, self.payment)).unwrap();
        let mut refunds: Vec<_> = rows
            .into_iter()
            .map(|row| {
                (
                    row.transaction_id.map_or_else(String::new, |id| id.to_string()),
                    row.amount,
                    row.status,
                )
            })
            .collect();
        refunds.sort_unstable();
        Outcome {
            status: payment.status,
            captured: payment.captured_amount(),
            refunded: payment.refunded_amount(),
            refunds,
        }
    }

    /// How many entries of the payment's history tell of each event.
    pub(crate) fn entries(&self) -> BTreeMap<String, usize> {
        let logs = block_on(self.services.payments.logs(&self.admin, self.payment)).unwrap();
        let mut entries = BTreeMap::new();
        for entry in logs {
            if let Some(id) = entry.data.get("event_id").and_then(|id| id.as_str()) {
                *entries.entry(id.to_owned()).or_default() += 1;
            }
        }
        entries
    }
}

async fn people(store: &MemoryStore) -> (GatewayId, Actor, Actor) {
    let mut read = store.read("test").await.unwrap();
    let stripe = NewGateway { variant: text("stripe"), ..samples::new_gateway("Stripe") };
    let gateway = read.gateways().insert(stripe, samples::now()).await.unwrap().id;
    let mut people = Vec::new();
    for (name, role) in [("bob", Role::Subscriber), ("admin", Role::Admin)] {
        let new = NewUser { role, ..samples::new_user(name) };
        let user = read.users().insert(new).await.unwrap().user;
        people.push(Actor { user: user.id, role, tenant: None, written: None });
    }
    (gateway, people[0], people[1])
}
