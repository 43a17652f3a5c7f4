//! Writing the demo data: plans and the gateway, tenants, then users with all that is theirs.

use std::ops::Range;

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use sqlx::PgPool;
use wiwebb_domain::access::Role;
use wiwebb_domain::audit::{AuditEvent, NewAuditLog};
use wiwebb_domain::error::Violation;
use wiwebb_domain::ids::{GatewayId, PaymentId, TenantId, UserId};
use wiwebb_domain::password::PasswordHash;
use wiwebb_domain::payment_log::NewPaymentLog;
use wiwebb_domain::plan::PlanFilter;
use wiwebb_domain::ports::unit_of_work::{UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::refund::{NewRefund, RefundStatus};
use wiwebb_domain::subscription::Terms;
use wiwebb_domain::text::{EmailAddress, EventType};
use wiwebb_domain::user::NewUser;
use wiwebb_persistence::bulk::{self, BulkRefund, Dated};

use super::catalogue;
use super::people::{self, LOGINS};
use super::progress::Progress;
use super::subscriptions::{self, DayOfUse, Sold, Subscribed};
use super::trade::{self, GivenBack, Paid};
use crate::cli::DemoArgs;
use crate::error::AppError;

/// Users written at a time, each with some todos and payments.
const BATCH: u32 = 1_000;

/// What is to be written, and how far it has come.
pub(super) struct Demo<'a> {
    pub(super) pool: &'a PgPool,
    pub(super) store: &'a dyn UnitOfWorkFactory,
    pub(super) size: &'a DemoArgs,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
    pub(super) grace: Duration,
    pub(super) password: PasswordHash,
    pub(super) progress: Progress,
}

/// What can be bought, and through whom.
struct Shop {
    gateway: GatewayId,
    sold: Vec<Sold>,
}

/// A user that was written.
struct Person {
    /// The number that the user's choices depend on.
    index: u32,
    id: UserId,
    user: NewUser,
}

impl Demo<'_> {
    /// Writes everything. The demo logins come last: where they are, everything is.
    pub(super) async fn fill(&self) -> Result<(), AppError> {
        let shop = self.catalogue().await?;
        let tenants = self.tenants().await?;
        let mut noted = Vec::new();
        let mut start = 0;
        while start < self.size.users {
            let end = self.size.users.min(start.saturating_add(BATCH));
            let people = self.users(start..end, &tenants).await?;
            self.belongings(&people, &shop).await?;
            noted.extend(people.into_iter().filter(|person| event(&person.user).is_some()));
            start = end;
        }
        let logins = self.logins(tenants.first().copied()).await?;
        self.belongings(&logins, &shop).await?;
        self.audit(&logins, &noted).await
    }

    async fn catalogue(&self) -> Result<Shop, AppError> {
        let mut work = self.store.begin("demo.catalogue").await?;
        let others = work.plans().list(PlanFilter::default()).await?;
        let has_default = others.iter().any(|view| view.plan.default);
        let mut sold = Vec::new();
        for (mut plan, prices) in catalogue::plans()? {
            // Who has a default plan has chosen it.
            plan.default &= !has_default;
            let plan = work.plans().insert(plan, self.now).await?;
            for price in prices {
                let price = work.pricing().insert(plan.id, price, self.now).await?;
                sold.push(Sold {
                    plan: plan.id,
                    name: plan.name.clone(),
                    renews: plan.auto_renew,
                    terms: Terms { price: price.price, interval: price.interval },
                    trial_days: price.trial_period_days,
                });
            }
        }
        let gateway = work.gateways().insert(catalogue::gateway()?, self.now).await?.id;
        work.commit().await?;
        Ok(Shop { gateway, sold })
    }

    async fn tenants(&self) -> Result<Vec<TenantId>, AppError> {
        let rows: Result<Vec<_>, Violation> =
            (0..self.size.tenants).map(|index| people::tenant(index, self.now)).collect();
        let ids = bulk::insert_tenants(self.pool, &rows?).await?;
        self.progress.advance(ids.len());
        Ok(ids)
    }

    async fn users(
        &self,
        range: Range<u32>,
        tenants: &[TenantId],
    ) -> Result<Vec<Person>, AppError> {
        let rows = range
            .clone()
            .map(|index| people::user(index, tenants, &self.password, self.now))
            .collect::<Result<_, Violation>>()?;
        self.store_users(range.start, rows).await
    }

    async fn logins(&self, tenant: Option<TenantId>) -> Result<Vec<Person>, AppError> {
        let rows = LOGINS
            .iter()
            .map(|login| people::login(login, tenant, &self.password, self.now))
            .collect::<Result<_, Violation>>()?;
        self.store_users(self.size.users, rows).await
    }

    async fn store_users(&self, first: u32, rows: Vec<NewUser>) -> Result<Vec<Person>, AppError> {
        let ids = bulk::insert_users(self.pool, &rows).await?;
        self.progress.advance(ids.len());
        let people = (first..).zip(ids).zip(rows);
        Ok(people.map(|((index, id), user)| Person { index, id, user }).collect())
    }

    /// What belongs to these users.
    async fn belongings(&self, people: &[Person], shop: &Shop) -> Result<(), AppError> {
        self.todos(people).await?;
        let mut rows = Vec::new();
        for person in people.iter().filter(|person| person.user.role == Role::Subscriber) {
            for number in 0..self.size.payments_per_user {
                let payer = (person.id, person.user.date_joined);
                let numbers = (person.index, number);
                rows.extend(trade::payment(numbers, payer, shop.gateway, self.now)?);
            }
        }
        self.payments(rows).await?;
        self.subscriptions(people, shop).await
    }

    /// Subscriptions, and what was used of late.
    async fn subscriptions(&self, people: &[Person], shop: &Shop) -> Result<(), AppError> {
        let mut usage = Vec::new();
        let mut work = self.store.begin("demo.subscriptions").await?;
        for person in people.iter().filter(|person| person.user.role == Role::Subscriber) {
            let (subscribed, used) = self.access(person, shop);
            if let Some(subscribed) = subscribed {
                self.subscribe(work.as_mut(), subscribed).await?;
            }
            usage.extend(used.into_iter().map(|(day, used)| (person.id, day, used)));
        }
        work.commit().await?;
        bulk::insert_usage(self.pool, &usage).await?;
        Ok(())
    }

    /// Which subscription a person has, if one, and what was used on which of the last days.
    fn access(&self, person: &Person, shop: &Shop) -> (Option<Subscribed>, Vec<DayOfUse>) {
        let Person { index, id, user } = person;
        if LOGINS.iter().any(|login| login.username == user.username.as_str()) {
            let chosen = subscriptions::chosen(*id, &shop.sold, shop.gateway, self.now);
            return (chosen, subscriptions::chosen_usage(self.now, self.zone));
        }
        let own = (*id, user);
        let subscribed =
            subscriptions::subscription(*index, own, &shop.sold, shop.gateway, self.now);
        (subscribed, subscriptions::usage(*index, user, self.now, self.zone))
    }

    async fn subscribe(
        &self,
        work: &mut dyn UnitOfWork,
        subscribed: Subscribed,
    ) -> Result<(), AppError> {
        let (user, plan, at) = (subscribed.new.user_id, subscribed.new.plan_id, subscribed.at);
        if subscribed.new.trial_days > 0 {
            work.subscriptions().note_trial(user, plan, at).await?;
        }
        let mut stored = work.subscriptions().insert(subscribed.new.clone(), at).await?;
        subscribed.live(&mut stored, self.now, self.grace);
        work.subscriptions().update(&stored).await?;
        self.progress.advance(1);
        Ok(())
    }

    async fn todos(&self, people: &[Person]) -> Result<(), AppError> {
        let mut rows = Vec::new();
        for person in people {
            for number in 0..self.size.todos_per_user {
                let joined = person.user.date_joined;
                let (todo, at) = people::todo((person.index, number), joined, self.now)?;
                rows.push(((person.id, todo), at));
            }
        }
        bulk::insert_todos(self.pool, &rows).await?;
        self.progress.advance(rows.len());
        Ok(())
    }

    async fn payments(&self, paid: Vec<Paid>) -> Result<(), AppError> {
        let rows: Vec<_> = paid.iter().map(Paid::row).collect();
        let ids = bulk::insert_payments(self.pool, &rows).await?;
        let (mut logs, mut refunds) = (Vec::new(), Vec::new());
        for (id, paid) in ids.into_iter().zip(paid) {
            for entry in paid.history {
                logs.push(log(id, entry)?);
            }
            refunds.extend(paid.refunds.into_iter().map(|back| refund(id, back)));
        }
        bulk::insert_payment_logs(self.pool, &logs).await?;
        bulk::insert_refunds(self.pool, &refunds).await?;
        self.progress.advance(rows.len());
        Ok(())
    }

    async fn audit(&self, logins: &[Person], noted: &[Person]) -> Result<(), AppError> {
        let [superadmin, admin, ..] = logins else {
            return Ok(());
        };
        let entries: Vec<NewAuditLog> = noted
            .iter()
            .filter_map(|person| {
                let event = event(&person.user)?;
                let by = match event {
                    AuditEvent::RoleChanged { .. } => superadmin,
                    _ => admin,
                };
                let at = people::between(person.index, person.user.date_joined, self.now);
                let email: &EmailAddress = &by.user.email;
                Some(event.entry(by.id, email, person.id, at))
            })
            .collect();
        bulk::insert_audit_logs(self.pool, &entries).await?;
        Ok(())
    }
}

/// What somebody must have done to a user for the user to be as he is: owners were promoted,
/// inactive users switched off.
fn event(user: &NewUser) -> Option<AuditEvent> {
    if user.role == Role::TenantOwner {
        let role = (Role::Subscriber, Role::TenantOwner);
        return Some(AuditEvent::RoleChanged { role, tenant: (user.tenant_id, user.tenant_id) });
    }
    (!user.is_active).then_some(AuditEvent::ActivationChanged { is_active: false })
}

fn log(payment_id: PaymentId, entry: trade::Entry) -> Result<Dated<NewPaymentLog>, Violation> {
    let log = NewPaymentLog {
        payment_id,
        event_type: EventType::new(entry.event)?,
        message: None,
        data: entry.data,
    };
    Ok((log, entry.at))
}

fn refund(payment_id: PaymentId, back: GivenBack) -> Dated<BulkRefund> {
    let refund = NewRefund { payment_id, amount: back.amount, reason: None };
    ((refund, RefundStatus::Succeeded, Some(back.transaction_id)), back.at)
}
