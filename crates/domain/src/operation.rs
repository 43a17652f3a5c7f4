//! What a gateway was asked to do, written down before it is asked.
//!
//! A crash at any point leaves a row from which the reconciler goes on: it gives the same order
//! again under the same key, which a gateway carries out once.

use chrono::{DateTime, Duration, Utc};

use crate::ids::{OperationId, PaymentId, RefundId};
use crate::money::Amount;

/// What can be asked of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationKind {
    /// Take the money, or hold it.
    Charge,
    /// Take money that is held.
    Capture,
    /// Let money go that is held.
    Cancel,
    /// Give money back.
    Refund,
}

impl OperationKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Charge, Self::Capture, Self::Cancel, Self::Refund];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Capture => "capture",
            Self::Cancel => "cancel",
            Self::Refund => "refund",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One order to a gateway. A payment has at most one open at a time, refunds aside: they are bounded
/// by the sum of their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOperation {
    /// Identity.
    pub id: OperationId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// What is asked.
    pub kind: OperationKind,
    /// Which refund it carries out.
    pub refund_id: Option<RefundId>,
    /// How much.
    pub amount: Amount,
    /// The idempotency key that both sides know.
    pub key: String,
    /// Whether the outcome is known and booked.
    pub done: bool,
    /// How often the gateway was asked without an answer.
    pub tries: u16,
    /// From when on the reconciler may ask again.
    pub next_try_at: DateTime<Utc>,
    /// Set once.
    pub created_at: DateTime<Utc>,
}

/// An order about to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperation {
    /// Of which payment.
    pub payment_id: PaymentId,
    /// What is asked.
    pub kind: OperationKind,
    /// Which refund it carries out.
    pub refund_id: Option<RefundId>,
    /// How much.
    pub amount: Amount,
    /// The idempotency key.
    pub key: String,
    /// From when on it counts as left behind.
    pub next_try_at: DateTime<Utc>,
}

/// An order younger than this is still in the hands of whoever gave it.
pub const PATIENCE: Duration = Duration::minutes(2);

impl PaymentOperation {
    /// Notes that the gateway gave no answer; the next try waits longer, up to a day.
    pub fn postpone(&mut self, now: DateTime<Utc>) {
        const LONGEST: u32 = 24 * 60 * 60;
        let wait = 10_u32.saturating_mul(1 << u32::from(self.tries.min(14))).min(LONGEST);
        self.tries = self.tries.saturating_add(1);
        self.next_try_at = now + Duration::seconds(wait.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_from_ten_seconds_up_to_a_day() {
        let now = DateTime::UNIX_EPOCH;
        let mut operation = PaymentOperation {
            id: OperationId::new(1),
            payment_id: PaymentId::new(1),
            kind: OperationKind::Charge,
            refund_id: None,
            amount: Amount::ZERO,
            key: "k".into(),
            done: false,
            tries: 0,
            next_try_at: now,
            created_at: now,
        };
        let mut waits = Vec::new();
        for _ in 0..20 {
            operation.postpone(now);
            waits.push((operation.next_try_at - now).num_seconds());
        }
        assert_eq!(waits[..3], [10, 20, 40]);
        assert_eq!(waits[19], 86_400);
        assert!(waits.is_sorted());
    }
}
