//! Subscriptions.

mod api;
mod change;
mod create;
mod cycle;
mod json;
mod life;
mod update;

pub(crate) use change::CHANGES;
pub(crate) use create::Wanted;
pub(crate) use cycle::NOTICE;
pub use life::AfterRetries;
pub(crate) use update::PATIENCE;

use super::form::Metadata;
use super::invoices::Line;
use super::refusal::{Refusal, Reply};
use super::state::State;
use super::table::Row;

/// Where a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Paused,
    Canceled,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
        }
    }

    /// Nothing comes after it.
    pub(crate) fn over(self) -> bool {
        matches!(self, Self::Canceled | Self::IncompleteExpired)
    }

    /// Its periods go on.
    pub(crate) fn renews(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue | Self::Unpaid)
    }
}

/// What is subscribed to. The fake takes one item.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) price: String,
    pub(crate) quantity: i64,
    /// The current period.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) created: i64,
}

/// A change that waits for its invoice to be paid.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) change: change::Change,
    pub(crate) invoice: String,
    pub(crate) expires: i64,
}

/// Something paid for again and again.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) item: Item,
    pub(crate) status: Status,
    /// From where months are counted.
    pub(crate) anchor: i64,
    pub(crate) trial_start: Option<i64>,
    pub(crate) trial_end: Option<i64>,
    /// The end of the trial was announced.
    pub(crate) warned: bool,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) cancel_at: Option<i64>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) cancel_reason: Option<&'static str>,
    pub(crate) comment: Option<String>,
    pub(crate) default_method: Option<String>,
    /// The first card that pays becomes the default method.
    pub(crate) saves_method: bool,
    /// What happens at the end of a trial without a card.
    pub(crate) without_method: &'static str,
    pub(crate) latest_invoice: Option<String>,
    /// Goes into the next invoice.
    pub(crate) pending_lines: Vec<Line>,
    pub(crate) pending: Option<Pending>,
    pub(crate) description: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) created: i64,
}

impl Row for Subscription {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    pub(crate) fn known_subscription(&self, id: &str) -> Reply<&Subscription> {
        self.subscriptions.get(id).ok_or_else(|| Refusal::no_such("subscription", id))
    }

    /// Changes a subscription and says so, where anything is different.
    pub(crate) fn alter(&mut self, id: &str, change: impl FnOnce(&mut Subscription)) {
        let before = self.subscription_json(self.subscriptions.at(id));
        change(self.subscriptions.at_mut(id));
        let after = self.subscription_json(self.subscriptions.at(id));
        if before != after {
            self.emit_change("customer.subscription.updated", &before, &after);
        }
    }

    /// What a whole period costs.
    pub(crate) fn full_line(&self, of: &Subscription, start: i64, end: i64) -> Line {
        let price = self.prices.at(&of.item.price);
        let product = &self.products.at(&price.product).name;
        Line {
            id: String::new(),
            amount: price.amount * of.item.quantity,
            description: format!("{} x {product}", of.item.quantity),
            price: price.id.clone(),
            quantity: of.item.quantity,
            start,
            end,
            proration: false,
            item: of.item.id.clone(),
        }
    }
}
