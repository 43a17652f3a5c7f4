//! Passwords: which are good enough, and the hash that is stored in their place.

use std::collections::BTreeMap;

use crate::error::Violation;

/// A salted slow hash in PHC string form or as Django writes it (seed: `VARCHAR(128)`).
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps what a hasher or the store gave.
    pub fn new(encoded: impl Into<String>) -> Self {
        Self(encoded.into())
    }

    /// The encoded hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What no password has as its hash.
    pub fn unusable() -> Self {
        Self::new("!")
    }

    /// Whether no password can match. Django writes random characters behind the mark.
    pub fn is_unusable(&self) -> bool {
        self.0.starts_with('!')
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// A password as its owner typed it: at most 128 characters (contract §1.9), never trimmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Greatest number of characters.
    pub const MAX: usize = 128;
    /// Least number of characters of a new password.
    pub const MIN: usize = 8;

    /// Takes a password to be checked against a hash, or to be judged by [`Password::judge`].
    pub fn new(raw: String) -> Self {
        Self(raw)
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All rules a new password breaks, in the contract's order: similarity, length, common,
    /// numeric (§1.9). Empty means good enough.
    pub fn judge(&self, owner: &Likeness<'_>) -> Vec<Violation> {
        let length = self.0.chars().count();
        if length > Self::MAX {
            return vec![Violation::TooLong { max: Self::MAX }];
        }
        let mut violations = Vec::new();
        if let Some(attribute) = owner.likest(&self.0) {
            violations.push(Violation::PasswordTooSimilar { attribute });
        }
        if length < Self::MIN {
            violations.push(Violation::PasswordTooShort { min: Self::MIN });
        }
        if is_common(&self.0) {
            violations.push(Violation::PasswordTooCommon);
        }
        if !self.0.is_empty() && self.0.chars().all(|c| c.is_ascii_digit()) {
            violations.push(Violation::PasswordEntirelyNumeric);
        }
        violations
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A password that was found good enough for its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPassword(Password);

impl NewPassword {
    /// Judges a password; all rules it breaks at once.
    pub fn judged(password: Password, owner: &Likeness<'_>) -> Result<Self, Vec<Violation>> {
        let violations = password.judge(owner);
        if violations.is_empty() { Ok(Self(password)) } else { Err(violations) }
    }

    /// The password, for the hasher.
    pub fn into_password(self) -> Password {
        self.0
    }
}

/// The owner's data that a password must not resemble.
#[derive(Debug, Clone, Copy, Default)]
pub struct Likeness<'a> {
    /// Login name.
    pub username: &'a str,
    /// Given name.
    pub first_name: &'a str,
    /// Family name.
    pub last_name: &'a str,
    /// Email address.
    pub email: &'a str,
}

impl Likeness<'_> {
    /// The first attribute that the password is too similar to.
    fn likest(&self, password: &str) -> Option<&'static str> {
        let password = password.to_lowercase();
        [
            ("username", self.username),
            ("first name", self.first_name),
            ("last name", self.last_name),
            ("email address", self.email),
        ]
        .into_iter()
        .find(|(_, value)| resembles(&password, &value.to_lowercase()))
        .map(|(attribute, _)| attribute)
    }
}

/// Compares with the whole value and with its parts between non-word characters (contract §1.9).
fn resembles(password: &str, value: &str) -> bool {
    let parts = value.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    std::iter::once(value).chain(parts).any(|part| !part.is_empty() && alike(password, part))
}

/// 2·(characters in common, as multisets) / (sum of both lengths) ≥ 0.7.
fn alike(a: &str, b: &str) -> bool {
    let counts = |text: &str| {
        let mut counts = BTreeMap::<char, usize>::new();
        for c in text.chars() {
            *counts.entry(c).or_default() += 1;
        }
        counts
    };
    let (in_a, in_b) = (counts(a), counts(b));
    let common: usize = in_a.iter().map(|(c, n)| n.min(in_b.get(c).unwrap_or(&0))).copied().sum();
    let lengths = a.chars().count() + b.chars().count();
    20 * common >= 7 * lengths
}

/// About 20 000 common passwords, lower case, sorted by byte; see `data/README.md`.
static COMMON: &str = include_str!("../data/common_passwords.txt");

fn is_common(password: &str) -> bool {
    let wanted = password.to_lowercase();
    let mut rest = COMMON;
    // A binary search over line ends needs no table in memory.
    while !rest.is_empty() {
        let middle = (0..=rest.len() / 2).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(0);
        let start = rest[..middle].rfind('\n').map_or(0, |at| at + 1);
        let end = rest[start..].find('\n').map_or(rest.len(), |at| start + at);
        match wanted.as_str().cmp(&rest[start..end]) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => rest = &rest[..start],
            std::cmp::Ordering::Greater => rest = rest.get(end + 1..).unwrap_or_default(),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(password: &str) -> Vec<Violation> {
        let owner = Likeness {
            username: "marguerite",
            first_name: "Anna",
            last_name: "",
            email: "m.dupont@example.org",
        };
        Password::new(password.to_owned()).judge(&owner)
    }

    #[test]
    fn the_list_of_common_passwords_is_large_sorted_and_lower_case() {
        let lines: Vec<&str> = COMMON.lines().collect();
        assert!(lines.len() >= 10_000);
        assert!(lines.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(lines.iter().all(|line| line.to_lowercase() == *line));
        assert!(lines.iter().all(|line| is_common(line)), "each line finds itself");
    }

    #[test]
    fn common_passwords_are_refused_without_regard_to_case() {
        assert_eq!(judge("QwertyUiop"), [Violation::PasswordTooCommon]);
        assert!(!is_common("correct horse battery staple"));
        assert!(!is_common(""));
    }

    #[test]
    fn likeness_to_whole_values_and_their_parts_is_refused() {
        let like = |attribute| [Violation::PasswordTooSimilar { attribute }];
        assert_eq!(judge("marguerite7"), like("username"));
        assert_eq!(judge("xdupontx"), like("email address"));
        assert_eq!(judge("m.dupont@example.or"), like("email address"));
        assert_eq!(judge("unrelated-Zebra-42"), []);
    }

    #[test]
    fn failing_rules_come_in_the_contracts_order() {
        assert_eq!(
            judge("12345"),
            [
                Violation::PasswordTooShort { min: 8 },
                Violation::PasswordTooCommon,
                Violation::PasswordEntirelyNumeric
            ]
        );
        assert_eq!(
            judge("anna"),
            [
                Violation::PasswordTooSimilar { attribute: "first name" },
                Violation::PasswordTooShort { min: 8 },
                Violation::PasswordTooCommon
            ]
        );
        assert_eq!(judge(&"é".repeat(129)), [Violation::TooLong { max: 128 }]);
    }

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(format!("{:?}", Password::new("secret".into())), "Password(..)");
        assert_eq!(format!("{:?}", PasswordHash::new("secret")), "PasswordHash(..)");
    }
}
