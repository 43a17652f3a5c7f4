//! What is sold, and what recurs.

use serde::Deserialize;

use super::{Id, List, Metadata, lenient};

/// What is sold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Product {
    /// Identity.
    pub(crate) id: String,
    /// Whether it is gone.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) deleted: bool,
    /// Whether it can be bought.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) active: bool,
    /// For people.
    pub(crate) name: Option<String>,
}

/// For how much it is sold.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Price {
    /// Identity.
    pub(crate) id: String,
    /// Whether it can be bought for it.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) active: bool,
    /// In small letters.
    pub(crate) currency: String,
    /// Absent where it is a fraction of a minor unit, or tiered.
    pub(crate) unit_amount: Option<i64>,
    /// What is sold.
    pub(crate) product: Option<Id>,
    /// How often; absent where it is paid once.
    pub(crate) recurring: Option<Recurring>,
    /// Ours.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) metadata: Metadata,
}

/// How often a price is paid.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Recurring {
    /// `day`, `week`, `month` or `year`.
    pub(crate) interval: String,
    /// Every how many of them.
    pub(crate) interval_count: Option<u32>,
}

/// A period, in unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Period {
    /// First second.
    pub(crate) start: i64,
    /// First second of the next one.
    pub(crate) end: i64,
}

/// What recurs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Subscription {
    /// Identity.
    pub(crate) id: String,
    /// `trialing`, `active`, `past_due`, `unpaid`, `canceled`, `incomplete`,
    /// `incomplete_expired` or `paused`.
    pub(crate) status: Option<String>,
    /// Whether it ends with the period.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) cancel_at_period_end: bool,
    /// When it will end.
    pub(crate) cancel_at: Option<i64>,
    /// When its end was asked for.
    pub(crate) canceled_at: Option<i64>,
    /// When it ended.
    pub(crate) ended_at: Option<i64>,
    /// When the trial ends.
    pub(crate) trial_end: Option<i64>,
    /// The last invoice.
    pub(crate) latest_invoice: Option<Id>,
    /// A change that waits until it is paid.
    pending_update: Option<PendingUpdate>,
    /// Until version 2025-03-31.
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
    /// What is bought.
    items: Option<List<SubscriptionItem>>,
    /// Ours.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) metadata: Metadata,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct PendingUpdate {}

/// One thing that is bought.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct SubscriptionItem {
    /// Identity.
    pub(crate) id: String,
    /// For how much; absent in subscriptions to what came before prices.
    pub(crate) price: Option<Price>,
    /// Since version 2025-03-31.
    current_period_start: Option<i64>,
    current_period_end: Option<i64>,
}

impl Subscription {
    /// The first thing that is bought. Ours have one.
    pub(crate) fn item(&self) -> Option<&SubscriptionItem> {
        self.items.as_ref()?.data.first()
    }

    /// Whether a change waits until it is paid.
    pub(crate) const fn has_pending_update(&self) -> bool {
        self.pending_update.is_some()
    }

    /// The period that runs, from the subscription or from its first item.
    pub(crate) fn current_period(&self) -> Option<Period> {
        let own = period(self.current_period_start, self.current_period_end);
        own.or_else(|| {
            let item = self.item()?;
            period(item.current_period_start, item.current_period_end)
        })
    }
}

fn period(start: Option<i64>, end: Option<i64>) -> Option<Period> {
    Some(Period { start: start?, end: end? })
}

/// What is to be paid for a period.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Invoice {
    /// Absent in previews.
    pub(crate) id: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    pub(crate) status: Option<String>,
    /// Why it was written, such as `subscription_cycle`.
    pub(crate) billing_reason: Option<String>,
    /// In small letters.
    pub(crate) currency: Option<String>,
    /// What is to be paid.
    pub(crate) amount_due: Option<i64>,
    /// What was paid.
    pub(crate) amount_paid: Option<i64>,
    /// What is billed.
    lines: Option<List<InvoiceLine>>,
    /// Since version 2025-03-31.
    parent: Option<InvoiceParent>,
    payments: Option<List<InvoicePayment>>,
    /// Until version 2025-03-31.
    subscription: Option<Id>,
    subscription_details: Option<SubscriptionDetails>,
    payment_intent: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct InvoiceLine {
    period: Option<Period>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct InvoiceParent {
    subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct SubscriptionDetails {
    subscription: Option<Id>,
    #[serde(default, deserialize_with = "lenient")]
    metadata: Metadata,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct InvoicePayment {
    /// `open`, `paid` or `canceled`.
    status: Option<String>,
    payment: Option<InvoicePaymentOf>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct InvoicePaymentOf {
    payment_intent: Option<Id>,
}

impl Invoice {
    fn details(&self) -> Option<&SubscriptionDetails> {
        let parent = self.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
        parent.or(self.subscription_details.as_ref())
    }

    /// The subscription it bills.
    pub(crate) fn subscription(&self) -> Option<&str> {
        let current = self.details().and_then(|details| details.subscription.as_ref());
        current.or(self.subscription.as_ref()).map(Id::as_str)
    }

    /// What of ours was on the subscription when it was billed.
    pub(crate) fn subscription_metadata(&self) -> Option<&Metadata> {
        self.details().map(|details| &details.metadata)
    }

    /// The payment it is paid by, or is to be. Newer versions write it out only where asked for
    /// `payments`.
    pub(crate) fn payment_intent(&self) -> Option<&str> {
        let mut payments: Vec<_> =
            self.payments.iter().flat_map(|payments| &payments.data).collect();
        payments.sort_by_key(|one| one.status.as_deref() != Some("paid"));
        let mut current =
            payments.iter().filter_map(|one| one.payment.as_ref()?.payment_intent.as_ref());
        current.next().or(self.payment_intent.as_ref()).map(Id::as_str)
    }

    /// The period it bills: that of the line which ends last, as a proration is billed along with
    /// the period that follows.
    pub(crate) fn period(&self) -> Option<Period> {
        let lines = self.lines.iter().flat_map(|lines| &lines.data);
        lines.filter_map(|line| line.period).max_by_key(|period| period.end)
    }
}
