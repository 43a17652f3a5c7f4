//! Where failed logins are counted, for all servers together.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::lockout::{AccountDigest, FailedLogins, Lockout};

/// Failed logins in a row. They belong to names, which need not be anybody's, so no lookup is scoped.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait LoginAttemptRepository: Send {
    /// The failures of an account; `None` where there were none.
    async fn find(&mut self, account: AccountDigest) -> Stored<Option<FailedLogins>>;

    /// As `find`, and keeps others from counting until the unit of work ends.
    async fn lock(&mut self, account: AccountDigest) -> Stored<Option<FailedLogins>>;

    /// Counts a failure as [`FailedLogins::count`] says, in one statement; `false` where the account
    /// is locked and nothing was counted. Of failures at once none is lost.
    async fn count(
        &mut self,
        account: AccountDigest,
        now: DateTime<Utc>,
        rule: Lockout,
    ) -> Stored<bool>;

    /// Forgets the failures of an account.
    async fn clear(&mut self, account: AccountDigest) -> Stored<()>;

    /// Forgets accounts without a failure since an instant, so many at most, and says how many there
    /// were. Those that others hold are left to them.
    async fn sweep(&mut self, before: DateTime<Utc>, limit: u32) -> Stored<u64>;
}
