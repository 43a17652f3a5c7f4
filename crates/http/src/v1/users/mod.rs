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
use crate::state::AppState;
use wire::UserWire;

/// `GET /users/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<UserWire>> {
    let list = |request| state.services.users.list(&actor, request);
    params.answer::<UserWire, _, _, _, _>(wire::filter, list).await
}

/// `POST /users/`
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<UserWire> {
    let view = state.services.users.create(&actor, wire::draft(body)).await?;
    Ok((StatusCode::CREATED, Json(UserWire::from(&view))))
}

/// `GET /users/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<UserWire> {
    let view = state.services.users.get(&actor, (&id).into()).await?;
    Ok(Json(UserWire::from(&view)))
}

/// `PUT`, `PATCH /users/{id}/`
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<UserWire> {
    let input = wire::update(body, write);
    let view = state.services.users.update(&actor, (&id).into(), input).await?;
    Ok(Json(UserWire::from(&view)))
}

/// `DELETE /users/{id}/`
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.users.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /users/{id}/assign-role/`
pub(crate) async fn assign_role(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<Value> {
    let input = wire::role_assignment(body);
    let view = state.services.users.assign_role(&actor, (&id).into(), input).await?;
    Ok(Json(json!({ "message": "Role updated successfully", "user": UserWire::from(&view) })))
}

/// `POST /users/{id}/set-password/`
pub(crate) async fn set_password(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<Value> {
    state.services.users.set_password(&actor, (&id).into(), wire::password(body)).await?;
    Ok(Json(json!({ "message": "Password updated successfully" })))
}

/// `POST /users/{id}/activate/`
pub(crate) async fn set_active(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    body: JsonObject,
) -> Answer<Value> {
    let view = state.services.users.set_active(&actor, (&id).into(), wire::activity(body)).await?;
    Ok(Json(wire::activity_changed(&view.user)))
}
