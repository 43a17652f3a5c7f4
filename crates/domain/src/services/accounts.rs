//! Signing in and out, one's own data and password (contract §3).

use super::users::{apply_profile, record, replace_password};
use super::{Ports, Settings, repeated};
use crate::access::{Actor, Lookup, Role, Scope};
use crate::audit::AuditEvent;
use crate::error::{Error, Input, NON_FIELD, Violation, Violations};
use crate::ids::UserId;
use crate::password::{NewPassword, Password};
use crate::ports::mailer::Mail;
use crate::ports::password::Verdict;
use crate::ports::unit_of_work::Repositories;
use crate::relations::EntityKind;
use crate::text::{EmailAddress, PersonName, PhoneNumber, Username};
use crate::token::{PASSWORD_RESET_LIFE, SecretToken, Session};
use crate::user::{NewUser, Profile, ProfileUpdate, User, UserView};

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// A username or an email address.
    pub login: String,
    /// The password.
    pub password: Password,
}

/// What somebody registers with (contract §3.3).
#[derive(Debug, Clone)]
pub struct Registration {
    /// Unique login name.
    pub username: Username,
    /// Unique address.
    pub email: EmailAddress,
    /// The password, judged and typed twice the same.
    pub password: NewPassword,
    /// Given name.
    pub first_name: Option<PersonName>,
    /// Family name.
    pub last_name: Option<PersonName>,
    /// Telephone.
    pub phone_number: Option<PhoneNumber>,
}

/// A change of one's own password (contract §3.5).
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// The present one.
    pub old: Password,
    /// The new one.
    pub new: Password,
    /// The new one again.
    pub repeated: Password,
}

/// The end of a password reset (contract §3.7).
#[derive(Debug, Clone)]
pub struct ResetConfirmation {
    /// The user of the link.
    pub uid: String,
    /// The secret of the link.
    pub token: String,
    /// The new password.
    pub new: Password,
    /// The new password again.
    pub repeated: Password,
}

/// A fresh key with its user.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The key, shown once.
    pub key: SecretToken,
    /// Who.
    pub user: User,
}

/// Use cases on one's own account.
#[derive(Clone)]
pub struct Accounts {
    ports: Ports,
    settings: Settings,
}

impl Accounts {
    /// Over these ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        Self { ports, settings }
    }

    /// What a key stands for, in one statement; `None` for a dead or unknown key.
    pub async fn authenticate(&self, key: &SecretToken) -> Result<Option<Session>, Error> {
        let mut read = self.ports.store.read("accounts.authenticate").await?;
        Ok(read.access_tokens().authenticate(key.digest(), self.ports.clock.now()).await?)
    }

    /// Signs in. Unknown user, wrong password and inactive account give the same answer in the
    /// same time.
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
        let Credentials { login, password } = credentials;
        let found = {
            let mut read = self.ports.store.read("accounts.login").await?;
            read.users().find_by_login(login.trim()).await?
        };
        let hash = found.as_ref().map(|user| user.password.clone());
        let verdict = self.verify(password.clone(), hash).await?;
        let user = found
            .filter(|user| user.is_active && verdict != Verdict::Differs)
            .ok_or_else(bad_credentials)?;
        let rehashed = match verdict {
            Verdict::MatchesOutdated => {
                Some(self.ports.passwords.hash(password.clone()).await.map_err(Error::Password)?)
            }
            Verdict::Matches | Verdict::Differs => None,
        };
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("accounts.login").await?;
        // The check took a while: a key must not outlive a password or an account that ended
        // meanwhile.
        let locked = work.users().lock(Scope::Oneself(user.id), user.id).await?;
        let Lookup::Within(UserView { user: mut current, .. }) = locked else {
            return Err(bad_credentials());
        };
        if !current.is_active || current.password != user.password {
            return Ok(None);
        }
        work.users().record_login(current.id, now, rehashed).await?;
        let key = self.issue_key(&mut *work, current.id).await?;
        work.commit().await?;
        current.last_login = Some(now);
        Ok(Some(SignedIn { key, user: current }))
    }

    /// Ends the session; its key is dead.
    pub async fn logout(&self, session: &Session) -> Result<(), Error> {
        let mut read = self.ports.store.read("accounts.logout").await?;
        read.access_tokens().delete(session.token).await?;
        Ok(())
    }

    /// Registers a subscriber without a tenant and signs in.
    pub async fn register(&self, input: Input<Registration>) -> Result<SignedIn, Error> {
        let Registration { username, email, password, first_name, last_name, phone_number } =
            input?;
        {
            // Told before the slow hash; enforced by the store.
            let mut read = self.ports.store.read("accounts.register").await?;
            let (username, email) = (username.clone(), email.clone());
            let taken = read.users().taken(Some(username), Some(email), None).await?;
            Violations::from(taken.as_slice()).into_result()?;
        }
        let new = NewUser {
            username,
            email,
            password: self.ports.hash(password).await?,
            role: Role::Subscriber,
            tenant_id: None,
            profile: Profile { first_name, last_name, phone_number, ..Profile::default() },
            is_active: true,
            date_joined: self.ports.clock.now(),
        };
        let mut work = self.ports.store.begin("accounts.register").await?;
        let user = work.users().insert(new).await?.user;
        let key = self.issue_key(&mut *work, user.id).await?;
        work.commit().await?;
        Ok(SignedIn { key, user })
    }

    async fn issue_key(
        &self,
        work: &mut (impl Repositories + ?Sized),
        user: UserId,
    ) -> Result<SecretToken, Error> {
        let key = SecretToken::draw(self.ports.random.as_ref());
        let now = self.ports.clock.now();
        let expires_at = self.settings.token_life.map(|life| now + life);
        work.access_tokens().insert(user, key.digest(), now, expires_at).await?;
        Ok(key)
    }

    /// One's own data.
    pub async fn profile(&self, actor: &Actor) -> Result<UserView, Error> {
        let mut read = self.ports.store.read("accounts.profile").await?;
        let own = read.users().find(Scope::Oneself(actor.user), actor.user).await?;
        own.or_refuse(EntityKind::User)
    }

    /// Changes one's own data.
    pub async fn update_profile(
        &self,
        actor: &Actor,
        input: Input<ProfileUpdate>,
    ) -> Result<UserView, Error> {
        let update = input?;
        let mut work = self.ports.store.begin("accounts.update_profile").await?;
        let own = work.users().lock(Scope::Oneself(actor.user), actor.user).await?;
        let mut view = own.or_refuse(EntityKind::User)?;
        apply_profile(work.as_mut(), &mut view.user, update).await?;
        work.users().update(&view.user).await?;
        work.commit().await?;
        Ok(view)
    }

    /// Changes one's own password; every key of the user is dead afterwards.
    pub async fn change_password(
        &self,
        actor: &Actor,
        input: Input<PasswordChange>,
    ) -> Result<(), Error> {
        let change = input?;
        // A hash that a login makes anew meanwhile is checked once more.
        for _ in 0..2 {
            if self.try_change_password(actor, &change).await? {
                return Ok(());
            }
        }
        Err(wrong_password())
    }

    /// `false` where the stored hash moved while it was checked.
    async fn try_change_password(
        &self,
        actor: &Actor,
        change: &PasswordChange,
    ) -> Result<bool, Error> {
        let user = self.profile(actor).await?.user;
        let verdict = self.verify(change.old.clone(), Some(user.password.clone())).await?;
        if verdict == Verdict::Differs {
            return Err(wrong_password());
        }
        let new =
            repeated("new_password2", change.new.clone(), &change.repeated, &user.likeness())?;
        let hash = self.ports.hash(new).await?;
        let mut work = self.ports.store.begin("accounts.change_password").await?;
        let own = work.users().lock(Scope::Oneself(actor.user), actor.user).await?;
        let mut locked = own.or_refuse(EntityKind::User)?.user;
        if locked.password != user.password {
            return Ok(false);
        }
        replace_password(work.as_mut(), &mut locked, hash, self.ports.clock.now()).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Mails a reset link to a known active address. Known or not, the answer and the time taken
    /// are the same.
    pub async fn request_reset(&self, input: Input<EmailAddress>) -> Result<(), Error> {
        let email = input?;
        let token = SecretToken::draw(self.ports.random.as_ref());
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("accounts.request_reset").await?;
        let recipient = read
            .password_resets()
            .insert(email, token.digest(), now, now + PASSWORD_RESET_LIFE)
            .await?;
        drop(read);
        if let Some(recipient) = recipient {
            let mail = self.reset_mail(recipient.email, recipient.user, &token);
            self.ports.mailer.post(mail).await;
        }
        Ok(())
    }

    fn reset_mail(&self, to: EmailAddress, user: UserId, token: &SecretToken) -> Mail {
        let link = format!(
            "{}/password/reset/confirm/{user}/{}/",
            self.settings.public_url,
            token.reveal()
        );
        let days = PASSWORD_RESET_LIFE.num_days();
        Mail {
            to,
            subject: "Reset your password".to_owned(),
            body: format!(
                "Somebody asked to reset the password of your account.\n\n\
                 If it was you, open this link within {days} days and choose a new password:\n\n\
                 {link}\n\n\
                 If it was not you, there is nothing to do: your password stays as it is.\n"
            ),
        }
    }

    /// Ends a password reset. The link works once; every key of the user is dead afterwards.
    pub async fn confirm_reset(&self, input: Input<ResetConfirmation>) -> Result<(), Error> {
        let ResetConfirmation { uid, token, new, repeated: again } = input?;
        let bad = |field| Error::from(Violations::of(field, Violation::InvalidLink));
        let user = self.user_of_link(&uid).await?.ok_or_else(|| bad("uid"))?;
        let token = SecretToken::parse(token.trim()).ok_or_else(|| bad("token"))?;
        let new = repeated("new_password2", new, &again, &user.likeness());
        let now = self.ports.clock.now();

        let mut work = self.ports.store.begin("accounts.confirm_reset").await?;
        if !work.password_resets().redeem(user.id, token.digest(), now).await? {
            return Err(bad("token"));
        }
        // A password that is not good enough leaves the link alive: nothing was committed.
        drop(work);
        let hash = self.ports.hash(new?).await?;

        // Hashing took a while: everything is judged again.
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("accounts.confirm_reset").await?;
        let own = work.users().lock(Scope::Oneself(user.id), user.id).await?;
        let mut locked = own.or_refuse(EntityKind::User)?.user;
        if !locked.is_active {
            return Err(bad("uid"));
        }
        if !work.password_resets().redeem(user.id, token.digest(), now).await? {
            return Err(bad("token"));
        }
        replace_password(work.as_mut(), &mut locked, hash, now).await?;
        record(work.as_mut(), user.id, user.id, AuditEvent::PasswordReset, now).await?;
        work.commit().await?;
        Ok(())
    }

    async fn user_of_link(&self, uid: &str) -> Result<Option<User>, Error> {
        let Some(id) = UserId::parse(uid.trim()) else {
            return Ok(None);
        };
        let mut read = self.ports.store.read("accounts.confirm_reset").await?;
        let found = read.users().find(Scope::Oneself(id), id).await?;
        Ok(found.or_refuse(EntityKind::User).ok().map(|view| view.user).filter(|u| u.is_active))
    }

    /// Creates a superadmin, or says that the username is taken by answering `false`: the
    /// operator's way in, from the command line and from the settings (contract §14).
    pub async fn ensure_superadmin(
        &self,
        username: Username,
        email: EmailAddress,
        password: Password,
    ) -> Result<bool, Error> {
        {
            let mut read = self.ports.store.read("accounts.ensure_superadmin").await?;
            if !read.users().taken(Some(username.clone()), None, None).await?.is_empty() {
                return Ok(false);
            }
        }
        let owner = crate::password::Likeness {
            username: username.as_str(),
            email: email.as_str(),
            ..crate::password::Likeness::default()
        };
        let password = self.ports.judge_and_hash("password", password, &owner).await?;
        let new = NewUser {
            username,
            email,
            password,
            role: Role::Superadmin,
            tenant_id: None,
            profile: Profile::default(),
            is_active: true,
            date_joined: self.ports.clock.now(),
        };
        let mut read = self.ports.store.read("accounts.ensure_superadmin").await?;
        read.users().insert(new).await?;
        Ok(true)
    }

    async fn verify(
        &self,
        password: Password,
        hash: Option<crate::password::PasswordHash>,
    ) -> Result<Verdict, Error> {
        self.ports.passwords.verify(password, hash).await.map_err(Error::Password)
    }
}

fn bad_credentials() -> Error {
    Violations::of(NON_FIELD, Violation::BadCredentials).into()
}

fn wrong_password() -> Error {
    Violations::of("old_password", Violation::WrongPassword).into()
}
