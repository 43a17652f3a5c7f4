//! Creating a user and changing a user's data (contract §5.2).

use axum::extract::State;
use wiwebb_domain::access::{Action, Role};
use wiwebb_domain::page::{ListRequest, PageSize, Place, Position};
use wiwebb_domain::tenant::TenantView;
use wiwebb_domain::user::UserView;

use super::{LIST, href, roles};
use crate::error::ApiError;
use crate::extract::fields::Write;
use crate::extract::path::Segment;
use crate::profile::{ClientProfile, Wire as _};
use crate::site::Shown;
use crate::site::csrf::Submission;
use crate::site::detail::{Back, FormHead, answer_form, show_form};
use crate::site::form::{Field, Form, Kind};
use crate::site::visit::Visit;
use crate::state::AppState;
use crate::v1::users::wire;

/// The most tenants to choose from: the page stays light, and the list can be looked through.
const TENANTS: PageSize = PageSize::clamped(50);

/// What is known of a person.
fn profile() -> [Field; 8] {
    [
        Field::new("first_name", "First name", Kind::Text),
        Field::new("last_name", "Last name", Kind::Text),
        Field::new("phone_number", "Phone number", Kind::Tel),
        Field::new("company", "Company", Kind::Text),
        Field::new("location", "Location", Kind::Text),
        Field::new("url", "Web address", Kind::Url),
        Field::new("birth_date", "Date of birth", Kind::Date),
        Field::new("bio", "About", Kind::Area),
    ]
}

fn email() -> Field {
    Field::new("email", "Email", Kind::Email).required()
}

fn is_active() -> Field {
    Field::new("is_active", "Active", Kind::Flag)
        .help("Who is not active cannot sign in and does not get onto the network.")
}

/// The tenant of a user, for whoever may choose it: one of a list, or an id where there are too many
/// tenants for one.
pub(super) async fn tenant_field(
    state: &AppState,
    visit: &Visit,
) -> Result<Option<Field>, ApiError> {
    if !visit.may(Action::MoveToTenant) {
        return Ok(None);
    }
    let request =
        ListRequest { position: Position::Keyed(None), size: TENANTS, ..ListRequest::default() };
    let page = state.services.tenants.list(visit.actor(), Ok(request)).await?;
    if matches!(page.place, Place::Keyed { next: Some(_), .. }) {
        let field = Field::new("tenant", "Tenant", Kind::Number);
        return Ok(Some(field.help("The tenant's id, which stands in the address of its page.")));
    }
    let option = |view: &TenantView| (view.tenant.id.to_string(), view.tenant.name.to_string());
    let none = (String::new(), "None".to_owned());
    let options = std::iter::once(none).chain(page.items.iter().map(option));
    let field = Field::choice("tenant", "Tenant", options);
    Ok(Some(field.help("Owners and subscribers need one, staff does not.")))
}

async fn new_form(state: &AppState, visit: &Visit) -> Result<Form, ApiError> {
    let mut fields = vec![
        Field::new("username", "Username", Kind::Text)
            .required()
            .help("Letters, digits and @ . + - _ only. It stays as it is."),
        email(),
        Field::password("password", "Password").help("At least 8 characters."),
        Field::choice("role", "Role", roles(visit)).required().value(Role::Subscriber.as_str()),
    ];
    fields.extend(tenant_field(state, visit).await?);
    fields.push(is_active().value("true"));
    fields.extend(profile());
    Ok(Form::new("Create", fields))
}

fn new_head() -> FormHead {
    FormHead::new(Back::to(LIST, "Users"), "New user")
}

/// `GET /admin/users/new/`
pub(super) async fn blank(State(state): State<AppState>, visit: Visit) -> Shown {
    visit.require(Action::CreateUser)?;
    show_form(&visit, new_head(), new_form(&state, &visit).await?)
}

/// `POST /admin/users/new/`
pub(super) async fn create(
    State(state): State<AppState>,
    visit: Visit,
    submission: Submission,
) -> Shown {
    let form = new_form(&state, &visit).await?;
    let input = wire::draft(form.body(&submission));
    let made = state.services.users.create(visit.actor(), input).await;
    let page = made.map(|view| href(view.user.id));
    answer_form(&visit, new_head(), (form, &submission), page, "created")
}

/// Whoever may not switch the account off or on is not offered to.
fn edit_form(visit: &Visit, view: &UserView) -> Form {
    let mut fields = vec![email()];
    fields.extend(profile());
    if visit.may_with(Action::SetActive, view.user.as_object()) {
        fields.push(is_active());
    }
    Form::new("Save", fields)
}

fn edit_head(view: &UserView) -> FormHead {
    FormHead::edit(href(view.user.id), &view.user.username)
}

/// `GET /admin/users/{id}/edit/`
pub(super) async fn edit(State(state): State<AppState>, visit: Visit, id: Segment) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    visit.require_with(Action::UpdateUser, view.user.as_object())?;
    let entity = wire::UserWire::of(&view, ClientProfile::Default);
    show_form(&visit, edit_head(&view), edit_form(&visit, &view).filled(&entity)?)
}

/// `POST /admin/users/{id}/edit/`
pub(super) async fn update(
    State(state): State<AppState>,
    visit: Visit,
    id: Segment,
    submission: Submission,
) -> Shown {
    let view = state.services.users.get(visit.actor(), (&id).into()).await?;
    let form = edit_form(&visit, &view);
    let input = wire::update(form.body(&submission), Write::Whole);
    let changed = state.services.users.update(visit.actor(), view.user.id, input).await;
    let page = changed.map(|view| href(view.user.id));
    answer_form(&visit, edit_head(&view), (form, &submission), page, "saved")
}
