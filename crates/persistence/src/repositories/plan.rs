//! Plans.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::page::{ListRequest, Page};
use wiwebb_domain::plan::{NewPlan, Plan, PlanFilter, PlanSort, PlanView};
use wiwebb_domain::ports::plan::PlanRepository;
use wiwebb_domain::ports::pricing::PlanPricingRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::pricing::PlanPricing;

use super::{json, text};
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::plan::{PlanRow, SELECTION, plan_row};
use crate::rows::pricing::{PricingRow, pricing_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for Plan {
    type Row = PlanRow;
    const TABLE: &'static str = "payment_plan";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("plan.id", Kind::Int);
    const SEARCH: Searched = Searched::own(&["plan.name"]);

    fn column(key: PlanSort) -> Column {
        match key {
            PlanSort::Name => Column::new("plan.name", Kind::Text),
            PlanSort::CreatedAt => Column::new("plan.created_at", Kind::Time),
            PlanSort::Id => Self::ID,
        }
    }
}

/// A limit as its column holds it.
fn limit(limit: Option<u32>) -> Stored<Option<i32>> {
    limit.map(i32::try_from).transpose().map_err(|error| RepositoryError::Backend(error.into()))
}

/// The number of the lock on the default flag among the database's advisory locks.
const DEFAULT_PLAN_TURN: i64 = 0x7077_6965_6262_0001;

#[async_trait]
impl PlanRepository for PgUnitOfWork {
    async fn insert(&mut self, plan: NewPlan, now: DateTime<Utc>) -> Stored<Plan> {
        let row = plan_row!(
            r#"WITH inserted AS (
                INSERT INTO payment_plan
                    (name, description, "default", available, requires_payment, requires_invoice,
                     auto_renew, daily_time_minutes, daily_data_mb, stripe_product_id, metadata,
                     created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
                RETURNING *
            )"#,
            "inserted",
            "",
            plan.name.as_str(),
            text(plan.description.as_ref()),
            plan.default,
            plan.available,
            plan.requires_payment,
            plan.requires_invoice,
            plan.auto_renew,
            limit(plan.daily_time_minutes)?,
            limit(plan.daily_data_mb)?,
            text(plan.stripe_product_id.as_ref()),
            json(&plan.metadata),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        Plan::try_from(self.settle(row)?)
    }

    async fn find(&mut self, id: PlanId) -> Stored<Option<PlanView>> {
        let row = plan_row!("", "payment_plan", "WHERE plan.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        let Some(row) = self.settle(row)? else {
            return Ok(None);
        };
        let plan = Plan::try_from(row)?;
        let pricing = PlanPricingRepository::list(self, id, true).await?;
        Ok(Some(PlanView { plan, pricing }))
    }

    async fn lock(&mut self, id: PlanId) -> Stored<Option<Plan>> {
        let row = plan_row!("", "payment_plan", "WHERE plan.id = $1 FOR NO KEY UPDATE", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn list(&mut self, filter: PlanFilter) -> Stored<Vec<PlanView>> {
        let rows = plan_row!(
            "",
            "payment_plan",
            "WHERE ($1::boolean IS NULL OR plan.available = $1)
                AND ($2::boolean IS NULL OR plan.requires_payment = $2)
             ORDER BY plan.id",
            filter.available,
            filter.requires_payment,
        )
        .fetch_all(self.connection().await?)
        .await;
        let plans: Stored<Vec<Plan>> =
            self.settle(rows)?.into_iter().map(TryInto::try_into).collect();
        self.priced(plans?).await
    }

    async fn page(&mut self, request: ListRequest<PlanFilter, PlanSort>) -> Listing<PlanView> {
        let PlanFilter { available, requires_payment } = request.filter;
        let conditions = Conditions::default()
            .flag("plan.available", available)
            .flag("plan.requires_payment", requires_payment);
        let Some(Page { items, place }) = list::page(self, conditions, request).await? else {
            return Ok(None);
        };
        Ok(Some(Page { items: self.priced(items).await?, place }))
    }

    async fn clear_default(&mut self, except: Option<PlanId>, now: DateTime<Utc>) -> Stored<()> {
        // A default that another unit of work is about to commit is not to be seen yet: who gives
        // the flag waits here until then.
        let turn = sqlx::query("SELECT pg_advisory_xact_lock($1)")
            .bind(DEFAULT_PLAN_TURN)
            .execute(self.connection().await?)
            .await;
        self.settle(turn)?;
        let outcome = sqlx::query!(
            r#"UPDATE payment_plan SET "default" = FALSE, updated_at = $2
               WHERE "default" AND id IS DISTINCT FROM $1"#,
            except.map(PlanId::get),
            now,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn update(&mut self, plan: &Plan) -> Stored<()> {
        let outcome = sqlx::query!(
            r#"UPDATE payment_plan
               SET name = $2, description = $3, "default" = $4, available = $5,
                   requires_payment = $6, requires_invoice = $7, auto_renew = $8,
                   daily_time_minutes = $9, daily_data_mb = $10, stripe_product_id = $11,
                   metadata = $12, updated_at = $13
               WHERE id = $1"#,
            plan.id.get(),
            plan.name.as_str(),
            text(plan.description.as_ref()),
            plan.default,
            plan.available,
            plan.requires_payment,
            plan.requires_invoice,
            plan.auto_renew,
            limit(plan.daily_time_minutes)?,
            limit(plan.daily_data_mb)?,
            text(plan.stripe_product_id.as_ref()),
            json(&plan.metadata),
            plan.updated_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn delete(&mut self, id: PlanId) -> Stored<bool> {
        let outcome = sqlx::query!("DELETE FROM payment_plan WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }
}

impl PgUnitOfWork {
    /// Plans with their active pricing, by id.
    async fn priced(&mut self, plans: Vec<Plan>) -> Stored<Vec<PlanView>> {
        let ids: Vec<i32> = plans.iter().map(|plan| plan.id.get()).collect();
        let prices = pricing_row!(
            "",
            "payment_planpricing",
            "WHERE pricing.plan_id = ANY ($1) AND pricing.active ORDER BY pricing.id",
            &ids
        )
        .fetch_all(self.connection().await?)
        .await;
        let mut pricing: HashMap<PlanId, Vec<PlanPricing>> = HashMap::new();
        for row in self.settle(prices)? {
            let price = PlanPricing::try_from(row)?;
            pricing.entry(price.plan_id).or_default().push(price);
        }
        let view = |plan: Plan| {
            let pricing = pricing.remove(&plan.id).unwrap_or_default();
            PlanView { plan, pricing }
        };
        Ok(plans.into_iter().map(view).collect())
    }
}
