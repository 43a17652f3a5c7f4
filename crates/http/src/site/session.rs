//! The cookies of the site. Both hold a secret and nothing else: the key that somebody signed in with, and
//! for a visitor who has not, one that only the visit's forms are bound to.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, header};
use axum::response::Response;
use cookie::{Cookie, SameSite};
use wiwebb_domain::token::SecretToken;

use crate::middleware::forwarded::Origin;
use crate::state::AppState;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Its secret is a key of contract §1.2.
    Session,
    /// Its secret binds the forms of a visitor who is not signed in.
    Visit,
}

impl Purpose {
    /// Under https the name keeps everybody but this very host from setting it (RFC 6265bis §4.1.3.2).
    const fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Self::Session, true) => "__Host-wiwebb_session",
            (Self::Session, false) => "wiwebb_session",
            (Self::Visit, true) => "__Host-wiwebb_visit",
            (Self::Visit, false) => "wiwebb_visit",
        }
    }

    /// The secret that a browser shows.
    pub(crate) fn shown(self, headers: &HeaderMap, extensions: &Extensions) -> Option<SecretToken> {
        let name = self.name(is_https(extensions));
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(Cookie::split_parse)
            .flatten()
            .find(|cookie| cookie.name() == name)
            .and_then(|cookie| SecretToken::parse(cookie.value()))
    }

    /// Has the browser keep a secret until it is closed. A page elsewhere can lead here signed in, but not
    /// send a form.
    pub(crate) fn keep(self, response: &mut Response, secret: &SecretToken, is_https: bool) {
        self.set(response, secret.reveal(), is_https, None);
    }

    /// Has the browser forget the secret.
    pub(crate) fn forget(self, response: &mut Response, is_https: bool) {
        self.set(response, "", is_https, Some(cookie::time::Duration::ZERO));
    }

    fn set(
        self,
        response: &mut Response,
        value: &str,
        is_https: bool,
        life: Option<cookie::time::Duration>,
    ) {
        let mut cookie = Cookie::build((self.name(is_https), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(is_https);
        if let Some(life) = life {
            cookie = cookie.max_age(life);
        }
        if let Ok(text) = HeaderValue::try_from(cookie.build().to_string()) {
            response.headers_mut().append(header::SET_COOKIE, text);
        }
    }
}

/// Whether the browser's own connection is encrypted.
pub(crate) fn is_https(extensions: &Extensions) -> bool {
    extensions.get::<Origin>().is_some_and(|origin| origin.is_https)
}

/// Whether the browser's own connection is encrypted.
pub(crate) struct Encryption(pub(crate) bool);

impl<S: Send + Sync> FromRequestParts<S> for Encryption {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(is_https(&parts.extensions)))
    }
}

/// The key of a session that a browser still has while somebody signs in anew.
pub(crate) struct Previous(Option<SecretToken>);

impl Previous {
    /// Ends it: the browser is about to forget it, and nobody else knows it. Where that fails it stays
    /// listed among its owner's keys.
    pub(crate) async fn end(self, state: &AppState) {
        let accounts = &state.services.accounts;
        let Some(key) = self.0 else {
            return;
        };
        let ended = match accounts.authenticate(&key).await {
            Ok(Some(session)) => accounts.logout(&session).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "a session that another replaces was not ended");
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Previous {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Purpose::Session.shown(&parts.headers, &parts.extensions)))
    }
}
