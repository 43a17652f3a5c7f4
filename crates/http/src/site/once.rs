//! Forms that move money. Each rendering has a key of its own, so that a form sent twice does once what
//! it asks for, as in the API (contract §10.4).

use axum::http::StatusCode;
use serde_json::Map;
use wiwebb_domain::idempotency::BodyDigest;

use super::csrf::Submission;
use super::form::{Field, Form, Kind};
use super::visit::Visit;
use crate::error::ApiError;
use crate::extract::body::JsonObject;
use crate::extract::idempotent::Idempotent;
use crate::state::AppState;

/// The field that the key stands in.
const KEY: &str = "idempotency_key";

/// The form with a key of its own.
pub(crate) fn keyed(mut form: Form, state: &AppState) -> Form {
    form.fields.push(Field::new(KEY, "", Kind::Hidden).value(draw(state)));
    form
}

/// The key that a form has brought along.
pub(crate) fn key_of(submission: &Submission, visit: &Visit) -> Idempotent {
    Idempotent::of_form(submission.value(KEY).unwrap_or_default(), visit.path())
}

/// The digest of a body without fields.
pub(crate) fn no_body() -> BodyDigest {
    JsonObject::of(Map::new()).digest()
}

/// The word of the notice about a step, which is another one while the gateway has not answered.
pub(crate) fn notice(status: StatusCode, word: &'static str) -> &'static str {
    if status == StatusCode::ACCEPTED { "waiting" } else { word }
}

/// As [`Form::refused`]. The form gets another key, or its refusal would be all that it is ever told;
/// while the step is still under way it keeps its own.
pub(crate) fn refused(
    form: Form,
    state: &AppState,
    submission: &Submission,
    error: ApiError,
) -> Result<(StatusCode, Form), ApiError> {
    let (status, mut form) = form.refused(submission, error)?;
    if status != StatusCode::CONFLICT {
        for field in form.fields.iter_mut().filter(|field| field.name == KEY) {
            field.value = draw(state);
        }
    }
    Ok((status, form))
}

fn draw(state: &AppState) -> String {
    state.services.accounts.draw_secret().reveal().to_owned()
}
