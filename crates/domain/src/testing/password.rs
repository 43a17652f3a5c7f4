//! Password hashing that costs nothing and hides nothing.

use async_trait::async_trait;

use crate::error::Source;
use crate::password::{Password, PasswordHash};
use crate::ports::password::{PasswordHasher, Verdict};

/// Writes a password as `plain$<password>`. A stored `outdated$<password>` matches as a hash that
/// should be made anew.
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainHasher;

impl PlainHasher {
    /// The hash of a password.
    pub fn hashed(password: &str) -> PasswordHash {
        PasswordHash::new(format!("plain${password}"))
    }

    /// A hash of a password in a scheme that is no longer used.
    pub fn outdated(password: &str) -> PasswordHash {
        PasswordHash::new(format!("outdated${password}"))
    }
}

#[async_trait]
impl PasswordHasher for PlainHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, Source> {
        Ok(Self::hashed(password.as_str()))
    }

    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, Source> {
        Ok(match hash {
            Some(hash) if hash == Self::hashed(password.as_str()) => Verdict::Matches,
            Some(hash) if hash == Self::outdated(password.as_str()) => Verdict::MatchesOutdated,
            _ => Verdict::Differs,
        })
    }
}
