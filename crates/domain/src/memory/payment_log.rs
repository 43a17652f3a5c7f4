//! The history of payments.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::ids::{PaymentId, PaymentLogId};
use crate::payment_log::{NewPaymentLog, PaymentLog};
use crate::ports::Stored;
use crate::ports::payment_log::PaymentLogRepository;
use crate::relations::EntityKind;

impl Row for PaymentLog {
    const KIND: EntityKind = EntityKind::PaymentLog;
    const REFERENCES: &'static [Reference<Self>] = &[Reference {
        column: "payment_id",
        get: |entry| Some(entry.payment_id.get()),
        clear: None,
    }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.payment_logs
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.payment_logs
    }
}

#[async_trait]
impl PaymentLogRepository for Session {
    async fn insert(&mut self, entry: NewPaymentLog, now: DateTime<Utc>) -> Stored<PaymentLog> {
        let make = |id| PaymentLog {
            id: PaymentLogId::new(id),
            payment_id: entry.payment_id,
            event_type: entry.event_type,
            message: entry.message,
            data: entry.data,
            created_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<PaymentLog>> {
        self.read(|state| {
            let mut rows: Vec<_> = state
                .payment_logs
                .iter()
                .filter(|row| row.payment_id == payment)
                .cloned()
                .collect();
            rows.sort_by_key(|row| Reverse((row.created_at, row.id)));
            rows
        })
    }
}
