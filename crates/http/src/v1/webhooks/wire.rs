//! Bodies and filters of the inbox (contract §10.2).

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::webhook::{EventStatus, WebhookEvent, WebhookEventFilter};

use crate::extract::list::Params;
use crate::openapi::values;

/// An event in a list, without what it carried.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookEvent)]
pub(crate) struct EventWire {
    #[schema(example = 77)]
    id: i32,
    #[schema(example = "stripe")]
    variant: String,
    #[schema(example = "evt_123")]
    event_id: String,
    #[schema(example = "payment_intent.succeeded")]
    event_type: String,
    #[schema(schema_with = values::EventStatus::schema)]
    status: &'static str,
    #[schema(required = true, example = 88)]
    payment: Option<i32>,
    #[schema(example = 1)]
    tries: u16,
    #[schema(required = true, example = json!(null))]
    error: Option<String>,
    received_at: DateTime<Utc>,
    #[schema(required = true)]
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
    #[schema(schema_with = values::report)]
    payload: Value,
}

impl From<&WebhookEvent> for EventDetailWire {
    fn from(event: &WebhookEvent) -> Self {
        let text = || Value::from(event.payload.as_str());
        let payload = serde_json::from_str(&event.payload).unwrap_or_else(|_| text());
        Self { event: event.into(), payload }
    }
}

pub(crate) fn filter(params: &mut Params) -> WebhookEventFilter {
    WebhookEventFilter {
        status: params.choice("status", EventStatus::parse),
        event_type: params.text("event_type"),
        event_id: params.text("event_id"),
        payment: params.id("payment"),
    }
}
