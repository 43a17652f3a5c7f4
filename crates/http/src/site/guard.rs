//! Who comes to which pages.

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use wiwebb_domain::access::{self, Action};
use wiwebb_domain::token::Session;

use super::csrf::{FormToken, require_token};
use super::session::{Purpose, is_https};
use super::sign_in;
use crate::error::ApiError;
use crate::middleware::client::ClientAddress;
use crate::middleware::observe::identify;
use crate::middleware::throttle::count_user;
use crate::middleware::write::note_writes;
use crate::router::{carry_through, method_not_allowed};
use crate::state::AppState;
use crate::{account, console};

/// Pages for whoever is signed in and has a right.
pub(super) fn behind_sign_in(
    pages: Router<AppState>,
    state: &AppState,
    right: Option<Action>,
) -> Router<AppState> {
    pages
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(from_fn(carry_through))
        .route_layer(from_fn_with_state(state.clone(), note_writes))
        .route_layer(from_fn(require_token))
        .route_layer(from_fn_with_state(right, require_right))
        .route_layer(from_fn_with_state(state.clone(), count_user))
        .route_layer(from_fn_with_state(state.clone(), require_session))
}

/// Pages for everybody, with forms of their own.
pub(super) fn open_to_all(pages: Router<AppState>, state: &AppState) -> Router<AppState> {
    pages
        .route_layer(from_fn(carry_through))
        .route_layer(from_fn(require_token))
        .route_layer(from_fn_with_state(state.clone(), know_visit))
}

/// Lets whoever is signed in through, and leads everybody else to the sign-in and back from there.
async fn require_session(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(key) = Purpose::Session.shown(request.headers(), request.extensions()) else {
        return to_sign_in(&request);
    };
    let session = match state.services.accounts.authenticate(&key).await {
        Ok(Some(session)) => session,
        Ok(None) => {
            // Counted, so that keys cannot be guessed here either (contract §1.3).
            let address = ClientAddress::of(request.extensions());
            if let Err(throttled) = state.throttles.count_anonymous(address) {
                return throttled.into_response();
            }
            let mut response = to_sign_in(&request);
            Purpose::Session.forget(&mut response, is_https(request.extensions()));
            return response;
        }
        Err(error) => return ApiError::from(error).into_response(),
    };
    identify(&session.actor);
    let token = FormToken::of(&key);
    request.extensions_mut().insert(session);
    request.extensions_mut().insert(token.clone());
    let mut response = next.run(request).await;
    // A refusal is shown as a page, in which the person finds the way on.
    response.extensions_mut().insert(session);
    response.extensions_mut().insert(token);
    response
}

fn to_sign_in(request: &Request) -> Response {
    // A part of a page that looks for news: the whole page has to lead to the sign-in.
    if request.headers().contains_key("hx-request") {
        return (StatusCode::UNAUTHORIZED, [("hx-refresh", "true")]).into_response();
    }
    let uri = request.extensions().get::<OriginalUri>().map_or(request.uri(), |uri| &uri.0);
    let target = uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str);
    // What a form held cannot be sent again by a link, and its path may show nothing.
    let target = if request.method().is_safe() { target } else { area(target) };
    Redirect::to(&sign_in::address(target)).into_response()
}

/// The first page of the area that a path is in.
fn area(path: &str) -> &'static str {
    if path.starts_with(console::BASE) { console::BASE } else { account::BASE }
}

async fn require_right(
    State(right): State<Option<Action>>,
    request: Request,
    next: Next,
) -> Response {
    let actor = request.extensions().get::<Session>().map(|session| session.actor);
    match (right, actor) {
        (None, Some(_)) => next.run(request).await,
        (Some(right), Some(actor)) => match access::permit_role(&actor, right) {
            Ok(()) => next.run(request).await,
            Err(denial) => ApiError::from(denial).into_response(),
        },
        (_, None) => ApiError::detail(StatusCode::UNAUTHORIZED, "Sign in first.").into_response(),
    }
}

/// Gives a visitor a secret that forms are bound to.
pub(crate) async fn know_visit(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let is_https = is_https(request.extensions());
    let shown = Purpose::Visit.shown(request.headers(), request.extensions());
    let fresh = shown.is_none();
    let secret = shown.unwrap_or_else(|| state.services.accounts.draw_secret());
    request.extensions_mut().insert(FormToken::of(&secret));
    let mut response = next.run(request).await;
    if fresh {
        Purpose::Visit.keep(&mut response, &secret, is_https);
    }
    response
}
