//! Signing in and out, one's own data and password (contract §3).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::users::wire::UserWire;
use super::{Answer, Created};
use crate::extract::auth::{Caller, SignedIn};
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::state::AppState;

/// `POST /auth/login/`
pub(crate) async fn login(State(state): State<AppState>, body: JsonObject) -> Answer<Value> {
    let signed_in = state.services.accounts.login(wire::credentials(body)).await?;
    Ok(Json(wire::signed_in(&signed_in)))
}

/// `POST /auth/logout/`
pub(crate) async fn logout(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> Answer<Value> {
    state.services.accounts.logout(&session).await?;
    Ok(detail("Successfully logged out."))
}

/// `POST /auth/registration/`
pub(crate) async fn register(State(state): State<AppState>, body: JsonObject) -> Created<Value> {
    let registered = state.services.accounts.register(wire::registration(body)).await?;
    Ok((StatusCode::CREATED, Json(wire::registered(&registered))))
}

/// `GET /auth/user/`
pub(crate) async fn profile(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Answer<UserWire> {
    let view = state.services.accounts.profile(&actor).await?;
    Ok(Json(UserWire::from(&view)))
}

/// `PUT`, `PATCH /auth/user/`
pub(crate) async fn update_profile(
    State(state): State<AppState>,
    Caller(actor): Caller,
    write: Write,
    body: JsonObject,
) -> Answer<UserWire> {
    let input = wire::profile_update(body, write);
    let view = state.services.accounts.update_profile(&actor, input).await?;
    Ok(Json(UserWire::from(&view)))
}

/// `POST /auth/password/change/`
pub(crate) async fn change_password(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Answer<Value> {
    state.services.accounts.change_password(&actor, wire::password_change(body)).await?;
    Ok(detail("New password has been saved."))
}

/// `POST /auth/password/reset/`
pub(crate) async fn request_reset(
    State(state): State<AppState>,
    body: JsonObject,
) -> Answer<Value> {
    state.services.accounts.request_reset(wire::reset_request(body)).await?;
    Ok(detail("Password reset e-mail has been sent."))
}

/// `POST /auth/password/reset/confirm/`
pub(crate) async fn confirm_reset(
    State(state): State<AppState>,
    body: JsonObject,
) -> Answer<Value> {
    state.services.accounts.confirm_reset(wire::reset_confirmation(body)).await?;
    Ok(detail("Password has been reset with the new password."))
}

fn detail(message: &str) -> Json<Value> {
    Json(json!({ "detail": message }))
}
