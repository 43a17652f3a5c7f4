//! Payments and their state machine (seed, "Payment Table").
//!
//! A transition is [`Payment::apply`]: it takes what happened and answers the step taken, that
//! nothing changes, or an error naming state and event. Replaying an event is a no-op; a late
//! event never moves a payment backwards (contract §10.3).

mod state;

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::access::{self, Action, Actor, Object};
use crate::gateway::{DUMMY, MANUAL};
use crate::ids::{GatewayId, PaymentId, TenantId, UserId};
use crate::money::{Amount, Money};
use crate::page::{Listed, Order, SortKey, SortValue, descending};
use crate::subscription::{ChargePurpose, SubscriptionRef};
use crate::text::{ExternalId, Name, OrderId, PaymentDescription, Variant};

pub use state::{IllegalTransition, PaymentEvent, PaymentStatus, Step};

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
pub const RESERVED_METADATA: [&str; 7] = [
    DESCRIPTION,
    CAPTURED_AMOUNT,
    REFUNDED_AMOUNT,
    REPORTED_REFUNDS,
    SUBSCRIPTION,
    CHARGE,
    INVOICE,
];
const DESCRIPTION: &str = "description";
const CAPTURED_AMOUNT: &str = "captured_amount";
const REFUNDED_AMOUNT: &str = "refunded_amount";
const REPORTED_REFUNDS: &str = "reported_refunds";
const SUBSCRIPTION: &str = "subscription_id";
const CHARGE: &str = "charge";
const INVOICE: &str = "invoice_number";

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

/// The data of a payment that a gateway took for a subscription on its own account.
pub fn subscription_metadata(subscription: &SubscriptionRef) -> Map<String, Value> {
    Map::from_iter([(SUBSCRIPTION.to_owned(), subscription.as_str().into())])
}

/// The data that a payment for a subscription starts with.
pub fn charge_metadata(
    subscription: &SubscriptionRef,
    purpose: ChargePurpose,
    description: PaymentDescription,
) -> Map<String, Value> {
    let mut metadata = first_metadata(Map::new(), Some(description));
    metadata.extend(subscription_metadata(subscription));
    metadata.insert(CHARGE.to_owned(), purpose.as_str().into());
    metadata
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

    /// The most that the gateway has said went back, without saying by which refunds.
    pub fn reported_refunds(&self) -> Amount {
        self.kept(REPORTED_REFUNDS).unwrap_or(Amount::ZERO)
    }

    /// Notes what the gateway says went back in all.
    pub fn note_reported_refunds(&mut self, total: Amount) {
        let total = total.max(self.reported_refunds());
        self.metadata.insert(REPORTED_REFUNDS.to_owned(), total.to_string().into());
    }

    /// The subscription that the payment is for, and what of it is paid.
    pub fn charged_for(&self) -> Option<(SubscriptionRef, ChargePurpose)> {
        let text = |key| self.metadata.get(key).and_then(Value::as_str);
        let subscription = SubscriptionRef::new(text(SUBSCRIPTION)?).ok()?;
        Some((subscription, ChargePurpose::parse(text(CHARGE)?)?))
    }

    /// The number of its invoice.
    pub fn invoice_number(&self) -> Option<&str> {
        self.metadata.get(INVOICE).and_then(Value::as_str)
    }

    /// Gives it the number of an invoice, which no other payment has.
    pub fn note_invoice(&mut self) {
        let number = format!("INV-{:08}", self.id.get());
        self.metadata.insert(INVOICE.to_owned(), number.into());
    }

    /// Whether the payer agreed beforehand and is not there: a renewal.
    pub fn is_off_session(&self) -> bool {
        self.charged_for().is_some_and(|(_, purpose)| purpose == ChargePurpose::Renewal)
    }

    /// Takes out what the payer or the payer's client wrote: the reference, the description and all
    /// data but the server's own. Answers whether anything has changed.
    pub fn forget_payer(&mut self, now: DateTime<Utc>) -> bool {
        // The server describes what a subscription is charged for itself.
        let described_here = self.metadata.contains_key(CHARGE);
        let before = (self.order_id.take().is_some(), self.metadata.len());
        self.metadata.retain(|key, _| {
            RESERVED_METADATA.contains(&key.as_str())
                && (key.as_str() != DESCRIPTION || described_here)
        });
        let changed = before != (false, self.metadata.len());
        if changed {
            self.modified_at = now;
        }
        changed
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

impl PaymentView {
    /// Whether only staff can say that it was paid: the money comes outside of any gateway.
    pub fn is_settled_by_staff(&self) -> bool {
        self.variant.as_str() == MANUAL
    }

    /// The name of the page of this server on which it is settled (contract §8.1); `None` where the
    /// gateway has its own.
    pub fn checkout_page(&self) -> Option<&ExternalId> {
        let is_ours = [DUMMY, MANUAL].contains(&self.variant.as_str());
        self.payment.transaction_id.as_ref().filter(|_| is_ours)
    }

    /// Whether whoever pays can settle it on a page of this server.
    pub fn awaits_its_payer(&self) -> bool {
        self.payment.status == PaymentStatus::Waiting && !self.is_settled_by_staff()
    }

    /// Whether money is held that can be taken (contract §10.2). Who may do it is asked apart, here
    /// and below.
    pub fn can_be_captured(&self) -> bool {
        self.payment.status == PaymentStatus::Preauth
    }

    /// Whether money was taken that can go back.
    pub fn can_be_refunded(&self) -> bool {
        self.payment.status == PaymentStatus::Confirmed
    }

    /// Whether staff can say that the money has come.
    pub fn can_be_confirmed(&self) -> bool {
        self.payment.status == PaymentStatus::Waiting && self.is_settled_by_staff()
    }

    /// Whether it can be called off: what waits by whoever has it, what is held by those alone who
    /// may release it.
    pub fn can_be_cancelled_by(&self, actor: &Actor) -> bool {
        match self.payment.status {
            PaymentStatus::Waiting => true,
            PaymentStatus::Preauth => access::permit_role(actor, Action::ReleasePayment).is_ok(),
            _ => false,
        }
    }
}

/// How long a payment that waits for its payer is left alone before its gateway is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// At first.
    pub least: Duration,
    /// In the end.
    pub most: Duration,
}

impl Patience {
    /// Whether the gateway is to be asked: the pauses double.
    pub fn ends(self, payment: &Payment, now: DateTime<Utc>) -> bool {
        let waited = payment.modified_at - payment.created_at;
        now - payment.modified_at >= waited.max(self.least).min(self.most)
    }
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
