//! Tenants.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::engine::State;
use super::list::{finds, is, is_text, lookup, page};
use super::session::Session;
use super::table::{Row, Table};
use crate::access::{Lookup, Scope};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::TenantId;
use crate::page::ListRequest;
use crate::ports::tenant::TenantRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::tenant::{NewTenant, Tenant, TenantFilter, TenantRef, TenantSort, TenantView};
use crate::text::{EmailAddress, Slug, TenantName};

impl Row for Tenant {
    const KIND: EntityKind = EntityKind::Tenant;

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.tenants
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.tenants
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        let key = if self.uuid == other.uuid {
            UniqueKey::TenantUuid
        } else if self.name == other.name {
            UniqueKey::TenantName
        } else if self.slug == other.slug {
            UniqueKey::TenantSlug
        } else {
            return None;
        };
        Some(RepositoryError::Taken(key))
    }

    fn keep(&mut self, stored: &Self) {
        self.uuid = stored.uuid;
        self.created_at = stored.created_at;
    }
}

fn view(state: &State, tenant: &Tenant) -> TenantView {
    let is_member = |user: &&crate::user::User| user.tenant_id == Some(tenant.id);
    TenantView {
        tenant: tenant.clone(),
        user_count: state.users.iter().filter(is_member).count() as u64,
    }
}

fn is_named(tenant: &Tenant, name: &TenantRef) -> bool {
    match name {
        TenantRef::Id(id) => tenant.id == *id,
        TenantRef::Uuid(uuid) => tenant.uuid == *uuid,
        TenantRef::Slug(slug) => tenant.slug == *slug,
    }
}

fn covers(scope: Scope, tenant: &Tenant) -> bool {
    scope.covers(None, Some(tenant.id))
}

fn matches(tenant: &Tenant, request: &ListRequest<TenantFilter, TenantSort>) -> bool {
    let TenantFilter { is_active, slug, uuid } = &request.filter;
    let fields = [
        Some(tenant.name.as_str()),
        Some(tenant.slug.as_str()),
        tenant.email.as_ref().map(EmailAddress::as_str),
    ];
    is(is_active.as_ref(), &tenant.is_active)
        && is_text(slug.as_ref(), Some(tenant.slug.as_str()))
        && is(uuid.as_ref(), &tenant.uuid)
        && finds(&request.search, &fields)
}

#[async_trait]
impl TenantRepository for Session {
    async fn insert(
        &mut self,
        tenant: NewTenant,
        uuid: Uuid,
        now: DateTime<Utc>,
    ) -> Stored<Tenant> {
        let make = |id| Tenant {
            id: TenantId::new(id),
            name: tenant.name,
            slug: tenant.slug,
            uuid,
            email: tenant.email,
            url: tenant.url,
            description: tenant.description,
            is_active: tenant.is_active,
            created_at: now,
            updated_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn find(&mut self, scope: Scope, tenant: TenantRef) -> Stored<Lookup<TenantView>> {
        self.read(|state| {
            let row = state.tenants.iter().find(|row| is_named(row, &tenant));
            lookup(row, |row| covers(scope, row)).map(|row| view(state, row))
        })
    }

    async fn lock(&mut self, scope: Scope, tenant: TenantRef) -> Stored<Lookup<TenantView>> {
        TenantRepository::find(self, scope, tenant).await
    }

    async fn pin(&mut self, id: TenantId) -> Stored<bool> {
        self.read(|state| state.tenants.get(id.get()).is_some())
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<TenantFilter, TenantSort>,
    ) -> Listing<TenantView> {
        self.read(|state| {
            let rows = state
                .tenants
                .iter()
                .filter(|row| covers(scope, row) && matches(row, &request))
                .map(|row| view(state, row));
            page(rows.collect(), &request)
        })
    }

    async fn update(&mut self, tenant: &Tenant) -> Stored<()> {
        self.write(|state| state.update(tenant.clone())).await
    }

    async fn delete(&mut self, id: TenantId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::Tenant, id.get())).await
    }

    async fn taken(
        &mut self,
        name: Option<TenantName>,
        slug: Option<Slug>,
        except: Option<TenantId>,
    ) -> Stored<Vec<UniqueKey>> {
        self.read(|state| {
            let others = || state.tenants.iter().filter(|row| Some(row.id) != except);
            let named = name.is_some_and(|name| others().any(|row| row.name == name));
            let slugged = slug.is_some_and(|slug| others().any(|row| row.slug == slug));
            let name = named.then_some(UniqueKey::TenantName);
            let slug = slugged.then_some(UniqueKey::TenantSlug);
            name.into_iter().chain(slug).collect()
        })
    }
}
