//! Giving a user another role (contract §5.4), which has an order of checks and texts of its own.

use thiserror::Error as ThisError;

use super::Ports;
use super::users::{existing_tenant, record};
use crate::access::{self, Action, Actor, Denial, Lookup, Role, Scope};
use crate::audit::AuditEvent;
use crate::error::{Error, Input, RepositoryError, Violation, Violations};
use crate::ids::{TenantId, UserId};
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::EntityKind;
use crate::user::{User, UserView};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleAssignment {
    /// The new role; `None` where the word is absent or unknown.
    pub role: Option<Role>,
    /// The new tenant, heeded for superadmins and admins.
    pub tenant: TenantChoice,
}

/// What is asked of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantChoice {
    /// Nothing: it stays.
    Keep,
    /// To belong to none.
    Clear,
    /// To belong to this one, which may name no row.
    Move(i64),
    /// Something that is no id.
    Unreadable(Violation),
}

/// Why the role was not given. The texts are those clients read.
#[derive(Debug, ThisError)]
pub enum AssignRoleError {
    /// The role is absent or unknown.
    #[error("Invalid role")]
    InvalidRole,
    /// The caller may not assign roles, or does not manage the target.
    #[error("Insufficient permissions")]
    Insufficient,
    /// A tenant owner gives no role but subscriber.
    #[error("Can only assign Subscriber role")]
    OnlySubscriber,
    /// A tenant owner reaches no further than the own tenant.
    #[error("Cannot modify users from other tenants")]
    OtherTenant,
    /// Only a superadmin makes superadmins.
    #[error("Cannot assign SuperAdmin role")]
    SuperadminRole,
    /// Nobody changes the own role.
    #[error("Cannot change your own role")]
    OwnRole,
    /// No such user, a refused tenant, unreadable input, or a failing store.
    #[error(transparent)]
    Other(Error),
}

impl<E: Into<Error>> From<E> for AssignRoleError {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// Checks in the order of the contract's table and assigns.
pub(super) async fn assign(
    ports: &Ports,
    actor: &Actor,
    id: UserId,
    input: Input<RoleAssignment>,
) -> Result<UserView, AssignRoleError> {
    let mut work = ports.store.begin("users.assign_role").await?;
    // Every caller learns first whether the row exists, so the look-up is unbounded here.
    let target = match work.users().lock(Scope::Everything, id).await? {
        Lookup::Within(view) => view.user,
        Lookup::Outside | Lookup::Nowhere => return Err(Error::NotFound(EntityKind::User).into()),
    };
    let RoleAssignment { role, tenant } = input.map_err(Error::from)?;
    let role = role.ok_or(AssignRoleError::InvalidRole)?;
    check_rights(actor, role, &target)?;
    let tenant_id = new_tenant(work.as_mut(), actor, role, &tenant, target.tenant_id).await?;

    if (target.role, target.tenant_id) != (role, tenant_id) {
        let now = ports.clock.now();
        let event = AuditEvent::RoleChanged {
            role: (target.role, role),
            tenant: (target.tenant_id, tenant_id),
        };
        work.users().update(&User { role, tenant_id, ..target }).await?;
        record(work.as_mut(), actor.user, id, event, now).await?;
    }
    let view = work.users().find(Scope::Everything, id).await?.or_refuse(EntityKind::User)?;
    work.commit().await?;
    Ok(view)
}

fn check_rights(actor: &Actor, role: Role, target: &User) -> Result<(), AssignRoleError> {
    access::permit_role(actor, Action::AssignRole).map_err(|_| AssignRoleError::Insufficient)?;
    let gift = access::may_give_role(actor, role);
    if gift == Err(Denial::OtherThanSubscriber) {
        return Err(AssignRoleError::OnlySubscriber);
    }
    let scope = access::scope(actor, Action::AssignRole)?;
    if !scope.covers(Some(target.id), target.tenant_id) {
        return Err(AssignRoleError::OtherTenant);
    }
    if gift.is_err() {
        return Err(AssignRoleError::SuperadminRole);
    }
    match access::decide(actor, Action::AssignRole, target.as_object()) {
        Ok(()) => Ok(()),
        Err(Denial::Oneself) => Err(AssignRoleError::OwnRole),
        Err(_) => Err(AssignRoleError::Insufficient),
    }
}

/// The tenant after the change. Only staff move users; an owner belongs to a tenant always.
async fn new_tenant(
    work: &mut dyn UnitOfWork,
    actor: &Actor,
    role: Role,
    choice: &TenantChoice,
    present: Option<TenantId>,
) -> Result<Option<TenantId>, AssignRoleError> {
    let refuse = |violation| AssignRoleError::from(Violations::of("tenant", violation));
    let tenant = match choice {
        _ if access::permit_role(actor, Action::MoveToTenant).is_err() => present,
        TenantChoice::Keep => present,
        TenantChoice::Clear => None,
        TenantChoice::Unreadable(violation) => return Err(refuse(violation.clone())),
        TenantChoice::Move(sent) => {
            let found: Result<_, RepositoryError> = existing_tenant(work, *sent).await;
            Some(found?.ok_or_else(|| refuse(Violation::NoSuchObject { key: sent.to_string() }))?)
        }
    };
    if role == Role::TenantOwner && tenant.is_none() {
        return Err(refuse(Violation::Required));
    }
    Ok(tenant)
}
