//! Tenants (contract §4, §2, §1.7, §1.8, §13).

mod access;
mod deletion;
mod fields;
mod names;
mod object;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use wiwebb_tests::{Client, TestApp};

const FIELDS: [&str; 11] = [
    "created_at",
    "description",
    "email",
    "id",
    "is_active",
    "name",
    "slug",
    "updated_at",
    "url",
    "user_count",
    "uuid",
];

/// The object without the time that every write moves.
fn unmoved(object: &Value) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove("updated_at");
    object
}

fn is_utc(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

async fn create(by: &Client, name: &str, slug: &str) -> Value {
    by.post("/tenants/", json!({ "name": name, "slug": slug })).await.expect(201)
}

async fn run(app: &TestApp, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&app.pool).await.unwrap();
}

async fn count(app: &TestApp, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(&app.pool).await.unwrap()
}
