//! Forms that only the site itself can have sent. Each carries a text made of the secret in the browser's
//! cookie: another site makes the browser send the cookie, but can read neither.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use wiwebb_domain::token::SecretToken;

use super::format;
use crate::error::ApiError;
use crate::extract::body::{RawBody, is_form};

/// The field of every form that the text stands in.
pub(crate) const FIELD: &str = "csrf_token";

/// The text of a form of the browser that holds a secret. The secret cannot be told from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormToken(String);

impl FormToken {
    /// The text for this secret.
    pub(crate) fn of(secret: &SecretToken) -> Self {
        let digest = Sha256::new().chain_update(b"wiwebb form ").chain_update(secret.reveal());
        Self(format::hex(&digest.finalize()))
    }

    /// As it stands in a form.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Digests are compared, so that the time it takes tells nothing of the text.
    fn is(&self, given: &str) -> bool {
        Sha256::digest(&self.0) == Sha256::digest(given)
    }
}

/// The fields of a form that the site itself has sent. Of a name given twice the last counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Submission(BTreeMap<String, String>);

impl Submission {
    /// What stands in a field; `None` where the form has none of the name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Submission {
    type Rejection = ApiError;

    /// What [`require_token`] let through; without that layer nothing was.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get().cloned().ok_or_else(forged)
    }
}

/// Lets requests that may change something through only with the text of their browser's forms.
pub(crate) async fn require_token(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    match proven(request).await {
        Ok(request) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// The request with its [`Submission`] instead of a body, where it is a form with the text of its browser.
pub(crate) async fn proven(request: Request) -> Result<Request, ApiError> {
    let token = request.extensions().get::<FormToken>().cloned().ok_or_else(forged)?;
    let request = submitted(request).await?;
    let given = request.extensions().get::<Submission>().and_then(|form| form.value(FIELD));
    if given.is_some_and(|given| token.is(given)) { Ok(request) } else { Err(forged()) }
}

/// The request with its [`Submission`] instead of a body, whoever has sent it.
pub(crate) async fn submitted(request: Request) -> Result<Request, ApiError> {
    let is_form = is_form(request.headers());
    let (parts, body) = request.into_parts();
    let mut request = Request::from_parts(parts, axum::body::Body::empty());
    let whole = Request::new(body);
    let Ok(RawBody(bytes)) = RawBody::from_request(whole, &()).await;
    let bytes = bytes?;
    let pairs: BTreeMap<String, String> = if is_form {
        form_urlencoded::parse(&bytes).into_owned().collect()
    } else {
        BTreeMap::new()
    };
    request.extensions_mut().insert(Submission(pairs));
    Ok(request)
}

fn forged() -> ApiError {
    ApiError::detail(
        StatusCode::FORBIDDEN,
        "This form is out of date, so nothing was changed. Reload the page and send it again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_its_own_secret_only_and_does_not_show_it() {
        let secret = |digit: &str| SecretToken::parse(&digit.repeat(40)).unwrap();
        let token = FormToken::of(&secret("a"));
        assert!(token.is(token.as_str()));
        assert!(!token.is(FormToken::of(&secret("b")).as_str()));
        assert!(!token.is("") && !token.as_str().contains(&"a".repeat(40)));
    }
}
