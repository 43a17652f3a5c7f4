//! Valid rows with as little said as possible. Tests change the field they are about.
//!
//! `new_*` makes what a store is given, the bare names what it gives back.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::{Actor, Role};
use crate::audit::{AuditAction, AuditLog, NewAuditLog};
use crate::gateway::{GatewaySettings, NewGateway, PaymentGatewayConfig};
use crate::idempotency::{BodyDigest, IdempotencyKey, RequestMark};
use crate::ids::{
    AccessTokenId, AuditLogId, GatewayId, OperationId, PaymentId, PaymentLogId, PlanId,
    PlanPricingId, RefundId, TenantId, TodoId, UserId,
};
use crate::money::{Amount, Currency, Money};
use crate::operation::{NewOperation, OperationKind, PATIENCE, PaymentOperation};
use crate::payment::{NewPayment, Payment, PaymentStatus};
use crate::payment_log::{NewPaymentLog, PaymentLog};
use crate::plan::{NewPlan, Plan};
use crate::pricing::{BillingInterval, NewPlanPricing, PlanPricing};
use crate::refund::{NewRefund, Refund, RefundStatus};
use crate::tenant::{NewTenant, Tenant};
use crate::text::{EmailAddress, Slug, Text, Username};
use crate::todo::{NewTodo, Todo};
use crate::token::{AccessToken, TokenDigest};
use crate::user::{NewUser, Profile, User};

use super::password::PlainHasher;

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
    Actor { user, role, tenant }
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

/// A plan with the schema's defaults.
pub fn new_plan(name: &str) -> NewPlan {
    NewPlan::named(text(name))
}

/// [`new_plan`] as stored at [`now`].
pub fn plan(id: i32, name: &str) -> Plan {
    let new = new_plan(name);
    Plan {
        id: PlanId::new(id),
        name: new.name,
        description: new.description,
        default: new.default,
        available: new.available,
        requires_payment: new.requires_payment,
        requires_invoice: new.requires_invoice,
        auto_renew: new.auto_renew,
        daily_time_minutes: new.daily_time_minutes,
        daily_data_mb: new.daily_data_mb,
        stripe_product_id: new.stripe_product_id,
        metadata: new.metadata,
        created_at: now(),
        updated_at: now(),
    }
}

/// An active monthly price in USD.
pub fn new_pricing(amount: &str) -> NewPlanPricing {
    NewPlanPricing {
        price: money(amount, "USD"),
        interval: BillingInterval::Month,
        trial_period_days: 0,
        active: true,
        stripe_price_id: None,
    }
}

/// [`new_pricing`] as stored at [`now`].
pub fn pricing(id: i32, plan: PlanId, amount: &str) -> PlanPricing {
    let new = new_pricing(amount);
    PlanPricing {
        id: PlanPricingId::new(id),
        plan_id: plan,
        price: new.price,
        interval: new.interval,
        trial_period_days: new.trial_period_days,
        active: new.active,
        stripe_price_id: new.stripe_price_id,
        created_at: now(),
        updated_at: now(),
    }
}

/// An active gateway of the variant `dummy` without settings.
pub fn new_gateway(name: &str) -> NewGateway {
    NewGateway {
        name: text(name),
        variant: text("dummy"),
        is_active: true,
        priority: 0,
        config: GatewaySettings::default(),
    }
}

/// [`new_gateway`] as stored at [`now`].
pub fn gateway(id: i32, name: &str) -> PaymentGatewayConfig {
    let new = new_gateway(name);
    PaymentGatewayConfig {
        id: GatewayId::new(id),
        name: new.name,
        variant: new.variant,
        is_active: new.is_active,
        priority: new.priority,
        config: new.config,
        created_at: now(),
        updated_at: now(),
    }
}

/// USD 19.99 that are waited for, without a transaction.
pub fn new_payment(user: UserId, gateway: GatewayId) -> NewPayment {
    NewPayment {
        user_id: user,
        order_id: None,
        payment_gateway_id: gateway,
        status: PaymentStatus::Waiting,
        total: money("19.99", "USD"),
        transaction_id: None,
        metadata: Map::new(),
    }
}

/// [`new_payment`] as stored at [`now`].
pub fn payment(id: i32, user: UserId, gateway: GatewayId) -> Payment {
    let new = new_payment(user, gateway);
    Payment {
        id: PaymentId::new(id),
        user_id: new.user_id,
        order_id: new.order_id,
        payment_gateway_id: new.payment_gateway_id,
        status: new.status,
        total: new.total,
        transaction_id: new.transaction_id,
        webhook_received: false,
        metadata: new.metadata,
        created_at: now(),
        modified_at: now(),
    }
}

/// The first entry of a payment's history.
pub fn new_payment_log(payment: PaymentId) -> NewPaymentLog {
    NewPaymentLog {
        payment_id: payment,
        event_type: text("payment.created"),
        message: None,
        data: Map::new(),
    }
}

/// [`new_payment_log`] as stored at [`now`].
pub fn payment_log(id: i32, payment: PaymentId) -> PaymentLog {
    let new = new_payment_log(payment);
    PaymentLog {
        id: PaymentLogId::new(id),
        payment_id: new.payment_id,
        event_type: new.event_type,
        message: new.message,
        data: new.data,
        created_at: now(),
    }
}

/// USD 5.00 to go back without a reason.
pub fn new_refund(payment: PaymentId) -> NewRefund {
    NewRefund { payment_id: payment, amount: money("5.00", "USD").amount(), reason: None }
}

/// [`new_refund`] as stored at [`now`], pending.
pub fn refund(id: i32, payment: PaymentId) -> Refund {
    let new = new_refund(payment);
    Refund {
        id: RefundId::new(id),
        payment_id: new.payment_id,
        amount: new.amount,
        status: RefundStatus::Pending,
        reason: new.reason,
        transaction_id: None,
        created_at: now(),
        updated_at: now(),
    }
}

/// A charge of USD 19.99 that was given at [`now`], under a key that no other order has.
pub fn new_operation(payment: PaymentId, key: &str) -> NewOperation {
    NewOperation {
        payment_id: payment,
        kind: OperationKind::Charge,
        refund_id: None,
        amount: money("19.99", "USD").amount(),
        key: key.to_owned(),
        next_try_at: now() + PATIENCE,
    }
}

/// [`new_operation`] as stored at [`now`], open, under a key made of its id.
pub fn operation(id: i32, payment: PaymentId) -> PaymentOperation {
    let new = new_operation(payment, &format!("order-{id}"));
    PaymentOperation {
        id: OperationId::new(id),
        payment_id: new.payment_id,
        kind: new.kind,
        refund_id: new.refund_id,
        amount: new.amount,
        key: new.key,
        done: false,
        tries: 0,
        next_try_at: new.next_try_at,
        created_at: now(),
    }
}

/// A request to pay with an empty body under a key.
pub fn request_mark(user: UserId, key: &str) -> RequestMark {
    RequestMark {
        user,
        method: "POST".to_owned(),
        path: "/payments/create_payment/".to_owned(),
        key: IdempotencyKey::new(key).expect("a key"),
        body: BodyDigest::of(b"{}"),
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
    }
}
