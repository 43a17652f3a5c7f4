//! Where the pricing of plans is kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::ids::{PlanId, PlanPricingId};
use crate::page::ListRequest;
use crate::pricing::{
    NewPlanPricing, PlanPricing, PlanPricingFilter, PlanPricingSort, PlanPricingView,
};

/// Pricing. A single price is found only under its own plan (contract §7.3).
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PlanPricingRepository: Send {
    /// Stores a new price. Errors: `MissingReference`.
    async fn insert(
        &mut self,
        plan: PlanId,
        pricing: NewPlanPricing,
        now: DateTime<Utc>,
    ) -> Stored<PlanPricing>;

    /// Finds a price of a plan.
    async fn find(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<Option<PlanPricing>>;

    /// Finds a price and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<Option<PlanPricing>>;

    /// The prices of a plan, by id.
    async fn list(&mut self, plan: PlanId, active_only: bool) -> Stored<Vec<PlanPricing>>;

    /// Lists the prices of all plans. Searches the plan's name.
    async fn page(
        &mut self,
        active_only: bool,
        request: ListRequest<PlanPricingFilter, PlanPricingSort>,
    ) -> Listing<PlanPricingView>;

    /// Stores all changeable columns of a locked price.
    async fn update(&mut self, pricing: &PlanPricing) -> Stored<()>;

    /// Deletes a price of a plan; `false` where there is none.
    async fn delete(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<bool>;
}
