//! Refunds: money that goes back, a row each, written before the gateway is asked.

use chrono::{DateTime, Utc};

use crate::ids::{PaymentId, RefundId};
use crate::money::Amount;
use crate::text::{ExternalId, RefundReason};

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RefundStatus {
    /// The gateway has not said yet.
    Pending,
    /// The money went back.
    Succeeded,
    /// The gateway refused.
    Failed,
}

impl RefundStatus {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Succeeded, Self::Failed];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether the amount is spoken for: what is pending cannot be given back a second time.
    pub const fn holds_money(self) -> bool {
        matches!(self, Self::Pending | Self::Succeeded)
    }
}

/// One refund of a payment, in the payment's currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Identity.
    pub id: RefundId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Amount,
    /// Where it stands.
    pub status: RefundStatus,
    /// Why, in the words of whoever gave it.
    pub reason: Option<RefundReason>,
    /// The gateway's id.
    pub transaction_id: Option<ExternalId>,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub updated_at: DateTime<Utc>,
}

/// A refund about to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRefund {
    /// Of which payment.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Amount,
    /// Why.
    pub reason: Option<RefundReason>,
}

/// What is spoken for by these refunds.
pub fn held(refunds: &[Refund]) -> Amount {
    sum(refunds.iter().filter(|refund| refund.status.holds_money()))
}

/// What has gone back by these refunds.
pub fn given_back(refunds: &[Refund]) -> Amount {
    sum(refunds.iter().filter(|refund| refund.status == RefundStatus::Succeeded))
}

/// What the gateway took on to give back by these refunds, and did not.
pub fn come_to_nothing(refunds: &[Refund]) -> Amount {
    let begun =
        |refund: &&Refund| refund.status == RefundStatus::Failed && refund.transaction_id.is_some();
    sum(refunds.iter().filter(begun))
}

/// Refunds never exceed a captured amount, which the column holds.
fn sum<'a>(refunds: impl Iterator<Item = &'a Refund>) -> Amount {
    refunds.fold(Amount::ZERO, |sum, refund| sum.plus(refund.amount).unwrap_or(Amount::MAX))
}
