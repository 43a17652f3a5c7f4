//! In which version of the API objects are written.

use serde_json::{Map, Value, json};

/// A version of the API, and with it the shape of every object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `2026-09-30.endive`.
    Latest,
    /// `2025-09-30.clover`. As the latest, without what came since: `customer_account` and
    /// `managed_payments` of most objects, `billing_schedules` of a subscription, `customer` and
    /// `payment_method` of a refund, `integration_identifier` of a checkout session, `subtotal` of
    /// an invoice's line, `network` of a dispute's card.
    YearOld,
    /// `2025-02-24.acacia`, the last before subscriptions and invoices changed their shape. As
    /// [`Self::YearOld`], and: `current_period_start` and `_end` are on the subscription and not on
    /// its item; an invoice has `subscription`, `payment_intent`, `charge` and `paid` and neither
    /// `parent`, `payments` nor `confirmation_secret`; a line of it has `price`, `proration` and
    /// `type` and neither `pricing` nor `parent`; a payment intent and a charge have `invoice`.
    BeforeBasil,
}

impl Shape {
    /// What `api_version` and the `Stripe-Version` of answers say.
    pub fn version(self) -> &'static str {
        match self {
            Self::Latest => "2026-09-30.endive",
            Self::YearOld => "2025-09-30.clover",
            Self::BeforeBasil => "2025-02-24.acacia",
        }
    }

    pub(crate) fn before_basil(self) -> bool {
        self == Self::BeforeBasil
    }

    /// Adds fields that only the latest version has.
    pub(crate) fn add_new(self, object: &mut Value, fields: Value) {
        if self == Self::Latest {
            add(object, fields);
        }
    }
}

/// An object with its fields, and null in the rest.
pub(crate) fn object(kind: &str, fields: Value, nulls: &[&str]) -> Value {
    let Value::Object(mut map) = fields else { panic!("no object: {fields}") };
    map.insert("object".to_owned(), json!(kind));
    map.insert("livemode".to_owned(), json!(false));
    for name in nulls {
        map.insert((*name).to_owned(), Value::Null);
    }
    Value::Object(map)
}

/// Puts fields into an object.
pub(crate) fn add(object: &mut Value, fields: Value) {
    let (Value::Object(map), Value::Object(fields)) = (object, fields) else {
        panic!("fields go into objects")
    };
    map.extend(fields);
}

/// A list that is part of an object.
pub(crate) fn list(url: &str, data: Vec<Value>) -> Value {
    let mut list = json!({ "object": "list", "has_more": false, "url": url });
    list["data"] = Value::Array(data);
    list
}

/// What is different before a change, for `previous_attributes`.
pub(crate) fn differences(before: &Value, after: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        panic!("only objects change")
    };
    let changed = before.iter().filter(|(name, value)| after.get(*name) != Some(*value));
    Value::Object(changed.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}

/// An address that nobody gave.
pub(crate) fn no_address() -> Value {
    json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null,
        "state": null })
}
