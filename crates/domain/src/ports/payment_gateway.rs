//! Through whom money moves, from outside.

use std::sync::Arc;

use async_trait::async_trait;
use thiserror::Error as ThisError;

use super::subscription_gateway::SubscriptionGateway;
use crate::error::Source;
use crate::gateway::PaymentGatewayConfig;
use crate::ids::RefundId;
use crate::money::Money;
use crate::operation::OperationKind;
use crate::payment::Payment;
use crate::text::ExternalId;

/// What a gateway is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayOrder {
    /// What.
    pub kind: OperationKind,
    /// The payment as it stands; `transaction_id` is the gateway's name for it, once it has one.
    pub payment: Payment,
    /// How much.
    pub amount: Money,
    /// The idempotency key: an order given again under its key is carried out once.
    pub key: String,
    /// Which refund it carries out.
    pub refund_id: Option<RefundId>,
    /// Whether it may have been given before.
    pub is_repeat: bool,
    /// Whether the payer agreed beforehand and is not there now.
    pub off_session: bool,
}

/// What a gateway says of an order. A decline is an answer, not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It waits for the payer, or for a bank.
    Pending,
    /// The money is held.
    Authorised,
    /// It is done: the money moved.
    Done,
    /// It is refused for good.
    Declined,
    /// It definitely failed for technical reasons.
    Failed,
}

/// A gateway's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayAnswer {
    /// What became of the order.
    pub verdict: Verdict,
    /// The gateway's id of the payment, or of the refund.
    pub transaction_id: Option<ExternalId>,
    /// Where the payer goes to pay.
    pub redirect_url: Option<String>,
    /// What the payer's device needs to pay without leaving the client.
    pub client_secret: Option<String>,
    /// More, for people.
    pub message: Option<String>,
}

/// Why a gateway gave no answer.
#[derive(Debug, ThisError)]
pub enum GatewayError {
    /// It was never asked: nothing can have happened.
    #[error("the gateway cannot be reached")]
    Unreachable(#[source] Source),
    /// It was asked and gave no answer: anything can have happened. Ask again under the same key.
    #[error("the gateway's answer is unknown")]
    Unknown(#[source] Source),
}

/// Carries out orders.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Carries an order out, once for each key however often it is given.
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError>;

    /// How a charge stands that waits for its payer; `None` where nobody can be asked.
    async fn look(&self, payment: &Payment) -> Result<Option<GatewayAnswer>, GatewayError> {
        let _ = payment;
        Ok(None)
    }
}

/// Knows the adapters.
#[cfg_attr(feature = "test-support", mockall::automock)]
pub trait GatewayRegistry: Send + Sync {
    /// The adapter of a configured gateway; `None` where its variant has none or is disabled
    /// (contract §9.2).
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>>;

    /// The adapter of a gateway that keeps subscriptions going itself; `None` where this server has to.
    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>>;
}
