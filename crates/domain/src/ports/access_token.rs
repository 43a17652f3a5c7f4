//! Where keys are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::access::{Lookup, Scope};
use crate::ids::{AccessTokenId, UserId};
use crate::page::ListRequest;
use crate::token::{AccessToken, AccessTokenSort, NewAccessToken, Session, TokenDigest};

/// Keys of users.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait AccessTokenRepository: Send {
    /// Stores a fresh key. Errors: `MissingReference`.
    async fn insert(&mut self, token: NewAccessToken) -> Stored<AccessTokenId>;

    /// What a key stands for at an instant, in one statement: `None` for an unknown or expired
    /// key and for one of an inactive user. The use of a key that is alive is noted by the way,
    /// where that was last done [`crate::token::USE_NOTED_EVERY`] ago or longer; requests that come
    /// at once do not wait for each other.
    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<Session>>;

    /// Finds a key, be it expired or not.
    async fn find(&mut self, scope: Scope, id: AccessTokenId) -> Stored<Lookup<AccessToken>>;

    /// A page of the keys that have not expired. There is neither filter nor search.
    async fn list(
        &mut self,
        scope: Scope,
        now: DateTime<Utc>,
        request: ListRequest<(), AccessTokenSort>,
    ) -> Listing<AccessToken>;

    /// Deletes a key; `false` where there is none.
    async fn delete(&mut self, id: AccessTokenId) -> Stored<bool>;

    /// Deletes all keys of a user and says how many there were.
    async fn delete_of_user(&mut self, user: UserId) -> Stored<u64>;

    /// Deletes all keys of a user but one and says how many there were.
    async fn delete_others(&mut self, user: UserId, kept: AccessTokenId) -> Stored<u64>;

    /// Deletes keys that have expired, so many at most, and says how many there were. Those that
    /// others hold are left to them.
    async fn sweep(&mut self, now: DateTime<Utc>, limit: u32) -> Stored<u64>;
}
