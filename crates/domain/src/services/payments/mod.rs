//! Payments (contract §10).
//!
//! Money moves in three steps: an order is written down and committed, the gateway is asked with no
//! unit of work open, the outcome is booked. `settle` books, whoever learned the outcome.

mod checkout;
mod follow;
mod read;
mod reconcile;
mod report;
mod settle;
mod start;
mod steps;

use crate::ids::GatewayId;
use crate::money::{Amount, Money};
use crate::payment::PaymentView;
use crate::text::{OrderId, PaymentDescription, RefundReason};
use serde_json::{Map, Value};

use super::{Ports, Settings};
pub use checkout::CheckoutOutcome;
pub(super) use settle::{Attempt, attach};

/// Which gateway a payment goes through (contract §10.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GatewayChoice {
    /// The one of this id.
    Id(GatewayId),
    /// The one of this name, else the one of this variant with the highest priority.
    NameOrVariant(String),
}

/// What somebody wants to pay.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentDraft {
    /// How much, more than nothing.
    pub total: Money,
    /// Through whom.
    pub gateway: GatewayChoice,
    /// The client's reference.
    pub order_id: Option<OrderId>,
    /// What for.
    pub description: Option<PaymentDescription>,
    /// The client's own data.
    pub metadata: Map<String, Value>,
}

/// A refund as it is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefundDraft {
    /// How much; `None` is what is left.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<RefundReason>,
}

/// A payment after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// As it stands now.
    pub view: PaymentView,
    /// Where the payer goes to pay.
    pub redirect_url: Option<String>,
    /// What the payer's device needs to pay without leaving the client.
    pub client_secret: Option<String>,
    /// Whether the gateway has answered. If not, the reconciler asks until it does, and the
    /// payment stands where it stood (contract §10.5).
    pub is_known: bool,
}

impl Stepped {
    /// A payment that nobody has to go anywhere for.
    const fn standing(view: PaymentView, is_known: bool) -> Self {
        Self { view, redirect_url: None, client_secret: None, is_known }
    }
}

/// Use cases on payments.
#[derive(Clone)]
pub struct Payments {
    ports: Ports,
    settings: Settings,
}

impl Payments {
    /// Over these ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        Self { ports, settings }
    }
}
