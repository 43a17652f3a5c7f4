//! What gateways report of their own accord: the inbox (contract §10.3).
//!
//! An event is stored once, under the id that the gateway gave it, before anything is made of it.
//! What it says happened is a list of [`Fact`]s in the words of this crate.

use chrono::{DateTime, Duration, Utc};

use crate::ids::{PaymentId, RefundId, WebhookEventId};
use crate::money::{Amount, Money};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
use crate::payment::PaymentEvent;
use crate::refund::RefundStatus;
use crate::subscription::Mirror;
use crate::text::{EventType, ExternalId, Variant};

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventStatus {
    /// It is stored; nothing was made of it yet.
    Received,
    /// Its effects are there.
    Processed,
    /// What it is about is not known here.
    Unmatched,
    /// It is of no interest.
    Ignored,
}

impl EventStatus {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Received, Self::Processed, Self::Unmatched, Self::Ignored];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Processed => "processed",
            Self::Unmatched => "unmatched",
            Self::Ignored => "ignored",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether anything is left to do.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Processed | Self::Ignored)
    }
}

/// One event of a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// Identity.
    pub id: WebhookEventId,
    /// Of which kind of gateway.
    pub variant: Variant,
    /// The gateway's id, unique for it.
    pub event_id: ExternalId,
    /// The gateway's word for what happened.
    pub event_type: EventType,
    /// As it came.
    pub payload: String,
    /// What became of it.
    pub status: EventStatus,
    /// The payment it was about.
    pub payment_id: Option<PaymentId>,
    /// How often it was tried.
    pub tries: u16,
    /// Why the last try came to nothing.
    pub error: Option<String>,
    /// When it is tried again of its own accord.
    pub next_try_at: Option<DateTime<Utc>>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When it was settled.
    pub processed_at: Option<DateTime<Utc>>,
}

/// An event as it comes, its signature checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWebhookEvent {
    /// Of which kind of gateway.
    pub variant: Variant,
    /// The gateway's id.
    pub event_id: ExternalId,
    /// The gateway's word for what happened.
    pub event_type: EventType,
    /// As it came.
    pub payload: String,
}

impl NewWebhookEvent {
    /// The row that is stored under an id at an instant.
    pub fn stored_as(
        self,
        id: WebhookEventId,
        now: DateTime<Utc>,
        retry_at: DateTime<Utc>,
    ) -> WebhookEvent {
        WebhookEvent {
            id,
            variant: self.variant,
            event_id: self.event_id,
            event_type: self.event_type,
            payload: self.payload,
            status: EventStatus::Received,
            payment_id: None,
            tries: 0,
            error: None,
            next_try_at: Some(retry_at),
            received_at: now,
            processed_at: None,
        }
    }
}

/// After so many tries an event waits for an admin.
pub const MOST_TRIES: u16 = 12;

impl WebhookEvent {
    /// Notes how a try ended.
    pub fn tried(&mut self, status: EventStatus, error: Option<String>, now: DateTime<Utc>) {
        self.status = status;
        self.error = error;
        self.tries = self.tries.saturating_add(1);
        self.processed_at = status.is_settled().then_some(now);
        let again = !status.is_settled() && self.tries < MOST_TRIES;
        self.next_try_at = again.then(|| now + self.pause());
    }

    /// Doubles from a minute to half a day.
    fn pause(&self) -> Duration {
        let seconds = 30_i64 << u32::from(self.tries.min(11));
        Duration::seconds(seconds.min(12 * 60 * 60))
    }
}

/// Which payment a gateway speaks of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentRef {
    /// The gateway's id.
    pub transaction_id: Option<ExternalId>,
    /// Ours, where the gateway was told it.
    pub payment_id: Option<PaymentId>,
}

/// A sum as a gateway states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// It states none.
    Nothing,
    /// This one.
    Sum(Money),
    /// One that no payment here can have.
    Foreign,
}

impl Stated {
    /// Whether it can be the sum of a payment of this total.
    pub fn agrees_with(self, total: Money) -> bool {
        match self {
            Self::Nothing => true,
            Self::Sum(sum) => sum == total,
            Self::Foreign => false,
        }
    }
}

/// Something that happened to a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFact {
    /// Which payment.
    pub payment: PaymentRef,
    /// What.
    pub event: PaymentEvent,
    /// The whole of it.
    pub total: Stated,
    /// What was received of it, where that is stated.
    pub received: Option<Amount>,
    /// More, for people.
    pub message: Option<String>,
}

/// How a refund stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundFact {
    /// Of which payment.
    pub payment: PaymentRef,
    /// The gateway's id of the refund.
    pub transaction_id: ExternalId,
    /// Ours, where the gateway was told it.
    pub refund_id: Option<RefundId>,
    /// How much.
    pub amount: Amount,
    /// Where it stands.
    pub status: RefundStatus,
}

/// An account of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFact {
    /// Ours or the gateway's names for it.
    pub names: Vec<ExternalId>,
    /// How it stands.
    pub mirror: Mirror,
}

/// A period of a subscription that the gateway charged for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFact {
    /// Ours or the gateway's names for the subscription.
    pub names: Vec<ExternalId>,
    /// The gateway's id of the payment.
    pub transaction_id: ExternalId,
    /// How much was paid; `None` where nothing was.
    pub paid: Option<Money>,
    /// How the subscription stands.
    pub mirror: Mirror,
}

/// Something that a gateway says happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// To a payment.
    Payment(PaymentFact),
    /// To a refund.
    Refund(RefundFact),
    /// The sum that has gone back of a payment, without saying by which refunds.
    Refunded {
        /// Of which payment.
        payment: PaymentRef,
        /// How much in all.
        total: Amount,
    },
    /// To a payment, without consequence for it: a dispute.
    Note(PaymentRef),
    /// To a subscription.
    Subscription(SubscriptionFact),
    /// To a bill of a subscription.
    Invoice(InvoiceFact),
}

/// Exact matches of the inbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookEventFilter {
    /// By what became of it.
    pub status: Option<EventStatus>,
    /// By the gateway's word.
    pub event_type: Option<String>,
    /// By the gateway's id.
    pub event_id: Option<String>,
    /// By payment.
    pub payment: Option<i64>,
}

/// Orderings of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookEventSort {
    /// By `received_at`.
    ReceivedAt,
}

impl SortKey for WebhookEventSort {
    const NAMES: &'static [(&'static str, Self)] = &[("received_at", Self::ReceivedAt)];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::ReceivedAt)];
}

impl Listed for WebhookEvent {
    type Key = WebhookEventSort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, _: WebhookEventSort) -> SortValue {
        self.received_at.into()
    }
}
