//! Where plans are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::{Listing, Stored};
use crate::ids::PlanId;
use crate::page::ListRequest;
use crate::plan::{NewPlan, Plan, PlanFilter, PlanSort, PlanView};

/// Plans. They belong to the system, so no lookup is scoped.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait PlanRepository: Send {
    /// Stores a new plan. Errors: `Taken`.
    async fn insert(&mut self, plan: NewPlan, now: DateTime<Utc>) -> Stored<Plan>;

    /// Finds a plan with its active pricing.
    async fn find(&mut self, id: PlanId) -> Stored<Option<PlanView>>;

    /// Finds a plan and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, id: PlanId) -> Stored<Option<Plan>>;

    /// All plans that match, by id, with their active pricing, in a fixed number of statements.
    async fn list(&mut self, filter: PlanFilter) -> Stored<Vec<PlanView>>;

    /// A page of the plans that match, with their active pricing, in a fixed number of statements.
    /// Searches `name`.
    async fn page(&mut self, request: ListRequest<PlanFilter, PlanSort>) -> Listing<PlanView>;

    /// Takes the default flag from whichever plan has it, but `except`, and keeps others from giving
    /// it until the unit of work ends.
    async fn clear_default(&mut self, except: Option<PlanId>, now: DateTime<Utc>) -> Stored<()>;

    /// Stores all changeable columns of a locked plan. Errors: `Taken`.
    async fn update(&mut self, plan: &Plan) -> Stored<()>;

    /// Deletes a plan; `false` where there is none. Errors: `Protected`.
    async fn delete(&mut self, id: PlanId) -> Stored<bool>;
}
