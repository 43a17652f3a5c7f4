//! Signing in with a browser, and out.

use askama::Template;
use axum::Extension;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse as _, Redirect};
use wiwebb_domain::access::{self, Actor};

use super::Shown;
use super::csrf::{FormToken, Submission};
use super::form::{Field, Form, Kind};
use super::page::{Notice, Shell, done, show, show_as};
use super::session::{Encryption, Previous, Purpose};
use super::visit::Visit;
use crate::extract::agent::Agent;
use crate::middleware::write::note_write;
use crate::state::AppState;
use crate::v1::auth::wire;
use crate::{account, console};

/// Where everybody signs in.
pub(crate) const PATH: &str = "/account/sign-in/";

/// Where somebody wanted to go.
const NEXT: &str = "next";

#[derive(Template)]
#[template(path = "site/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: Form,
}

/// The sign-in that leads on to a path of the site.
pub(super) fn address(next: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair(NEXT, next);
    format!("{PATH}?{}", query.finish())
}

/// `GET /account/sign-in/`
pub(super) async fn show_form(
    OriginalUri(uri): OriginalUri,
    Extension(token): Extension<FormToken>,
) -> Shown {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let next = query.into_owned().find(|(name, _)| name == NEXT).map(|(_, value)| value);
    let shell = Shell { notice: Notice::of(&uri), ..frame(&token) };
    show(&SignInPage { shell, form: form(&next.unwrap_or_default()) })
}

/// `POST /account/sign-in/`
pub(super) async fn submit(
    State(state): State<AppState>,
    Extension(token): Extension<FormToken>,
    Agent(agent): Agent,
    submission: Submission,
    previous: Previous,
    Encryption(is_https): Encryption,
) -> Shown {
    let next = submission.value(NEXT).unwrap_or_default();
    let form = form(next);
    let input = wire::credentials(form.body(&submission), agent);
    if let Ok(credentials) = &input {
        state.throttles.count_account(&credentials.login)?;
    }
    let signed_in = match state.services.accounts.login(input).await {
        Ok(signed_in) => signed_in,
        Err(error) => {
            let (status, form) = form.refused(&submission, error)?;
            return show_as(status, &SignInPage { shell: frame(&token), form });
        }
    };
    note_write(&state, signed_in.user.id).await;
    previous.end(&state).await;
    let user = &signed_in.user;
    let actor = Actor { user: user.id, role: user.role, tenant: user.tenant_id, written: None };
    let is_operator = access::permit_role(&actor, console::RIGHT).is_ok();
    let home = if is_operator { console::BASE } else { account::BASE };
    let target = if is_of_site(next) { next } else { home };
    let mut response = Redirect::to(target).into_response();
    Purpose::Session.keep(&mut response, &signed_in.key, is_https);
    Purpose::Visit.forget(&mut response, is_https);
    Ok(response)
}

/// `POST /account/sign-out/`: ends the key of the session.
pub(crate) async fn sign_out(
    State(state): State<AppState>,
    visit: Visit,
    Encryption(is_https): Encryption,
) -> Shown {
    state.services.accounts.logout(visit.session()).await?;
    let mut response = done(PATH, "signed-out")?;
    Purpose::Session.forget(&mut response, is_https);
    Ok(response)
}

fn frame(token: &FormToken) -> Shell {
    Shell::open("Sign in".to_owned(), token)
}

fn form(next: &str) -> Form {
    let next = if is_of_site(next) { next } else { "" };
    Form::new(
        "Sign in",
        [
            Field::new("username", "Username or email", Kind::Text)
                .required()
                .autocomplete("username"),
            Field::password("password", "Password").autocomplete("current-password"),
            Field::new(NEXT, "", Kind::Hidden).value(next),
        ],
    )
}

/// The longest path that a sign-in leads on to, in bytes: its page repeats it.
const LONGEST_PATH: usize = 2000;

/// Whether a path leads to a page of the site and nowhere else.
fn is_of_site(path: &str) -> bool {
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_straight = !path.contains("..") && !path.contains("//");
    path.len() <= LONGEST_PATH
        && is_plain
        && is_straight
        && [console::BASE, account::BASE].iter().any(|base| path.starts_with(base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_the_site_only() {
        for path in ["/admin/", "/account/payments/?page=2"] {
            assert!(is_of_site(path), "{path}");
        }
        for path in
            ["", "//evil.example/admin/", "/admin/../..//evil", "/\\evil", "/admin/\r\nX: y"]
        {
            assert!(!is_of_site(path), "{path}");
        }
        assert!(!is_of_site(&format!("/admin/?search={}", "m".repeat(2000))));
    }
}
