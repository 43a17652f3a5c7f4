//! `payment_payment`

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{GatewayId, PaymentId, TenantId, UserId};
use wiwebb_domain::payment::{Payment, PaymentStatus, PaymentView};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{ExternalId, Name, OrderId, Variant};

use super::{Origin, selection};

/// A payment with its gateway's name and variant and the payer's tenant.
#[derive(sqlx::FromRow)]
pub(crate) struct PaymentRow {
    pub(crate) id: i32,
    pub(crate) user_id: i32,
    pub(crate) order_id: Option<String>,
    pub(crate) payment_gateway_id: i32,
    pub(crate) status: String,
    pub(crate) total: Decimal,
    pub(crate) currency: String,
    pub(crate) transaction_id: Option<String>,
    pub(crate) webhook_received: bool,
    pub(crate) metadata: Value,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) modified_at: DateTime<Utc>,
    pub(crate) gateway_name: String,
    pub(crate) variant: String,
    pub(crate) tenant_id: Option<i32>,
}

selection!($ payment_row => PaymentRow, "payment",
    "payment.id, payment.user_id, payment.order_id, payment.payment_gateway_id, payment.status, \
     payment.total, payment.currency, payment.transaction_id, payment.webhook_received, \
     payment.metadata, payment.created_at, payment.modified_at, gateway.name AS gateway_name, \
     gateway.variant, payer.tenant_id",
    "JOIN payment_paymentgatewayconfig AS gateway ON gateway.id = payment.payment_gateway_id \
     JOIN api_user AS payer ON payer.id = payment.user_id"
);

impl TryFrom<PaymentRow> for PaymentView {
    type Error = RepositoryError;

    fn try_from(row: PaymentRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::Payment, id: row.id };
        let gateway = Origin { kind: EntityKind::PaymentGatewayConfig, id: row.payment_gateway_id };
        let payment = Payment {
            id: PaymentId::new(row.id),
            user_id: UserId::new(row.user_id),
            order_id: from.optional("order_id", row.order_id.as_deref(), OrderId::optional)?,
            payment_gateway_id: GatewayId::new(row.payment_gateway_id),
            status: from.word("status", &row.status, PaymentStatus::parse)?,
            total: from.money("total", row.total, &row.currency)?,
            transaction_id: from.optional(
                "transaction_id",
                row.transaction_id.as_deref(),
                ExternalId::optional,
            )?,
            webhook_received: row.webhook_received,
            metadata: from.object("metadata", row.metadata)?,
            created_at: row.created_at,
            modified_at: row.modified_at,
        };
        Ok(Self {
            payment,
            gateway_name: gateway.value("name", Name::new(&row.gateway_name))?,
            variant: gateway.value("variant", Variant::new(&row.variant))?,
            tenant_id: row.tenant_id.map(TenantId::new),
        })
    }
}
