//! Failed logins.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::{Session, backend};
use super::table::{Row, Table};
use crate::error::RepositoryError;
use crate::lockout::{AccountDigest, FailedLogins, Lockout};
use crate::ports::Stored;
use crate::ports::login_attempt::LoginAttemptRepository;
use crate::relations::EntityKind;

/// The failures of an account, under a number that no port shows.
#[derive(Clone)]
pub(super) struct LoginAttempts {
    id: i32,
    account: AccountDigest,
    failed: FailedLogins,
}

impl Row for LoginAttempts {
    const KIND: EntityKind = EntityKind::LoginAttempt;

    fn id(&self) -> i32 {
        self.id
    }

    fn table(state: &State) -> &Table<Self> {
        &state.login_attempts
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.login_attempts
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        (self.account == other.account).then(|| backend("the account is counted already"))
    }
}

fn attempts(state: &State, account: AccountDigest) -> Option<&LoginAttempts> {
    state.login_attempts.iter().find(|row| row.account == account)
}

#[async_trait]
impl LoginAttemptRepository for Session {
    async fn find(&mut self, account: AccountDigest) -> Stored<Option<FailedLogins>> {
        self.read(|state| attempts(state, account).map(|row| row.failed))
    }

    async fn lock(&mut self, account: AccountDigest) -> Stored<Option<FailedLogins>> {
        LoginAttemptRepository::find(self, account).await
    }

    async fn count(
        &mut self,
        account: AccountDigest,
        now: DateTime<Utc>,
        rule: Lockout,
    ) -> Stored<bool> {
        self.write(|state| {
            let known = attempts(state, account).cloned();
            let before = known.as_ref().map(|row| row.failed);
            let Some(failed) = FailedLogins::count(before, now, rule) else {
                return Ok(false);
            };
            match known {
                Some(known) => state.login_attempts.put(LoginAttempts { failed, ..known }),
                None => {
                    state.insert(|id| LoginAttempts { id, account, failed })?;
                }
            }
            Ok(true)
        })
        .await
    }

    async fn clear(&mut self, account: AccountDigest) -> Stored<()> {
        self.write(|state| {
            state.login_attempts.remove_where(|row| row.account == account);
            Ok(())
        })
        .await
    }

    async fn sweep(&mut self, before: DateTime<Utc>, limit: u32) -> Stored<u64> {
        let is_old = move |row: &LoginAttempts| row.failed.last_failed_at < before;
        self.write(|state| Ok(state.login_attempts.sweep(limit, is_old))).await
    }
}
