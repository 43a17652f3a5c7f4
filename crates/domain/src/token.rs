//! Keys that clients sign requests with, and the one-time tokens of reset links.
//!
//! Both are random; only their SHA-256 is stored, so that a copy of the database opens nothing.

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use crate::access::Actor;
use crate::ids::{AccessTokenId, UserId};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
use crate::ports::random::Random;
use crate::text::UserAgent;

/// A secret of 160 random bits, written as 40 lower-case hexadecimal characters (contract §1.2).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken(String);

impl SecretToken {
    /// Draws a fresh one.
    pub fn draw(random: &dyn Random) -> Self {
        let mut bytes = [0; 20];
        random.fill(&mut bytes);
        Self(bytes.iter().fold(String::with_capacity(40), |mut text, byte| {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(nibble.into(), 16).unwrap_or_default());
            }
            text
        }))
    }

    /// Takes what a client sent; anything that is not of the form is no token.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        (text.len() == 40 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The characters, for their owner only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored in the token's place.
    pub fn digest(&self) -> TokenDigest {
        TokenDigest(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl std::fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretToken(..)")
    }
}

/// The SHA-256 of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Wraps 32 bytes from the store.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A key of a user; each device holds its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Identity.
    pub id: AccessTokenId,
    /// Whose.
    pub user_id: UserId,
    /// Digest of the key.
    pub key_hash: TokenDigest,
    /// When it was handed out.
    pub created_at: DateTime<Utc>,
    /// From when on it is dead; `None` is never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last, at most [`USE_NOTED_EVERY`] ago when it was used again.
    pub last_used_at: Option<DateTime<Utc>>,
    /// What it was handed out to, in the client's own words.
    pub user_agent: Option<UserAgent>,
}

/// A key about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccessToken {
    /// Whose.
    pub user_id: UserId,
    /// Digest of the key.
    pub key_hash: TokenDigest,
    /// When it is handed out.
    pub created_at: DateTime<Utc>,
    /// From when on it is dead; `None` is never.
    pub expires_at: Option<DateTime<Utc>>,
    /// What it is handed out to, in the client's own words.
    pub user_agent: Option<UserAgent>,
}

/// Orderings of the list of one's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessTokenSort {
    /// By `created_at`.
    CreatedAt,
    /// By `last_used_at`.
    LastUsedAt,
}

impl SortKey for AccessTokenSort {
    const NAMES: &'static [(&'static str, Self)] =
        &[("created_at", Self::CreatedAt), ("last_used_at", Self::LastUsedAt)];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::CreatedAt)];
}

impl Listed for AccessToken {
    type Key = AccessTokenSort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, key: AccessTokenSort) -> SortValue {
        match key {
            AccessTokenSort::CreatedAt => self.created_at.into(),
            AccessTokenSort::LastUsedAt => self.last_used_at.into(),
        }
    }
}

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The key, for logging out with it.
    pub token: AccessTokenId,
    /// On whose behalf.
    pub actor: Actor,
}

/// How often the use of a key is noted: a request is no reason to write.
pub const USE_NOTED_EVERY: Duration = Duration::minutes(5);

/// A reset link works for three days (contract §3.6).
pub const PASSWORD_RESET_LIFE: Duration = Duration::days(3);

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;
    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xa7);
        }
    }

    #[test]
    fn a_token_is_forty_lower_case_hex_characters() {
        let token = SecretToken::draw(&Fixed);
        assert_eq!(token.reveal(), "a7".repeat(20));
        assert_eq!(SecretToken::parse(token.reveal()), Some(token.clone()));
        for text in ["", "A7A7", &"A7".repeat(20), &"a7".repeat(21), &"g7".repeat(20)] {
            assert_eq!(SecretToken::parse(text), None);
        }
        assert_eq!(format!("{token:?}"), "SecretToken(..)");
    }

    #[test]
    fn the_digest_is_the_sha_256_of_the_characters() {
        let token = SecretToken::parse(&"0".repeat(40)).unwrap();
        let digest: [u8; 32] = Sha256::digest("0".repeat(40)).into();
        assert_eq!(token.digest(), TokenDigest::new(digest));
    }
}
