//! Keys of network equipment (contract §16).

use chrono::{DateTime, Utc};

use crate::ids::{ServiceKeyId, TenantId};
use crate::page::{Listed, Order, SortKey, SortValue, ascending};
use crate::text::Name;
use crate::token::TokenDigest;

/// A key that RADIUS servers and captive portals ask with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceKey {
    /// Identity.
    pub id: ServiceKeyId,
    /// What for, in the words of whoever made it.
    pub name: Name,
    /// Whose users it reaches; `None` is everybody's.
    pub tenant_id: Option<TenantId>,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServiceKey {
    /// What for.
    pub name: Name,
    /// Whose users it reaches.
    pub tenant_id: Option<TenantId>,
    /// Digest of the key.
    pub key_hash: TokenDigest,
}

/// The equipment on whose behalf a use case runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Equipment {
    /// By which key.
    pub key: ServiceKeyId,
    /// Whose users it reaches; `None` is everybody's.
    pub tenant: Option<TenantId>,
}

/// Orderings of the list of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceKeySort {
    /// By `name`.
    Name,
    /// By `created_at`.
    CreatedAt,
}

impl SortKey for ServiceKeySort {
    const NAMES: &'static [(&'static str, Self)] =
        &[("name", Self::Name), ("created_at", Self::CreatedAt)];
    const DEFAULT: &'static [Order<Self>] = &[ascending(Self::CreatedAt)];
}

impl Listed for ServiceKey {
    type Key = ServiceKeySort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, key: ServiceKeySort) -> SortValue {
        match key {
            ServiceKeySort::Name => self.name.as_str().into(),
            ServiceKeySort::CreatedAt => self.created_at.into(),
        }
    }
}
