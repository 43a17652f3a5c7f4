//! Keys of users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::{Session, backend};
use super::table::{Reference, Row, Table};
use crate::access::Actor;
use crate::error::RepositoryError;
use crate::ids::{AccessTokenId, UserId};
use crate::ports::Stored;
use crate::ports::access_token::AccessTokenRepository;
use crate::relations::EntityKind;
use crate::token::{AccessToken, Session as KeySession, TokenDigest};

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

fn session(state: &State, digest: TokenDigest, now: DateTime<Utc>) -> Option<KeySession> {
    let mut tokens = state.access_tokens.iter();
    let token = tokens.find(|token| token.key_hash == digest)?;
    let user = state.users.get(token.user_id.get())?;
    let is_alive = token.expires_at.is_none_or(|end| now < end) && user.is_active;
    is_alive.then_some(KeySession {
        token: token.id,
        actor: Actor { user: user.id, role: user.role, tenant: user.tenant_id },
    })
}

#[async_trait]
impl AccessTokenRepository for Session {
    async fn insert(
        &mut self,
        user: UserId,
        digest: TokenDigest,
        now: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Stored<AccessTokenId> {
        let make = |id| AccessToken {
            id: AccessTokenId::new(id),
            user_id: user,
            key_hash: digest,
            created_at: now,
            expires_at,
        };
        self.write(|state| state.insert(make).map(|token| token.id)).await
    }

    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<KeySession>> {
        self.read(|state| session(state, digest, now))
    }

    async fn delete(&mut self, id: AccessTokenId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::AccessToken, id.get())).await
    }

    async fn delete_of_user(&mut self, user: UserId) -> Stored<u64> {
        self.write(|state| Ok(state.access_tokens.remove_where(|row| row.user_id == user))).await
    }
}
