//! Events that came to nothing: tried again with growing pauses, then left to an admin.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use futures_executor::block_on;
use wiwebb_domain::error::Error;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::{GatewayError, Verdict};
use wiwebb_domain::ports::webhook::{WebhookReader, WebhookRefused};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::testing::webhook::{GOOD_SIGNATURE, ScriptedWebhooks};
use wiwebb_domain::webhook::{EventStatus, Fact, MOST_TRIES, NewWebhookEvent, WebhookEvent};

use super::facts::{pay, standing, told};
use crate::shop::{Shop, UNREACHABLE};
use crate::world::{refusal, settings};

const SUCCEEDED: &str = "payment_intent.succeeded";

fn retry(shop: &Shop) -> Result<usize, Error> {
    block_on(shop.services.webhooks.retry_due(10))
}

#[test]
fn an_event_whose_gateway_gives_no_answer_stays_and_is_told_so_to_the_gateway() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.reports.will_be_unreachable("evt_1");
    assert_eq!(refusal(shop.deliver("evt_1", SUCCEEDED)), UNREACHABLE);
    let event = shop.event("evt_1");
    assert_eq!((event.status, event.tries), (EventStatus::Received, 1));
    assert!(event.error.is_some() && event.processed_at.is_none());
    assert!(event.next_try_at > Some(shop.now()));
    assert_eq!(shop.payment(payment).status, PaymentStatus::Waiting);
    // The gateway reports again, before it is our turn.
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    let event = shop.event("evt_1");
    assert_eq!((event.status, event.error, event.tries), (EventStatus::Processed, None, 2));
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

/// The pauses between the tries of an event that never comes to anything.
fn pauses(shop: &Shop) -> Vec<Duration> {
    let mut pauses = Vec::new();
    while let Some(next) = shop.event("evt_1").next_try_at {
        pauses.push(next - shop.now());
        shop.set(next - Duration::microseconds(1));
        assert_eq!(retry(shop).unwrap(), 0, "not before it is due");
        shop.set(next);
        drop(retry(shop));
        assert_eq!(usize::from(shop.event("evt_1").tries), pauses.len() + 1);
    }
    pauses
}

fn assert_grow_up_to_half_a_day(pauses: &[Duration]) {
    assert_eq!(pauses.len(), usize::from(MOST_TRIES) - 1);
    let longest = Duration::hours(12);
    for pair in pauses.windows(2) {
        assert_eq!(pair[1], (pair[0] * 2).min(longest));
    }
    assert!(pauses[0] <= Duration::minutes(1), "{pauses:?}");
    assert_eq!(pauses.last(), Some(&longest));
}

#[test]
fn it_is_tried_twelve_times_with_pauses_that_double_and_then_waits_for_an_admin() {
    let shop = Shop::through("stripe");
    shop.reports.will_be_unreachable("evt_1");
    drop(shop.deliver("evt_1", SUCCEEDED));
    assert_grow_up_to_half_a_day(&pauses(&shop));
    shop.later(Duration::days(100));
    assert_eq!(retry(&shop).unwrap(), 0);
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.reports.will_mean("evt_1", told(PaymentEvent::Succeeded));
    let id = shop.event("evt_1").id;
    let replayed = block_on(shop.services.webhooks.replay(&shop.admin, id, Ok(()))).unwrap();
    assert_eq!(replayed.status, EventStatus::Processed);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn what_is_not_known_here_is_looked_for_as_often() {
    let shop = Shop::through("stripe");
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    assert_grow_up_to_half_a_day(&pauses(&shop));
    assert_eq!(shop.event("evt_1").status, EventStatus::Unmatched);
}

#[test]
fn the_gateway_reporting_again_revives_what_waits_for_an_admin() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Waiting);
    shop.reports.will_be_unreachable("evt_1");
    drop(shop.deliver("evt_1", SUCCEEDED));
    pauses(&shop);
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn an_event_that_fails_holds_no_other_up() {
    let shop = Shop::through("stripe");
    let payment = pay(&shop, "pi_1", Verdict::Pending);
    for id in ["evt_1", "evt_2"] {
        shop.reports.will_be_unreachable(id);
        drop(shop.deliver(id, SUCCEEDED));
        shop.later(Duration::seconds(1));
    }
    shop.reports.will_mean("evt_2", told(PaymentEvent::Succeeded));
    shop.later(Duration::minutes(5));
    assert!(matches!(retry(&shop), Err(Error::GatewayUnreachable)), "somebody is told");
    assert_eq!(shop.event("evt_1").tries, 2);
    assert_eq!(shop.event("evt_2").status, EventStatus::Processed);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn no_more_are_taken_than_asked_for_the_longest_due_first() {
    let shop = Shop::through("stripe");
    for id in ["evt_1", "evt_2", "evt_3"] {
        shop.report(id, SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
        shop.later(Duration::seconds(1));
    }
    shop.later(Duration::minutes(5));
    assert_eq!(block_on(shop.services.webhooks.retry_due(2)).unwrap(), 2);
    let read = shop.reports.read_events().split_off(3);
    assert_eq!(read, ["evt_1", "evt_2"]);
}

/// Dies while it asks the gateway.
struct Dying(Arc<ScriptedWebhooks>);

#[async_trait]
impl WebhookReader for Dying {
    fn open(
        &self,
        signature: Option<&str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<NewWebhookEvent, WebhookRefused> {
        self.0.open(signature, body, now)
    }

    async fn read(
        &self,
        _: &WebhookEvent,
        _: DateTime<Utc>,
    ) -> Result<Option<Vec<Fact>>, GatewayError> {
        std::future::pending().await
    }
}

/// The use cases of a server that dies while it asks the gateway about an event.
fn dying(shop: &Shop) -> Services {
    let webhooks = Arc::new(Dying(Arc::clone(&shop.reports)));
    Services::new(Ports { webhooks, ..shop.ports.clone() }, settings())
}

fn dies<T>(use_case: impl Future<Output = T>) {
    assert!(pin!(use_case).poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn an_event_whose_receiver_died_is_applied_by_others_after_a_while() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Waiting);
    let body = br#"{"id": "evt_1", "type": "payment_intent.succeeded"}"#;
    dies(dying(&shop).webhooks.receive(Some(GOOD_SIGNATURE), body));
    shop.reports.will_mean("evt_1", told(PaymentEvent::Succeeded));
    shop.later(Duration::seconds(119));
    assert_eq!(retry(&shop).unwrap(), 0, "it is in the hands of whoever received it");
    shop.later(Duration::seconds(1));
    assert_eq!(retry(&shop).unwrap(), 1);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn an_event_that_one_worker_holds_is_left_to_it_for_a_while() {
    let shop = Shop::through("stripe");
    shop.report("evt_1", SUCCEEDED, told(PaymentEvent::Succeeded)).unwrap();
    shop.later(Duration::minutes(5));
    dies(dying(&shop).webhooks.retry_due(10));
    assert_eq!(retry(&shop).unwrap(), 0);
    shop.later(Duration::minutes(2));
    assert_eq!(retry(&shop).unwrap(), 1);
}
