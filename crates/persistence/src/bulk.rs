//! Loads many rows at once, for demonstrations and measurements.
//!
//! A call is one statement on one connection and commits by itself; a few thousand rows a call are
//! fastest. Rows are checked by their types and by the schema, not by access rules. Kinds with few
//! rows (plans, pricing, gateways) go through their repositories.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;
use wiwebb_domain::audit::NewAuditLog;
use wiwebb_domain::ids::{PaymentId, TenantId, UserId};
use wiwebb_domain::payment::NewPayment;
use wiwebb_domain::payment_log::NewPaymentLog;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::refund::{NewRefund, RefundStatus};
use wiwebb_domain::tenant::NewTenant;
use wiwebb_domain::text::ExternalId;
use wiwebb_domain::todo::NewTodo;
use wiwebb_domain::usage::Usage;
use wiwebb_domain::user::NewUser;

use crate::error;

/// A row with the instant it is stored under.
pub type Dated<T> = (T, DateTime<Utc>);

/// A refund, what has come of it and the gateway's id of it.
pub type BulkRefund = (NewRefund, RefundStatus, Option<ExternalId>);

/// One column of all rows.
fn column<'r, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn text<T: AsRef<str>>(value: Option<&T>) -> Option<&str> {
    value.map(AsRef::as_ref)
}

/// Stores tenants and answers their ids in the same order. Errors: `Taken`.
pub async fn insert_tenants(
    pool: &PgPool,
    tenants: &[Dated<(NewTenant, Uuid)>],
) -> Stored<Vec<TenantId>> {
    let ids = sqlx::query_scalar!(
        r#"WITH fresh AS (
            SELECT nextval(pg_get_serial_sequence('api_tenant', 'id'))::integer AS id, given.*
            FROM UNNEST($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[],
                $7::boolean[], $8::timestamptz[])
                WITH ORDINALITY AS given
                (name, slug, uuid, email, url, description, is_active, created_at, place)
        ), inserted AS (
            INSERT INTO api_tenant
                (id, name, slug, uuid, email, url, description, is_active, created_at, updated_at)
            SELECT id, name, slug, uuid, email, url, description, is_active, created_at, created_at
            FROM fresh
        )
        SELECT id AS "id!" FROM fresh ORDER BY place"#,
        &column(tenants, |((tenant, _), _)| tenant.name.as_str()) as &[&str],
        &column(tenants, |((tenant, _), _)| tenant.slug.as_str()) as &[&str],
        &column(tenants, |((_, uuid), _)| *uuid),
        &column(tenants, |((tenant, _), _)| text(tenant.email.as_ref())) as &[Option<&str>],
        &column(tenants, |((tenant, _), _)| text(tenant.url.as_ref())) as &[Option<&str>],
        &column(tenants, |((tenant, _), _)| text(tenant.description.as_ref())) as &[Option<&str>],
        &column(tenants, |((tenant, _), _)| tenant.is_active),
        &column(tenants, |(_, at)| *at),
    )
    .fetch_all(pool)
    .await;
    let ids = ids.map_err(error::on_statement)?;
    Ok(ids.into_iter().map(TenantId::new).collect())
}

/// Stores users and answers their ids in the same order. Errors: `Taken`, `MissingReference`.
pub async fn insert_users(pool: &PgPool, users: &[NewUser]) -> Stored<Vec<UserId>> {
    let ids = sqlx::query_scalar!(
        r#"WITH fresh AS (
            SELECT nextval(pg_get_serial_sequence('api_user', 'id'))::integer AS id, given.*
            FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::text[],
                $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                $13::date[], $14::boolean[], $15::timestamptz[])
                WITH ORDINALITY AS given
                (username, email, password, role, tenant_id, first_name, last_name, phone_number,
                 bio, url, company, location, birth_date, is_active, date_joined, place)
        ), inserted AS (
            INSERT INTO api_user
                (id, username, email, password, role, tenant_id, first_name, last_name,
                 phone_number, bio, url, company, location, birth_date, is_active, date_joined,
                 password_updated)
            SELECT id, username, email, password, role, tenant_id, first_name, last_name,
                phone_number, bio, url, company, location, birth_date, is_active, date_joined,
                date_joined
            FROM fresh
        )
        SELECT id AS "id!" FROM fresh ORDER BY place"#,
        &column(users, |user| user.username.as_str()) as &[&str],
        &column(users, |user| user.email.as_str()) as &[&str],
        &column(users, |user| user.password.as_str()) as &[&str],
        &column(users, |user| user.role.as_str()) as &[&str],
        &column(users, |user| user.tenant_id.map(TenantId::get)) as &[Option<i32>],
        &column(users, |user| text(user.profile.first_name.as_ref())) as &[Option<&str>],
        &column(users, |user| text(user.profile.last_name.as_ref())) as &[Option<&str>],
        &column(users, |user| text(user.profile.phone_number.as_ref())) as &[Option<&str>],
        &column(users, |user| text(user.profile.bio.as_ref())) as &[Option<&str>],
        &column(users, |user| text(user.profile.url.as_ref())) as &[Option<&str>],
        &column(users, |user| text(user.profile.company.as_ref())) as &[Option<&str>],
        &column(users, |user| text(user.profile.location.as_ref())) as &[Option<&str>],
        &column(users, |user| user.profile.birth_date) as &[Option<chrono::NaiveDate>],
        &column(users, |user| user.is_active),
        &column(users, |user| user.date_joined),
    )
    .fetch_all(pool)
    .await;
    let ids = ids.map_err(error::on_statement)?;
    Ok(ids.into_iter().map(UserId::new).collect())
}

/// Stores todos of users and says how many. Errors: `MissingReference`.
pub async fn insert_todos(pool: &PgPool, todos: &[Dated<(UserId, NewTodo)>]) -> Stored<u64> {
    let outcome = sqlx::query!(
        "INSERT INTO api_todo (user_id, task, completed, timestamp, updated)
         SELECT user_id, task, completed, created_at, created_at
         FROM UNNEST($1::integer[], $2::text[], $3::boolean[], $4::timestamptz[])
            AS given (user_id, task, completed, created_at)",
        &column(todos, |((user, _), _)| user.get()),
        &column(todos, |((_, todo), _)| todo.task.as_str()) as &[&str],
        &column(todos, |((_, todo), _)| todo.completed),
        &column(todos, |(_, at)| *at),
    )
    .execute(pool)
    .await;
    Ok(outcome.map_err(error::on_statement)?.rows_affected())
}

/// Stores what users used of the network on days of which nothing is stored yet, and says how many
/// rows that is. Errors: `MissingReference`.
pub async fn insert_usage(pool: &PgPool, used: &[(UserId, NaiveDate, Usage)]) -> Stored<u64> {
    let outcome = sqlx::query!(
        "INSERT INTO network_usage (user_id, day, seconds, octets)
         SELECT * FROM UNNEST($1::integer[], $2::date[], $3::bigint[], $4::bigint[])",
        &column(used, |(user, _, _)| user.get()),
        &column(used, |(_, day, _)| *day),
        &column(used, |(_, _, usage)| usage.seconds.cast_signed()),
        &column(used, |(_, _, usage)| usage.octets.cast_signed()),
    )
    .execute(pool)
    .await;
    Ok(outcome.map_err(error::on_statement)?.rows_affected())
}

/// Stores audit entries and says how many. Errors: `MissingReference`.
pub async fn insert_audit_logs(pool: &PgPool, entries: &[NewAuditLog]) -> Stored<u64> {
    let outcome = sqlx::query!(
        "INSERT INTO api_auditlog (actor_id, target_id, action, details, timestamp)
         SELECT * FROM UNNEST($1::integer[], $2::integer[], $3::text[], $4::jsonb[],
            $5::timestamptz[])",
        &column(entries, |entry| entry.actor_id.get()),
        &column(entries, |entry| entry.target_id.get()),
        &column(entries, |entry| entry.action.as_str()) as &[&str],
        &column(entries, |entry| Value::Object(entry.details.clone())),
        &column(entries, |entry| entry.timestamp),
    )
    .execute(pool)
    .await;
    Ok(outcome.map_err(error::on_statement)?.rows_affected())
}

/// Stores payments, each with the instant of its last change, and answers their ids in the same
/// order. Errors: `MissingReference`, `Taken`.
pub async fn insert_payments(
    pool: &PgPool,
    payments: &[Dated<(NewPayment, DateTime<Utc>)>],
) -> Stored<Vec<PaymentId>> {
    let ids = sqlx::query_scalar!(
        r#"WITH fresh AS (
            SELECT nextval(pg_get_serial_sequence('payment_payment', 'id'))::integer AS id, given.*
            FROM UNNEST($1::integer[], $2::text[], $3::integer[], $4::text[], $5::numeric[],
                $6::text[], $7::text[], $8::jsonb[], $9::timestamptz[], $10::timestamptz[])
                WITH ORDINALITY AS given
                (user_id, order_id, payment_gateway_id, status, total, currency, transaction_id,
                 metadata, modified_at, created_at, place)
        ), inserted AS (
            INSERT INTO payment_payment
                (id, user_id, order_id, payment_gateway_id, status, total, currency,
                 transaction_id, metadata, created_at, modified_at)
            SELECT id, user_id, order_id, payment_gateway_id, status, total, currency,
                transaction_id, metadata, created_at, modified_at
            FROM fresh
        )
        SELECT id AS "id!" FROM fresh ORDER BY place"#,
        &column(payments, |((payment, _), _)| payment.user_id.get()),
        &column(payments, |((payment, _), _)| text(payment.order_id.as_ref())) as &[Option<&str>],
        &column(payments, |((payment, _), _)| payment.payment_gateway_id.get()),
        &column(payments, |((payment, _), _)| payment.status.as_str()) as &[&str],
        &column(payments, |((payment, _), _)| payment.total.amount().value()) as &[Decimal],
        &column(payments, |((payment, _), _)| payment.total.currency().code()) as &[&str],
        &column(payments, |((payment, _), _)| text(payment.transaction_id.as_ref()))
            as &[Option<&str>],
        &column(payments, |((payment, _), _)| Value::Object(payment.metadata.clone())),
        &column(payments, |((_, modified_at), _)| *modified_at),
        &column(payments, |(_, at)| *at),
    )
    .fetch_all(pool)
    .await;
    let ids = ids.map_err(error::on_statement)?;
    Ok(ids.into_iter().map(PaymentId::new).collect())
}

/// Stores entries of payments' histories and says how many. Errors: `MissingReference`.
pub async fn insert_payment_logs(pool: &PgPool, entries: &[Dated<NewPaymentLog>]) -> Stored<u64> {
    let outcome = sqlx::query!(
        "INSERT INTO payment_paymentlog (payment_id, event_type, message, data, created_at)
         SELECT * FROM UNNEST($1::integer[], $2::text[], $3::text[], $4::jsonb[],
            $5::timestamptz[])",
        &column(entries, |(entry, _)| entry.payment_id.get()),
        &column(entries, |(entry, _)| entry.event_type.as_str()) as &[&str],
        &column(entries, |(entry, _)| entry.message.as_deref()) as &[Option<&str>],
        &column(entries, |(entry, _)| Value::Object(entry.data.clone())),
        &column(entries, |(_, at)| *at),
    )
    .execute(pool)
    .await;
    Ok(outcome.map_err(error::on_statement)?.rows_affected())
}

/// Stores refunds and says how many. Errors: `MissingReference`.
pub async fn insert_refunds(pool: &PgPool, refunds: &[Dated<BulkRefund>]) -> Stored<u64> {
    let outcome = sqlx::query!(
        "INSERT INTO payment_refund
            (payment_id, amount, status, reason, transaction_id, created_at, updated_at)
         SELECT payment_id, amount, status, reason, transaction_id, created_at, created_at
         FROM UNNEST($1::integer[], $2::numeric[], $3::text[], $4::text[], $5::text[],
            $6::timestamptz[])
            AS given (payment_id, amount, status, reason, transaction_id, created_at)",
        &column(refunds, |((refund, ..), _)| refund.payment_id.get()),
        &column(refunds, |((refund, ..), _)| refund.amount.value()) as &[Decimal],
        &column(refunds, |((_, status, _), _)| status.as_str()) as &[&str],
        &column(refunds, |((refund, ..), _)| text(refund.reason.as_ref())) as &[Option<&str>],
        &column(refunds, |((.., id), _)| text(id.as_ref())) as &[Option<&str>],
        &column(refunds, |(_, at)| *at),
    )
    .execute(pool)
    .await;
    Ok(outcome.map_err(error::on_statement)?.rows_affected())
}
