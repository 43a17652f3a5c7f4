//! What is kept about a user: handed out, and forgotten.

use axum::extract::State;
use wiwebb_domain::access::Action;
use wiwebb_domain::user::User;

use super::{form_head, href};
use crate::extract::auth::Caller;
use crate::extract::path::Segment;
use crate::profile::ClientProfile;
use crate::site::Shown;
use crate::site::csrf::Submission;
use crate::site::detail::{FormHead, answer_form, show_form};
use crate::site::form::Form;
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::privacy;

/// `GET /admin/users/{id}/export/`: the file that the API hands out.
pub(super) async fn export(state: State<AppState>, visit: Visit, id: Segment) -> Shown {
    let caller = Caller(*visit.actor());
    privacy::export(state, caller, ClientProfile::Default, id).await
}

fn form() -> Form {
    Form::new("Anonymise", []).danger()
}

fn head(user: &User) -> FormHead {
    let intro = "Name, address and everything else that tells who the person is are removed for \
                 good, and nobody can sign in to the account any more. Payments stay, for the books.";
    form_head(user, "Anonymise").intro(intro)
}

/// `GET /admin/users/{id}/anonymise/`
pub(super) async fn confirm(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    visit.require_with(Action::DeleteUser, view.user.as_object())?;
    show_form(&visit, head(&view.user), form())
}

/// `POST /admin/users/{id}/anonymise/`
pub(super) async fn anonymise(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let forgotten = state.services.privacy.anonymise(visit.actor(), view.user.id, Ok(())).await;
    let page = forgotten.map(|view| href(view.user.id));
    answer_form(&visit, head(&view.user), (form(), &submission), page, "anonymised")
}
