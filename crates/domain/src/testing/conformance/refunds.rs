//! Refunds.

use super::store::{Store, assert_missing};
use crate::ids::{PaymentId, RefundId};
use crate::refund::{NewRefund, Refund, RefundStatus};
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, money, now, text};

/// Every column at its greatest width.
fn widest(payment: PaymentId) -> NewRefund {
    NewRefund {
        payment_id: payment,
        amount: money("99999999.99", "USD").amount(),
        reason: Some(text(&"ß".repeat(200))),
    }
}

impl Store {
    async fn refund(&self, payment: PaymentId) -> Refund {
        let mut statement = self.read().await;
        let new = samples::new_refund(payment);
        statement.refunds().insert(new, now()).await.unwrap()
    }

    async fn refunds_of(&self, payment: PaymentId) -> Vec<Refund> {
        self.read().await.refunds().list(payment).await.unwrap()
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    for (name, make) in
        [("wide", widest as fn(PaymentId) -> NewRefund), ("plain", samples::new_refund)]
    {
        let payment = store.payment_of(name).await.id;
        let new = make(payment);
        let mut unit = store.begin().await;
        let refunds = unit.refunds();
        let refund = refunds.insert(new.clone(), after(1)).await.unwrap();
        let expected = Refund {
            id: refund.id,
            payment_id: payment,
            amount: new.amount,
            status: RefundStatus::Pending,
            reason: new.reason,
            transaction_id: None,
            created_at: after(1),
            updated_at: after(1),
        };
        assert_eq!(refund, expected);
        assert_eq!(refunds.list(payment).await.unwrap(), [expected]);
    }
}

pub(super) async fn an_update_stores_status_and_transaction_alone(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let other = store.refund(payment).await;
    let mut refund = store.refund(payment).await;
    let mut statement = store.read().await;
    for (second, status, transaction) in [
        (1, RefundStatus::Succeeded, Some(text(&"é".repeat(255)))),
        (2, RefundStatus::Failed, None),
        (3, RefundStatus::Pending, Some(text("t1"))),
    ] {
        (refund.status, refund.transaction_id) = (status, transaction);
        refund.updated_at = after(second);
        statement.refunds().update(&refund).await.unwrap();
        assert_eq!(store.refunds_of(payment).await, [refund.clone(), other.clone()]);
    }
    let elsewhere = store.payment_of("eve").await.id;
    let changed = Refund {
        payment_id: elsewhere,
        amount: money("1.00", "USD").amount(),
        reason: Some(text("why")),
        created_at: after(99),
        updated_at: after(4),
        ..refund.clone()
    };
    statement.refunds().update(&changed).await.unwrap();
    refund.updated_at = after(4);
    assert_eq!(store.refunds_of(payment).await, [refund.clone(), other.clone()], "set once");

    let nowhere = Refund { id: RefundId::new(i32::MAX), ..other.clone() };
    statement.refunds().update(&nowhere).await.unwrap();
    assert_eq!(store.refunds_of(payment).await, [refund, other]);
}

pub(super) async fn refunds_come_newest_first(store: Store) {
    let payment = store.payment_of("bob").await.id;
    let other = store.payment_of("eve").await.id;
    let mut statement = store.read().await;
    let refunds = statement.refunds();
    let mut stored = Vec::new();
    for (of, second) in [(payment, 1), (payment, 3), (payment, 1), (payment, 0), (other, 2)] {
        let new = samples::new_refund(of);
        stored.push(refunds.insert(new, after(second)).await.unwrap());
    }
    let expected = [1, 2, 0, 3].map(|index| stored[index].clone());
    assert_eq!(refunds.list(payment).await.unwrap(), expected);
    let nowhere = refunds.list(PaymentId::new(i32::MAX)).await.unwrap();
    assert_eq!(nowhere, []);
}

pub(super) async fn a_refund_needs_its_payment(store: Store) {
    let new = samples::new_refund(PaymentId::new(i32::MAX));
    let mut statement = store.read().await;
    let result = statement.refunds().insert(new, now()).await;
    assert_missing(result, EntityKind::Refund, "payment_id");
}
