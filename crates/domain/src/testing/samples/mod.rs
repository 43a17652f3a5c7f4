//! Valid rows with as little said as possible. Tests change the field they are about.
//!
//! `new_*` makes what a store is given, the bare names what it gives back.

mod billing;
mod network;
mod subscriptions;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::{Actor, Role};
use crate::audit::{AuditAction, AuditLog, NewAuditLog};
use crate::ids::{AccessTokenId, AuditLogId, TenantId, TodoId, UserId};
use crate::money::{Amount, Currency, Money};
use crate::tenant::{NewTenant, Tenant};
use crate::text::{EmailAddress, Slug, Text, Username};
use crate::todo::{NewTodo, Todo};
use crate::token::{AccessToken, NewAccessToken, TokenDigest};
use crate::user::{NewUser, Profile, User};

use super::password::PlainHasher;

pub use billing::*;
pub use network::*;
pub use subscriptions::*;

/// 15 January 2026, noon in UTC and a few microseconds.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_768_478_400_123_456).expect("an instant")
}

/// Seconds behind [`now`], or before it where negative.
pub fn after(seconds: i64) -> DateTime<Utc> {
    now() + Duration::seconds(seconds)
}

/// A UUID of version 4 that tells the number it was made of.
pub fn uuid(number: u64) -> Uuid {
    uuid::Builder::from_random_bytes(u128::from(number).to_be_bytes()).into_uuid()
}

/// The digest of a token, different for every number.
pub fn digest(number: u64) -> TokenDigest {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    TokenDigest::new(bytes)
}

/// Text that fits its column.
pub fn text<const MAX: usize>(raw: &str) -> Text<MAX> {
    Text::new(raw).expect("text that fits")
}

/// A login name.
pub fn username(raw: &str) -> Username {
    Username::new(raw).expect("a username")
}

/// An email address.
pub fn email(raw: &str) -> EmailAddress {
    EmailAddress::new(raw).expect("an email address")
}

/// A name in addresses.
pub fn slug(raw: &str) -> Slug {
    Slug::new(raw).expect("a slug")
}

/// An amount in a currency, such as `money("19.99", "USD")`.
pub fn money(amount: &str, currency: &str) -> Money {
    let amount = Amount::new(amount.parse().expect("a number")).expect("an amount");
    let currency = Currency::new(currency).expect("a currency");
    Money::new(amount, currency).expect("whole minor units")
}

/// The fields of a JSON object.
pub fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        other => panic!("{other} is no object"),
    }
}

/// Somebody who acts.
pub const fn actor(user: UserId, role: Role, tenant: Option<TenantId>) -> Actor {
    Actor { user, role, tenant, written: None }
}

/// The part of a name that an address can hold; different names can have the same.
fn address_of(name: &str) -> String {
    let is_kept = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name.to_lowercase().chars().map(|c| if is_kept(c) { c } else { '-' }).collect()
}

/// An active tenant without contact data; the slug follows the name.
pub fn new_tenant(name: &str) -> NewTenant {
    NewTenant {
        name: text(name),
        slug: slug(&address_of(name)),
        email: None,
        url: None,
        description: None,
        is_active: true,
    }
}

/// [`new_tenant`] as stored at [`now`].
pub fn tenant(id: i32, name: &str) -> Tenant {
    let new = new_tenant(name);
    Tenant {
        id: TenantId::new(id),
        name: new.name,
        slug: new.slug,
        uuid: uuid(id.unsigned_abs().into()),
        email: new.email,
        url: new.url,
        description: new.description,
        is_active: new.is_active,
        created_at: now(),
        updated_at: now(),
    }
}

/// An active subscriber without tenant, `<name>@example.org`, whose password [`PlainHasher`]
/// knows as `correct horse`.
pub fn new_user(name: &str) -> NewUser {
    NewUser {
        username: username(name),
        email: email(&format!("{}@example.org", address_of(name))),
        password: PlainHasher::hashed("correct horse"),
        role: Role::Subscriber,
        tenant_id: None,
        profile: Profile::default(),
        is_active: true,
        date_joined: now(),
    }
}

/// [`new_user`] as stored at [`now`].
pub fn user(id: i32, name: &str) -> User {
    let new = new_user(name);
    User {
        id: UserId::new(id),
        username: new.username,
        email: new.email,
        password: new.password,
        role: new.role,
        tenant_id: new.tenant_id,
        first_name: None,
        last_name: None,
        phone_number: None,
        bio: None,
        url: None,
        company: None,
        location: None,
        birth_date: None,
        is_active: new.is_active,
        date_joined: new.date_joined,
        last_login: None,
        password_updated: new.date_joined,
    }
}

/// Something not done yet.
pub fn new_todo(task: &str) -> NewTodo {
    NewTodo { task: text(task), completed: false }
}

/// [`new_todo`] as stored at [`now`].
pub fn todo(id: i32, owner: UserId, task: &str) -> Todo {
    let new = new_todo(task);
    Todo {
        id: TodoId::new(id),
        user_id: owner,
        task: new.task,
        completed: new.completed,
        timestamp: now(),
        updated: now(),
    }
}

/// A password reset at [`now`] without details.
pub fn new_audit_log(actor: UserId, target: UserId) -> NewAuditLog {
    NewAuditLog {
        actor_id: actor,
        target_id: target,
        action: AuditAction::PasswordReset,
        details: Map::new(),
        timestamp: now(),
    }
}

/// [`new_audit_log`] as stored.
pub fn audit_log(id: i32, actor: UserId, target: UserId) -> AuditLog {
    let new = new_audit_log(actor, target);
    AuditLog {
        id: AuditLogId::new(id),
        actor_id: Some(new.actor_id),
        target_id: Some(new.target_id),
        action: new.action,
        details: new.details,
        timestamp: new.timestamp,
    }
}

/// A key that never expires.
pub fn access_token(id: i32, user: UserId) -> AccessToken {
    AccessToken {
        id: AccessTokenId::new(id),
        user_id: user,
        key_hash: digest(id.unsigned_abs().into()),
        created_at: now(),
        expires_at: None,
        last_used_at: None,
        user_agent: None,
    }
}

/// A key about to be stored that never expires; its digest is that of the number.
pub fn new_access_token(user: UserId, number: u64) -> NewAccessToken {
    NewAccessToken {
        user_id: user,
        key_hash: digest(number),
        created_at: now(),
        expires_at: None,
        user_agent: None,
    }
}
