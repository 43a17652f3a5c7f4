//! Gateways that are measured: how long each call takes and how it ends, and what they report.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use metrics::{SharedString, counter, histogram};
use serde::Deserialize;
use tracing::Instrument as _;
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::money::Money;
use wiwebb_domain::payment::Payment;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway, Verdict,
};
use wiwebb_domain::ports::subscription_gateway::{
    ChangeOrder, Changed, Checkout, CheckoutOrder, SubscriptionGateway,
};
use wiwebb_domain::ports::webhook::{WebhookReader, WebhookRefused};
use wiwebb_domain::subscription::Mirror;
use wiwebb_domain::text::ExternalId;
use wiwebb_domain::webhook::{Fact, NewWebhookEvent, WebhookEvent};

use crate::figures;

/// Reports that something is made of, and those of disputes; any other counts as one.
const EVENTS: [&str; 21] = [
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refunded",
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "invoice.paid",
    "invoice.payment_failed",
    "payment_intent.amount_capturable_updated",
    "payment_intent.canceled",
    "payment_intent.payment_failed",
    "payment_intent.processing",
    "payment_intent.succeeded",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

/// A registry of gateways, or a reader of their reports, that is measured.
#[derive(Debug, Default)]
pub struct Metered<R>(pub R);

impl<R: GatewayRegistry> GatewayRegistry for Metered<R> {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        let inner = self.0.open(config)?;
        Some(Arc::new(MeteredGateway { meter: Meter::new(config), inner }))
    }

    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        let inner = self.0.subscriptions(config)?;
        Some(Arc::new(MeteredSubscriptions { meter: Meter::new(config), inner }))
    }
}

#[async_trait]
impl<R: WebhookReader> WebhookReader for Metered<R> {
    fn open(
        &self,
        signature: Option<&str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<NewWebhookEvent, WebhookRefused> {
        let outcome = self.0.open(signature, body, now);
        let (event, told) = match &outcome {
            Ok(event) => (known(event.event_type.as_str()), "accepted"),
            // Who is not known can say of an event what they like.
            Err(WebhookRefused::Signature) => ("none", "signature"),
            Err(WebhookRefused::Payload) => ("none", "payload"),
        };
        counter!(figures::WEBHOOKS, "event" => event, "outcome" => told).increment(1);
        if let Some(lag) = outcome.as_ref().ok().and_then(|event| lag(&event.payload, now)) {
            histogram!(figures::WEBHOOK_LAG).record(lag);
        }
        outcome
    }

    async fn read(
        &self,
        event: &WebhookEvent,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Fact>>, GatewayError> {
        let outcome = self.0.read(event, now).await;
        let told = match &outcome {
            Ok(Some(_)) => "understood",
            Ok(None) => "ignored",
            Err(error) => failure(error),
        };
        let event = known(event.event_type.as_str());
        counter!(figures::WEBHOOKS_READ, "event" => event, "outcome" => told).increment(1);
        outcome
    }
}

fn known(event: &str) -> &'static str {
    EVENTS.into_iter().find(|known| *known == event).unwrap_or("other")
}

/// Seconds since what a report tells of, where it says when that was.
fn lag(payload: &str, now: DateTime<Utc>) -> Option<f64> {
    #[derive(Deserialize)]
    struct Dated {
        created: i64,
    }
    let Dated { created } = serde_json::from_str(payload).ok()?;
    let seconds = now.timestamp().saturating_sub(created).max(0);
    Some(f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)))
}

const fn failure(error: &GatewayError) -> &'static str {
    match error {
        GatewayError::Unreachable(_) => "unreachable",
        GatewayError::Unknown(_) => "unknown",
    }
}

/// Measures the calls of one gateway, which the log and traces know by its variant.
struct Meter {
    variant: SharedString,
}

impl Meter {
    fn new(config: &PaymentGatewayConfig) -> Self {
        Self { variant: config.variant.as_str().to_owned().into() }
    }

    /// A call that has answers of different kinds.
    async fn judge<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, GatewayError>>,
        answer: impl FnOnce(&T) -> &'static str,
    ) -> Result<T, GatewayError> {
        let begun = Instant::now();
        let span = tracing::error_span!("gateway", variant = self.variant.as_ref(), call);
        let outcome = work.instrument(span).await;
        let told = outcome.as_ref().map_or_else(failure, answer);
        let variant = self.variant.clone();
        histogram!(
            figures::GATEWAY_CALLS,
            "variant" => variant, "call" => call, "outcome" => told
        )
        .record(begun.elapsed());
        outcome
    }

    async fn measure<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, GatewayError>>,
    ) -> Result<T, GatewayError> {
        self.judge(call, work, |_| "answered").await
    }
}

const fn verdict(answer: &GatewayAnswer) -> &'static str {
    match answer.verdict {
        Verdict::Pending => "pending",
        Verdict::Authorised => "authorised",
        Verdict::Done => "done",
        Verdict::Declined => "declined",
        Verdict::Failed => "failed",
    }
}

struct MeteredGateway {
    meter: Meter,
    inner: Arc<dyn PaymentGateway>,
}

#[async_trait]
impl PaymentGateway for MeteredGateway {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        let call = order.kind.as_str();
        self.meter.judge(call, self.inner.carry_out(order), verdict).await
    }

    async fn look(&self, payment: &Payment) -> Result<Option<GatewayAnswer>, GatewayError> {
        self.meter.measure("look", self.inner.look(payment)).await
    }
}

struct MeteredSubscriptions {
    meter: Meter,
    inner: Arc<dyn SubscriptionGateway>,
}

#[async_trait]
impl SubscriptionGateway for MeteredSubscriptions {
    async fn checkout(&self, order: CheckoutOrder) -> Result<Checkout, GatewayError> {
        self.meter.measure("checkout", self.inner.checkout(order)).await
    }

    async fn close_checkout(&self, external_id: &ExternalId) -> Result<(), GatewayError> {
        self.meter.measure("close_checkout", self.inner.close_checkout(external_id)).await
    }

    async fn look(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.meter.measure("look_subscription", self.inner.look(external_id, now)).await
    }

    async fn end_with_period(
        &self,
        external_id: &ExternalId,
        ends: bool,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        let work = self.inner.end_with_period(external_id, ends, now);
        self.meter.measure("end_with_period", work).await
    }

    async fn end_now(
        &self,
        external_id: &ExternalId,
        now: DateTime<Utc>,
    ) -> Result<Mirror, GatewayError> {
        self.meter.measure("end_now", self.inner.end_now(external_id, now)).await
    }

    async fn preview(&self, order: ChangeOrder) -> Result<Money, GatewayError> {
        self.meter.measure("preview", self.inner.preview(order)).await
    }

    async fn change(
        &self,
        order: ChangeOrder,
        now: DateTime<Utc>,
    ) -> Result<Changed, GatewayError> {
        self.meter.measure("change", self.inner.change(order, now)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_of_kinds_that_nothing_is_made_of_count_as_one() {
        assert_eq!(known("invoice.paid"), "invoice.paid");
        for other in ["", "customer.created", "invoice.paid.x"] {
            assert_eq!(known(other), "other", "{other}");
        }
    }

    #[test]
    fn the_lag_of_a_report_is_the_time_since_its_event() {
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        assert_eq!(lag(r#"{"id": "evt_1", "created": 940}"#, now), Some(60.0));
        assert_eq!(lag(r#"{"created": 1060}"#, now), Some(0.0), "a clock that is ahead");
        for undated in ["", "{}", r#"{"created": "now"}"#, "[]"] {
            assert_eq!(lag(undated, now), None, "{undated}");
        }
    }
}
