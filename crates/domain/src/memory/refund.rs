//! Refunds.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::ids::{PaymentId, RefundId};
use crate::ports::Stored;
use crate::ports::refund::RefundRepository;
use crate::refund::{NewRefund, Refund, RefundStatus};
use crate::relations::EntityKind;

impl Row for Refund {
    const KIND: EntityKind = EntityKind::Refund;
    const REFERENCES: &'static [Reference<Self>] = &[Reference {
        column: "payment_id",
        get: |refund| Some(refund.payment_id.get()),
        clear: None,
    }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.refunds
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.refunds
    }

    fn keep(&mut self, stored: &Self) {
        self.payment_id = stored.payment_id;
        self.amount = stored.amount;
        self.reason.clone_from(&stored.reason);
        self.created_at = stored.created_at;
    }
}

#[async_trait]
impl RefundRepository for Session {
    async fn insert(&mut self, refund: NewRefund, now: DateTime<Utc>) -> Stored<Refund> {
        let make = |id| Refund {
            id: RefundId::new(id),
            payment_id: refund.payment_id,
            amount: refund.amount,
            status: RefundStatus::Pending,
            reason: refund.reason,
            transaction_id: None,
            created_at: now,
            updated_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<Refund>> {
        self.read(|state| {
            let of_payment = state.refunds.iter().filter(|row| row.payment_id == payment);
            let mut rows: Vec<_> = of_payment.cloned().collect();
            rows.sort_by_key(|row| Reverse((row.created_at, row.id)));
            rows
        })
    }

    async fn update(&mut self, refund: &Refund) -> Stored<()> {
        self.write(|state| state.update(refund.clone())).await
    }
}
