//! `network_session`, and the totals of `network_usage`

use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{NetworkSessionId, UserId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::usage::{NetworkName, NetworkSession, SessionKey, Usage};

use super::{Origin, selection};

/// A session on network equipment.
pub(crate) struct SessionRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) nas: String,
    pub(crate) session_id: String,
    pub(crate) seconds: i64,
    pub(crate) octets: i64,
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
}

selection!($ session_row => SessionRow, "session",
    "session.id, session.user_id, session.nas, session.session_id, session.seconds, \
     session.octets, session.started_at, session.updated_at, session.ended_at"
);

/// Totals of two columns.
pub(super) fn usage(from: Origin, seconds: i64, octets: i64) -> Stored<Usage> {
    Ok(Usage {
        seconds: from.value("seconds", u64::try_from(seconds))?,
        octets: from.value("octets", u64::try_from(octets))?,
    })
}

impl TryFrom<SessionRow> for NetworkSession {
    type Error = RepositoryError;

    fn try_from(row: SessionRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::NetworkSession, id: row.id };
        Ok(Self {
            id: NetworkSessionId::new(row.id),
            key: SessionKey {
                user_id: UserId::new(row.user_id),
                nas: from.value("nas", NetworkName::optional(&row.nas))?,
                session: from.value("session_id", NetworkName::new(&row.session_id))?,
            },
            counted: usage(from, row.seconds, row.octets)?,
            started_at: row.started_at,
            updated_at: row.updated_at,
            ended_at: row.ended_at,
        })
    }
}
