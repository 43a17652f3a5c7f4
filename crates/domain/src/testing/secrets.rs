//! Sealing that anybody can undo.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ports::secrets::{SecretUnreadable, Secrets};

const SEAL: &str = "sealed:";

/// Seals a secret as `sealed:<the characters from back to front>`, and has an environment of its
/// own, which is empty at first.
#[derive(Debug, Default)]
pub struct PlainSecrets(Mutex<BTreeMap<String, String>>);

impl PlainSecrets {
    /// Puts a secret into the environment.
    pub fn set(&self, name: &str, secret: &str) {
        self.environment().insert(name.to_owned(), secret.to_owned());
    }

    fn environment(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Secrets for PlainSecrets {
    fn seal(&self, secret: &str) -> Result<String, SecretUnreadable> {
        let reversed: String = secret.chars().rev().collect();
        Ok(format!("{SEAL}{reversed}"))
    }

    fn open(&self, sealed: &str) -> Result<String, SecretUnreadable> {
        let reversed = sealed.strip_prefix(SEAL).ok_or(SecretUnreadable)?;
        Ok(reversed.chars().rev().collect())
    }

    fn of_environment(&self, name: &str) -> Option<String> {
        self.environment().get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_and_nothing_else_does() {
        let secrets = PlainSecrets::default();
        let sealed = secrets.seal("sk_ü1").expect("sealed");
        assert_eq!(sealed, "sealed:1ü_ks");
        assert_eq!(secrets.open(&sealed).as_deref(), Ok("sk_ü1"));
        assert_eq!(secrets.open("sk_ü1"), Err(SecretUnreadable));
    }

    #[test]
    fn the_environment_has_what_was_put_into_it_alone() {
        let secrets = PlainSecrets::default();
        secrets.set("STRIPE_SECRET_KEY", "sk_1");
        assert_eq!(secrets.of_environment("STRIPE_SECRET_KEY").as_deref(), Some("sk_1"));
        assert_eq!(secrets.of_environment("OTHER"), None);
    }
}
