//! Users (contract §5).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::{ListQuery, SearchQuery};
use crate::openapi::values;
use crate::profile::{ClientProfile, Form, Wire as _};
use crate::state::AppState;
use wire::{
    ActivityBody, ActivityChangedWire, MessageWire, NewUserBody, PasswordBody, RoleAssignedWire,
    RoleBody, UserBody, UserWire,
};

/// Users.
///
/// Searched: `username`, `email`, `first_name`, `last_name`. Ordered by `username`, `email`,
/// `first_name`, `last_name`, `role`, `date_joined`, `last_login`, `is_active`, `id`; by username unless said
/// otherwise.
#[utoipa::path(get, path = "/users/", tag = "users",
    params(
        ListQuery,
        SearchQuery,
        ("role" = inline(Option<values::Role>), Query),
        ("tenant" = Option<i32>, Query, example = 7),
        ("is_active" = Option<bool>, Query, example = true),
    ),
    responses((status = 200, body = PageWire<UserWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<UserWire>> {
    let list = |request| state.services.users.list(&actor, request);
    params.answer::<UserWire, _, _, _, _>(wire::filter, list).await
}

/// Creates a user.
#[utoipa::path(post, path = "/users/", tag = "users", request_body = NewUserBody,
    responses((status = 201, body = UserWire)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    body: JsonObject,
) -> Created<UserWire> {
    let view = state.services.users.create(&actor, wire::draft(body)).await?;
    Ok((StatusCode::CREATED, Json(UserWire::of(&view, profile))))
}

/// One user.
#[utoipa::path(get, path = "/users/{id}/", tag = "users",
    responses((status = 200, body = UserWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
) -> Answer<UserWire> {
    let view = state.services.users.get(&actor, (&id).into()).await?;
    Ok(Json(UserWire::of(&view, profile)))
}

/// Changes a user.
#[utoipa::path(method(put, patch), path = "/users/{id}/", tag = "users", request_body = UserBody,
    responses((status = 200, body = UserWire)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<UserWire> {
    let input = wire::update(body, write);
    let view = state.services.users.update(&actor, (&id).into(), input).await?;
    Ok(Json(UserWire::of(&view, profile)))
}

/// Removes a user without payments.
#[utoipa::path(delete, path = "/users/{id}/", tag = "users", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.users.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives somebody another role, and perhaps another tenant.
#[utoipa::path(post, path = "/users/{id}/assign-role/", tag = "users", request_body = RoleBody,
    responses((status = 200, body = RoleAssignedWire)))]
pub(crate) async fn assign_role(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
    body: JsonObject,
) -> Answer<Form<RoleAssignedWire, UserWire>> {
    let input = wire::role_assignment(body);
    let view = state.services.users.assign_role(&actor, (&id).into(), input).await?;
    Ok(Json(wire::role_assigned(&view, profile)))
}

/// Sets somebody else's password; all of that person's keys end.
#[utoipa::path(post, path = "/users/{id}/set-password/", tag = "users", request_body = PasswordBody,
    responses((status = 200, body = MessageWire)))]
pub(crate) async fn set_password(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<Value> {
    state.services.users.set_password(&actor, (&id).into(), wire::password(body)).await?;
    Ok(Json(json!({ "message": "Password updated successfully" })))
}

/// Revokes every key of somebody.
#[utoipa::path(delete, path = "/users/{id}/tokens/", tag = "users", responses((status = 204)))]
pub(crate) async fn revoke_tokens(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.users.revoke_keys(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Activates or deactivates somebody.
#[utoipa::path(post, path = "/users/{id}/activate/", tag = "users", request_body = ActivityBody,
    responses((status = 200, body = ActivityChangedWire)))]
pub(crate) async fn set_active(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    id: Segment,
    body: JsonObject,
) -> Answer<Form<ActivityChangedWire, UserWire>> {
    let view = state.services.users.set_active(&actor, (&id).into(), wire::activity(body)).await?;
    Ok(Json(wire::activity_changed(&view, profile)))
}
