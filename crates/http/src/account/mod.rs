//! The pages of one's own account: what somebody can do about it without asking anybody.

mod keys;
pub(crate) mod open;
mod overview;
mod password;
mod payments;
mod plans;
mod profile;
mod subscription;
mod words;

use axum::Router;
use axum::routing::post;

use crate::console;
use crate::site::page::NavItem;
use crate::site::visit::Visit;
use crate::site::{router, sign_in};
use crate::state::AppState;

/// Where the pages begin.
pub(crate) const BASE: &str = "/account/";

/// Where everything that is kept about oneself can be had as a file.
const EXPORT: &str = "/account/export/";

/// The pages in the order of the navigation.
const PLACES: [(&str, &str); 6] = [
    (BASE, "Overview"),
    (plans::LIST, "Plans"),
    (payments::LIST, "Payments"),
    (profile::PROFILE, "Profile"),
    (password::PASSWORD, "Password"),
    (keys::LIST, "Signed-in devices"),
];

/// What there is for whoever looks.
pub(crate) fn nav(visit: &Visit) -> Vec<NavItem> {
    let console = visit.may(console::RIGHT).then_some((console::BASE, "Console"));
    let places = PLACES.into_iter().chain(console);
    places.map(|(href, label)| NavItem::new(href, label, visit.path())).collect()
}

/// The pages for whoever is signed in.
pub(crate) fn pages() -> Router<AppState> {
    router([
        overview::routes(),
        plans::routes(),
        subscription::routes(),
        payments::routes(),
        profile::routes(),
        password::routes(),
        keys::routes(),
        vec![("/account/sign-out/", post(sign_in::sign_out))],
    ])
}

/// The pages for everybody.
pub(crate) fn open_pages() -> Router<AppState> {
    router([open::routes()])
}
