//! Bodies in the words of RADIUS (RFC 2865, RFC 2866), as FreeRADIUS's REST module writes them.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use wiwebb_domain::error::{Input, Violation};
use wiwebb_domain::password::Password;
use wiwebb_domain::services::network::{AccessRequest, Accounting, Authorization};
use wiwebb_domain::usage::{AccountingStatus, NetworkName, Usage};

use crate::extract::body::JsonObject;
use crate::extract::fields::{Fields, choice, string};
use crate::openapi::values;

/// How often equipment is to report, in seconds (RFC 2869 §5.16).
const INTERIM_INTERVAL: u32 = 300;

/// Octets in a gigaword (RFC 2869 §5.1).
const GIGAWORD: u64 = 1 << 32;

/// Attributes of an Access-Request, each flat or as FreeRADIUS writes it:
/// `{"type": "string", "value": ["bob"]}`.
#[derive(ToSchema)]
#[schema(example = json!({
    "User-Name": "bob",
    "User-Password": "three-green-Hills-7",
    "NAS-Identifier": "hill-1",
    "Calling-Station-Id": "02-00-5E-10-00-01",
}))]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct AccessRequestBody {
    #[serde(rename = "User-Name")]
    #[schema(schema_with = values::attribute)]
    user_name: String,
    #[serde(rename = "User-Password")]
    #[schema(schema_with = values::attribute, required = false)]
    user_password: Option<String>,
    #[serde(rename = "NAS-Identifier")]
    #[schema(schema_with = values::attribute, required = false)]
    nas_identifier: Option<String>,
    #[serde(rename = "Calling-Station-Id")]
    #[schema(schema_with = values::attribute, required = false)]
    calling_station_id: Option<String>,
}

/// Attributes of an Accounting-Request; figures are totals of the session.
#[derive(ToSchema)]
#[schema(example = json!({
    "Acct-Status-Type": "Interim-Update",
    "Acct-Session-Id": "8051ab01",
    "User-Name": "bob",
    "Acct-Session-Time": 60,
    "Acct-Input-Octets": 1000,
    "Acct-Input-Gigawords": 0,
    "Acct-Output-Octets": 5000,
    "Acct-Output-Gigawords": 0,
    "NAS-Identifier": "hill-1",
}))]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct AccountingBody {
    #[serde(rename = "Acct-Status-Type")]
    #[schema(schema_with = values::attribute)]
    status: String,
    #[serde(rename = "Acct-Session-Id")]
    #[schema(schema_with = values::attribute, required = false)]
    session: Option<String>,
    #[serde(rename = "User-Name")]
    #[schema(schema_with = values::attribute, required = false)]
    user_name: Option<String>,
    #[serde(rename = "Acct-Session-Time")]
    #[schema(schema_with = values::attribute, required = false)]
    seconds: Option<u64>,
    #[serde(rename = "Acct-Input-Octets")]
    #[schema(schema_with = values::attribute, required = false)]
    input: Option<u64>,
    #[serde(rename = "Acct-Input-Gigawords")]
    #[schema(schema_with = values::attribute, required = false)]
    input_gigawords: Option<u64>,
    #[serde(rename = "Acct-Output-Octets")]
    #[schema(schema_with = values::attribute, required = false)]
    output: Option<u64>,
    #[serde(rename = "Acct-Output-Gigawords")]
    #[schema(schema_with = values::attribute, required = false)]
    output_gigawords: Option<u64>,
    #[serde(rename = "NAS-Identifier")]
    #[schema(schema_with = values::attribute, required = false)]
    nas_identifier: Option<String>,
}

/// Whether somebody is let in, for how long and for how much.
#[derive(ToSchema)]
#[schema(example = json!({
    "control:Auth-Type": "Accept",
    "reply:Session-Timeout": 3600,
    "reply:Acct-Interim-Interval": 300,
    "reply:ChilliSpot-Max-Total-Octets": 500_000_000,
    "reply:ChilliSpot-Max-Total-Gigawords": 0,
}))]
#[expect(dead_code, reason = "only described: `answer` writes the fields")]
pub(crate) struct AccessReply {
    #[serde(rename = "control:Auth-Type")]
    #[schema(example = "Accept")]
    auth_type: String,
    #[serde(rename = "reply:Reply-Message")]
    message: Option<String>,
    #[serde(rename = "reply:Session-Timeout")]
    #[schema(example = 3600, nullable = false)]
    session_timeout: Option<u64>,
    #[serde(rename = "reply:Acct-Interim-Interval")]
    #[schema(example = 300, nullable = false)]
    interim_interval: Option<u32>,
    #[serde(rename = "reply:ChilliSpot-Max-Total-Octets")]
    #[schema(nullable = false, example = 500_000_000)]
    octets: Option<u64>,
    #[serde(rename = "reply:ChilliSpot-Max-Total-Gigawords")]
    #[schema(nullable = false, example = 0)]
    gigawords: Option<u64>,
}

pub(super) fn request(body: JsonObject) -> Input<AccessRequest> {
    let mut fields = attributes(body)?;
    let username = fields.required("User-Name", name);
    let password = fields.optional("User-Password", |value| match value {
        Value::String(text) => Ok(Password::new(text.clone())),
        _ => Err(Violation::NotText),
    });
    fields.finish(|| Some(AccessRequest { username: username?.into_string(), password }))
}

pub(super) fn accounting(body: JsonObject) -> Input<Accounting> {
    let mut fields = attributes(body)?;
    let nas = fields.optional("NAS-Identifier", name);
    let report = fields.required("Acct-Status-Type", choice(report));
    let Some(Report::Session(status)) = report else {
        return fields.finish(|| report.map(|_| Accounting::Equipment { nas }));
    };
    let username = fields.required("User-Name", name);
    let session = fields.required("Acct-Session-Id", name);
    let totals = Usage {
        seconds: fields.optional("Acct-Session-Time", number).unwrap_or(0),
        octets: octets(&mut fields, "Acct-Input-Octets", "Acct-Input-Gigawords")
            .saturating_add(octets(&mut fields, "Acct-Output-Octets", "Acct-Output-Gigawords")),
    };
    fields.finish(|| {
        let (username, session) = (username?.into_string(), session?);
        Some(Accounting::Session { status, username, nas, session, totals })
    })
}

/// What a report is about.
#[derive(Clone, Copy)]
enum Report {
    Session(AccountingStatus),
    Equipment,
}

/// RFC 2866 §5.1; `Alive` is the same as `Interim-Update`.
fn report(word: &str) -> Option<Report> {
    match word {
        "Start" => Some(Report::Session(AccountingStatus::Start)),
        "Interim-Update" | "Alive" => Some(Report::Session(AccountingStatus::Interim)),
        "Stop" => Some(Report::Session(AccountingStatus::Stop)),
        "Accounting-On" | "Accounting-Off" => Some(Report::Equipment),
        _ => None,
    }
}

fn octets(fields: &mut Fields, low: &'static str, high: &'static str) -> u64 {
    let low = fields.optional(low, number).unwrap_or(0);
    let gigawords = fields.optional(high, number).unwrap_or(0);
    gigawords.saturating_mul(GIGAWORD).saturating_add(low)
}

/// The attributes, whichever way they are written; those without a value are left out.
fn attributes(body: JsonObject) -> Input<Fields> {
    let flat: Map<String, Value> = body
        .object()?
        .into_iter()
        .map(|(name, written)| (name, value_of(written)))
        .filter(|(name, value)| has_value(name, value))
        .collect();
    Ok(Fields::new(flat))
}

/// FreeRADIUS writes attributes that it was not sent as empty text or null. An empty password is one
/// all the same: taken for none it would open the door.
fn has_value(name: &str, value: &Value) -> bool {
    !value.is_null() && (value.as_str() != Some("") || name == "User-Password")
}

/// `"bob"`, or `{"type": "string", "value": ["bob"]}`.
fn value_of(written: Value) -> Value {
    let Value::Object(mut attribute) = written else {
        return written;
    };
    match attribute.remove("value") {
        Some(Value::Array(values)) => values.into_iter().next().unwrap_or(Value::Null),
        Some(value) => value,
        None => Value::Object(attribute),
    }
}

fn name(value: &Value) -> Result<NetworkName, Violation> {
    NetworkName::new(&string(value)?)
}

fn number(value: &Value) -> Result<u64, Violation> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return Err(Violation::NotInteger),
    };
    text.parse().map_err(|_| Violation::NotInteger)
}

pub(super) fn answer(authorization: Authorization) -> Value {
    let (session_timeout, octets) = match authorization {
        Authorization::Reject(message) => {
            return json!({ "control:Auth-Type": "Reject", "reply:Reply-Message": message });
        }
        Authorization::Accept { session_timeout, octets } => (session_timeout, octets),
    };
    let mut reply = json!({
        "control:Auth-Type": "Accept",
        "reply:Acct-Interim-Interval": INTERIM_INTERVAL,
    });
    if let Some(seconds) = session_timeout {
        reply["reply:Session-Timeout"] = seconds.into();
    }
    if let Some(octets) = octets {
        reply["reply:ChilliSpot-Max-Total-Octets"] = (octets % GIGAWORD).into();
        reply["reply:ChilliSpot-Max-Total-Gigawords"] = (octets / GIGAWORD).into();
    }
    reply
}
