//! Where gateway configurations are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::gateway::{GatewayFilter, GatewaySort, NewGateway, PaymentGatewayConfig};
use crate::ids::GatewayId;
use crate::page::ListRequest;

/// Gateways. They belong to the system, so no lookup is scoped.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait GatewayRepository: Send {
    /// Stores a new gateway. Errors: `Taken`.
    async fn insert(
        &mut self,
        gateway: NewGateway,
        now: DateTime<Utc>,
    ) -> Stored<PaymentGatewayConfig>;

    /// Finds a gateway.
    async fn find(&mut self, id: GatewayId) -> Stored<Option<PaymentGatewayConfig>>;

    /// Finds a gateway and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, id: GatewayId) -> Stored<Option<PaymentGatewayConfig>>;

    /// A page of gateways. Search: `name`, `variant`.
    async fn list(
        &mut self,
        request: ListRequest<GatewayFilter, GatewaySort>,
    ) -> Listing<PaymentGatewayConfig>;

    /// The active ones, highest priority first, then by name (contract §9.1).
    async fn active(&mut self) -> Stored<Vec<PaymentGatewayConfig>>;

    /// Stores all changeable columns of a locked gateway. Errors: `Taken`.
    async fn update(&mut self, gateway: &PaymentGatewayConfig) -> Stored<()>;

    /// Deletes a gateway; `false` where there is none. Errors: `Protected`.
    async fn delete(&mut self, id: GatewayId) -> Stored<bool>;
}
