//! Webhooks: who sent one, and what it says happened (contract §10.3).
//!
//! Where Stripe can be asked, an event names an object and no more: how that stands now is what
//! happened, so the order in which events come does not matter.

mod standing;
mod told;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::payment::PaymentEvent;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::ports::webhook::{WebhookReader, WebhookRefused};
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::text::{EventType, ExternalId, Variant};
use wiwebb_domain::webhook::{Fact, NewWebhookEvent, WebhookEvent};

use super::client::Stripe;
use super::client::setup::StripeConfigError;
use super::clients::StripeConfig;
use super::errors::StripeFailure;
use super::objects::Event;
use super::signature::WebhookSecrets;
use super::{IN_TIME, within};
use crate::STRIPE;

/// Webhooks of Stripe.
#[derive(Debug)]
pub struct StripeWebhooks {
    secrets: WebhookSecrets,
    stripe: Option<Stripe>,
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// A payment intent, to which this happened.
    Intent(PaymentEvent),
    /// A charge of which money went back.
    Charge,
    /// A refund, which stands so where it does not say.
    Refund(RefundStatus),
    Dispute,
    Session {
        is_expired: bool,
    },
    Invoice {
        is_paid: bool,
    },
    Subscription {
        is_deleted: bool,
    },
}

impl Subject {
    /// `None` for what is of no interest.
    fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "payment_intent.succeeded" => Self::Intent(PaymentEvent::Succeeded),
            "payment_intent.payment_failed" => Self::Intent(PaymentEvent::Declined),
            "payment_intent.canceled" => Self::Intent(PaymentEvent::Cancelled),
            "payment_intent.amount_capturable_updated" => Self::Intent(PaymentEvent::Authorised),
            "charge.refunded" => Self::Charge,
            "refund.failed" => Self::Refund(RefundStatus::Failed),
            "refund.created" | "refund.updated" | "charge.refund.updated" => {
                Self::Refund(RefundStatus::Succeeded)
            }
            "checkout.session.completed" => Self::Session { is_expired: false },
            "checkout.session.expired" => Self::Session { is_expired: true },
            "invoice.paid" => Self::Invoice { is_paid: true },
            "invoice.payment_failed" => Self::Invoice { is_paid: false },
            "customer.subscription.created" | "customer.subscription.updated" => {
                Self::Subscription { is_deleted: false }
            }
            "customer.subscription.deleted" => Self::Subscription { is_deleted: true },
            kind if kind.starts_with("charge.dispute.") => Self::Dispute,
            _ => return None,
        })
    }
}

/// `None` is of no interest; no fact is about nothing that is known.
type Facts = Option<Vec<Fact>>;

impl StripeWebhooks {
    /// Reads webhooks as the settings have it. Without secrets none is believed; without a key what
    /// events say is not looked up. Errors: a key or an address that cannot be used.
    pub fn new(config: &StripeConfig) -> Result<Self, StripeConfigError> {
        let secrets = config.webhook_secrets.as_ref().map(WebhookSecrets::new);
        Ok(Self { secrets: secrets.unwrap_or_default(), stripe: config.client()? })
    }
}

#[async_trait]
impl WebhookReader for StripeWebhooks {
    fn open(
        &self,
        signature: Option<&str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<NewWebhookEvent, WebhookRefused> {
        let signature = signature.ok_or(WebhookRefused::Signature)?;
        let verdict = self.secrets.verify(signature, body, now);
        verdict.map_err(|_| WebhookRefused::Signature)?;
        event(body).ok_or(WebhookRefused::Payload)
    }

    async fn read(
        &self,
        event: &WebhookEvent,
        now: DateTime<Utc>,
    ) -> Result<Option<Vec<Fact>>, GatewayError> {
        let Ok(told) = serde_json::from_str::<Event>(&event.payload) else {
            return Ok(Some(Vec::new()));
        };
        let Some(subject) = Subject::of(&told.kind) else {
            return Ok(None);
        };
        match &self.stripe {
            Some(stripe) => {
                let facts = async {
                    let facts = standing::facts(stripe, subject, &told, now).await;
                    facts.map_err(StripeFailure::into_error)
                };
                within(IN_TIME, facts).await
            }
            None => Ok(told::facts(subject, &told, now)),
        }
    }
}

/// A body that is an event.
fn event(body: &[u8]) -> Option<NewWebhookEvent> {
    let payload = std::str::from_utf8(body).ok()?;
    let event: Event = serde_json::from_str(payload).ok()?;
    event.raw_object().is_object().then_some(())?;
    Some(NewWebhookEvent {
        variant: Variant::new(STRIPE).ok()?,
        event_id: ExternalId::new(&event.id).ok()?,
        event_type: EventType::new(&event.kind).ok()?,
        payload: payload.to_owned(),
    })
}

#[cfg(test)]
mod tests;
