//! Who may do what: roles, actors, actions and the one decision.
//!
//! The table of contract §2 is the function `reach`; everything else follows from it. [`permit_role`] answers
//! before an object is known, [`decide`] with it, [`scope()`] says which rows a list may show.

mod scope;

use thiserror::Error as ThisError;

use crate::ids::{TenantId, UserId};
use crate::ports::unit_of_work::WritePosition;

pub use scope::{Lookup, Scope, scope};

/// The four roles of the seed (User, "Role Values").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Full system access.
    Superadmin,
    /// Manages every tenant, but no superadmin.
    Admin,
    /// Manages one tenant.
    TenantOwner,
    /// End user.
    Subscriber,
}

impl Role {
    /// All roles, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Superadmin, Self::Admin, Self::TenantOwner, Self::Subscriber];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Superadmin => "superadmin",
            Self::Admin => "admin",
            Self::TenantOwner => "tenant_owner",
            Self::Subscriber => "subscriber",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// Derived, never stored (seed, "Derived Properties").
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Superadmin | Self::Admin)
    }

    /// Derived, never stored (seed, "Derived Properties").
    pub const fn is_superuser(self) -> bool {
        matches!(self, Self::Superadmin)
    }

    /// Whether a user of this role is created within a tenant (contract §2).
    pub const fn needs_tenant(self) -> bool {
        !self.is_staff()
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The authenticated user on whose behalf a use case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// The role at the time of the request.
    pub role: Role,
    /// The tenant at the time of the request.
    pub tenant: Option<TenantId>,
    /// Where the user's last write ended: lists show no older state. `None` where that is not noted.
    pub written: Option<WritePosition>,
}

impl Actor {
    /// An owner without a tenant has the rights of a subscriber; the tenant of staff gives and
    /// takes nothing (contract §2).
    const fn standing(&self) -> Standing {
        match (self.role, self.tenant) {
            (Role::Superadmin, _) => Standing::Superadmin,
            (Role::Admin, _) => Standing::Admin,
            (Role::TenantOwner, Some(tenant)) => Standing::Owner(tenant),
            (Role::TenantOwner, None) | (Role::Subscriber, _) => Standing::Subscriber,
        }
    }
}

#[derive(Clone, Copy)]
enum Standing {
    Superadmin,
    Admin,
    Owner(TenantId),
    Subscriber,
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Everything that can be done, one action a row of contract §2.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$doc])* $name),+
        }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

actions! {
    /// See the list of tenants.
    ListTenants,
    /// See one tenant.
    ReadTenant,
    /// See the tenant one belongs to.
    ReadOwnTenant,
    /// Found a tenant.
    CreateTenant,
    /// Change a tenant.
    UpdateTenant,
    /// Move a tenant's mark of activity (contract §4.2).
    SwitchTenant,
    /// Remove a tenant.
    DeleteTenant,
    /// Have a user belong to another tenant (contract §5.4).
    MoveToTenant,
    /// See the list of users.
    ListUsers,
    /// See one user.
    ReadUser,
    /// Create a user.
    CreateUser,
    /// Change a user's data.
    UpdateUser,
    /// Remove a user.
    DeleteUser,
    /// See everything that is kept about a user, in one document.
    ExportUser,
    /// Give a user another role.
    AssignRole,
    /// Set somebody's password without knowing the old one.
    SetPassword,
    /// Activate or deactivate a user.
    SetActive,
    /// Revoke every key of somebody.
    RevokeKeys,
    /// See and revoke one's own keys.
    UseKeys,
    /// See, create, change and remove todos.
    UseTodos,
    /// See plans and their active pricing.
    ReadPlans,
    /// Create, change and remove plans and pricing.
    WritePlans,
    /// Subscribe, cancel, see status and limits.
    UseSubscription,
    /// See which gateways can be paid with.
    ListGateways,
    /// See and change gateway configuration.
    ConfigureGateways,
    /// See payments and their logs.
    ReadPayments,
    /// Pay.
    CreatePayment,
    /// Capture an authorised payment.
    CapturePayment,
    /// Give money back.
    RefundPayment,
    /// Confirm a payment made outside.
    ConfirmPayment,
    /// Call a payment off.
    CancelPayment,
    /// Let money go that is held (contract §10.2).
    ReleasePayment,
    /// See the dashboard.
    ViewDashboard,
    /// See the audit log.
    ReadAuditLogs,
    /// See what gateways have reported, and have it applied again.
    ManageWebhookEvents,
    /// See, create and remove the keys of network equipment (contract §16).
    ManageServiceKeys,
}

impl Action {
    /// Actions that would let a stolen or careless session act on its own account in a way meant
    /// for others (contract §5.4-5.6, §13).
    const fn spares_oneself(self) -> bool {
        matches!(
            self,
            Self::DeleteUser
                | Self::AssignRole
                | Self::SetPassword
                | Self::SetActive
                | Self::RevokeKeys
        )
    }
}

/// What is acted on, as far as the decision needs to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    /// A tenant.
    Tenant(TenantId),
    /// A user.
    User {
        /// Who.
        id: UserId,
        /// The user's role.
        role: Role,
        /// The user's tenant.
        tenant: Option<TenantId>,
    },
    /// Something that belongs to a user: a todo, a payment, an audit entry about the user.
    Owned {
        /// Whose it is; `None` when the user is gone.
        owner: Option<UserId>,
        /// The owner's tenant.
        tenant: Option<TenantId>,
    },
    /// Something that belongs to the system: a plan, a gateway.
    Shared,
}

impl Object {
    fn is_of_tenant(self, own: TenantId) -> bool {
        match self {
            Self::Tenant(id) => id == own,
            Self::User { tenant, .. } | Self::Owned { tenant, .. } => tenant == Some(own),
            Self::Shared => false,
        }
    }

    fn is_of_user(self, user: UserId) -> bool {
        match self {
            Self::User { id, .. } => id == user,
            Self::Owned { owner, .. } => owner == Some(user),
            Self::Tenant(_) | Self::Shared => false,
        }
    }
}

/// Why the answer is no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub enum Denial {
    /// The role has no right to the action, whatever the object.
    #[error("You do not have permission to perform this action.")]
    Role,
    /// The role has the right, but not on this object.
    #[error("You do not have permission to perform this action.")]
    OutOfReach,
    /// Only others may do this to one.
    #[error("This cannot be done to oneself.")]
    Oneself,
    /// Only a superadmin makes superadmins.
    #[error("Cannot assign SuperAdmin role.")]
    SuperadminRole,
    /// A tenant owner creates subscribers only.
    #[error("Can only assign Subscriber role.")]
    OtherThanSubscriber,
}

/// How far a role's right to an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Nothing,
    /// What is one's own.
    Own,
    /// The tenant one belongs to, whatever the role.
    Home,
    /// What is of the own tenant.
    Tenant(TenantId),
    /// The users one manages.
    Managed,
    /// The users one manages, and oneself.
    ManagedOrOwn,
    Everything,
}

/// The table of contract §2, a row an action.
const fn reach(standing: Standing, action: Action) -> Reach {
    use Action as A;
    use Reach::{Everything, Home, Managed, ManagedOrOwn, Nothing, Own, Tenant};
    use Standing as S;
    match (action, standing) {
        (A::ReadOwnTenant, _) => Home,

        (A::ReadPlans | A::ListGateways, _)
        | (
            A::ListTenants
            | A::ReadTenant
            | A::CreateTenant
            | A::UpdateTenant
            | A::DeleteTenant
            | A::ListUsers
            | A::ReadUser
            | A::CreateUser
            | A::WritePlans
            | A::ConfigureGateways
            | A::ReadPayments
            | A::SwitchTenant
            | A::MoveToTenant
            | A::ReleasePayment
            | A::CapturePayment
            | A::RefundPayment
            | A::ConfirmPayment
            | A::CancelPayment
            | A::ViewDashboard
            | A::ReadAuditLogs
            | A::ManageWebhookEvents
            | A::ManageServiceKeys,
            S::Superadmin | S::Admin,
        )
        | (
            A::UpdateUser
            | A::ExportUser
            | A::DeleteUser
            | A::AssignRole
            | A::SetPassword
            | A::SetActive
            | A::RevokeKeys,
            S::Superadmin,
        ) => Everything,

        (A::UpdateUser | A::ExportUser, S::Admin | S::Owner(_)) => ManagedOrOwn,
        (
            A::DeleteUser | A::AssignRole | A::SetPassword | A::SetActive | A::RevokeKeys,
            S::Admin | S::Owner(_),
        ) => Managed,

        (
            A::ListTenants
            | A::ReadTenant
            | A::UpdateTenant
            | A::ListUsers
            | A::ReadUser
            | A::CreateUser
            | A::ReadPayments
            | A::ViewDashboard
            | A::ReadAuditLogs,
            S::Owner(tenant),
        ) => Tenant(tenant),

        (A::UseTodos | A::UseSubscription | A::UseKeys | A::CreatePayment, _)
        | (A::CancelPayment, S::Owner(_) | S::Subscriber)
        | (
            A::ListTenants
            | A::ListUsers
            | A::ReadUser
            | A::UpdateUser
            | A::ExportUser
            | A::ReadPayments,
            S::Subscriber,
        ) => Own,

        (
            A::CreateTenant
            | A::DeleteTenant
            | A::WritePlans
            | A::ConfigureGateways
            | A::SwitchTenant
            | A::MoveToTenant
            | A::ReleasePayment
            | A::CapturePayment
            | A::RefundPayment
            | A::ConfirmPayment
            | A::ManageWebhookEvents
            | A::ManageServiceKeys,
            S::Owner(_) | S::Subscriber,
        )
        | (
            A::ReadTenant
            | A::UpdateTenant
            | A::CreateUser
            | A::DeleteUser
            | A::AssignRole
            | A::SetPassword
            | A::SetActive
            | A::RevokeKeys
            | A::ViewDashboard
            | A::ReadAuditLogs,
            S::Subscriber,
        ) => Nothing,
    }
}

/// Whether the role has any right to the action, before an object is known (contract §1.3 step 5).
pub fn permit_role(actor: &Actor, action: Action) -> Result<(), Denial> {
    match reach(actor.standing(), action) {
        Reach::Nothing => Err(Denial::Role),
        _ => Ok(()),
    }
}

/// Whether the actor may do the action to the object, and if not, why.
///
/// [`Denial::Oneself`] comes last: it says that all else is fine, so that a use case can put it
/// behind the checks of the values (contract §1.3 step 9).
pub fn decide(actor: &Actor, action: Action, object: Object) -> Result<(), Denial> {
    let covered = match reach(actor.standing(), action) {
        Reach::Nothing => return Err(Denial::Role),
        Reach::Own => object.is_of_user(actor.user),
        Reach::Home => actor.tenant.is_some_and(|own| object == Object::Tenant(own)),
        Reach::Tenant(own) => object.is_of_tenant(own),
        Reach::Managed => manages(actor, object),
        Reach::ManagedOrOwn => manages(actor, object) || object.is_of_user(actor.user),
        Reach::Everything => true,
    };
    if !covered {
        Err(Denial::OutOfReach)
    } else if action.spares_oneself() && object.is_of_user(actor.user) {
        Err(Denial::Oneself)
    } else {
        Ok(())
    }
}

/// "Manages" of contract §2. Everybody's own reach is inside it where the role matches; actions
/// that must spare oneself say so themselves.
fn manages(actor: &Actor, object: Object) -> bool {
    let Object::User { role, tenant, .. } = object else {
        return false;
    };
    match actor.standing() {
        Standing::Superadmin => true,
        Standing::Admin => role != Role::Superadmin,
        Standing::Owner(own) => !role.is_staff() && tenant == Some(own),
        Standing::Subscriber => false,
    }
}

/// Whether the actor may give the role to anybody (contract §2, "role given on creation or by
/// assign-role").
pub fn may_give_role(actor: &Actor, role: Role) -> Result<(), Denial> {
    match (actor.standing(), role) {
        (Standing::Superadmin, _)
        | (Standing::Admin, Role::Admin | Role::TenantOwner | Role::Subscriber)
        | (Standing::Owner(_), Role::Subscriber) => Ok(()),
        (Standing::Admin, Role::Superadmin) => Err(Denial::SuperadminRole),
        (Standing::Owner(_), _) => Err(Denial::OtherThanSubscriber),
        (Standing::Subscriber, _) => Err(Denial::Role),
    }
}
