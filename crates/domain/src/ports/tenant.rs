//! Where tenants are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Listing, Stored};
use crate::access::{Lookup, Scope};
use crate::error::UniqueKey;
use crate::ids::TenantId;
use crate::page::ListRequest;
use crate::tenant::{NewTenant, Tenant, TenantFilter, TenantRef, TenantSort, TenantView};
use crate::text::{Slug, TenantName};

/// Tenants. A scope of oneself covers no tenant.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait TenantRepository: Send {
    /// Stores a new tenant. Errors: `Taken`.
    async fn insert(&mut self, tenant: NewTenant, uuid: Uuid, now: DateTime<Utc>)
    -> Stored<Tenant>;

    /// Finds a tenant with its user count.
    async fn find(&mut self, scope: Scope, tenant: TenantRef) -> Stored<Lookup<TenantView>>;

    /// Finds a tenant and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, scope: Scope, tenant: TenantRef) -> Stored<Lookup<TenantView>>;

    /// Whether a tenant exists. Keeps it from being deleted until the unit of work ends.
    async fn pin(&mut self, id: TenantId) -> Stored<bool>;

    /// A page of tenants with their user counts. Search: `name`, `slug`, `email`.
    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<TenantFilter, TenantSort>,
    ) -> Listing<TenantView>;

    /// Stores all changeable columns of a locked tenant. Errors: `Taken`.
    async fn update(&mut self, tenant: &Tenant) -> Stored<()>;

    /// Deletes a tenant; `false` where there is none. Errors: `Protected`.
    async fn delete(&mut self, id: TenantId) -> Stored<bool>;

    /// Which of these values another tenant than `except` has.
    async fn taken(
        &mut self,
        name: Option<TenantName>,
        slug: Option<Slug>,
        except: Option<TenantId>,
    ) -> Stored<Vec<UniqueKey>>;
}
