//! Figures over everything within a scope.

use std::fmt::Display;

use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, FromRow};
use wiwebb_domain::access::Scope;
use wiwebb_domain::dashboard::{
    DailyUsage, DashboardFigures, Month, MonthlyRevenue, MonthlyUsers, PlanSubscribers,
};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{PlanId, TenantId, UserId};
use wiwebb_domain::money::Currency;
use wiwebb_domain::page::SortValue;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::dashboard::DashboardRepository;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::Name;

use crate::conditions::Conditions;
use crate::rows::Origin;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl DashboardRepository for PgUnitOfWork {
    async fn figures(&mut self, scope: Scope, month: Month) -> Stored<DashboardFigures> {
        let (tenants, users) = self.population(scope).await?;
        let revenue = self.revenue_by_month(scope, month.start, month.end).await?;
        let revenue = revenue.into_iter().flat_map(|month| month.by_currency).collect();
        Ok(DashboardFigures { tenants, users, revenue })
    }

    async fn revenue_by_month(
        &mut self,
        scope: Scope,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Stored<Vec<MonthlyRevenue>> {
        let conditions = of_users(scope, "payment.user_id")
            .with("log.created_at >= ?", Some(SortValue::Time(from)))
            .with("log.created_at < ?", Some(SortValue::Time(until)));
        let first = conditions.clause(&FIRST.map(Into::into));
        let text = format!("{REVENUE}{first} GROUP BY 1, 2 ORDER BY 1, 2");
        let rows: Vec<(DateTime<Utc>, String, Decimal)> = self.sums(text, conditions).await?;
        let mut months: Vec<MonthlyRevenue> = Vec::new();
        for (start, code, sum) in rows {
            let currency = Currency::new(&code).map_err(|reason| unfit(&code, reason))?;
            let month = Month::of(start);
            match months.last_mut().filter(|last| last.month == month) {
                Some(last) => last.by_currency.push((currency, sum)),
                None => months.push(MonthlyRevenue { month, by_currency: vec![(currency, sum)] }),
            }
        }
        Ok(months)
    }

    async fn new_users_by_month(
        &mut self,
        scope: Scope,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Stored<Vec<MonthlyUsers>> {
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let conditions = Conditions::default()
            .of_tenant("tenant_id = ?", scope.tenant())
            .with("id = ?", oneself)
            .with("date_joined >= ?", Some(SortValue::Time(from)))
            .with("date_joined < ?", Some(SortValue::Time(until)));
        let text = format!(
            "SELECT date_trunc('month', date_joined, 'UTC'), count(*)
             FROM api_user{} GROUP BY 1 ORDER BY 1",
            conditions.clause(&[])
        );
        let rows: Vec<(DateTime<Utc>, i64)> = self.sums(text, conditions).await?;
        let told = |(start, count): (DateTime<Utc>, i64)| MonthlyUsers {
            month: Month::of(start),
            count: count.unsigned_abs(),
        };
        Ok(rows.into_iter().map(told).collect())
    }

    async fn subscribers_by_plan(
        &mut self,
        scope: Scope,
        now: DateTime<Utc>,
        grace: Duration,
    ) -> Stored<Vec<PlanSubscribers>> {
        let mut conditions = of_users(scope, "subscription.user_id");
        let entitles = ENTITLES
            .replace(":now", &conditions.bind(SortValue::Time(now)))
            .replace(":late", &conditions.bind(SortValue::Time(now - grace)));
        let text = format!(
            "SELECT plan.id, plan.name, count(*)
             FROM (
                SELECT DISTINCT ON (subscription.user_id) subscription.plan_id
                FROM payment_subscription AS subscription{}
                ORDER BY {EFFECTIVE}
             ) AS held
             JOIN payment_plan AS plan ON plan.id = held.plan_id
             GROUP BY plan.id
             ORDER BY 3 DESC, 1",
            conditions.clause(&[entitles])
        );
        let rows: Vec<(i32, String, i64)> = self.sums(text, conditions).await?;
        let told = |(id, name, count): (i32, String, i64)| {
            let from = Origin { kind: EntityKind::Plan, id };
            Ok(PlanSubscribers {
                plan_id: PlanId::new(id),
                plan: from.value("name", Name::new(&name))?,
                count: count.unsigned_abs(),
            })
        };
        rows.into_iter().map(told).collect()
    }

    async fn usage_by_day(
        &mut self,
        scope: Scope,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Stored<Vec<DailyUsage>> {
        let day = |day: NaiveDate| Some(SortValue::Text(day.to_string()));
        let conditions = of_users(scope, "usage.user_id")
            .with("usage.day >= ?::text::date", day(from))
            .with("usage.day <= ?::text::date", day(to));
        let most = i64::MAX;
        let text = format!(
            "SELECT usage.day, count(*), LEAST(sum(usage.seconds), {most})::bigint,
                LEAST(sum(usage.octets), {most})::bigint
             FROM network_usage AS usage{} GROUP BY 1 ORDER BY 1",
            conditions.clause(&[])
        );
        let rows: Vec<(NaiveDate, i64, i64, i64)> = self.sums(text, conditions).await?;
        let told = |(day, users, seconds, octets): (NaiveDate, i64, i64, i64)| DailyUsage {
            day,
            users: users.unsigned_abs(),
            seconds: seconds.unsigned_abs(),
            octets: octets.unsigned_abs(),
        };
        Ok(rows.into_iter().map(told).collect())
    }
}

/// The condition that rows belong to the users of a scope.
fn of_users(scope: Scope, column: &str) -> Conditions {
    let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
    let members = format!("{column} IN (SELECT id FROM api_user WHERE tenant_id = ?)");
    Conditions::default()
        .of_members(&members, scope.tenant())
        .with(&format!("{column} = ?"), oneself)
}

fn unfit(value: &str, reason: impl Display) -> RepositoryError {
    RepositoryError::Backend(format!("{value}: {reason}").into())
}

impl PgUnitOfWork {
    /// How many tenants and users there are within a scope.
    async fn population(&mut self, scope: Scope) -> Stored<(u64, u64)> {
        let (tenants, users) = match scope {
            Scope::Everything => ("TRUE", "TRUE"),
            Scope::Tenant(_) => ("id = $1", "tenant_id = $1"),
            Scope::Oneself(_) => ("FALSE", "id = $1"),
        };
        let tenant = scope.tenant().map(TenantId::get);
        let user = scope.user().map(UserId::get);
        let counts = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT (SELECT count(*) FROM api_tenant WHERE {tenants}),
                    (SELECT count(*) FROM api_user WHERE {users})"
        )))
        .bind(tenant.or(user))
        .fetch_one(self.connection().await?)
        .await;
        let (tenants, users): (i64, i64) = self.settle(counts)?;
        Ok((tenants.unsigned_abs(), users.unsigned_abs()))
    }

    /// The rows of a statement over these conditions.
    async fn sums<R>(&mut self, text: String, conditions: Conditions) -> Stored<Vec<R>>
    where
        R: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let arguments = self.settle(conditions.arguments())?;
        let rows = sqlx::query_as_with(AssertSqlSafe(text), arguments)
            .fetch_all(self.connection().await?)
            .await;
        self.settle(rows)
    }
}

/// What was captured of a payment less what went back of it. Rows of another program may hold
/// anything under the two keys; only a JSON string of the form that the port states is cast.
const REVENUE: &str = r#"
SELECT date_trunc('month', log.created_at, 'UTC'), payment.currency, sum(
    CASE
        WHEN (payment.metadata -> 'captured_amount')::text ~ '^"[0-9]{1,8}([.][0-9]{1,2})?"$'
        THEN (payment.metadata ->> 'captured_amount')::numeric
        ELSE payment.total
    END - CASE
        WHEN (payment.metadata -> 'refunded_amount')::text ~ '^"[0-9]{1,8}([.][0-9]{1,2})?"$'
        THEN (payment.metadata ->> 'refunded_amount')::numeric
        ELSE 0
    END
)
FROM payment_paymentlog AS log
JOIN payment_payment AS payment ON payment.id = log.payment_id"#;

/// The entry that first confirms its payment.
const FIRST: [&str; 2] = [
    "log.data ->> 'to' = 'confirmed'",
    "NOT EXISTS (
        SELECT FROM payment_paymentlog AS earlier
        WHERE earlier.payment_id = log.payment_id
            AND earlier.data ->> 'to' = 'confirmed'
            AND (earlier.created_at, earlier.id) < (log.created_at, log.id)
    )",
];

/// Whether a subscription gives access, as `Subscription::entitles` says; `:now` stands for the
/// instant, `:late` for the one that lies the grace period before it.
const ENTITLES: &str = "CASE subscription.status
    WHEN 'incomplete' THEN FALSE
    WHEN 'canceled' THEN subscription.cancel_at_period_end AND subscription.current_period_end > :now
    WHEN 'past_due' THEN coalesce(
        coalesce(subscription.past_due_since, subscription.current_period_end) > :late, TRUE
    )
    ELSE coalesce(
        subscription.current_period_end
            > CASE WHEN subscription.cancel_at_period_end THEN :now ELSE :late END,
        TRUE
    )
END";

/// Which of a user's subscriptions that give access comes first, as `subscription::effective` says.
const EFFECTIVE: &str = "subscription.user_id,
    subscription.status IN ('trialing', 'active', 'past_due') DESC,
    subscription.current_period_end DESC NULLS LAST,
    subscription.id DESC";
