//! The history of a payment, an entry a step (seed, "`PaymentLog` Table").

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::ids::{PaymentId, PaymentLogId};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
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

/// Exact matches of the list of entries. Ids no row can have match nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentLogFilter {
    /// By payment, within the scope.
    pub payment: Option<i64>,
    /// By what happened.
    pub event_type: Option<String>,
}

/// Orderings of the list of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentLogSort {
    /// By `created_at`.
    CreatedAt,
}

impl SortKey for PaymentLogSort {
    const NAMES: &'static [(&'static str, Self)] = &[("created_at", Self::CreatedAt)];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::CreatedAt)];
}

impl Listed for PaymentLog {
    type Key = PaymentLogSort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, key: PaymentLogSort) -> SortValue {
        match key {
            PaymentLogSort::CreatedAt => self.created_at.into(),
        }
    }
}
