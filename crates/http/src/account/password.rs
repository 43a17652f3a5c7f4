//! Changing one's own password (contract §3.5).

use axum::extract::State;
use axum::routing::get;

use super::{BASE, Routes};
use crate::site::Shown;
use crate::site::csrf::Submission;
use crate::site::detail::{Back, FormHead, show_form, show_refused};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::done;
use crate::site::session::{Encryption, Purpose};
use crate::site::sign_in;
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::auth::wire;

pub(super) fn routes() -> Routes {
    vec![("/account/password/", get(blank).post(change))]
}

fn head() -> FormHead {
    FormHead {
        back: Back::to(BASE, "Overview"),
        heading: "Password".to_owned(),
        intro: "All your devices are signed out, this one included. Sign in with the new password \
                afterwards.",
    }
}

fn form() -> Form {
    Form::new(
        "Change password",
        [
            Field::new("old_password", "Present password", Kind::Password)
                .required()
                .autocomplete("current-password"),
            Field::new("new_password1", "New password", Kind::Password)
                .required()
                .autocomplete("new-password"),
            Field::new("new_password2", "New password again", Kind::Password)
                .required()
                .autocomplete("new-password"),
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
