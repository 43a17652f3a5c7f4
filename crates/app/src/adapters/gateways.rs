//! Gateways whose failures are told to the log: a use case knows that one gave no answer, not why.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway,
};

/// A registry of gateways that tell the log.
#[derive(Debug, Default)]
pub struct Logged<R>(pub R);

impl<R: GatewayRegistry> GatewayRegistry for Logged<R> {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        let inner = self.0.open(config)?;
        Some(Arc::new(LoggedGateway { id: config.id, inner }))
    }
}

struct LoggedGateway {
    id: GatewayId,
    inner: Arc<dyn PaymentGateway>,
}

#[async_trait]
impl PaymentGateway for LoggedGateway {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        let (payment, kind) = (order.payment.id, order.kind);
        let outcome = self.inner.carry_out(order).await;
        if let Err(error) = &outcome {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            tracing::warn!(gateway = %self.id, %payment, order = kind.as_str(), cause, "{error}");
        }
        outcome
    }
}
