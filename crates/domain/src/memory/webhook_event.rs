//! The inbox of gateways' reports.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{is, is_id, is_text, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::ids::{PaymentId, WebhookEventId};
use crate::page::ListRequest;
use crate::ports::webhook_event::WebhookEventRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::webhook::{NewWebhookEvent, WebhookEvent, WebhookEventFilter, WebhookEventSort};

impl Row for WebhookEvent {
    const KIND: EntityKind = EntityKind::WebhookEvent;
    const REFERENCES: &'static [Reference<Self>] = &[Reference {
        column: "payment_id",
        get: |event| event.payment_id.map(PaymentId::get),
        clear: Some(|event| event.payment_id = None),
    }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.webhook_events
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.webhook_events
    }

    fn keep(&mut self, stored: &Self) {
        self.variant = stored.variant.clone();
        self.event_id = stored.event_id.clone();
        self.event_type = stored.event_type.clone();
        self.payload.clone_from(&stored.payload);
        self.received_at = stored.received_at;
    }
}

fn matches(event: &WebhookEvent, filter: &WebhookEventFilter) -> bool {
    let WebhookEventFilter { status, event_type, event_id, payment } = filter;
    is(status.as_ref(), &event.status)
        && is_text(event_type.as_ref(), Some(event.event_type.as_str()))
        && is_text(event_id.as_ref(), Some(event.event_id.as_str()))
        && is_id(*payment, event.payment_id.map(PaymentId::get))
}

#[async_trait]
impl WebhookEventRepository for Session {
    async fn store(
        &mut self,
        event: NewWebhookEvent,
        now: DateTime<Utc>,
        retry_at: DateTime<Utc>,
    ) -> Stored<WebhookEvent> {
        self.write(|state| {
            let is_same = |known: &&WebhookEvent| {
                known.variant == event.variant && known.event_id == event.event_id
            };
            if let Some(known) = state.webhook_events.iter().find(is_same) {
                return Ok(known.clone());
            }
            state.insert(|id| event.stored_as(WebhookEventId::new(id), now, retry_at))
        })
        .await
    }

    async fn find(&mut self, id: WebhookEventId) -> Stored<Option<WebhookEvent>> {
        self.read(|state| state.webhook_events.get(id.get()).cloned())
    }

    async fn lock(&mut self, id: WebhookEventId) -> Stored<Option<WebhookEvent>> {
        WebhookEventRepository::find(self, id).await
    }

    async fn list(
        &mut self,
        request: ListRequest<WebhookEventFilter, WebhookEventSort>,
    ) -> Listing<WebhookEvent> {
        self.read(|state| {
            let rows = state.webhook_events.iter().filter(|row| matches(row, &request.filter));
            page(rows.cloned().collect(), &request)
        })
    }

    async fn update(&mut self, event: &WebhookEvent) -> Stored<()> {
        self.write(|state| state.update(event.clone())).await
    }

    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<WebhookEventId>> {
        self.write(|state| {
            let is_due =
                |row: &&WebhookEvent| row.next_try_at.is_some_and(|instant| instant <= now);
            let mut rows: Vec<_> = state.webhook_events.iter().filter(is_due).cloned().collect();
            rows.sort_by_key(|row| (row.next_try_at, row.id));
            rows.truncate(limit as usize);
            for row in &rows {
                let leased = WebhookEvent { next_try_at: Some(lease), ..row.clone() };
                state.webhook_events.put(leased);
            }
            Ok(rows.iter().map(|row| row.id).collect())
        })
        .await
    }
}
