//! Parameters: forms with brackets, read as strictly as each endpoint says.

use std::collections::BTreeMap;

use super::refusal::{Refusal, Reply};

/// Keys and values that a client hangs on an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// The parameters of one request, in the order they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query or a body.
    pub(crate) fn decode(form: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(form);
        Self(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The same in an order of their own, for comparing.
    pub(crate) fn sorted(&self) -> Self {
        let mut pairs = self.0.clone();
        pairs.sort();
        Self(pairs)
    }

    /// Refuses what the endpoint does not know.
    ///
    /// A pattern is a name such as `items[#][price]`, where `#` stands for an index and `*` for any
    /// name; with `?` behind it, it may be empty, which clears the field. `expand` is known everywhere.
    pub(crate) fn only(&self, patterns: &[&str]) -> Reply<()> {
        let mut seen = Vec::new();
        for (name, value) in &self.0 {
            let known = ["expand[#]"].iter().chain(patterns).find(|known| fits(known, name));
            let Some(known) = known else {
                let message = format!("Received unknown parameter: {name}");
                return Err(Refusal::invalid(message).code("parameter_unknown").param(name));
            };
            if value.is_empty() && !known.ends_with('?') {
                let message = format!("The parameter {name} is empty.");
                return Err(Refusal::invalid(message).code("parameter_invalid_empty").param(name));
            }
            if seen.contains(&name) && !name.ends_with("[]") {
                return Err(Refusal::invalid("Sent twice in one request.").param(name));
            }
            seen.push(name);
        }
        self.expansions().iter().try_for_each(|path| {
            let depth = path.split('.').count();
            let too_deep = || Refusal::invalid("Expansion goes four levels deep.").param("expand");
            if depth > 4 { Err(too_deep()) } else { Ok(()) }
        })
    }

    /// The value, where one was sent. Empty values are ones that clear.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    /// The value to keep: none where it is absent or cleared.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub(crate) fn required(&self, name: &str) -> Reply<&str> {
        self.text(name).ok_or_else(|| Refusal::missing(name))
    }

    /// A text of at most so many characters.
    pub(crate) fn at_most(&self, name: &str, limit: usize) -> Reply<Option<String>> {
        match self.text(name) {
            Some(text) if text.chars().count() > limit => {
                let message = format!("Longer than {limit} characters.");
                Err(Refusal::invalid(message).code("parameter_invalid_string").param(name))
            }
            _ => Ok(self.owned(name)),
        }
    }

    pub(crate) fn int(&self, name: &str) -> Reply<Option<i64>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let refused = || {
            let message = format!("Invalid integer: {text}");
            Refusal::invalid(message).code("parameter_invalid_integer").param(name)
        };
        text.parse().map(Some).map_err(|_| refused())
    }

    pub(crate) fn flag(&self, name: &str) -> Reply<Option<bool>> {
        match self.text(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(Refusal::invalid(format!("Invalid boolean: {other}")).param(name)),
        }
    }

    /// One of a few words.
    pub(crate) fn word(&self, name: &str, words: &[&'static str]) -> Reply<Option<&'static str>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let refused = || {
            let message = format!("Invalid {name}: must be one of {}", words.join(", "));
            Refusal::invalid(message).param(name)
        };
        words.iter().find(|word| **word == text).map(|word| Some(*word)).ok_or_else(refused)
    }

    /// Every value of `name[]`, `name[0]` and so on.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let pattern = format!("{name}[#]");
        let wanted = self.0.iter().filter(|(sent, _)| fits(&pattern, sent));
        wanted.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn expansions(&self) -> Vec<&str> {
        self.all("expand")
    }

    /// Whether anything below `name` was sent.
    pub(crate) fn has(&self, name: &str) -> bool {
        let below = format!("{name}[");
        self.0.iter().any(|(sent, _)| sent == name || sent.starts_with(&below))
    }

    /// Changes the metadata as sent under `name`: an empty value removes a key, all of it empty
    /// removes all. Within Stripe's limits of 50 keys, 40 characters a key and 500 a value.
    pub(crate) fn metadata(&self, name: &str, into: &mut Metadata) -> Reply<()> {
        if self.text(name) == Some("") {
            into.clear();
        }
        let pattern = format!("{name}[*]");
        for (sent, value) in self.0.iter().filter(|(sent, _)| fits(&pattern, sent)) {
            let key = &sent[name.len() + 1..sent.len() - 1];
            if key.chars().count() > 40 || value.chars().count() > 500 {
                let message = "Metadata takes keys of 40 and values of 500 characters.";
                return Err(Refusal::invalid(message).param(sent));
            }
            if value.is_empty() {
                into.remove(key);
            } else {
                into.insert(key.to_owned(), value.clone());
            }
        }
        if into.len() > 50 {
            return Err(Refusal::invalid("Metadata takes 50 keys.").param(name));
        }
        Ok(())
    }

    /// As [`Self::metadata`], on an object that has none yet.
    pub(crate) fn new_metadata(&self, name: &str) -> Reply<Metadata> {
        let mut metadata = Metadata::new();
        self.metadata(name, &mut metadata)?;
        Ok(metadata)
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (segments(pattern.trim_end_matches('?')), segments(name));
    let Some(name) = name else { return false };
    let pattern = pattern.unwrap_or_default();
    pattern.len() == name.len()
        && pattern.iter().zip(name).all(|(expected, found)| match *expected {
            "#" => found.bytes().all(|byte| byte.is_ascii_digit()),
            "*" => !found.is_empty(),
            exact => exact == found,
        })
}

/// `items[0][price]` is `items`, `0`, `price`. None where the brackets do not match.
fn segments(name: &str) -> Option<Vec<&str>> {
    let Some((head, tail)) = name.split_once('[') else {
        return (!name.contains(']')).then(|| vec![name]);
    };
    let inner = tail.strip_suffix(']')?;
    let parts: Vec<&str> = std::iter::once(head).chain(inner.split("][")).collect();
    parts.iter().all(|part| !part.contains(['[', ']'])).then_some(parts)
}
