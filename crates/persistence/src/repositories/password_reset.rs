//! Pending password resets.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::password_reset::{PasswordResetRepository, ResetRecipient};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::EmailAddress;
use wiwebb_domain::token::TokenDigest;

use crate::rows::Origin;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl PasswordResetRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        email: EmailAddress,
        digest: TokenDigest,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Stored<Option<ResetRecipient>> {
        let row = sqlx::query!(
            "WITH recipient AS (
                SELECT id, email FROM api_user WHERE lower(email) = lower($1) AND is_active
             ), inserted AS (
                INSERT INTO api_passwordreset (user_id, token_hash, created_at, expires_at)
                SELECT id, $2, $3, $4 FROM recipient
                RETURNING user_id
             )
             SELECT recipient.id, recipient.email
             FROM inserted JOIN recipient ON recipient.id = inserted.user_id",
            email.as_str(),
            digest.as_bytes(),
            now,
            expires_at,
        )
        .fetch_optional(self.connection().await?)
        .await;
        let Some(row) = self.settle(row)? else {
            return Ok(None);
        };
        let from = Origin { kind: EntityKind::User, id: row.id };
        Ok(Some(ResetRecipient {
            user: UserId::new(row.id),
            email: from.value("email", EmailAddress::new(&row.email))?,
        }))
    }

    async fn redeem(
        &mut self,
        user: UserId,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<bool> {
        let outcome = sqlx::query!(
            "DELETE FROM api_passwordreset
             WHERE user_id = $1 AND token_hash = $2 AND expires_at > $3",
            user.get(),
            digest.as_bytes(),
            now,
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }

    async fn delete_of_user(&mut self, user: UserId) -> Stored<()> {
        let outcome = sqlx::query!("DELETE FROM api_passwordreset WHERE user_id = $1", user.get())
            .execute(self.connection().await?)
            .await;
        self.settle_delete(outcome)?;
        Ok(())
    }

    async fn sweep(&mut self, now: DateTime<Utc>, limit: u32) -> Stored<u64> {
        let outcome = sqlx::query!(
            "DELETE FROM api_passwordreset WHERE id IN (
                SELECT id FROM api_passwordreset WHERE expires_at <= $1
                LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            now,
            i64::from(limit),
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle_delete(outcome)?.rows_affected())
    }
}
