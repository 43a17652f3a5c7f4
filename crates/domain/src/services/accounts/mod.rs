//! Signing in and out, one's own data, keys and password (contract §3).

mod attempts;
mod keys;
mod login;
mod passwords;

use super::users::{apply_profile, lock_oneself, reserved, unavailable};
use super::{Ports, Settings};
use crate::access::{Actor, Role, Scope};
use crate::error::{Error, Input, Violations};
use crate::ids::UserId;
use crate::lockout::AccountDigest;
use crate::password::{NewPassword, Password};
use crate::relations::EntityKind;
use crate::text::{EmailAddress, PersonName, PhoneNumber, UserAgent, Username};
use crate::user::{NewUser, Profile, ProfileUpdate, UserView};

pub(super) use attempts::Attempts;
pub use keys::OwnKey;
pub use login::{Credentials, SignedIn};
pub use passwords::{PasswordChange, ResetConfirmation};

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
    /// What the client calls itself.
    pub user_agent: Option<UserAgent>,
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

    const fn attempts(&self) -> Attempts<'_> {
        Attempts::new(&self.ports, &self.settings)
    }

    /// Registers a subscriber without a tenant and signs in.
    pub async fn register(&self, input: Input<Registration>) -> Result<SignedIn, Error> {
        let registration = input?;
        let Registration { username, email, first_name, last_name, phone_number, .. } =
            registration;
        {
            // Told before the slow hash; enforced by the store.
            let mut read = self.ports.store.read("accounts.register").await?;
            unavailable(read.as_mut(), &username, &email).await?.into_result()?;
        }
        let new = NewUser {
            username,
            email,
            password: self.ports.hash(registration.password).await?,
            role: Role::Subscriber,
            tenant_id: None,
            profile: Profile { first_name, last_name, phone_number, ..Profile::default() },
            is_active: true,
            date_joined: self.ports.clock.now(),
        };
        let mut work = self.ports.store.begin("accounts.register").await?;
        let user = work.users().insert(new).await?.user;
        // Who tried the name before there was an account has failed at nobody's.
        work.login_attempts().clear(AccountDigest::of(&user.username)).await?;
        let key = self.issue_key(&mut *work, user.id, registration.user_agent).await?;
        work.commit().await?;
        Ok(SignedIn { key, user })
    }

    /// Remembers that a write of a user has ended, for the lists that the user asks for from now on.
    pub async fn note_write(&self, user: UserId) -> Result<(), Error> {
        Ok(self.ports.store.note_write(user).await?)
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
        let mut view = lock_oneself(work.as_mut(), actor).await?;
        apply_profile(work.as_mut(), &mut view.user, update).await?;
        work.users().update(&view.user).await?;
        work.commit().await?;
        Ok(view)
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
        Violations::from(reserved(&username, &email).as_slice()).into_result()?;
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
}
