//! Reports of a gateway that mean what they are told to mean.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::samples::text;
use crate::ports::payment_gateway::GatewayError;
use crate::ports::webhook::{WebhookReader, WebhookRefused};
use crate::text::Text;
use crate::webhook::{Fact, NewWebhookEvent, WebhookEvent};

/// The signature of whoever may report.
pub const GOOD_SIGNATURE: &str = "good";

#[derive(Debug, Default)]
struct Script {
    /// By event id; `None` while the gateway cannot be asked.
    meanings: BTreeMap<String, Option<Vec<Fact>>>,
    read: Vec<String>,
}

/// Takes every body `{"id": "…", "type": "…"}` that is signed with [`GOOD_SIGNATURE`] for an event of
/// the variant `stripe`, and reads what was scripted for its id; the others are of no interest.
#[derive(Debug, Default)]
pub struct ScriptedWebhooks(Mutex<Script>);

impl ScriptedWebhooks {
    /// What an event says happened, from now on.
    pub fn will_mean(&self, event_id: &str, facts: Vec<Fact>) -> &Self {
        self.script().meanings.insert(event_id.to_owned(), Some(facts));
        self
    }

    /// The gateway cannot be asked about an event, from now on.
    pub fn will_be_unreachable(&self, event_id: &str) -> &Self {
        self.script().meanings.insert(event_id.to_owned(), None);
        self
    }

    /// The ids of the events that were read, repeated ones too, the oldest first.
    pub fn read_events(&self) -> Vec<String> {
        self.script().read.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn field<const MAX: usize>(event: &Value, name: &str) -> Result<Text<MAX>, WebhookRefused> {
    let raw = event.get(name).and_then(Value::as_str).ok_or(WebhookRefused::Payload)?;
    Text::new(raw).map_err(|_| WebhookRefused::Payload)
}

#[async_trait]
impl WebhookReader for ScriptedWebhooks {
    fn open(
        &self,
        signature: Option<&str>,
        body: &[u8],
        _now: DateTime<Utc>,
    ) -> Result<NewWebhookEvent, WebhookRefused> {
        if signature != Some(GOOD_SIGNATURE) {
            return Err(WebhookRefused::Signature);
        }
        let event = serde_json::from_slice(body).map_err(|_| WebhookRefused::Payload)?;
        Ok(NewWebhookEvent {
            variant: text("stripe"),
            event_id: field(&event, "id")?,
            event_type: field(&event, "type")?,
            payload: event.to_string(),
        })
    }

    async fn read(
        &self,
        event: &WebhookEvent,
        _now: DateTime<Utc>,
    ) -> Result<Option<Vec<Fact>>, GatewayError> {
        let mut script = self.script();
        let id = event.event_id.as_str();
        script.read.push(id.to_owned());
        match script.meanings.get(id) {
            Some(Some(facts)) => Ok(Some(facts.clone())),
            Some(None) => Err(GatewayError::Unreachable("connection refused".into())),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;
    use crate::testing::samples;
    use crate::webhook::PaymentRef;

    #[test]
    fn events_with_the_good_signature_alone_are_taken() {
        let webhooks = ScriptedWebhooks::default();
        let body = br#"{"type": "a.b", "id": "evt_1"}"#;
        let open = |signature, body: &[u8]| webhooks.open(signature, body, samples::now());
        let event = open(Some(GOOD_SIGNATURE), body).expect("an event");
        assert_eq!((event.event_id.as_str(), event.event_type.as_str()), ("evt_1", "a.b"));
        for signature in [None, Some("bad")] {
            assert_eq!(open(signature, body), Err(WebhookRefused::Signature));
        }
        for body in ["", "[]", "{}", r#"{"id": "evt_1"}"#, r#"{"id": "", "type": "a"}"#] {
            let result = open(Some(GOOD_SIGNATURE), body.as_bytes());
            assert_eq!(result, Err(WebhookRefused::Payload), "{body}");
        }
    }

    #[test]
    fn an_event_means_what_was_scripted_last_and_every_reading_is_remembered() {
        let webhooks = ScriptedWebhooks::default();
        let event = samples::webhook_event(1, "evt_1");
        let read = || block_on(webhooks.read(&event, samples::now()));
        assert_eq!(read().expect("an answer"), None);
        webhooks.will_be_unreachable("evt_1");
        assert!(read().is_err());
        let facts = vec![Fact::Note(PaymentRef::default())];
        webhooks.will_mean("evt_1", facts.clone());
        assert_eq!(read().expect("an answer"), Some(facts));
        assert_eq!(webhooks.read_events(), ["evt_1"; 3]);
    }
}
