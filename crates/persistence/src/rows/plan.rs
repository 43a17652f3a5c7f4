//! `payment_plan`

use chrono::{DateTime, Utc};
use serde_json::Value;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::plan::Plan;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{ExternalId, LongText, Name};

use super::{Origin, selection};

/// A plan.
#[derive(sqlx::FromRow)]
pub(crate) struct PlanRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) default: bool,
    pub(crate) available: bool,
    pub(crate) requires_payment: bool,
    pub(crate) requires_invoice: bool,
    pub(crate) auto_renew: bool,
    pub(crate) daily_time_minutes: Option<i32>,
    pub(crate) daily_data_mb: Option<i32>,
    pub(crate) stripe_product_id: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

selection!($ plan_row => PlanRow, "plan",
    "plan.id, plan.name, plan.description, plan.default, plan.available, plan.requires_payment, \
     plan.requires_invoice, plan.auto_renew, plan.daily_time_minutes, plan.daily_data_mb, \
     plan.stripe_product_id, plan.metadata, plan.created_at, plan.updated_at",
    ""
);

impl TryFrom<PlanRow> for Plan {
    type Error = RepositoryError;

    fn try_from(row: PlanRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::Plan, id: row.id };
        let limit = |column, limit: Option<i32>| -> Stored<Option<u32>> {
            limit.map(|limit| from.value(column, u32::try_from(limit))).transpose()
        };
        Ok(Self {
            id: PlanId::new(row.id),
            name: from.value("name", Name::new(&row.name))?,
            description: from.optional(
                "description",
                row.description.as_deref(),
                LongText::optional,
            )?,
            default: row.default,
            available: row.available,
            requires_payment: row.requires_payment,
            requires_invoice: row.requires_invoice,
            auto_renew: row.auto_renew,
            daily_time_minutes: limit("daily_time_minutes", row.daily_time_minutes)?,
            daily_data_mb: limit("daily_data_mb", row.daily_data_mb)?,
            stripe_product_id: from.optional(
                "stripe_product_id",
                row.stripe_product_id.as_deref(),
                ExternalId::optional,
            )?,
            metadata: from.object("metadata", row.metadata)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}
