use sqlx::{AssertSqlSafe, PgPool};

use wiwebb_domain::access::Role;
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::pricing::BillingInterval;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::subscription::{ChargePurpose, Driver, SubscriptionStatus};
use wiwebb_domain::webhook::EventStatus;

use crate::catalog::{self, assert_same};
use crate::database::Database;
use crate::expected::{CHECKS, Check, Rule};

#[tokio::test]
async fn every_check_constraint_is_there_with_its_rule_and_no_other() {
    let database = Database::migrated().await;
    let expected = CHECKS.iter().map(|check| {
        let rule = match check.rule {
            Rule::OneOf(texts) => format!("one of {}", texts.join(", ")),
            Rule::Expression { text, .. } => text.to_owned(),
        };
        format!("{} ON {} ({}): {rule}", check.name, check.table, check.column)
    });
    let found = catalog::checks(&database.pool).await.into_iter().map(|row| {
        let (name, table, column, definition) = row;
        format!("{name} ON {table} ({column}): {}", rule_of(&definition))
    });
    assert_same("check constraints", expected, found);
}

/// `x = ANY (ARRAY['a', 'b'])` is a list of texts, all else an expression.
fn rule_of(definition: &str) -> String {
    let inner = definition.strip_prefix("CHECK (").and_then(|rest| rest.strip_suffix(')')).unwrap();
    if inner.contains(" = ANY (ARRAY[") {
        let texts: Vec<&str> = inner.split('\'').skip(1).step_by(2).collect();
        format!("one of {}", texts.join(", "))
    } else {
        inner.to_owned()
    }
}

#[test]
fn the_words_that_a_column_takes_are_the_words_of_the_domain() {
    let words = [
        ("check_user_role", Role::ALL.map(Role::as_str).to_vec()),
        ("check_auditlog_action", AuditAction::ALL.map(AuditAction::as_str).to_vec()),
        ("check_planpricing_interval", BillingInterval::ALL.map(BillingInterval::as_str).to_vec()),
        ("check_payment_status", PaymentStatus::ALL.map(PaymentStatus::as_str).to_vec()),
        ("check_refund_status", RefundStatus::ALL.map(RefundStatus::as_str).to_vec()),
        ("check_operation_kind", OperationKind::ALL.map(OperationKind::as_str).to_vec()),
        ("check_subscription_driver", Driver::ALL.map(Driver::as_str).to_vec()),
        (
            "check_subscription_status",
            SubscriptionStatus::ALL.map(SubscriptionStatus::as_str).to_vec(),
        ),
        ("check_subscription_interval", BillingInterval::ALL.map(BillingInterval::as_str).to_vec()),
        (
            "check_subscription_charge_purpose",
            ChargePurpose::ALL.map(ChargePurpose::as_str).to_vec(),
        ),
        (
            "check_subscription_pending_interval",
            BillingInterval::ALL.map(BillingInterval::as_str).to_vec(),
        ),
        ("check_webhookevent_status", EventStatus::ALL.map(EventStatus::as_str).to_vec()),
    ];
    for check in CHECKS {
        if let Rule::OneOf(texts) = check.rule {
            let (_, words) = words.iter().find(|(name, _)| *name == check.name).unwrap();
            assert_eq!(words, texts, "{}", check.name);
        }
    }
}

#[tokio::test]
async fn every_check_takes_what_it_allows_and_refuses_the_rest_under_its_own_name() {
    let database = Database::with_rows().await;
    for check in CHECKS {
        match check.rule {
            Rule::OneOf(texts) => {
                for text in texts {
                    takes(&database.pool, check, &format!("'{text}'")).await;
                }
                refuses(&database.pool, check, "'other'").await;
                refuses(&database.pool, check, "''").await;
            }
            Rule::Expression { takes: taken, refuses: refused, .. } => {
                takes(&database.pool, check, taken).await;
                refuses(&database.pool, check, refused).await;
            }
        }
    }
}

/// Into the row that is first by its first columns: not every table has an id.
async fn write(pool: &PgPool, check: &Check, value: &str) -> Result<u64, sqlx::Error> {
    let Check { table, column, .. } = check;
    let sql = format!(
        r#"UPDATE {table} SET "{column}" = {value}
           WHERE ctid = (SELECT ctid FROM {table} AS rows ORDER BY rows LIMIT 1)"#
    );
    Ok(sqlx::query(AssertSqlSafe(sql)).execute(pool).await?.rows_affected())
}

async fn takes(pool: &PgPool, check: &Check, value: &str) {
    assert_eq!(write(pool, check, value).await.unwrap(), 1, "{} has no row", check.table);
}

async fn refuses(pool: &PgPool, check: &Check, value: &str) {
    let error = write(pool, check, value).await.unwrap_err();
    let constraint = error.as_database_error().and_then(|error| error.constraint());
    assert_eq!(constraint, Some(check.name), "{error}");
}
