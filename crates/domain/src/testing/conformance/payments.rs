//! Payments and their history.

use chrono::Duration;
use serde_json::json;

use super::store::{Store, assert_missing, assert_taken, ids_of_nothing, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::UniqueKey;
use crate::gateway::PaymentGatewayConfig;
use crate::ids::{GatewayId, PaymentId, UserId};
use crate::page::{ListRequest, ascending};
use crate::payment::{
    NewPayment, Patience, Payment, PaymentFilter, PaymentSort, PaymentStatus, PaymentView,
};
use crate::payment_log::{NewPaymentLog, PaymentLog};
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, money, now, object, text};

/// Every column at its greatest width.
fn widest(user: UserId, gateway: GatewayId) -> NewPayment {
    NewPayment {
        user_id: user,
        order_id: Some(text(&"ß".repeat(100))),
        payment_gateway_id: gateway,
        status: PaymentStatus::Refunded,
        total: money("99999999.99", "EUR"),
        transaction_id: Some(text(&"é".repeat(255))),
        metadata: object(json!({"名": ["Grüße \"q\" \\ 😀", 1, 2.5, null], "": {"a": true}})),
    }
}

fn stored(id: PaymentId, new: NewPayment) -> Payment {
    Payment {
        id,
        user_id: new.user_id,
        order_id: new.order_id,
        payment_gateway_id: new.payment_gateway_id,
        status: new.status,
        total: new.total,
        transaction_id: new.transaction_id,
        webhook_received: false,
        metadata: new.metadata,
        created_at: now(),
        modified_at: now(),
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let tenant = store.tenant("Acme").await.id;
    let gateway = store.gateway("Card").await;
    let bob = store.user_of("bob", Role::Subscriber, tenant).await.id;
    let stray = store.user("stray").await.id;
    let mut news = vec![widest(bob, gateway.id)];
    for status in PaymentStatus::ALL {
        let mut new = samples::new_payment(stray, gateway.id);
        (new.status, new.total) = (status, money("0", "JPY"));
        news.push(new);
    }
    for new in news {
        let mut unit = store.begin().await;
        let payments = unit.payments();
        let payment = payments.insert(new.clone(), now()).await.unwrap();
        let tenant_id = (new.user_id == bob).then_some(tenant);
        assert_eq!(payment, stored(payment.id, new));
        let view = PaymentView {
            payment,
            gateway_name: gateway.name.clone(),
            variant: gateway.variant.clone(),
            tenant_id,
        };
        let id = view.payment.id;
        let found = payments.find(Scope::Everything, id).await.unwrap();
        assert_eq!(within(found), view);
        let locked = payments.lock(Scope::Everything, id).await.unwrap();
        assert_eq!(within(locked), view);
        let page = payments.list(Scope::Everything, ListRequest::default()).await;
        assert_eq!(page.unwrap().unwrap().items, [view]);
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let bob = store.user("bob").await.id;
    let other = store.payment(bob, gateway).await;
    let mut payment = store.payment(bob, gateway).await;
    let mut statement = store.read().await;
    let widest = widest(bob, gateway);
    for (second, new) in (1..).zip([widest, samples::new_payment(bob, gateway)]) {
        payment.status = new.status;
        payment.transaction_id = new.transaction_id;
        payment.metadata = new.metadata;
        payment.webhook_received = !payment.webhook_received;
        payment.modified_at = after(second);
        statement.payments().update(&payment).await.unwrap();
        assert_eq!(store.find_payment(&payment).await.payment, payment);
    }
    assert_eq!(store.find_payment(&other).await.payment, other);

    let mut changed = other.clone();
    (changed.created_at, changed.modified_at) = (after(99), after(99));
    statement.payments().update(&changed).await.unwrap();
    let found = store.find_payment(&other).await.payment;
    assert_eq!(found.created_at, now(), "set once");
}

fn with_transaction(user: UserId, gateway: GatewayId, transaction: &str) -> NewPayment {
    NewPayment { transaction_id: Some(text(transaction)), ..samples::new_payment(user, gateway) }
}

pub(super) async fn a_transaction_is_unique_at_its_gateway(store: Store) {
    let card = store.gateway("Card").await.id;
    let cash = store.gateway("Cash").await.id;
    let bob = store.user("bob").await.id;
    store.add_payment(with_transaction(bob, card, "t1")).await;
    store.add_payment(with_transaction(bob, cash, "t1")).await;
    store.payment(bob, card).await;
    let mut without = store.payment(bob, card).await;
    let mut statement = store.read().await;
    let payments = statement.payments();
    let result = payments.insert(with_transaction(bob, card, "t1"), now());
    assert_taken(result.await, UniqueKey::GatewayTransaction);
    (without.transaction_id, without.modified_at) = (Some(text("t1")), after(1));
    let result = payments.update(&without).await;
    assert_taken(result, UniqueKey::GatewayTransaction);
    without.transaction_id = Some(text("T1"));
    payments.update(&without).await.unwrap();
}

pub(super) async fn payer_and_gateway_must_exist(store: Store) {
    let card = store.gateway("Card").await.id;
    let bob = store.user("bob").await.id;
    let mut statement = store.read().await;
    let payments = statement.payments();
    let new = samples::new_payment(UserId::new(i32::MAX), card);
    let result = payments.insert(new, now()).await;
    assert_missing(result, EntityKind::Payment, "user_id");
    let new = samples::new_payment(bob, GatewayId::new(i32::MAX));
    let result = payments.insert(new, now()).await;
    assert_missing(result, EntityKind::Payment, "payment_gateway_id");
}

pub(super) async fn the_latest_payment_of_a_transaction_is_found(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let card = store.gateway("Card").await;
    let mut new = samples::new_gateway("Stripe");
    new.variant = text("stripe");
    let stripe = store.add_gateway(new).await;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let view = |payment: &Payment, gateway: &PaymentGatewayConfig| PaymentView {
        payment: payment.clone(),
        gateway_name: gateway.name.clone(),
        variant: gateway.variant.clone(),
        tenant_id: Some(acme),
    };
    let first = store.add_payment(with_transaction(bob, stripe.id, "t1")).await;
    store.payment(bob, card.id).await;
    let find = async |transaction| {
        let mut unit = store.begin().await;
        unit.payments().lock_transaction(&text(transaction)).await.unwrap()
    };
    assert_eq!(find("t1").await, Some(view(&first, &stripe)));
    for unknown in ["t2", "T1", "%"] {
        assert_eq!(find(unknown).await, None, "{unknown}");
    }
    let second = store.add_payment(with_transaction(bob, card.id, "t1")).await;
    store.add_payment(with_transaction(bob, card.id, "t2")).await;
    assert_eq!(find("t1").await, Some(view(&second, &card)), "the other gateway's came later");
}

async fn listed(store: &Store, scope: Scope, filter: PaymentFilter) -> Vec<PaymentId> {
    let request = ListRequest {
        filter,
        order: vec![ascending(PaymentSort::CreatedAt)],
        ..ListRequest::default()
    };
    let page = store.read().await.payments().list(scope, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.iter().map(|row| row.payment.id).collect()
}

pub(super) async fn a_scope_covers_ones_own_or_the_tenants(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let card = store.gateway("Card").await.id;
    let anna = store.user_of("anna", Role::TenantOwner, acme).await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let stray = store.user("stray").await.id;
    let mut ids = Vec::new();
    for payer in [anna, bob, stray] {
        ids.push(store.payment(payer, card).await.id);
    }
    let mut unit = store.begin().await;
    let payments = unit.payments();
    let scopes = [
        (Scope::Everything, &ids[..]),
        (Scope::Tenant(acme), &ids[..2]),
        (Scope::Oneself(bob), &ids[1..2]),
        (Scope::Oneself(UserId::new(i32::MAX)), &[]),
    ];
    for (scope, visible) in scopes {
        for id in ids.iter().copied() {
            let found = payments.find(scope, id).await.unwrap();
            assert_eq!(found, payments.lock(scope, id).await.unwrap());
            if visible.contains(&id) {
                assert_eq!(within(found).payment.id, id);
            } else {
                assert_eq!(found, Lookup::Outside, "{scope:?}");
            }
        }
        let found = payments.find(scope, PaymentId::NOWHERE).await.unwrap();
        assert_eq!(found, Lookup::Nowhere);
        let found = listed(&store, scope, PaymentFilter::default()).await;
        assert_eq!(found, visible, "{scope:?}");
    }
}

pub(super) async fn filters_match_exactly_and_bounds_include_their_end(store: Store) {
    let card = store.gateway("Card").await.id;
    let mut new = samples::new_gateway("Stripe");
    new.variant = text("stripe");
    let stripe = store.add_gateway(new).await.id;
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let mut ids = Vec::new();
    for (second, (payer, gateway, status, order)) in (0..).zip([
        (bob, card, PaymentStatus::Waiting, Some("A-1")),
        (bob, stripe, PaymentStatus::Confirmed, Some("a-1")),
        (eve, stripe, PaymentStatus::Waiting, None),
    ]) {
        let mut new = samples::new_payment(payer, gateway);
        (new.status, new.order_id) = (status, order.map(text));
        let mut statement = store.read().await;
        let payment = statement.payments().insert(new, after(second)).await;
        ids.push(payment.unwrap().id);
    }
    let all = PaymentFilter::default;
    let by_status = |status| PaymentFilter { status: Some(status), ..all() };
    let by_variant = |variant: &str| PaymentFilter { variant: Some(variant.to_owned()), ..all() };
    let by_gateway = |id| PaymentFilter { payment_gateway: Some(id), ..all() };
    let by_user = |id| PaymentFilter { user: Some(id), ..all() };
    let by_order = |order: &str| PaymentFilter { order_id: Some(order.to_owned()), ..all() };
    let between = |from, to| PaymentFilter {
        created_after: Some(after(from)),
        created_before: Some(after(to)),
        ..all()
    };
    let cases = [
        (by_status(PaymentStatus::Confirmed), &ids[1..2]),
        (by_status(PaymentStatus::Error), &[]),
        (by_variant("stripe"), &ids[1..]),
        (by_variant("STRIPE"), &[]),
        (by_gateway(card.get().into()), &ids[..1]),
        (by_user(bob.get().into()), &ids[..2]),
        (by_order("A-1"), &ids[..1]),
        (by_order("%"), &[]),
        (between(0, 1), &ids[..2]),
        (between(2, 2), &ids[2..]),
        (between(2, 0), &[]),
        (PaymentFilter { user: Some(bob.get().into()), ..by_variant("stripe") }, &ids[1..2]),
    ];
    for (filter, expected) in cases {
        let found = listed(&store, Scope::Everything, filter.clone()).await;
        assert_eq!(found, expected, "{filter:?}");
    }
    let nothing = ids_of_nothing(bob.get()).map(by_user);
    let none = ids_of_nothing(card.get()).map(by_gateway);
    for filter in nothing.into_iter().chain(none) {
        let found = listed(&store, Scope::Everything, filter.clone()).await;
        assert_eq!(found, [], "{filter:?}");
    }
    let wider = listed(&store, Scope::Oneself(eve), by_user(bob.get().into())).await;
    assert_eq!(wider, [], "a filter never widens the scope");
}

pub(super) async fn the_history_comes_newest_first(store: Store) {
    let card = store.gateway("Card").await.id;
    let bob = store.user("bob").await.id;
    let payment = store.payment(bob, card).await.id;
    let other = store.payment(bob, card).await.id;
    let full = NewPaymentLog {
        payment_id: payment,
        event_type: text(&"ß".repeat(100)),
        message: Some("Grüße\n😀 'quoted' \\ ".repeat(500)),
        data: object(json!({"from": "waiting", "to": "confirmed", "名": [1, null]})),
    };
    let mut statement = store.read().await;
    let logs = statement.payment_logs();
    let mut entries = Vec::new();
    for (new, at) in [
        (samples::new_payment_log(payment), after(1)),
        (full, after(3)),
        (samples::new_payment_log(payment), after(1)),
        (samples::new_payment_log(payment), after(0)),
    ] {
        let entry = logs.insert(new.clone(), at).await.unwrap();
        let expected = PaymentLog {
            id: entry.id,
            payment_id: new.payment_id,
            event_type: new.event_type,
            message: new.message,
            data: new.data,
            created_at: at,
        };
        assert_eq!(entry, expected);
        entries.push(entry);
    }
    let foreign = samples::new_payment_log(other);
    logs.insert(foreign, after(2)).await.unwrap();
    let expected = [1, 2, 0, 3].map(|index| entries[index].clone());
    assert_eq!(logs.list(payment).await.unwrap(), expected);
    let nowhere = logs.list(PaymentId::new(i32::MAX)).await.unwrap();
    assert_eq!(nowhere, []);
}

pub(super) async fn a_history_needs_its_payment(store: Store) {
    let new = samples::new_payment_log(PaymentId::new(i32::MAX));
    let mut statement = store.read().await;
    let result = statement.payment_logs().insert(new, now()).await;
    assert_missing(result, EntityKind::PaymentLog, "payment_id");
}

pub(super) async fn a_payment_that_waits_is_taken_at_doubling_distances(store: Store) {
    let gateway = store.gateway("Card").await;
    let bob = store.user("bob").await.id;
    let patience = Patience { least: Duration::seconds(10), most: Duration::seconds(60) };
    let mut meant = None;
    for (status, transaction) in [
        (PaymentStatus::Waiting, Some("pi_1")),
        (PaymentStatus::Waiting, None),
        (PaymentStatus::Confirmed, Some("pi_2")),
    ] {
        let mut new = samples::new_payment(bob, gateway.id);
        (new.status, new.transaction_id) = (status, transaction.map(text));
        let mut unit = store.begin().await;
        let payment = unit.payments().insert(new, now()).await.unwrap();
        unit.commit().await.unwrap();
        meant.get_or_insert(payment.id);
    }
    let mut taken = Vec::new();
    for second in 0..200 {
        let mut unit = store.begin().await;
        let spared = unit.payments().claim_waiting(&["other", "dummy"], patience, after(second));
        assert_eq!(spared.await.unwrap(), None);
        let found = unit.payments().claim_waiting(&["other"], patience, after(second)).await;
        unit.commit().await.unwrap();
        if let Some(id) = found.unwrap() {
            assert_eq!(Some(id), meant);
            taken.push(second);
        }
    }
    assert_eq!(taken, [10, 20, 40, 80, 140]);
}
