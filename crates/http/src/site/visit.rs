//! Who looks at a page, and what of the site is there for them.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use wiwebb_domain::access::{self, Action, Actor, Object};
use wiwebb_domain::token::Session;

use super::csrf::FormToken;
use super::page::{Notice, Shell};
use crate::error::ApiError;
use crate::extract::auth::SignedIn;

/// A request of somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    session: Session,
    token: FormToken,
    path: String,
    notice: Option<Notice>,
}

impl Visit {
    pub(super) fn new(session: Session, token: FormToken, path: String) -> Self {
        Self { session, token, path, notice: None }
    }

    /// On whose behalf everything is done.
    pub(crate) const fn actor(&self) -> &Actor {
        &self.session.actor
    }

    /// The session itself.
    pub(crate) const fn session(&self) -> &Session {
        &self.session
    }

    /// The path of the request.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Whether the role has any right to an action: what is not there for it is not offered.
    pub(crate) fn may(&self, action: Action) -> bool {
        access::permit_role(self.actor(), action).is_ok()
    }

    /// Whether an action on an object would be let through.
    pub(crate) fn may_with(&self, action: Action, object: Object) -> bool {
        access::decide(self.actor(), action, object).is_ok()
    }

    /// Refuses a page whose form could only be refused: the role.
    pub(crate) fn require(&self, action: Action) -> Result<(), ApiError> {
        Ok(access::permit_role(self.actor(), action)?)
    }

    /// Refuses a page whose form could only be refused: the object.
    pub(crate) fn require_with(&self, action: Action, object: Object) -> Result<(), ApiError> {
        Ok(access::decide(self.actor(), action, object)?)
    }

    /// The frame of a page.
    pub(crate) fn shell(&self, title: impl Into<String>) -> Shell {
        let shell = Shell::of(title.into(), self);
        Shell { notice: self.notice, ..shell }
    }

    pub(super) const fn token(&self) -> &FormToken {
        &self.token
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let SignedIn(session) = SignedIn::from_request_parts(parts, state).await?;
        let token = parts.extensions.get::<FormToken>().cloned();
        let token = token.ok_or_else(ApiError::internal)?;
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        Ok(Self { session, token, path: uri.path().to_owned(), notice: Notice::of(uri) })
    }
}
