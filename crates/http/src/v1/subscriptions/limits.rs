//! What is left of the day, on the wire (contract §8.4).

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use wiwebb_domain::usage::Limits;

use super::wire::PlanRef;

/// The object of contract §8.4. What was used is told in whole minutes and megabytes, rounded down.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
pub(crate) struct LimitsWire {
    plan: PlanRef,
    #[schema(required = true, example = 120)]
    daily_time_minutes: Option<u32>,
    #[schema(required = true, example = 500)]
    daily_data_mb: Option<u32>,
    usage: UsageWire,
}

#[derive(Serialize, ToSchema)]
#[schema(as = Usage)]
struct UsageWire {
    #[schema(example = 30)]
    time_used_minutes: u64,
    #[schema(example = 120)]
    data_used_mb: u64,
    #[schema(required = true, example = 90)]
    time_remaining_minutes: Option<u64>,
    #[schema(required = true, example = 380)]
    data_remaining_mb: Option<u64>,
    #[schema(example = "2025-03-16T00:00:00Z")]
    reset_at: DateTime<Utc>,
}

impl From<&Limits> for LimitsWire {
    fn from(limits: &Limits) -> Self {
        let allowance = &limits.allowance;
        Self {
            plan: PlanRef { id: allowance.plan_id.get(), name: allowance.plan_name.to_string() },
            daily_time_minutes: allowance.daily_time_minutes,
            daily_data_mb: allowance.daily_data_mb,
            usage: UsageWire {
                time_used_minutes: limits.minutes_used(),
                data_used_mb: limits.megabytes_used(),
                time_remaining_minutes: limits.minutes_left(),
                data_remaining_mb: limits.megabytes_left(),
                reset_at: limits.reset_at,
            },
        }
    }
}
