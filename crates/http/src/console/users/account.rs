//! The account of a user: password, activity, keys, and its end.

use axum::extract::State;
use wiwebb_domain::access::Action;
use wiwebb_domain::user::User;

use super::{LIST, below, form_head, href};
use crate::extract::path::Segment;
use crate::site::Shown;
use crate::site::csrf::Submission;
use crate::site::deletion::{self, Deleting};
use crate::site::detail::{FormHead, answer_form, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::done;
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::users::wire;

fn password_form() -> Form {
    let field = Field::password("password", "New password");
    Form::new("Set password", [field.help("At least 8 characters.")])
}

fn password_head(user: &User) -> FormHead {
    form_head(user, "Password of").intro("Setting it signs the person out everywhere.")
}

/// `GET /admin/users/{id}/password/`
pub(super) async fn password(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    visit.require_with(Action::SetPassword, view.user.as_object())?;
    show_form(&visit, password_head(&view.user), password_form())
}

/// `POST /admin/users/{id}/password/`
pub(super) async fn set_password(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let form = password_form();
    let input = wire::password(form.body(&submission));
    let set = state.services.users.set_password(visit.actor(), view.user.id, input).await;
    let page = set.map(|()| href(view.user.id));
    answer_form(&visit, password_head(&view.user), (form, &submission), page, "password")
}

/// The button that switches a user off, or on again.
pub(super) fn activity_form(user: &User) -> Form {
    let submit = if user.is_active { "Deactivate" } else { "Activate" };
    let wanted = Field::new("is_active", "", Kind::Hidden).value((!user.is_active).to_string());
    Form::new(submit, [wanted]).to(below(user, "activate"))
}

/// `POST /admin/users/{id}/activate/`
pub(super) async fn set_active(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let input = wire::activity(activity_form(&view.user).body(&submission));
    let view = state.services.users.set_active(visit.actor(), view.user.id, input).await?;
    done(&href(view.user.id), "activity")
}

/// The button that revokes every key of a user.
pub(super) fn keys_form(user: &User) -> Form {
    Form::new("Revoke all keys", []).to(below(user, "tokens"))
}

/// `POST /admin/users/{id}/tokens/`
pub(super) async fn revoke_keys(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    state.services.users.revoke_keys(visit.actor(), view.user.id).await?;
    done(&href(view.user.id), "keys")
}

fn deleting(user: &User) -> Deleting<'static> {
    Deleting { what: "the user", name: user.username.to_string(), href: href(user.id), list: LIST }
}

/// `GET /admin/users/{id}/delete/`
pub(super) async fn preview(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let plan = state.services.deletions.of_user(visit.actor(), (&id).into()).await?;
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    deletion::preview(&visit, &deleting(&view.user), &plan)
}

/// `POST /admin/users/{id}/delete/`
pub(super) async fn delete(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let outcome = state.services.users.delete(visit.actor(), view.user.id).await;
    deletion::outcome(&visit, &deleting(&view.user), outcome)
}
