//! Orders to gateways.

use super::store::{Store, assert_missing, assert_taken};
use super::transactions::both;
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::{OperationId, PaymentId, RefundId};
use crate::money::Amount;
use crate::operation::{NewOperation, OperationKind, PaymentOperation};
use crate::ports::Stored;
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, money, now};

impl Store {
    async fn add_operation(&self, new: NewOperation) -> Stored<PaymentOperation> {
        self.read().await.operations().insert(new, now()).await
    }

    /// An order of a payment of its own, due from an instant on.
    async fn due(&self, name: &str, second: i64) -> PaymentOperation {
        let payment = self.payment_of(name).await.id;
        let next_try_at = after(second);
        let new = NewOperation { next_try_at, ..samples::new_operation(payment, name) };
        self.add_operation(new).await.unwrap()
    }

    async fn finish(&self, mut operation: PaymentOperation) {
        operation.done = true;
        self.read().await.operations().update(&operation).await.unwrap();
    }

    async fn found(&self, id: OperationId) -> Option<PaymentOperation> {
        let mut unit = self.begin().await;
        let found = unit.operations().lock(id).await.unwrap();
        unit.commit().await.unwrap();
        found
    }

    /// Takes what is due at a second, until another.
    async fn take(&self, second: i64, lease: i64, limit: u32) -> Vec<PaymentOperation> {
        let mut statement = self.read().await;
        let operations = statement.operations();
        operations.claim_due(after(second), after(lease), limit).await.unwrap()
    }
}

fn ids(operations: &[PaymentOperation]) -> Vec<OperationId> {
    operations.iter().map(|operation| operation.id).collect()
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let mut unit = store.begin().await;
    let refund = unit.refunds().insert(samples::new_refund(payment), now()).await;
    let refund = refund.unwrap().id;
    for (number, kind) in (0..).zip(OperationKind::ALL) {
        let new = NewOperation {
            payment_id: payment,
            kind,
            refund_id: (kind == OperationKind::Refund).then_some(refund),
            amount: if number == 0 { Amount::MAX } else { Amount::ZERO },
            key: "k".repeat(64 - number),
            next_try_at: after(99),
        };
        let operations = unit.operations();
        let mut operation = operations.insert(new.clone(), after(1)).await.unwrap();
        let expected = PaymentOperation {
            id: operation.id,
            payment_id: new.payment_id,
            kind: new.kind,
            refund_id: new.refund_id,
            amount: new.amount,
            key: new.key,
            done: false,
            tries: 0,
            next_try_at: new.next_try_at,
            created_at: after(1),
        };
        assert_eq!(operation, expected);
        assert_eq!(operations.lock(operation.id).await.unwrap(), Some(expected));
        operation.done = true;
        operations.update(&operation).await.unwrap();
    }
    let nowhere = unit.operations().lock(OperationId::new(i32::MAX)).await;
    assert_eq!(nowhere.unwrap(), None);
    let nowhere = unit.operations().lock(OperationId::NOWHERE).await;
    assert_eq!(nowhere.unwrap(), None);
}

pub(super) async fn an_update_stores_what_became_of_the_order_alone(store: Store) {
    let other = store.due("eve", 0).await;
    let mut operation = store.due("bob", 0).await;
    let mut statement = store.read().await;
    let operations = statement.operations();
    for (done, tries, second) in [(false, 1, 5), (true, 30_000, -5), (false, 0, 9)] {
        (operation.done, operation.tries) = (done, tries);
        operation.next_try_at = after(second);
        operations.update(&operation).await.unwrap();
        assert_eq!(store.found(operation.id).await.as_ref(), Some(&operation));
    }
    let changed = PaymentOperation {
        payment_id: other.payment_id,
        kind: OperationKind::Cancel,
        amount: Amount::ZERO,
        key: "another".to_owned(),
        created_at: after(99),
        done: true,
        ..operation.clone()
    };
    operations.update(&changed).await.unwrap();
    let expected = PaymentOperation { done: true, ..operation };
    assert_eq!(store.found(expected.id).await, Some(expected), "set once");

    let nowhere = PaymentOperation { id: OperationId::new(i32::MAX), done: true, ..other.clone() };
    operations.update(&nowhere).await.unwrap();
    assert_eq!(store.found(other.id).await, Some(other));
}

pub(super) async fn a_payment_has_one_open_order_at_most(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let other = store.payment_of("eve").await.id;
    let mut statement = store.read().await;
    assert!(!statement.operations().is_open(payment).await.unwrap());
    let first = store.add_operation(samples::new_operation(payment, "a")).await.unwrap();
    assert!(statement.operations().is_open(payment).await.unwrap());
    assert!(!statement.operations().is_open(other).await.unwrap());
    let capture =
        NewOperation { kind: OperationKind::Capture, ..samples::new_operation(payment, "b") };
    let result = store.add_operation(capture.clone()).await;
    assert_taken(result, UniqueKey::OpenOperation);
    store.add_operation(samples::new_operation(other, "c")).await.unwrap();

    store.finish(first.clone()).await;
    assert!(!statement.operations().is_open(payment).await.unwrap());
    let second = store.add_operation(capture).await.unwrap();
    assert!(statement.operations().is_open(payment).await.unwrap());
    let reopened = statement.operations().update(&first).await;
    assert_taken(reopened, UniqueKey::OpenOperation);
    store.finish(second).await;
    store.add_operation(samples::new_operation(payment, "d")).await.unwrap();
}

pub(super) async fn of_two_simultaneous_orders_of_a_payment_one_is_stored(store: Store) {
    for round in 0..5 {
        let payment = store.payment_of(&format!("bob{round}")).await.id;
        let order =
            |side| store.add_operation(samples::new_operation(payment, &format!("{side}{round}")));
        match both(order("a"), order("b")).await {
            (Ok(_), Err(RepositoryError::Taken(UniqueKey::OpenOperation)))
            | (Err(RepositoryError::Taken(UniqueKey::OpenOperation)), Ok(_)) => {}
            other => panic!("exactly one is stored, not {other:?}"),
        }
    }
}

/// Keys are made by the server, so one that comes twice is nothing a client could be told.
pub(super) async fn a_key_stands_for_one_order(store: Store) {
    let first = store.due("bob", 0).await;
    store.finish(first.clone()).await;
    let other = store.payment_of("eve").await.id;
    for payment in [first.payment_id, other] {
        let result = store.add_operation(samples::new_operation(payment, &first.key)).await;
        assert!(matches!(result, Err(RepositoryError::Backend(_))), "{result:?}");
    }
}

pub(super) async fn payment_and_refund_must_exist(store: Store) {
    let new = samples::new_operation(PaymentId::new(i32::MAX), "a");
    let result = store.add_operation(new).await;
    assert_missing(result, EntityKind::PaymentOperation, "payment_id");
    let payment = store.payment_of("bob").await.id;
    let new = NewOperation {
        kind: OperationKind::Refund,
        refund_id: Some(RefundId::new(i32::MAX)),
        amount: money("5.00", "USD").amount(),
        ..samples::new_operation(payment, "b")
    };
    let result = store.add_operation(new).await;
    assert_missing(result, EntityKind::PaymentOperation, "refund_id");
}

pub(super) async fn what_is_due_is_taken_longest_due_first(store: Store) {
    let late = store.due("late", 5).await;
    let twin = store.due("twin", 5).await;
    let early = store.due("early", -5).await;
    let last = store.due("last", 10).await;
    store.due("future", 11).await;
    let done = store.due("done", 0).await;
    store.finish(done).await;

    assert_eq!(store.take(10, 60, 0).await, []);
    let taken = store.take(10, 60, 2).await;
    let leased = |operation: &PaymentOperation| PaymentOperation {
        next_try_at: after(60),
        ..operation.clone()
    };
    assert_eq!(taken, [leased(&early), leased(&late)]);
    let taken = store.take(10, 60, 100).await;
    assert_eq!(taken, [leased(&twin), leased(&last)]);
}

pub(super) async fn what_is_taken_is_due_again_when_the_lease_ends(store: Store) {
    let operation = store.due("bob", 0).await;
    assert_eq!(ids(&store.take(0, 60, 9).await), [operation.id]);
    for second in [0, 1, 59] {
        assert_eq!(store.take(second, 99, 9).await, [], "{second}");
    }
    let kept = PaymentOperation { next_try_at: after(60), ..operation.clone() };
    assert_eq!(store.found(operation.id).await.as_ref(), Some(&kept));
    assert_eq!(ids(&store.take(60, 120, 9).await), [operation.id]);

    let postponed = PaymentOperation { next_try_at: after(300), tries: 1, ..kept };
    store.read().await.operations().update(&postponed).await.unwrap();
    assert_eq!(store.take(299, 400, 9).await, []);
    let taken = store.take(300, 400, 9).await;
    assert_eq!(taken, [PaymentOperation { next_try_at: after(400), ..postponed }]);
}

/// Takes orders in a unit of work that stays open for a moment.
async fn take_in_unit(store: &Store) -> Vec<OperationId> {
    let mut unit = store.begin().await;
    let taken = unit.operations().claim_due(after(10), after(60), 3).await.unwrap();
    for operation in &taken {
        let locked = unit.operations().lock(operation.id).await.unwrap();
        assert_eq!(locked.as_ref(), Some(operation));
    }
    unit.commit().await.unwrap();
    ids(&taken)
}

pub(super) async fn simultaneous_takers_share_without_overlap(store: Store) {
    for round in 0..5 {
        let mut due = Vec::new();
        for number in 0..5 {
            let operation = store.due(&format!("{round}-{number}"), number).await;
            due.push(operation.id);
        }
        let (first, second) = both(take_in_unit(&store), take_in_unit(&store)).await;
        assert!(first.len() <= 3 && second.len() <= 3, "{first:?} {second:?}");
        let mut taken = [first, second].concat();
        taken.sort_unstable();
        assert_eq!(taken, due, "each once");
    }
}
