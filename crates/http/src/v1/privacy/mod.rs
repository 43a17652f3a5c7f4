//! What is kept about a person: handed out, and forgotten.

mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use wiwebb_domain::access::Actor;
use wiwebb_domain::ids::UserId;

use super::Answer;
use super::users::wire::UserWire;
use crate::error::ApiError;
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::path::Segment;
use crate::profile::{ClientProfile, Wire};
use crate::state::AppState;
use wire::Document;

/// What is kept about oneself, as a file; the audit log and events for whoever may see them anyway.
#[utoipa::path(get, path = "/auth/user/export/", tag = "auth",
    responses((status = 200, body = BTreeMap<String, Value>, example = json!(wire::example()))))]
pub(crate) async fn export_own(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
) -> Result<Response, ApiError> {
    document(&state, &actor, actor.user, profile).await
}

/// What is kept about somebody, as a file; the audit log and events for whoever may see them anyway,
/// todos in one's own alone.
#[utoipa::path(get, path = "/users/{id}/export/", tag = "users",
    responses((status = 200, body = BTreeMap<String, Value>, example = json!(wire::example()))))]
pub(crate) async fn export(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
) -> Result<Response, ApiError> {
    document(&state, &actor, (&id).into(), profile).await
}

/// Takes out of all rows who somebody was; payments stay.
#[utoipa::path(post, path = "/users/{id}/anonymise/", tag = "users",
    responses((status = 200, body = UserWire)))]
pub(crate) async fn anonymise(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
    body: JsonObject,
) -> Answer<UserWire> {
    let view = state.services.privacy.anonymise(&actor, (&id).into(), body.ignored()).await?;
    Ok(Json(UserWire::of(&view, profile)))
}

/// What the actor may have about a user, as a file to be saved.
async fn document(
    state: &AppState,
    actor: &Actor,
    id: UserId,
    profile: ClientProfile,
) -> Result<Response, ApiError> {
    let mut document = Document::new(profile);
    let mut write = |part| document.write(part);
    let exported_at = state.services.privacy.export(actor, id, &mut write).await?;
    let text = document.finish(exported_at)?;
    let name = format!("attachment; filename=\"wiwebb-user-{id}.json\"");
    let headers = [
        (CONTENT_TYPE, "application/json".to_owned()),
        (CONTENT_DISPOSITION, name),
        // A page hands it out too, to whoever has its cookie.
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, text).into_response())
}
