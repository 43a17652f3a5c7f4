//! Units of work: a transaction, or statements that stand alone.

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, PgConnection, PgPool, Postgres, Transaction};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::access_token::AccessTokenRepository;
use wiwebb_domain::ports::audit_log::AuditLogRepository;
use wiwebb_domain::ports::customer::CustomerRepository;
use wiwebb_domain::ports::dashboard::DashboardRepository;
use wiwebb_domain::ports::deletion::DeletionRepository;
use wiwebb_domain::ports::gateway::GatewayRepository;
use wiwebb_domain::ports::idempotency::IdempotencyRepository;
use wiwebb_domain::ports::operation::OperationRepository;
use wiwebb_domain::ports::password_reset::PasswordResetRepository;
use wiwebb_domain::ports::payment::PaymentRepository;
use wiwebb_domain::ports::payment_log::PaymentLogRepository;
use wiwebb_domain::ports::plan::PlanRepository;
use wiwebb_domain::ports::pricing::PlanPricingRepository;
use wiwebb_domain::ports::refund::RefundRepository;
use wiwebb_domain::ports::service_key::ServiceKeyRepository;
use wiwebb_domain::ports::subscription::SubscriptionRepository;
use wiwebb_domain::ports::tenant::TenantRepository;
use wiwebb_domain::ports::todo::TodoRepository;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::ports::usage::UsageRepository;
use wiwebb_domain::ports::user::UserRepository;
use wiwebb_domain::ports::webhook_event::WebhookEventRepository;

use crate::error;

/// Opens units of work on a pool of connections. A clone shares the pool.
#[derive(Debug, Clone)]
pub struct PgUnitOfWorkFactory {
    pool: PgPool,
}

impl PgUnitOfWorkFactory {
    /// Units of work on the connections of a pool ([`crate::pool::open`]).
    pub const fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Begins a transaction in a task of its own, because the future of a client that hangs up is
    /// dropped: a `BEGIN` that nobody waits for any more would leave its connection inside a
    /// transaction that the pool knows nothing of. The task always sees the answer, and a
    /// transaction that nobody takes is rolled back.
    async fn transaction(&self) -> Stored<Transaction<'static, Postgres>> {
        let pool = self.pool.clone();
        tokio::spawn(async move { pool.begin().await })
            .await
            .map_err(|ended| RepositoryError::Unavailable(ended.into()))?
            .map_err(error::on_statement)
    }
}

#[async_trait]
impl UnitOfWorkFactory for PgUnitOfWorkFactory {
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        let transaction = self.transaction().await?;
        Ok(Box::new(PgUnitOfWork { name, link: Link::Transaction(transaction), failed: false }))
    }

    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        Ok(Box::new(PgUnitOfWork {
            name,
            link: Link::Statements(Box::new(Statements {
                pool: self.pool.clone(),
                connection: None,
            })),
            failed: false,
        }))
    }

    async fn ping(&self) -> Stored<()> {
        let mut connection = self.pool.acquire().await.map_err(error::on_statement)?;
        connection.ping().await.map_err(error::on_statement)
    }
}

/// All repositories on one connection. Each port is implemented in the module of its name.
pub(crate) struct PgUnitOfWork {
    name: &'static str,
    link: Link,
    /// A transaction of PostgreSQL takes no more after an error, and answers a commit without one
    /// although it rolls back.
    failed: bool,
}

enum Link {
    Statements(Box<Statements>),
    Transaction(Transaction<'static, Postgres>),
}

/// The connection is taken with the first statement, so that a use case that needs none waits for
/// none.
struct Statements {
    pool: PgPool,
    connection: Option<PoolConnection<Postgres>>,
}

impl PgUnitOfWork {
    /// The connection for the next statement.
    pub(crate) async fn connection(&mut self) -> Stored<&mut PgConnection> {
        match &mut self.link {
            Link::Transaction(transaction) => Ok(transaction),
            Link::Statements(statements) => {
                let Statements { pool, connection } = statements.as_mut();
                let taken = match connection.take() {
                    Some(connection) => connection,
                    None => pool.acquire().await.map_err(error::on_statement)?,
                };
                Ok(connection.insert(taken))
            }
        }
    }

    /// The outcome of a statement that reads or writes rows.
    pub(crate) fn settle<T>(&mut self, outcome: sqlx::Result<T>) -> Stored<T> {
        self.failed |= outcome.is_err();
        outcome.map_err(error::on_statement)
    }

    /// The outcome of a statement that deletes rows.
    pub(crate) fn settle_delete<T>(&mut self, outcome: sqlx::Result<T>) -> Stored<T> {
        self.failed |= outcome.is_err();
        outcome.map_err(error::on_delete)
    }
}

#[async_trait]
impl UnitOfWork for PgUnitOfWork {
    async fn commit(self: Box<Self>) -> Stored<()> {
        if self.failed {
            return Err(RepositoryError::Backend(
                format!("{} failed before its commit", self.name).into(),
            ));
        }
        match self.link {
            Link::Transaction(transaction) => {
                transaction.commit().await.map_err(error::on_statement)
            }
            Link::Statements(_) => Ok(()),
        }
    }
}

impl Repositories for PgUnitOfWork {
    fn tenants(&mut self) -> &mut dyn TenantRepository {
        self
    }

    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn todos(&mut self) -> &mut dyn TodoRepository {
        self
    }

    fn audit_logs(&mut self) -> &mut dyn AuditLogRepository {
        self
    }

    fn plans(&mut self) -> &mut dyn PlanRepository {
        self
    }

    fn pricing(&mut self) -> &mut dyn PlanPricingRepository {
        self
    }

    fn gateways(&mut self) -> &mut dyn GatewayRepository {
        self
    }

    fn payments(&mut self) -> &mut dyn PaymentRepository {
        self
    }

    fn payment_logs(&mut self) -> &mut dyn PaymentLogRepository {
        self
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        self
    }

    fn operations(&mut self) -> &mut dyn OperationRepository {
        self
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        self
    }

    fn subscriptions(&mut self) -> &mut dyn SubscriptionRepository {
        self
    }

    fn customers(&mut self) -> &mut dyn CustomerRepository {
        self
    }

    fn webhook_events(&mut self) -> &mut dyn WebhookEventRepository {
        self
    }

    fn service_keys(&mut self) -> &mut dyn ServiceKeyRepository {
        self
    }

    fn usage(&mut self) -> &mut dyn UsageRepository {
        self
    }

    fn access_tokens(&mut self) -> &mut dyn AccessTokenRepository {
        self
    }

    fn password_resets(&mut self) -> &mut dyn PasswordResetRepository {
        self
    }

    fn deletions(&mut self) -> &mut dyn DeletionRepository {
        self
    }

    fn dashboard(&mut self) -> &mut dyn DashboardRepository {
        self
    }
}
