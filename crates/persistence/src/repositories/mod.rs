//! The domain's repositories on PostgreSQL, a module each under the name of its port.
//!
//! A locking select reads its own table in a subselect that locks, so that what is joined to the
//! row is looked up by the row's values after the wait for the lock, not before.

/// Takes the ids of what is due in a table, the longest due first, and makes it due again at the end of
/// a lease. `$also` is what else is written. Rows that others hold are skipped.
macro_rules! claim_due {
    ($work:ident, $table:literal, $due:literal, $also:literal, $now:ident, $lease:ident, $limit:ident) => {{
        let ids = sqlx::query_scalar!(
            "WITH due AS (SELECT id, "
                + $due
                + " AS since FROM "
                + $table
                + " WHERE "
                + $due
                + " <= $1 ORDER BY "
                + $due
                + ", id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED), leased AS (UPDATE "
                + $table
                + " AS held SET "
                + $due
                + " = $2"
                + $also
                + " FROM due WHERE held.id = due.id RETURNING held.id, due.since) \
                   SELECT id FROM leased ORDER BY since, id",
            $now,
            $lease,
            i64::from($limit),
        )
        .fetch_all($work.connection().await?)
        .await;
        $work.settle(ids)?
    }};
}

mod access_token;
mod audit_log;
mod customer;
mod dashboard;
mod deletion;
mod gateway;
mod idempotency;
mod login_attempt;
mod operation;
mod password_reset;
mod payment;
mod payment_log;
mod personal_data;
mod plan;
mod pricing;
mod refund;
mod service_key;
mod subscription;
mod tenant;
mod todo;
mod usage;
mod user;
mod webhook_event;

use serde_json::{Map, Value};
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::ports::Stored;

/// A row that the scope may or may not cover, by its owner and tenant.
fn scoped<R, T: TryFrom<R, Error = RepositoryError>>(
    row: Option<R>,
    scope: Scope,
    owner_and_tenant: impl FnOnce(&R) -> (Option<i32>, Option<i32>),
) -> Stored<Lookup<T>> {
    let Some(row) = row else {
        return Ok(Lookup::Nowhere);
    };
    let (owner, tenant) = owner_and_tenant(&row);
    if scope.covers(owner.map(UserId::new), tenant.map(TenantId::new)) {
        T::try_from(row).map(Lookup::Within)
    } else {
        Ok(Lookup::Outside)
    }
}

/// The text of an optional value.
fn text<T: AsRef<str>>(value: Option<&T>) -> Option<&str> {
    value.map(AsRef::as_ref)
}

/// A JSON object as a column's value.
fn json(object: &Map<String, Value>) -> Value {
    Value::Object(object.clone())
}
