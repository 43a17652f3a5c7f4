//! Changing one's own password (contract §3.5).

use axum::extract::State;
use axum::routing::get;

use super::BASE;
use crate::site::csrf::Submission;
use crate::site::detail::{Back, FormHead, show_form, show_refused};
use crate::site::form::{Field, Form};
use crate::site::page::done;
use crate::site::session::{Encryption, Purpose};
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, sign_in};
use crate::state::AppState;
use crate::v1::auth::wire;

/// Where one changes it.
pub(super) const PASSWORD: &str = "/account/password/";

pub(super) fn routes() -> Routes {
    vec![(PASSWORD, get(blank).post(change))]
}

fn head() -> FormHead {
    FormHead::new(Back::to(BASE, "Overview"), "Password").intro(
        "All your devices are signed out, this one included. Sign in with the new password \
         afterwards.",
    )
}

fn form() -> Form {
    Form::new(
        "Change password",
        [
            Field::password("old_password", "Present password").autocomplete("current-password"),
            Field::password("new_password1", "New password"),
            Field::password("new_password2", "New password again"),
        ],
    )
}

/// `GET /account/password/`
async fn blank(visit: Visit) -> Shown {
    show_form(&visit, head(), form())
}

/// `POST /account/password/`: the session's key ends with all others.
async fn change(
    State(state): State<AppState>,
    visit: Visit,
    Encryption(is_https): Encryption,
    submission: Submission,
) -> Shown {
    let form = form();
    let input = wire::password_change(form.body(&submission));
    match state.services.accounts.change_password(visit.actor(), input).await {
        Ok(()) => {
            let mut response = done(sign_in::PATH, "new-password")?;
            Purpose::Session.forget(&mut response, is_https);
            Ok(response)
        }
        Err(error) => show_refused(&visit, head(), form.refused(&submission, error)?),
    }
}
