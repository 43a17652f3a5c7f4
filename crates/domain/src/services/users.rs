//! Users (contract §5).

use chrono::{DateTime, Utc};

use super::deletion::{conclude, may_delete_user, require_deletable};
use super::{Ports, role_assignment};
use crate::access::{self, Action, Actor, Denial, Role, Scope};
use crate::audit::AuditEvent;
use crate::error::{Error, Input, NON_FIELD, RepositoryError, UniqueKey, Violation, Violations};
use crate::ids::{TenantId, UserId};
use crate::lockout::AccountDigest;
use crate::page::{ListRequest, Page};
use crate::password::{NewPassword, Password, PasswordHash};
use crate::ports::unit_of_work::{Repositories, UnitOfWork};
use crate::relations::EntityKind;
use crate::text::{EmailAddress, Username};
use crate::user::{NewUser, Profile, ProfileUpdate, User, UserFilter, UserSort, UserView};

/// What a user is created with by somebody else (contract §5.2).
#[derive(Debug, Clone)]
pub struct UserDraft {
    /// Unique login name.
    pub username: Username,
    /// Unique address.
    pub email: EmailAddress,
    /// First password.
    pub password: NewPassword,
    /// Role.
    pub role: Role,
    /// Tenant, as sent; it may name no row.
    pub tenant: Option<i64>,
    /// Everything else about the person.
    pub profile: Profile,
    /// `true` unless said otherwise.
    pub is_active: bool,
}

/// Changes to a user (contract §5.2).
#[derive(Debug, Clone, Default)]
pub struct UserUpdate {
    /// Profile data.
    pub profile: ProfileUpdate,
    /// Activity, where it is to change.
    pub is_active: Option<bool>,
}

/// Use cases on users.
#[derive(Clone)]
pub struct Users {
    pub(super) ports: Ports,
}

impl Users {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The users the actor may see.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<UserFilter, UserSort>>,
    ) -> Result<Page<UserView>, Error> {
        let scope = access::scope(actor, Action::ListUsers)?;
        let mut read = self.ports.store.read_since("users.list", actor.written).await?;
        read.users().list(scope, request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One user.
    pub async fn get(&self, actor: &Actor, id: UserId) -> Result<UserView, Error> {
        let scope = access::scope(actor, Action::ReadUser)?;
        let mut read = self.ports.store.read("users.get").await?;
        read.users().find(scope, id).await?.or_refuse(EntityKind::User)
    }

    /// Creates a user.
    pub async fn create(&self, actor: &Actor, input: Input<UserDraft>) -> Result<UserView, Error> {
        access::permit_role(actor, Action::CreateUser)?;
        let draft = input?;
        let tenant_id = self.check_against_store(actor, &draft).await?;
        access::may_give_role(actor, draft.role)?;
        let password = self.ports.hash(draft.password).await?;
        let new = NewUser {
            username: draft.username,
            email: draft.email,
            password,
            role: draft.role,
            tenant_id,
            profile: draft.profile,
            is_active: draft.is_active,
            date_joined: self.ports.clock.now(),
        };
        let mut read = self.ports.store.read("users.create").await?;
        read.users().insert(new).await.map_err(|error| missing_tenant(error, tenant_id))
    }

    /// The checks of the values that need the store, all reported at once, and the tenant of the
    /// new user. Uniqueness is told here and enforced by the store.
    async fn check_against_store(
        &self,
        actor: &Actor,
        draft: &UserDraft,
    ) -> Result<Option<TenantId>, Error> {
        let mut read = self.ports.store.read("users.create").await?;
        let mut violations = unavailable(read.as_mut(), &draft.username, &draft.email).await?;
        let tenant = match (draft.tenant, access::scope(actor, Action::CreateUser)?.tenant()) {
            (Some(sent), Some(own)) if sent != i64::from(own.get()) => {
                violations.into_result()?;
                access::may_give_role(actor, draft.role)?;
                return Err(Violations::of(NON_FIELD, Violation::OtherTenant).into());
            }
            (_, Some(own)) => Some(own),
            (Some(sent), None) => {
                let found = existing_tenant(read.as_mut(), sent).await?;
                if found.is_none() {
                    violations.add("tenant", Violation::NoSuchObject { key: sent.to_string() });
                }
                found
            }
            (None, None) => {
                if draft.role.needs_tenant() {
                    violations.add("tenant", Violation::Required);
                }
                None
            }
        };
        violations.into_result()?;
        Ok(tenant)
    }

    /// Changes a user's data; a change of activity works as [`Users::set_active`].
    pub async fn update(
        &self,
        actor: &Actor,
        id: UserId,
        input: Input<UserUpdate>,
    ) -> Result<UserView, Error> {
        let scope = access::scope(actor, Action::UpdateUser)?;
        let mut work = self.ports.store.begin("users.update").await?;
        let mut view = work.users().lock(scope, id).await?.or_refuse(EntityKind::User)?;
        access::decide(actor, Action::UpdateUser, view.user.as_object())?;
        if id == actor.user && !view.user.is_active {
            return Err(Error::ActorGone);
        }
        let update = input?;
        let now = self.ports.clock.now();
        apply_profile(work.as_mut(), &mut view.user, update.profile).await?;
        if let Some(is_active) = update.is_active {
            switch(work.as_mut(), actor, &mut view.user, is_active, now).await?;
        }
        work.users().update(&view.user).await?;
        work.commit().await?;
        Ok(view)
    }

    /// Removes a user without payments.
    pub async fn delete(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        let scope = access::scope(actor, Action::DeleteUser)?;
        let mut work = self.ports.store.begin("users.delete").await?;
        let view = work.users().lock(scope, id).await?.or_refuse(EntityKind::User)?;
        may_delete_user(actor, &view.user)?;
        require_deletable(work.as_mut(), EntityKind::User, id.get()).await?;
        let deleted = work.users().delete(id).await;
        conclude(&self.ports, work, deleted, (EntityKind::User, id.get())).await
    }

    /// Gives a user another role and perhaps another tenant (contract §5.4).
    pub async fn assign_role(
        &self,
        actor: &Actor,
        id: UserId,
        input: Input<role_assignment::RoleAssignment>,
    ) -> Result<UserView, role_assignment::AssignRoleError> {
        role_assignment::assign(&self.ports, actor, id, input).await
    }

    /// Sets somebody's password (contract §5.5).
    pub async fn set_password(
        &self,
        actor: &Actor,
        id: UserId,
        input: Input<Password>,
    ) -> Result<(), Error> {
        let scope = access::scope(actor, Action::SetPassword)?;
        let target = {
            let mut read = self.ports.store.read("users.set_password").await?;
            read.users().find(scope, id).await?.or_refuse(EntityKind::User)?.user
        };
        let decision = access::decide(actor, Action::SetPassword, target.as_object());
        if !matches!(decision, Ok(()) | Err(Denial::Oneself)) {
            decision?;
        }
        let password = super::judged("password", input?, &target.likeness())?;
        if decision.is_err() {
            return Err(Error::OwnPassword);
        }
        let hash = self.ports.hash(password).await?;
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("users.set_password").await?;
        // Hashing took a while: the target may have become somebody out of reach.
        let mut view = work.users().lock(scope, id).await?.or_refuse(EntityKind::User)?;
        access::decide(actor, Action::SetPassword, view.user.as_object())?;
        replace_password(work.as_mut(), &mut view.user, hash, now).await?;
        record(work.as_mut(), actor.user, id, AuditEvent::PasswordReset, now).await?;
        work.commit().await?;
        Ok(())
    }

    /// Revokes every key of somebody; they are dead at once.
    pub async fn revoke_keys(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        let scope = access::scope(actor, Action::RevokeKeys)?;
        let mut work = self.ports.store.begin("users.revoke_keys").await?;
        let user = work.users().lock(scope, id).await?.or_refuse(EntityKind::User)?.user;
        match access::decide(actor, Action::RevokeKeys, user.as_object()) {
            Err(Denial::Oneself) => return Err(Error::OwnKeys),
            decision => decision?,
        }
        work.access_tokens().delete_of_user(id).await?;
        work.commit().await?;
        Ok(())
    }

    /// Activates or deactivates a user (contract §5.6).
    pub async fn set_active(
        &self,
        actor: &Actor,
        id: UserId,
        input: Input<bool>,
    ) -> Result<UserView, Error> {
        let scope = access::scope(actor, Action::SetActive)?;
        let mut work = self.ports.store.begin("users.set_active").await?;
        let mut view = work.users().lock(scope, id).await?.or_refuse(EntityKind::User)?;
        let decision = access::decide(actor, Action::SetActive, view.user.as_object());
        if !matches!(decision, Ok(()) | Err(Denial::Oneself)) {
            decision?;
        }
        let is_active = input?;
        if decision.is_err() {
            return Err(Violations::of("is_active", Violation::OwnActiveStatus).into());
        }
        switch(work.as_mut(), actor, &mut view.user, is_active, self.ports.clock.now()).await?;
        work.users().update(&view.user).await?;
        work.commit().await?;
        Ok(view)
    }
}

/// The tenant of an id as sent; ids that no row can have are none.
pub(super) async fn existing_tenant(
    read: &mut dyn Repositories,
    sent: i64,
) -> Result<Option<TenantId>, RepositoryError> {
    let Ok(id) = i32::try_from(sent) else {
        return Ok(None);
    };
    let id = TenantId::new(id);
    Ok(read.tenants().pin(id).await?.then_some(id))
}

/// The tenant can go away between its check and the insert (contract §13).
fn missing_tenant(error: RepositoryError, tenant: Option<TenantId>) -> Error {
    match (error, tenant) {
        (RepositoryError::MissingReference(_), Some(tenant)) => {
            Violations::of("tenant", Violation::NoSuchObject { key: tenant.to_string() }).into()
        }
        (other, _) => other.into(),
    }
}

/// What is wrong with a login and an address for somebody new. Those that are reserved read like
/// those that somebody has.
pub(super) async fn unavailable(
    read: &mut dyn Repositories,
    username: &Username,
    email: &EmailAddress,
) -> Result<Violations, RepositoryError> {
    let mut keys = read.users().taken(Some(username.clone()), Some(email.clone()), None).await?;
    keys.extend(reserved(username, email));
    keys.sort_unstable();
    keys.dedup();
    Ok(Violations::from(keys.as_slice()))
}

/// Which of these values nobody can choose.
pub(super) fn reserved(username: &Username, email: &EmailAddress) -> Vec<UniqueKey> {
    let username = username.is_reserved().then_some(UniqueKey::Username);
    let email = email.is_reserved().then_some(UniqueKey::Email);
    username.into_iter().chain(email).collect()
}

/// The actor's own row, kept from others until the unit of work ends. Whoever was switched off since
/// the key was checked writes nothing any more.
pub(super) async fn lock_oneself(
    work: &mut dyn UnitOfWork,
    actor: &Actor,
) -> Result<UserView, Error> {
    let own = work.users().lock(Scope::Oneself(actor.user), actor.user).await?;
    own.within().filter(|view| view.user.is_active).ok_or(Error::ActorGone)
}

/// Applies profile data. A moved email address kills pending reset links (contract §3.6).
pub(super) async fn apply_profile(
    work: &mut dyn UnitOfWork,
    user: &mut User,
    profile: ProfileUpdate,
) -> Result<(), Error> {
    let moves = profile.email.as_ref().is_some_and(|email| *email != user.email);
    user.apply(profile);
    if moves {
        if user.email.is_reserved() {
            return Err(RepositoryError::Taken(UniqueKey::Email).into());
        }
        work.password_resets().delete_of_user(user.id).await?;
    }
    Ok(())
}

/// Puts another password in place. All keys and reset links of the user die (contract §1.2, §3.6), and
/// failed logins are forgotten: they were guesses at the old one.
pub(super) async fn replace_password(
    work: &mut dyn UnitOfWork,
    user: &mut User,
    hash: PasswordHash,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    user.set_password(hash, now);
    work.users().update(user).await?;
    work.access_tokens().delete_of_user(user.id).await?;
    work.password_resets().delete_of_user(user.id).await?;
    work.login_attempts().clear(AccountDigest::of(&user.username)).await?;
    Ok(())
}

/// Moves the activity of a locked user. The present value again changes and tells nothing.
async fn switch(
    work: &mut dyn UnitOfWork,
    actor: &Actor,
    user: &mut User,
    is_active: bool,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    if user.is_active == is_active {
        return Ok(());
    }
    if user.id == actor.user {
        return Err(Violations::of("is_active", Violation::OwnActiveStatus).into());
    }
    if is_active && user.username == Username::of_forgotten(user.id) {
        return Err(Error::Forgotten);
    }
    user.is_active = is_active;
    if !is_active {
        work.access_tokens().delete_of_user(user.id).await?;
    }
    record(work, actor.user, user.id, AuditEvent::ActivationChanged { is_active }, now).await
}

/// Writes the audit entry of a change into the unit of work of the change.
pub(super) async fn record(
    work: &mut dyn UnitOfWork,
    actor: UserId,
    target: UserId,
    event: AuditEvent,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let by = work.users().find(Scope::Everything, actor).await?;
    let by = by.or_refuse(EntityKind::User)?.user;
    work.audit_logs().insert(event.entry(actor, &by.email, target, now)).await?;
    Ok(())
}
