//! Bodies and filters of the inbox (contract §10.2).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::webhook::{EventStatus, WebhookEvent, WebhookEventFilter};

use crate::extract::list::Params;

/// An event in a list, without what it carried.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub(crate) struct EventWire {
    id: i32,
    variant: String,
    event_id: String,
    event_type: String,
    #[schema(example = "processed")]
    status: &'static str,
    payment: Option<i32>,
    tries: u16,
    error: Option<String>,
    received_at: DateTime<Utc>,
    processed_at: Option<DateTime<Utc>>,
}

impl From<&WebhookEvent> for EventWire {
    fn from(event: &WebhookEvent) -> Self {
        Self {
            id: event.id.get(),
            variant: event.variant.to_string(),
            event_id: event.event_id.to_string(),
            event_type: event.event_type.to_string(),
            status: event.status.as_str(),
            payment: event.payment_id.map(PaymentId::get),
            tries: event.tries,
            error: event.error.clone(),
            received_at: event.received_at,
            processed_at: event.processed_at,
        }
    }
}

/// An event with what it carried.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEventDetail)]
pub(crate) struct EventDetailWire {
    #[serde(flatten)]
    event: EventWire,
    /// What the gateway sent.
    payload: Value,
}

impl From<&WebhookEvent> for EventDetailWire {
    fn from(event: &WebhookEvent) -> Self {
        let text = || Value::from(event.payload.as_str());
        let payload = serde_json::from_str(&event.payload).unwrap_or_else(|_| text());
        Self { event: event.into(), payload }
    }
}

pub(super) fn filter(params: &mut Params) -> WebhookEventFilter {
    WebhookEventFilter {
        status: params.choice("status", EventStatus::parse),
        event_type: params.text("event_type"),
        event_id: params.text("event_id"),
        payment: params.id("payment"),
    }
}
