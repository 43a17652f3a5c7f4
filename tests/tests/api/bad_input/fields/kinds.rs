//! Values that a kind of field refuses (contract §1.8).

use serde_json::{Value, json};

/// What a field holds.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Text of so many characters at most.
    Text(usize),
    /// Text as long as the body may be.
    Long,
    Username,
    Email,
    Url,
    Slug,
    Password,
    Boolean,
    Date,
    Tenant,
    Role,
    Interval,
    Currency,
    /// A whole number with these bounds.
    Integer(i64, i64),
    /// A whole number that names a row.
    Id,
    Amount,
    /// An amount of more than nothing.
    Positive,
    /// An id, a name or a variant of a gateway.
    Gateway,
    Object,
}

use Kind::{
    Amount, Boolean, Currency, Date, Email, Gateway, Id, Integer, Interval, Long, Object, Password,
    Positive, Role, Slug, Tenant, Text, Url, Username,
};

const TEXT: &str = "Not a valid string.";
const INTEGER: &str = "A valid integer is required.";
const NUL: &str = "Null characters are not allowed.";
const DATE: &str = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.";

impl Kind {
    /// Values that are refused, with a message that must be among those of the answer.
    pub(super) fn refused(self) -> Vec<(Value, String)> {
        let mut refused = self.of_another_type();
        let mut limited = |limit: usize, letter: &str| {
            let message = format!("Ensure this field has no more than {limit} characters.");
            refused.push((json!(letter.repeat(limit + 1)), message));
        };
        match self {
            Text(limit) => limited(limit, "ü"),
            Username => limited(150, "u"),
            Slug => limited(160, "s"),
            Password => limited(128, "pW7-"),
            Currency => limited(3, "U"),
            _ => {}
        }
        if let Text(_) | Long | Username | Email | Url | Slug | Password | Currency = self {
            refused.push((json!("a\u{0}b"), NUL.into()));
        }
        match self {
            Email => {
                let long = format!("{}@{}.org", "a".repeat(60), "b.".repeat(100));
                refused.push((
                    json!(long),
                    "Ensure this field has no more than 254 characters.".into(),
                ));
                refused.push((json!("nobody"), "Enter a valid email address.".into()));
            }
            Currency => {
                refused.push((json!("XYZ"), "Enter a valid currency code.".into()));
                refused.push((json!("U1"), "Enter a valid currency code.".into()));
            }
            Url => {
                let long = format!("http://example.org/{}", "p".repeat(200));
                refused.push((
                    json!(long),
                    "Ensure this field has no more than 200 characters.".into(),
                ));
                refused.push((json!("example"), "Enter a valid URL.".into()));
            }
            _ => {}
        }
        refused
    }

    fn of_another_type(self) -> Vec<(Value, String)> {
        let all = |values: &[Value], message: &str| -> Vec<(Value, String)> {
            values.iter().map(|value| (value.clone(), message.to_owned())).collect()
        };
        let (list, object) = (json!(["a"]), json!({ "a": "b" }));
        match self {
            Text(_) | Long | Username | Email | Url | Slug | Password | Currency => {
                all(&[json!(true), json!(false), list, object, json!([]), json!({})], TEXT)
            }
            Boolean => all(
                &[
                    json!("yes"),
                    json!(""),
                    json!(2),
                    json!(-1),
                    json!(0.5),
                    list,
                    object,
                    json!("\u{0}"),
                ],
                "Must be a valid boolean.",
            ),
            Date => all(&not_dates(), DATE),
            Tenant => {
                let received = |value, kind: &str| {
                    (value, format!("Incorrect type. Expected pk value, received {kind}."))
                };
                let missing = |value: Value| {
                    let message = format!("Invalid pk \"{value}\" - object does not exist.");
                    (value, message)
                };
                vec![
                    received(json!("acme"), "str"),
                    received(json!(true), "bool"),
                    received(list, "list"),
                    received(object, "dict"),
                    received(json!(1.5), "float"),
                    received(json!("\u{0}"), "str"),
                    missing(json!(999_999)),
                    missing(json!(0)),
                    missing(json!(-1)),
                    missing(json!(2_147_483_648_i64)),
                ]
            }
            Role => not_chosen(&["king", "Admin", "", "\u{0}"]),
            Interval => not_chosen(&["fortnight", "Month", "", "\u{0}"]),
            Id => all(&not_integers(), INTEGER),
            Integer(least, most) => {
                let mut refused = all(&not_integers(), INTEGER);
                let below = format!("Ensure this value is greater than or equal to {least}.");
                let above = format!("Ensure this value is less than or equal to {most}.");
                refused.extend([(json!(least - 1), below), (json!(most + 1), above)]);
                refused
            }
            Amount => amounts("Ensure this value is greater than or equal to 0."),
            Positive => {
                const POSITIVE: &str = "Ensure this value is greater than 0.";
                let mut refused = amounts(POSITIVE);
                refused.extend(all(&[json!(0), json!("0.00"), json!("-0")], POSITIVE));
                refused
            }
            Gateway => {
                let mut refused = all(&[json!(true), list, object], TEXT);
                refused.push((json!(" "), "This field may not be blank.".into()));
                refused.push((json!("a\u{0}b"), NUL.into()));
                let none = [json!("nobody"), json!(999_999), json!(0), json!(-1), json!(1.5)];
                refused.extend(all(&none, "Payment gateway unavailable."));
                refused
            }
            Object => {
                let received = |value: Value, kind: &str| {
                    (value, format!("Expected a dictionary of items but got type \"{kind}\"."))
                };
                vec![
                    received(list, "list"),
                    received(json!("{}"), "str"),
                    received(json!(5), "int"),
                    received(json!(true), "bool"),
                    (json!({ "a": "\u{0}" }), NUL.into()),
                    (json!({ "a\u{0}b": 1 }), NUL.into()),
                    (json!({ "a": [{ "b": ["\u{0}"] }] }), NUL.into()),
                ]
            }
        }
    }
}

fn not_integers() -> [Value; 6] {
    [json!("many"), json!(true), json!(1.5), json!(""), json!(["a"]), json!({ "a": "b" })]
}

/// What is no amount, and what is less than an amount may be, with the message about that.
fn amounts(least: &str) -> Vec<(Value, String)> {
    let numbers = ["much", "NaN", "Infinity", "1,50"].map(|text| json!(text));
    let others = [json!(["a"]), json!({ "a": "b" })];
    let number = "A valid number is required.";
    let mut refused: Vec<(Value, String)> =
        numbers.into_iter().chain(others).map(|value| (value, number.to_owned())).collect();
    for (value, message) in [
        ("1.234", "Ensure that there are no more than 2 decimal places."),
        ("123456789.12", "Ensure that there are no more than 10 digits in total."),
        ("123456789", "Ensure that there are no more than 8 digits before the decimal point."),
        ("-0.01", least),
    ] {
        refused.push((json!(value), message.to_owned()));
    }
    refused
}

/// What is no day of the calendar in the contract's form.
fn not_dates() -> Vec<Value> {
    vec![
        json!("soon"),
        json!("2024-02-30"),
        json!("2024-1-1"),
        json!("01.02.2024"),
        json!("2024-01-01T00:00:00Z"),
        json!(20_240_101),
        json!(true),
        json!(["a"]),
        json!({ "a": "b" }),
        json!("\u{0}"),
    ]
}

/// Words that an enumeration does not know.
fn not_chosen(words: &[&str]) -> Vec<(Value, String)> {
    let refuse = |word: &&str| (json!(word), format!("\"{word}\" is not a valid choice."));
    let number = (json!(5), "\"5\" is not a valid choice.".to_owned());
    words.iter().map(refuse).chain([number]).collect()
}
