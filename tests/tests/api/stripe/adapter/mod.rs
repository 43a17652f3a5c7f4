//! The Stripe adapter against a stand-in for Stripe, over HTTP and through the domain's ports.

mod catalogue;
mod changes;
mod faults;
mod follow_ups;
mod payments;
mod shop;
mod subscriptions;
mod webhooks;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde_json::{Value, json};
use wiwebb_domain::gateway::{GatewaySettings, PaymentGatewayConfig};
use wiwebb_domain::ids::{GatewayId, PaymentId, RefundId, UserId};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::Payment;
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry as _, Verdict,
};
use wiwebb_domain::ports::subscription_gateway::SubscriptionGateway;
use wiwebb_domain::testing::samples::{self, money, text};
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_payments::{Registry, RegistryConfig, StripeConfig};
use wiwebb_tests::stripe::FakeStripe;

/// A card that pays.
const GOOD: &str = "pm_card_visa";

/// A stand-in for Stripe, and the adapters that speak to it.
struct World {
    stripe: FakeStripe,
    registry: Registry,
}

impl World {
    async fn new() -> Self {
        let stripe = FakeStripe::start().await;
        let registry = registry(config(&stripe));
        Self { stripe, registry }
    }

    fn now(&self) -> DateTime<Utc> {
        at(self.stripe.now())
    }

    /// Gives an order to a gateway with these settings.
    async fn order(
        &self,
        settings: Value,
        order: GatewayOrder,
    ) -> Result<GatewayAnswer, GatewayError> {
        let gateway = self.registry.open(&gateway(settings)).expect("a gateway");
        gateway.carry_out(order).await
    }

    /// As [`Self::order`], where the gateway answers.
    async fn answer(&self, settings: Value, order: GatewayOrder) -> GatewayAnswer {
        self.order(settings, order).await.expect("an answer")
    }

    /// A payment of USD 19.99 that a good card has paid.
    async fn paid(&self) -> Payment {
        let answer = self.answer(json!({ "payment_method": GOOD }), charge("charge")).await;
        assert_eq!(answer.verdict, Verdict::Done);
        named(&answer)
    }

    /// A payment of USD 19.99 that is held.
    async fn held(&self) -> Payment {
        let settings = json!({"payment_method": GOOD, "capture_method": "manual"});
        let answer = self.answer(settings, charge("charge")).await;
        assert_eq!(answer.verdict, Verdict::Authorised);
        named(&answer)
    }

    /// A payment of USD 19.99 that waits for its payer.
    async fn open(&self) -> Payment {
        let answer = self.answer(json!({}), charge("charge")).await;
        assert_eq!(answer.verdict, Verdict::Pending);
        named(&answer)
    }

    fn billing(&self) -> Arc<dyn SubscriptionGateway> {
        self.registry.subscriptions(&gateway(json!({}))).expect("a gateway")
    }

    /// The status of an intent at Stripe.
    fn status(&self, payment: &Payment) -> String {
        let intent = self.stripe.intent(payment.transaction_id.as_ref().unwrap().as_str());
        intent["status"].as_str().unwrap().to_owned()
    }
}

fn config(stripe: &FakeStripe) -> StripeConfig {
    StripeConfig {
        secret_key: Some(SecretString::from(stripe.secret_key())),
        webhook_secrets: None,
        api_base: Some(stripe.base_url()),
        api_version: None,
    }
}

fn registry(stripe: StripeConfig) -> Registry {
    let public_url = "https://wiwebb.example.org".to_owned();
    let config = RegistryConfig { dummy: false, public_url, stripe };
    Registry::new(config, Arc::new(PlainSecrets::default())).expect("a registry")
}

fn gateway(settings: Value) -> PaymentGatewayConfig {
    PaymentGatewayConfig {
        variant: text("stripe"),
        config: GatewaySettings::new(samples::object(settings)),
        ..samples::gateway(1, "Stripe")
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("an instant")
}

/// Payment 7, of USD 19.99.
fn payment() -> Payment {
    samples::payment(7, UserId::new(1), GatewayId::new(1))
}

/// [`payment`] under the name that an answer gives it.
fn named(answer: &GatewayAnswer) -> Payment {
    Payment { transaction_id: answer.transaction_id.clone(), ..payment() }
}

fn order(kind: OperationKind, payment: Payment, amount: &str, key: &str) -> GatewayOrder {
    GatewayOrder {
        kind,
        amount: money(amount, payment.total.currency().code()),
        payment,
        key: key.to_owned(),
        refund_id: (kind == OperationKind::Refund).then(|| RefundId::new(3)),
        is_repeat: false,
        off_session: false,
    }
}

fn charge(key: &str) -> GatewayOrder {
    order(OperationKind::Charge, payment(), "19.99", key)
}

fn refund(payment: &Payment, amount: &str, key: &str) -> GatewayOrder {
    order(OperationKind::Refund, payment.clone(), amount, key)
}

fn capture(payment: &Payment, amount: &str, key: &str) -> GatewayOrder {
    order(OperationKind::Capture, payment.clone(), amount, key)
}

fn cancel(payment: &Payment, key: &str) -> GatewayOrder {
    order(OperationKind::Cancel, payment.clone(), "19.99", key)
}

/// The same order, given again.
fn again(order: GatewayOrder) -> GatewayOrder {
    GatewayOrder { is_repeat: true, ..order }
}

fn is_unreachable<T>(outcome: &Result<T, GatewayError>) -> bool {
    matches!(outcome, Err(GatewayError::Unreachable(_)))
}

fn is_unknown<T>(outcome: &Result<T, GatewayError>) -> bool {
    matches!(outcome, Err(GatewayError::Unknown(_)))
}

/// An order for the payment of an id, in the metadata of an intent.
fn payment_of(intent: &Value) -> Option<PaymentId> {
    PaymentId::parse(intent["metadata"]["payment"].as_str()?)
}
