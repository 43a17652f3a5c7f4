//! Gateway configurations.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is, is_text, page};
use super::session::Session;
use super::table::{Row, Table};
use crate::error::{RepositoryError, UniqueKey};
use crate::gateway::{GatewayFilter, GatewaySort, NewGateway, PaymentGatewayConfig};
use crate::ids::GatewayId;
use crate::page::ListRequest;
use crate::ports::gateway::GatewayRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;

impl Row for PaymentGatewayConfig {
    const KIND: EntityKind = EntityKind::PaymentGatewayConfig;

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.gateways
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.gateways
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        (self.name == other.name).then_some(RepositoryError::Taken(UniqueKey::GatewayName))
    }

    fn keep(&mut self, stored: &Self) {
        self.created_at = stored.created_at;
    }
}

fn matches(
    gateway: &PaymentGatewayConfig,
    request: &ListRequest<GatewayFilter, GatewaySort>,
) -> bool {
    let GatewayFilter { variant, is_active } = &request.filter;
    let (name, own_variant) = (gateway.name.as_str(), gateway.variant.as_str());
    is_text(variant.as_ref(), Some(own_variant))
        && is(is_active.as_ref(), &gateway.is_active)
        && finds(&request.search, &[Some(name), Some(own_variant)])
}

#[async_trait]
impl GatewayRepository for Session {
    async fn insert(
        &mut self,
        gateway: NewGateway,
        now: DateTime<Utc>,
    ) -> Stored<PaymentGatewayConfig> {
        let make = |id| gateway.stored_as(GatewayId::new(id), now);
        self.write(|state| state.insert(make)).await
    }

    async fn find(&mut self, id: GatewayId) -> Stored<Option<PaymentGatewayConfig>> {
        self.read(|state| state.gateways.get(id.get()).cloned())
    }

    async fn lock(&mut self, id: GatewayId) -> Stored<Option<PaymentGatewayConfig>> {
        GatewayRepository::find(self, id).await
    }

    async fn list(
        &mut self,
        request: ListRequest<GatewayFilter, GatewaySort>,
    ) -> Listing<PaymentGatewayConfig> {
        self.read(|state| {
            let rows = state.gateways.iter().filter(|row| matches(row, &request));
            page(rows.cloned().collect(), &request)
        })
    }

    async fn active(&mut self) -> Stored<Vec<PaymentGatewayConfig>> {
        self.read(|state| {
            let mut rows: Vec<_> =
                state.gateways.iter().filter(|row| row.is_active).cloned().collect();
            rows.sort_by_key(|row| (Reverse(row.priority), row.name.clone()));
            rows
        })
    }

    async fn update(&mut self, gateway: &PaymentGatewayConfig) -> Stored<()> {
        self.write(|state| state.update(gateway.clone())).await
    }

    async fn delete(&mut self, id: GatewayId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::PaymentGatewayConfig, id.get())).await
    }
}
