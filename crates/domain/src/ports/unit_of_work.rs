//! Several repositories in one transaction.
//!
//! A use case opens a unit of work, never an extractor; it is closed before any gateway or mail
//! call. Any error of a repository ends it. One that is dropped without commit is rolled back.

use async_trait::async_trait;

use super::Stored;
use super::access_token::AccessTokenRepository;
use super::audit_log::AuditLogRepository;
use super::customer::CustomerRepository;
use super::dashboard::DashboardRepository;
use super::deletion::DeletionRepository;
use super::gateway::GatewayRepository;
use super::idempotency::IdempotencyRepository;
use super::login_attempt::LoginAttemptRepository;
use super::operation::OperationRepository;
use super::password_reset::PasswordResetRepository;
use super::payment::PaymentRepository;
use super::payment_log::PaymentLogRepository;
use super::personal_data::PersonalDataRepository;
use super::plan::PlanRepository;
use super::pricing::PlanPricingRepository;
use super::refund::RefundRepository;
use super::service_key::ServiceKeyRepository;
use super::subscription::SubscriptionRepository;
use super::tenant::TenantRepository;
use super::todo::TodoRepository;
use super::usage::UsageRepository;
use super::user::UserRepository;
use super::webhook_event::WebhookEventRepository;
use crate::ids::UserId;

/// A place in the order in which a store took its writes. What it counts is the store's own affair;
/// a later write has a greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WritePosition(i64);

impl WritePosition {
    /// Wraps what a store counts.
    pub const fn new(count: i64) -> Self {
        Self(count)
    }

    /// What the store counts.
    pub const fn get(self) -> i64 {
        self.0
    }
}

/// Access to every repository.
pub trait Repositories: Send {
    /// Tenants.
    fn tenants(&mut self) -> &mut dyn TenantRepository;
    /// Users.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// Todos.
    fn todos(&mut self) -> &mut dyn TodoRepository;
    /// The audit log.
    fn audit_logs(&mut self) -> &mut dyn AuditLogRepository;
    /// Plans.
    fn plans(&mut self) -> &mut dyn PlanRepository;
    /// Pricing of plans.
    fn pricing(&mut self) -> &mut dyn PlanPricingRepository;
    /// Gateways.
    fn gateways(&mut self) -> &mut dyn GatewayRepository;
    /// Payments.
    fn payments(&mut self) -> &mut dyn PaymentRepository;
    /// Payment logs.
    fn payment_logs(&mut self) -> &mut dyn PaymentLogRepository;
    /// Refunds.
    fn refunds(&mut self) -> &mut dyn RefundRepository;
    /// Orders to gateways.
    fn operations(&mut self) -> &mut dyn OperationRepository;
    /// Answers under idempotency keys.
    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository;
    /// Subscriptions.
    fn subscriptions(&mut self) -> &mut dyn SubscriptionRepository;
    /// Customers at gateways.
    fn customers(&mut self) -> &mut dyn CustomerRepository;
    /// What gateways have reported.
    fn webhook_events(&mut self) -> &mut dyn WebhookEventRepository;
    /// Keys of network equipment.
    fn service_keys(&mut self) -> &mut dyn ServiceKeyRepository;
    /// Use of the network.
    fn usage(&mut self) -> &mut dyn UsageRepository;
    /// Keys.
    fn access_tokens(&mut self) -> &mut dyn AccessTokenRepository;
    /// Failed logins.
    fn login_attempts(&mut self) -> &mut dyn LoginAttemptRepository;
    /// Password resets.
    fn password_resets(&mut self) -> &mut dyn PasswordResetRepository;
    /// What hangs on a row.
    fn deletions(&mut self) -> &mut dyn DeletionRepository;
    /// What is kept about a person.
    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository;
    /// Figures over everything.
    fn dashboard(&mut self) -> &mut dyn DashboardRepository;
}

/// Repositories that share one transaction.
#[async_trait]
pub trait UnitOfWork: Repositories {
    /// Makes everything done so far durable. On an error nothing is.
    async fn commit(self: Box<Self>) -> Stored<()>;
}

/// Opens units of work.
#[async_trait]
pub trait UnitOfWorkFactory: Send + Sync {
    /// Opens a transaction. `name` is the use case, for logs and metrics.
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>>;

    /// Opens repositories without a transaction, for use cases of a single statement or of reads
    /// that need not agree: each statement stands alone and costs one round trip.
    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>>;

    /// Opens repositories that may show an older state, for use cases that only read and of which
    /// nothing else follows. It is no older than `written`, where the reader's own last write ended.
    /// A store without copies shows what there is.
    async fn read_since(
        &self,
        name: &'static str,
        written: Option<WritePosition>,
    ) -> Stored<Box<dyn Repositories>> {
        let _ = written;
        self.read(name).await
    }

    /// Remembers that all writes of a user have ended by now, so that a key of the user tells of it
    /// from now on. A store without copies has nothing to remember.
    async fn note_write(&self, user: UserId) -> Stored<()> {
        let _ = user;
        Ok(())
    }

    /// Opens repositories that show everything as it was committed at one instant, for reads that must
    /// agree with each other. Nothing can be written through them.
    async fn snapshot(&self, name: &'static str) -> Stored<Box<dyn Repositories>>;

    /// Whether the store answers.
    async fn ping(&self) -> Stored<()>;
}
