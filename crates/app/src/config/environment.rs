//! The variables of the environment, as they were at the start.

use std::collections::BTreeMap;
use std::ffi::OsString;

use secrecy::{ExposeSecret as _, SecretString};

/// Variables by name; those that are empty or not Unicode are left out. No `Debug` form shows a
/// value.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, SecretString>);

impl Environment {
    /// Keeps these variables.
    pub(super) fn new(variables: &[(OsString, OsString)]) -> Self {
        let text = |(name, value): &(OsString, OsString)| {
            let value = value.to_str().filter(|value| !value.is_empty())?;
            Some((name.to_str()?.to_owned(), value.into()))
        };
        Self(variables.iter().filter_map(text).collect())
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretString::expose_secret)
    }
}
