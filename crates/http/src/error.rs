//! From the domain's errors to the contract's answers (§1.4): the one place that knows both.

use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use metrics::counter;
use serde::Serialize;
use serde_json::{Map, Value, json};
use wiwebb_domain::access::Denial;
use wiwebb_domain::error::{Error, InputError, RepositoryError, Violation, Violations};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::services::role_assignment::AssignRoleError;

use crate::figures;
use crate::v1::deletion::EffectsWire;

/// An answer other than success.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    status: StatusCode,
    body: Value,
    /// What hangs on the row whose delete is refused; it stands in the body too.
    effects: Option<Box<EffectsWire>>,
    /// Seconds after which the same request may succeed.
    retry_after: Option<u64>,
}

impl ApiError {
    /// `{"detail": message}`.
    pub(crate) fn detail(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, body: json!({ "detail": message.into() }), effects: None, retry_after: None }
    }

    /// `{"error": message}`, the form of the action endpoints.
    pub(crate) fn error(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, body: json!({ "error": message.into() }), effects: None, retry_after: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Not found.")
    }

    pub(crate) fn invalid_page() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Invalid page.")
    }

    pub(crate) fn invalid_cursor() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Invalid cursor.")
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::detail(StatusCode::UNAUTHORIZED, message)
    }

    /// `{"name": ["message"]}`, of fields whose names are made at run time.
    pub(crate) fn fields(messages: Map<String, Value>) -> Self {
        let body = messages.into();
        Self { status: StatusCode::BAD_REQUEST, body, effects: None, retry_after: None }
    }

    /// The whole body, as a client reads it.
    pub(crate) fn body(&self) -> Value {
        let Self { body, effects, .. } = self.clone();
        serde_json::to_value(BodyWire { body, effects }).unwrap_or_default()
    }

    /// The same answer later.
    pub(crate) fn after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Status and body, to be kept.
    pub(crate) fn parts(&self) -> (StatusCode, &Value) {
        (self.status, &self.body)
    }

    /// What it says to people, without the fields that it says it of.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.body.as_object().into_iter().flat_map(Map::values).flat_map(messages).collect()
    }

    pub(crate) fn unavailable(retry_after: u64) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::detail(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable.")
        }
    }

    pub(crate) fn throttled(seconds: u64) -> Self {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Self {
            retry_after: Some(seconds),
            ..Self::detail(
                StatusCode::TOO_MANY_REQUESTS,
                format!("Request was throttled. Expected available in {seconds} {unit}."),
            )
        }
    }

    /// The inside of a failure stays in the log; the client learns that it was not its fault.
    pub(crate) fn internal() -> Self {
        Self::detail(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error.")
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.body)
    }
}

impl std::error::Error for ApiError {}

/// The body of an answer.
#[derive(Serialize)]
struct BodyWire {
    #[serde(flatten)]
    body: Value,
    #[serde(flatten)]
    effects: Option<Box<EffectsWire>>,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let kept = self.clone();
        let Self { status, body, effects, retry_after } = self;
        let mut response = (status, Json(BodyWire { body, effects })).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        // Where people look instead of programs, it becomes a page.
        response.extensions_mut().insert(kept);
        response
    }
}

impl From<ApiError> for InputError {
    fn from(error: ApiError) -> Self {
        Self::Unreadable(Box::new(error))
    }
}

impl From<Violations> for ApiError {
    fn from(violations: Violations) -> Self {
        note_login_failure(&violations);
        let body: Map<String, Value> = violations
            .iter()
            .map(|(field, found)| {
                let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
                (field.to_owned(), texts.into())
            })
            .collect();
        Self {
            status: StatusCode::BAD_REQUEST,
            body: body.into(),
            effects: None,
            retry_after: None,
        }
    }
}

impl From<Denial> for ApiError {
    fn from(denial: Denial) -> Self {
        Self::detail(StatusCode::FORBIDDEN, denial.to_string())
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(_) => Self::not_found(),
            Error::Denied(denial) => denial.into(),
            Error::Invalid(violations) => violations.into(),
            Error::Unreadable(source) => match source.downcast::<Self>() {
                Ok(answer) => *answer,
                Err(source) => failed(source.as_ref()),
            },
            Error::NoSuchPage => Self::invalid_page(),
            Error::NoTenant => Self::detail(StatusCode::NOT_FOUND, error.to_string()),
            Error::Protected(ref plan) => Self {
                effects: Some(Box::new(plan.into())),
                ..Self::detail(StatusCode::BAD_REQUEST, error.to_string())
            },
            Error::ActorGone => Self::unauthorized("Invalid token."),
            Error::OwnAccount | Error::OwnKeys | Error::Anonymisation(_) | Error::Forgotten => {
                Self::detail(StatusCode::BAD_REQUEST, error.to_string())
            }
            Error::OwnPassword
            | Error::PaymentStep(_)
            | Error::PaymentBusy(_)
            | Error::Subscription(_)
            | Error::CheckoutSettled
            | Error::Webhook(_) => Self::error(StatusCode::BAD_REQUEST, error.to_string()),
            Error::LockedOut { retry_in } => Self::throttled(whole_seconds(retry_in)),
            Error::GatewayUnreachable => {
                Self::error(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            Error::NoSubscription => Self::error(StatusCode::NOT_FOUND, error.to_string()),
            Error::Repository(repository) => repository.into(),
            Error::Password(_) | Error::Secret(_) => failed(&error),
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::Taken(_) | RepositoryError::Protected(_) => Error::from(error).into(),
            // What the request refers to was deleted while it ran; of users that is the caller.
            RepositoryError::MissingReference(relation) if relation.parent == EntityKind::User => {
                Self::unauthorized("Invalid token.")
            }
            RepositoryError::MissingReference(_) => Self::not_found(),
            RepositoryError::Retryable(_) => Self::unavailable(1),
            RepositoryError::Unavailable(_) => {
                tracing::error!(error = %Chain(&error), "the database is unavailable");
                Self::unavailable(5)
            }
            RepositoryError::Inconsistent { .. } | RepositoryError::Backend(_) => failed(&error),
        }
    }
}

impl From<AssignRoleError> for ApiError {
    fn from(error: AssignRoleError) -> Self {
        let status = match error {
            AssignRoleError::Other(other) => return other.into(),
            AssignRoleError::InvalidRole | AssignRoleError::OwnRole => StatusCode::BAD_REQUEST,
            AssignRoleError::Insufficient
            | AssignRoleError::OnlySubscriber
            | AssignRoleError::OtherTenant
            | AssignRoleError::SuperadminRole => StatusCode::FORBIDDEN,
        };
        Self::error(status, error.to_string())
    }
}

/// What a member of an error's body says (contract §1.4).
pub(crate) fn messages(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Whichever way somebody tried to sign in.
fn note_login_failure(violations: &Violations) {
    if violations.iter().any(|(_, found)| found.contains(&Violation::BadCredentials)) {
        counter!(figures::LOGIN_FAILURES).increment(1);
    }
}

/// Seconds after which a time is over for certain, at least 1.
fn whole_seconds(time: chrono::Duration) -> u64 {
    u64::try_from(time.num_milliseconds()).unwrap_or(0).div_ceil(1000).max(1)
}

fn failed(error: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::error!(error = %Chain(error), "a request failed");
    ApiError::internal()
}

/// An error with its sources, for the log.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
