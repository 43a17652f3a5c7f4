//! The history of a payment, an entry a step (seed, "`PaymentLog` Table").

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::ids::{PaymentId, PaymentLogId};
use crate::text::EventType;

/// One entry.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentLog {
    /// Identity.
    pub id: PaymentLogId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// What happened, such as `payment.created`.
    pub event_type: EventType,
    /// The same for people.
    pub message: Option<String>,
    /// Data of the step. A change of status has its states under `from` and `to`.
    pub data: Map<String, Value>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// An entry to be written in the unit of work of the step it tells of.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPaymentLog {
    /// Of which payment.
    pub payment_id: PaymentId,
    /// What happened.
    pub event_type: EventType,
    /// The same for people.
    pub message: Option<String>,
    /// Data of the step.
    pub data: Map<String, Value>,
}
