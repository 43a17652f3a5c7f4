//! What Stripe answers, and what its webhooks carry.
//!
//! Only the fields that are used, and only those required without which an object means nothing:
//! Stripe adds and drops fields with each version of its API, and a webhook is rendered by the
//! version of its endpoint, not by that of the request. Where versions say the same thing in
//! different places, a method reads all of them. A status is text: new ones appear.
//!
//! Amounts are in Stripe's minor units (read [`super::money`]), instants in unix seconds.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeOwned, Error as DeError, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub(crate) mod billing;

/// Own data on an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// The id of an object that Stripe names, or writes out where asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id(String);

impl Id {
    /// Identity.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// An object of which only the id counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Reference {
    /// Identity.
    pub(crate) id: String,
}

/// By hand, as an untagged enum would buffer the object, and a number buffered under the feature
/// `arbitrary_precision` of `serde_json` is no longer one.
impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

struct IdVisitor;

impl<'de> Visitor<'de> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id or an object")
    }

    fn visit_str<E: DeError>(self, id: &str) -> Result<Id, E> {
        Ok(Id(id.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Id, A::Error> {
        let object = Reference::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Id(object.id))
    }
}

/// Null is as good as absent.
fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct List<T> {
    /// Newest first.
    #[serde(default = "Vec::new")]
    pub(crate) data: Vec<T>,
    /// Whether another page follows.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) has_more: bool,
}

/// A payment, from the intention to the end.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PaymentIntent {
    /// Identity.
    pub(crate) id: String,
    /// `requires_payment_method`, `requires_confirmation`, `requires_action`, `processing`,
    /// `requires_capture`, `canceled` or `succeeded`.
    pub(crate) status: String,
    /// What is to be paid.
    pub(crate) amount: i64,
    /// What was captured.
    pub(crate) amount_received: Option<i64>,
    /// In small letters.
    pub(crate) currency: String,
    /// Why the last attempt failed.
    pub(crate) last_payment_error: Option<PaymentError>,
    /// What the payer's device pays with.
    pub(crate) client_secret: Option<ClientSecret>,
    /// What the payer has to do.
    next_action: Option<NextAction>,
    /// Ours.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) metadata: Metadata,
}

impl PaymentIntent {
    /// Where the payer goes to authenticate.
    pub(crate) fn redirect_url(&self) -> Option<&str> {
        self.next_action.as_ref()?.redirect_to_url.as_ref()?.url.as_deref()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct NextAction {
    redirect_to_url: Option<Redirect>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Redirect {
    url: Option<String>,
}

/// Whoever has it can pay, and see what is paid. It shows in no `Debug` form.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ClientSecret(String);

impl ClientSecret {
    /// For the payer alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret")
    }
}

/// Why an attempt to charge failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PaymentError {
    /// For people.
    pub(crate) message: Option<String>,
}

/// Money that goes back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Refund {
    /// Identity.
    pub(crate) id: String,
    /// `pending`, `requires_action`, `succeeded`, `failed` or `canceled`; refunds of some methods
    /// have none.
    pub(crate) status: Option<String>,
    /// How much.
    pub(crate) amount: i64,
    /// In small letters.
    pub(crate) currency: String,
    /// Why it failed.
    pub(crate) failure_reason: Option<String>,
    /// Ours.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) metadata: Metadata,
}

/// Who pays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Customer {
    /// Identity.
    pub(crate) id: String,
    /// Whether it is gone. Stripe still answers for it, with the id and little else.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) deleted: bool,
}

/// A page of Stripe's where somebody pays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct CheckoutSession {
    /// Identity.
    pub(crate) id: String,
    /// `open`, `complete` or `expired`.
    pub(crate) status: Option<String>,
    /// Where the payer goes; absent once it is over.
    pub(crate) url: Option<String>,
    /// The subscription, once it is complete.
    pub(crate) subscription: Option<Id>,
}

/// What a webhook tells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Event {
    /// Identity: an event can be told more than once.
    pub(crate) id: String,
    /// Such as `payment_intent.succeeded`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// When it happened.
    pub(crate) created: Option<i64>,
    data: EventData,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct EventData {
    object: Value,
}

impl Event {
    /// What it is about, as it was then.
    pub(crate) const fn raw_object(&self) -> &Value {
        &self.data.object
    }

    /// The id of what it is about.
    pub(crate) fn object_id(&self) -> Option<&str> {
        self.data.object.get("id")?.as_str()
    }

    /// What it is about, as one of the types of this module. Errors: it is something else.
    pub(crate) fn object<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        T::deserialize(&self.data.object)
    }
}

#[cfg(test)]
mod tests;
