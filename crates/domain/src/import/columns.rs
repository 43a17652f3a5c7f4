//! The columns that are taken over, each with the constructor that judges it.

use super::Reason;
use super::read::{self, Form, exact, kept, word};
use crate::access::Role;
use crate::audit::AuditAction;
use crate::error::Violation;
use crate::money::Currency;
use crate::payment::PaymentStatus;
use crate::ports::secrets::{SecretUnreadable, Secrets};
use crate::pricing::{BillingInterval, PlanPricing};
use crate::relations::EntityKind;
use crate::text::{
    EmailAddress, EventType, ExternalId, LongText, Name, OrderId, PersonName, PhoneNumber,
    ShortText, Slug, Task, TenantName, Username, Variant, WebUrl,
};

/// One column of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Its name here.
    pub name: &'static str,
    /// Its name in the other program.
    pub from: &'static str,
    /// Whether NULL, blank text or the lack of the whole column mean that there is no value.
    pub is_optional: bool,
    form: Form,
}

impl Column {
    const fn required(name: &'static str, form: Form) -> Self {
        Self { name, from: name, is_optional: false, form }
    }

    const fn optional(name: &'static str, form: Form) -> Self {
        Self { is_optional: true, ..Self::required(name, form) }
    }

    const fn from(self, from: &'static str) -> Self {
        Self { from, ..self }
    }

    /// Whether its values are shown to nobody.
    pub const fn is_secret(&self) -> bool {
        matches!(self.form, Form::PasswordHash | Form::Key | Form::Settings)
    }

    pub(super) fn read(
        &self,
        value: &serde_json::Value,
        secrets: &dyn Secrets,
    ) -> Result<read::Outcome, SecretUnreadable> {
        self.form.read(value, self.is_optional, secrets)
    }
}

const ID: Column = Column::required("id", Form::Id);
const CREATED_AT: Column = Column::required("created_at", Form::Time);
const UPDATED_AT: Column = Column::required("updated_at", Form::Time);
const CURRENCY: Column = Column::required("currency", Form::Currency);

const EMAIL: Form = Form::Email;
const URL: Form = Form::Text(|raw| kept(raw, WebUrl::MAX, WebUrl::new(raw).map(drop)));
const LONG: Form = Form::Text(|raw| bounded(raw, LongText::new(raw)));
const UNIQUE_NAME: Form = Form::Text(|raw| exact(raw, Name::new(raw).map(Name::into_string)));
const EXTERNAL_ID: Form =
    Form::Text(|raw| exact(raw, ExternalId::new(raw).map(ExternalId::into_string)));
const PERSON_NAME: Form = Form::Text(|raw| bounded(raw, PersonName::new(raw)));
const SHORT: Form = Form::Text(|raw| bounded(raw, ShortText::new(raw)));
/// Minutes or megabytes a day (contract §7.1).
const LIMIT: Form = Form::Integer(0, i32::MAX);

/// Text that is kept to the letter where its type takes it.
fn bounded<const MAX: usize>(
    raw: &str,
    made: Result<crate::text::Text<MAX>, Violation>,
) -> Result<String, Reason> {
    kept(raw, MAX, made.map(drop))
}

const TENANT: &[Column] = &[
    ID,
    Column::required(
        "name",
        Form::Text(|raw| exact(raw, TenantName::new(raw).map(TenantName::into_string))),
    ),
    Column::required("slug", Form::Text(|raw| exact(raw, Slug::new(raw).map(Slug::into_string)))),
    Column::required("uuid", Form::Uuid),
    Column::optional("email", EMAIL),
    Column::optional("url", URL),
    Column::optional("description", LONG),
    Column::required("is_active", Form::Boolean),
    CREATED_AT,
    UPDATED_AT,
];

const USER: &[Column] = &[
    ID,
    Column::required(
        "username",
        Form::Text(|raw| exact(raw, Username::new(raw).map(Username::into_string))),
    ),
    Column::required("email", EMAIL),
    Column::required("password", Form::PasswordHash),
    Column::required("role", Form::Text(|raw| word(raw, Role::parse(raw).is_some()))),
    Column::optional("tenant_id", Form::Id),
    Column::optional("first_name", PERSON_NAME),
    Column::optional("last_name", PERSON_NAME),
    Column::optional("phone_number", Form::Text(|raw| bounded(raw, PhoneNumber::new(raw)))),
    Column::optional("bio", LONG),
    Column::optional("url", URL),
    Column::optional("company", SHORT),
    Column::optional("location", SHORT),
    Column::optional("birth_date", Form::Date),
    Column::required("is_active", Form::Boolean),
    Column::required("date_joined", Form::Time),
    Column::optional("last_login", Form::Time),
    Column::required("password_updated", Form::Time),
];

const TODO: &[Column] = &[
    ID,
    Column::required("user_id", Form::Id),
    Column::required("task", Form::Text(|raw| bounded(raw, Task::new(raw)))),
    Column::required("completed", Form::Boolean),
    Column::required("timestamp", Form::Time),
    Column::required("updated", Form::Time),
];

const AUDIT_LOG: &[Column] = &[
    ID,
    Column::optional("actor_id", Form::Id),
    Column::optional("target_id", Form::Id),
    Column::required("action", Form::Text(|raw| word(raw, AuditAction::parse(raw).is_some()))),
    Column::required("details", Form::Object),
    Column::required("timestamp", Form::Time),
];

const PLAN: &[Column] = &[
    ID,
    Column::required("name", UNIQUE_NAME),
    Column::optional("description", LONG),
    Column::required("default", Form::Boolean),
    Column::required("available", Form::Boolean),
    Column::required("requires_payment", Form::Boolean),
    Column::required("requires_invoice", Form::Boolean),
    Column::required("auto_renew", Form::Boolean),
    Column::optional("daily_time_minutes", LIMIT),
    Column::optional("daily_data_mb", LIMIT),
    Column::optional("stripe_product_id", EXTERNAL_ID),
    Column::required("metadata", Form::Object),
    CREATED_AT,
    UPDATED_AT,
];

const PRICING: &[Column] = &[
    ID,
    Column::required("plan_id", Form::Id),
    Column::required("amount", Form::Amount),
    CURRENCY,
    Column::required(
        "interval",
        Form::Text(|raw| word(raw, BillingInterval::parse(raw).is_some())),
    ),
    Column::required("trial_period_days", Form::Integer(0, PlanPricing::MAX_TRIAL_DAYS as i32)),
    Column::required("active", Form::Boolean),
    Column::optional("stripe_price_id", EXTERNAL_ID),
    CREATED_AT,
    UPDATED_AT,
];

const GATEWAY: &[Column] = &[
    ID,
    Column::required("name", UNIQUE_NAME),
    Column::required(
        "variant",
        Form::Text(|raw| exact(raw, Variant::new(raw).map(Variant::into_string))),
    ),
    Column::required("is_active", Form::Boolean),
    Column::required("priority", Form::Integer(i32::MIN, i32::MAX)),
    Column::required("config", Form::Settings),
    CREATED_AT,
    UPDATED_AT,
];

const PAYMENT: &[Column] = &[
    ID,
    Column::required("user_id", Form::Id),
    Column::optional("order_id", Form::Text(|raw| bounded(raw, OrderId::new(raw)))),
    Column::required("payment_gateway_id", Form::Id),
    Column::required("status", Form::Text(|raw| word(raw, PaymentStatus::parse(raw).is_some()))),
    Column::required("total", Form::Amount),
    CURRENCY,
    Column::optional("transaction_id", EXTERNAL_ID),
    Column::required("webhook_received", Form::Boolean),
    Column::required("metadata", Form::Object),
    CREATED_AT,
    Column::required("modified_at", Form::Time),
];

const PAYMENT_LOG: &[Column] = &[
    ID,
    Column::required("payment_id", Form::Id),
    Column::required("event_type", Form::Text(|raw| bounded(raw, EventType::new(raw)))),
    Column::optional("message", LONG),
    Column::required("data", Form::Object),
    CREATED_AT,
];

/// Of a key only its digest is taken over, under an id of its own.
const ACCESS_TOKEN: &[Column] = &[
    Column::required("user_id", Form::Id),
    Column::required("key_hash", Form::Key).from("key"),
    CREATED_AT.from("created"),
];

/// The columns of a kind; none of a kind that is not taken over.
pub const fn columns(kind: EntityKind) -> &'static [Column] {
    match kind {
        EntityKind::Tenant => TENANT,
        EntityKind::User => USER,
        EntityKind::Todo => TODO,
        EntityKind::AuditLog => AUDIT_LOG,
        EntityKind::Plan => PLAN,
        EntityKind::PlanPricing => PRICING,
        EntityKind::PaymentGatewayConfig => GATEWAY,
        EntityKind::Payment => PAYMENT,
        EntityKind::PaymentLog => PAYMENT_LOG,
        EntityKind::AccessToken => ACCESS_TOKEN,
        _ => &[],
    }
}

/// An address as its type has it; the white space around it is not its own to take away.
pub(super) fn email(raw: &str) -> Result<String, Reason> {
    exact(raw, EmailAddress::new(raw).map(EmailAddress::into_string))
}

/// A code as its type has it.
pub(super) fn currency(raw: &str) -> Result<String, Reason> {
    exact(raw, Currency::new(raw).map(|currency| currency.code().to_owned()))
}
