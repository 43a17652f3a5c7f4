//! Events: what Stripe says of each change.

use serde_json::{Map, Value, json};

use super::calendar::DAY;
use super::form::Params;
use super::list::{PAGING, page};
use super::refusal::{Refusal, Reply};
use super::shape::differences;
use super::state::State;
use super::table::Row;

/// For how long Stripe shows an event.
const SHOWN: i64 = 30 * DAY;

/// An event as it was when it happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// `evt_…`
    pub id: String,
    /// `payment_intent.succeeded` and the like.
    pub kind: String,
    /// When, in seconds since 1970.
    pub created: i64,
    /// All of it, as it is delivered.
    pub body: Value,
    /// Somebody has answered its delivery with 2xx.
    pub delivered: bool,
}

impl Event {
    /// The object as it was then.
    pub fn object(&self) -> &Value {
        &self.body["data"]["object"]
    }

    /// The id of the object.
    pub fn object_id(&self) -> &str {
        self.object()["id"].as_str().unwrap()
    }

    /// What is sent, which is also what is signed.
    pub fn payload(&self) -> String {
        serde_json::to_string_pretty(&self.body).unwrap()
    }
}

impl Row for Event {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    /// Something happened to an object.
    pub(crate) fn emit(&mut self, kind: &str, object: &Value) {
        self.record(kind, object.clone(), None);
    }

    /// As [`Self::emit`], with what was different before.
    pub(crate) fn emit_change(&mut self, kind: &str, before: &Value, after: &Value) {
        let previous = differences(before, after);
        self.record(kind, after.clone(), Some(previous));
    }

    /// Something happened to this object, which is told as it is now.
    pub(crate) fn tell(&mut self, kind: &str, id: &str) {
        let object = self.render(id).expect("an object that exists");
        self.record(kind, object, None);
    }

    fn record(&mut self, kind: &str, object: Value, previous: Option<Value>) {
        let id = self.ids.mint("evt_");
        let mut data = Map::from_iter([("object".to_owned(), object)]);
        data.extend(previous.map(|previous| ("previous_attributes".to_owned(), previous)));
        let mut body = json!({
            "id": id, "object": "event", "type": kind, "api_version": self.shape.version(),
            "created": self.now, "livemode": false,
            "pending_webhooks": i32::from(self.webhook.is_some()),
            "request": { "id": self.cause.request, "idempotency_key": self.cause.key },
        });
        body["data"] = Value::Object(data);
        self.queue.push_back(id.clone());
        let kind = kind.to_owned();
        self.events.insert(Event { id, kind, created: self.now, body, delivered: false });
    }

    pub(crate) fn retrieve_event(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let shown = self.events.get(id).filter(|event| self.shows(event));
        shown.map(event_json).ok_or_else(|| Refusal::no_such("event", id))
    }

    pub(crate) fn list_events(&self, params: &Params) -> Reply {
        params.only(&[PAGING, &["type", "types[#]", "delivery_success"]].concat())?;
        let delivered = params.flag("delivery_success")?;
        let mut kinds = params.all("types");
        kinds.extend(params.text("type"));
        let wanted = |event: &&Event| {
            self.shows(event)
                && delivered.is_none_or(|wanted| event.delivered == wanted)
                && (kinds.is_empty() || kinds.iter().any(|kind| covers(kind, &event.kind)))
        };
        page(params, "/v1/events", self.events.iter().filter(wanted), event_json)
    }

    fn shows(&self, event: &Event) -> bool {
        event.created + SHOWN > self.now
    }
}

/// `charge.*` covers every type that begins so.
fn covers(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => kind.starts_with(start),
        None => pattern == kind,
    }
}

fn event_json(event: &Event) -> Value {
    let mut body = event.body.clone();
    if event.delivered {
        body["pending_webhooks"] = json!(0);
    }
    body
}
