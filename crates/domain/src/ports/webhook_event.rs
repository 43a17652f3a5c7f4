//! Where the events of gateways are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::ids::WebhookEventId;
use crate::page::ListRequest;
use crate::webhook::{NewWebhookEvent, WebhookEvent, WebhookEventFilter, WebhookEventSort};

/// The inbox.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait WebhookEventRepository: Send {
    /// Stores an event as received, to be tried again of its own accord from `retry_at` on, or
    /// answers the one that was stored under its id before.
    async fn store(
        &mut self,
        event: NewWebhookEvent,
        now: DateTime<Utc>,
        retry_at: DateTime<Utc>,
    ) -> Stored<WebhookEvent>;

    /// Finds an event.
    async fn find(&mut self, id: WebhookEventId) -> Stored<Option<WebhookEvent>>;

    /// Finds an event and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, id: WebhookEventId) -> Stored<Option<WebhookEvent>>;

    /// A page of events. There is no search.
    async fn list(
        &mut self,
        request: ListRequest<WebhookEventFilter, WebhookEventSort>,
    ) -> Listing<WebhookEvent>;

    /// Stores all changeable columns of a locked event: all but the gateway's own.
    async fn update(&mut self, event: &WebhookEvent) -> Stored<()>;

    /// Takes up to `limit` events whose `next_try_at` has come, the longest due first, and makes them
    /// due again at `lease`. Those that others hold are skipped.
    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<WebhookEventId>>;
}
