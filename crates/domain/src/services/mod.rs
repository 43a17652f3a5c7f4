//! Use cases: what a caller can have done, over the ports alone.
//!
//! Each checks in the order clients are promised (contract §1.3): the role, the object, the
//! input, the rules on the values. A unit of work is open while rows change, never while a
//! password is hashed, a gateway is asked or mail is sent.

pub mod accounts;
pub mod audit_logs;
pub mod dashboard;
pub mod deletion;
pub mod gateways;
pub mod idempotency;
pub mod network;
pub mod payments;
pub mod plans;
pub mod privacy;
pub mod role_assignment;
pub mod service_keys;
pub mod subscriptions;
pub mod tenants;
pub mod todos;
pub mod users;
pub mod webhooks;

use std::sync::Arc;

use chrono::Duration;

use crate::error::{Error, Violation, Violations};
use crate::lockout::Lockout;
use crate::password::{Likeness, NewPassword, Password, PasswordHash};
use crate::ports::clock::Clock;
use crate::ports::mailer::Mailer;
use crate::ports::password::PasswordHasher;
use crate::ports::payment_gateway::GatewayRegistry;
use crate::ports::random::Random;
use crate::ports::secrets::Secrets;
use crate::ports::unit_of_work::UnitOfWorkFactory;
use crate::ports::webhook::WebhookReader;

pub use accounts::Accounts;
pub use audit_logs::AuditLogs;
pub use dashboard::Dashboard;
pub use deletion::Deletions;
pub use gateways::Gateways;
pub use idempotency::Idempotency;
pub use network::Network;
pub use payments::Payments;
pub use plans::Plans;
pub use privacy::Privacy;
pub use service_keys::ServiceKeys;
pub use subscriptions::Subscriptions;
pub use tenants::Tenants;
pub use todos::Todos;
pub use users::Users;
pub use webhooks::Webhooks;

/// Everything the use cases need from outside.
#[derive(Clone)]
pub struct Ports {
    /// Where everything is kept.
    pub store: Arc<dyn UnitOfWorkFactory>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Password hashing.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Mail.
    pub mailer: Arc<dyn Mailer>,
    /// Adapters of payment gateways.
    pub gateways: Arc<dyn GatewayRegistry>,
    /// Reading what gateways report.
    pub webhooks: Arc<dyn WebhookReader>,
    /// Keeping secrets.
    pub secrets: Arc<dyn Secrets>,
}

impl Ports {
    /// The hash of a password that has been judged already.
    async fn hash(&self, password: NewPassword) -> Result<PasswordHash, Error> {
        self.passwords.hash(password.into_password()).await.map_err(Error::Password)
    }

    /// Judges a password and hashes it; what it breaks is reported under `field`.
    async fn judge_and_hash(
        &self,
        field: &'static str,
        password: Password,
        owner: &Likeness<'_>,
    ) -> Result<PasswordHash, Error> {
        self.hash(judged(field, password, owner)?).await
    }
}

/// What a round of work that nobody asked for has come to. One thing that fails holds no other up.
#[derive(Default)]
struct Round {
    taken: usize,
    failure: Option<Error>,
}

impl Round {
    fn note(&mut self, outcome: Result<(), Error>) {
        self.taken += 1;
        if let Err(error) = outcome {
            self.failure = Some(error);
        }
    }

    /// How much was taken, or the latest failure.
    fn end(self) -> Result<usize, Error> {
        self.failure.map_or(Ok(self.taken), Err)
    }
}

fn judged(
    field: &'static str,
    password: Password,
    owner: &Likeness<'_>,
) -> Result<NewPassword, Violations> {
    NewPassword::judged(password, owner).map_err(|broken| {
        let mut violations = Violations::default();
        for violation in broken {
            violations.add(field, violation);
        }
        violations
    })
}

/// A new password typed twice; `second` is the field that a difference or a weakness is
/// reported under (contract §3.5).
fn repeated(
    field: &'static str,
    first: Password,
    second: &Password,
    owner: &Likeness<'_>,
) -> Result<NewPassword, Violations> {
    if first != *second {
        return Err(Violations::of(field, Violation::PasswordsDiffer));
    }
    judged(field, first, owner)
}

/// What an operator decides about the use cases.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long a key lives; `None` is for ever (contract §14, `WIWEBB_TOKEN_TTL_DAYS`).
    pub token_life: Option<Duration>,
    /// When an account is locked; `None` is never (`WIWEBB_LOCKOUT_AFTER`).
    pub lockout: Option<Lockout>,
    /// First part of the links in mails, without a slash at the end.
    pub public_url: String,
    /// How long access lasts after a payment fell due (contract §8.5).
    pub grace: Duration,
    /// Where a day of usage begins and ends (contract §14, `WIWEBB_TIME_ZONE`).
    pub time_zone: chrono_tz::Tz,
}

impl Settings {
    /// What holds where nothing was decided: keys live for ever, ten failed logins lock an account, seven days of grace, days of UTC.
    pub const fn new(public_url: String) -> Self {
        Self {
            token_life: None,
            lockout: Some(Lockout::USUAL),
            public_url,
            grace: Duration::days(7),
            time_zone: chrono_tz::Tz::UTC,
        }
    }
}

/// All use cases.
#[derive(Clone)]
pub struct Services {
    /// Signing in and out, one's own data and password.
    pub accounts: Accounts,
    /// Users.
    pub users: Users,
    /// Tenants.
    pub tenants: Tenants,
    /// Todos.
    pub todos: Todos,
    /// The audit log.
    pub audit_logs: AuditLogs,
    /// Figures.
    pub dashboard: Dashboard,
    /// Plans and pricing.
    pub plans: Plans,
    /// Payment gateways.
    pub gateways: Gateways,
    /// Payments.
    pub payments: Payments,
    /// Subscriptions.
    pub subscriptions: Subscriptions,
    /// What gateways report.
    pub webhooks: Webhooks,
    /// Keys of network equipment.
    pub service_keys: ServiceKeys,
    /// Access to the network and its use.
    pub network: Network,
    /// Answers under idempotency keys.
    pub idempotency: Idempotency,
    /// What deletes would do.
    pub deletions: Deletions,
    /// What is kept about a person.
    pub privacy: Privacy,
}

impl Services {
    /// Wires all use cases to the same ports.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let payments = Payments::new(ports.clone(), settings.clone());
        let subscriptions = Subscriptions::new(ports.clone(), settings.clone(), payments.clone());
        Self {
            network: Network::new(ports.clone(), settings.clone()),
            accounts: Accounts::new(ports.clone(), settings.clone()),
            users: Users::new(ports.clone()),
            tenants: Tenants::new(ports.clone()),
            todos: Todos::new(ports.clone()),
            audit_logs: AuditLogs::new(ports.clone()),
            dashboard: Dashboard::new(ports.clone(), settings),
            plans: Plans::new(ports.clone()),
            gateways: Gateways::new(ports.clone()),
            webhooks: Webhooks::new(ports.clone(), payments.clone()),
            payments,
            subscriptions,
            service_keys: ServiceKeys::new(ports.clone()),
            deletions: Deletions::new(ports.clone()),
            privacy: Privacy::new(ports.clone()),
            idempotency: Idempotency::new(ports),
        }
    }
}
