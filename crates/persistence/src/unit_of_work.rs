//! Units of work: a transaction, statements that stand alone, or reads from a copy.

use async_trait::async_trait;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgQueryResult, PgRow};
use sqlx::{Connection as _, Either, PgConnection, PgPool, Postgres, Transaction};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::ports::access_token::AccessTokenRepository;
use wiwebb_domain::ports::audit_log::AuditLogRepository;
use wiwebb_domain::ports::customer::CustomerRepository;
use wiwebb_domain::ports::dashboard::DashboardRepository;
use wiwebb_domain::ports::deletion::DeletionRepository;
use wiwebb_domain::ports::gateway::GatewayRepository;
use wiwebb_domain::ports::idempotency::IdempotencyRepository;
use wiwebb_domain::ports::login_attempt::LoginAttemptRepository;
use wiwebb_domain::ports::operation::OperationRepository;
use wiwebb_domain::ports::password_reset::PasswordResetRepository;
use wiwebb_domain::ports::payment::PaymentRepository;
use wiwebb_domain::ports::payment_log::PaymentLogRepository;
use wiwebb_domain::ports::personal_data::PersonalDataRepository;
use wiwebb_domain::ports::plan::PlanRepository;
use wiwebb_domain::ports::pricing::PlanPricingRepository;
use wiwebb_domain::ports::refund::RefundRepository;
use wiwebb_domain::ports::service_key::ServiceKeyRepository;
use wiwebb_domain::ports::subscription::SubscriptionRepository;
use wiwebb_domain::ports::tenant::TenantRepository;
use wiwebb_domain::ports::todo::TodoRepository;
use wiwebb_domain::ports::unit_of_work::{
    Repositories, UnitOfWork, UnitOfWorkFactory, WritePosition,
};
use wiwebb_domain::ports::usage::UsageRepository;
use wiwebb_domain::ports::user::UserRepository;
use wiwebb_domain::ports::webhook_event::WebhookEventRepository;

use crate::config::PoolConfig;
use crate::connection::{Connection, Statement};
use crate::error;
use crate::figures::Watch;
use crate::pool::Sessions;
use crate::replica::{Copied, Replica};

/// Opens units of work on a pool of connections. A clone shares the pool.
#[derive(Debug, Clone)]
pub struct PgUnitOfWorkFactory {
    sessions: Sessions,
    snapshots: Sessions,
    replica: Option<Replica>,
}

impl PgUnitOfWorkFactory {
    /// Units of work on the connections of a pool ([`crate::pool::open`]), whose sessions are its
    /// own.
    pub fn new(pool: PgPool) -> Self {
        Self::configured(pool, &PoolConfig::default())
    }

    /// Units of work on a pool that was opened under this configuration.
    pub fn configured(pool: PgPool, config: &PoolConfig) -> Self {
        let snapshots = Sessions::snapshots(pool.clone(), config);
        Self { sessions: Sessions::new(pool, config), snapshots, replica: None }
    }

    /// The same, with lists from a replica as far as it has what their readers wrote.
    pub fn with_replica(self, replica: Replica) -> Self {
        Self { replica: Some(replica), ..self }
    }

    fn statements(&self) -> Statements {
        Statements { sessions: self.sessions.clone(), connection: None }
    }
}

#[async_trait]
impl UnitOfWorkFactory for PgUnitOfWorkFactory {
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        let watch = Watch::unit_of_work(name);
        let sessions = self.sessions.clone();
        let transaction = sessions.begin().await.map_err(error::on_statement)?;
        let link = Link::Transaction(transaction, sessions);
        Ok(Box::new(PgUnitOfWork::new(name, link, watch)))
    }

    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        let link = Link::Statements(Box::new(self.statements()));
        Ok(Box::new(PgUnitOfWork::new(name, link, Watch::unit_of_work(name))))
    }

    async fn read_since(
        &self,
        name: &'static str,
        written: Option<WritePosition>,
    ) -> Stored<Box<dyn Repositories>> {
        let Some(replica) = &self.replica else {
            return self.read(name).await;
        };
        let copied = Copied::new(replica.clone(), written, self.statements());
        let link = Link::Copied(Box::new(copied));
        Ok(Box::new(PgUnitOfWork::new(name, link, Watch::unit_of_work(name))))
    }

    async fn note_write(&self, user: UserId) -> Stored<()> {
        if self.replica.is_none() {
            return Ok(());
        }
        let mut statements = self.statements();
        let connection = statements.connection().await.map_err(error::on_statement)?;
        sqlx::query!(
            "UPDATE api_user SET written_lsn = pg_current_wal_insert_lsn() WHERE id = $1",
            user.get(),
        )
        .execute(connection)
        .await
        .map_err(error::on_statement)?;
        Ok(())
    }

    async fn snapshot(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        let watch = Watch::unit_of_work(name);
        let transaction = self.snapshots.begin().await.map_err(error::on_statement)?;
        let link = Link::Transaction(transaction, self.snapshots.clone());
        Ok(Box::new(PgUnitOfWork::new(name, link, watch)))
    }

    async fn ping(&self) -> Stored<()> {
        let mut connection = self.sessions.pool().acquire().await.map_err(error::on_statement)?;
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
    _watch: Watch,
}

enum Link {
    Statements(Box<Statements>),
    Transaction(Transaction<'static, Postgres>, Sessions),
    Copied(Box<Copied>),
}

/// Statements that stand alone. The connection is taken with the first one, so that a use case that
/// needs none waits for none.
#[derive(Debug)]
pub(crate) struct Statements {
    sessions: Sessions,
    connection: Option<PoolConnection<Postgres>>,
}

impl Statements {
    /// The connection for the next statement.
    pub(crate) async fn connection(&mut self) -> sqlx::Result<Connection<'_>> {
        if self.sessions.are_shared() {
            return Ok(Connection::Alone(self.sessions.begin().await?));
        }
        Ok(Connection::Own(self.own().await?))
    }

    /// Runs a statement to its end.
    pub(crate) async fn run(
        &mut self,
        statement: Statement,
    ) -> sqlx::Result<Vec<Either<PgQueryResult, PgRow>>> {
        if self.sessions.are_shared() {
            return statement.run_alone(self.sessions.begin().await?).await;
        }
        statement.run(self.own().await?).await
    }

    async fn own(&mut self) -> sqlx::Result<&mut PgConnection> {
        let taken = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let _waiting = Watch::acquire();
            self.sessions.pool().acquire().await?
        };
        Ok(self.connection.insert(taken))
    }
}

impl PgUnitOfWork {
    const fn new(name: &'static str, link: Link, watch: Watch) -> Self {
        Self { name, link, failed: false, _watch: watch }
    }

    /// The connection for the next statement.
    pub(crate) async fn connection(&mut self) -> Stored<Connection<'_>> {
        match &mut self.link {
            Link::Transaction(transaction, sessions) => Ok(sessions.connection(transaction)),
            Link::Statements(statements) => {
                statements.connection().await.map_err(error::on_statement)
            }
            Link::Copied(copied) => copied.connection().await.map_err(error::on_statement),
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
            Link::Transaction(transaction, _) => {
                transaction.commit().await.map_err(error::on_statement)
            }
            Link::Statements(_) | Link::Copied(_) => Ok(()),
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

    fn login_attempts(&mut self) -> &mut dyn LoginAttemptRepository {
        self
    }

    fn password_resets(&mut self) -> &mut dyn PasswordResetRepository {
        self
    }

    fn deletions(&mut self) -> &mut dyn DeletionRepository {
        self
    }

    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository {
        self
    }

    fn dashboard(&mut self) -> &mut dyn DashboardRepository {
        self
    }
}
