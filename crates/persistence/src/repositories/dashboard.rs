//! Figures over everything within a scope.

use async_trait::async_trait;
use rust_decimal::Decimal;
use sqlx::AssertSqlSafe;
use wiwebb_domain::access::Scope;
use wiwebb_domain::dashboard::{DashboardFigures, Month};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::money::Currency;
use wiwebb_domain::page::SortValue;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::dashboard::DashboardRepository;

use crate::conditions::Conditions;
use crate::unit_of_work::PgUnitOfWork;

#[async_trait]
impl DashboardRepository for PgUnitOfWork {
    async fn figures(&mut self, scope: Scope, month: Month) -> Stored<DashboardFigures> {
        let (tenants, users) = self.population(scope).await?;
        let revenue = self.revenue(scope, month).await?;
        Ok(DashboardFigures { tenants, users, revenue })
    }
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

    /// What was captured of the payments of a month, less what went back of it, by currency.
    async fn revenue(&mut self, scope: Scope, month: Month) -> Stored<Vec<(Currency, Decimal)>> {
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let conditions = Conditions::default()
            .with("log.created_at >= ?", Some(SortValue::Time(month.start)))
            .with("log.created_at < ?", Some(SortValue::Time(month.end)))
            .of_members(
                "payment.user_id IN (SELECT id FROM api_user WHERE tenant_id = ?)",
                scope.tenant(),
            )
            .with("payment.user_id = ?", oneself);
        let text = format!(
            "{REVENUE}{} GROUP BY payment.currency ORDER BY 1",
            conditions.clause(&FIRST.map(Into::into))
        );
        let arguments = self.settle(conditions.arguments())?;
        let rows: sqlx::Result<Vec<(String, Decimal)>> =
            sqlx::query_as_with(AssertSqlSafe(text), arguments)
                .fetch_all(self.connection().await?)
                .await;
        self.settle(rows)?
            .into_iter()
            .map(|(code, sum)| {
                let currency = Currency::new(&code).map_err(|reason| {
                    RepositoryError::Backend(format!("{code}: {reason}").into())
                })?;
                Ok((currency, sum))
            })
            .collect()
    }
}

/// What was captured of a payment less what went back of it. Rows of another program may hold
/// anything under the two keys; only a JSON string of the form that the port states is cast.
const REVENUE: &str = r#"
SELECT payment.currency, sum(
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
