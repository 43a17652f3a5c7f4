//! What is kept about a person, as far as no other port shows it, and its removal.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::Stored;
use crate::ids::{IdempotencyId, NetworkSessionId, SubscriptionId, UserId, WebhookEventId};
use crate::personal_data::{
    CustomerName, DayOfUse, EventName, GivenTrial, KeyedRequest, PendingReset,
};
use crate::subscription::Subscription;
use crate::text::EmailAddress;
use crate::usage::NetworkSession;

/// What is kept about a person. What can be much is read in parts, by id or day: at most `limit` rows
/// behind `after`.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PersonalDataRepository: Send {
    /// Reset links, by id.
    async fn password_resets(&mut self, user: UserId) -> Stored<Vec<PendingReset>>;

    /// Every subscription there was.
    async fn subscriptions(
        &mut self,
        user: UserId,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Stored<Vec<Subscription>>;

    /// Trials, by id.
    async fn trials(&mut self, user: UserId) -> Stored<Vec<GivenTrial>>;

    /// Names at gateways, by id.
    async fn customers(&mut self, user: UserId) -> Stored<Vec<CustomerName>>;

    /// Events about payments of the user.
    async fn events(
        &mut self,
        user: UserId,
        after: Option<WebhookEventId>,
        limit: u32,
    ) -> Stored<Vec<EventName>>;

    /// Requests under idempotency keys.
    async fn requests(
        &mut self,
        user: UserId,
        after: Option<IdempotencyId>,
        limit: u32,
    ) -> Stored<Vec<KeyedRequest>>;

    /// Use of the network by day.
    async fn usage(
        &mut self,
        user: UserId,
        after: Option<NaiveDate>,
        limit: u32,
    ) -> Stored<Vec<DayOfUse>>;

    /// Sessions on network equipment.
    async fn sessions(
        &mut self,
        user: UserId,
        after: Option<NetworkSessionId>,
        limit: u32,
    ) -> Stored<Vec<NetworkSession>>;

    /// Puts `payload` in the place of what gateways told of the user, and says of how many events: those
    /// about a payment of the user, and those about no payment in whose
    /// [words](crate::personal_data::words) the address occurs, or a name that a gateway or this
    /// server gave the user's payments, subscriptions or customers. An event that was not settled
    /// becomes ignored.
    async fn forget_events(
        &mut self,
        user: UserId,
        address: EmailAddress,
        payload: &'static str,
        now: DateTime<Utc>,
    ) -> Stored<u64>;

    /// Empties the messages of the logs of the user's payments and says of how many entries.
    async fn forget_messages(&mut self, user: UserId) -> Stored<u64>;

    /// Empties the reasons of the refunds of the user's payments and says of how many.
    async fn forget_reasons(&mut self, user: UserId, now: DateTime<Utc>) -> Stored<u64>;

    /// Puts an address in the place of the one under `changed_by` in the audit entries whose actor the
    /// user is, and says in how many.
    async fn rename_in_audit_log(&mut self, user: UserId, address: EmailAddress) -> Stored<u64>;
}
