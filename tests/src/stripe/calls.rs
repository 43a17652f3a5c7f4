//! The requests that came in.

use super::form::Params;

/// A request as it was seen, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `POST` and the like.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// From query or body, with their brackets.
    pub params: Vec<(String, String)>,
    /// `Idempotency-Key`
    pub idempotency_key: Option<String>,
    /// `Stripe-Version`
    pub version: Option<String>,
    /// What was answered. None where the connection was closed, or the answer is still to come.
    pub status: Option<u16>,
    /// The answer was that of an earlier request with the same key.
    pub replayed: bool,
}

impl Call {
    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }
}

/// A request before it is carried out.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) params: Params,
    pub(crate) authorization: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) version: Option<String>,
    /// What is wrong with how the parameters were sent.
    pub(crate) malformed: Option<&'static str>,
}

impl Incoming {
    /// Its entry in the log.
    pub(crate) fn call(&self) -> Call {
        Call {
            method: self.method.clone(),
            path: self.path.clone(),
            params: self.params.pairs().to_vec(),
            idempotency_key: self.key.clone(),
            version: self.version.clone(),
            status: None,
            replayed: false,
        }
    }
}
