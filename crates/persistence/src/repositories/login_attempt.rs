//! Failed logins.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use wiwebb_domain::lockout::{AccountDigest, FORGOTTEN_AFTER, FailedLogins, LOCKS, Lockout};
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::login_attempt::LoginAttemptRepository;

use crate::unit_of_work::PgUnitOfWork;

/// A count as its column holds it.
fn column(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

struct FailedRow {
    failures: i32,
    last_failed_at: DateTime<Utc>,
    locked_until: Option<DateTime<Utc>>,
}

impl From<FailedRow> for FailedLogins {
    fn from(row: FailedRow) -> Self {
        Self {
            failures: row.failures.unsigned_abs(),
            last_failed_at: row.last_failed_at,
            locked_until: row.locked_until,
        }
    }
}

#[async_trait]
impl LoginAttemptRepository for PgUnitOfWork {
    async fn find(&mut self, account: AccountDigest) -> Stored<Option<FailedLogins>> {
        let row = sqlx::query_as!(
            FailedRow,
            "SELECT failures, last_failed_at, locked_until FROM api_loginattempt
             WHERE account = $1",
            account.as_bytes(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        Ok(self.settle(row)?.map(FailedLogins::from))
    }

    async fn lock(&mut self, account: AccountDigest) -> Stored<Option<FailedLogins>> {
        let row = sqlx::query_as!(
            FailedRow,
            "SELECT failures, last_failed_at, locked_until FROM api_loginattempt
             WHERE account = $1 FOR UPDATE",
            account.as_bytes(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        Ok(self.settle(row)?.map(FailedLogins::from))
    }

    async fn count(
        &mut self,
        account: AccountDigest,
        now: DateTime<Utc>,
        rule: Lockout,
    ) -> Stored<bool> {
        // The locks are numbered from the failure that locks first, as the elements of an array are
        // from 1; one below is NULL.
        let outcome = sqlx::query!(
            "INSERT INTO api_loginattempt AS known (account, failures, last_failed_at, locked_until)
             VALUES ($1, 1, $2::timestamptz, $2 + ($3::interval[])[2 - $4::integer])
             ON CONFLICT (account) DO UPDATE
             SET (failures, last_failed_at, locked_until) = (
                SELECT number, $2,
                    $2 + ($3::interval[])[least(number - $4::integer + 1, cardinality($3))]
                FROM (
                    SELECT CASE WHEN known.last_failed_at > $5 THEN known.failures + 1 ELSE 1 END
                ) AS counted (number)
             )
             WHERE known.locked_until IS NULL OR known.locked_until <= $2",
            account.as_bytes(),
            now,
            &LOCKS as &[TimeDelta],
            column(rule.first()),
            now - FORGOTTEN_AFTER,
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle(outcome)?.rows_affected() > 0)
    }

    async fn clear(&mut self, account: AccountDigest) -> Stored<()> {
        let outcome =
            sqlx::query!("DELETE FROM api_loginattempt WHERE account = $1", account.as_bytes())
                .execute(self.connection().await?)
                .await;
        self.settle_delete(outcome)?;
        Ok(())
    }

    async fn sweep(&mut self, before: DateTime<Utc>, limit: u32) -> Stored<u64> {
        let outcome = sqlx::query!(
            "DELETE FROM api_loginattempt WHERE account IN (
                SELECT account FROM api_loginattempt WHERE last_failed_at < $1
                ORDER BY last_failed_at LIMIT $2 FOR UPDATE SKIP LOCKED
             )",
            before,
            i64::from(limit),
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle_delete(outcome)?.rows_affected())
    }
}
