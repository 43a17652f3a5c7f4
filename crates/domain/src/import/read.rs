//! How a value of the other program is read, whatever the type of its column there.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::columns::{currency, email};
use super::{Change, Reason};
use crate::error::Violation;
use crate::gateway::GatewaySettings;
use crate::money::Amount;
use crate::ports::secrets::{SecretUnreadable, Secrets};
use crate::token::SecretToken;

/// What is stored, and how it differs, or why nothing is.
pub(super) type Outcome = Result<(Value, Option<Change>), Reason>;

/// Greatest number of characters of a password hash (seed: `VARCHAR(128)`).
const HASH_MAX: usize = 128;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Form {
    /// An id, the row's own or another row's.
    Id,
    /// A whole number between two others.
    Integer(i32, i32),
    Boolean,
    Amount,
    Currency,
    Email,
    /// Text, and what judges it and answers what is stored.
    Text(fn(&str) -> Result<String, Reason>),
    Time,
    Date,
    Uuid,
    Object,
    /// A gateway's configuration.
    Settings,
    PasswordHash,
    /// A key in the clear, of which the digest is stored.
    Key,
}

impl Form {
    pub(super) fn read(
        self,
        value: &Value,
        is_optional: bool,
        secrets: &dyn Secrets,
    ) -> Result<Outcome, SecretUnreadable> {
        if value.is_null() {
            let nothing = Ok((Value::Null, None));
            return Ok(if is_optional { nothing } else { Err(Violation::Null.into()) });
        }
        let is_blank = value.as_str().is_some_and(|text| text.trim().is_empty());
        if is_optional && is_blank {
            return Ok(Ok((Value::Null, Some(Change::BlankIsNull))));
        }
        if matches!(self, Self::Settings) {
            return settings(value, secrets);
        }
        Ok(self.read_plain(value))
    }

    fn read_plain(self, value: &Value) -> Outcome {
        match self {
            Self::Id => integer(value, 1, i32::MAX).map(unchanged),
            Self::Integer(min, max) => integer(value, min, max).map(unchanged),
            Self::Boolean if value.is_boolean() => Ok(unchanged(value.clone())),
            Self::Boolean => Err(Violation::NotBoolean.into()),
            Self::Amount => amount(value).map(unchanged),
            Self::Currency => changed_text(value, Change::CodeCapitalised, currency),
            Self::Email => changed_text(value, Change::DomainLowered, email),
            Self::Text(judge) => judge(text(value)?).map(|text| unchanged(text.into())),
            Self::Time => time(text(value)?),
            Self::Date => match NaiveDate::parse_from_str(text(value)?, "%Y-%m-%d") {
                Ok(_) => Ok(unchanged(value.clone())),
                Err(_) => Err(Violation::NotDate.into()),
            },
            Self::Uuid => match Uuid::parse_str(text(value)?) {
                Ok(uuid) => Ok(unchanged(uuid.to_string().into())),
                Err(_) => Err(Violation::FilterNotUuid.into()),
            },
            Self::Object | Self::Settings => {
                object(value)?;
                Ok(unchanged(value.clone()))
            }
            Self::PasswordHash => password_hash(text(value)?),
            Self::Key => match SecretToken::parse(text(value)?) {
                Some(key) => Ok(unchanged(digest(key.reveal()).into())),
                None => Err(Reason::NotAKey),
            },
        }
    }
}

const fn unchanged(value: Value) -> (Value, Option<Change>) {
    (value, None)
}

/// Text that its type has made something of. Where that differs, `change` says how.
fn changed_text(
    value: &Value,
    change: Change,
    judge: fn(&str) -> Result<String, Reason>,
) -> Outcome {
    let raw = text(value)?;
    let made = judge(raw)?;
    let change = (made != raw).then_some(change);
    Ok((made.into(), change))
}

/// Text of which its type keeps all but white space at the ends, which must not be there.
pub(super) fn exact(raw: &str, made: Result<String, Violation>) -> Result<String, Reason> {
    let made = made?;
    if raw.trim() == raw { Ok(made) } else { Err(Reason::Padded) }
}

/// Text that is stored to the letter, with the white space that its type would take away, if the
/// column holds it.
pub(super) fn kept(raw: &str, max: usize, judged: Result<(), Violation>) -> Result<String, Reason> {
    judged?;
    if raw.len() > max && raw.chars().count() > max {
        return Err(Violation::TooLong { max }.into());
    }
    Ok(raw.to_owned())
}

/// One of some words.
pub(super) fn word(raw: &str, is_known: bool) -> Result<String, Reason> {
    if is_known {
        Ok(raw.to_owned())
    } else {
        Err(Violation::NotAChoice { value: raw.to_owned() }.into())
    }
}

fn text(value: &Value) -> Result<&str, Violation> {
    value.as_str().ok_or(Violation::NotText)
}

fn integer(value: &Value, min: i32, max: i32) -> Result<Value, Reason> {
    let number = value.as_number().ok_or(Violation::NotInteger)?;
    let digits = number.to_string();
    let wide = match digits.parse::<i128>() {
        Ok(wide) => wide,
        // Only digits, and too many of them.
        Err(_) if digits.bytes().all(|b| b.is_ascii_digit()) => i128::MAX,
        Err(_) => return Err(Violation::NotInteger.into()),
    };
    if wide > max.into() {
        return Err(Violation::AboveMaximum { max: max.into() }.into());
    }
    if wide < min.into() {
        return Err(Violation::BelowMinimum { min: min.into() }.into());
    }
    Ok(value.clone())
}

/// A decimal number without the zeros behind it, which a column of more decimals shows.
pub(super) fn decimal(value: &Value) -> Result<Decimal, Violation> {
    let number = value.as_number().ok_or(Violation::NotNumber)?;
    let value = Decimal::from_str_exact(&number.to_string());
    let value = value.map_err(|_| Violation::TooManyDigits { max: Amount::DIGITS })?;
    Ok(if value.scale() > Amount::DECIMALS { value.normalize() } else { value })
}

fn amount(value: &Value) -> Result<Value, Reason> {
    Amount::new(decimal(value)?)?;
    Ok(value.clone())
}

fn time(raw: &str) -> Outcome {
    if DateTime::parse_from_rfc3339(raw).is_ok() {
        return Ok(unchanged(raw.into()));
    }
    match NaiveDateTime::parse_from_str(raw, "%Y-%m-%dT%H:%M:%S%.f") {
        Ok(_) => Ok((format!("{raw}+00:00").into(), Some(Change::ReadAsUtc))),
        Err(_) => Err(Violation::FilterNotTime.into()),
    }
}

fn object(value: &Value) -> Result<&Map<String, Value>, Violation> {
    let found = match value {
        Value::Object(object) => return Ok(object),
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Bool(_) => "bool",
        Value::Number(_) => "int",
        Value::Null => "NoneType",
    };
    Err(Violation::NotAnObject { found })
}

/// A gateway's configuration with its secrets sealed.
pub(super) fn settings(value: &Value, secrets: &dyn Secrets) -> Result<Outcome, SecretUnreadable> {
    let object = match object(value) {
        Ok(object) => object,
        Err(violation) => return Ok(Err(violation.into())),
    };
    let sealed = GatewaySettings::new(object.clone()).sealed(secrets)?;
    let change = (sealed.reveal() != object).then_some(Change::SecretsSealed);
    Ok(Ok((json!(sealed.reveal()), change)))
}

/// A hash as Django writes it. An unusable one (`!...`) stays unusable.
fn password_hash(raw: &str) -> Outcome {
    if raw.chars().count() > HASH_MAX {
        return Err(Violation::TooLong { max: HASH_MAX }.into());
    }
    if let Some(phc) = raw.strip_prefix("argon2").filter(|rest| rest.starts_with("$argon2")) {
        return Ok((phc.into(), Some(Change::HashInPhcForm)));
    }
    let is_known = ["$argon2", "pbkdf2_sha256$", "!"].iter().any(|form| raw.starts_with(form));
    Ok((raw.into(), (!is_known).then_some(Change::HashUnknown)))
}

/// The SHA-256 that is stored in a key's place, as PostgreSQL writes bytes; of what is no key too.
pub(super) fn digest(key: &str) -> String {
    let digits = |byte: &u8| format!("{byte:02x}");
    format!("\\x{}", Sha256::digest(key).iter().map(digits).collect::<String>())
}
