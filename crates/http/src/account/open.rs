//! Pages for people who are not signed in: registration, and a password that was forgotten
//! (contract §3.3, §3.6, §3.7).

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::routing::get;
use serde_json::Value;

use super::BASE;
use crate::error::ApiError;
use crate::extract::agent::Agent;
use crate::extract::body::JsonObject;
use crate::extract::path::{Segment, Segments};
use crate::middleware::client::ClientAddress;
use crate::middleware::write::note_write;
use crate::site::csrf::{FormToken, Submission};
use crate::site::form::{Field, Form, Kind};
use crate::site::page::{Shell, done, show, show_as, unnamed};
use crate::site::session::{Encryption, Previous, Purpose};
use crate::site::{Routes, Shown, sign_in};
use crate::state::AppState;
use crate::v1::auth::wire;

/// Where people register.
pub(crate) const REGISTER: &str = "/account/register/";

/// Where people ask for a link by which to set another password.
pub(crate) const FORGOTTEN: &str = "/account/forgotten-password/";

pub(super) fn routes() -> Routes {
    vec![
        (REGISTER, get(registration).post(register)),
        (FORGOTTEN, get(forgotten).post(request_reset)),
        // That is where the mails lead.
        ("/password/reset/confirm/{uid}/{token}/", get(reset).post(confirm_reset)),
    ]
}

#[derive(Template)]
#[template(path = "account/open.html")]
struct OpenPage {
    shell: Shell,
    heading: &'static str,
    intro: &'static str,
    form: Form,
    /// Where else somebody may want to go: address and words.
    link: (&'static str, &'static str),
}

impl OpenPage {
    fn registration(token: &FormToken, form: Form) -> Self {
        Self::new(token, "Create an account", form, (sign_in::PATH, "Sign in instead"))
    }

    fn forgotten(token: &FormToken, form: Form) -> Self {
        let intro = "You get a mail with a link by which you can choose another one.";
        let back = (sign_in::PATH, "Back to the sign-in");
        Self { intro, ..Self::new(token, "Forgotten password", form, back) }
    }

    fn reset(token: &FormToken, form: Form) -> Self {
        let intro = "The link works once. All your devices are signed out.";
        let again = (FORGOTTEN, "Ask for another link");
        Self { intro, ..Self::new(token, "Choose a password", form, again) }
    }

    fn new(
        token: &FormToken,
        heading: &'static str,
        form: Form,
        link: (&'static str, &'static str),
    ) -> Self {
        Self { shell: Shell::open(heading.to_owned(), token), heading, intro: "", form, link }
    }
}

fn registration_form() -> Form {
    Form::new(
        "Create account",
        [
            Field::new("username", "Username", Kind::Text).required().autocomplete("username"),
            Field::new("email", "Email", Kind::Email).required().autocomplete("email"),
            Field::password("password1", "Password"),
            Field::password("password2", "Password again"),
            Field::new("first_name", "First name", Kind::Text).autocomplete("given-name"),
            Field::new("last_name", "Last name", Kind::Text).autocomplete("family-name"),
            Field::new("phone_number", "Phone number", Kind::Tel).autocomplete("tel"),
        ],
    )
}

/// `GET /account/register/`
async fn registration(Extension(token): Extension<FormToken>) -> Shown {
    show(&OpenPage::registration(&token, registration_form()))
}

/// `POST /account/register/`: signs in as well.
async fn register(
    State(state): State<AppState>,
    Extension(token): Extension<FormToken>,
    Agent(agent): Agent,
    Encryption(is_https): Encryption,
    previous: Previous,
    submission: Submission,
) -> Shown {
    let form = registration_form();
    let input = wire::registration(form.body(&submission), agent);
    let registered = match state.services.accounts.register(input).await {
        Ok(registered) => registered,
        Err(error) => {
            let (status, form) = form.refused(&submission, error)?;
            return show_as(status, &OpenPage::registration(&token, form));
        }
    };
    note_write(&state, registered.user.id).await;
    previous.end(&state).await;
    let mut response = done(BASE, "registered")?;
    Purpose::Session.keep(&mut response, &registered.key, is_https);
    Purpose::Visit.forget(&mut response, is_https);
    Ok(response)
}

fn forgotten_form() -> Form {
    let email = Field::new("email", "Email", Kind::Email).required().autocomplete("email");
    Form::new("Send the link", [email])
}

/// `GET /account/forgotten-password/`
async fn forgotten(Extension(token): Extension<FormToken>) -> Shown {
    show(&OpenPage::forgotten(&token, forgotten_form()))
}

/// `POST /account/forgotten-password/`: the answer does not tell whether anybody has the address.
async fn request_reset(
    State(state): State<AppState>,
    Extension(token): Extension<FormToken>,
    submission: Submission,
) -> Shown {
    let form = forgotten_form();
    let input = wire::reset_request(form.body(&submission));
    if let Ok(email) = &input {
        state.throttles.count_reset(email.as_str())?;
    }
    match state.services.accounts.request_reset(input).await {
        Ok(()) => done(sign_in::PATH, "mailed"),
        Err(error) => {
            let (status, form) = form.refused(&submission, error)?;
            show_as(status, &OpenPage::forgotten(&token, form))
        }
    }
}

fn reset_form() -> Form {
    let new = Field::password("new_password1", "New password");
    Form::new("Set password", [new, Field::password("new_password2", "New password again")])
}

/// `GET /password/reset/confirm/{uid}/{token}/`
async fn reset(Extension(token): Extension<FormToken>) -> Shown {
    show(&OpenPage::reset(&token, reset_form())).map(unnamed)
}

/// `POST /password/reset/confirm/{uid}/{token}/`
async fn confirm_reset(
    State(state): State<AppState>,
    Extension(form_token): Extension<FormToken>,
    address: ClientAddress,
    Segments([uid, token]): Segments<2>,
    submission: Submission,
) -> Shown {
    let form = reset_form();
    let input = wire::reset_confirmation(with_link(form.body(&submission), uid, token)?);
    if let Ok(confirmation) = &input {
        state.throttles.count_confirmation(&confirmation.uid, address)?;
    }
    match state.services.accounts.confirm_reset(input).await {
        Ok(()) => done(sign_in::PATH, "new-password"),
        Err(error) => {
            let error = ApiError::from(error);
            let is_dead = ["uid", "token"].iter().any(|part| error.parts().1.get(part).is_some());
            let (status, mut form) = form.refused(&submission, error)?;
            if is_dead {
                form.errors = vec!["This link is not valid any more.".to_owned()];
            }
            show_as(status, &OpenPage::reset(&form_token, form)).map(unnamed)
        }
    }
}

/// The body of the API's own confirmation: the form with the two parts of its address.
fn with_link(form: JsonObject, uid: Segment, token: Segment) -> Result<JsonObject, ApiError> {
    let mut object = form.object()?;
    for (name, part) in [("uid", uid), ("token", token)] {
        object.insert(name.to_owned(), Value::String(part.0));
    }
    Ok(JsonObject::of(object))
}
