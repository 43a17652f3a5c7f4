//! Keys of network equipment (contract §16).

use super::Ports;
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input, RepositoryError, Violation, Violations};
use crate::ids::{ServiceKeyId, TenantId};
use crate::page::{ListRequest, Page};
use crate::relations::EntityKind;
use crate::service_key::{Equipment, NewServiceKey, ServiceKey, ServiceKeySort};
use crate::text::Name;
use crate::token::SecretToken;

/// A key as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceKeyDraft {
    /// What for.
    pub name: Name,
    /// Whose users it reaches; `None` is everybody's.
    pub tenant: Option<TenantId>,
}

/// Use cases on service keys.
#[derive(Clone)]
pub struct ServiceKeys {
    ports: Ports,
}

impl ServiceKeys {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The keys, without their characters.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<(), ServiceKeySort>>,
    ) -> Result<Page<ServiceKey>, Error> {
        access::permit_role(actor, Action::ManageServiceKeys)?;
        let mut read = self.ports.store.read_since("service_keys.list", actor.written).await?;
        read.service_keys().list(request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One key, without its characters.
    pub async fn get(&self, actor: &Actor, id: ServiceKeyId) -> Result<ServiceKey, Error> {
        access::permit_role(actor, Action::ManageServiceKeys)?;
        let mut read = self.ports.store.read("service_keys.get").await?;
        read.service_keys().find(id).await?.ok_or(Error::NotFound(EntityKind::ServiceKey))
    }

    /// Makes a key. The characters are told here and never again.
    pub async fn create(
        &self,
        actor: &Actor,
        input: Input<ServiceKeyDraft>,
    ) -> Result<(ServiceKey, SecretToken), Error> {
        access::permit_role(actor, Action::ManageServiceKeys)?;
        let ServiceKeyDraft { name, tenant } = input?;
        let token = SecretToken::draw(self.ports.random.as_ref());
        let new = NewServiceKey { name, tenant_id: tenant, key_hash: token.digest() };
        let mut read = self.ports.store.read("service_keys.create").await?;
        let stored = read.service_keys().insert(new, self.ports.clock.now()).await;
        let key = stored.map_err(|error| match (error, tenant) {
            (RepositoryError::MissingReference(_), Some(tenant)) => {
                let missing = Violation::NoSuchObject { key: tenant.to_string() };
                Violations::of("tenant", missing).into()
            }
            (error, _) => Error::from(error),
        })?;
        Ok((key, token))
    }

    /// Removes a key; it is dead at once.
    pub async fn delete(&self, actor: &Actor, id: ServiceKeyId) -> Result<(), Error> {
        access::permit_role(actor, Action::ManageServiceKeys)?;
        let mut read = self.ports.store.read("service_keys.delete").await?;
        super::deletion::require_deleted(
            read.service_keys().delete(id).await?,
            EntityKind::ServiceKey,
        )
    }

    /// Whose a key is, in one statement.
    pub async fn authenticate(&self, key: &SecretToken) -> Result<Option<Equipment>, Error> {
        let mut read = self.ports.store.read("service_keys.authenticate").await?;
        let now = self.ports.clock.now();
        Ok(read.service_keys().authenticate(key.digest(), now).await?)
    }
}
