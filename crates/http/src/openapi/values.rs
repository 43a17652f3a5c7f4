//! Values that have the same form wherever they occur. Words are those of the domain.

use serde_json::json;
use utoipa::PartialSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    ArrayBuilder, Object, ObjectBuilder, OneOfBuilder, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use wiwebb_domain::access;
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::payment;
use wiwebb_domain::pricing::BillingInterval;
use wiwebb_domain::refund;
use wiwebb_domain::subscription;
use wiwebb_domain::webhook;

/// The form of amounts of money in bodies that are sent (contract §1.8, §1.10).
pub(super) const AMOUNT: &str = "^[0-9]{1,8}([.][0-9]{1,2})?$";

/// A type that describes the words of a domain enumeration.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $domain:ty, for example $example:ident;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl $name {
            /// The words, as a field has them.
            pub(crate) fn schema() -> RefOr<Schema> {
                let words = <$domain>::ALL.map(<$domain>::as_str);
                RefOr::T(Schema::Object(enumeration(&words, <$domain>::$example.as_str())))
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                Self::schema()
            }
        }

        impl ToSchema for $name {}
    )*};
}

words! {
    /// Roles of users.
    Role: access::Role, for example Subscriber;
    /// What the audit log tells of.
    Action: AuditAction, for example RoleChanged;
    /// Where payments stand.
    PaymentStatus: payment::PaymentStatus, for example Confirmed;
    /// Where refunds stand.
    RefundStatus: refund::RefundStatus, for example Succeeded;
    /// How often a price is due.
    Interval: BillingInterval, for example Month;
    /// Where subscriptions stand.
    SubscriptionStatus: subscription::SubscriptionStatus, for example Active;
    /// What became of what gateways reported.
    EventStatus: webhook::EventStatus, for example Processed;
}

/// A gateway as it is chosen.
pub(crate) fn gateway() -> RefOr<Schema> {
    let of = |kind| ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    let choice = OneOfBuilder::new()
        .item(of(Type::Integer))
        .item(of(Type::String).min_length(Some(1)))
        .description(Some("An id, or a name or variant."))
        .examples([json!("dummy")]);
    RefOr::T(Schema::OneOf(choice.build()))
}

fn enumeration(words: &[&str], example: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(words.iter().copied()))
        .examples([json!(example)])
        .build()
}

/// An attribute of RADIUS, flat or as `FreeRADIUS` writes it.
pub(crate) fn attribute() -> RefOr<Schema> {
    let of = |kind| ObjectBuilder::new().schema_type(kind);
    let (text, number) = (SchemaType::Type(Type::String), SchemaType::Type(Type::Integer));
    let values = ArrayBuilder::new().items(of(SchemaType::AnyValue));
    let written = of(SchemaType::Type(Type::Object))
        .property("type", of(text.clone()))
        .property("value", values);
    let forms = OneOfBuilder::new().item(of(text)).item(of(number)).item(written.required("value"));
    RefOr::T(Schema::OneOf(forms.build()))
}

/// Whatever a gateway sent.
pub(crate) fn report() -> RefOr<Schema> {
    let report = json!({
        "id": "evt_123", "type": "payment_intent.succeeded", "data": { "object": { "id": "pi_123" } },
    });
    let any = ObjectBuilder::new().schema_type(SchemaType::AnyValue).examples([report]);
    RefOr::T(Schema::Object(any.build()))
}
