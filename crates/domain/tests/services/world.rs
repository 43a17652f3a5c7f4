//! A small world to act in: one store, one clock, and people in it.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::Duration;
use chrono_tz::Tz;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role, Scope};
use wiwebb_domain::audit::AuditLog;
use wiwebb_domain::error::{Error, Source};
use wiwebb_domain::ids::{GatewayId, TenantId, UserId};
use wiwebb_domain::lockout::Lockout;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::page::{ListRequest, PageSize, ascending};
use wiwebb_domain::password::{Password, PasswordHash};
use wiwebb_domain::ports::password::{PasswordHasher, Verdict};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::accounts::{Credentials, SignedIn};
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_domain::testing::clock::ManualClock;
use wiwebb_domain::testing::gateway::ScriptedRegistry;
use wiwebb_domain::testing::mailer::RecordingMailer;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::webhook::ScriptedWebhooks;
use wiwebb_domain::token::SecretToken;
use wiwebb_domain::user::{NewUser, User};

/// The password of everybody in the world.
pub(crate) const PASSWORD: &str = "correct horse";

/// A password that nobody's data resembles.
pub(crate) const GOOD_PASSWORD: &str = "brass-Compass-71";

/// What the contract answers to a lack of rights where it lists no other text.
pub(crate) const FORBIDDEN: &str = "You do not have permission to perform this action.";

pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) store: MemoryStore,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) mailer: Arc<RecordingMailer>,
    pub(crate) hasher: Arc<SpyHasher>,
    founded: AtomicU64,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with_token_life(None)
    }

    pub(crate) fn with_lockout(lockout: Option<Lockout>) -> Self {
        Self::with(Settings { lockout, ..settings() })
    }

    pub(crate) fn with_token_life(token_life: Option<Duration>) -> Self {
        Self::with(Settings { token_life, ..settings() })
    }

    fn with(settings: Settings) -> Self {
        let store = MemoryStore::new();
        let clock = Arc::new(ManualClock::default());
        let mailer = Arc::new(RecordingMailer::default());
        let hasher = Arc::new(SpyHasher::default());
        let ports = Ports {
            store: Arc::new(store.clone()),
            clock: Arc::clone(&clock) as Arc<_>,
            random: Arc::new(SeededRandom::new(1)),
            passwords: Arc::clone(&hasher) as Arc<_>,
            mailer: Arc::clone(&mailer) as Arc<_>,
            gateways: Arc::new(ScriptedRegistry::default()),
            webhooks: Arc::new(ScriptedWebhooks::default()),
            secrets: Arc::new(PlainSecrets::default()),
        };
        let services = Services::new(ports, settings);
        Self { services, store, clock, mailer, hasher, founded: AtomicU64::new(1) }
    }

    /// A tenant put straight into the store.
    pub(crate) fn tenant(&self, name: &str) -> TenantId {
        block_on(async {
            let mut read = self.store.read("test").await.unwrap();
            let uuid = samples::uuid(self.founded.fetch_add(1, Ordering::Relaxed));
            let new = samples::new_tenant(name);
            read.tenants().insert(new, uuid, samples::now()).await.unwrap().id
        })
    }

    /// A user put straight into the store.
    pub(crate) fn insert(&self, user: NewUser) -> Actor {
        block_on(async {
            let mut read = self.store.read("test").await.unwrap();
            let user = read.users().insert(user).await.unwrap().user;
            Actor { user: user.id, role: user.role, tenant: user.tenant_id, written: None }
        })
    }

    pub(crate) fn user(&self, name: &str, role: Role, tenant_id: Option<TenantId>) -> Actor {
        self.insert(NewUser { role, tenant_id, ..samples::new_user(name) })
    }

    pub(crate) fn subscriber(&self, name: &str, tenant: TenantId) -> Actor {
        self.user(name, Role::Subscriber, Some(tenant))
    }

    pub(crate) fn owner(&self, name: &str, tenant: TenantId) -> Actor {
        self.user(name, Role::TenantOwner, Some(tenant))
    }

    pub(crate) fn admin(&self) -> Actor {
        self.user("admin", Role::Admin, None)
    }

    pub(crate) fn superadmin(&self) -> Actor {
        self.user("root", Role::Superadmin, None)
    }

    /// The row as stored; `None` where it is gone.
    pub(crate) fn find(&self, id: UserId) -> Option<User> {
        block_on(async {
            let mut read = self.store.read("test").await.unwrap();
            let found = read.users().find(Scope::Everything, id).await.unwrap();
            found.or_refuse(wiwebb_domain::relations::EntityKind::User).ok().map(|view| view.user)
        })
    }

    pub(crate) fn stored(&self, id: UserId) -> User {
        self.find(id).unwrap()
    }

    /// The audit log, the oldest entry first.
    pub(crate) fn audit(&self) -> Vec<AuditLog> {
        block_on(async {
            let order = vec![ascending(wiwebb_domain::audit::AuditLogSort::Timestamp)];
            let size = PageSize::clamped(PageSize::MAX);
            let request = ListRequest { order, size, ..ListRequest::default() };
            let mut read = self.store.read("test").await.unwrap();
            let page = read.audit_logs().list(Scope::Everything, request).await.unwrap();
            page.unwrap().items.into_iter().map(|view| view.entry).collect()
        })
    }

    /// A payment of the user and its gateway, neither of which can be deleted from now on.
    pub(crate) fn payment(&self, user: UserId) -> GatewayId {
        block_on(async {
            let mut read = self.store.read("test").await.unwrap();
            let gateway = samples::new_gateway(&format!("gateway of {user}"));
            let gateway = read.gateways().insert(gateway, samples::now()).await.unwrap().id;
            let payment = samples::new_payment(user, gateway);
            read.payments().insert(payment, samples::now()).await.unwrap();
            gateway
        })
    }

    /// Signs in with [`PASSWORD`].
    pub(crate) fn key_of(&self, login: &str) -> SecretToken {
        block_on(self.services.accounts.login(Ok(credentials(login, PASSWORD)))).unwrap().key
    }

    pub(crate) fn is_alive(&self, key: &SecretToken) -> bool {
        block_on(self.services.accounts.authenticate(key)).unwrap().is_some()
    }

    /// Signs in.
    pub(crate) fn login(&self, login: &str, password: &str) -> Result<SignedIn, Error> {
        block_on(self.services.accounts.login(Ok(credentials(login, password))))
    }

    /// Whether somebody can sign in.
    pub(crate) fn opens(&self, login: &str, password: &str) -> bool {
        self.login(login, password).is_ok()
    }
}

/// Keys that never expire, a week of grace, and days in UTC.
pub(crate) fn settings() -> Settings {
    Settings {
        token_life: None,
        lockout: Some(Lockout::USUAL),
        public_url: "https://portal.example.org".to_owned(),
        grace: Duration::days(7),
        time_zone: Tz::UTC,
    }
}

pub(crate) fn credentials(login: &str, password: &str) -> Credentials {
    Credentials { login: login.to_owned(), password: secret(password), user_agent: None }
}

pub(crate) fn secret(password: &str) -> Password {
    Password::new(password.to_owned())
}

/// The text of a refusal, under its field where it has one.
pub(crate) fn refusal<T, E: Display>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "allowed".to_owned(),
        Err(error) => error.to_string(),
    }
}

type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A hasher that remembers what it was asked, and can be told to do something before it answers:
/// hashing is slow, and the world goes on meanwhile.
#[derive(Default)]
pub(crate) struct SpyHasher {
    verified: Mutex<Vec<Option<PasswordHash>>>,
    hashed: AtomicU64,
    meanwhile: Mutex<Option<BoxFuture>>,
}

impl SpyHasher {
    /// The hashes that passwords were checked against.
    pub(crate) fn verified(&self) -> Vec<Option<PasswordHash>> {
        self.verified.lock().unwrap().clone()
    }

    /// How many passwords were hashed.
    pub(crate) fn hashed(&self) -> u64 {
        self.hashed.load(Ordering::Relaxed)
    }

    /// Happens while the next password is hashed or checked.
    pub(crate) fn meanwhile(&self, action: impl Future<Output = ()> + Send + 'static) {
        *self.meanwhile.lock().unwrap() = Some(Box::pin(action));
    }

    async fn take_time(&self) {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some(action) = meanwhile {
            action.await;
        }
    }
}

#[async_trait]
impl PasswordHasher for SpyHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, Source> {
        self.hashed.fetch_add(1, Ordering::Relaxed);
        self.take_time().await;
        PlainHasher.hash(password).await
    }

    async fn verify(
        &self,
        password: Password,
        hash: Option<PasswordHash>,
    ) -> Result<Verdict, Source> {
        self.verified.lock().unwrap().push(hash.clone());
        self.take_time().await;
        PlainHasher.verify(password, hash).await
    }
}
