//! Pending password resets.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::{Session, backend};
use super::table::{Reference, Row, Table};
use super::user::with_email;
use crate::error::RepositoryError;
use crate::ids::UserId;
use crate::ports::Stored;
use crate::ports::password_reset::{PasswordResetRepository, ResetRecipient};
use crate::relations::EntityKind;
use crate::text::EmailAddress;
use crate::token::TokenDigest;

/// A reset that has not been used. No port shows one, so the domain has no entity for it.
#[derive(Clone)]
pub(super) struct PasswordReset {
    pub(super) id: i32,
    pub(super) user_id: UserId,
    pub(super) token_hash: TokenDigest,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) created_at: DateTime<Utc>,
}

impl Row for PasswordReset {
    const KIND: EntityKind = EntityKind::PasswordReset;
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference { column: "user_id", get: |reset| Some(reset.user_id.get()), clear: None }];

    fn id(&self) -> i32 {
        self.id
    }

    fn table(state: &State) -> &Table<Self> {
        &state.password_resets
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.password_resets
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        (self.token_hash == other.token_hash)
            .then(|| backend("the digest of a reset token is stored already"))
    }
}

#[async_trait]
impl PasswordResetRepository for Session {
    async fn insert(
        &mut self,
        email: EmailAddress,
        digest: TokenDigest,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Stored<Option<ResetRecipient>> {
        self.write(|state| {
            let user = with_email(state, &email.folded()).filter(|user| user.is_active);
            let Some(user) = user else {
                return Ok(None);
            };
            let recipient = ResetRecipient { user: user.id, email: user.email.clone() };
            state.insert(|id| PasswordReset {
                id,
                user_id: recipient.user,
                token_hash: digest,
                created_at: now,
                expires_at,
            })?;
            Ok(Some(recipient))
        })
        .await
    }

    async fn redeem(
        &mut self,
        user: UserId,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<bool> {
        self.write(|state| {
            let redeemed = state.password_resets.remove_where(|row| {
                row.user_id == user && row.token_hash == digest && now < row.expires_at
            });
            Ok(redeemed > 0)
        })
        .await
    }

    async fn delete_of_user(&mut self, user: UserId) -> Stored<()> {
        self.write(|state| {
            state.password_resets.remove_where(|row| row.user_id == user);
            Ok(())
        })
        .await
    }

    async fn sweep(&mut self, now: DateTime<Utc>, limit: u32) -> Stored<u64> {
        let is_over = move |row: &PasswordReset| row.expires_at <= now;
        self.write(|state| Ok(state.password_resets.sweep(limit, is_over))).await
    }
}
