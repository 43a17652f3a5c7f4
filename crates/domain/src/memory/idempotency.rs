//! Answers under idempotency keys.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::error::RepositoryError;
use crate::idempotency::{Claim, RequestMark, StoredAnswer};
use crate::ids::{IdempotencyId, PaymentId};
use crate::ports::Stored;
use crate::ports::idempotency::IdempotencyRepository;
use crate::relations::EntityKind;

/// A key that is in use. Ports show what it stands for alone, so the domain has no entity for it.
#[derive(Clone)]
pub(super) struct IdempotencyRecord {
    pub(super) id: IdempotencyId,
    pub(super) mark: RequestMark,
    pub(super) payment_id: Option<PaymentId>,
    pub(super) answer: Option<StoredAnswer>,
    pub(super) created_at: DateTime<Utc>,
}

impl IdempotencyRecord {
    /// Whether the two requests have one key, whatever they ask.
    fn has_key_of(&self, mark: &RequestMark) -> bool {
        let RequestMark { user, method, path, key, body: _ } = mark;
        self.mark.user == *user
            && self.mark.method == *method
            && self.mark.path == *path
            && self.mark.key == *key
    }

    fn is_forgotten(&self, kept_since: DateTime<Utc>, running_since: DateTime<Utc>) -> bool {
        let left_nothing = self.answer.is_none() && self.payment_id.is_none();
        self.created_at < kept_since || (left_nothing && self.created_at < running_since)
    }

    fn stands_for(&self, mark: &RequestMark, running_since: DateTime<Utc>) -> Claim {
        let same_body = self.mark.body == mark.body;
        let is_dead = self.created_at < running_since;
        Claim::of_used(same_body, self.answer.clone(), self.payment_id, is_dead)
    }
}

impl Row for IdempotencyRecord {
    const KIND: EntityKind = EntityKind::IdempotencyRecord;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference { column: "user_id", get: |record| Some(record.mark.user.get()), clear: None },
        Reference {
            column: "payment_id",
            get: |record| record.payment_id.map(PaymentId::get),
            clear: None,
        },
    ];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.idempotency
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.idempotency
    }
}

#[async_trait]
impl IdempotencyRepository for Session {
    async fn claim(
        &mut self,
        mark: RequestMark,
        now: DateTime<Utc>,
        kept_since: DateTime<Utc>,
        running_since: DateTime<Utc>,
    ) -> Stored<Claim> {
        self.write(|state| {
            state.idempotency.remove_where(|row| {
                row.has_key_of(&mark) && row.is_forgotten(kept_since, running_since)
            });
            if let Some(row) = state.idempotency.iter().find(|row| row.has_key_of(&mark)) {
                return Ok(row.stands_for(&mark, running_since));
            }
            let make = |id| IdempotencyRecord {
                id: IdempotencyId::new(id),
                mark,
                payment_id: None,
                answer: None,
                created_at: now,
            };
            state.insert(make).map(|row| Claim::Fresh(row.id))
        })
        .await
    }

    async fn attach(&mut self, id: IdempotencyId, payment: PaymentId) -> Stored<()> {
        self.write(|state| match state.idempotency.get(id.get()).cloned() {
            Some(row) => state.update(IdempotencyRecord { payment_id: Some(payment), ..row }),
            None => Err(RepositoryError::Retryable("the idempotency key was lost".into())),
        })
        .await
    }

    async fn answer(&mut self, id: IdempotencyId, answer: StoredAnswer) -> Stored<()> {
        self.write(|state| match state.idempotency.get(id.get()).cloned() {
            Some(row) => state.update(IdempotencyRecord { answer: Some(answer), ..row }),
            None => Ok(()),
        })
        .await
    }

    async fn release(&mut self, id: IdempotencyId) -> Stored<()> {
        self.write(|state| {
            state.idempotency.remove_where(|row| row.id == id);
            Ok(())
        })
        .await
    }
}
