//! Guesses at the password of an account: counted, and refused while the account is locked.
//!
//! Every use case that looks at a password somebody typed goes through here, so that none of them
//! answers more guesses than another.

use crate::error::Error;
use crate::lockout::{AccountDigest, FailedLogins, Lockout};
use crate::password::{Password, PasswordHash};
use crate::ports::password::Verdict;
use crate::ports::unit_of_work::Repositories;
use crate::services::{Ports, Settings};

/// The guesses at all accounts; without a rule nothing is counted and nothing refused.
#[derive(Clone, Copy)]
pub(in crate::services) struct Attempts<'a> {
    ports: &'a Ports,
    rule: Option<Lockout>,
}

impl<'a> Attempts<'a> {
    pub(in crate::services) const fn new(ports: &'a Ports, settings: &Settings) -> Self {
        Self { ports, rule: settings.lockout }
    }

    /// Checks a password and notes how it went; `name` is the use case. No hash is one that nothing
    /// matches. Errors: `LockedOut`, without a look at the password where the account was locked before.
    pub(in crate::services) async fn verify(
        self,
        name: &'static str,
        account: AccountDigest,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, Error> {
        let mut read = self.ports.store.read(name).await?;
        self.refuse_locked(read.as_mut(), account).await?;
        drop(read);
        let verdict = self.ports.passwords.verify(password, hash).await.map_err(Error::Password)?;
        let mut read = self.ports.store.read(name).await?;
        match verdict {
            Verdict::Differs => self.count(read.as_mut(), account).await?,
            Verdict::Matches | Verdict::MatchesOutdated => {
                self.forget(read.as_mut(), account).await?;
            }
        }
        Ok(verdict)
    }

    /// Refuses an account that is locked.
    pub(super) async fn refuse_locked(
        self,
        rows: &mut dyn Repositories,
        account: AccountDigest,
    ) -> Result<(), Error> {
        if self.rule.is_none() {
            return Ok(());
        }
        let failed = rows.login_attempts().find(account).await?;
        self.judge(failed)
    }

    /// Counts a failure, unless other guesses have locked the account while this one was checked: then
    /// it is refused by the lock.
    pub(super) async fn count(
        self,
        rows: &mut dyn Repositories,
        account: AccountDigest,
    ) -> Result<(), Error> {
        let Some(rule) = self.rule else {
            return Ok(());
        };
        if rows.login_attempts().count(account, self.ports.clock.now(), rule).await? {
            return Ok(());
        }
        self.refuse_locked(rows, account).await
    }

    /// Ends the count of failures with a success, which comes too late for an account that is locked.
    pub(super) async fn forget(
        self,
        rows: &mut dyn Repositories,
        account: AccountDigest,
    ) -> Result<(), Error> {
        if self.rule.is_none() {
            return Ok(());
        }
        let failed = rows.login_attempts().lock(account).await?;
        self.judge(failed)?;
        if failed.is_some() {
            rows.login_attempts().clear(account).await?;
        }
        Ok(())
    }

    fn judge(self, failed: Option<FailedLogins>) -> Result<(), Error> {
        match failed.and_then(|failed| failed.lock_left(self.ports.clock.now())) {
            Some(retry_in) => Err(Error::LockedOut { retry_in }),
            None => Ok(()),
        }
    }
}
