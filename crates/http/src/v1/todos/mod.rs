//! Todos (contract §6).

mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::state::AppState;
use wire::TodoWire;

/// `GET /todos/`
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<TodoWire>> {
    let list = |request| state.services.todos.list(&actor, request);
    params.answer::<TodoWire, _, _, _, _>(wire::filter, list).await
}

/// `POST /todos/`
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<TodoWire> {
    let todo = state.services.todos.create(&actor, wire::new_todo(body)).await?;
    Ok((StatusCode::CREATED, Json(TodoWire::from(&todo))))
}

/// `GET /todos/{id}/`
pub(crate) async fn retrieve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Answer<TodoWire> {
    let todo = state.services.todos.get(&actor, (&id).into()).await?;
    Ok(Json(TodoWire::from(&todo)))
}

/// `PUT`, `PATCH /todos/{id}/`
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

/// `DELETE /todos/{id}/`
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.todos.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
