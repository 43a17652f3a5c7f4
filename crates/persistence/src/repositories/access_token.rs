//! Keys.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::access::{Actor, Lookup, Role, Scope};
use wiwebb_domain::ids::{AccessTokenId, TenantId, UserId};
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::ports::access_token::AccessTokenRepository;
use wiwebb_domain::ports::unit_of_work::WritePosition;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::token::{
    AccessToken, AccessTokenSort, NewAccessToken, Session, TokenDigest, USE_NOTED_EVERY,
};

use super::{scoped, text};
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::Origin;
use crate::rows::access_token::{AccessTokenRow, SELECTION, access_token_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for AccessToken {
    type Row = AccessTokenRow;
    const TABLE: &'static str = "api_accesstoken";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("token.id", Kind::Int);
    const SEARCH: Searched = Searched::NOTHING;

    fn column(key: AccessTokenSort) -> Column {
        match key {
            AccessTokenSort::CreatedAt => Column::new("token.created_at", Kind::Time),
            AccessTokenSort::LastUsedAt => Column::new("token.last_used_at", Kind::Time).nullable(),
        }
    }
}

#[async_trait]
impl AccessTokenRepository for PgUnitOfWork {
    async fn insert(&mut self, token: NewAccessToken) -> Stored<AccessTokenId> {
        let id = sqlx::query_scalar!(
            "INSERT INTO api_accesstoken (user_id, key_hash, created_at, expires_at, user_agent)
             VALUES ($1, $2, $3, $4, $5)
             RETURNING id",
            token.user_id.get(),
            token.key_hash.as_bytes(),
            token.created_at,
            token.expires_at,
            text(token.user_agent.as_ref()),
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
        // Nearly always nothing is stale, and nothing but the key and its user is looked up. Requests
        // that come at once do not wait for the one of them that notes the use.
        let row = sqlx::query!(
            r#"WITH found AS (
                SELECT token.id, token.last_used_at, token.user_id, person.role, person.tenant_id,
                    (person.written_lsn - '0/0')::bigint AS written
                FROM api_accesstoken AS token
                JOIN api_user AS person ON person.id = token.user_id
                WHERE token.key_hash = $1
                    AND (token.expires_at IS NULL OR token.expires_at > $2)
                    AND person.is_active
            ), stale AS (
                SELECT id FROM api_accesstoken
                WHERE id = (SELECT id FROM found WHERE last_used_at IS NULL OR last_used_at <= $3)
                    AND (last_used_at IS NULL OR last_used_at <= $3)
                FOR NO KEY UPDATE SKIP LOCKED
            ), noted AS (
                UPDATE api_accesstoken AS used SET last_used_at = $2
                FROM stale WHERE used.id = stale.id
            )
            SELECT id AS "id!", user_id AS "user_id!", role AS "role!", tenant_id, written
            FROM found"#,
            digest.as_bytes(),
            now,
            now - USE_NOTED_EVERY,
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
                written: row.written.map(WritePosition::new),
            },
        }))
    }

    async fn find(&mut self, scope: Scope, id: AccessTokenId) -> Stored<Lookup<AccessToken>> {
        let row = access_token_row!("", "api_accesstoken", "WHERE token.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        scoped(self.settle(row)?, scope, |row| (Some(row.user_id), row.tenant_id))
    }

    async fn list(
        &mut self,
        scope: Scope,
        now: DateTime<Utc>,
        request: ListRequest<(), AccessTokenSort>,
    ) -> Listing<AccessToken> {
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let alive = "(token.expires_at IS NULL OR token.expires_at > ?)";
        let conditions = Conditions::default()
            .of_members(
                "token.user_id IN (SELECT id FROM api_user WHERE tenant_id = ?)",
                scope.tenant(),
            )
            .with("token.user_id = ?", oneself)
            .with(alive, Some(SortValue::Time(now)));
        list::page(self, conditions, request).await
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

    async fn delete_others(&mut self, user: UserId, kept: AccessTokenId) -> Stored<u64> {
        let outcome = sqlx::query!(
            "DELETE FROM api_accesstoken WHERE user_id = $1 AND id <> $2",
            user.get(),
            kept.get(),
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle_delete(outcome)?.rows_affected())
    }

    async fn sweep(&mut self, now: DateTime<Utc>, limit: u32) -> Stored<u64> {
        let outcome = sqlx::query!(
            "DELETE FROM api_accesstoken WHERE id IN (
                SELECT id FROM api_accesstoken WHERE expires_at <= $1
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
