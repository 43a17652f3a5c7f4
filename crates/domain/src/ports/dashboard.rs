//! Figures over everything within a scope.

use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::Stored;
use crate::access::Scope;
use crate::dashboard::{
    DailyUsage, DashboardFigures, Month, MonthlyRevenue, MonthlyUsers, PlanSubscribers,
};

/// Counts and sums. Each answers in a fixed number of statements.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait DashboardRepository: Send {
    /// The figures of contract §11. Revenue is that of [`Self::revenue_by_month`].
    async fn figures(&mut self, scope: Scope, month: Month) -> Stored<DashboardFigures>;

    /// What came in from one instant until before another, by calendar month in UTC; oldest first,
    /// months without any left out. A payment counts for the month in which its log first says
    /// `to: confirmed`, with what was captured of it (`metadata.captured_amount`, or its total
    /// where there is none) less what went back (`metadata.refunded_amount`). Both are decimal
    /// strings: one to eight digits and, where there is a point, one or two behind it. Anything
    /// else under these keys counts as nothing being there. Currencies come by code.
    async fn revenue_by_month(
        &mut self,
        scope: Scope,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Stored<Vec<MonthlyRevenue>>;

    /// The users there are who joined from one instant until before another, whatever their role and
    /// activity, by calendar month in UTC; oldest first, months without any left out.
    async fn new_users_by_month(
        &mut self,
        scope: Scope,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Stored<Vec<MonthlyUsers>>;

    /// How many users have access by a subscription at an instant, by plan; the plan with the most
    /// first, of equal ones the lowest id, plans without any left out. A user counts once, for the
    /// plan of the subscription that [`crate::subscription::effective`] says gives access. Access
    /// that the default plan gives does not count, and whether the account is active is not asked.
    async fn subscribers_by_plan(
        &mut self,
        scope: Scope,
        now: DateTime<Utc>,
        grace: Duration,
    ) -> Stored<Vec<PlanSubscribers>>;

    /// What was used from one day to another, both included, of all users together, and by how many
    /// with a total of the day; oldest first, days without any left out. What is more than 2⁶³ − 1
    /// is told as that.
    async fn usage_by_day(
        &mut self,
        scope: Scope,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Stored<Vec<DailyUsage>>;
}
