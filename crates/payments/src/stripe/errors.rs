//! What a failure says about the order that failed.
//!
//! Three things must never be mixed up: Stripe refused (nothing happened, and nothing will),
//! Stripe was never asked (nothing happened), and nobody knows (contract §10.5).
//!
//! | Seen | |
//! |---|---|
//! | an error of type `card_error`, or status 402 | [`StripeFailure::Declined`] |
//! | 409, or an error of type `idempotency_error` | [`StripeFailure::Conflict`] |
//! | 401, 403 | [`StripeFailure::Authentication`] |
//! | 429 | [`StripeFailure::RateLimited`] |
//! | any other 4xx but 408 and 424 | [`StripeFailure::Invalid`] |
//! | no connection | [`StripeFailure::Unreachable`] |
//! | the rest | [`StripeFailure::Unknown`] |

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error as ThisError;
use wiwebb_domain::error::Source;
use wiwebb_domain::ports::payment_gateway::{GatewayError, Verdict};

use super::objects::PaymentIntent;

/// Stripe's word that it did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
#[error(
    "status {status}, {}: {}",
    code.as_deref().unwrap_or("no code"),
    message.as_deref().unwrap_or("no message")
)]
pub(crate) struct Refusal {
    /// Of HTTP.
    pub(crate) status: u16,
    /// Such as `resource_missing` or `card_declined`.
    pub(crate) code: Option<String>,
    /// The bank's reason, such as `insufficient_funds`.
    pub(crate) decline_code: Option<String>,
    /// For people.
    pub(crate) message: Option<String>,
    /// The parameter it is about.
    pub(crate) param: Option<String>,
    /// The payment that was declined: it exists all the same.
    pub(crate) payment_intent: Option<PaymentIntent>,
}

/// Why Stripe did not do, or may not have done, what it was asked.
#[derive(Debug, ThisError)]
pub(crate) enum StripeFailure {
    /// The payer's bank, or Stripe for it, said no.
    #[error("Stripe declined the payment")]
    Declined(#[source] Box<Refusal>),
    /// The request is wrong, or comes too late or too early.
    #[error("Stripe refused the request")]
    Invalid(#[source] Box<Refusal>),
    /// The key is unknown, or may not do this. What Stripe says about it repeats a part of the
    /// key, and is left out.
    #[error("Stripe does not accept the key (status {0})")]
    Authentication(u16),
    /// Too many requests; this one was not carried out.
    #[error("Stripe has too many requests")]
    RateLimited,
    /// Another request has the same idempotency key: it is being carried out, or asked for
    /// something else.
    #[error("Stripe has another request under this key")]
    Conflict(#[source] Box<Refusal>),
    /// It was never asked.
    #[error("Stripe cannot be reached")]
    Unreachable(#[source] Source),
    /// It was asked, and what became of it is not known.
    #[error("the answer of Stripe is unknown")]
    Unknown(#[source] Source),
}

impl StripeFailure {
    /// What an answer other than success means.
    pub(super) fn of_answer(status: u16, body: &str) -> Self {
        let error = serde_json::from_str(body).map(|Body { error }| error);
        let kind = error.as_ref().ok().and_then(|error| error.kind.as_deref());
        match (status, kind) {
            (400..=499, Some("idempotency_error")) => {}
            (400..=499, Some("card_error")) | (402, Some(_)) => {
                return Self::Declined(refusal(status, error.ok()));
            }
            (401 | 403, _) => return Self::Authentication(status),
            (429, _) => return Self::RateLimited,
            (409, _) => {}
            (408 | 424, _) => return Self::Unknown(format!("status {status}").into()),
            (400..=499, _) => return Self::Invalid(refusal(status, error.ok())),
            _ => return Self::Unknown(format!("status {status}").into()),
        }
        Self::Conflict(refusal(status, error.ok()))
    }

    /// That Stripe has no object of this id.
    pub(super) fn no_such_object(path: &str) -> Self {
        Self::Invalid(Box::new(Refusal {
            status: 404,
            code: Some(RESOURCE_MISSING.to_owned()),
            decline_code: None,
            message: Some(format!("{path:?} holds no id of Stripe's")),
            param: None,
            payment_intent: None,
        }))
    }

    /// Whether Stripe said no.
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(self, Self::Declined(_) | Self::Invalid(_))
    }

    /// Whether Stripe does not have what was asked about.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Invalid(refusal) if refusal.code.as_deref() == Some(RESOURCE_MISSING))
    }

    /// Whether the same request may succeed in a moment.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Declined(_) | Self::Invalid(_) | Self::Authentication(_) => false,
            Self::RateLimited | Self::Unreachable(_) | Self::Unknown(_) => true,
            Self::Conflict(refusal) => refusal.status == 409,
        }
    }

    /// The same failure after an earlier try of the order whose outcome is unknown: that this try
    /// did nothing says nothing about the earlier one. A refusal does, as Stripe answers for the
    /// key.
    pub(super) fn after_unknown(self) -> Self {
        match self {
            Self::Authentication(_) | Self::RateLimited | Self::Unreachable(_) => {
                Self::Unknown(Box::new(self))
            }
            known => known,
        }
    }

    /// As an error of the port, a refusal too: nothing has happened.
    pub(crate) fn into_error(self) -> GatewayError {
        match self {
            Self::Conflict(_) | Self::Unknown(_) => GatewayError::Unknown(Box::new(self)),
            _ => GatewayError::Unreachable(Box::new(self)),
        }
    }

    /// A refusal as the answer it is, anything else as the error that the port has for it.
    pub(crate) fn into_answer(self) -> Result<(Verdict, Box<Refusal>), GatewayError> {
        match self {
            Self::Declined(refusal) => Ok((Verdict::Declined, refusal)),
            Self::Invalid(refusal) => Ok((Verdict::Failed, refusal)),
            failure => Err(failure.into_error()),
        }
    }
}

/// Stripe's code for an id that it does not have.
const RESOURCE_MISSING: &str = "resource_missing";

#[derive(Deserialize)]
struct Body {
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
struct ErrorObject {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    param: Option<String>,
    payment_intent: Option<Value>,
}

/// An answer that is not of Stripe's form is a refusal without words, as of a proxy.
fn refusal(status: u16, error: Option<ErrorObject>) -> Box<Refusal> {
    let ErrorObject { kind: _, code, decline_code, message, param, payment_intent } =
        error.unwrap_or_default();
    // A payment that cannot be read must not hide that it was declined.
    let payment_intent = payment_intent.and_then(|intent| serde_json::from_value(intent).ok());
    Box::new(Refusal { status, code, decline_code, message, param, payment_intent })
}

#[cfg(test)]
mod tests;
