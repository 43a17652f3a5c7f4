//! Answers under idempotency keys.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::idempotency::{Claim, RequestMark, StoredAnswer};
use wiwebb_domain::ids::{IdempotencyId, PaymentId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::idempotency::IdempotencyRepository;

use crate::rows::idempotency::KeyRow;
use crate::unit_of_work::PgUnitOfWork;

/// How often a key is asked for that is given free between being refused and being read.
const TRIES: u8 = 5;

/// How many rows that nobody asks for any more go with every claim. More than one that comes, so
/// that the table does not grow beyond what is kept.
const SWEPT: i64 = 10;

#[async_trait]
impl IdempotencyRepository for PgUnitOfWork {
    async fn claim(
        &mut self,
        mark: RequestMark,
        now: DateTime<Utc>,
        kept_since: DateTime<Utc>,
        running_since: DateTime<Utc>,
    ) -> Stored<Claim> {
        self.sweep(kept_since).await?;
        for _ in 0..TRIES {
            if let Some(id) = self.take(&mark, now, kept_since, running_since).await? {
                return Ok(Claim::Fresh(id));
            }
            if let Some(row) = self.taken(&mark).await? {
                return row.claim(mark.body, running_since);
            }
        }
        Err(RepositoryError::Retryable("the idempotency key was never at rest".into()))
    }

    async fn attach(&mut self, id: IdempotencyId, payment: PaymentId) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_idempotencykey SET payment_id = $2 WHERE id = $1",
            id.get(),
            payment.get(),
        )
        .execute(self.connection().await?)
        .await;
        if self.settle(outcome)?.rows_affected() == 0 {
            // Another request has the key by now and takes the step; this one must not.
            return Err(RepositoryError::Retryable("the idempotency key was lost".into()));
        }
        Ok(())
    }

    async fn answer(&mut self, id: IdempotencyId, answer: StoredAnswer) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_idempotencykey SET status = $2, body = $3 WHERE id = $1",
            id.get(),
            i32::from(answer.status),
            answer.body,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn release(&mut self, id: IdempotencyId) -> Stored<()> {
        let outcome = sqlx::query!("DELETE FROM payment_idempotencykey WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        self.settle_delete(outcome)?;
        Ok(())
    }
}

impl PgUnitOfWork {
    /// Forgets some rows of any key, the oldest first. Rows that others hold are left to them.
    async fn sweep(&mut self, before: DateTime<Utc>) -> Stored<()> {
        let outcome = sqlx::query!(
            "DELETE FROM payment_idempotencykey WHERE id IN (
                SELECT id FROM payment_idempotencykey WHERE created_at < $1
                ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            before,
            SWEPT,
        )
        .execute(self.connection().await?)
        .await;
        self.settle_delete(outcome)?;
        Ok(())
    }

    /// Takes a key that nobody has or that was forgotten; `None` where another request has it. Who
    /// takes a forgotten key takes it under a new id, so that an answer that comes late for the old
    /// one finds no row.
    async fn take(
        &mut self,
        mark: &RequestMark,
        now: DateTime<Utc>,
        kept_since: DateTime<Utc>,
        running_since: DateTime<Utc>,
    ) -> Stored<Option<IdempotencyId>> {
        let id = sqlx::query_scalar!(
            "INSERT INTO payment_idempotencykey AS kept
                (user_id, method, path, key, body_digest, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (user_id, method, path, key) DO UPDATE
             SET id = excluded.id, body_digest = excluded.body_digest, payment_id = NULL,
                 status = NULL, body = NULL, created_at = excluded.created_at
             WHERE kept.created_at < $7
                OR (kept.created_at < $8 AND kept.status IS NULL AND kept.payment_id IS NULL)
             RETURNING id",
            mark.user.get(),
            mark.method,
            mark.path,
            mark.key.as_str(),
            mark.body.as_bytes(),
            now,
            kept_since,
            running_since,
        )
        .fetch_optional(self.connection().await?)
        .await;
        Ok(self.settle(id)?.map(IdempotencyId::new))
    }

    /// The request that has a key.
    async fn taken(&mut self, mark: &RequestMark) -> Stored<Option<KeyRow>> {
        let row = sqlx::query_as!(
            KeyRow,
            "SELECT id, body_digest, payment_id, status, body, created_at
             FROM payment_idempotencykey
             WHERE user_id = $1 AND method = $2 AND path = $3 AND key = $4",
            mark.user.get(),
            mark.method,
            mark.path,
            mark.key.as_str(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)
    }
}
