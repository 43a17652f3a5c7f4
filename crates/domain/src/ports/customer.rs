//! Where it is kept how gateways call the users of this server.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::{GatewayId, UserId};
use crate::text::ExternalId;

/// Customers at gateways.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait CustomerRepository: Send {
    /// The gateway's id of a user.
    async fn find(&mut self, user: UserId, gateway: GatewayId) -> Stored<Option<ExternalId>>;

    /// Keeps the gateway's id of a user, unless one is kept. Errors: `MissingReference`.
    async fn insert(
        &mut self,
        user: UserId,
        gateway: GatewayId,
        customer: ExternalId,
        now: DateTime<Utc>,
    ) -> Stored<()>;
}
