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
        // A commit waits for the disk where something was written. For an address of nobody a message
        // that nobody reads is.
        let row = sqlx::query!(
            r#"WITH recipient AS (
                SELECT id, email FROM api_user WHERE lower(email) = lower($1) AND is_active
            ), inserted AS (
                INSERT INTO api_passwordreset (user_id, token_hash, created_at, expires_at)
                SELECT id, $2, $3, $4 FROM recipient
                RETURNING user_id
            ), written AS (
                SELECT CASE WHEN EXISTS (SELECT FROM recipient) THEN NULL
                    ELSE pg_logical_emit_message(true, 'wiwebb', '')::text END AS message
            )
            SELECT recipient.id AS "id?", recipient.email AS "email?", written.message
            FROM written LEFT JOIN (
                inserted JOIN recipient ON recipient.id = inserted.user_id
            ) ON true"#,
            email.as_str(),
            digest.as_bytes(),
            now,
            expires_at,
        )
        .fetch_one(self.connection().await?)
        .await;
        let row = self.settle(row)?;
        let Some((id, email)) = row.id.zip(row.email) else {
            return Ok(None);
        };
        let from = Origin { kind: EntityKind::User, id };
        Ok(Some(ResetRecipient {
            user: UserId::new(id),
            email: from.value("email", EmailAddress::new(&email))?,
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
