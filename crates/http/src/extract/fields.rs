//! Reading the fields of an object: absent, null, of the wrong type or refused by the domain.
//!
//! Every defect is noted under its field and reading goes on, so that a client learns all of them
//! at once (contract §1.3 step 8).

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::request::Parts;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use wiwebb_domain::error::{InputError, Violation, Violations};
use wiwebb_domain::money::Amount;
use wiwebb_domain::password::Password;

/// Fields of an object, read one by one.
pub(crate) struct Fields {
    object: Map<String, Value>,
    violations: Violations,
}

/// Whether a write needs its required fields: `PUT` and `POST` do, `PATCH` does not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// All required fields must be there.
    Whole,
    /// Only what is there changes.
    Partial,
}

impl<S: Send + Sync> FromRequestParts<S> for Write {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(if parts.method == Method::PATCH { Self::Partial } else { Self::Whole })
    }
}

impl Fields {
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self { object, violations: Violations::default() }
    }

    /// The value as it came.
    pub(crate) fn raw(&self, name: &str) -> Option<&Value> {
        self.object.get(name)
    }

    /// Notes a violation found outside the fields' own reading.
    pub(crate) fn refuse(&mut self, name: &'static str, violation: Violation) {
        self.violations.add(name, violation);
    }

    /// A field that must be there and not null.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, Violation>,
    ) -> Option<T> {
        let outcome = match self.object.get(name) {
            None => Err(Violation::Required),
            Some(Value::Null) => Err(Violation::Null),
            Some(value) => read(value),
        };
        self.note(name, outcome)
    }

    /// A field that may be absent but not null.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, Violation>,
    ) -> Option<T> {
        if self.object.contains_key(name) { self.required(name, read) } else { None }
    }

    /// A required field of a whole write, an optional one of a partial write.
    pub(crate) fn needed<T>(
        &mut self,
        write: Write,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, Violation>,
    ) -> Option<T> {
        match write {
            Write::Whole => self.required(name, read),
            Write::Partial => self.optional(name, read),
        }
    }

    /// A field that may be absent (`None`) or null (`Some(None)`).
    pub(crate) fn nullable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<Option<T>, Violation>,
    ) -> Option<Option<T>> {
        let outcome = match self.object.get(name)? {
            Value::Null => Ok(None),
            value => read(value),
        };
        self.note(name, outcome)
    }

    fn note<T>(&mut self, name: &'static str, outcome: Result<T, Violation>) -> Option<T> {
        outcome.map_err(|violation| self.violations.add(name, violation)).ok()
    }

    /// The input made of the values read, where none was refused. A value is missing only where a
    /// violation was noted.
    pub(crate) fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, InputError> {
        match build() {
            Some(input) if self.violations.is_empty() => Ok(input),
            _ => Err(self.violations.into()),
        }
    }
}

/// Text; numbers count as text (contract §1.7).
pub(crate) fn string(value: &Value) -> Result<String, Violation> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Violation::NotText),
    };
    if text.contains('\0') { Err(Violation::NulCharacter) } else { Ok(text) }
}

/// Text that a domain type accepts.
pub(crate) fn text<T>(
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> impl FnOnce(&Value) -> Result<T, Violation> {
    |value| string(value).and_then(|text| parse(&text))
}

/// A word that a domain enumeration knows.
pub(crate) fn choice<T>(
    parse: impl FnOnce(&str) -> Option<T>,
) -> impl FnOnce(&Value) -> Result<T, Violation> {
    |value| {
        let word = match value {
            Value::String(word) => word.clone(),
            other => other.to_string(),
        };
        parse(&word).ok_or(Violation::NotAChoice { value: word })
    }
}

/// A password: never trimmed, not empty.
pub(crate) fn password(value: &Value) -> Result<Password, Violation> {
    match string(value)? {
        text if text.is_empty() => Err(Violation::Blank),
        text => Ok(Password::new(text)),
    }
}

/// A truth value, also in the forms `"true"`, `"false"`, `1` and `0` (contract §1.8).
pub(crate) fn boolean(value: &Value) -> Result<bool, Violation> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::String(word) if word == "true" => Ok(true),
        Value::String(word) if word == "false" => Ok(false),
        Value::Number(number) if number.as_u64() == Some(1) => Ok(true),
        Value::Number(number) if number.as_u64() == Some(0) => Ok(false),
        _ => Err(Violation::NotBoolean),
    }
}

/// A calendar date; empty text is none.
pub(crate) fn date(value: &Value) -> Result<Option<NaiveDate>, Violation> {
    let Value::String(text) = value else {
        return Err(Violation::NotDate);
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    // chrono accepts one-digit months and years beyond four digits; the contract's form does not.
    let strict = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| strict)
        .map(Some)
        .ok_or(Violation::NotDate)
}

/// The id of another row: an integer, also written as text. It may name no row.
pub(crate) fn key(value: &Value) -> Result<i64, Violation> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => String::new(),
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Violation::NotAKey { found: type_name(value) });
    }
    text.parse().map_err(|_| Violation::NoSuchObject { key: text })
}

/// A decimal number, from text or a JSON number, to the last digit. What is a number but too long
/// for exact arithmetic has too many digits for any column.
pub(crate) fn decimal(value: &Value) -> Result<Decimal, Violation> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Err(Violation::NotNumber),
    };
    if !is_number(&text) {
        return Err(Violation::NotNumber);
    }
    Decimal::from_str_exact(&text)
        .or_else(|_| Decimal::from_scientific(&text))
        .map_err(|_| Violation::TooManyDigits { max: Amount::DIGITS })
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent),
        None => (unsigned, "0"),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && digits(exponent)
        && !exponent.is_empty()
}

/// An amount of money within its column.
pub(crate) fn amount(value: &Value) -> Result<Amount, Violation> {
    Amount::new(decimal(value)?)
}

/// A whole number of a 32-bit column that is at least `min` and at most `max`.
pub(crate) fn integer(min: i32, max: i32) -> impl FnOnce(&Value) -> Result<i32, Violation> {
    move |value| {
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return Err(Violation::NotInteger),
        };
        let digits = text.strip_prefix('-').unwrap_or(&text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Violation::NotInteger);
        }
        match text.parse::<i32>() {
            Ok(number) if number < min => Err(Violation::BelowMinimum { min: min.into() }),
            Ok(number) if number <= max => Ok(number),
            Err(_) if text.starts_with('-') => Err(Violation::BelowMinimum { min: min.into() }),
            _ => Err(Violation::AboveMaximum { max: max.into() }),
        }
    }
}

/// A JSON object that PostgreSQL's `jsonb` can hold: no U+0000, no number beyond a double.
pub(crate) fn object(value: &Value) -> Result<Map<String, Value>, Violation> {
    match value {
        Value::Object(object) => storable(value).map(|()| object.clone()),
        other => Err(Violation::NotAnObject { found: type_name(other) }),
    }
}

fn storable(value: &Value) -> Result<(), Violation> {
    match value {
        Value::String(text) if text.contains('\0') => Err(Violation::NulCharacter),
        Value::Number(number) if !is_moderate(&number.to_string()) => Err(Violation::NotNumber),
        Value::Array(values) => values.iter().try_for_each(storable),
        Value::Object(object) => object.iter().try_for_each(|(key, value)| {
            if key.contains('\0') { Err(Violation::NulCharacter) } else { storable(value) }
        }),
        _ => Ok(()),
    }
}

/// A number of so many digits that `numeric` holds it, on either side of the point.
fn is_moderate(number: &str) -> bool {
    const MOST: usize = 300;
    let (digits, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let exponent: Option<i16> = exponent.parse().ok();
    digits.len() <= MOST && exponent.is_some_and(|e| usize::from(e.unsigned_abs()) <= MOST)
}

/// The type of a value in the contract's words (§1.4).
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn booleans_have_six_forms() {
        for (value, truth) in [
            (json!(true), true),
            (json!(false), false),
            (json!("true"), true),
            (json!("false"), false),
            (json!(1), true),
            (json!(0), false),
        ] {
            assert_eq!(boolean(&value), Ok(truth), "{value}");
        }
        for value in [json!("yes"), json!(2), json!(1.0), json!([]), json!("True")] {
            assert_eq!(boolean(&value), Err(Violation::NotBoolean), "{value}");
        }
    }

    #[test]
    fn dates_are_year_month_day() {
        assert_eq!(date(&json!("2024-02-29")), Ok(NaiveDate::from_ymd_opt(2024, 2, 29)));
        assert_eq!(date(&json!("")), Ok(None));
        for value in [
            json!("2023-02-29"),
            json!("2024-2-9"),
            json!("29.02.2024"),
            json!(20_240_229),
            json!("12024-01-01"),
        ] {
            assert_eq!(date(&value), Err(Violation::NotDate), "{value}");
        }
    }

    #[test]
    fn amounts_are_read_to_the_last_digit() {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        for (json, text) in
            [("19.99", "19.99"), ("\" 5 \"", "5.00"), ("1e2", "100.00"), ("0.10", "0.10")]
        {
            assert_eq!(amount(&parse(json)).unwrap().to_string(), text);
        }
        for json in [
            "\"NaN\"",
            "\"Infinity\"",
            "\"\"",
            "\"1,5\"",
            "true",
            "[]",
            "\"--1\"",
            "\".\"",
            "\"1e\"",
        ] {
            assert_eq!(amount(&parse(json)), Err(Violation::NotNumber), "{json}");
        }
        for json in ["123456789012345678901234567890123.45", "1e400", "\"1e-400\""] {
            assert_eq!(amount(&parse(json)), Err(Violation::TooManyDigits { max: 10 }), "{json}");
        }
        assert_eq!(amount(&parse("0.001")), Err(Violation::TooManyDecimals { max: 2 }));
    }

    #[test]
    fn integers_are_bounded() {
        let read = |value: Value| integer(0, i32::MAX)(&value);
        assert_eq!(read(json!("7")), Ok(7));
        assert_eq!(read(json!(-1)), Err(Violation::BelowMinimum { min: 0 }));
        assert_eq!(
            read(json!(2_147_483_648_i64)),
            Err(Violation::AboveMaximum { max: 2_147_483_647 })
        );
        for value in [json!(1.5), json!("x"), json!(true), json!(null), json!("")] {
            assert_eq!(read(value.clone()), Err(Violation::NotInteger), "{value}");
        }
    }

    #[test]
    fn objects_hold_only_what_the_database_can() {
        assert!(object(&json!({"a": [1, {"b": "c"}]})).is_ok());
        assert_eq!(object(&json!([])), Err(Violation::NotAnObject { found: "list" }));
        assert_eq!(object(&json!({"a": ["\u{0}"]})), Err(Violation::NulCharacter));
        assert_eq!(object(&json!({"\u{0}": 1})), Err(Violation::NulCharacter));
        for number in ["1e400", "1e-16384", &format!("0.{}", "1".repeat(17_000))] {
            let object_of = serde_json::from_str::<Value>(&format!("{{\"a\": {number}}}")).unwrap();
            assert_eq!(object(&object_of), Err(Violation::NotNumber));
        }
    }

    #[test]
    fn all_defects_are_reported_at_once() {
        let Value::Object(object) = json!({"b": null, "c": [], "d": "\u{0}"}) else {
            unreachable!()
        };
        let mut fields = Fields::new(object);
        let values = (
            fields.required("a", string),
            fields.required("b", string),
            fields.optional("c", string),
            fields.optional("d", string),
            fields.optional("e", string),
        );
        assert_eq!(values, (None, None, None, None, None));
        let Err(InputError::Invalid(violations)) = fields.finish(|| Some(())) else { panic!() };
        let names: Vec<&str> = violations.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }
}
