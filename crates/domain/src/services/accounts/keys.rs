//! The keys that somebody is signed in with, and what of them is swept away.

use chrono::Duration;

use super::Accounts;
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input};
use crate::ids::AccessTokenId;
use crate::lockout::FORGOTTEN_AFTER;
use crate::page::{ListRequest, Page};
use crate::relations::EntityKind;
use crate::services::deletion::require_deleted;
use crate::token::{AccessToken, AccessTokenSort, Session};

/// A key as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKey {
    /// The key.
    pub key: AccessToken,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

impl Accounts {
    /// One's own keys that have not expired, without their characters.
    pub async fn keys(
        &self,
        session: &Session,
        request: Input<ListRequest<(), AccessTokenSort>>,
    ) -> Result<Page<OwnKey>, Error> {
        let scope = access::scope(&session.actor, Action::UseKeys)?;
        let now = self.ports.clock.now();
        // Of a copy of the store a key that a manager has revoked might be told still.
        let mut read = self.ports.store.read("accounts.keys").await?;
        let page = read.access_tokens().list(scope, now, request?).await?;
        let Page { items, place } = page.ok_or(Error::NoSuchPage)?;
        let own = |key: AccessToken| OwnKey { is_current: key.id == session.token, key };
        Ok(Page { items: items.into_iter().map(own).collect(), place })
    }

    /// Revokes one of one's own keys; it is dead at once.
    pub async fn revoke_key(&self, actor: &Actor, id: AccessTokenId) -> Result<(), Error> {
        let scope = access::scope(actor, Action::UseKeys)?;
        // A key never changes hands, so that nothing has to be locked in between.
        let mut read = self.ports.store.read("accounts.revoke_key").await?;
        read.access_tokens().find(scope, id).await?.or_refuse(EntityKind::AccessToken)?;
        require_deleted(read.access_tokens().delete(id).await?, EntityKind::AccessToken)
    }

    /// Revokes all of one's own keys but the one that asks for it.
    pub async fn revoke_other_keys(&self, session: &Session) -> Result<(), Error> {
        let Session { actor, token } = session;
        access::permit_role(actor, Action::UseKeys)?;
        let mut read = self.ports.store.read("accounts.revoke_other_keys").await?;
        read.access_tokens().delete_others(actor.user, *token).await?;
        Ok(())
    }

    /// Removes what means nothing any more: expired keys and reset links, and counts of failed logins
    /// that are forgotten; of each so many at most. Answers how many there were.
    pub async fn sweep(&self, limit: u32) -> Result<usize, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("accounts.sweep").await?;
        let keys = read.access_tokens().sweep(now, limit).await?;
        let resets = read.password_resets().sweep(now, limit).await?;
        // A count that one server forgets may go on at another whose clock is behind.
        let before = now - FORGOTTEN_AFTER - Duration::hours(1);
        let counts = read.login_attempts().sweep(before, limit).await?;
        Ok(usize::try_from(keys + resets + counts).unwrap_or(usize::MAX))
    }
}
