//! Keys.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::ids::{AccessTokenId, TenantId, UserId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::access_token::AccessTokenRepository;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::token::{Session, TokenDigest};

use crate::rows::Origin;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl AccessTokenRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        user: UserId,
        digest: TokenDigest,
        now: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Stored<AccessTokenId> {
        let id = sqlx::query_scalar!(
            "INSERT INTO api_accesstoken (user_id, key_hash, created_at, expires_at)
             VALUES ($1, $2, $3, $4)
             RETURNING id",
            user.get(),
            digest.as_bytes(),
            now,
            expires_at,
        )
        .fetch_one(self.connection().await?)
        .await;
        self.settle(id).map(AccessTokenId::new)
    }

    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<Session>> {
        let row = sqlx::query!(
            "SELECT token.id, token.user_id, person.role, person.tenant_id
             FROM api_accesstoken AS token
             JOIN api_user AS person ON person.id = token.user_id
             WHERE token.key_hash = $1
                AND (token.expires_at IS NULL OR token.expires_at > $2)
                AND person.is_active",
            digest.as_bytes(),
            now,
        )
        .fetch_optional(self.connection().await?)
        .await;
        let Some(row) = self.settle(row)? else {
            return Ok(None);
        };
        let from = Origin { kind: EntityKind::User, id: row.user_id };
        Ok(Some(Session {
            token: AccessTokenId::new(row.id),
            actor: Actor {
                user: UserId::new(row.user_id),
                role: from.word("role", &row.role, Role::parse)?,
                tenant: row.tenant_id.map(TenantId::new),
            },
        }))
    }

    async fn delete(&mut self, id: AccessTokenId) -> Stored<bool> {
        let outcome = sqlx::query!("DELETE FROM api_accesstoken WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }

    async fn delete_of_user(&mut self, user: UserId) -> Stored<u64> {
        let outcome = sqlx::query!("DELETE FROM api_accesstoken WHERE user_id = $1", user.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected())
    }
}
