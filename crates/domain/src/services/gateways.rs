//! Payment gateways (contract §9): what can be paid with, and its configuration.

use super::Ports;
use super::deletion::{conclude, require_deletable};
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input};
use crate::gateway::{GatewayFilter, GatewaySort, GatewayUpdate, NewGateway, PaymentGatewayConfig};
use crate::ids::GatewayId;
use crate::page::{ListRequest, Page};
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::EntityKind;

/// Use cases on gateways.
#[derive(Clone)]
pub struct Gateways {
    ports: Ports,
}

impl Gateways {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The active gateways, highest priority first, then by name.
    pub async fn active(&self, actor: &Actor) -> Result<Vec<PaymentGatewayConfig>, Error> {
        access::permit_role(actor, Action::ListGateways)?;
        let mut read = self.ports.store.read_since("gateways.active", actor.written).await?;
        Ok(read.gateways().active().await?)
    }

    /// The configured gateways.
    pub async fn list(
        &self,
        actor: &Actor,
        request: Input<ListRequest<GatewayFilter, GatewaySort>>,
    ) -> Result<Page<PaymentGatewayConfig>, Error> {
        access::permit_role(actor, Action::ConfigureGateways)?;
        let mut read = self.ports.store.read_since("gateways.list", actor.written).await?;
        read.gateways().list(request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One configured gateway.
    pub async fn get(&self, actor: &Actor, id: GatewayId) -> Result<PaymentGatewayConfig, Error> {
        access::permit_role(actor, Action::ConfigureGateways)?;
        let mut read = self.ports.store.read("gateways.get").await?;
        read.gateways().find(id).await?.ok_or(NOT_FOUND)
    }

    /// Configures a gateway.
    pub async fn create(
        &self,
        actor: &Actor,
        input: Input<NewGateway>,
    ) -> Result<PaymentGatewayConfig, Error> {
        access::permit_role(actor, Action::ConfigureGateways)?;
        let mut new = input?;
        new.config = new.config.sealed(self.ports.secrets.as_ref())?;
        let mut read = self.ports.store.read("gateways.create").await?;
        Ok(read.gateways().insert(new, self.ports.clock.now()).await?)
    }

    /// Changes a gateway. Settings are kept whole or replaced whole (contract §9.2).
    pub async fn update(
        &self,
        actor: &Actor,
        id: GatewayId,
        input: Input<GatewayUpdate>,
    ) -> Result<PaymentGatewayConfig, Error> {
        access::permit_role(actor, Action::ConfigureGateways)?;
        let mut work = self.ports.store.begin("gateways.update").await?;
        let mut gateway = locked(work.as_mut(), id).await?;
        let mut update = input?;
        let secrets = self.ports.secrets.as_ref();
        update.config = update.config.map(|config| config.sealed(secrets)).transpose()?;
        gateway.apply(update, self.ports.clock.now());
        work.gateways().update(&gateway).await?;
        work.commit().await?;
        Ok(gateway)
    }

    /// Removes a gateway without payments.
    pub async fn delete(&self, actor: &Actor, id: GatewayId) -> Result<(), Error> {
        access::permit_role(actor, Action::ConfigureGateways)?;
        let mut work = self.ports.store.begin("gateways.delete").await?;
        locked(work.as_mut(), id).await?;
        let kind = EntityKind::PaymentGatewayConfig;
        require_deletable(work.as_mut(), kind, id.get()).await?;
        let deleted = work.gateways().delete(id).await;
        conclude(&self.ports, work, deleted, (kind, id.get())).await
    }
}

const NOT_FOUND: Error = Error::NotFound(EntityKind::PaymentGatewayConfig);

async fn locked(work: &mut dyn UnitOfWork, id: GatewayId) -> Result<PaymentGatewayConfig, Error> {
    work.gateways().lock(id).await?.ok_or(NOT_FOUND)
}
