//! Units of work made of mocks, and a log of what became of each.
//!
//! A test prepares a unit for every one the use case will open, in that order, and afterwards asks
//! the [`TxLog`] which were committed:
//!
//! ```
//! use wiwebb_domain::testing::unit_of_work::{FakeUnitOfWorkFactory, TxEvent};
//!
//! let store = FakeUnitOfWorkFactory::default();
//! store.prepare(|unit| {
//!     unit.tenants.expect_pin().returning(|_| Ok(false));
//! });
//! let log = store.log();
//! // ... the use case runs over `store` ...
//! assert!(!log.has_commit());
//! ```

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::RepositoryError;
use crate::ports::Stored;
use crate::ports::access_token::{AccessTokenRepository, MockAccessTokenRepository};
use crate::ports::audit_log::{AuditLogRepository, MockAuditLogRepository};
use crate::ports::customer::{CustomerRepository, MockCustomerRepository};
use crate::ports::dashboard::{DashboardRepository, MockDashboardRepository};
use crate::ports::deletion::{DeletionRepository, MockDeletionRepository};
use crate::ports::gateway::{GatewayRepository, MockGatewayRepository};
use crate::ports::idempotency::{IdempotencyRepository, MockIdempotencyRepository};
use crate::ports::login_attempt::{LoginAttemptRepository, MockLoginAttemptRepository};
use crate::ports::operation::{MockOperationRepository, OperationRepository};
use crate::ports::password_reset::{MockPasswordResetRepository, PasswordResetRepository};
use crate::ports::payment::{MockPaymentRepository, PaymentRepository};
use crate::ports::payment_log::{MockPaymentLogRepository, PaymentLogRepository};
use crate::ports::personal_data::{MockPersonalDataRepository, PersonalDataRepository};
use crate::ports::plan::{MockPlanRepository, PlanRepository};
use crate::ports::pricing::{MockPlanPricingRepository, PlanPricingRepository};
use crate::ports::refund::{MockRefundRepository, RefundRepository};
use crate::ports::service_key::{MockServiceKeyRepository, ServiceKeyRepository};
use crate::ports::subscription::{MockSubscriptionRepository, SubscriptionRepository};
use crate::ports::tenant::{MockTenantRepository, TenantRepository};
use crate::ports::todo::{MockTodoRepository, TodoRepository};
use crate::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use crate::ports::usage::{MockUsageRepository, UsageRepository};
use crate::ports::user::{MockUserRepository, UserRepository};
use crate::ports::webhook_event::{MockWebhookEventRepository, WebhookEventRepository};

/// What became of a unit of work, under the name it was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TxEvent {
    /// Opened as a transaction.
    Begun(&'static str),
    /// Opened for single statements.
    Read(&'static str),
    /// Committed.
    Committed(&'static str),
    /// Asked to commit, and refused.
    CommitFailed(&'static str),
    /// Dropped without commit: rolled back, or done reading.
    Dropped(&'static str),
}

/// What became of all units of work of a factory. Clones share the log.
#[derive(Debug, Clone, Default)]
pub struct TxLog(Arc<Mutex<Vec<TxEvent>>>);

impl TxLog {
    /// Everything so far, the oldest first.
    pub fn events(&self) -> Vec<TxEvent> {
        locked(&self.0).clone()
    }

    /// Whether any unit of work was committed.
    pub fn has_commit(&self) -> bool {
        let is_commit = |event: &TxEvent| matches!(event, TxEvent::Committed(_));
        locked(&self.0).iter().any(is_commit)
    }

    fn add(&self, event: TxEvent) {
        locked(&self.0).push(event);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A unit of work of mocks. One that nothing is expected of fails the test when it is called.
#[derive(Debug, Default)]
pub struct FakeUnitOfWork {
    /// Tenants.
    pub tenants: MockTenantRepository,
    /// Users.
    pub users: MockUserRepository,
    /// Todos.
    pub todos: MockTodoRepository,
    /// The audit log.
    pub audit_logs: MockAuditLogRepository,
    /// Plans.
    pub plans: MockPlanRepository,
    /// Pricing of plans.
    pub pricing: MockPlanPricingRepository,
    /// Gateways.
    pub gateways: MockGatewayRepository,
    /// Payments.
    pub payments: MockPaymentRepository,
    /// Payment logs.
    pub payment_logs: MockPaymentLogRepository,
    /// Refunds.
    pub refunds: MockRefundRepository,
    /// Orders to gateways.
    pub operations: MockOperationRepository,
    /// Answers under idempotency keys.
    pub idempotency: MockIdempotencyRepository,
    /// Subscriptions.
    pub subscriptions: MockSubscriptionRepository,
    /// Customers at gateways.
    pub customers: MockCustomerRepository,
    /// What gateways have reported.
    pub webhook_events: MockWebhookEventRepository,
    /// Keys of network equipment.
    pub service_keys: MockServiceKeyRepository,
    /// Use of the network.
    pub usage: MockUsageRepository,
    /// Keys.
    pub access_tokens: MockAccessTokenRepository,
    /// Failed logins.
    pub login_attempts: MockLoginAttemptRepository,
    /// Password resets.
    pub password_resets: MockPasswordResetRepository,
    /// What hangs on a row.
    pub deletions: MockDeletionRepository,
    /// What is kept about a person.
    pub personal_data: MockPersonalDataRepository,
    /// Figures.
    pub dashboard: MockDashboardRepository,
    /// What the commit answers instead of success.
    pub commit_error: Option<RepositoryError>,
    /// Name and log once it is open, until it is committed.
    open: Option<(&'static str, TxLog)>,
}

impl Drop for FakeUnitOfWork {
    fn drop(&mut self) {
        if let Some((name, log)) = self.open.take() {
            log.add(TxEvent::Dropped(name));
        }
    }
}

impl Repositories for FakeUnitOfWork {
    fn tenants(&mut self) -> &mut dyn TenantRepository {
        &mut self.tenants
    }

    fn users(&mut self) -> &mut dyn UserRepository {
        &mut self.users
    }

    fn todos(&mut self) -> &mut dyn TodoRepository {
        &mut self.todos
    }

    fn audit_logs(&mut self) -> &mut dyn AuditLogRepository {
        &mut self.audit_logs
    }

    fn plans(&mut self) -> &mut dyn PlanRepository {
        &mut self.plans
    }

    fn pricing(&mut self) -> &mut dyn PlanPricingRepository {
        &mut self.pricing
    }

    fn gateways(&mut self) -> &mut dyn GatewayRepository {
        &mut self.gateways
    }

    fn payments(&mut self) -> &mut dyn PaymentRepository {
        &mut self.payments
    }

    fn payment_logs(&mut self) -> &mut dyn PaymentLogRepository {
        &mut self.payment_logs
    }

    fn refunds(&mut self) -> &mut dyn RefundRepository {
        &mut self.refunds
    }

    fn operations(&mut self) -> &mut dyn OperationRepository {
        &mut self.operations
    }

    fn idempotency(&mut self) -> &mut dyn IdempotencyRepository {
        &mut self.idempotency
    }

    fn subscriptions(&mut self) -> &mut dyn SubscriptionRepository {
        &mut self.subscriptions
    }

    fn customers(&mut self) -> &mut dyn CustomerRepository {
        &mut self.customers
    }

    fn webhook_events(&mut self) -> &mut dyn WebhookEventRepository {
        &mut self.webhook_events
    }

    fn service_keys(&mut self) -> &mut dyn ServiceKeyRepository {
        &mut self.service_keys
    }

    fn usage(&mut self) -> &mut dyn UsageRepository {
        &mut self.usage
    }

    fn access_tokens(&mut self) -> &mut dyn AccessTokenRepository {
        &mut self.access_tokens
    }

    fn login_attempts(&mut self) -> &mut dyn LoginAttemptRepository {
        &mut self.login_attempts
    }

    fn password_resets(&mut self) -> &mut dyn PasswordResetRepository {
        &mut self.password_resets
    }

    fn deletions(&mut self) -> &mut dyn DeletionRepository {
        &mut self.deletions
    }

    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository {
        &mut self.personal_data
    }

    fn dashboard(&mut self) -> &mut dyn DashboardRepository {
        &mut self.dashboard
    }
}

#[async_trait]
impl UnitOfWork for FakeUnitOfWork {
    async fn commit(mut self: Box<Self>) -> Stored<()> {
        let (name, log) = self.open.take().expect("only the factory opens units");
        if let Some(error) = self.commit_error.take() {
            log.add(TxEvent::CommitFailed(name));
            return Err(error);
        }
        log.add(TxEvent::Committed(name));
        Ok(())
    }
}

/// Hands out prepared units of work, in the order they were prepared. One too many fails the
/// test; so does, by its unmet expectations, one that is never opened.
#[derive(Debug, Default)]
pub struct FakeUnitOfWorkFactory {
    prepared: Mutex<VecDeque<FakeUnitOfWork>>,
    log: TxLog,
}

impl FakeUnitOfWorkFactory {
    /// Prepares the next unit of work.
    pub fn prepare(&self, expect: impl FnOnce(&mut FakeUnitOfWork)) -> &Self {
        let mut unit = FakeUnitOfWork::default();
        expect(&mut unit);
        locked(&self.prepared).push_back(unit);
        self
    }

    /// What becomes of the units.
    pub fn log(&self) -> TxLog {
        self.log.clone()
    }

    fn open(&self, name: &'static str, event: TxEvent) -> Box<FakeUnitOfWork> {
        let next = locked(&self.prepared).pop_front();
        let mut unit = next.unwrap_or_else(|| panic!("no unit of work was prepared for {name}"));
        self.log.add(event);
        unit.open = Some((name, self.log()));
        Box::new(unit)
    }
}

#[async_trait]
impl UnitOfWorkFactory for FakeUnitOfWorkFactory {
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        Ok(self.open(name, TxEvent::Begun(name)))
    }

    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        Ok(self.open(name, TxEvent::Read(name)))
    }

    async fn snapshot(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        Ok(self.open(name, TxEvent::Read(name)))
    }

    async fn ping(&self) -> Stored<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TenantId;
    use futures_executor::block_on;

    #[test]
    fn the_log_tells_commits_from_rollbacks() {
        let store = FakeUnitOfWorkFactory::default();
        store
            .prepare(|unit| {
                unit.tenants.expect_pin().returning(|_| Ok(true));
            })
            .prepare(|unit| {
                unit.commit_error = Some(RepositoryError::Unavailable("gone".into()));
            })
            .prepare(|_| {});
        block_on(async {
            let mut unit = store.begin("first").await.unwrap();
            assert!(unit.tenants().pin(TenantId::new(1)).await.unwrap());
            drop(unit);
            assert!(!store.log().has_commit());
            let unit = store.begin("second").await.unwrap();
            assert!(unit.commit().await.is_err());
            store.begin("third").await.unwrap().commit().await.unwrap();
        });
        assert_eq!(
            store.log().events(),
            [
                TxEvent::Begun("first"),
                TxEvent::Dropped("first"),
                TxEvent::Begun("second"),
                TxEvent::CommitFailed("second"),
                TxEvent::Begun("third"),
                TxEvent::Committed("third"),
            ]
        );
    }
}
