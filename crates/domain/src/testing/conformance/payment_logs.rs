//! The history of all payments together.

use super::store::{Store, ids_of_nothing};
use crate::access::{Role, Scope};
use crate::ids::{PaymentId, PaymentLogId};
use crate::page::ListRequest;
use crate::payment_log::{NewPaymentLog, PaymentLog, PaymentLogFilter};
use crate::testing::samples::{self, after, now, text};

impl Store {
    async fn entry(&self, payment: PaymentId, event_type: &str, message: &str) -> PaymentLog {
        let new = NewPaymentLog {
            event_type: text(event_type),
            message: (!message.is_empty()).then(|| message.to_owned()),
            ..samples::new_payment_log(payment)
        };
        self.read().await.payment_logs().insert(new, now()).await.unwrap()
    }

    async fn entries(
        &self,
        scope: Scope,
        filter: PaymentLogFilter,
        search: &[&str],
    ) -> Vec<PaymentLogId> {
        let search = search.iter().map(|&word| word.to_owned()).collect();
        let request = ListRequest { filter, search, ..ListRequest::default() };
        let page = self.read().await.payment_logs().page(scope, request).await;
        page.unwrap().unwrap().items.into_iter().map(|entry| entry.id).collect()
    }
}

pub(super) async fn every_column_comes_back_as_stored_newest_first(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let plain = store.entry(payment, "payment.created", "").await;
    let new = NewPaymentLog {
        message: Some("Grüße".to_owned()),
        data: samples::object(serde_json::json!({"from": "waiting", "to": "confirmed"})),
        ..samples::new_payment_log(payment)
    };
    let full = store.read().await.payment_logs().insert(new, after(1)).await.unwrap();
    let mut statement = store.read().await;
    let page = statement.payment_logs().page(Scope::Everything, ListRequest::default()).await;
    assert_eq!(page.unwrap().unwrap().items, [full, plain]);
}

pub(super) async fn a_scope_covers_ones_own_or_the_tenants(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let (acme, other) = (store.tenant("Acme").await.id, store.tenant("Other").await.id);
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let ann = store.user_of("ann", Role::TenantOwner, acme).await.id;
    let eve = store.user_of("eve", Role::Subscriber, other).await.id;
    let stray = store.user("stray").await.id;
    let mut entries = Vec::new();
    for payer in [bob, ann, eve, stray] {
        let payment = store.payment(payer, gateway).await.id;
        entries.push(store.entry(payment, "payment.created", "").await.id);
    }
    for (scope, seen) in [
        (Scope::Everything, &entries[..]),
        (Scope::Tenant(acme), &entries[..2]),
        (Scope::Tenant(other), &entries[2..3]),
        (Scope::Oneself(ann), &entries[1..2]),
        (Scope::Oneself(stray), &entries[3..]),
    ] {
        let found = store.entries(scope, PaymentLogFilter::default(), &[]).await;
        assert_eq!(found, seen, "{scope:?}");
    }
}

pub(super) async fn filters_match_exactly(store: Store) {
    let (bob, eve) = (store.payment_of("bob").await, store.payment_of("eve").await);
    let made = store.entry(bob.id, "payment.created", "").await.id;
    let moved = store.entry(bob.id, "payment.status_changed", "").await.id;
    let other = store.entry(eve.id, "payment.created", "").await.id;
    let id = |payment: PaymentId| Some(i64::from(payment.get()));
    let all = Scope::Everything;
    for (payment, event_type, expected) in [
        (None, None, vec![made, moved, other]),
        (id(bob.id), None, vec![made, moved]),
        (None, Some("payment.created"), vec![made, other]),
        (id(eve.id), Some("payment.status_changed"), vec![]),
        (None, Some("payment"), vec![]),
        (None, Some("Payment.created"), vec![]),
        (None, Some("payment.created\0"), vec![]),
    ] {
        let filter = PaymentLogFilter { payment, event_type: event_type.map(str::to_owned) };
        assert_eq!(store.entries(all, filter.clone(), &[]).await, expected, "{filter:?}");
    }
    for nothing in ids_of_nothing(bob.id.get()) {
        let filter = PaymentLogFilter { payment: Some(nothing), event_type: None };
        assert_eq!(store.entries(all, filter, &[]).await, [], "{nothing}");
    }
    let filter = PaymentLogFilter { payment: id(eve.id), event_type: None };
    assert_eq!(store.entries(Scope::Oneself(bob.user_id), filter, &[]).await, []);
}

pub(super) async fn messages_and_events_are_searched(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let declined = store.entry(payment, "payment.created", "Card DECLINED by the bank").await.id;
    let silent = store.entry(payment, "payment.declined", "").await.id;
    for (words, expected) in [
        (&["declined"][..], vec![declined, silent]),
        (&["PAYMENT.decl"], vec![silent]),
        (&["created", "bank"], vec![declined]),
        (&["bank", "card"], vec![declined]),
        (&["bank", "cash"], vec![]),
        (&[], vec![declined, silent]),
    ] {
        let found = store.entries(Scope::Everything, PaymentLogFilter::default(), words).await;
        assert_eq!(found, expected, "{words:?}");
    }
}

pub(super) async fn an_entry_is_found_by_its_id(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let first = store.entry(payment, "payment.created", "").await;
    let second = store.entry(payment, "payment.declined", "By the bank").await;
    let mut statement = store.read().await;
    let nowhere = PaymentLogId::new(i32::MAX);
    for (id, expected) in [(first.id, Some(first)), (second.id, Some(second)), (nowhere, None)] {
        assert_eq!(statement.payment_logs().find(id).await.unwrap(), expected);
    }
}
