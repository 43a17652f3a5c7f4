//! Keys of network equipment (contract §16).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::{Answer, Created, Gone};
use crate::extract::auth::Caller;
use crate::extract::body::JsonObject;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::openapi::query::ListQuery;
use crate::state::AppState;
use wire::{KeyBody, KeyWire, NewKeyWire};

/// Keys of network equipment, without their characters.
#[utoipa::path(get, path = "/service-keys/", tag = "service-keys", params(ListQuery),
    responses((status = 200, body = PageWire<KeyWire>)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    params: Params,
) -> Answer<PageWire<KeyWire>> {
    let list = |request| state.services.service_keys.list(&actor, request);
    params.answer::<KeyWire, _, _, _, _>(|_| (), list).await
}

/// Makes a key, which is shown this once.
#[utoipa::path(post, path = "/service-keys/", tag = "service-keys", request_body = KeyBody,
    responses((status = 201, body = NewKeyWire)))]
pub(crate) async fn create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Created<NewKeyWire> {
    let (stored, token) = state.services.service_keys.create(&actor, wire::draft(body)).await?;
    Ok((StatusCode::CREATED, Json(NewKeyWire::new(&stored, &token))))
}

/// Ends a key.
#[utoipa::path(delete, path = "/service-keys/{id}/", tag = "service-keys", responses((status = 204)))]
pub(crate) async fn delete(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.service_keys.delete(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}
