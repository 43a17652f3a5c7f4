//! Access to the tables: in a unit of work, or statement by statement.

use std::sync::Arc;

use async_lock::MutexGuardArc;
use async_trait::async_trait;

use super::Shared;
use super::engine::State;
use crate::error::RepositoryError;
use crate::ports::Stored;
use crate::ports::access_token::AccessTokenRepository;
use crate::ports::audit_log::AuditLogRepository;
use crate::ports::customer::CustomerRepository;
use crate::ports::dashboard::DashboardRepository;
use crate::ports::deletion::DeletionRepository;
use crate::ports::gateway::GatewayRepository;
use crate::ports::idempotency::IdempotencyRepository;
use crate::ports::login_attempt::LoginAttemptRepository;
use crate::ports::operation::OperationRepository;
use crate::ports::password_reset::PasswordResetRepository;
use crate::ports::payment::PaymentRepository;
use crate::ports::payment_log::PaymentLogRepository;
use crate::ports::personal_data::PersonalDataRepository;
use crate::ports::plan::PlanRepository;
use crate::ports::pricing::PlanPricingRepository;
use crate::ports::refund::RefundRepository;
use crate::ports::service_key::ServiceKeyRepository;
use crate::ports::subscription::SubscriptionRepository;
use crate::ports::tenant::TenantRepository;
use crate::ports::todo::TodoRepository;
use crate::ports::unit_of_work::{Repositories, UnitOfWork};
use crate::ports::usage::UsageRepository;
use crate::ports::user::UserRepository;
use crate::ports::webhook_event::WebhookEventRepository;

/// All repositories. Each port is implemented in the module of its entity.
pub(super) struct Session {
    shared: Arc<Shared>,
    unit: Option<Unit>,
    /// What reads see for good, where they see one instant.
    frozen: Option<State>,
}

/// An open unit of work.
struct Unit {
    state: State,
    failed: bool,
    _writer: MutexGuardArc<()>,
}

impl Unit {
    /// Runs a statement. Like a transaction of PostgreSQL the unit takes no more after an error.
    fn run<T>(&mut self, statement: impl FnOnce(&mut State) -> Stored<T>) -> Stored<T> {
        if self.failed {
            return Err(backend("unit of work already failed"));
        }
        let result = statement(&mut self.state);
        self.failed = result.is_err();
        result
    }
}

impl Session {
    /// Waits until nobody else writes.
    pub(super) async fn unit_of_work(shared: &Arc<Shared>) -> Self {
        let writer = shared.become_writer().await;
        let unit = Unit { state: shared.snapshot(), failed: false, _writer: writer };
        Self { shared: Arc::clone(shared), unit: Some(unit), frozen: None }
    }

    /// Every statement stands alone.
    pub(super) fn standalone(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), unit: None, frozen: None }
    }

    /// Reads see what is committed now, whatever comes later.
    pub(super) fn frozen(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared), unit: None, frozen: Some(shared.snapshot()) }
    }

    /// Runs a statement that changes nothing.
    pub(super) fn read<T>(&mut self, statement: impl FnOnce(&State) -> T) -> Stored<T> {
        match (&mut self.unit, &self.frozen) {
            (Some(unit), _) => unit.run(|state| Ok(statement(state))),
            (None, Some(state)) => Ok(statement(state)),
            (None, None) => Ok(statement(&self.shared.snapshot())),
        }
    }

    /// Runs a statement that changes rows, and commits it where it stands alone.
    pub(super) async fn write<T>(
        &mut self,
        statement: impl FnOnce(&mut State) -> Stored<T> + Send,
    ) -> Stored<T> {
        if let Some(unit) = &mut self.unit {
            return unit.run(statement);
        }
        if self.frozen.is_some() {
            return Err(backend("nothing is written to a snapshot"));
        }
        let _writer = self.shared.become_writer().await;
        let mut state = self.shared.snapshot();
        let result = statement(&mut state)?;
        self.shared.publish(state);
        Ok(result)
    }
}

/// An error that no caller can do anything about.
pub(super) fn backend(reason: &'static str) -> RepositoryError {
    RepositoryError::Backend(reason.into())
}

impl Repositories for Session {
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

    fn login_attempts(&mut self) -> &mut dyn LoginAttemptRepository {
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

#[async_trait]
impl UnitOfWork for Session {
    async fn commit(self: Box<Self>) -> Stored<()> {
        match self.unit {
            Some(Unit { failed: true, .. }) => Err(backend("unit of work already failed")),
            Some(Unit { state, _writer, .. }) => {
                self.shared.publish(state);
                Ok(())
            }
            None => Ok(()),
        }
    }
}
