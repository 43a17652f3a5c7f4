//! A store and gateways under which the ground can give way between any two steps.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::payment::Payment;
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
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway,
};
use wiwebb_domain::ports::payment_log::PaymentLogRepository;
use wiwebb_domain::ports::personal_data::PersonalDataRepository;
use wiwebb_domain::ports::plan::PlanRepository;
use wiwebb_domain::ports::pricing::PlanPricingRepository;
use wiwebb_domain::ports::refund::RefundRepository;
use wiwebb_domain::ports::service_key::ServiceKeyRepository;
use wiwebb_domain::ports::subscription::SubscriptionRepository;
use wiwebb_domain::ports::subscription_gateway::SubscriptionGateway;
use wiwebb_domain::ports::tenant::TenantRepository;
use wiwebb_domain::ports::todo::TodoRepository;
use wiwebb_domain::ports::unit_of_work::{Repositories, UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::ports::usage::UsageRepository;
use wiwebb_domain::ports::user::UserRepository;
use wiwebb_domain::ports::webhook_event::WebhookEventRepository;
use wiwebb_domain::testing::gateway::ScriptedRegistry;

/// What happens at the step that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process dies.
    Dies,
    /// The store or the gateway fails; what it was asked may have been done.
    Fails,
}

type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Counts the steps outside the use cases, and lets one of them go wrong.
#[derive(Default)]
pub(super) struct Ground {
    armed: Mutex<Option<(Fault, usize)>>,
    meanwhile: Mutex<Option<(Meanwhile, bool)>>,
}

impl Ground {
    /// Lets the step go wrong that comes after `steps` more.
    pub(super) fn arm(&self, fault: Fault, steps: usize) {
        *self.armed.lock().unwrap() = Some((fault, steps));
    }

    /// Nothing goes wrong any more. Whether something did.
    pub(super) fn disarm(&self) -> bool {
        self.armed.lock().unwrap().take().is_none()
    }

    /// Happens while the next order is on its way to the gateway.
    pub(super) fn meanwhile(&self, action: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some((Box::pin(action), true));
    }

    /// Happens while the next order is on its way to the gateway, where it does not arrive.
    pub(super) fn meanwhile_in_vain(&self, action: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some((Box::pin(action), false));
    }

    /// One step; `Err` where it fails.
    async fn step(&self) -> Result<(), &'static str> {
        let fault = {
            let mut armed = self.armed.lock().unwrap();
            match &mut *armed {
                Some((fault, 0)) => {
                    let fault = *fault;
                    *armed = None;
                    Some(fault)
                }
                Some((_, steps)) => {
                    *steps -= 1;
                    None
                }
                None => None,
            }
        };
        match fault {
            Some(Fault::Dies) => std::future::pending().await,
            Some(Fault::Fails) => Err("the ground gave way"),
            None => Ok(()),
        }
    }

    async fn stored(&self) -> Stored<()> {
        self.step().await.map_err(|reason| RepositoryError::Unavailable(reason.into()))
    }

    async fn answered(&self) -> Result<(), GatewayError> {
        self.step().await.map_err(|reason| GatewayError::Unknown(reason.into()))
    }
}

/// Lets a use case run until it ends or dies; `None` where it died.
pub(super) fn run<T>(use_case: impl Future<Output = T>) -> Option<T> {
    // Nothing here ever waits but for its death.
    match pin!(use_case).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

pub(super) struct ShakyStore {
    pub(super) store: MemoryStore,
    pub(super) ground: Arc<Ground>,
}

#[async_trait]
impl UnitOfWorkFactory for ShakyStore {
    async fn begin(&self, name: &'static str) -> Stored<Box<dyn UnitOfWork>> {
        self.ground.stored().await?;
        let unit = self.store.begin(name).await?;
        Ok(Box::new(ShakyUnit { unit, ground: Arc::clone(&self.ground) }))
    }

    async fn read(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        self.ground.stored().await?;
        self.store.read(name).await
    }

    async fn snapshot(&self, name: &'static str) -> Stored<Box<dyn Repositories>> {
        self.ground.stored().await?;
        self.store.snapshot(name).await
    }

    async fn ping(&self) -> Stored<()> {
        self.store.ping().await
    }
}

struct ShakyUnit {
    unit: Box<dyn UnitOfWork>,
    ground: Arc<Ground>,
}

#[async_trait]
impl UnitOfWork for ShakyUnit {
    async fn commit(self: Box<Self>) -> Stored<()> {
        self.ground.stored().await?;
        self.unit.commit().await?;
        self.ground.stored().await
    }
}

macro_rules! pass_on {
    ($($name:ident: $port:ident),+ $(,)?) => {
        impl Repositories for ShakyUnit {
            $(fn $name(&mut self) -> &mut dyn $port {
                self.unit.$name()
            })+
        }
    };
}

pass_on! {
    tenants: TenantRepository,
    users: UserRepository,
    todos: TodoRepository,
    audit_logs: AuditLogRepository,
    plans: PlanRepository,
    pricing: PlanPricingRepository,
    gateways: GatewayRepository,
    payments: PaymentRepository,
    payment_logs: PaymentLogRepository,
    refunds: RefundRepository,
    operations: OperationRepository,
    idempotency: IdempotencyRepository,
    subscriptions: SubscriptionRepository,
    customers: CustomerRepository,
    webhook_events: WebhookEventRepository,
    service_keys: ServiceKeyRepository,
    usage: UsageRepository,
    access_tokens: AccessTokenRepository,
    login_attempts: LoginAttemptRepository,
    password_resets: PasswordResetRepository,
    deletions: DeletionRepository,
    personal_data: PersonalDataRepository,
    dashboard: DashboardRepository,
}

pub(super) struct ShakyRegistry {
    pub(super) registry: Arc<ScriptedRegistry>,
    pub(super) ground: Arc<Ground>,
}

impl GatewayRegistry for ShakyRegistry {
    fn open(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        let gateway = self.registry.open(config)?;
        Some(Arc::new(ShakyGateway { gateway, ground: Arc::clone(&self.ground) }))
    }

    fn subscriptions(&self, config: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        self.registry.subscriptions(config)
    }
}

struct ShakyGateway {
    gateway: Arc<dyn PaymentGateway>,
    ground: Arc<Ground>,
}

#[async_trait]
impl PaymentGateway for ShakyGateway {
    async fn carry_out(&self, order: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        self.ground.answered().await?;
        let meanwhile = self.ground.meanwhile.lock().unwrap().take();
        if let Some((action, arrives)) = meanwhile {
            action.await;
            if !arrives {
                return Err(GatewayError::Unreachable("no route".into()));
            }
        }
        let answer = self.gateway.carry_out(order).await?;
        self.ground.answered().await?;
        Ok(answer)
    }

    async fn look(&self, payment: &Payment) -> Result<Option<GatewayAnswer>, GatewayError> {
        self.ground.answered().await?;
        self.gateway.look(payment).await
    }
}
