//! Gateways that keep subscriptions going themselves, from outside.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::payment_gateway::GatewayError;
use crate::money::Money;
use crate::plan::Plan;
use crate::pricing::PlanPricing;
use crate::subscription::{Mirror, SubscriptionRef};
use crate::text::ExternalId;
use crate::user::User;

/// A subscription that is to be paid on a page of the gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckoutOrder {
    /// Our name for the subscription, which the gateway repeats in its reports.
    pub subscription: SubscriptionRef,
    /// Who pays.
    pub user: User,
    /// The gateway's id of the user, if it gave one.
    pub customer: Option<ExternalId>,
    /// What is bought; `stripe_product_id` is the gateway's id of it, if it gave one.
    pub plan: Plan,
    /// For how much; `stripe_price_id` is the gateway's id of it, if it gave one.
    pub pricing: PlanPricing,
    /// Days before the first charge.
    pub trial_days: u16,
}

/// Where a subscription is paid, and what the gateway calls those concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The page.
    pub url: String,
    /// The gateway's name for what becomes the subscription.
    pub external_id: ExternalId,
    /// The gateway's id of the user.
    pub customer: ExternalId,
    /// The gateway's id of the plan.
    pub product: ExternalId,
    /// The gateway's id of the price.
    pub price: ExternalId,
}

/// What a subscription is changed to.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeOrder {
    /// The gateway's name for the subscription.
    pub external_id: ExternalId,
    /// The plan.
    pub plan: Plan,
    /// The price.
    pub pricing: PlanPricing,
    /// Whether the difference for the rest of the period is charged now; if not, the new price is
    /// charged from the next period on.
    pub at_once: bool,
    /// The idempotency key.
    pub key: String,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Whether it holds; if not, the difference could not be charged.
    pub is_paid: bool,
    /// How the subscription stands.
    pub mirror: Mirror,
    /// The gateway's id of the plan.
    pub product: ExternalId,
    /// The gateway's id of the price.
    pub price: ExternalId,
}

/// Keeps subscriptions going. Every call can be repeated: it has no effect the second time. What a
/// gateway refuses is [`GatewayError::Unreachable`]: nothing has happened.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait SubscriptionGateway: Send + Sync {
    /// Opens a page on which a subscription is paid.
    async fn checkout(&self, order: CheckoutOrder) -> Result<Checkout, GatewayError>;

    /// Closes a page on which nothing was paid.
    async fn close_checkout(&self, external_id: &ExternalId) -> Result<(), GatewayError>;

    /// How a subscription stands at an instant.
    async fn look(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError>;

    /// Has a subscription end with its period, or go on after it.
    async fn end_with_period(
        &self,
        external_id: &ExternalId,
        ends: bool,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError>;

    /// Ends a subscription at once.
    async fn end_now(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError>;

    /// What a change at once would cost now.
    async fn preview(&self, order: ChangeOrder) -> Result<Money, GatewayError>;

    /// Changes plan and price.
    async fn change(&self, order: ChangeOrder, now: DateTime<Utc>)
    -> Result<Changed, GatewayError>;
}
