//! The history of payments.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is_id, is_text, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::access::Scope;
use crate::ids::{PaymentId, PaymentLogId};
use crate::page::ListRequest;
use crate::payment_log::{NewPaymentLog, PaymentLog, PaymentLogFilter, PaymentLogSort};
use crate::ports::payment_log::PaymentLogRepository;
use crate::ports::{Listing, Stored};
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

fn covers(state: &State, scope: Scope, entry: &PaymentLog) -> bool {
    let payment = state.payments.get(entry.payment_id.get());
    let payer = payment.and_then(|payment| state.users.get(payment.user_id.get()));
    payer.is_some_and(|payer| scope.covers(Some(payer.id), payer.tenant_id))
}

fn matches(entry: &PaymentLog, filter: &PaymentLogFilter) -> bool {
    let PaymentLogFilter { payment, event_type } = filter;
    is_id(*payment, Some(entry.payment_id.get()))
        && is_text(event_type.as_ref(), Some(entry.event_type.as_str()))
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

    async fn find(&mut self, id: PaymentLogId) -> Stored<Option<PaymentLog>> {
        self.read(|state| state.payment_logs.get(id.get()).cloned())
    }

    async fn page(
        &mut self,
        scope: Scope,
        request: ListRequest<PaymentLogFilter, PaymentLogSort>,
    ) -> Listing<PaymentLog> {
        self.read(|state| {
            let rows = state.payment_logs.iter().filter(|row| {
                covers(state, scope, row)
                    && matches(row, &request.filter)
                    && finds(
                        &request.search,
                        &[Some(row.event_type.as_str()), row.message.as_deref()],
                    )
            });
            page(rows.cloned().collect(), &request)
        })
    }
}
