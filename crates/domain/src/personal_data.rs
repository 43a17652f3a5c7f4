//! What is kept about a person, as it is handed out on request, and what takes its place when the
//! person is to be forgotten.

use chrono::{DateTime, NaiveDate, Utc};

use crate::audit::AuditLogView;
use crate::ids::{GatewayId, IdempotencyId, PaymentId, PlanId, WebhookEventId};
use crate::payment::PaymentView;
use crate::payment_log::PaymentLog;
use crate::refund::Refund;
use crate::relations::EntityKind;
use crate::subscription::SubscriptionView;
use crate::text::{EventType, ExternalId};
use crate::todo::Todo;
use crate::token::AccessToken;
use crate::usage::{NetworkSession, Usage};
use crate::user::UserView;

/// A reset link that was asked for and not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingReset {
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// A trial that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenTrial {
    /// Of which plan.
    pub plan_id: PlanId,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// How a gateway calls the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerName {
    /// Which gateway.
    pub gateway_id: GatewayId,
    /// Its id of the person.
    pub customer_id: ExternalId,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// A request whose answer is kept under an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// Identity.
    pub id: IdempotencyId,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The key.
    pub key: String,
    /// The status of the answer; `None` where there is none yet.
    pub status: Option<u16>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// An event of a gateway about one of the person's payments, by its names alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventName {
    /// Identity.
    pub id: WebhookEventId,
    /// The gateway's id.
    pub event_id: ExternalId,
    /// The gateway's word for what happened.
    pub event_type: EventType,
    /// Which payment.
    pub payment_id: PaymentId,
    /// When it came.
    pub received_at: DateTime<Utc>,
}

/// What was used on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayOfUse {
    /// The day, in the zone in which days begin and end.
    pub day: NaiveDate,
    /// How much.
    pub used: Usage,
}

/// A payment with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentFile {
    /// The payment.
    pub view: PaymentView,
    /// Its log, newest first.
    pub logs: Vec<PaymentLog>,
    /// Its refunds, newest first.
    pub refunds: Vec<Refund>,
}

/// Some of what is kept about a person. All parts of a kind come one behind the other, and at least one
/// of each that its reader may see.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// The account.
    Profile(Box<UserView>),
    /// Todos.
    Todos(Vec<Todo>),
    /// Keys.
    Keys(Vec<AccessToken>),
    /// Reset links that were not used.
    PasswordResets(Vec<PendingReset>),
    /// Every subscription there was.
    Subscriptions(Vec<SubscriptionView>),
    /// Trials.
    Trials(Vec<GivenTrial>),
    /// Payments.
    Payments(Vec<PaymentFile>),
    /// Names at gateways.
    Customers(Vec<CustomerName>),
    /// Events about payments.
    WebhookEvents(Vec<EventName>),
    /// Requests under idempotency keys.
    IdempotencyKeys(Vec<KeyedRequest>),
    /// Use of the network by day.
    Usage(Vec<DayOfUse>),
    /// Sessions on network equipment.
    NetworkSessions(Vec<NetworkSession>),
    /// What the person did, then what was done to the person by others.
    AuditLogs(Vec<AuditLogView>),
}

/// What takes the place of a gateway's account of an event about somebody who is forgotten.
pub const FORGOTTEN_PAYLOAD: &str = "{}";

/// Whether rows of a kind go when the user they refer to is forgotten. What stays holds figures, ids
/// and times, once its free texts are emptied.
pub const fn is_forgotten(kind: EntityKind) -> bool {
    match kind {
        // A session names equipment, and with it places; an answer repeats what was asked.
        EntityKind::Todo
        | EntityKind::AccessToken
        | EntityKind::PasswordReset
        | EntityKind::IdempotencyRecord
        | EntityKind::NetworkSession => true,
        // The books, what they were for, and what nobody may have twice; the rest does not refer to
        // users.
        EntityKind::Payment
        | EntityKind::Subscription
        | EntityKind::Trial
        | EntityKind::GatewayCustomer
        | EntityKind::DailyUsage
        | EntityKind::AuditLog
        | EntityKind::Tenant
        | EntityKind::User
        | EntityKind::Plan
        | EntityKind::PlanPricing
        | EntityKind::PaymentGatewayConfig
        | EntityKind::PaymentLog
        | EntityKind::Refund
        | EntityKind::PaymentOperation
        | EntityKind::WebhookEvent
        | EntityKind::LoginAttempt
        | EntityKind::ServiceKey => false,
    }
}

/// The words by which an event is found to be about a person, as they are compared.
pub fn compared(word: &str) -> String {
    word.to_lowercase()
}

/// The texts in a gateway's account of an event, which is JSON, in a form to be compared: names and
/// values alike, and whatever stands between them.
pub fn words(payload: &str) -> impl Iterator<Item = String> {
    payload.split('"').map(compared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relations::{OnDelete, relations_to};

    /// What must outlive a person is not erased by the back door.
    #[test]
    fn nothing_is_forgotten_that_a_delete_of_the_user_would_keep() {
        for relation in relations_to(EntityKind::User) {
            if relation.on_delete != OnDelete::Cascade {
                assert!(!is_forgotten(relation.child), "{relation:?}");
            }
        }
    }

    #[test]
    fn texts_of_an_event_are_found_whole() {
        let payload = r#"{"id":"evt_1","data":{"customer":"cus_12","email":"Bob@Example.org"}}"#;
        let has = |text| words(payload).any(|word| word == text);
        assert!(has("cus_12") && has("bob@example.org"));
        assert!(!has("cus_1") && !has("example.org"));
    }
}
