//! Use of the network.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use wiwebb_domain::access::Scope;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::usage::{Standing, Subscriber, UsageRepository};
use wiwebb_domain::usage::{NetworkName, NetworkSession, SessionKey, Usage};

use super::text;
use crate::conditions::is_storable;
use crate::rows::standing::{StandingRow, standing, standing_row};
use crate::rows::usage::{SessionRow, session_row};
use crate::unit_of_work::PgUnitOfWork;

/// How often a session is looked for that somebody else begins or deletes meanwhile.
const TRIES: u8 = 5;

/// A total as its column holds it: at most 2⁶³ − 1, which is 8 exbibytes or 292 billion years.
fn total(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The bounds of a scope, as columns are compared with them.
fn bounds(scope: Scope) -> (Option<i32>, Option<i32>) {
    (scope.tenant().map(TenantId::get), scope.user().map(UserId::get))
}

/// The name of equipment; empty where it does not say.
fn named(nas: Option<&NetworkName>) -> &str {
    text(nas).unwrap_or_default()
}

#[async_trait]
impl UsageRepository for PgUnitOfWork {
    async fn standing(
        &mut self,
        scope: Scope,
        who: Subscriber,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Stored<Option<Standing>> {
        let (tenant, user) = bounds(scope);
        let rows = match who {
            Subscriber::Id(id) => {
                standing_row!("person.id = $1", id.get(), day, now, tenant, user)
                    .fetch_all(self.connection().await?)
                    .await
            }
            Subscriber::Username(username) if is_storable(&username) => {
                standing_row!("person.username = $1", username, day, now, tenant, user)
                    .fetch_all(self.connection().await?)
                    .await
            }
            Subscriber::Username(_) => return Ok(None),
        };
        standing(self.settle(rows)?)
    }

    async fn find_user(&mut self, scope: Scope, username: &str) -> Stored<Option<UserId>> {
        if !is_storable(username) {
            return Ok(None);
        }
        let (tenant, user) = bounds(scope);
        let id = sqlx::query_scalar!(
            "SELECT id FROM api_user
             WHERE username = $1 AND ($2::integer IS NULL OR tenant_id = $2)
                AND ($3::integer IS NULL OR id = $3)",
            username,
            tenant,
            user,
        )
        .fetch_optional(self.connection().await?)
        .await;
        Ok(self.settle(id)?.map(UserId::new))
    }

    async fn open_session(
        &mut self,
        key: SessionKey,
        now: DateTime<Utc>,
    ) -> Stored<NetworkSession> {
        // Nearly every report is of a session that is known. An insert that gives way to it would
        // use up an id a report, and ids are 32 bits wide.
        for _ in 0..TRIES {
            if let Some(session) = self.lock_session(&key).await? {
                return Ok(session);
            }
            if let Some(session) = self.begin_session(&key, now).await? {
                return Ok(session);
            }
        }
        Err(RepositoryError::Retryable("the session was never at rest".into()))
    }

    async fn update_session(&mut self, session: &NetworkSession) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE network_session
             SET seconds = $2, octets = $3, started_at = $4, updated_at = $5, ended_at = $6
             WHERE id = $1",
            session.id.get(),
            total(session.counted.seconds),
            total(session.counted.octets),
            session.started_at,
            session.updated_at,
            session.ended_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn add(&mut self, user: UserId, day: NaiveDate, totals: Usage) -> Stored<()> {
        // The insert alone would do, but it would use up an id a report.
        let outcome = sqlx::query!(
            "WITH added AS (
                UPDATE network_usage AS known
                SET seconds = known.seconds + LEAST($3, 9223372036854775807 - known.seconds),
                    octets = known.octets + LEAST($4, 9223372036854775807 - known.octets)
                WHERE user_id = $1 AND day = $2
                RETURNING id
             )
             INSERT INTO network_usage AS known (user_id, day, seconds, octets)
             SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM added)
             ON CONFLICT (user_id, day) DO UPDATE
             SET seconds = known.seconds
                    + LEAST(excluded.seconds, 9223372036854775807 - known.seconds),
                 octets = known.octets
                    + LEAST(excluded.octets, 9223372036854775807 - known.octets)",
            user.get(),
            day,
            total(totals.seconds),
            total(totals.octets),
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn end_sessions(
        &mut self,
        scope: Scope,
        nas: Option<NetworkName>,
        now: DateTime<Utc>,
    ) -> Stored<u64> {
        let (tenant, user) = bounds(scope);
        let outcome = sqlx::query!(
            "UPDATE network_session AS session SET ended_at = $2
             FROM api_user AS person
             WHERE session.nas = $1 AND session.ended_at IS NULL AND person.id = session.user_id
                AND ($3::integer IS NULL OR person.tenant_id = $3)
                AND ($4::integer IS NULL OR person.id = $4)",
            named(nas.as_ref()),
            now,
            tenant,
            user,
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle(outcome)?.rows_affected())
    }
}

impl PgUnitOfWork {
    async fn lock_session(&mut self, key: &SessionKey) -> Stored<Option<NetworkSession>> {
        let row = session_row!(
            "",
            "network_session",
            "WHERE session.nas = $1 AND session.session_id = $2 AND session.user_id = $3
             FOR NO KEY UPDATE",
            named(key.nas.as_ref()),
            key.session.as_str(),
            key.user_id.get(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    /// A new session, which nobody else sees yet; `None` where there is one by now.
    async fn begin_session(
        &mut self,
        key: &SessionKey,
        now: DateTime<Utc>,
    ) -> Stored<Option<NetworkSession>> {
        let row = session_row!(
            "WITH inserted AS (
                INSERT INTO network_session (nas, session_id, user_id, started_at, updated_at)
                VALUES ($1, $2, $3, $4, $4)
                ON CONFLICT (nas, session_id, user_id) DO NOTHING
                RETURNING *
            )",
            "inserted",
            "",
            named(key.nas.as_ref()),
            key.session.as_str(),
            key.user_id.get(),
            now,
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }
}
