//! Password hashing, from outside: it is slow on purpose and needs threads of its own.

use async_trait::async_trait;

use crate::error::Source;
use crate::password::{Password, PasswordHash};

/// What a check of a password said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is the password.
    Matches,
    /// It is the password, but the hash should be made anew: another scheme or weaker cost.
    MatchesOutdated,
    /// It is another one.
    Differs,
}

/// Makes and checks password hashes.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// A fresh salted hash of at most 128 characters.
    async fn hash(&self, password: Password) -> Result<PasswordHash, Source>;

    /// Checks a password. `None` in the place of a hash must cost the same time and differ, so
    /// that nobody learns by the clock which users exist (contract §3.1).
    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, Source>;
}
