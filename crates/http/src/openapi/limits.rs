//! What the fields of a body refuse for their type and their limits (contract §1.8), read from their
//! schemas. Where there is a reader, it is asked.

use serde_json::{Value, json};
use wiwebb_domain::error::Violation;

use super::refusals;
use super::values::AMOUNT;
use crate::error::ApiError;
use crate::extract::fields::{amount, boolean, choice, date, key, object, string};

/// Of a password that is sent twice, the fields that are not judged (contract §3.3, §3.5).
const UNJUDGED: [&str; 2] = ["password2", "new_password1"];

/// Amounts with too many decimals, digits, and digits before the point.
const AMOUNTS: [&str; 3] = ["1.234", "12345678901", "123456789"];

/// Each message once, of all fields that it can be told of.
pub(super) fn of(fields: Vec<(String, Value)>) -> Vec<ApiError> {
    let mut told: Vec<(Violation, Vec<String>)> = Vec::new();
    for (name, schema) in fields {
        for violation in refused(&name, &schema) {
            match told.iter_mut().find(|(known, _)| *known == violation) {
                Some((_, names)) => names.push(name.clone()),
                None => told.push((violation, vec![name.clone()])),
            }
        }
    }
    told.into_iter().map(|(violation, names)| refusals::fields(names, &violation)).collect()
}

fn refused(name: &str, schema: &Value) -> Vec<Violation> {
    // A gateway is an id or a text, and refused as a text.
    let forms = schema["oneOf"].as_array().into_iter().flatten();
    let schema = forms.into_iter().find(|form| is(form, "string")).unwrap_or(schema);
    let mut told: Vec<Violation> = if schema["enum"].is_array() {
        choice(|_| None::<()>)(&json!("x")).err().into_iter().collect()
    } else if schema["pattern"] == AMOUNT {
        of_amounts()
    } else if schema["format"] == "date" {
        date(&json!("soon")).err().into_iter().collect()
    } else if is(schema, "string") {
        of_text(name, schema)
    } else if name == "tenant" {
        key(&json!("acme")).err().into_iter().collect()
    } else if is(schema, "integer") {
        of_integers(schema)
    } else if is(schema, "boolean") {
        boolean(&json!("maybe")).err().into_iter().collect()
    } else {
        let bad = [json!([]), json!({ "a": "\0" })];
        bad.iter().filter_map(|value| object(value).err()).collect()
    };
    if !is(schema, "null") {
        told.push(Violation::Null);
    }
    told
}

fn of_amounts() -> Vec<Violation> {
    let bad = ["much"].into_iter().chain(AMOUNTS);
    bad.filter_map(|text| amount(&json!(text)).err()).collect()
}

fn of_text(name: &str, schema: &Value) -> Vec<Violation> {
    let bad = [json!([]), json!("\0")];
    let mut told: Vec<Violation> = bad.iter().filter_map(|value| string(value).err()).collect();
    let (least, most) = (schema["minLength"].as_u64(), schema["maxLength"].as_u64());
    let format = schema["format"].as_str();
    // What may be null may be empty; a code of fixed length is looked up, however short it is.
    let is_needed = least.is_some() || matches!(format, Some("email" | "password"));
    if is_needed && !is(schema, "null") && (least != most || least.is_none()) {
        told.push(Violation::Blank);
    }
    let most = most.filter(|_| !UNJUDGED.contains(&name));
    told.extend(
        most.and_then(|most| usize::try_from(most).ok()).map(|max| Violation::TooLong { max }),
    );
    match format {
        Some("email") => told.push(Violation::NotEmail),
        Some("uri") => told.push(Violation::NotUrl),
        _ => {}
    }
    told
}

fn of_integers(schema: &Value) -> Vec<Violation> {
    let least = schema["minimum"].as_i64().map(|min| Violation::BelowMinimum { min });
    let most = schema["maximum"].as_i64().map(|max| Violation::AboveMaximum { max });
    [Some(Violation::NotInteger), least, most].into_iter().flatten().collect()
}

/// Whether values of a type fit a schema.
fn is(schema: &Value, kind: &str) -> bool {
    let types = &schema["type"];
    types == kind || types.as_array().is_some_and(|all| all.iter().any(|found| found == kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(fields: &[(&str, Value)]) -> Vec<Value> {
        let fields = fields.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone()));
        of(fields.collect()).iter().map(ApiError::body).collect()
    }

    #[test]
    fn fields_that_are_refused_alike_share_an_example() {
        let text = json!({ "type": ["string", "null"] });
        let told = bodies(&[("bio", text.clone()), ("company", text)]);
        let messages = ["Not a valid string.", "Null characters are not allowed."];
        let both = messages.map(|said| json!({ "bio": [said], "company": [said] }));
        assert_eq!(told, both);
    }

    #[test]
    fn what_is_needed_may_be_neither_blank_nor_null() {
        let told = bodies(&[("name", json!({ "type": "string", "minLength": 1 }))]);
        assert!(told.contains(&json!({ "name": ["This field may not be blank."] })));
        assert!(told.contains(&json!({ "name": ["This field may not be null."] })));
    }

    #[test]
    fn amounts_are_refused_by_their_own_reader() {
        let amount = json!({ "type": "string", "pattern": AMOUNT });
        let told = bodies(&[("amount", amount)]);
        assert_eq!(told.len(), 5, "{told:?}");
        let digits = "Ensure that there are no more than 8 digits before the decimal point.";
        assert!(told.contains(&json!({ "amount": [digits] })));
    }
}
