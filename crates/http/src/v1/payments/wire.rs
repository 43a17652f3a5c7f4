//! Bodies and filters of §10.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use wiwebb_domain::error::{Input, Violation};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::money::{Amount, Currency, Money};
use wiwebb_domain::payment::{PaymentFilter, PaymentStatus, PaymentView};
use wiwebb_domain::payment_log::PaymentLog;
use wiwebb_domain::refund::Refund;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft, RefundDraft, Stepped};
use wiwebb_domain::text::{ExternalId, OrderId, PaymentDescription, RefundReason};

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{self, decimal, object, string, text};
use crate::extract::list::Params;
use crate::openapi::values;
use crate::profile::{AmountWire, ClientProfile, Form, Wire};

/// The payment object of contract §10.1; in `compat` with the gateway's name and the total as a number
/// (§15, rows 6 and 7).
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
pub(crate) struct PaymentWire {
    #[schema(example = 88)]
    id: i32,
    #[schema(example = 12)]
    user: i32,
    #[schema(required = true, example = "A-1001")]
    order_id: Option<String>,
    #[schema(value_type = i32, example = 2)]
    payment_gateway: Form<i32, String>,
    #[schema(example = "Cards")]
    payment_gateway_name: String,
    #[schema(example = "dummy")]
    variant: String,
    #[schema(schema_with = values::PaymentStatus::schema)]
    status: &'static str,
    #[schema(value_type = String, example = "19.99")]
    total: AmountWire,
    #[schema(example = "USD")]
    currency: &'static str,
    #[schema(example = "19.99")]
    captured_amount: String,
    #[schema(example = "0.00")]
    refunded_amount: String,
    #[schema(required = true, example = "dummy_5f2c")]
    transaction_id: Option<String>,
    #[schema(example = false)]
    webhook_received: bool,
    #[schema(example = "March")]
    description: String,
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "description": "March" }))]
    metadata: Map<String, Value>,
    created_at: DateTime<Utc>,
    modified_at: DateTime<Utc>,
    created: DateTime<Utc>,
    modified: DateTime<Utc>,
}

impl Wire<PaymentView> for PaymentWire {
    fn of(view: &PaymentView, profile: ClientProfile) -> Self {
        let payment = &view.payment;
        let gateway = payment.payment_gateway_id.get();
        Self {
            id: payment.id.get(),
            user: payment.user_id.get(),
            order_id: payment.order_id.as_ref().map(OrderId::to_string),
            payment_gateway: profile.form(|| gateway, || view.gateway_name.to_string()),
            payment_gateway_name: view.gateway_name.to_string(),
            variant: view.variant.to_string(),
            status: payment.status.as_str(),
            total: profile.amount(payment.total.amount()),
            currency: payment.total.currency().code(),
            captured_amount: payment.captured_amount().to_string(),
            refunded_amount: payment.refunded_amount().to_string(),
            transaction_id: payment.transaction_id.as_ref().map(ExternalId::to_string),
            webhook_received: payment.webhook_received,
            description: payment.description().to_owned(),
            metadata: payment.metadata.clone(),
            created_at: payment.created_at,
            modified_at: payment.modified_at,
            created: payment.created_at,
            modified: payment.modified_at,
        }
    }
}

/// The log entry of contract §10.1.
#[derive(Serialize, ToSchema)]
#[schema(as = PaymentLog)]
pub(crate) struct LogWire {
    #[schema(example = 201)]
    id: i32,
    #[schema(example = 88)]
    payment: i32,
    #[schema(example = "payment.refunded")]
    event_type: String,
    #[schema(example = "Refunded")]
    message: String,
    #[schema(value_type = BTreeMap<String, Value>, example = json!({ "amount": "5.00", "remaining": "14.99" }))]
    data: Map<String, Value>,
    created_at: DateTime<Utc>,
}

impl From<&PaymentLog> for LogWire {
    fn from(entry: &PaymentLog) -> Self {
        Self {
            id: entry.id.get(),
            payment: entry.payment_id.get(),
            event_type: entry.event_type.to_string(),
            message: entry.message.clone().unwrap_or_default(),
            data: entry.data.clone(),
            created_at: entry.created_at,
        }
    }
}

/// A refund of a payment.
#[derive(Serialize, ToSchema)]
#[schema(as = Refund)]
pub(crate) struct RefundWire {
    #[schema(example = 6)]
    id: i32,
    #[schema(example = 88)]
    payment: i32,
    #[schema(example = "5.00")]
    amount: String,
    #[schema(schema_with = values::RefundStatus::schema)]
    status: &'static str,
    #[schema(example = "Outage")]
    reason: String,
    #[schema(required = true, example = "dummy_9a1b")]
    transaction_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Refund> for RefundWire {
    fn from(refund: &Refund) -> Self {
        Self {
            id: refund.id.get(),
            payment: refund.payment_id.get(),
            amount: refund.amount.to_string(),
            status: refund.status.as_str(),
            reason: or_empty(refund.reason.as_ref()),
            transaction_id: refund.transaction_id.as_ref().map(ExternalId::to_string),
            created_at: refund.created_at,
            updated_at: refund.updated_at,
        }
    }
}

/// What is paid, and through which gateway.
#[derive(ToSchema)]
#[schema(as = NewPaymentBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct NewPaymentBody {
    /// A JSON number is taken too.
    #[schema(pattern = "^[0-9]{1,8}([.][0-9]{1,2})?$", example = "19.99")]
    amount: String,
    #[schema(min_length = 3, max_length = 3, example = "USD", nullable = false)]
    currency: Option<String>,
    /// An id, or a name or variant.
    #[schema(schema_with = values::gateway)]
    payment_gateway: String,
    #[schema(max_length = 100, example = "A-1001")]
    order_id: Option<String>,
    #[schema(max_length = 500, example = "March")]
    description: Option<String>,
    #[schema(value_type = Option<BTreeMap<String, Value>>, nullable = false, example = json!({ "invoice": "2025-03" }))]
    metadata: Option<Map<String, Value>>,
}

/// How much is captured: all of it unless said otherwise.
#[derive(ToSchema)]
#[schema(as = CaptureBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct CaptureBody {
    #[schema(pattern = "^[0-9]{1,8}([.][0-9]{1,2})?$", example = "19.99", nullable = false)]
    amount: Option<String>,
}

/// How much goes back: what is left unless said otherwise.
#[derive(ToSchema)]
#[schema(as = RefundBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct RefundBody {
    #[schema(pattern = "^[0-9]{1,8}([.][0-9]{1,2})?$", example = "5.00", nullable = false)]
    amount: Option<String>,
    #[schema(max_length = 200, example = "Outage")]
    reason: Option<String>,
}

/// A fresh payment, and where its payer goes on.
#[derive(ToSchema)]
#[schema(as = NewPayment)]
#[expect(dead_code, reason = "only described: the fields are written one by one")]
pub(crate) struct NewPaymentWire {
    payment: PaymentWire,
    #[schema(required = true, example = "https://wiwebb.example/checkout/5f2c/")]
    redirect_url: Option<String>,
    /// For a page of Stripe's own elements.
    #[schema(nullable = false)]
    client_secret: Option<String>,
}

pub(crate) fn filter(params: &mut Params) -> PaymentFilter {
    PaymentFilter {
        status: params.choice("status", PaymentStatus::parse),
        variant: params.text("variant"),
        payment_gateway: params.id("payment_gateway"),
        user: params.id("user"),
        order_id: params.text("order_id"),
        created_after: params.time("created_after"),
        created_before: params.time("created_before"),
    }
}

pub(super) fn draft(body: JsonObject) -> Input<PaymentDraft> {
    let mut fields = body.fields()?;
    let amount = fields.required("amount", positive);
    let currency = fields.optional("currency", text(Currency::new)).unwrap_or(Currency::USD);
    let gateway = fields.required("payment_gateway", gateway);
    let order_id = fields.nullable("order_id", text(OrderId::optional));
    let description = fields.nullable("description", text(PaymentDescription::optional));
    let metadata = fields.optional("metadata", object);
    let total = amount.map(|amount| Money::new(amount, currency)).transpose();
    if let Err(violation) = &total {
        fields.refuse("amount", violation.clone());
    }
    fields.finish(|| {
        Some(PaymentDraft {
            total: total.ok().flatten()?,
            gateway: gateway?,
            order_id: order_id.flatten(),
            description: description.flatten(),
            metadata: metadata.unwrap_or_default(),
        })
    })
}

/// An amount of more than nothing; less has a message of its own (contract §10.2).
fn positive(value: &Value) -> Result<Amount, Violation> {
    let number = decimal(value)?;
    if number.is_zero() || number.is_sign_negative() {
        return Err(Violation::NotPositive);
    }
    Amount::new(number)
}

/// An id as integer, or a name or variant as text (contract §10.2).
fn gateway(value: &Value) -> Result<GatewayChoice, Violation> {
    if let Value::Number(number) = value {
        let id = GatewayId::parse(&number.to_string()).unwrap_or(GatewayId::NOWHERE);
        return Ok(GatewayChoice::Id(id));
    }
    match string(value)?.trim() {
        "" => Err(Violation::Blank),
        text => Ok(GatewayChoice::NameOrVariant(text.to_owned())),
    }
}

pub(crate) fn capture(body: JsonObject) -> Input<Option<Amount>> {
    let mut fields = body.fields()?;
    let amount = optional_amount(&mut fields);
    fields.finish(|| Some(amount))
}

pub(crate) fn refund(body: JsonObject) -> Input<RefundDraft> {
    let mut fields = body.fields()?;
    let amount = optional_amount(&mut fields);
    let reason = fields.nullable("reason", text(RefundReason::optional));
    fields.finish(|| Some(RefundDraft { amount, reason: reason.flatten() }))
}

fn optional_amount(fields: &mut fields::Fields) -> Option<Amount> {
    fields.optional("amount", positive)
}

/// `201`, or `202` while the gateway has not answered (contract §10.5).
pub(super) fn created(stepped: &Stepped, profile: ClientProfile) -> (StatusCode, Value) {
    let status = if stepped.is_known { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    let payment = PaymentWire::of(&stepped.view, profile);
    let mut body = json!({ "payment": payment, "redirect_url": stepped.redirect_url });
    if let Some(secret) = &stepped.client_secret {
        body["client_secret"] = secret.as_str().into();
    }
    (status, body)
}

/// `200`, or `202` while the gateway has not answered (contract §10.5).
pub(crate) fn stepped(stepped: &Stepped, profile: ClientProfile) -> (StatusCode, Value) {
    let status = if stepped.is_known { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, json!(PaymentWire::of(&stepped.view, profile)))
}
