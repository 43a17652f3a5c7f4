//! Orders to gateways.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::{Session, backend};
use super::table::{Reference, Row, Table};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::{OperationId, PaymentId, RefundId};
use crate::operation::{NewOperation, OperationKind, PaymentOperation};
use crate::ports::Stored;
use crate::ports::operation::OperationRepository;
use crate::relations::EntityKind;

impl Row for PaymentOperation {
    const KIND: EntityKind = EntityKind::PaymentOperation;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference {
            column: "payment_id",
            get: |operation| Some(operation.payment_id.get()),
            clear: None,
        },
        Reference {
            column: "refund_id",
            get: |operation| operation.refund_id.map(RefundId::get),
            clear: None,
        },
    ];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.operations
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.operations
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        let excludes = |row: &Self| !row.done && row.kind != OperationKind::Refund;
        if self.payment_id == other.payment_id && excludes(self) && excludes(other) {
            return Some(RepositoryError::Taken(UniqueKey::OpenOperation));
        }
        (self.key == other.key).then(|| backend("the key of an order is stored already"))
    }

    fn keep(&mut self, stored: &Self) {
        let Self { done, tries, next_try_at, .. } = *self;
        *self = Self { done, tries, next_try_at, ..stored.clone() };
    }
}

#[async_trait]
impl OperationRepository for Session {
    async fn insert(
        &mut self,
        operation: NewOperation,
        now: DateTime<Utc>,
    ) -> Stored<PaymentOperation> {
        let make = |id| PaymentOperation {
            id: OperationId::new(id),
            payment_id: operation.payment_id,
            kind: operation.kind,
            refund_id: operation.refund_id,
            amount: operation.amount,
            key: operation.key,
            done: false,
            tries: 0,
            next_try_at: operation.next_try_at,
            created_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn lock(&mut self, id: OperationId) -> Stored<Option<PaymentOperation>> {
        self.read(|state| state.operations.get(id.get()).cloned())
    }

    async fn is_open(&mut self, payment: PaymentId) -> Stored<bool> {
        self.read(|state| state.operations.iter().any(|row| row.payment_id == payment && !row.done))
    }

    async fn update(&mut self, operation: &PaymentOperation) -> Stored<()> {
        self.write(|state| state.update(operation.clone())).await
    }

    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<PaymentOperation>> {
        self.write(|state| {
            let is_due = |row: &&PaymentOperation| !row.done && row.next_try_at <= now;
            let mut rows: Vec<_> = state.operations.iter().filter(is_due).cloned().collect();
            rows.sort_by_key(|row| (row.next_try_at, row.id));
            rows.truncate(limit as usize);
            for row in &mut rows {
                row.next_try_at = lease;
                state.operations.put(row.clone());
            }
            Ok(rows)
        })
        .await
    }
}
