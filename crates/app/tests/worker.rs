//! Orders that a gateway left unanswered are finished by the server itself (contract §10.5).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, json};
use wiwebb::config::Config;
use wiwebb::worker::Worker;
use wiwebb_domain::access::Role;
use wiwebb_domain::gateway::{GatewaySettings, NewGateway};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory as _;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::samples;

const PATIENCE: Duration = Duration::from_mins(1);

fn services(store: MemoryStore, clock: Arc<ManualClock>) -> Services {
    let config = Config::load(None, []).unwrap();
    let mailer = Arc::new(RecordingMailer::default());
    let ports = Ports { clock, ..wiwebb::wiring::ports(Arc::new(store), mailer, &config) };
    wiwebb::wiring::services(ports, &config, config.bind)
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
    let store = MemoryStore::new();
    let clock = Arc::new(ManualClock::default());
    let services = services(store.clone(), Arc::clone(&clock));
    let settings = json!({"outcome": "confirmed", "answer_after": 1});
    let gateway = NewGateway {
        config: GatewaySettings::new(samples::object(settings)),
        ..samples::new_gateway("silent at first")
    };
    let (gateway, payer) = {
        let mut read = store.read("test").await.unwrap();
        let gateway = read.gateways().insert(gateway, samples::now()).await.unwrap();
        let payer = read.users().insert(samples::new_user("anna")).await.unwrap();
        (gateway.id, samples::actor(payer.user.id, Role::Subscriber, None))
    };

    let begun = services.payments.create(&payer, Ok(draft(gateway)), None).await.unwrap();
    let payment = begun.view.payment.id;
    assert!(!begun.is_known);
    assert_eq!(begun.view.payment.status, PaymentStatus::Waiting);

    clock.advance(chrono::Duration::hours(1));
    let worker = Worker::start(services.payments.clone());
    let finished = tokio::time::timeout(PATIENCE, async {
        loop {
            let told = services.payments.progress(&payer, payment).await.unwrap();
            if told.is_known {
                return told.view.payment;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    let finished = finished.await.unwrap();
    assert_eq!(finished.status, PaymentStatus::Confirmed);
    assert!(finished.transaction_id.is_some());
    assert!(worker.stop(PATIENCE).await);
}
