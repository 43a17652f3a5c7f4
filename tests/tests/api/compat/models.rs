//! The client's own types. It checks each field that it reads strictly and ignores all others.

#![allow(dead_code, reason = "what is there to be checked need not be read")]
#![allow(clippy::struct_field_names, reason = "the fields are named on the wire")]

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Number;
use uuid::Uuid;

#[derive(Deserialize)]
pub(super) struct TenantOfUser {
    pub(super) id: i64,
    uuid: Uuid,
    name: String,
    slug: String,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) id: i64,
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    pub(super) role: String,
    pub(super) tenant: Option<TenantOfUser>,
    pub(super) is_active: bool,
    phone_number: String,
    pub(super) avatar: Option<String>,
    date_joined: DateTime<Utc>,
    last_login: Option<DateTime<Utc>>,
}

/// Its lists of users have pages.
#[derive(Deserialize)]
pub(super) struct Users {
    pub(super) count: u64,
    pub(super) next: Option<String>,
    previous: Option<String>,
    pub(super) results: Vec<User>,
}

#[derive(Deserialize)]
pub(super) struct Signed {
    pub(super) key: String,
}

#[derive(Deserialize)]
pub(super) struct Tenant {
    id: i64,
    uuid: Uuid,
    name: String,
    pub(super) slug: String,
    email: Option<String>,
    url: Option<String>,
    description: String,
    is_active: bool,
    user_count: u64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(super) struct Payment {
    pub(super) id: i64,
    user: i64,
    order_id: Option<String>,
    pub(super) payment_gateway: String,
    pub(super) variant: String,
    pub(super) status: String,
    pub(super) total: Number,
    currency: String,
    transaction_id: Option<String>,
    pub(super) created: DateTime<Utc>,
    pub(super) modified: DateTime<Utc>,
}

#[derive(Deserialize)]
pub(super) struct PaymentBegun {
    pub(super) payment: Payment,
    redirect_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Pricing {
    id: i64,
    pub(super) amount: Number,
    currency: String,
    interval: String,
    trial_period_days: u32,
    active: bool,
}

#[derive(Deserialize)]
pub(super) struct Plan {
    id: i64,
    name: String,
    description: String,
    pub(super) pricing: Vec<Pricing>,
}

#[derive(Deserialize)]
pub(super) struct Subscription {
    pub(super) id: i64,
    pub(super) user: i64,
    pub(super) plan: i64,
    pub(super) status: String,
    pub(super) current_period_start: DateTime<Utc>,
    pub(super) current_period_end: DateTime<Utc>,
}
