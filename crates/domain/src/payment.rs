//! Payments and their state machine (seed, "Payment Table").
//!
//! A transition is [`Payment::apply`]: it takes what happened and answers the step taken, that
//! nothing changes, or an error naming state and event. Replaying an event is a no-op; a late
//! event never moves a payment backwards (contract §10.3).

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use thiserror::Error as ThisError;

use crate::access::Object;
use crate::ids::{GatewayId, PaymentId, TenantId, UserId};
use crate::money::{Amount, Money};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
use crate::text::{ExternalId, Name, OrderId, PaymentDescription, Variant};

/// The status values of the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentStatus {
    /// Awaiting payment.
    Waiting,
    /// Authorised, not captured.
    Preauth,
    /// Money received.
    Confirmed,
    /// Declined, expired or called off.
    Rejected,
    /// All money given back, or the authorisation released.
    Refunded,
    /// A definite technical failure.
    Error,
}

impl PaymentStatus {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Preauth,
        Self::Confirmed,
        Self::Rejected,
        Self::Refunded,
        Self::Error,
    ];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Preauth => "preauth",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Refunded => "refunded",
            Self::Error => "error",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

impl std::fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What can happen to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentEvent {
    /// The payer's means were checked and the money is held.
    Authorised,
    /// The money was received.
    Succeeded,
    /// A held payment was captured, in whole or in part.
    Captured,
    /// A final decline.
    Declined,
    /// Called off by payer or staff, or expired at the gateway.
    Cancelled,
    /// The gateway definitely could not take it.
    Failed,
    /// Money went back; how much is left of what was received.
    Refunded {
        /// What the payer has still paid after the refund.
        remaining: Amount,
    },
}

impl PaymentEvent {
    /// The event for people.
    const fn word(self) -> &'static str {
        match self {
            Self::Authorised => "authorised",
            Self::Succeeded => "confirmed",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Refunded { .. } => "refunded",
        }
    }
}

/// What an event does to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The status changes.
    Move {
        /// Before.
        from: PaymentStatus,
        /// After.
        to: PaymentStatus,
    },
    /// The status stays: a replay, or an event that came late.
    Stay,
}

/// An event that cannot happen in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("a payment that is {from} cannot be {}", .event.word())]
pub struct IllegalTransition {
    /// The state.
    pub from: PaymentStatus,
    /// The event.
    pub event: PaymentEvent,
}

impl PaymentStatus {
    /// Where an event leads from this state (contract §10.2, §10.3).
    pub fn after(self, event: PaymentEvent) -> Result<Self, IllegalTransition> {
        use PaymentEvent as E;
        use PaymentStatus as S;
        let to = match (self, event) {
            (S::Waiting | S::Error | S::Rejected | S::Preauth, E::Authorised) => S::Preauth,
            // A late success is evidence of money, whatever was believed before.
            (S::Waiting | S::Error | S::Rejected | S::Preauth, E::Succeeded)
            | (S::Preauth, E::Captured) => S::Confirmed,
            (S::Waiting | S::Error | S::Rejected, E::Declined | E::Cancelled)
            | (S::Preauth, E::Declined) => S::Rejected,
            (S::Preauth, E::Cancelled) => S::Refunded,
            (S::Waiting | S::Preauth | S::Error, E::Failed) => S::Error,
            (S::Confirmed, E::Refunded { remaining }) if remaining.is_zero() => S::Refunded,
            // What came late or twice changes nothing.
            (
                S::Confirmed,
                E::Refunded { .. }
                | E::Authorised
                | E::Succeeded
                | E::Captured
                | E::Declined
                | E::Failed,
            )
            | (S::Rejected, E::Failed)
            | (S::Refunded, _) => self,
            (S::Waiting | S::Rejected | S::Error, E::Captured)
            | (S::Confirmed, E::Cancelled)
            | (_, E::Refunded { .. }) => return Err(IllegalTransition { from: self, event }),
        };
        Ok(to)
    }
}

/// One payment of one user through one gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    /// Identity.
    pub id: PaymentId,
    /// Who pays.
    pub user_id: UserId,
    /// The client's reference.
    pub order_id: Option<OrderId>,
    /// Through whom.
    pub payment_gateway_id: GatewayId,
    /// Where it stands.
    pub status: PaymentStatus,
    /// The columns `total` and `currency`.
    pub total: Money,
    /// The gateway's id.
    pub transaction_id: Option<ExternalId>,
    /// Whether the gateway has called back.
    pub webhook_received: bool,
    /// Description, refunded amount and the client's own data.
    pub metadata: Map<String, Value>,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub modified_at: DateTime<Utc>,
}

/// The keys in a payment's `metadata` that the server keeps for itself (contract §10.2).
pub const RESERVED_METADATA: [&str; 3] = [DESCRIPTION, CAPTURED_AMOUNT, REFUNDED_AMOUNT];
const DESCRIPTION: &str = "description";
const CAPTURED_AMOUNT: &str = "captured_amount";
const REFUNDED_AMOUNT: &str = "refunded_amount";

/// The data a payment starts with: the client's own without the reserved keys, and the
/// description.
pub fn first_metadata(
    mut own: Map<String, Value>,
    description: Option<PaymentDescription>,
) -> Map<String, Value> {
    own.retain(|key, _| !RESERVED_METADATA.contains(&key.as_str()));
    if let Some(description) = description {
        own.insert(DESCRIPTION.to_owned(), description.into_string().into());
    }
    own
}

impl Payment {
    /// What the payment is for; empty where nothing was said.
    pub fn description(&self) -> &str {
        self.metadata.get(DESCRIPTION).and_then(Value::as_str).unwrap_or_default()
    }

    /// What was received, before refunds.
    pub fn captured_amount(&self) -> Amount {
        self.kept(CAPTURED_AMOUNT).unwrap_or(match self.status {
            PaymentStatus::Confirmed | PaymentStatus::Refunded => self.total.amount(),
            _ => Amount::ZERO,
        })
    }

    /// What has gone back.
    pub fn refunded_amount(&self) -> Amount {
        self.kept(REFUNDED_AMOUNT).unwrap_or(Amount::ZERO)
    }

    /// A decimal string of the form the server writes; metadata of another origin may hold
    /// anything.
    fn kept(&self, key: &str) -> Option<Amount> {
        let digits = |text: &str, max| {
            (1..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
        };
        let text = self.metadata.get(key)?.as_str()?;
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        if !digits(whole, 8) || !digits(decimals, 2) {
            return None;
        }
        Amount::new(text.parse().ok()?).ok()
    }

    /// What a confirmed payment has brought in: received, and not given back.
    pub fn earned(&self) -> Decimal {
        let received = self.kept(CAPTURED_AMOUNT).unwrap_or(self.total.amount());
        received.value() - self.refunded_amount().value()
    }

    /// Notes what was received.
    pub fn note_captured(&mut self, amount: Amount) {
        self.metadata.insert(CAPTURED_AMOUNT.to_owned(), amount.to_string().into());
    }

    /// Notes what has gone back.
    pub fn note_refunded(&mut self, amount: Amount) {
        self.metadata.insert(REFUNDED_AMOUNT.to_owned(), amount.to_string().into());
    }

    /// The payment as the object of an access decision.
    pub const fn as_object(&self, tenant: Option<TenantId>) -> Object {
        Object::Owned { owner: Some(self.user_id), tenant }
    }

    /// Applies an event at an instant. On [`Step::Stay`] nothing has changed.
    pub fn apply(
        &mut self,
        event: PaymentEvent,
        now: DateTime<Utc>,
    ) -> Result<Step, IllegalTransition> {
        let from = self.status;
        let to = from.after(event)?;
        if from == to {
            return Ok(Step::Stay);
        }
        self.status = to;
        self.modified_at = now;
        Ok(Step::Move { from, to })
    }
}

/// What a payment is stored with at first.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPayment {
    /// Who pays.
    pub user_id: UserId,
    /// The client's reference.
    pub order_id: Option<OrderId>,
    /// Through whom.
    pub payment_gateway_id: GatewayId,
    /// Where it stands.
    pub status: PaymentStatus,
    /// How much.
    pub total: Money,
    /// The gateway's id.
    pub transaction_id: Option<ExternalId>,
    /// Description and the client's own data.
    pub metadata: Map<String, Value>,
}

/// A payment with what answers show beside the columns (contract §10.1).
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentView {
    /// The row.
    pub payment: Payment,
    /// The gateway's name.
    pub gateway_name: Name,
    /// The gateway's adapter.
    pub variant: Variant,
    /// The tenant of the payer.
    pub tenant_id: Option<TenantId>,
}

/// Exact matches of the payment list (contract §10.2). Ids no row can have match nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentFilter {
    /// By state.
    pub status: Option<PaymentStatus>,
    /// By the gateway's adapter.
    pub variant: Option<String>,
    /// By gateway.
    pub payment_gateway: Option<i64>,
    /// By payer, within the scope.
    pub user: Option<i64>,
    /// By the client's reference.
    pub order_id: Option<String>,
    /// Not before this instant.
    pub created_after: Option<DateTime<Utc>>,
    /// Not behind this instant.
    pub created_before: Option<DateTime<Utc>>,
}

/// Orderings of the payment list (contract §10.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentSort {
    /// By `created_at`.
    CreatedAt,
    /// By `total`.
    Total,
    /// By `status`.
    Status,
}

impl SortKey for PaymentSort {
    const NAMES: &'static [(&'static str, Self)] =
        &[("created_at", Self::CreatedAt), ("total", Self::Total), ("status", Self::Status)];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::CreatedAt)];
}

impl Listed for PaymentView {
    type Key = PaymentSort;

    fn row_id(&self) -> i32 {
        self.payment.id.get()
    }

    fn sort_value(&self, key: PaymentSort) -> SortValue {
        match key {
            PaymentSort::CreatedAt => self.payment.created_at.into(),
            PaymentSort::Total => SortValue::Decimal(self.payment.total.amount().value()),
            PaymentSort::Status => self.payment.status.as_str().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PaymentEvent as E;
    use PaymentStatus as S;

    fn events() -> [PaymentEvent; 8] {
        let some = Amount::new("1".parse().unwrap()).unwrap();
        [
            E::Authorised,
            E::Succeeded,
            E::Captured,
            E::Declined,
            E::Cancelled,
            E::Failed,
            E::Refunded { remaining: some },
            E::Refunded { remaining: Amount::ZERO },
        ]
    }

    /// Rows: states. Columns: authorised, succeeded, captured, declined, cancelled, failed,
    /// refunded in part, refunded in whole. `-` is refused.
    #[test]
    fn the_whole_state_table_is_as_stated() {
        let table = [
            (S::Waiting, "preauth confirmed - rejected rejected error - -"),
            (S::Preauth, "preauth confirmed confirmed rejected refunded error - -"),
            (
                S::Confirmed,
                "confirmed confirmed confirmed confirmed - confirmed confirmed refunded",
            ),
            (S::Rejected, "preauth confirmed - rejected rejected rejected - -"),
            (
                S::Refunded,
                "refunded refunded refunded refunded refunded refunded refunded refunded",
            ),
            (S::Error, "preauth confirmed - rejected rejected error - -"),
        ];
        assert_eq!(table.map(|row| row.0), S::ALL);
        for (from, row) in table {
            let found: Vec<&str> =
                events().iter().map(|event| from.after(*event).map_or("-", S::as_str)).collect();
            assert_eq!(found.join(" "), row, "from {from}");
        }
    }

    #[test]
    fn replaying_any_event_changes_nothing() {
        for from in S::ALL {
            for event in events() {
                if let Ok(once) = from.after(event) {
                    assert_eq!(once.after(event), Ok(once), "{from} {event:?}");
                }
            }
        }
    }

    #[test]
    fn money_received_is_never_forgotten_for_a_late_failure() {
        for event in [E::Declined, E::Failed] {
            assert_eq!(S::Confirmed.after(event), Ok(S::Confirmed));
            assert_eq!(S::Refunded.after(event), Ok(S::Refunded));
        }
    }
}
