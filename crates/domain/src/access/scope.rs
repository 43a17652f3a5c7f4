//! Which rows a list or a lookup may show.

use super::{Action, Actor, Denial, Reach, reach};
use crate::error::Error;
use crate::ids::{TenantId, UserId};
use crate::relations::EntityKind;

/// Which rows a list or a lookup may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All rows.
    Everything,
    /// The rows of one tenant.
    Tenant(TenantId),
    /// One user's own rows.
    Oneself(UserId),
}

impl Scope {
    /// Whether a row with this owner and tenant is inside.
    pub fn covers(self, owner: Option<UserId>, tenant: Option<TenantId>) -> bool {
        match self {
            Self::Everything => true,
            Self::Tenant(own) => tenant == Some(own),
            Self::Oneself(user) => owner == Some(user),
        }
    }

    /// The tenant that bounds the scope, for stores that filter by column.
    pub const fn tenant(self) -> Option<TenantId> {
        match self {
            Self::Tenant(tenant) => Some(tenant),
            _ => None,
        }
    }

    /// The user that bounds the scope, for stores that filter by column.
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::Oneself(user) => Some(user),
            _ => None,
        }
    }
}

/// The rows that the actor's right to the action reaches; an error where it reaches none at all.
pub fn scope(actor: &Actor, action: Action) -> Result<Scope, Denial> {
    match reach(actor.standing(), action) {
        Reach::Nothing => Err(Denial::Role),
        Reach::Own => Ok(Scope::Oneself(actor.user)),
        Reach::Home => Ok(actor.tenant.map_or(Scope::Oneself(actor.user), Scope::Tenant)),
        Reach::Tenant(tenant) => Ok(Scope::Tenant(tenant)),
        Reach::Managed | Reach::ManagedOrOwn => Ok(match actor.tenant {
            Some(tenant) if !actor.role.is_staff() => Scope::Tenant(tenant),
            _ => Scope::Everything,
        }),
        Reach::Everything => Ok(Scope::Everything),
    }
}

/// What a scoped lookup found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T> {
    /// A row inside the scope.
    Within(T),
    /// A row exists, but the scope does not cover it (contract §1.5: `403`).
    Outside,
    /// No such row (contract §1.5: `404`).
    Nowhere,
}

impl<T> Lookup<T> {
    /// The row, or the contract's answer for rows out of reach.
    pub fn or_refuse(self, kind: EntityKind) -> Result<T, Error> {
        match self {
            Self::Within(row) => Ok(row),
            Self::Outside => Err(Denial::OutOfReach.into()),
            Self::Nowhere => Err(Error::NotFound(kind)),
        }
    }

    /// The row, if there is one inside the scope.
    pub fn within(self) -> Option<T> {
        match self {
            Self::Within(row) => Some(row),
            Self::Outside | Self::Nowhere => None,
        }
    }

    /// Applies `f` to a row inside the scope.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Lookup<U> {
        match self {
            Self::Within(row) => Lookup::Within(f(row)),
            Self::Outside => Lookup::Outside,
            Self::Nowhere => Lookup::Nowhere,
        }
    }
}
