//! Keys of users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{lookup, page};
use super::session::{Session, backend};
use super::table::{Reference, Row, Table};
use crate::access::{Actor, Lookup, Scope};
use crate::error::RepositoryError;
use crate::ids::{AccessTokenId, UserId};
use crate::page::ListRequest;
use crate::ports::access_token::AccessTokenRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::token::{
    AccessToken, AccessTokenSort, NewAccessToken, Session as KeySession, TokenDigest,
    USE_NOTED_EVERY,
};

impl Row for AccessToken {
    const KIND: EntityKind = EntityKind::AccessToken;
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference { column: "user_id", get: |token| Some(token.user_id.get()), clear: None }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.access_tokens
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.access_tokens
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        (self.key_hash == other.key_hash).then(|| backend("the digest of a key is stored already"))
    }
}

/// A key that is alive, and what it stands for.
fn session(
    state: &State,
    digest: TokenDigest,
    now: DateTime<Utc>,
) -> Option<(&AccessToken, KeySession)> {
    let mut tokens = state.access_tokens.iter();
    let token = tokens.find(|token| token.key_hash == digest)?;
    let user = state.users.get(token.user_id.get())?;
    let is_alive = !is_over(token, now) && user.is_active;
    let actor = Actor { user: user.id, role: user.role, tenant: user.tenant_id, written: None };
    is_alive.then_some((token, KeySession { token: token.id, actor }))
}

fn is_over(token: &AccessToken, now: DateTime<Utc>) -> bool {
    token.expires_at.is_some_and(|end| end <= now)
}

fn covers(state: &State, scope: Scope, token: &AccessToken) -> bool {
    let owner = state.users.get(token.user_id.get());
    scope.covers(Some(token.user_id), owner.and_then(|user| user.tenant_id))
}

#[async_trait]
impl AccessTokenRepository for Session {
    async fn insert(&mut self, token: NewAccessToken) -> Stored<AccessTokenId> {
        let make = |id| AccessToken {
            id: AccessTokenId::new(id),
            user_id: token.user_id,
            key_hash: token.key_hash,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: None,
            user_agent: token.user_agent,
        };
        self.write(|state| state.insert(make).map(|token| token.id)).await
    }

    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<KeySession>> {
        let found = self.read(|state| {
            session(state, digest, now).map(|(token, session)| (token.clone(), session))
        })?;
        let Some((token, session)) = found else {
            return Ok(None);
        };
        if token.last_used_at.is_none_or(|noted| now - noted >= USE_NOTED_EVERY) {
            let used = AccessToken { last_used_at: Some(now), ..token };
            self.write(|state| state.update(used)).await?;
        }
        Ok(Some(session))
    }

    async fn find(&mut self, scope: Scope, id: AccessTokenId) -> Stored<Lookup<AccessToken>> {
        self.read(|state| {
            let row = state.access_tokens.get(id.get()).cloned();
            lookup(row, |row| covers(state, scope, row))
        })
    }

    async fn list(
        &mut self,
        scope: Scope,
        now: DateTime<Utc>,
        request: ListRequest<(), AccessTokenSort>,
    ) -> Listing<AccessToken> {
        self.read(|state| {
            let rows = state
                .access_tokens
                .iter()
                .filter(|row| covers(state, scope, row) && !is_over(row, now))
                .cloned();
            page(rows.collect(), &request)
        })
    }

    async fn delete(&mut self, id: AccessTokenId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::AccessToken, id.get())).await
    }

    async fn delete_of_user(&mut self, user: UserId) -> Stored<u64> {
        self.write(|state| Ok(state.access_tokens.remove_where(|row| row.user_id == user))).await
    }

    async fn delete_others(&mut self, user: UserId, kept: AccessTokenId) -> Stored<u64> {
        let is_other = move |row: &AccessToken| row.user_id == user && row.id != kept;
        self.write(|state| Ok(state.access_tokens.remove_where(is_other))).await
    }

    async fn sweep(&mut self, now: DateTime<Utc>, limit: u32) -> Stored<u64> {
        self.write(|state| Ok(state.access_tokens.sweep(limit, |row| is_over(row, now)))).await
    }
}
