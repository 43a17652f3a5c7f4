//! What is left open is gone on with by the server itself (contract §8.5, §10.3, §10.5).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, json};
use wiwebb::config::Config;
use wiwebb::worker::Worker;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::gateway::{GatewaySettings, NewGateway};
use wiwebb_domain::ids::{GatewayId, UserId};
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory as _;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::subscription::{
    FIRST_PAYMENT_WITHIN, NewSubscription, Subscription, SubscriptionStatus,
};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::webhook::{GOOD_SIGNATURE, ScriptedWebhooks};
use wiwebb_domain::webhook::EventStatus;

const PATIENCE: Duration = Duration::from_mins(1);

/// A server's use cases over a store in memory.
struct World {
    store: MemoryStore,
    clock: Arc<ManualClock>,
    webhooks: Arc<ScriptedWebhooks>,
    services: Services,
}

impl World {
    fn new() -> Self {
        let store = MemoryStore::new();
        let clock = Arc::new(ManualClock::default());
        let webhooks = Arc::new(ScriptedWebhooks::default());
        let config = Config::load(None, []).unwrap();
        let (stored, mailer) = (Arc::new(store.clone()), Arc::new(RecordingMailer::default()));
        let ports = wiwebb::wiring::ports(stored, mailer, &config, config.bind).unwrap();
        let ports = Ports { clock: clock.clone(), webhooks: webhooks.clone(), ..ports };
        let services = wiwebb::wiring::services(ports, &config, config.bind);
        Self { store, clock, webhooks, services }
    }

    async fn user(&self) -> UserId {
        let mut read = self.store.read("test").await.unwrap();
        read.users().insert(samples::new_user("anna")).await.unwrap().user.id
    }

    /// A worker at work, until what it is to do is done.
    async fn work_until<T>(&self, mut done: impl AsyncFnMut() -> Option<T>) -> T {
        let worker = Worker::start(&self.services);
        let finished = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(found) = done().await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let found = finished.await.unwrap();
        assert!(worker.stop(PATIENCE).await);
        found
    }
}

fn actor(user: UserId) -> Actor {
    samples::actor(user, Role::Subscriber, None)
}

fn draft(gateway: GatewayId) -> PaymentDraft {
    PaymentDraft {
        total: samples::money("19.99", "USD"),
        gateway: GatewayChoice::Id(gateway),
        order_id: None,
        description: None,
        metadata: Map::new(),
    }
}

#[tokio::test]
async fn a_payment_whose_gateway_fell_silent_is_finished_without_anybody_asking() {
    let world = World::new();
    let settings = json!({"outcome": "confirmed", "answer_after": 1});
    let gateway = NewGateway {
        config: GatewaySettings::new(samples::object(settings)),
        ..samples::new_gateway("silent at first")
    };
    let payer = actor(world.user().await);
    let gateway = {
        let mut read = world.store.read("test").await.unwrap();
        read.gateways().insert(gateway, samples::now()).await.unwrap().id
    };
    let payments = &world.services.payments;
    let begun = payments.create(&payer, Ok(draft(gateway)), None).await.unwrap();
    let payment = begun.view.payment.id;
    assert!(!begun.is_known);
    assert_eq!(begun.view.payment.status, PaymentStatus::Waiting);

    world.clock.advance(chrono::Duration::hours(1));
    let finished = world.work_until(async || {
        let told = payments.progress(&payer, payment).await.unwrap();
        told.is_known.then_some(told.view.payment)
    });
    let finished = finished.await;
    assert_eq!(finished.status, PaymentStatus::Confirmed);
    assert!(finished.transaction_id.is_some());
}

#[tokio::test]
async fn a_report_that_could_not_be_looked_up_is_applied_later_without_anybody_asking() {
    let world = World::new();
    world.webhooks.will_be_unreachable("evt_1");
    let body = br#"{"id": "evt_1", "type": "payment_intent.succeeded"}"#;
    world.services.webhooks.receive(Some(GOOD_SIGNATURE), body).await.unwrap_err();

    world.webhooks.will_mean("evt_1", Vec::new());
    world.clock.advance(chrono::Duration::hours(1));
    let event = world.work_until(async || {
        let mut read = world.store.read("test").await.unwrap();
        let page = read.webhook_events().list(ListRequest::default()).await.unwrap().unwrap();
        page.items.into_iter().find(|event| event.status != EventStatus::Received)
    });
    let event = event.await;
    assert_eq!((event.status, event.tries), (EventStatus::Unmatched, 2));
}

#[tokio::test]
async fn a_subscription_that_nobody_paid_ends_without_anybody_asking() {
    let world = World::new();
    let user = world.user().await;
    let made = {
        let mut read = world.store.read("test").await.unwrap();
        let plan = read.plans().insert(samples::new_plan("Basic"), samples::now()).await.unwrap();
        let due = samples::now() + FIRST_PAYMENT_WITHIN;
        let new = samples::new_subscription(1, user, plan.id);
        let new = NewSubscription { next_step_at: Some(due), ..new };
        read.subscriptions().insert(new, samples::now()).await.unwrap()
    };
    let looked_for = async || -> Subscription {
        let mut read = world.store.read("test").await.unwrap();
        read.subscriptions().lock(made.id).await.unwrap().unwrap()
    };
    assert_eq!(looked_for().await.status, SubscriptionStatus::Incomplete);

    world.clock.advance(FIRST_PAYMENT_WITHIN);
    let ended = world.work_until(async || {
        let found = looked_for().await;
        (found.status != SubscriptionStatus::Incomplete).then_some(found)
    });
    let ended = ended.await;
    assert_eq!((ended.status, ended.next_step_at), (SubscriptionStatus::Canceled, None));
}
