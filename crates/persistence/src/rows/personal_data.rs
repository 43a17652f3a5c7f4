//! What is kept about a person, as far as no other row shows it.

use chrono::{DateTime, NaiveDate, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{IdempotencyId, PaymentId, WebhookEventId};
use wiwebb_domain::personal_data::{DayOfUse, EventName, KeyedRequest};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{EventType, ExternalId};

use super::Origin;
use super::usage::usage;

/// An event by its names.
pub(crate) struct EventRow {
    pub(crate) id: i32,
    pub(crate) event_id: String,
    pub(crate) event_type: String,
    pub(crate) payment_id: i32,
    pub(crate) received_at: DateTime<Utc>,
}

impl TryFrom<EventRow> for EventName {
    type Error = RepositoryError;

    fn try_from(row: EventRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::WebhookEvent, id: row.id };
        Ok(Self {
            id: WebhookEventId::new(row.id),
            event_id: from.value("event_id", ExternalId::new(&row.event_id))?,
            event_type: from.value("event_type", EventType::new(&row.event_type))?,
            payment_id: PaymentId::new(row.payment_id),
            received_at: row.received_at,
        })
    }
}

/// A request under an idempotency key.
pub(crate) struct RequestRow {
    pub(crate) id: i32,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) status: Option<i32>,
    pub(crate) created_at: DateTime<Utc>,
}

impl TryFrom<RequestRow> for KeyedRequest {
    type Error = RepositoryError;

    fn try_from(row: RequestRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::IdempotencyRecord, id: row.id };
        Ok(Self {
            id: IdempotencyId::new(row.id),
            method: row.method,
            path: row.path,
            key: row.key,
            status: row.status.map(|code| from.value("status", u16::try_from(code))).transpose()?,
            created_at: row.created_at,
        })
    }
}

/// What was used on a day.
pub(crate) struct DayRow {
    pub(crate) id: i32,
    pub(crate) day: NaiveDate,
    pub(crate) seconds: i64,
    pub(crate) octets: i64,
}

impl TryFrom<DayRow> for DayOfUse {
    type Error = RepositoryError;

    fn try_from(row: DayRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::DailyUsage, id: row.id };
        Ok(Self { day: row.day, used: usage(from, row.seconds, row.octets)? })
    }
}
