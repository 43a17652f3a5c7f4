//! Failed logins in a row.

use std::num::NonZeroU32;

use chrono::{DateTime, Duration, Utc};

use super::store::Store;
use super::transactions::both;
use crate::lockout::{AccountDigest, FORGOTTEN_AFTER, FailedLogins, Lockout};
use crate::testing::samples::{after, now};

const INSTANT: Duration = Duration::microseconds(1);

fn account(name: &str) -> AccountDigest {
    AccountDigest::of_nobody(name)
}

fn rule(failures: u32) -> Lockout {
    Lockout::after(NonZeroU32::new(failures).unwrap())
}

impl Store {
    /// Counts a failure of `bob`.
    async fn fail(&self, at: DateTime<Utc>, rule: Lockout) -> bool {
        let mut statement = self.read().await;
        statement.login_attempts().count(account("bob"), at, rule).await.unwrap()
    }

    async fn failed(&self, name: &str) -> Option<FailedLogins> {
        self.read().await.login_attempts().find(account(name)).await.unwrap()
    }
}

/// Through every lock there is, at two numbers of failures.
pub(super) async fn failures_are_counted_as_the_rule_says(store: Store) {
    for after in [1, 3] {
        let rule = rule(after);
        let (mut at, mut expected) = (now(), None);
        for _ in 0..12 {
            expected = FailedLogins::count(expected, at, rule);
            assert!(store.fail(at, rule).await);
            assert_eq!(store.failed("bob").await, expected);
            at = expected.and_then(|failed| failed.locked_until).unwrap_or(at + INSTANT);
        }
        store.read().await.login_attempts().clear(account("bob")).await.unwrap();
    }
}

pub(super) async fn nothing_is_counted_while_the_account_is_locked(store: Store) {
    assert!(store.fail(now(), rule(1)).await);
    let locked = store.failed("bob").await;
    assert_eq!(locked.and_then(|failed| failed.locked_until), Some(after(60)));
    for at in [now(), after(60) - INSTANT] {
        assert!(!store.fail(at, rule(1)).await, "{at}");
        assert_eq!(store.failed("bob").await, locked, "{at}");
    }
    assert!(store.fail(after(60), rule(1)).await);
    assert_eq!(store.failed("bob").await.map(|failed| failed.failures), Some(2));
}

pub(super) async fn a_day_without_failures_begins_a_new_count(store: Store) {
    let mut at = now();
    for (wait, failures) in
        [(Duration::zero(), 1), (FORGOTTEN_AFTER - INSTANT, 2), (FORGOTTEN_AFTER, 1), (INSTANT, 2)]
    {
        at += wait;
        assert!(store.fail(at, rule(9)).await);
        let expected = FailedLogins { failures, last_failed_at: at, locked_until: None };
        assert_eq!(store.failed("bob").await, Some(expected));
    }
}

pub(super) async fn accounts_are_counted_apart_and_forgotten_alone(store: Store) {
    let mut statement = store.read().await;
    let attempts = statement.login_attempts();
    for name in ["bob", "bob", "eve"] {
        assert!(attempts.count(account(name), now(), rule(9)).await.unwrap());
    }
    attempts.clear(account("nobody")).await.unwrap();
    attempts.clear(account("bob")).await.unwrap();
    attempts.clear(account("bob")).await.unwrap();
    assert_eq!(store.failed("bob").await, None);
    assert_eq!(store.failed("eve").await.map(|failed| failed.failures), Some(1));
}

pub(super) async fn of_simultaneous_failures_none_is_lost(store: Store) {
    for round in 1..=5 {
        let at = after(round);
        let (a, b) = both(store.fail(at, rule(100)), store.fail(at, rule(100))).await;
        assert!(a && b);
    }
    assert_eq!(store.failed("bob").await.map(|failed| failed.failures), Some(10));
}

pub(super) async fn a_locked_count_waits_for_the_other_unit_of_work(store: Store) {
    /// What a login does that succeeds: a failure beside it comes before it or behind it.
    async fn succeed(store: &Store) -> bool {
        let mut unit = store.begin().await;
        let failed = unit.login_attempts().lock(account("bob")).await.unwrap();
        if failed.is_some() {
            unit.login_attempts().clear(account("bob")).await.unwrap();
        }
        unit.commit().await.unwrap();
        failed.is_some()
    }
    for round in 1..=5 {
        assert!(store.fail(after(round), rule(100)).await);
        let (a, b) = both(succeed(&store), succeed(&store)).await;
        assert!(a != b, "one of them found the failure");
        assert_eq!(store.failed("bob").await, None);
    }
}

pub(super) async fn the_oldest_counts_are_swept_away_so_many_at_a_time(store: Store) {
    let mut statement = store.read().await;
    let attempts = statement.login_attempts();
    for (name, second) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        assert!(attempts.count(account(name), after(second), rule(1)).await.unwrap());
    }
    for swept in [2, 1, 0] {
        assert_eq!(attempts.sweep(after(4), 2).await.unwrap(), swept);
    }
    assert_eq!(store.failed("c").await, None);
    assert!(store.failed("d").await.is_some());
}
