//! What all pages for browsers have in common: sessions in cookies, forms that only the site itself can
//! have sent, the layout, lists and forms. What a page shows and changes goes through the same use
//! cases, filters and bodies as the API, so that rules and messages have one home.

pub(crate) mod assets;
pub(crate) mod cell;
pub(crate) mod chart;
pub(crate) mod csrf;
pub(crate) mod deletion;
pub(crate) mod detail;
pub(crate) mod form;
pub(crate) mod format;
pub(crate) mod guard;
pub(crate) mod once;
pub(crate) mod page;
pub(crate) mod refusal;
pub(crate) mod session;
pub(crate) mod sign_in;
pub(crate) mod table;
pub(crate) mod usage;
pub(crate) mod visit;
pub(crate) mod words;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::{MethodRouter, any};

use crate::error::ApiError;
use crate::middleware::throttle::{count_anonymous, count_login};
use crate::router::{method_not_allowed, with_final_slash};
use crate::state::AppState;
use crate::{account, console};

/// What a handler of a page answers. A refusal becomes a page too.
pub(crate) type Shown = Result<axum::response::Response, ApiError>;

/// Pages of one kind of thing.
pub(crate) type Routes = Vec<(&'static str, MethodRouter<AppState>)>;

/// All pages behind a sign-in, the sign-in itself and the files they are made of.
pub(crate) fn pages(state: &AppState) -> Router<AppState> {
    let home = axum::routing::get(|| async { Redirect::to(account::BASE) });
    assets::routes()
        .route("/", home)
        .merge(sign_in_pages(state))
        .merge(open_pages(state))
        .merge(guard::behind_sign_in(account::pages(), state, None))
        .merge(guard::behind_sign_in(console::pages(), state, Some(console::RIGHT)))
}

/// Whoever is too fast is refused before anything of a form is read.
fn sign_in_pages(state: &AppState) -> Router<AppState> {
    let show = add(Router::new(), sign_in::PATH, axum::routing::get(sign_in::show_form));
    let show = guard::open_to_all(show, state)
        .route_layer(from_fn_with_state(state.clone(), count_anonymous));
    let submit = Router::new().route(sign_in::PATH, axum::routing::post(sign_in::submit));
    let submit = guard::open_to_all(submit, state)
        .route_layer(from_fn_with_state(state.clone(), count_login));
    show.merge(submit).method_not_allowed_fallback(method_not_allowed)
}

/// Pages for everybody beside the sign-in; they count as the API's public endpoints do.
fn open_pages(state: &AppState) -> Router<AppState> {
    guard::open_to_all(account::open_pages(), state)
        .route_layer(from_fn_with_state(state.clone(), count_anonymous))
        .method_not_allowed_fallback(method_not_allowed)
}

/// The pages of several kinds of things.
pub(crate) fn router(routes: impl IntoIterator<Item = Routes>) -> Router<AppState> {
    let all = routes.into_iter().flatten();
    all.fold(Router::new(), |router, (path, methods)| add(router, path, methods))
}

/// A page, which the path without its final slash leads to.
pub(crate) fn add(
    router: Router<AppState>,
    path: &str,
    methods: MethodRouter<AppState>,
) -> Router<AppState> {
    router.route(path.trim_end_matches('/'), any(with_final_slash)).route(path, methods)
}
