//! Another service embeds the rules: it brings its own adapters, wires the use cases to them and
//! calls them. No HTTP, no database, no runtime.
//!
//! ```text
//! cargo run -p wiwebb-domain --example embed --features test-support
//! ```

#![allow(clippy::print_stdout, reason = "the example tells a story")]

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use chrono::{DateTime, Duration, SubsecRound, Utc};
use chrono_tz::Tz;
use futures_executor::block_on;
use serde_json::Map;
use wiwebb_domain::access::{Action, Actor, Object, Role, decide};
use wiwebb_domain::error::{self, Violation, Violations};
use wiwebb_domain::ids::{GatewayId, PaymentId, UserId};
use wiwebb_domain::lockout::Lockout;
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::money::{Amount, Currency, Money};
use wiwebb_domain::password::{Likeness, NewPassword, Password};
use wiwebb_domain::payment::{Payment, PaymentEvent, PaymentStatus, Step};
use wiwebb_domain::ports::clock::Clock;
use wiwebb_domain::ports::mailer::{Mail, Mailer};
use wiwebb_domain::services::accounts::Credentials;
use wiwebb_domain::services::tenants::TenantDraft;
use wiwebb_domain::services::users::UserDraft;
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_domain::tenant::{TenantRef, TenantView};
use wiwebb_domain::testing::gateway::ScriptedRegistry;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::random::SeededRandom;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_domain::testing::webhook::ScriptedWebhooks;
use wiwebb_domain::text::{EmailAddress, Slug, TenantName, Username};
use wiwebb_domain::user::{Profile, UserView};

/// Our clock: the machine's, in the microseconds that the port promises.
struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::<Utc>::from(SystemTime::now()).trunc_subsecs(6)
    }
}

/// Our mailer: it prints.
struct Printer;

#[async_trait]
impl Mailer for Printer {
    async fn post(&self, mail: Mail) {
        println!("  mail to {}: {}", mail.to, mail.subject);
    }
}

/// Everything the use cases need from outside. Passwords, randomness and payment gateways come from
/// the doubles here; a service that keeps real people's data brings a slow salted hash and the
/// system's randomness.
fn services() -> Services {
    let ports = Ports {
        store: Arc::new(MemoryStore::new()),
        clock: Arc::new(SystemClock),
        random: Arc::new(SeededRandom::new(42)),
        passwords: Arc::new(PlainHasher),
        mailer: Arc::new(Printer),
        gateways: Arc::new(ScriptedRegistry::default()),
        webhooks: Arc::new(ScriptedWebhooks::default()),
        secrets: Arc::new(PlainSecrets::default()),
    };
    let settings = Settings {
        token_life: None,
        lockout: Some(Lockout::USUAL),
        public_url: "https://portal.example.org".to_owned(),
        grace: Duration::days(7),
        time_zone: Tz::UTC,
    };
    Services::new(ports, settings)
}

fn main() -> Result<(), Box<dyn Error>> {
    block_on(story(&services()))
}

async fn story(services: &Services) -> Result<(), Box<dyn Error>> {
    println!("The operator signs in.");
    let operator = operator(services).await?;

    println!("A tenant with its owner, who takes in a subscriber.");
    let tenant = found_tenant(services, &operator).await?;
    let owner = take_in(services, &operator, "olga", Role::TenantOwner, &tenant).await?;
    let olga = actor_of(&owner);
    let sam = take_in(services, &olga, "sam", Role::Subscriber, &tenant).await?;
    println!("  {} belongs to {}", sam.user.username, tenant.tenant.name);

    println!("May the owner delete people?");
    show_decision("the subscriber", &olga, sam.user.as_object());
    show_decision("oneself", &olga, owner.user.as_object());
    let stranger = Object::User { id: UserId::new(99), role: Role::Subscriber, tenant: None };
    show_decision("somebody without tenant", &olga, stranger);

    println!("The operator tries to remove the tenant.");
    refused_delete(services, &operator, &tenant).await?;

    println!("The owner has forgotten the password.");
    services.accounts.request_reset(Ok(owner.user.email.clone())).await?;

    println!("The subscriber pays.");
    pay(&sam)
}

/// Creates the operator the way an installation does, and signs in as anybody does.
async fn operator(services: &Services) -> Result<Actor, Box<dyn Error>> {
    let password = Password::new("seven-Lanterns-at-dusk".to_owned());
    let (username, email) = (Username::new("root")?, EmailAddress::new("root@example.org")?);
    services.accounts.ensure_superadmin(username, email, password.clone()).await?;
    let login = Credentials { login: "root".to_owned(), password, user_agent: None };
    let key = services.accounts.login(Ok(login)).await?.key;
    let session = services.accounts.authenticate(&key).await?.ok_or("a fresh key is alive")?;
    Ok(session.actor)
}

async fn found_tenant(services: &Services, operator: &Actor) -> Result<TenantView, Box<dyn Error>> {
    let acme = TenantDraft {
        name: TenantName::new("Acme Networks")?,
        slug: Some(Slug::new("acme")?),
        email: None,
        url: None,
        description: None,
        is_active: true,
    };
    Ok(services.tenants.create(operator, Ok(acme)).await?)
}

async fn take_in(
    services: &Services,
    actor: &Actor,
    name: &str,
    role: Role,
    tenant: &TenantView,
) -> Result<UserView, Box<dyn Error>> {
    let (username, email) =
        (Username::new(name)?, EmailAddress::new(&format!("{name}@acme.example"))?);
    let owner = Likeness { username: name, email: email.as_str(), ..Likeness::default() };
    let password = NewPassword::judged(Password::new("brass-Compass-71".to_owned()), &owner)
        .map_err(all_of("password"))?;
    let draft = UserDraft {
        username,
        email,
        password,
        role,
        tenant: Some(tenant.tenant.id.get().into()),
        profile: Profile::default(),
        is_active: true,
    };
    Ok(services.users.create(actor, Ok(draft)).await?)
}

fn all_of(field: &'static str) -> impl Fn(Vec<Violation>) -> Violations {
    move |broken| {
        let mut violations = Violations::default();
        for violation in broken {
            violations.add(field, violation);
        }
        violations
    }
}

fn actor_of(view: &UserView) -> Actor {
    let user = &view.user;
    Actor { user: user.id, role: user.role, tenant: user.tenant_id, written: None }
}

/// A decision needs no store and no `async`: it is a function of who, what and on whom.
fn show_decision(whom: &str, actor: &Actor, object: Object) {
    match decide(actor, Action::DeleteUser, object) {
        Ok(()) => println!("  {whom}: yes"),
        Err(denial) => println!("  {whom}: no ({denial:?})"),
    }
}

/// A refused delete says which rows forbid it.
async fn refused_delete(
    services: &Services,
    operator: &Actor,
    tenant: &TenantView,
) -> Result<(), Box<dyn Error>> {
    match services.tenants.delete(operator, TenantRef::Id(tenant.tenant.id)).await {
        Err(error::Error::Protected(plan)) => {
            println!("  {}", error::Error::Protected(plan.clone()));
            for found in plan.blocked_by {
                println!("  {} rows refer to it through {}", found.rows, found.relation.column);
            }
            Ok(())
        }
        Err(other) => Err(other.into()),
        Ok(()) => Err("a tenant with users was removed".into()),
    }
}

/// A payment moves by events; a replay moves nothing, an impossible one is an error.
fn pay(payer: &UserView) -> Result<(), Box<dyn Error>> {
    use PaymentEvent as E;

    let now = SystemClock.now();
    let mut payment = Payment {
        id: PaymentId::new(1),
        user_id: payer.user.id,
        order_id: None,
        payment_gateway_id: GatewayId::new(1),
        status: PaymentStatus::Waiting,
        total: Money::new(Amount::new("19.99".parse()?)?, Currency::USD)?,
        transaction_id: None,
        webhook_received: false,
        metadata: Map::new(),
        created_at: now,
        modified_at: now,
    };
    for event in [E::Authorised, E::Captured, E::Captured, E::Declined, E::Cancelled] {
        match payment.apply(event, SystemClock.now()) {
            Ok(Step::Move { from, to }) => println!("  {event:?}: {from} -> {to}"),
            Ok(Step::Stay) => println!("  {event:?}: still {}", payment.status),
            Err(refusal) => println!("  {event:?}: {refusal}"),
        }
    }
    Ok(())
}
