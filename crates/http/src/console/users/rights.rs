//! The role of a user, and the tenant it is held in (contract §5.4).

use axum::extract::State;
use wiwebb_domain::access::Action;
use wiwebb_domain::user::User;

use super::forms::tenant_field;
use super::{form_head, href, roles};
use crate::error::ApiError;
use crate::extract::path::Segment;
use crate::profile::{ClientProfile, Wire as _};
use crate::site::Shown;
use crate::site::csrf::Submission;
use crate::site::detail::{FormHead, answer_form, show_form};
use crate::site::form::{Field, Form};
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::users::wire;

async fn form(state: &AppState, visit: &Visit) -> Result<Form, ApiError> {
    let mut fields = vec![Field::choice("role", "Role", roles(visit)).required()];
    fields.extend(tenant_field(state, visit).await?);
    Ok(Form::new("Assign", fields))
}

fn head(user: &User) -> FormHead {
    form_head(user, "Role of")
        .intro("The role decides what somebody may do, and takes effect at once.")
}

/// `GET /admin/users/{id}/role/`
pub(super) async fn role(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    visit.require_with(Action::AssignRole, view.user.as_object())?;
    let entity = wire::UserWire::of(&view, ClientProfile::Default);
    show_form(&visit, head(&view.user), form(&state, &visit).await?.filled(&entity)?)
}

/// `POST /admin/users/{id}/role/`
pub(super) async fn assign_role(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let form = form(&state, &visit).await?;
    let input = wire::role_assignment(form.body(&submission));
    let given = state.services.users.assign_role(visit.actor(), view.user.id, input).await;
    let page = given.map(|view| href(view.user.id));
    answer_form(&visit, head(&view.user), (form, &submission), page, "role")
}
