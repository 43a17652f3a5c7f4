//! The pricing of plans.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::ports::pricing::PlanPricingRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::pricing::{
    NewPlanPricing, PlanPricing, PlanPricingFilter, PlanPricingSort, PlanPricingView,
};

use super::text;
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::pricing::{NamedPricingRow, PricingRow, WITH_NAME, pricing_row};
use crate::search::{Referred, Searched};
use crate::unit_of_work::PgUnitOfWork;

impl Source for PlanPricingView {
    type Row = NamedPricingRow;
    const TABLE: &'static str = "payment_planpricing";
    const SELECTION: Selection = WITH_NAME;
    const ID: Column = Column::new("pricing.id", Kind::Int);
    const SEARCH: Searched = Searched {
        own: &[],
        referred: &[Referred {
            table: "payment_plan",
            alias: "plan",
            key: "pricing.plan_id",
            columns: &["plan.name"],
        }],
    };

    fn column(key: PlanPricingSort) -> Column {
        match key {
            PlanPricingSort::Plan => Column::new("pricing.plan_id", Kind::Int),
            PlanPricingSort::Amount => Column::new("pricing.amount", Kind::Decimal),
            PlanPricingSort::Currency => Column::new("pricing.currency", Kind::Text),
            PlanPricingSort::CreatedAt => Column::new("pricing.created_at", Kind::Time),
            PlanPricingSort::Id => Self::ID,
        }
    }
}

#[async_trait]
impl PlanPricingRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        plan: PlanId,
        pricing: NewPlanPricing,
        now: DateTime<Utc>,
    ) -> Stored<PlanPricing> {
        let row = pricing_row!(
            "WITH inserted AS (
                INSERT INTO payment_planpricing
                    (plan_id, amount, currency, interval, trial_period_days, active,
                     stripe_price_id, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
                RETURNING *
            )",
            "inserted",
            "",
            plan.get(),
            pricing.price.amount().value(),
            pricing.price.currency().code(),
            pricing.interval.as_str(),
            i32::from(pricing.trial_period_days),
            pricing.active,
            text(pricing.stripe_price_id.as_ref()),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        PlanPricing::try_from(self.settle(row)?)
    }

    async fn find(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<Option<PlanPricing>> {
        let row = pricing_row!(
            "",
            "payment_planpricing",
            "WHERE pricing.plan_id = $1 AND pricing.id = $2",
            plan.get(),
            id.get(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn lock(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<Option<PlanPricing>> {
        let row = pricing_row!(
            "",
            "payment_planpricing",
            "WHERE pricing.plan_id = $1 AND pricing.id = $2 FOR NO KEY UPDATE",
            plan.get(),
            id.get(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn list(&mut self, plan: PlanId, active_only: bool) -> Stored<Vec<PlanPricing>> {
        let rows = pricing_row!(
            "",
            "payment_planpricing",
            "WHERE pricing.plan_id = $1 AND (pricing.active OR NOT $2) ORDER BY pricing.id",
            plan.get(),
            active_only,
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn page(
        &mut self,
        active_only: bool,
        request: ListRequest<PlanPricingFilter, PlanPricingSort>,
    ) -> Listing<PlanPricingView> {
        let PlanPricingFilter { plan, is_active, currency } = request.filter;
        let conditions = Conditions::default()
            .flag("pricing.active", active_only.then_some(true))
            .flag("pricing.active", is_active)
            .with("pricing.plan_id = ?", plan.map(SortValue::Int))
            .with("pricing.currency = ?", currency.map(|currency| currency.code().into()));
        list::page(self, conditions, request).await
    }

    async fn update(&mut self, pricing: &PlanPricing) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_planpricing
             SET amount = $2, currency = $3, interval = $4, trial_period_days = $5, active = $6,
                 stripe_price_id = $7, updated_at = $8
             WHERE id = $1",
            pricing.id.get(),
            pricing.price.amount().value(),
            pricing.price.currency().code(),
            pricing.interval.as_str(),
            i32::from(pricing.trial_period_days),
            pricing.active,
            text(pricing.stripe_price_id.as_ref()),
            pricing.updated_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn delete(&mut self, plan: PlanId, id: PlanPricingId) -> Stored<bool> {
        let outcome = sqlx::query!(
            "DELETE FROM payment_planpricing WHERE plan_id = $1 AND id = $2",
            plan.get(),
            id.get(),
        )
        .execute(self.connection().await?)
        .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }
}
