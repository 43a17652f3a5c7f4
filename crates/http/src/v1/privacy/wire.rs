//! The document with everything that is kept about a person.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use wiwebb_domain::personal_data::{
    CustomerName, DayOfUse, EventName, GivenTrial, KeyedRequest, Part, PaymentFile, PendingReset,
};
use wiwebb_domain::text::UserAgent;
use wiwebb_domain::token::AccessToken;
use wiwebb_domain::usage::{NetworkName, NetworkSession};

use super::super::audit_logs::wire::AuditLogWire;
use super::super::payments::wire::{LogWire, PaymentWire, RefundWire};
use super::super::subscriptions::wire::StatusWire;
use super::super::todos::wire::TodoWire;
use super::super::users::wire::UserWire;
use crate::error::ApiError;
use crate::profile::{ClientProfile, Wire};

/// The lists of the document, in their order. Those that its reader may not see are absent.
const LISTS: [&str; 12] = [
    "todos",
    "keys",
    "password_resets",
    "subscriptions",
    "trials",
    "payments",
    "gateway_customers",
    "webhook_events",
    "idempotency_keys",
    "usage",
    "network_sessions",
    "audit_logs",
];

/// A part of what a document has.
pub(super) fn example() -> Value {
    json!({
        "exported_at": "2025-03-15T10:00:00Z",
        "user": { "id": 12, "username": "ada" },
        "todos": [{ "id": 3, "task": "Call the hill repeater" }],
    })
}

/// The document as far as it is written. It is kept as text, which takes less than rows do.
pub(super) struct Document {
    profile: ClientProfile,
    user: Vec<u8>,
    /// The items of the lists, with commas between them.
    lists: BTreeMap<&'static str, Vec<u8>>,
    failure: Option<serde_json::Error>,
}

impl Document {
    pub(super) fn new(profile: ClientProfile) -> Self {
        Self { profile, user: Vec::new(), lists: BTreeMap::new(), failure: None }
    }

    pub(super) fn write(&mut self, part: Part) {
        match part {
            Part::Profile(view) => {
                let user = serde_json::to_vec(&UserWire::of(&view, self.profile));
                match user {
                    Ok(text) => self.user = text,
                    Err(error) => self.failure = Some(error),
                }
            }
            Part::Todos(rows) => self.list::<TodoWire, _>("todos", &rows),
            Part::Keys(rows) => self.list::<KeyWire, _>("keys", &rows),
            Part::PasswordResets(rows) => self.list::<ResetWire, _>("password_resets", &rows),
            Part::Subscriptions(rows) => self.list::<StatusWire, _>("subscriptions", &rows),
            Part::Trials(rows) => self.list::<TrialWire, _>("trials", &rows),
            Part::Payments(rows) => self.list::<PaymentFileWire, _>("payments", &rows),
            Part::Customers(rows) => self.list::<CustomerWire, _>("gateway_customers", &rows),
            Part::WebhookEvents(rows) => self.list::<EventWire, _>("webhook_events", &rows),
            Part::IdempotencyKeys(rows) => self.list::<RequestWire, _>("idempotency_keys", &rows),
            Part::Usage(rows) => self.list::<DayWire, _>("usage", &rows),
            Part::NetworkSessions(rows) => self.list::<SessionWire, _>("network_sessions", &rows),
            Part::AuditLogs(rows) => self.list::<AuditLogWire, _>("audit_logs", &rows),
        }
    }

    fn list<W: Wire<T>, T>(&mut self, name: &'static str, rows: &[T]) {
        let list = self.lists.entry(name).or_default();
        for row in rows {
            if !list.is_empty() {
                list.push(b',');
            }
            if let Err(error) = serde_json::to_writer(&mut *list, &W::of(row, self.profile)) {
                self.failure = Some(error);
            }
        }
    }

    /// The whole document.
    pub(super) fn finish(mut self, exported_at: DateTime<Utc>) -> Result<Vec<u8>, ApiError> {
        let instant = serde_json::to_vec(&exported_at);
        let (instant, None) = (instant.map_err(|_| ApiError::internal())?, self.failure) else {
            return Err(ApiError::internal());
        };
        let mut text = b"{\"exported_at\":".to_vec();
        text.extend(instant);
        text.extend(b",\"user\":");
        text.append(&mut self.user);
        for name in LISTS {
            if let Some(items) = self.lists.get_mut(name) {
                text.extend(format!(",\"{name}\":[").as_bytes());
                text.append(items);
                text.push(b']');
            }
        }
        text.push(b'}');
        Ok(text)
    }
}

/// A key, without what opens anything.
#[derive(Serialize)]
struct KeyWire {
    id: i32,
    created_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    last_used_at: Option<DateTime<Utc>>,
    user_agent: Option<String>,
}

impl From<&AccessToken> for KeyWire {
    fn from(token: &AccessToken) -> Self {
        Self {
            id: token.id.get(),
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            user_agent: token.user_agent.as_ref().map(UserAgent::to_string),
        }
    }
}

#[derive(Serialize)]
struct ResetWire {
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl From<&PendingReset> for ResetWire {
    fn from(reset: &PendingReset) -> Self {
        Self { created_at: reset.created_at, expires_at: reset.expires_at }
    }
}

#[derive(Serialize)]
struct TrialWire {
    plan: i32,
    created_at: DateTime<Utc>,
}

impl From<&GivenTrial> for TrialWire {
    fn from(trial: &GivenTrial) -> Self {
        Self { plan: trial.plan_id.get(), created_at: trial.created_at }
    }
}

/// A payment with its history.
#[derive(Serialize)]
struct PaymentFileWire {
    #[serde(flatten)]
    payment: PaymentWire,
    logs: Vec<LogWire>,
    refunds: Vec<RefundWire>,
}

impl Wire<PaymentFile> for PaymentFileWire {
    fn of(file: &PaymentFile, profile: ClientProfile) -> Self {
        Self {
            payment: PaymentWire::of(&file.view, profile),
            logs: file.logs.iter().map(|entry| LogWire::of(entry, profile)).collect(),
            refunds: file.refunds.iter().map(|refund| RefundWire::of(refund, profile)).collect(),
        }
    }
}

#[derive(Serialize)]
struct CustomerWire {
    payment_gateway: i32,
    customer_id: String,
    created_at: DateTime<Utc>,
}

impl From<&CustomerName> for CustomerWire {
    fn from(name: &CustomerName) -> Self {
        Self {
            payment_gateway: name.gateway_id.get(),
            customer_id: name.customer_id.to_string(),
            created_at: name.created_at,
        }
    }
}

#[derive(Serialize)]
struct EventWire {
    id: i32,
    event_id: String,
    event_type: String,
    payment: i32,
    received_at: DateTime<Utc>,
}

impl From<&EventName> for EventWire {
    fn from(name: &EventName) -> Self {
        Self {
            id: name.id.get(),
            event_id: name.event_id.to_string(),
            event_type: name.event_type.to_string(),
            payment: name.payment_id.get(),
            received_at: name.received_at,
        }
    }
}

#[derive(Serialize)]
struct RequestWire {
    id: i32,
    method: String,
    path: String,
    key: String,
    status: Option<u16>,
    created_at: DateTime<Utc>,
}

impl From<&KeyedRequest> for RequestWire {
    fn from(request: &KeyedRequest) -> Self {
        Self {
            id: request.id.get(),
            method: request.method.clone(),
            path: request.path.clone(),
            key: request.key.clone(),
            status: request.status,
            created_at: request.created_at,
        }
    }
}

#[derive(Serialize)]
struct DayWire {
    day: NaiveDate,
    seconds: u64,
    octets: u64,
}

impl From<&DayOfUse> for DayWire {
    fn from(day: &DayOfUse) -> Self {
        Self { day: day.day, seconds: day.used.seconds, octets: day.used.octets }
    }
}

#[derive(Serialize)]
struct SessionWire {
    id: i32,
    nas: String,
    session_id: String,
    seconds: u64,
    octets: u64,
    started_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<&NetworkSession> for SessionWire {
    fn from(session: &NetworkSession) -> Self {
        Self {
            id: session.id.get(),
            nas: session.key.nas.as_ref().map(NetworkName::to_string).unwrap_or_default(),
            session_id: session.key.session.to_string(),
            seconds: session.counted.seconds,
            octets: session.counted.octets,
            started_at: session.started_at,
            updated_at: session.updated_at,
            ended_at: session.ended_at,
        }
    }
}
