//! Locking an account after failed logins in a row, each time for twice as long.
//!
//! A failure is counted when the check has come to its end, not before, and a check that ends on an
//! account that was locked meanwhile counts for nothing: right or wrong, whoever asked is told
//! of the lock. So of any number of guesses at once no more are answered than of guesses one after
//! another, while people who sign in at once with the right password never lock themselves out, as
//! they would if each try counted as a failure until it succeeds.

use std::num::NonZeroU32;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use crate::text::Username;

/// Without failures for so long, a count is forgotten.
pub const FORGOTTEN_AFTER: Duration = Duration::hours(24);

/// How long the locks last, one after the other; the last goes on.
pub const LOCKS: [Duration; 7] = [
    Duration::minutes(1),
    Duration::minutes(2),
    Duration::minutes(4),
    Duration::minutes(8),
    Duration::minutes(16),
    Duration::minutes(32),
    Duration::minutes(60),
];

/// After how many failed logins in a row an account is locked (`WIWEBB_LOCKOUT_AFTER`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lockout {
    after: NonZeroU32,
}

impl Lockout {
    /// Where nothing was decided: after ten.
    pub const USUAL: Self = Self::after(NonZeroU32::MIN.saturating_add(9));

    /// Locked by this failure and every one behind it.
    pub const fn after(failures: NonZeroU32) -> Self {
        Self { after: failures }
    }

    /// The failure that locks first, from 1.
    pub const fn first(self) -> u32 {
        self.after.get()
    }

    /// How long the account is locked by a failure; `failures` counts those in a row, this one
    /// included. `None` is not at all.
    pub fn lock(self, failures: u32) -> Option<Duration> {
        let step = usize::try_from(failures.checked_sub(self.first())?).unwrap_or(usize::MAX);
        LOCKS.get(step).or(LOCKS.last()).copied()
    }
}

/// What failed logins are counted by: the SHA-256 of a name, because whoever mistakes the fields
/// writes a password there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountDigest([u8; 32]);

impl AccountDigest {
    /// Of the account with a username, whichever of its names somebody signs in with.
    pub fn of(username: &Username) -> Self {
        Self::exactly(username.as_str())
    }

    /// Of a text that leads to no account. Case is ignored in what could be an address, as it is where
    /// there is one. Of usernames it is not: whoever has one that differs by case alone would end the
    /// count of the other with each login.
    pub fn of_nobody(login: &str) -> Self {
        if login.contains('@') {
            Self::exactly(&login.to_lowercase())
        } else {
            Self::exactly(login)
        }
    }

    /// Of a text that is known to be a username.
    pub(crate) fn exactly(name: &str) -> Self {
        Self(Sha256::digest(name.as_bytes()).into())
    }

    /// Wraps 32 bytes from the store.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Failed logins in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailedLogins {
    /// How many, from 1.
    pub failures: u32,
    /// When the latest was.
    pub last_failed_at: DateTime<Utc>,
    /// Until when nobody is let in; `None` where the account was not locked.
    pub locked_until: Option<DateTime<Utc>>,
}

impl FailedLogins {
    /// Counts another failure behind those `before`; `None` where the account is locked.
    pub fn count(before: Option<Self>, now: DateTime<Utc>, rule: Lockout) -> Option<Self> {
        let failures = match before {
            Some(known) if known.lock_left(now).is_some() => return None,
            Some(known) if now - known.last_failed_at < FORGOTTEN_AFTER => {
                known.failures.saturating_add(1)
            }
            _ => 1,
        };
        let locked_until = rule.lock(failures).map(|lock| now + lock);
        Some(Self { failures, last_failed_at: now, locked_until })
    }

    /// For how long the account is locked still.
    pub fn lock_left(&self, now: DateTime<Utc>) -> Option<Duration> {
        self.locked_until.map(|end| end - now).filter(|left| *left > Duration::zero())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::samples::{after, now};

    fn rule(failures: u32) -> Lockout {
        Lockout::after(NonZeroU32::new(failures).unwrap())
    }

    #[test]
    fn the_tenth_failure_locks_for_a_minute_and_each_behind_it_for_twice_as_long_up_to_an_hour() {
        let minutes: Vec<Option<i64>> = [1, 9, 10, 11, 12, 13, 14, 15, 16, 17, 1_000]
            .into_iter()
            .map(|failures| Lockout::USUAL.lock(failures).map(|lock| lock.num_minutes()))
            .collect();
        let locked = [1, 2, 4, 8, 16, 32, 60, 60, 60].map(Some);
        assert_eq!(minutes, [&[None, None], &locked[..]].concat());
    }

    proptest! {
        #[test]
        fn no_lock_is_shorter_than_the_one_before_longer_than_twice_it_or_longer_than_an_hour(
            after in 1_u32..1_000,
            behind in 0_u32..u32::MAX - 1_001,
        ) {
            let lock = |failures| rule(after).lock(failures).unwrap();
            let (shorter, longer) = (lock(after + behind), lock(after + behind + 1));
            prop_assert!(shorter <= longer && longer <= shorter * 2);
            prop_assert!(longer <= Duration::hours(1));
        }

        #[test]
        fn failures_before_the_first_lock_lock_nothing(after in 1_u32..1_000, before in 1_u32..1_000) {
            let failures = after.saturating_sub(before);
            prop_assert_eq!(rule(after).lock(failures), None);
        }
    }

    #[test]
    fn failures_are_counted_in_a_row_until_one_locks() {
        let first = FailedLogins::count(None, now(), rule(2)).unwrap();
        let open = FailedLogins { failures: 1, last_failed_at: now(), locked_until: None };
        assert_eq!(first, open);
        let second = FailedLogins::count(Some(first), after(5), rule(2)).unwrap();
        let locked =
            FailedLogins { failures: 2, last_failed_at: after(5), locked_until: Some(after(65)) };
        assert_eq!(second, locked);
    }

    #[test]
    fn nothing_is_counted_while_the_account_is_locked() {
        let locked = FailedLogins::count(None, now(), rule(1)).unwrap();
        assert_eq!(locked.lock_left(after(59)), Some(Duration::seconds(1)));
        assert_eq!(FailedLogins::count(Some(locked), after(59), rule(1)), None);
        assert_eq!(locked.lock_left(after(60)), None);
        let again = FailedLogins::count(Some(locked), after(60), rule(1)).unwrap();
        assert_eq!((again.failures, again.locked_until), (2, Some(after(180))));
    }

    #[test]
    fn a_day_without_failures_begins_a_new_count() {
        let known = FailedLogins { failures: 9, last_failed_at: now(), locked_until: None };
        let instant = Duration::microseconds(1);
        let failures = |at| FailedLogins::count(Some(known), at, rule(10)).unwrap().failures;
        assert_eq!(failures(now() + FORGOTTEN_AFTER - instant), 10);
        assert_eq!(failures(now() + FORGOTTEN_AFTER), 1);
    }

    #[test]
    fn names_of_nobody_are_told_apart_as_names_of_somebody_would_be() {
        let nobody = AccountDigest::of_nobody;
        assert_ne!(nobody("bob"), nobody("Bob"), "usernames are case-sensitive");
        assert_eq!(nobody("Bob@Example.org"), nobody("bob@example.ORG"), "addresses are not");
        let known = |name| AccountDigest::of(&Username::new(name).unwrap());
        assert_eq!(known("Bob"), nobody("Bob"), "the name before and after its account");
        assert_ne!(known("Bob@here"), known("bob@here"), "two accounts have two counts");
    }
}
