//! `api_accesstoken`

use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{AccessTokenId, UserId};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::UserAgent;
use wiwebb_domain::token::{AccessToken, TokenDigest};

use super::{Origin, selection};

/// A key with its owner's tenant.
#[derive(sqlx::FromRow)]
pub(crate) struct AccessTokenRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) key_hash: Vec<u8>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    pub(crate) user_agent: Option<String>,
    pub(crate) tenant_id: Option<i32>,
}

selection!($ access_token_row => AccessTokenRow, "token",
    "token.id, token.user_id, token.key_hash, token.created_at, token.expires_at, \
     token.last_used_at, token.user_agent, owner.tenant_id",
    "JOIN api_user AS owner ON owner.id = token.user_id"
);

impl TryFrom<AccessTokenRow> for AccessToken {
    type Error = RepositoryError;

    fn try_from(row: AccessTokenRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::AccessToken, id: row.id };
        let digest = <[u8; 32]>::try_from(row.key_hash);
        let digest = digest.map_err(|_| from.unfit("key_hash", "no SHA-256"))?;
        Ok(Self {
            id: AccessTokenId::new(row.id),
            user_id: UserId::new(row.user_id),
            key_hash: TokenDigest::new(digest),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            user_agent: from.optional(
                "user_agent",
                row.user_agent.as_deref(),
                UserAgent::optional,
            )?,
        })
    }
}
