//! Tenants (contract §4).

use uuid::Uuid;

use super::Ports;
use super::deletion::{conclude, require_deletable};
use crate::access::{self, Action, Actor, Object};
use crate::error::{Error, Input, RepositoryError, UniqueKey, Violations};
use crate::ids::TenantId;
use crate::page::{ListRequest, Page};
use crate::ports::random::uuid_v4;
use crate::relations::EntityKind;
use crate::tenant::{
    NewTenant, Tenant, TenantFilter, TenantRef, TenantSort, TenantUpdate, TenantView,
};
use crate::text::{EmailAddress, LongText, Slug, TenantName, WebUrl};

/// What a tenant is founded with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantDraft {
    /// Unique.
    pub name: TenantName,
    /// Unique; `None` derives one from the name that nobody has (contract §15).
    pub slug: Option<Slug>,
    /// Contact address.
    pub email: Option<EmailAddress>,
    /// Web site.
    pub url: Option<WebUrl>,
    /// Prose.
    pub description: Option<LongText>,
    /// `true` unless said otherwise.
    pub is_active: bool,
}

impl TenantDraft {
    fn under(&self, slug: Slug) -> NewTenant {
        let Self { name, slug: _, email, url, description, is_active } = self.clone();
        NewTenant { name, slug, email, url, description, is_active }
    }
}

/// Use cases on tenants.
#[derive(Clone)]
pub struct Tenants {
    ports: Ports,
}

impl Tenants {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The tenants the actor may see.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<TenantFilter, TenantSort>>,
    ) -> Result<Page<TenantView>, Error> {
        let scope = access::scope(actor, Action::ListTenants)?;
        let mut read = self.ports.store.read_since("tenants.list", actor.written).await?;
        read.tenants().list(scope, request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One tenant.
    pub async fn get(&self, actor: &Actor, tenant: TenantRef) -> Result<TenantView, Error> {
        let scope = access::scope(actor, Action::ReadTenant)?;
        let mut read = self.ports.store.read("tenants.get").await?;
        read.tenants().find(scope, tenant).await?.or_refuse(EntityKind::Tenant)
    }

    /// The tenant the actor belongs to. Errors: [`Error::NoTenant`].
    pub async fn own(&self, actor: &Actor) -> Result<TenantView, Error> {
        let scope = access::scope(actor, Action::ReadOwnTenant)?;
        let tenant = actor.tenant.ok_or(Error::NoTenant)?;
        let mut read = self.ports.store.read("tenants.own").await?;
        let found = read.tenants().find(scope, TenantRef::Id(tenant)).await?;
        found.or_refuse(EntityKind::Tenant)
    }

    /// Founds a tenant.
    pub async fn create(
        &self,
        actor: &Actor,
        input: Input<TenantDraft>,
    ) -> Result<TenantView, Error> {
        access::permit_role(actor, Action::CreateTenant)?;
        let draft = input?;
        let uuid = uuid_v4(self.ports.random.as_ref());
        let inserted = match draft.slug.clone() {
            Some(slug) => self.insert(draft.under(slug), uuid).await,
            None => self.insert_under_free_slug(&draft, uuid).await,
        };
        match inserted {
            Ok(tenant) => Ok(TenantView { tenant, user_count: 0 }),
            Err(error) => Err(self.all_taken(error, Some(draft.name), draft.slug, None).await),
        }
    }

    async fn insert(&self, new: NewTenant, uuid: Uuid) -> Result<Tenant, RepositoryError> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("tenants.create").await?;
        read.tenants().insert(new, uuid, now).await
    }

    /// The store alone knows which slugs are free: whoever founds at the same time gets another.
    async fn insert_under_free_slug(
        &self,
        draft: &TenantDraft,
        uuid: Uuid,
    ) -> Result<Tenant, RepositoryError> {
        for slug in Slug::derived_from(&draft.name) {
            match self.insert(draft.under(slug), uuid).await {
                Err(RepositoryError::Taken(UniqueKey::TenantSlug)) => {}
                outcome => return outcome,
            }
        }
        Err(RepositoryError::Taken(UniqueKey::TenantSlug))
    }

    /// Changes a tenant. An owner may not move `is_active` (contract §4.2).
    pub async fn update(
        &self,
        actor: &Actor,
        tenant: TenantRef,
        input: Input<TenantUpdate>,
    ) -> Result<TenantView, Error> {
        let scope = access::scope(actor, Action::UpdateTenant)?;
        let mut work = self.ports.store.begin("tenants.update").await?;
        let mut view = work.tenants().lock(scope, tenant).await?.or_refuse(EntityKind::Tenant)?;
        let id = view.tenant.id;
        access::decide(actor, Action::UpdateTenant, Object::Tenant(id))?;
        let update = input?;
        let moves_mark = update.is_active.is_some_and(|mark| mark != view.tenant.is_active);
        if moves_mark {
            access::decide(actor, Action::SwitchTenant, Object::Tenant(id))?;
        }
        let (name, slug) = (update.name.clone(), update.slug.clone());
        view.tenant.apply(update, self.ports.clock.now());
        if let Err(error) = work.tenants().update(&view.tenant).await {
            drop(work);
            return Err(self.all_taken(error, name, slug, Some(id)).await);
        }
        work.commit().await?;
        Ok(view)
    }

    /// Removes a tenant that has no users.
    pub async fn delete(&self, actor: &Actor, tenant: TenantRef) -> Result<(), Error> {
        let scope = access::scope(actor, Action::DeleteTenant)?;
        let mut work = self.ports.store.begin("tenants.delete").await?;
        let view = work.tenants().lock(scope, tenant).await?.or_refuse(EntityKind::Tenant)?;
        let id = view.tenant.id;
        access::decide(actor, Action::DeleteTenant, Object::Tenant(id))?;
        require_deletable(work.as_mut(), EntityKind::Tenant, id.get()).await?;
        let deleted = work.tenants().delete(id).await;
        conclude(&self.ports, work, deleted, (EntityKind::Tenant, id.get())).await
    }

    /// A store names one taken value; the client is told all of them.
    async fn all_taken(
        &self,
        error: RepositoryError,
        name: Option<TenantName>,
        slug: Option<Slug>,
        except: Option<TenantId>,
    ) -> Error {
        let RepositoryError::Taken(first) = error else {
            return error.into();
        };
        let taken: Result<Vec<UniqueKey>, RepositoryError> = async {
            let mut read = self.ports.store.read("tenants.taken").await?;
            read.tenants().taken(name, slug, except).await
        }
        .await;
        match taken {
            // Whoever had the value may be gone by now; the first refusal stands.
            Ok(keys) if !keys.is_empty() => Error::Invalid(Violations::from(keys.as_slice())),
            _ => RepositoryError::Taken(first).into(),
        }
    }
}
