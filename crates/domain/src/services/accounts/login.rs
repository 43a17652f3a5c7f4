//! Signing in and out (contract §3.1, §3.2).
//!
//! Whoever may not sign in is checked like a name that nobody has: the same statements, and one check
//! of the password against no hash.

use super::Accounts;
use crate::access::{Lookup, Scope};
use crate::error::{Error, Input, NON_FIELD, Violation, Violations};
use crate::ids::UserId;
use crate::lockout::AccountDigest;
use crate::password::{Password, PasswordHash};
use crate::ports::password::Verdict;
use crate::ports::unit_of_work::Repositories;
use crate::text::UserAgent;
use crate::token::{NewAccessToken, SecretToken, Session};
use crate::user::{User, UserView};

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// A username or an email address.
    pub login: String,
    /// The password.
    pub password: Password,
    /// What the client calls itself.
    pub user_agent: Option<UserAgent>,
}

/// A fresh key with its user.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The key, shown once.
    pub key: SecretToken,
    /// Who.
    pub user: User,
}

/// Whom a text leads to, and what failures are counted by.
struct Claimant {
    user: Option<User>,
    account: AccountDigest,
}

impl Accounts {
    /// A fresh secret that is stored nowhere and opens nothing: the forms of somebody who is not signed
    /// in are bound to one, and a form that does something once is known by one.
    pub fn draw_secret(&self) -> SecretToken {
        SecretToken::draw(self.ports.random.as_ref())
    }

    /// What a key stands for, in one statement; `None` for a dead or unknown key.
    pub async fn authenticate(&self, key: &SecretToken) -> Result<Option<Session>, Error> {
        let mut read = self.ports.store.read("accounts.authenticate").await?;
        Ok(read.access_tokens().authenticate(key.digest(), self.ports.clock.now()).await?)
    }

    /// Signs in. Unknown user, wrong password and inactive account give the same answer after the
    /// same work. An account that is locked is refused without a look at the password.
    pub async fn login(&self, input: Input<Credentials>) -> Result<SignedIn, Error> {
        let credentials = input?;
        // A hash that another login makes anew meanwhile is checked once more.
        for _ in 0..2 {
            if let Some(signed_in) = self.try_login(&credentials).await? {
                return Ok(signed_in);
            }
        }
        Err(bad_credentials())
    }

    /// `None` where the stored hash moved while it was checked.
    async fn try_login(&self, credentials: &Credentials) -> Result<Option<SignedIn>, Error> {
        let Claimant { user, account } = self.claimant(credentials.login.trim()).await?;
        let user = user.filter(|user| user.is_active);
        let hash = user.as_ref().map(|user| user.password.clone());
        let verdict = self.ports.passwords.verify(credentials.password.clone(), hash).await;
        let verdict = verdict.map_err(Error::Password)?;
        let Some(user) = user.filter(|_| verdict != Verdict::Differs) else {
            let mut read = self.ports.store.read("accounts.login").await?;
            self.attempts().count(read.as_mut(), account).await?;
            return Err(bad_credentials());
        };
        let rehashed = match verdict {
            Verdict::MatchesOutdated => {
                let hash = self.ports.passwords.hash(credentials.password.clone()).await;
                Some(hash.map_err(Error::Password)?)
            }
            Verdict::Matches | Verdict::Differs => None,
        };
        self.sign_in(user, rehashed, credentials.user_agent.clone()).await
    }

    /// Whom a text leads to, unless the account is locked.
    async fn claimant(&self, login: &str) -> Result<Claimant, Error> {
        let mut read = self.ports.store.read("accounts.login").await?;
        let user = read.users().find_by_login(login).await?;
        let account = match &user {
            Some(user) => AccountDigest::of(&user.username),
            None => AccountDigest::of_nobody(login),
        };
        self.attempts().refuse_locked(read.as_mut(), account).await?;
        Ok(Claimant { user, account })
    }

    /// Hands a key out; `None` where the user changed while the password was checked. The check took
    /// a while: a key must not outlive a password or an account that ended meanwhile, and a right
    /// guess must not outrun the lock.
    async fn sign_in(
        &self,
        checked: User,
        rehashed: Option<PasswordHash>,
        user_agent: Option<UserAgent>,
    ) -> Result<Option<SignedIn>, Error> {
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("accounts.login").await?;
        let locked = work.users().lock(Scope::Oneself(checked.id), checked.id).await?;
        let Lookup::Within(UserView { user: mut current, .. }) = locked else {
            return Err(bad_credentials());
        };
        if !current.is_active || current.password != checked.password {
            return Ok(None);
        }
        let account = AccountDigest::of(&current.username);
        self.attempts().forget(work.as_mut(), account).await?;
        work.users().record_login(current.id, now, rehashed).await?;
        let key = self.issue_key(&mut *work, current.id, user_agent).await?;
        work.commit().await?;
        current.last_login = Some(now);
        Ok(Some(SignedIn { key, user: current }))
    }

    /// Makes a key of a user.
    pub(super) async fn issue_key(
        &self,
        work: &mut (impl Repositories + ?Sized),
        user_id: UserId,
        user_agent: Option<UserAgent>,
    ) -> Result<SecretToken, Error> {
        let key = SecretToken::draw(self.ports.random.as_ref());
        let created_at = self.ports.clock.now();
        let expires_at = self.settings.token_life.map(|life| created_at + life);
        let key_hash = key.digest();
        let new = NewAccessToken { user_id, key_hash, created_at, expires_at, user_agent };
        work.access_tokens().insert(new).await?;
        Ok(key)
    }

    /// Ends the session; its key is dead.
    pub async fn logout(&self, session: &Session) -> Result<(), Error> {
        let mut read = self.ports.store.read("accounts.logout").await?;
        read.access_tokens().delete(session.token).await?;
        Ok(())
    }
}

fn bad_credentials() -> Error {
    Violations::of(NON_FIELD, Violation::BadCredentials).into()
}
