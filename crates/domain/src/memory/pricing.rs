//! Pricing of plans.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is, is_id, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::ids::{PlanId, PlanPricingId};
use crate::page::ListRequest;
use crate::ports::pricing::PlanPricingRepository;
use crate::ports::{Listing, Stored};
use crate::pricing::{
    NewPlanPricing, PlanPricing, PlanPricingFilter, PlanPricingSort, PlanPricingView,
};
use crate::relations::EntityKind;

impl Row for PlanPricing {
    const KIND: EntityKind = EntityKind::PlanPricing;
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference { column: "plan_id", get: |pricing| Some(pricing.plan_id.get()), clear: None }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.pricing
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.pricing
    }

    fn keep(&mut self, stored: &Self) {
        self.plan_id = stored.plan_id;
        self.created_at = stored.created_at;
    }
}

/// The prices of a plan, by id.
pub(super) fn of_plan(state: &State, plan: PlanId, active_only: bool) -> Vec<PlanPricing> {
    state
        .pricing
        .iter()
        .filter(|pricing| pricing.plan_id == plan && (pricing.active || !active_only))
        .cloned()
        .collect()
}

fn under(state: &State, plan: PlanId, id: PlanPricingId) -> Option<&PlanPricing> {
    state.pricing.get(id.get()).filter(|pricing| pricing.plan_id == plan)
}

fn view(state: &State, pricing: &PlanPricing) -> Option<PlanPricingView> {
    let plan_name = state.plans.get(pricing.plan_id.get())?.name.clone();
    Some(PlanPricingView { pricing: pricing.clone(), plan_name })
}

fn matches(pricing: &PlanPricing, filter: &PlanPricingFilter) -> bool {
    let PlanPricingFilter { plan, is_active, currency } = filter;
    is_id(*plan, Some(pricing.plan_id.get()))
        && is(is_active.as_ref(), &pricing.active)
        && is(currency.as_ref(), &pricing.price.currency())
}

#[async_trait]
impl PlanPricingRepository for Session {
    async fn insert(
        &mut self,
        plan: PlanId,
        pricing: NewPlanPricing,
        now: DateTime<Utc>,
    ) -> Stored<PlanPricing> {
        let make = |id| PlanPricing {
            id: PlanPricingId::new(id),
            plan_id: plan,
            price: pricing.price,
            interval: pricing.interval,
            trial_period_days: pricing.trial_period_days,
            active: pricing.active,
            stripe_price_id: pricing.stripe_price_id,
            created_at: now,
            updated_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn find(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<Option<PlanPricing>> {
        self.read(|state| under(state, plan, id).cloned())
    }

    async fn lock(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<Option<PlanPricing>> {
        PlanPricingRepository::find(self, plan, id).await
    }

    async fn list(&mut self, plan: PlanId, active_only: bool) -> Stored<Vec<PlanPricing>> {
        self.read(|state| of_plan(state, plan, active_only))
    }

    async fn page(
        &mut self,
        active_only: bool,
        request: ListRequest<PlanPricingFilter, PlanPricingSort>,
    ) -> Listing<PlanPricingView> {
        self.read(|state| {
            let prices = state.pricing.iter().filter(|pricing| {
                (pricing.active || !active_only) && matches(pricing, &request.filter)
            });
            let rows = prices
                .filter_map(|pricing| view(state, pricing))
                .filter(|row| finds(&request.search, &[Some(row.plan_name.as_str())]));
            page(rows.collect(), &request)
        })
    }

    async fn update(&mut self, pricing: &PlanPricing) -> Stored<()> {
        self.write(|state| state.update(pricing.clone())).await
    }

    async fn delete(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<bool> {
        self.write(|state| {
            if under(state, plan, id).is_none() {
                return Ok(false);
            }
            state.delete(EntityKind::PlanPricing, id.get())
        })
        .await
    }
}
