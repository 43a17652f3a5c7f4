//! The forms in which clients are answered (contract §15).
//!
//! A wire type is built of an entity and the profile of the request; where the forms differ, a field
//! or a body is a [`Form`]. Handlers hand the profile on and never look at it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use rust_decimal::Decimal;
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Number;
use wiwebb_domain::money::Amount;

/// Which forms a client expects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientProfile {
    /// Those of the contract's other sections.
    #[default]
    Default,
    /// Those of the existing mobile client.
    Compat,
}

impl ClientProfile {
    /// All profiles.
    pub const ALL: [Self; 2] = [Self::Default, Self::Compat];

    /// The word of header and setting.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Compat => "compat",
        }
    }

    /// Reads the word of header and setting, without regard to case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// What has another form for each profile.
    pub(crate) fn form<D, C>(
        self,
        default: impl FnOnce() -> D,
        compat: impl FnOnce() -> C,
    ) -> Form<D, C> {
        match self {
            Self::Default => Form::Default(default()),
            Self::Compat => Form::Compat(compat()),
        }
    }

    /// What is there in `compat` alone.
    pub(crate) fn only_compat<T>(self, value: T) -> Option<T> {
        (self == Self::Compat).then_some(value)
    }

    /// An amount: text with two decimals, or a number (contract §15, row 7).
    pub(crate) fn amount(self, amount: Amount) -> AmountWire {
        self.form(|| amount.to_string(), || ExactNumber(amount.value()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientProfile {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or_default())
    }
}

/// One of two forms.
#[derive(serde::Serialize)]
#[serde(untagged)]
pub(crate) enum Form<D, C> {
    /// That of [`ClientProfile::Default`].
    Default(D),
    /// That of [`ClientProfile::Compat`].
    Compat(C),
}

/// An entity on the wire, in the form of a profile.
pub(crate) trait Wire<T>: Serialize {
    /// The form of a profile.
    fn of(entity: &T, profile: ClientProfile) -> Self;
}

/// What has one form for all.
impl<T, W: Serialize + for<'a> From<&'a T>> Wire<T> for W {
    fn of(entity: &T, _: ClientProfile) -> Self {
        Self::from(entity)
    }
}

/// Money on the wire.
pub(crate) type AmountWire = Form<String, ExactNumber>;

/// A decimal as a JSON number, digit for digit.
pub(crate) struct ExactNumber(Decimal);

impl Serialize for ExactNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number: Number = self.0.to_string().parse().map_err(S::Error::custom)?;
        number.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, to_string};

    fn amount(text: &str) -> Amount {
        Amount::new(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_profile_is_named_by_its_word_in_any_case() {
        for (word, profile) in [
            ("compat", Some(ClientProfile::Compat)),
            (" Compat ", Some(ClientProfile::Compat)),
            ("DEFAULT", Some(ClientProfile::Default)),
            ("", None),
            ("compat,default", None),
            ("mobile", None),
        ] {
            assert_eq!(ClientProfile::parse(word), profile, "{word:?}");
        }
    }

    #[test]
    fn an_amount_is_text_or_a_number_of_the_same_digits() {
        for digits in ["0.00", "19.90", "0.10", "99999999.99"] {
            let amount = amount(digits);
            let text = to_string(&ClientProfile::Default.amount(amount)).unwrap();
            assert_eq!(text, format!("\"{digits}\""));
            assert_eq!(to_string(&ClientProfile::Compat.amount(amount)).unwrap(), digits);
            let value = json!({ "total": ClientProfile::Compat.amount(amount) });
            assert_eq!(value.to_string(), format!("{{\"total\":{digits}}}"), "also as a value");
        }
    }

    #[test]
    fn what_compat_alone_has_is_absent_elsewhere() {
        assert_eq!(ClientProfile::Default.only_compat(1), None);
        assert_eq!(ClientProfile::Compat.only_compat(1), Some(1));
    }
}
