//! What gateways have reported.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{PaymentId, WebhookEventId};
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::ports::webhook_event::WebhookEventRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::webhook::{
    EventStatus, NewWebhookEvent, WebhookEvent, WebhookEventFilter, WebhookEventSort,
};

use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::webhook_event::{SELECTION, WebhookEventRow, webhook_event_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for WebhookEvent {
    type Row = WebhookEventRow;
    const TABLE: &'static str = "payment_webhookevent";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("event.id", Kind::Int);
    const SEARCH: Searched = Searched::NOTHING;

    fn column(key: WebhookEventSort) -> Column {
        match key {
            WebhookEventSort::ReceivedAt => Column::new("event.received_at", Kind::Time),
        }
    }
}

#[async_trait]
impl WebhookEventRepository for PgUnitOfWork {
    async fn store(
        &mut self,
        event: NewWebhookEvent,
        now: DateTime<Utc>,
        retry_at: DateTime<Utc>,
    ) -> Stored<WebhookEvent> {
        let row = webhook_event_row!(
            "WITH inserted AS (
                INSERT INTO payment_webhookevent
                    (variant, event_id, event_type, payload, status, next_try_at, received_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (event_id, variant) DO NOTHING
                RETURNING *
            )",
            "inserted",
            "",
            event.variant.as_str(),
            event.event_id.as_str(),
            event.event_type.as_str(),
            event.payload,
            EventStatus::Received.as_str(),
            retry_at,
            now,
        )
        .fetch_optional(self.connection().await?)
        .await;
        if let Some(row) = self.settle(row)? {
            return WebhookEvent::try_from(row);
        }
        // A statement of its own sees the row that the first one has waited for.
        let row = webhook_event_row!(
            "",
            "payment_webhookevent",
            "WHERE event.variant = $1 AND event.event_id = $2",
            event.variant.as_str(),
            event.event_id.as_str(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        let gone = || RepositoryError::Retryable("the stored event is gone".into());
        WebhookEvent::try_from(self.settle(row)?.ok_or_else(gone)?)
    }

    async fn find(&mut self, id: WebhookEventId) -> Stored<Option<WebhookEvent>> {
        let row = webhook_event_row!("", "payment_webhookevent", "WHERE event.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn lock(&mut self, id: WebhookEventId) -> Stored<Option<WebhookEvent>> {
        let row = webhook_event_row!(
            "",
            "payment_webhookevent",
            "WHERE event.id = $1 FOR NO KEY UPDATE",
            id.get()
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn list(
        &mut self,
        request: ListRequest<WebhookEventFilter, WebhookEventSort>,
    ) -> Listing<WebhookEvent> {
        let filter = &request.filter;
        let conditions = Conditions::default()
            .word("event.status", filter.status.map(EventStatus::as_str))
            .with("event.event_type = ?", filter.event_type.as_deref().map(Into::into))
            .with("event.event_id = ?", filter.event_id.as_deref().map(Into::into))
            .with("event.payment_id = ?", filter.payment.map(SortValue::Int));
        list::page(self, conditions, request).await
    }

    async fn update(&mut self, event: &WebhookEvent) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_webhookevent
             SET status = $2, payment_id = $3, tries = $4, error = $5, next_try_at = $6,
                 processed_at = $7
             WHERE id = $1",
            event.id.get(),
            event.status.as_str(),
            event.payment_id.map(PaymentId::get),
            // An event is given up after a handful of tries, far within the column's range.
            i16::try_from(event.tries).unwrap_or(i16::MAX),
            event.error,
            event.next_try_at,
            event.processed_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<WebhookEventId>> {
        let ids = claim_due!(self, "payment_webhookevent", "next_try_at", "", now, lease, limit);
        Ok(ids.into_iter().map(WebhookEventId::new).collect())
    }
}
