//! Stripe.
//!
//! What is asked is built by the typed requests of async-stripe, so that the names of parameters
//! are checked by the compiler. What is answered is read into the small structs of [`objects`]:
//! the generated types refuse an object that another version of the API wrote.
//!
//! | Module | |
//! |---|---|
//! | [`payments`] | single payments |
//! | [`billing`] | subscriptions that Stripe keeps going, [`catalogue`] what they are made of |
//! | [`reader`] | webhooks, [`facts`] what they say happened |
//! | [`mirror`] | how a subscription stands |
//! | [`clients`] | under which key a gateway speaks |
//! | [`client`] | sends a request, and sends it again where that is safe |
//! | [`lookups`] | what Stripe may have or not |
//! | [`errors`] | what a failure says about the order: refused, never asked, or unknown |
//! | [`objects`] | what Stripe answers and tells |
//! | [`signature`] | who sent a webhook |
//! | [`money`] | amounts as Stripe counts them |

use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::time::timeout;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::text::ExternalId;

pub(crate) mod billing;
pub(crate) mod catalogue;
pub(crate) mod client;
pub(crate) mod clients;
pub(crate) mod errors;
pub(crate) mod facts;
pub(crate) mod lookups;
pub(crate) mod mirror;
pub(crate) mod money;
pub(crate) mod objects;
pub(crate) mod payments;
pub(crate) mod reader;
pub(crate) mod signature;

/// The id of our payment, in the metadata of an intent and of its refunds.
const PAYMENT: &str = "payment";

/// The id of our refund, in the metadata of a refund.
const REFUND: &str = "refund";

/// Our name of a subscription, in the metadata of a subscription and of its checkout session.
const SUBSCRIPTION: &str = "subscription";

/// How long a call of a port may take, of however many requests: below the time limit of a request
/// to us.
const IN_TIME: Duration = Duration::from_secs(25);

/// Lets a call take so long. Errors: also [`GatewayError::Unknown`] where it takes longer.
async fn within<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, GatewayError>>,
) -> Result<T, GatewayError> {
    match timeout(limit, call).await {
        Ok(outcome) => outcome,
        Err(elapsed) => Err(GatewayError::Unknown(Box::new(elapsed))),
    }
}

/// An id of Stripe's. Errors: it is none, and what it was to name is unknown.
fn external_id(id: &str) -> Result<ExternalId, GatewayError> {
    ExternalId::new(id).map_err(|violation| {
        GatewayError::Unknown(format!("Stripe gave an id that is none: {violation}").into())
    })
}

/// An idempotency key for what is made at most once of the same parts.
fn derived_key(kind: &str, parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        // Counted, so that no two lists of parts are written alike.
        digest.update(part.len().to_be_bytes());
        digest.update(part);
    }
    format!("{kind}-{}", hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_takes_too_long_is_unknown() {
        let limit = Duration::from_millis(10);
        let outcome = within(limit, std::future::pending::<Result<(), GatewayError>>()).await;
        assert!(matches!(outcome, Err(GatewayError::Unknown(_))));
        assert_eq!(within(limit, async { Ok(7) }).await.unwrap(), 7);
    }

    #[test]
    fn a_derived_key_is_the_same_for_the_same_parts_alone() {
        let key = derived_key("price", &["ab", "c"]);
        assert_eq!(derived_key("price", &["ab", "c"]), key);
        assert_ne!(derived_key("price", &["a", "bc"]), key);
        assert_ne!(derived_key("price", &["ab", "c", ""]), key);
        assert_ne!(derived_key("product", &["ab", "c"]), key);
        assert!(key.len() <= 255, "Stripe takes no longer one");
    }
}
