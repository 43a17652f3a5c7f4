//! Gateways whose failures are told to the log: a use case knows that one gave no answer, not why.

use std::error::Error;
use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::money::Money;
use wiwebb_domain::payment::Payment;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway,
};
use wiwebb_domain::ports::subscription_gateway::{
    ChangeOrder, Changed, Checkout, CheckoutOrder, SubscriptionGateway,
};
use wiwebb_domain::ports::webhook::{WebhookReader, WebhookRefused};
use wiwebb_domain::subscription::Mirror;
use wiwebb_domain::text::ExternalId;
use wiwebb_domain::webhook::{Fact, NewWebhookEvent, WebhookEvent};

/// A registry of gateways, or a reader of their reports, that tells the log.
#[derive(Debug, Default)]
pub struct Logged<R>(pub R);

impl<R: GatewayRegistry> GatewayRegistry for Logged<R> {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        let inner = self.0.open(config)?;
        Some(Arc::new(LoggedGateway { id: config.id, inner }))
    }

    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        let inner = self.0.subscriptions(config)?;
        Some(Arc::new(LoggedSubscriptions { id: config.id, inner }))
    }
}

#[async_trait]
impl<R: WebhookReader> WebhookReader for Logged<R> {
    fn open(
        &self,
        signature: Option<&str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<NewWebhookEvent, WebhookRefused> {
        self.0.open(signature, body, now)
    }

    async fn read(
        &self,
        event: &WebhookEvent,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Fact>>, GatewayError> {
        let outcome = self.0.read(event, now).await;
        if let Err(error) = &outcome {
            let (id, kind) = (event.id, event.event_type.as_str());
            tracing::warn!(webhook_event = %id, kind, cause = cause(error), "{error}");
        }
        outcome
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
            let (gateway, order) = (self.id, kind.as_str());
            tracing::warn!(%gateway, %payment, order, cause = cause(error), "{error}");
        }
        outcome
    }

    async fn look(&self, payment: &Payment) -> Result<Option<GatewayAnswer>, GatewayError> {
        let outcome = self.inner.look(payment).await;
        if let Err(error) = &outcome {
            let (gateway, payment) = (self.id, payment.id);
            tracing::warn!(%gateway, %payment, order = "look", cause = cause(error), "{error}");
        }
        outcome
    }
}

struct LoggedSubscriptions {
    id: GatewayId,
    inner: Arc<dyn SubscriptionGateway>,
}

impl LoggedSubscriptions {
    /// Passes an outcome on. `subscription` is its name here or at the gateway.
    fn told<T>(
        &self,
        order: &str,
        subscription: impl Display,
        outcome: Result<T, GatewayError>,
    ) -> Result<T, GatewayError> {
        if let Err(error) = &outcome {
            let gateway = self.id;
            tracing::warn!(%gateway, %subscription, order, cause = cause(error), "{error}");
        }
        outcome
    }
}

#[async_trait]
impl SubscriptionGateway for LoggedSubscriptions {
    async fn checkout(&self, order: CheckoutOrder) -> Result<Checkout, GatewayError> {
        let name = order.subscription.clone();
        self.told("checkout", name, self.inner.checkout(order).await)
    }

    async fn close_checkout(&self, external_id: &ExternalId) -> Result<(), GatewayError> {
        let outcome = self.inner.close_checkout(external_id).await;
        self.told("close checkout", external_id, outcome)
    }

    async fn look(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.told("look", external_id, self.inner.look(external_id, now).await)
    }

    async fn end_with_period(
        &self,
        external_id: &ExternalId,
        ends: bool,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        let outcome = self.inner.end_with_period(external_id, ends, now).await;
        self.told("end with period", external_id, outcome)
    }

    async fn end_now(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.told("end", external_id, self.inner.end_now(external_id, now).await)
    }

    async fn preview(&self, order: ChangeOrder) -> Result<Money, GatewayError> {
        let name = order.external_id.clone();
        self.told("preview", name, self.inner.preview(order).await)
    }

    async fn change(
        &self,
        order: ChangeOrder,
        now: DateTime<Utc>,
    ) -> Result<Changed, GatewayError> {
        let name = order.external_id.clone();
        self.told("change", name, self.inner.change(order, now).await)
    }
}

fn cause(error: &GatewayError) -> String {
    error.source().map(ToString::to_string).unwrap_or_default()
}
