//! What an error of PostgreSQL means to the domain, told by SQLSTATE and constraint name.

use metrics::counter;
use sqlx::error::DatabaseError;
use wiwebb_domain::error::{RepositoryError, UniqueKey};
use wiwebb_domain::relations::Relation;

use crate::{figures, schema};

/// What a refused foreign key means depends on the statement: a writer lacks a parent, a delete
/// finds children.
type Meaning = fn(&'static Relation) -> RepositoryError;

/// The error of a statement that reads or writes rows.
pub(crate) fn on_statement(error: sqlx::Error) -> RepositoryError {
    translate(error, RepositoryError::MissingReference)
}

/// The error of a statement that deletes rows.
pub(crate) fn on_delete(error: sqlx::Error) -> RepositoryError {
    translate(error, RepositoryError::Protected)
}

fn translate(error: sqlx::Error, foreign_key: Meaning) -> RepositoryError {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        counter!(figures::POOL_TIMEOUTS).increment(1);
    }
    let meaning = meaning(error, foreign_key);
    figures::count_error(kind(&meaning));
    meaning
}

/// The label of an error among the figures.
const fn kind(error: &RepositoryError) -> &'static str {
    match error {
        RepositoryError::Taken(_) => "taken",
        RepositoryError::Protected(_) => "protected",
        RepositoryError::MissingReference(_) => "missing_reference",
        RepositoryError::Retryable(_) => "retryable",
        RepositoryError::Unavailable(_) => "unavailable",
        RepositoryError::Inconsistent { .. } => "inconsistent",
        RepositoryError::Backend(_) => "backend",
    }
}

fn meaning(error: sqlx::Error, foreign_key: Meaning) -> RepositoryError {
    use sqlx::Error as E;
    match &error {
        E::Database(refusal) => match of_refusal(refusal.as_ref(), foreign_key) {
            Some(known) => known,
            None => by_state(&state(refusal.as_ref()))(error.into()),
        },
        E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => {
            RepositoryError::Unavailable(error.into())
        }
        _ => RepositoryError::Backend(error.into()),
    }
}

fn state(refusal: &dyn DatabaseError) -> String {
    refusal.code().unwrap_or_default().into_owned()
}

/// A constraint that the domain knows.
fn of_refusal(refusal: &dyn DatabaseError, foreign_key: Meaning) -> Option<RepositoryError> {
    let constraint = refusal.constraint()?;
    match state(refusal).as_str() {
        "23505" => unique_key(constraint).map(RepositoryError::Taken),
        // 23001 is how PostgreSQL 18 and newer report RESTRICT.
        "23503" | "23001" => schema::relation_of_constraint(constraint).map(foreign_key),
        _ => None,
    }
}

fn unique_key(constraint: &str) -> Option<UniqueKey> {
    Some(match constraint {
        "idx_tenant_name" => UniqueKey::TenantName,
        "idx_tenant_slug" => UniqueKey::TenantSlug,
        "unique_tenant_uuid" => UniqueKey::TenantUuid,
        "idx_user_username" => UniqueKey::Username,
        "idx_user_email" | "unique_user_email_lower" => UniqueKey::Email,
        "unique_plan_name" => UniqueKey::PlanName,
        "unique_plan_default" => UniqueKey::DefaultPlan,
        "unique_gateway_name" => UniqueKey::GatewayName,
        "unique_payment_transaction" => UniqueKey::GatewayTransaction,
        "unique_operation_open" => UniqueKey::OpenOperation,
        "unique_subscription_live" => UniqueKey::LiveSubscription,
        _ => return None,
    })
}

/// By SQLSTATE (PostgreSQL manual, appendix "Error Codes").
fn by_state(state: &str) -> fn(wiwebb_domain::error::Source) -> RepositoryError {
    match state {
        // Serialization failure, deadlock.
        "40001" | "40P01" => RepositoryError::Retryable,
        // Statement or idle transaction ran out of time; server shuts down, crashed or is starting.
        "57014" | "25P03" | "57P01" | "57P02" | "57P03" => RepositoryError::Unavailable,
        // Connection exceptions, insufficient resources.
        _ if state.starts_with("08") || state.starts_with("53") => RepositoryError::Unavailable,
        _ => RepositoryError::Backend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_whether_to_try_again_to_wait_or_to_give_up() {
        for (state, expected) in [
            ("40001", "Retryable"),
            ("40P01", "Retryable"),
            ("57014", "Unavailable"),
            ("57P01", "Unavailable"),
            ("57P03", "Unavailable"),
            ("08006", "Unavailable"),
            ("53300", "Unavailable"),
            ("42P01", "Backend"),
            ("22P02", "Backend"),
            ("", "Backend"),
        ] {
            let error = by_state(state)("refused".into());
            assert!(format!("{error:?}").starts_with(expected), "{state}");
        }
    }

    #[test]
    fn a_server_out_of_reach_is_unavailable() {
        for error in [
            sqlx::Error::PoolTimedOut,
            sqlx::Error::PoolClosed,
            sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()),
        ] {
            assert!(matches!(on_statement(error), RepositoryError::Unavailable(_)));
        }
        assert!(matches!(on_delete(sqlx::Error::RowNotFound), RepositoryError::Backend(_)));
    }
}
