//! The inbox of gateways' reports.

use super::store::{Store, assert_missing, ids_of_nothing};
use super::transactions::both;
use crate::ids::{PaymentId, WebhookEventId};
use crate::page::{ListRequest, ascending};
use crate::ports::Stored;
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, now, text};
use crate::webhook::{
    EventStatus, NewWebhookEvent, WebhookEvent, WebhookEventFilter, WebhookEventSort,
};

impl Store {
    async fn find_event(&self, id: WebhookEventId) -> Option<WebhookEvent> {
        self.read().await.webhook_events().find(id).await.unwrap()
    }

    async fn update_event(&self, event: &WebhookEvent) -> Stored<()> {
        self.read().await.webhook_events().update(event).await
    }

    /// An event that is due from a second on.
    async fn due_event(&self, event_id: &str, second: i64) -> WebhookEvent {
        let new = samples::new_webhook_event(event_id);
        let mut statement = self.read().await;
        statement.webhook_events().store(new, now(), after(second)).await.unwrap()
    }

    /// Takes what is due at a second, until another.
    async fn take_events(&self, second: i64, lease: i64, limit: u32) -> Vec<WebhookEventId> {
        let mut statement = self.read().await;
        let events = statement.webhook_events();
        events.claim_due(after(second), after(lease), limit).await.unwrap()
    }
}

/// A body that is no longer the same when it is taken apart and put together again.
const BODY: &str = "{ \"b\":1.0, \"a\" : 1e2,\n\t\"a\": \"\\u0000 Grüße \\u00fc 😀\" }\r\n ";

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let widest = NewWebhookEvent {
        variant: text(&"ß".repeat(50)),
        event_id: text(&"é".repeat(255)),
        event_type: text(&"日".repeat(100)),
        payload: BODY.repeat(5_000),
    };
    for new in [widest, samples::new_webhook_event("evt_1")] {
        let mut unit = store.begin().await;
        let events = unit.webhook_events();
        let event = events.store(new.clone(), after(1), after(2)).await.unwrap();
        let expected = WebhookEvent {
            id: event.id,
            variant: new.variant,
            event_id: new.event_id,
            event_type: new.event_type,
            payload: new.payload,
            status: EventStatus::Received,
            payment_id: None,
            tries: 0,
            error: None,
            next_try_at: Some(after(2)),
            received_at: after(1),
            processed_at: None,
        };
        assert_eq!(event, expected);
        assert_eq!(events.find(event.id).await.unwrap().as_ref(), Some(&event));
        assert_eq!(events.lock(event.id).await.unwrap(), Some(event));
        assert_eq!(events.find(WebhookEventId::NOWHERE).await.unwrap(), None);
        assert_eq!(events.lock(WebhookEventId::new(i32::MAX)).await.unwrap(), None);
    }
}

pub(super) async fn an_event_that_comes_again_is_the_one_that_came(store: Store) {
    let mut first = store.webhook_event("evt_1").await;
    (first.status, first.tries) = (EventStatus::Processed, 1);
    (first.next_try_at, first.processed_at) = (None, Some(after(5)));
    store.update_event(&first).await.unwrap();
    let again = NewWebhookEvent {
        event_type: text("another"),
        payload: "{}".to_owned(),
        ..samples::new_webhook_event("evt_1")
    };
    let mut statement = store.read().await;
    let events = statement.webhook_events();
    let known = events.store(again, after(9), after(99)).await.unwrap();
    assert_eq!(known, first);
    assert_eq!(store.find_event(first.id).await, Some(first.clone()));

    let elsewhere =
        NewWebhookEvent { variant: text("other"), ..samples::new_webhook_event("evt_1") };
    for new in [elsewhere, samples::new_webhook_event("EVT_1")] {
        let other = events.store(new, now(), now()).await.unwrap();
        assert_ne!(other.id, first.id);
        assert_eq!(other.status, EventStatus::Received);
    }
}

pub(super) async fn of_two_simultaneous_equals_one_is_stored(store: Store) {
    for round in 0..5 {
        let name = format!("evt_{round}");
        let (a, b) = both(store.webhook_event(&name), store.webhook_event(&name)).await;
        assert_eq!(a, b, "both are told of the same one");
    }
    let page = store.read().await.webhook_events().list(ListRequest::default()).await;
    assert_eq!(page.unwrap().unwrap().items.len(), 5);
}

pub(super) async fn an_update_stores_all_but_the_gateways_own(store: Store) {
    let other = store.webhook_event("evt_2").await;
    let before = store.webhook_event("evt_1").await;
    let payment = store.payment_of("bob").await.id;
    for (tries, status) in (1..).zip(EventStatus::ALL) {
        let event = WebhookEvent {
            status,
            payment_id: Some(payment),
            tries,
            error: Some("Grüße\n😀 'quoted' \\ ".repeat(500)),
            next_try_at: None,
            processed_at: Some(after(9)),
            ..before.clone()
        };
        store.update_event(&event).await.unwrap();
        assert_eq!(store.find_event(before.id).await, Some(event));
    }
    let changed = WebhookEvent {
        variant: text("other"),
        event_id: text("evt_9"),
        event_type: text("another"),
        payload: "{}".to_owned(),
        received_at: after(99),
        ..before.clone()
    };
    store.update_event(&changed).await.unwrap();
    assert_eq!(store.find_event(before.id).await.as_ref(), Some(&before), "set once");
    let nowhere = WebhookEvent { id: WebhookEventId::new(i32::MAX), tries: 7, ..before };
    store.update_event(&nowhere).await.unwrap();
    assert_eq!(store.find_event(other.id).await, Some(other));
}

pub(super) async fn the_payment_must_exist(store: Store) {
    let event = store.webhook_event("evt_1").await;
    let changed = WebhookEvent { payment_id: Some(PaymentId::new(i32::MAX)), ..event };
    let result = store.update_event(&changed).await;
    assert_missing(result, EntityKind::WebhookEvent, "payment_id");
}

async fn listed(store: &Store, filter: WebhookEventFilter) -> Vec<WebhookEventId> {
    let order = vec![ascending(WebhookEventSort::ReceivedAt)];
    let request = ListRequest { filter, order, ..ListRequest::default() };
    let page = store.read().await.webhook_events().list(request).await;
    page.unwrap().unwrap().items.iter().map(|event| event.id).collect()
}

pub(super) async fn filters_match_exactly(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let mut ids = Vec::new();
    for (event_id, event_type, status, payment_id) in [
        ("evt_1", "invoice.paid", EventStatus::Received, None),
        ("evt_2", "invoice.paid", EventStatus::Ignored, None),
        ("EVT_2", "Invoice.paid", EventStatus::Processed, Some(payment)),
    ] {
        let event_type = text(event_type);
        let new = NewWebhookEvent { event_type, ..samples::new_webhook_event(event_id) };
        let mut statement = store.read().await;
        let events = statement.webhook_events();
        let mut event = events.store(new, now(), now()).await.unwrap();
        (event.status, event.payment_id) = (status, payment_id);
        events.update(&event).await.unwrap();
        ids.push(event.id);
    }
    let all = WebhookEventFilter::default;
    let by_status = |status| WebhookEventFilter { status: Some(status), ..all() };
    let by_type = |word: &str| WebhookEventFilter { event_type: Some(word.to_owned()), ..all() };
    let by_id = |id: &str| WebhookEventFilter { event_id: Some(id.to_owned()), ..all() };
    let by_payment = |id| WebhookEventFilter { payment: Some(id), ..all() };
    let ignored = Some(EventStatus::Ignored);
    for (filter, expected) in [
        (all(), &ids[..]),
        (by_status(EventStatus::Ignored), &ids[1..2]),
        (by_status(EventStatus::Unmatched), &[]),
        (by_type("invoice.paid"), &ids[..2]),
        (by_type("invoice"), &[]),
        (by_type("invoice.paid\0"), &[]),
        (by_id("evt_2"), &ids[1..2]),
        (by_id("evt%"), &[]),
        (by_id("evt_2\0"), &[]),
        (by_payment(payment.get().into()), &ids[2..]),
        (WebhookEventFilter { status: ignored, ..by_id("evt_1") }, &[]),
    ] {
        assert_eq!(listed(&store, filter.clone()).await, expected, "{filter:?}");
    }
    for id in ids_of_nothing(payment.get()) {
        assert_eq!(listed(&store, by_payment(id)).await, [], "{id}");
    }
}

pub(super) async fn what_is_due_is_taken_longest_due_first(store: Store) {
    let mut ids = Vec::new();
    for (number, second) in [5, 5, -5, 10, 11].into_iter().enumerate() {
        ids.push(store.due_event(&format!("evt_{number}"), second).await.id);
    }
    let never = store.due_event("evt_9", 0).await;
    store.update_event(&WebhookEvent { next_try_at: None, ..never }).await.unwrap();
    let [late, twin, early, last, ..] = ids[..] else { panic!("five were made") };
    assert_eq!(store.take_events(10, 60, 0).await, []);
    assert_eq!(store.take_events(10, 60, 2).await, [early, late]);
    assert_eq!(store.take_events(10, 60, 100).await, [twin, last]);
}

pub(super) async fn what_is_taken_is_due_again_when_the_lease_ends(store: Store) {
    let event = store.due_event("evt_1", 0).await;
    assert_eq!(store.take_events(0, 60, 9).await, [event.id]);
    for second in [0, 1, 59] {
        assert_eq!(store.take_events(second, 99, 9).await, [], "{second}");
    }
    let leased = WebhookEvent { next_try_at: Some(after(60)), ..event };
    assert_eq!(store.find_event(leased.id).await.as_ref(), Some(&leased));
    assert_eq!(store.take_events(60, 120, 9).await, [leased.id]);
}

/// Takes events in a unit of work that stays open for a moment.
async fn take_in_unit(store: &Store) -> Vec<WebhookEventId> {
    let mut unit = store.begin().await;
    let taken = unit.webhook_events().claim_due(after(10), after(60), 3).await.unwrap();
    for id in &taken {
        let locked = unit.webhook_events().lock(*id).await.unwrap();
        assert_eq!(locked.map(|event| event.next_try_at), Some(Some(after(60))));
    }
    unit.commit().await.unwrap();
    taken
}

pub(super) async fn simultaneous_takers_share_without_overlap(store: Store) {
    for round in 0..5 {
        let mut due = Vec::new();
        for number in 0..5 {
            due.push(store.due_event(&format!("evt_{round}_{number}"), number).await.id);
        }
        let (first, second) = both(take_in_unit(&store), take_in_unit(&store)).await;
        assert!(first.len() <= 3 && second.len() <= 3, "{first:?} {second:?}");
        let mut taken = [first, second].concat();
        taken.sort_unstable();
        assert_eq!(taken, due, "each once");
    }
}

async fn count_try(store: &Store, id: WebhookEventId) -> Stored<()> {
    let mut unit = store.begin().await;
    let mut event = unit.webhook_events().lock(id).await?.unwrap();
    event.tries += 1;
    unit.webhook_events().update(&event).await?;
    unit.commit().await
}

pub(super) async fn a_locked_event_waits_for_the_other_unit_of_work(store: Store) {
    let id = store.webhook_event("evt_1").await.id;
    for _ in 0..5 {
        let (a, b) = both(count_try(&store, id), count_try(&store, id)).await;
        a.unwrap();
        b.unwrap();
    }
    let found = store.find_event(id).await.unwrap();
    assert_eq!(found.tries, 10, "no try was lost");
}
