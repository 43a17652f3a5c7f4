//! Keeping secrets, from outside.

use thiserror::Error as ThisError;

/// A secret cannot be sealed or opened: the key is another one, or not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("the secret cannot be sealed or opened")]
pub struct SecretUnreadable;

/// Seals secrets so that what is stored is of no use without the key that the server holds.
#[cfg_attr(feature = "test-support", mockall::automock)]
pub trait Secrets: Send + Sync {
    /// The sealed form of a secret: text.
    fn seal(&self, secret: &str) -> Result<String, SecretUnreadable>;

    /// The secret of a sealed form.
    fn open(&self, sealed: &str) -> Result<String, SecretUnreadable>;

    /// The secret that the server's environment has under a name.
    fn of_environment(&self, name: &str) -> Option<String>;
}
