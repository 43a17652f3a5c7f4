//! Todos (contract §6).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::{ListQuery, SearchQuery};
use crate::state::AppState;
use wire::{TodoBody, TodoWire};

/// One's own todos.
///
/// Searched: `task`. Ordered by `timestamp`, `updated`, `task`, `completed`, `id`; newest first.
#[utoipa::path(get, path = "/todos/", tag = "todos",
    params(ListQuery, SearchQuery, ("completed" = Option<bool>, Query, example = false)),
    responses((status = 200, body = PageWire<TodoWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<TodoWire>> {
    let list = |request| state.services.todos.list(&actor, request);
    params.answer::<TodoWire, _, _, _, _>(wire::filter, list).await
}

/// Writes a todo down.
#[utoipa::path(post, path = "/todos/", tag = "todos", request_body = TodoBody,
    responses((status = 201, body = TodoWire)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<TodoWire> {
    let todo = state.services.todos.create(&actor, wire::new_todo(body)).await?;
    Ok((StatusCode::CREATED, Json(TodoWire::from(&todo))))
}

/// One todo.
#[utoipa::path(get, path = "/todos/{id}/", tag = "todos",
    responses((status = 200, body = TodoWire)))]
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<TodoWire> {
    let todo = state.services.todos.get(&actor, (&id).into()).await?;
    Ok(Json(TodoWire::from(&todo)))
}

/// Changes a todo.
#[utoipa::path(method(put, patch), path = "/todos/{id}/", tag = "todos", request_body = TodoBody,
    responses((status = 200, body = TodoWire)))]
pub(crate) async fn update(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
    write: Write,
    body: JsonObject,
) -> Answer<TodoWire> {
    let input = wire::update(body, write);
    let todo = state.services.todos.update(&actor, (&id).into(), input).await?;
    Ok(Json(TodoWire::from(&todo)))
}

/// Removes a todo.
#[utoipa::path(delete, path = "/todos/{id}/", tag = "todos", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.todos.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
