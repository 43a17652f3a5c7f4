//! Signing in and out, one's own data and password (contract §3).

pub(crate) mod wire;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::users::wire::{ProfileBody, UserWire};
use super::{Answer, Created, Gone};
use crate::extract::agent::Agent;
use crate::extract::auth::{Caller, SignedIn};
use crate::extract::body::JsonObject;
use crate::extract::fields::Write;
use crate::extract::list::{PageWire, Params};
use crate::extract::path::Segment;
use crate::middleware::client::ClientAddress;
use crate::middleware::write::note_write;
use crate::openapi::query::ListQuery;
use crate::profile::{ClientProfile, Wire as _};
use crate::state::AppState;
use wire::{
    LoginBody, PasswordChangeBody, RegisteredWire, RegistrationBody, ResetBody,
    ResetConfirmationBody, SignedInWire, TokenWire,
};

/// Signs in: a fresh key for a name and its password.
#[utoipa::path(post, path = "/auth/login/", tag = "auth", request_body = LoginBody,
    responses((status = 200, body = SignedInWire)))]
pub(crate) async fn login(
    State(state): State<AppState>,
    Agent(agent): Agent,
    body: JsonObject,
) -> Answer<Value> {
    let input = wire::credentials(body, agent);
    if let Ok(credentials) = &input {
        state.throttles.count_account(&credentials.login)?;
    }
    let signed_in = state.services.accounts.login(input).await?;
    note_write(&state, signed_in.user.id).await;
    Ok(Json(wire::signed_in(&signed_in)))
}

/// Ends the key of the request.
#[utoipa::path(post, path = "/auth/logout/", tag = "auth",
    responses((status = 200, body = ref("#/components/schemas/Detail"),
        example = json!({ "detail": "Successfully logged out." }))))]
pub(crate) async fn logout(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> Answer<Value> {
    state.services.accounts.logout(&session).await?;
    Ok(detail("Successfully logged out."))
}

/// Registers a subscriber and signs in.
#[utoipa::path(post, path = "/auth/registration/", tag = "auth", request_body = RegistrationBody,
    responses((status = 201, body = RegisteredWire)))]
pub(crate) async fn register(
    State(state): State<AppState>,
    Agent(agent): Agent,
    body: JsonObject,
) -> Created<Value> {
    let input = wire::registration(body, agent);
    let registered = state.services.accounts.register(input).await?;
    note_write(&state, registered.user.id).await;
    Ok((StatusCode::CREATED, Json(wire::registered(&registered))))
}

/// One's own data.
#[utoipa::path(get, path = "/auth/user/", tag = "auth",
    responses((status = 200, body = UserWire)))]
pub(crate) async fn profile(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
) -> Answer<UserWire> {
    let view = state.services.accounts.profile(&actor).await?;
    Ok(Json(UserWire::of(&view, profile)))
}

/// Changes one's own data.
#[utoipa::path(method(put, patch), path = "/auth/user/", tag = "auth", request_body = ProfileBody,
    responses((status = 200, body = UserWire)))]
pub(crate) async fn update_profile(
    State(state): State<AppState>,
    Caller(actor): Caller,
    profile: ClientProfile,
    write: Write,
    body: JsonObject,
) -> Answer<UserWire> {
    let input = wire::profile_update(body, write);
    let view = state.services.accounts.update_profile(&actor, input).await?;
    Ok(Json(UserWire::of(&view, profile)))
}

/// Changes one's own password; all of one's keys end.
#[utoipa::path(post, path = "/auth/password/change/", tag = "auth", request_body = PasswordChangeBody,
    responses((status = 200, body = ref("#/components/schemas/Detail"),
        example = json!({ "detail": "New password has been saved." }))))]
pub(crate) async fn change_password(
    State(state): State<AppState>,
    Caller(actor): Caller,
    body: JsonObject,
) -> Answer<Value> {
    state.services.accounts.change_password(&actor, wire::password_change(body)).await?;
    Ok(detail("New password has been saved."))
}

/// Mails a reset link to whoever has the address; the answer does not tell whether anybody has.
#[utoipa::path(post, path = "/auth/password/reset/", tag = "auth", request_body = ResetBody,
    responses((status = 200, body = ref("#/components/schemas/Detail"),
        example = json!({ "detail": "Password reset e-mail has been sent." }))))]
pub(crate) async fn request_reset(
    State(state): State<AppState>,
    body: JsonObject,
) -> Answer<Value> {
    let input = wire::reset_request(body);
    if let Ok(email) = &input {
        state.throttles.count_reset(email.as_str())?;
    }
    state.services.accounts.request_reset(input).await?;
    Ok(detail("Password reset e-mail has been sent."))
}

/// Sets a new password by a reset link.
#[utoipa::path(post, path = "/auth/password/reset/confirm/", tag = "auth",
    request_body = ResetConfirmationBody, responses((status = 200, body = ref("#/components/schemas/Detail"),
        example = json!({ "detail": "Password has been reset with the new password." }))))]
pub(crate) async fn confirm_reset(
    State(state): State<AppState>,
    address: ClientAddress,
    body: JsonObject,
) -> Answer<Value> {
    let input = wire::reset_confirmation(body);
    if let Ok(confirmation) = &input {
        state.throttles.count_confirmation(&confirmation.uid, address)?;
    }
    state.services.accounts.confirm_reset(input).await?;
    Ok(detail("Password has been reset with the new password."))
}

/// One's own keys that have not expired, the newest first.
#[utoipa::path(get, path = "/auth/tokens/", tag = "auth", params(ListQuery),
    responses((status = 200, body = PageWire<TokenWire>)))]
pub(crate) async fn list_tokens(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
    params: Params,
) -> Answer<PageWire<TokenWire>> {
    let list = |request| state.services.accounts.keys(&session, request);
    params.answer::<TokenWire, _, _, _, _>(|_| (), list).await
}

/// Revokes all of one's own keys but that of this request.
#[utoipa::path(delete, path = "/auth/tokens/", tag = "auth", responses((status = 204)))]
pub(crate) async fn revoke_other_tokens(
    State(state): State<AppState>,
    SignedIn(session): SignedIn,
) -> Gone {
    state.services.accounts.revoke_other_keys(&session).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes one of one's own keys.
#[utoipa::path(delete, path = "/auth/tokens/{id}/", tag = "auth", responses((status = 204)))]
pub(crate) async fn revoke_token(
    State(state): State<AppState>,
    Caller(actor): Caller,
    id: Segment,
) -> Gone {
    state.services.accounts.revoke_key(&actor, (&id).into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn detail(message: &str) -> Json<Value> {
    Json(json!({ "detail": message }))
}
