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
use super::operation::OperationRepository;
use super::password_reset::PasswordResetRepository;
use super::payment::PaymentRepository;
use super::payment_log::PaymentLogRepository;
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
    /// Password resets.
    fn password_resets(&mut self) -> &mut dyn PasswordResetRepository;
    /// What hangs on a row.
    fn deletions(&mut self) -> &mut dyn DeletionRepository;
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

    /// Whether the store answers.
    async fn ping(&self) -> Stored<()>;
}
