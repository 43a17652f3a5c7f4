//! One's own data (contract §3.4).

use axum::extract::State;
use axum::routing::get;
use wiwebb_domain::user::UserView;

use super::{BASE, EXPORT};
use crate::extract::fields::Write;
use crate::profile::{ClientProfile, Wire as _};
use crate::site::cell::{Cell, Fact};
use crate::site::csrf::Submission;
use crate::site::detail::{Back, Content, Detail, Panel, show_detail, show_detail_as};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::done;
use crate::site::table::Action;
use crate::site::visit::Visit;
use crate::site::{Routes, Shown, words};
use crate::state::AppState;
use crate::v1::auth::wire;
use crate::v1::privacy;
use crate::v1::users::wire::UserWire;

/// Where one changes them.
pub(super) const PROFILE: &str = "/account/profile/";

pub(super) fn routes() -> Routes {
    vec![(PROFILE, get(show).post(update)), (EXPORT, get(privacy::export_own))]
}

fn form() -> Form {
    Form::new(
        "Save",
        [
            Field::new("email", "Email", Kind::Email).required().autocomplete("email"),
            Field::new("first_name", "First name", Kind::Text).autocomplete("given-name"),
            Field::new("last_name", "Last name", Kind::Text).autocomplete("family-name"),
            Field::new("phone_number", "Phone number", Kind::Tel).autocomplete("tel"),
            Field::new("company", "Company", Kind::Text).autocomplete("organization"),
            Field::new("location", "Location", Kind::Text),
            Field::new("url", "Web address", Kind::Url).autocomplete("url"),
            Field::new("birth_date", "Date of birth", Kind::Date).autocomplete("bday"),
            Field::new("bio", "About you", Kind::Area),
        ],
    )
}

fn detail(view: &UserView, form: Form) -> Detail {
    let user = &view.user;
    let facts = vec![
        Fact::new("Username", Cell::text(&user.username)),
        Fact::new("Role", Cell::text(words::role(user.role))),
        Fact::new("Tenant", Cell::maybe(view.tenant.as_ref().map(|tenant| &tenant.name))),
        Fact::new("Joined", Cell::time(user.date_joined)),
    ];
    Detail {
        back: Back::to(BASE, "Overview"),
        heading: "Profile".to_owned(),
        actions: vec![Action::new(EXPORT, "Download my data").quiet()],
        facts,
        panels: vec![Panel::new("Your data", Content::Form(form))],
    }
}

/// `GET /account/profile/`
async fn show(State(state): State<AppState>, visit: Visit) -> Shown {
    let view = state.services.accounts.profile(visit.actor()).await?;
    let form = form().filled(&UserWire::of(&view, ClientProfile::Default))?;
    show_detail(&visit, detail(&view, form))
}

/// `POST /account/profile/`
async fn update(State(state): State<AppState>, visit: Visit, submission: Submission) -> Shown {
    let (form, accounts) = (form(), &state.services.accounts);
    let input = wire::profile_update(form.body(&submission), Write::Whole);
    match accounts.update_profile(visit.actor(), input).await {
        Ok(_) => done(PROFILE, "saved"),
        Err(error) => {
            let (status, form) = form.refused(&submission, error)?;
            let view = accounts.profile(visit.actor()).await?;
            show_detail_as(status, &visit, detail(&view, form))
        }
    }
}
