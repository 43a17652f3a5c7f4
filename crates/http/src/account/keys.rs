//! The devices that somebody is signed in on, each by a key of its own (contract §1.2).

use askama::Template;
use axum::extract::State;
use axum::routing::{get, post};
use wiwebb_domain::services::accounts::OwnKey;

use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::site::cell::{Cell, shortened};
use crate::site::format;
use crate::site::page::{Shell, done, show as show_page};
use crate::site::table::neighbours;
use crate::site::visit::Visit;
use crate::site::{Routes, Shown};
use crate::state::AppState;

/// Where they are.
pub(super) const LIST: &str = "/account/keys/";

pub(super) fn routes() -> Routes {
    vec![(LIST, get(list).post(revoke_others)), ("/account/keys/{id}/revoke/", post(revoke))]
}

struct Device {
    name: String,
    signed_in: String,
    last_used: Cell,
    is_current: bool,
    /// Where it is signed out.
    revoke: String,
}

#[derive(Template)]
#[template(path = "account/keys.html")]
struct KeysPage {
    shell: Shell,
    devices: Vec<Device>,
    /// Whether there is any device but this one.
    has_others: bool,
    next: Option<String>,
    previous: Option<String>,
}

fn device(own: &OwnKey) -> Device {
    let key = &own.key;
    let name = key.user_agent.as_ref().map_or("Unknown".to_owned(), ToString::to_string);
    Device {
        name: shortened(name),
        signed_in: format::time(key.created_at),
        last_used: Cell::maybe_time(key.last_used_at),
        is_current: own.is_current,
        revoke: format!("{LIST}{}/revoke/", key.id),
    }
}

/// `GET /account/keys/`
async fn list(State(state): State<AppState>, visit: Visit, params: Params) -> Shown {
    let list = |request| state.services.accounts.keys(visit.session(), request);
    let browsed = params.browse(|_| (), list).await?;
    let (next, previous) = neighbours(&browsed);
    let devices: Vec<Device> = browsed.page.items.iter().map(device).collect();
    show_page(&KeysPage {
        shell: visit.shell("Signed-in devices"),
        has_others: devices.iter().any(|device| !device.is_current),
        devices,
        next,
        previous,
    })
}

/// `POST /account/keys/`: signs all other devices out.
async fn revoke_others(State(state): State<AppState>, visit: Visit) -> Shown {
    state.services.accounts.revoke_other_keys(visit.session()).await?;
    done(LIST, "keys")
}

/// `POST /account/keys/{id}/revoke/`: signs a device out.
async fn revoke(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    state.services.accounts.revoke_key(visit.actor(), (&id).into()).await?;
    done(LIST, "keys")
}
