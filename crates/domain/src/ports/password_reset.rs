//! Where pending password resets are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::UserId;
use crate::text::EmailAddress;
use crate::token::TokenDigest;

/// A user to whom a reset link goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetRecipient {
    /// Who.
    pub user: UserId,
    /// The address as stored.
    pub email: EmailAddress,
}

/// Pending password resets.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PasswordResetRepository: Send {
    /// Stores a reset for the active user with the address, without regard to case, in one
    /// statement that costs the same whether or not there is one.
    async fn insert(
        &mut self,
        email: EmailAddress,
        digest: TokenDigest,
        now: DateTime<Utc>,
        expires_at: DateTime<Utc>,
    ) -> Stored<Option<ResetRecipient>>;

    /// Uses a reset up: `true` where the user had it and it has not expired.
    async fn redeem(
        &mut self,
        user: UserId,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<bool>;

    /// Deletes all resets of a user.
    async fn delete_of_user(&mut self, user: UserId) -> Stored<()>;

    /// Deletes resets that have expired, so many at most, and says how many there were. Those that
    /// others hold are left to them.
    async fn sweep(&mut self, now: DateTime<Utc>, limit: u32) -> Stored<u64>;
}
