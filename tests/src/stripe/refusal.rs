//! Errors in Stripe's shape.

use serde_json::{Map, Value, json};

/// What every operation answers.
pub(crate) type Reply<T = Value> = Result<T, Refusal>;

/// A refused request.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// The endpoint had begun its work, so an idempotency key keeps this answer.
    pub(crate) began: bool,
    error: Map<String, Value>,
}

impl Refusal {
    /// `400 invalid_request_error`: the request is at fault, and nothing was begun.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// An error of any type.
    pub(crate) fn new(status: u16, kind: &str, message: impl Into<String>) -> Self {
        let mut error = Map::new();
        error.insert("type".to_owned(), json!(kind));
        error.insert("message".to_owned(), json!(message.into()));
        Self { status, began: false, error }
    }

    /// `404` on the object that the path names.
    pub(crate) fn no_such(kind: &str, id: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::new(404, "invalid_request_error", message).code("resource_missing").param("id")
    }

    /// `400` on an object that a parameter names.
    pub(crate) fn names_no(kind: &str, id: &str, param: &str) -> Self {
        let message = format!("No such {kind}: '{id}'");
        Self::invalid(message).code("resource_missing").param(param)
    }

    pub(crate) fn missing(param: &str) -> Self {
        let message = format!("Missing required param: {param}.");
        Self::invalid(message).code("parameter_missing").param(param)
    }

    /// `402`: the card was charged in vain.
    pub(crate) fn card(error: Value) -> Self {
        let Value::Object(error) = error else { panic!("a card error is an object: {error}") };
        Self { status: 402, began: true, error }
    }

    /// `400` because the object cannot do that any more. A key keeps it.
    pub(crate) fn state(code: &str, message: impl Into<String>) -> Self {
        Self::began(message).code(code)
    }

    /// As [`Self::state`], without a code.
    pub(crate) fn began(message: impl Into<String>) -> Self {
        Self { began: true, ..Self::invalid(message) }
    }

    pub(crate) fn code(self, code: &str) -> Self {
        self.with("code", json!(code))
    }

    pub(crate) fn param(self, param: &str) -> Self {
        self.with("param", json!(param))
    }

    /// One more field.
    pub(crate) fn with(mut self, field: &str, value: Value) -> Self {
        self.error.insert(field.to_owned(), value);
        self
    }

    /// The body of the answer.
    pub(crate) fn body(&self, request: &str) -> Value {
        let mut error = self.error.clone();
        if let Some(code) = error.get("code").and_then(Value::as_str) {
            let page = format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"));
            error.insert("doc_url".to_owned(), json!(page));
        }
        let log = format!("https://dashboard.stripe.com/test/logs/{request}");
        error.insert("request_log_url".to_owned(), json!(log));
        json!({ "error": error })
    }
}
