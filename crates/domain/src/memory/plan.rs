//! Plans.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is, page};
use super::pricing;
use super::session::Session;
use super::table::{Row, Table};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::PlanId;
use crate::page::{ListRequest, Page};
use crate::plan::{NewPlan, Plan, PlanFilter, PlanSort, PlanView};
use crate::ports::plan::PlanRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;

impl Row for Plan {
    const KIND: EntityKind = EntityKind::Plan;

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.plans
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.plans
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        let key = if self.name == other.name {
            UniqueKey::PlanName
        } else if self.default && other.default {
            UniqueKey::DefaultPlan
        } else {
            return None;
        };
        Some(RepositoryError::Taken(key))
    }

    fn keep(&mut self, stored: &Self) {
        self.created_at = stored.created_at;
    }
}

fn view(state: &State, plan: &Plan) -> PlanView {
    PlanView { plan: plan.clone(), pricing: pricing::of_plan(state, plan.id, true) }
}

fn matches(plan: &Plan, filter: &PlanFilter) -> bool {
    let PlanFilter { available, requires_payment } = filter;
    is(available.as_ref(), &plan.available) && is(requires_payment.as_ref(), &plan.requires_payment)
}

#[async_trait]
impl PlanRepository for Session {
    async fn insert(&mut self, plan: NewPlan, now: DateTime<Utc>) -> Stored<Plan> {
        let make = |id| Plan {
            id: PlanId::new(id),
            name: plan.name,
            description: plan.description,
            default: plan.default,
            available: plan.available,
            requires_payment: plan.requires_payment,
            requires_invoice: plan.requires_invoice,
            auto_renew: plan.auto_renew,
            daily_time_minutes: plan.daily_time_minutes,
            daily_data_mb: plan.daily_data_mb,
            stripe_product_id: plan.stripe_product_id,
            metadata: plan.metadata,
            created_at: now,
            updated_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn find(&mut self, id: PlanId) -> Stored<Option<PlanView>> {
        self.read(|state| state.plans.get(id.get()).map(|plan| view(state, plan)))
    }

    async fn lock(&mut self, id: PlanId) -> Stored<Option<Plan>> {
        self.read(|state| state.plans.get(id.get()).cloned())
    }

    async fn list(&mut self, filter: PlanFilter) -> Stored<Vec<PlanView>> {
        self.read(|state| {
            let plans = state.plans.iter().filter(|plan| matches(plan, &filter));
            plans.map(|plan| view(state, plan)).collect()
        })
    }

    async fn page(&mut self, request: ListRequest<PlanFilter, PlanSort>) -> Listing<PlanView> {
        self.read(|state| {
            let plans = state.plans.iter().filter(|plan| {
                matches(plan, &request.filter)
                    && finds(&request.search, &[Some(plan.name.as_str())])
            });
            let Page { items, place } = page(plans.cloned().collect(), &request)?;
            Some(Page { items: items.iter().map(|plan| view(state, plan)).collect(), place })
        })
    }

    async fn clear_default(&mut self, except: Option<PlanId>, now: DateTime<Utc>) -> Stored<()> {
        self.write(|state| {
            let is_meant = |plan: &&Plan| plan.default && Some(plan.id) != except;
            let Some(mut plan) = state.plans.iter().find(is_meant).cloned() else {
                return Ok(());
            };
            plan.default = false;
            plan.updated_at = now;
            state.update(plan)
        })
        .await
    }

    async fn update(&mut self, plan: &Plan) -> Stored<()> {
        self.write(|state| state.update(plan.clone())).await
    }

    async fn delete(&mut self, id: PlanId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::Plan, id.get())).await
    }
}
