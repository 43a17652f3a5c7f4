//! Where keys are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::{AccessTokenId, UserId};
use crate::token::{Session, TokenDigest};

/// Keys of users.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait AccessTokenRepository: Send {
    /// Stores a fresh key. Errors: `MissingReference`.
    async fn insert(
        &mut self,
        user: UserId,
        digest: TokenDigest,
        now: DateTime<Utc>,
        expires_at: Option<DateTime<Utc>>,
    ) -> Stored<AccessTokenId>;

    /// What a key stands for at an instant, in one statement: `None` for an unknown or expired
    /// key and for one of an inactive user.
    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<Session>>;

    /// Deletes a key; `false` where there is none.
    async fn delete(&mut self, id: AccessTokenId) -> Stored<bool>;

    /// Deletes all keys of a user and says how many there were.
    async fn delete_of_user(&mut self, user: UserId) -> Stored<u64>;
}
