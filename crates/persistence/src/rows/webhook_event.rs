//! `payment_webhookevent`

use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{PaymentId, WebhookEventId};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{EventType, ExternalId, Variant};
use wiwebb_domain::webhook::{EventStatus, WebhookEvent};

use super::{Origin, selection};

/// An event of a gateway.
#[derive(sqlx::FromRow)]
pub(crate) struct WebhookEventRow {
    pub(crate) id: i32,
    pub(crate) variant: String,
    pub(crate) event_id: String,
    pub(crate) event_type: String,
    pub(crate) payload: String,
    pub(crate) status: String,
    pub(crate) payment_id: Option<i32>,
    pub(crate) tries: i16,
    pub(crate) error: Option<String>,
    pub(crate) next_try_at: Option<DateTime<Utc>>,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) processed_at: Option<DateTime<Utc>>,
}

selection!($ webhook_event_row => WebhookEventRow, "event",
    "event.id, event.variant, event.event_id, event.event_type, event.payload, event.status, \
     event.payment_id, event.tries, event.error, event.next_try_at, event.received_at, \
     event.processed_at",
    ""
);

impl TryFrom<WebhookEventRow> for WebhookEvent {
    type Error = RepositoryError;

    fn try_from(row: WebhookEventRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::WebhookEvent, id: row.id };
        Ok(Self {
            id: WebhookEventId::new(row.id),
            variant: from.value("variant", Variant::new(&row.variant))?,
            event_id: from.value("event_id", ExternalId::new(&row.event_id))?,
            event_type: from.value("event_type", EventType::new(&row.event_type))?,
            payload: row.payload,
            status: from.word("status", &row.status, EventStatus::parse)?,
            payment_id: row.payment_id.map(PaymentId::new),
            tries: from.value("tries", u16::try_from(row.tries))?,
            error: row.error,
            next_try_at: row.next_try_at,
            received_at: row.received_at,
            processed_at: row.processed_at,
        })
    }
}
