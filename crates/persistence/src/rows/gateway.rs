//! `payment_paymentgatewayconfig`

use chrono::{DateTime, Utc};
use serde_json::Value;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::gateway::{GatewaySettings, PaymentGatewayConfig};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{Name, Variant};

use super::{Origin, selection};

/// A gateway.
#[derive(sqlx::FromRow)]
pub(crate) struct GatewayRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) variant: String,
    pub(crate) is_active: bool,
    pub(crate) priority: i32,
    pub(crate) config: Value,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

selection!($ gateway_row => GatewayRow, "gateway",
    "gateway.id, gateway.name, gateway.variant, gateway.is_active, gateway.priority, \
     gateway.config, gateway.created_at, gateway.updated_at",
    ""
);

impl TryFrom<GatewayRow> for PaymentGatewayConfig {
    type Error = RepositoryError;

    fn try_from(row: GatewayRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::PaymentGatewayConfig, id: row.id };
        Ok(Self {
            id: GatewayId::new(row.id),
            name: from.value("name", Name::new(&row.name))?,
            variant: from.value("variant", Variant::new(&row.variant))?,
            is_active: row.is_active,
            priority: row.priority,
            config: GatewaySettings::new(from.object("config", row.config)?),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
