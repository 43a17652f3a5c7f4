//! What is kept about a person, and what is left of it.

use chrono::Days;
use serde_json::json;

use super::store::{Store, within};
use crate::access::Scope;
use crate::idempotency::{Claim, StoredAnswer};
use crate::ids::{PaymentId, UserId, WebhookEventId};
use crate::payment::NewPayment;
use crate::payment_log::NewPaymentLog;
use crate::personal_data::{DayOfUse, FORGOTTEN_PAYLOAD, GivenTrial, PendingReset};
use crate::refund::NewRefund;
use crate::subscription::{Subscription, SubscriptionStatus};
use crate::testing::samples::{self, after, digest, email, now, object, text};
use crate::usage::Usage;
use crate::webhook::{EventStatus, NewWebhookEvent, WebhookEvent};

/// Walks through parts of one row each; `$key` is what the next part begins behind.
macro_rules! in_parts {
    ($store:ident, $user:expr, $method:ident, $key:ident) => {{
        let (mut after, mut rows) = (None, Vec::new());
        loop {
            let mut statement = $store.read().await;
            let part = statement.personal_data().$method($user, after, 1).await.unwrap();
            assert!(part.len() <= 1, "a part is no greater than asked for");
            let Some(row) = part.into_iter().next() else { break rows };
            after = Some(row.$key);
            rows.push(row);
        }
    }};
}

impl Store {
    async fn request(&self, user: UserId, key: &str) -> crate::ids::IdempotencyId {
        let mut statement = self.read().await;
        let mark = samples::request_mark(user, key);
        match statement.idempotency().claim(mark, now(), now(), now()).await.unwrap() {
            Claim::Fresh(id) => id,
            other => panic!("the key is free, not {other:?}"),
        }
    }

    /// An event that carries a text, about a payment.
    async fn told(
        &self,
        event_id: &str,
        payload: &str,
        payment_id: Option<PaymentId>,
    ) -> WebhookEvent {
        let new =
            NewWebhookEvent { payload: payload.to_owned(), ..samples::new_webhook_event(event_id) };
        let mut statement = self.read().await;
        let mut event = statement.webhook_events().store(new, now(), after(60)).await.unwrap();
        event.tried(EventStatus::Processed, None, now());
        event.payment_id = payment_id;
        statement.webhook_events().update(&event).await.unwrap();
        event
    }

    async fn payload(&self, id: WebhookEventId) -> String {
        let mut statement = self.read().await;
        statement.webhook_events().find(id).await.unwrap().unwrap().payload
    }

    async fn forget_events(&self, user: UserId, address: &str) -> u64 {
        let mut statement = self.read().await;
        let data = statement.personal_data();
        data.forget_events(user, email(address), FORGOTTEN_PAYLOAD, after(9)).await.unwrap()
    }
}

pub(super) async fn what_can_be_much_comes_in_parts(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let plan = store.plan("Basic").await.id;
    let mut kept = Vec::new();
    for (number, user) in (1..).zip([bob, eve, bob, bob]) {
        let row = store.subscription_in(SubscriptionStatus::Canceled, number, (user, plan)).await;
        if user == bob {
            kept.push(row);
        }
    }
    let found: Vec<Subscription> = in_parts!(store, bob, subscriptions, id);
    assert_eq!(found, kept);

    let mut statement = store.read().await;
    let today = now().date_naive();
    let used = Usage { seconds: 60, octets: 7 };
    for (user, days) in [(bob, 2), (bob, 0), (eve, 1), (bob, 1)] {
        statement.usage().add(user, today - Days::new(days), used).await.unwrap();
    }
    let days: Vec<DayOfUse> = in_parts!(store, bob, usage, day);
    let expected = [2, 1, 0].map(|ago| DayOfUse { day: today - Days::new(ago), used });
    assert_eq!(days, expected);

    let mut sessions = Vec::new();
    for (user, name) in [(bob, "A"), (eve, "A"), (bob, "B")] {
        let session = statement.usage().open_session(samples::session_key(user, name), now()).await;
        sessions.push(session.unwrap());
    }
    sessions.retain(|session| session.key.user_id == bob);
    assert_eq!(in_parts!(store, bob, sessions, id), sessions);

    let answered = store.request(bob, "a").await;
    store.request(eve, "b").await;
    let running = store.request(bob, "c").await;
    let answer = StoredAnswer { status: 201, body: "{}".to_owned() };
    statement.idempotency().answer(answered, answer).await.unwrap();
    let requests = in_parts!(store, bob, requests, id);
    let told: Vec<_> = requests.iter().map(|row| (row.id, row.key.as_str(), row.status)).collect();
    assert_eq!(told, [(answered, "a", Some(201)), (running, "c", None)]);
    let mark = samples::request_mark(bob, "a");
    assert_eq!(
        (requests[0].method.as_str(), requests[0].path.as_str(), requests[0].created_at),
        (mark.method.as_str(), mark.path.as_str(), now())
    );
}

pub(super) async fn what_is_little_comes_whole(store: Store) {
    let (bob, eve) = (store.user("bob").await, store.user("eve").await);
    let plans = [store.plan("Basic").await.id, store.plan("Gold").await.id];
    let gateways = [store.gateway("Card").await.id, store.gateway("Bank").await.id];
    let mut statement = store.read().await;
    for (second, (plan, gateway)) in (1..).zip(plans.into_iter().zip(gateways)) {
        let at = after(second);
        statement.subscriptions().note_trial(bob.id, plan, at).await.unwrap();
        let name = text(&format!("cus_{second}"));
        statement.customers().insert(bob.id, gateway, name, at).await.unwrap();
        let address = bob.email.clone();
        let key = digest(u64::try_from(second).unwrap());
        statement.password_resets().insert(address, key, at, after(99)).await.unwrap();
    }
    let data = statement.personal_data();
    let given = |second: i64, plan| GivenTrial { plan_id: plan, created_at: after(second) };
    assert_eq!(data.trials(bob.id).await.unwrap(), [given(1, plans[0]), given(2, plans[1])]);
    let asked = |second| PendingReset { created_at: after(second), expires_at: after(99) };
    assert_eq!(data.password_resets(bob.id).await.unwrap(), [asked(1), asked(2)]);
    let names = data.customers(bob.id).await.unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|name| (name.gateway_id, name.customer_id.as_str(), name.created_at))
        .collect();
    assert_eq!(names, [(gateways[0], "cus_1", after(1)), (gateways[1], "cus_2", after(2))]);
    assert_eq!(data.trials(eve.id).await.unwrap(), []);
    assert_eq!(data.customers(eve.id).await.unwrap(), []);
    assert_eq!(data.password_resets(eve.id).await.unwrap(), []);
}

pub(super) async fn events_of_a_users_payments_are_named(store: Store) {
    let payment = store.payment_of("bob").await;
    let other = store.payment_of("eve").await;
    let first = store.told("evt_1", "{}", Some(payment.id)).await;
    store.told("evt_2", "{}", Some(other.id)).await;
    store.told("evt_3", "{}", None).await;
    let last = store.told("evt_4", "{}", Some(payment.id)).await;
    let names = in_parts!(store, payment.user_id, events, id);
    for (name, event) in names.iter().zip([&first, &last]) {
        assert_eq!((name.id, &name.event_id), (event.id, &event.event_id));
        assert_eq!(name.event_type, event.event_type);
        assert_eq!((name.payment_id, name.received_at), (payment.id, event.received_at));
    }
    assert_eq!(names.len(), 2);
}

pub(super) async fn what_gateways_told_of_a_user_is_forgotten(store: Store) {
    let bob = store.user("bob").await.id;
    let (gateway, plan) = (store.gateway("Card").await.id, store.plan("Basic").await.id);
    let new =
        NewPayment { transaction_id: Some(text("pi_bob")), ..samples::new_payment(bob, gateway) };
    let payment = store.add_payment(new).await.id;
    let row = store.subscription_in(SubscriptionStatus::Canceled, 1, (bob, plan)).await;
    let row = Subscription { external_id: Some(text("sub_bob")), ..row };
    store.update_subscription(&row).await.unwrap();
    let mut statement = store.read().await;
    statement.customers().insert(bob, gateway, text("cus_bob"), now()).await.unwrap();
    let others = store.payment_of("eve").await.id;

    let own = format!(r#"{{"x":"{}"}}"#, row.subscription_id);
    let mut about = vec![store.told("evt_0", r#"{"name":"Bob"}"#, Some(payment)).await.id];
    for (number, payload) in [
        r#"{"customer":"cus_bob"}"#,
        r#"{"a":[{"subscription":"sub_bob"}]}"#,
        r#"{"payment_intent" : "pi_bob" }"#,
        r#"{"email":"BOB@mail.example"}"#,
        own.as_str(),
    ]
    .into_iter()
    .enumerate()
    {
        about.push(store.told(&format!("evt_about{number}"), payload, None).await.id);
    }
    let mut apart = Vec::new();
    for (number, (payload, payment)) in [
        (r#"{"customer":"cus_bobby"}"#, None),
        (r#"{"email":"xbob@mail.example"}"#, None),
        (r#"{"customer":"cus_bob"}"#, Some(others)),
        (r#"{"n":1}"#, None),
    ]
    .into_iter()
    .enumerate()
    {
        apart.push((store.told(&format!("evt_apart{number}"), payload, payment).await.id, payload));
    }
    assert_eq!(store.forget_events(bob, "Bob@mail.example").await, about.len() as u64);
    for id in about {
        assert_eq!(store.payload(id).await, FORGOTTEN_PAYLOAD);
    }
    for (id, payload) in apart {
        assert_eq!(store.payload(id).await, payload);
    }
    assert_eq!(store.forget_events(bob, "Bob@mail.example").await, 0, "nothing is left of it");
}

pub(super) async fn an_event_that_was_not_settled_is_not_tried_again(store: Store) {
    let payment = store.payment_of("bob").await;
    let settled = store.told("evt_1", r#"{"n":1}"#, Some(payment.id)).await;
    let mut event = store.webhook_event("evt_2").await;
    event.tried(EventStatus::Unmatched, Some("why".to_owned()), after(1));
    event.payment_id = Some(payment.id);
    let mut statement = store.read().await;
    statement.webhook_events().update(&event).await.unwrap();
    assert_eq!(store.forget_events(payment.user_id, "bob@mail.example").await, 2);
    let events = statement.webhook_events();
    let found = events.find(event.id).await.unwrap().unwrap();
    assert_eq!((found.status, found.next_try_at), (EventStatus::Ignored, None));
    assert_eq!(found.processed_at, Some(after(9)));
    let found = events.find(settled.id).await.unwrap().unwrap();
    assert_eq!(found, WebhookEvent { payload: FORGOTTEN_PAYLOAD.to_owned(), ..settled });
    let due = events.claim_due(after(1_000_000), after(1_000_060), 9).await.unwrap();
    assert_eq!(due, []);
}

pub(super) async fn free_texts_of_payments_are_forgotten(store: Store) {
    let (own, other) = (store.payment_of("bob").await, store.payment_of("eve").await);
    let mut statement = store.read().await;
    let (mut entries, mut refunds) = (Vec::new(), Vec::new());
    for payment in [own.id, other.id] {
        let message = Some("Bob's card".to_owned());
        let entry = NewPaymentLog { message, ..samples::new_payment_log(payment) };
        entries.push(statement.payment_logs().insert(entry, now()).await.unwrap());
        let bare = NewPaymentLog { message: None, ..samples::new_payment_log(payment) };
        statement.payment_logs().insert(bare, now()).await.unwrap();
        let refund =
            NewRefund { reason: Some(text("Bob was cross")), ..samples::new_refund(payment) };
        refunds.push(statement.refunds().insert(refund, now()).await.unwrap());
    }
    let data = statement.personal_data();
    assert_eq!(data.forget_messages(own.user_id).await.unwrap(), 1);
    assert_eq!(data.forget_messages(own.user_id).await.unwrap(), 0);
    assert_eq!(data.forget_reasons(own.user_id, after(5)).await.unwrap(), 1);
    assert_eq!(data.forget_reasons(own.user_id, after(6)).await.unwrap(), 0);

    let logs = statement.payment_logs().list(own.id).await.unwrap();
    assert!(logs.iter().all(|entry| entry.message.is_none()));
    assert!(logs.iter().any(|entry| entry.data == entries[0].data), "the data stay");
    let [refund] = statement.refunds().list(own.id).await.unwrap().try_into().unwrap();
    assert_eq!((refund.reason, refund.updated_at), (None, after(5)));
    let logs = statement.payment_logs().list(other.id).await.unwrap();
    assert!(logs.contains(&entries[1]));
    assert_eq!(statement.refunds().list(other.id).await.unwrap(), refunds[1..]);
}

pub(super) async fn a_name_in_the_audit_log_is_replaced_where_the_actor_is_meant(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let mut statement = store.read().await;
    let mut ids = Vec::new();
    for (actor, details) in [
        (bob, json!({"changed_by": "bob@old.example", "old_role": "admin"})),
        (eve, json!({"changed_by": "bob@old.example"})),
        (bob, json!({"old_role": "admin"})),
    ] {
        let mut entry = samples::new_audit_log(actor, bob);
        entry.details = object(details);
        ids.push(statement.audit_logs().insert(entry).await.unwrap());
    }
    let address = email("deleted-1@deleted.invalid");
    for renamed in [1, 0] {
        let data = statement.personal_data();
        assert_eq!(data.rename_in_audit_log(bob, address.clone()).await.unwrap(), renamed);
    }
    let mut details = Vec::new();
    for id in ids {
        let found = statement.audit_logs().find(Scope::Everything, id).await.unwrap();
        details.push(serde_json::Value::Object(within(found).entry.details));
    }
    assert_eq!(
        details,
        [
            json!({"changed_by": "deleted-1@deleted.invalid", "old_role": "admin"}),
            json!({"changed_by": "bob@old.example"}),
            json!({"old_role": "admin"}),
        ]
    );
}
