//! Plans and their pricing (contract §7).

use super::Ports;
use super::deletion::{conclude, require_deletable, require_deleted};
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input, Violations};
use crate::ids::{PlanId, PlanPricingId};
use crate::page::{ListRequest, Page};
use crate::plan::{NewPlan, PlanFilter, PlanSort, PlanUpdate, PlanView};
use crate::ports::unit_of_work::UnitOfWork;
use crate::pricing::{
    NewPlanPricing, PlanPricing, PlanPricingFilter, PlanPricingSort, PlanPricingUpdate,
    PlanPricingView,
};
use crate::relations::EntityKind;

/// Use cases on plans.
#[derive(Clone)]
pub struct Plans {
    ports: Ports,
}

impl Plans {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The plans that match, by id, with their active pricing.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: Input<PlanFilter>,
    ) -> Result<Vec<PlanView>, Error> {
        access::permit_role(actor, Action::ReadPlans)?;
        let mut read = self.ports.store.read_since("plans.list", actor.written).await?;
        Ok(read.plans().list(filter?).await?)
    }

    /// A page of the plans that match, with their active pricing.
    pub async fn page(
        &self,
        actor: &Actor,
        request: Input<ListRequest<PlanFilter, PlanSort>>,
    ) -> Result<Page<PlanView>, Error> {
        access::permit_role(actor, Action::ReadPlans)?;
        let mut read = self.ports.store.read_since("plans.page", actor.written).await?;
        read.plans().page(request?).await?.ok_or(Error::NoSuchPage)
    }

    /// One plan with its active pricing.
    pub async fn get(&self, actor: &Actor, id: PlanId) -> Result<PlanView, Error> {
        access::permit_role(actor, Action::ReadPlans)?;
        let mut read = self.ports.store.read("plans.get").await?;
        read.plans().find(id).await?.ok_or(Error::NotFound(EntityKind::Plan))
    }

    /// Creates a plan. A new default takes the place of the old one (contract §7.1).
    pub async fn create(&self, actor: &Actor, input: Input<NewPlan>) -> Result<PlanView, Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let new = input?;
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("plans.create").await?;
        if new.default {
            work.plans().clear_default(None, now).await?;
        }
        let plan = work.plans().insert(new, now).await?;
        work.commit().await?;
        Ok(PlanView { plan, pricing: Vec::new() })
    }

    /// Changes a plan.
    pub async fn update(
        &self,
        actor: &Actor,
        id: PlanId,
        input: Input<PlanUpdate>,
    ) -> Result<PlanView, Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("plans.update").await?;
        // Before any row is locked, so that two new defaults wait for each other in one place.
        if input.as_ref().is_ok_and(|update| update.default == Some(true)) {
            work.plans().clear_default(Some(id), now).await?;
        }
        let mut plan = locked_plan(work.as_mut(), id).await?;
        plan.apply(input?, now);
        work.plans().update(&plan).await?;
        let view = work.plans().find(id).await?.ok_or(Error::NotFound(EntityKind::Plan))?;
        work.commit().await?;
        Ok(view)
    }

    /// Removes a plan and its pricing.
    pub async fn delete(&self, actor: &Actor, id: PlanId) -> Result<(), Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let mut work = self.ports.store.begin("plans.delete").await?;
        locked_plan(work.as_mut(), id).await?;
        require_deletable(work.as_mut(), EntityKind::Plan, id.get()).await?;
        let deleted = work.plans().delete(id).await;
        conclude(&self.ports, work, deleted, (EntityKind::Plan, id.get())).await
    }

    /// The prices of a plan, by id: all of them for who may write plans, else the active ones.
    pub async fn list_pricing(
        &self,
        actor: &Actor,
        plan: PlanId,
    ) -> Result<Vec<PlanPricing>, Error> {
        access::permit_role(actor, Action::ReadPlans)?;
        let mut read = self.ports.store.read_since("plans.list_pricing", actor.written).await?;
        read.plans().find(plan).await?.ok_or(Error::NotFound(EntityKind::Plan))?;
        Ok(read.pricing().list(plan, sees_active_only(actor)).await?)
    }

    /// A page of the prices of all plans: all of them for who may write plans, else the active ones.
    pub async fn page_pricing(
        &self,
        actor: &Actor,
        request: Input<ListRequest<PlanPricingFilter, PlanPricingSort>>,
    ) -> Result<Page<PlanPricingView>, Error> {
        access::permit_role(actor, Action::ReadPlans)?;
        let mut read = self.ports.store.read_since("plans.page_pricing", actor.written).await?;
        let page = read.pricing().page(sees_active_only(actor), request?).await?;
        page.ok_or(Error::NoSuchPage)
    }

    /// One price of a plan.
    pub async fn get_pricing(
        &self,
        actor: &Actor,
        plan: PlanId,
        id: PlanPricingId,
    ) -> Result<PlanPricing, Error> {
        access::permit_role(actor, Action::ReadPlans)?;
        let mut read = self.ports.store.read("plans.get_pricing").await?;
        let found = read.pricing().find(plan, id).await?;
        found
            .filter(|pricing| pricing.active || !sees_active_only(actor))
            .ok_or(Error::NotFound(EntityKind::PlanPricing))
    }

    /// Adds a price to a plan.
    pub async fn create_pricing(
        &self,
        actor: &Actor,
        plan: PlanId,
        input: Input<NewPlanPricing>,
    ) -> Result<PlanPricing, Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let mut work = self.ports.store.begin("plans.create_pricing").await?;
        locked_plan(work.as_mut(), plan).await?;
        let pricing = work.pricing().insert(plan, input?, self.ports.clock.now()).await?;
        work.commit().await?;
        Ok(pricing)
    }

    /// Changes a price.
    pub async fn update_pricing(
        &self,
        actor: &Actor,
        plan: PlanId,
        id: PlanPricingId,
        input: Input<PlanPricingUpdate>,
    ) -> Result<PlanPricing, Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let mut work = self.ports.store.begin("plans.update_pricing").await?;
        let found = work.pricing().lock(plan, id).await?;
        let mut pricing = found.ok_or(Error::NotFound(EntityKind::PlanPricing))?;
        pricing
            .apply(input?, self.ports.clock.now())
            .map_err(|violation| Violations::of("amount", violation))?;
        work.pricing().update(&pricing).await?;
        work.commit().await?;
        Ok(pricing)
    }

    /// Removes a price.
    pub async fn delete_pricing(
        &self,
        actor: &Actor,
        plan: PlanId,
        id: PlanPricingId,
    ) -> Result<(), Error> {
        access::permit_role(actor, Action::WritePlans)?;
        let mut read = self.ports.store.read("plans.delete_pricing").await?;
        require_deleted(read.pricing().delete(plan, id).await?, EntityKind::PlanPricing)
    }
}

/// Who may write plans sees the prices that cannot be bought, too (contract §7.3).
fn sees_active_only(actor: &Actor) -> bool {
    access::permit_role(actor, Action::WritePlans).is_err()
}

async fn locked_plan(work: &mut dyn UnitOfWork, id: PlanId) -> Result<crate::plan::Plan, Error> {
    work.plans().lock(id).await?.ok_or(Error::NotFound(EntityKind::Plan))
}
