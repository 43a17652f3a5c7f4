//! Writing the demo data, kind by kind.

use chrono::{DateTime, Utc};
use wiwebb_domain::access::Role;
use wiwebb_domain::audit::AuditEvent;
use wiwebb_domain::ids::{GatewayId, TenantId};
use wiwebb_domain::password::PasswordHash;
use wiwebb_domain::payment_log::NewPaymentLog;
use wiwebb_domain::ports::unit_of_work::UnitOfWork;
use wiwebb_domain::text::EventType;
use wiwebb_domain::user::User;

use super::people::{self, LOGINS};
use super::progress::Progress;
use super::trade::{self, Paid};
use crate::cli::DemoArgs;
use crate::error::AppError;

/// What is to be written.
pub(super) struct Demo {
    pub(super) size: DemoArgs,
    pub(super) now: DateTime<Utc>,
    pub(super) password: PasswordHash,
    pub(super) progress: Progress,
}

/// A user that was written, as far as the rows behind it need one.
struct Person {
    /// The number that the user's choices depend on.
    index: u32,
    user: User,
}

impl Demo {
    /// Writes everything.
    pub(super) async fn fill(&self, work: &mut dyn UnitOfWork) -> Result<(), AppError> {
        self.plans(work).await?;
        let gateway = self.gateway(work).await?;
        let tenants = self.tenants(work).await?;
        let logins = self.logins(work, tenants.first().copied()).await?;
        let mut people = self.users(work, &tenants).await?;
        self.audit(work, &logins, &people).await?;
        people.extend(logins);
        self.todos(work, &people).await?;
        self.payments(work, &people, gateway).await
    }

    async fn plans(&self, work: &mut dyn UnitOfWork) -> Result<(), AppError> {
        let plans = trade::plans().map_err(AppError::Demo)?;
        self.progress.begin("plans", plans.len());
        for (plan, prices) in plans {
            let id = work.plans().insert(plan, self.now).await?.id;
            for price in prices {
                work.pricing().insert(id, price, self.now).await?;
            }
            self.progress.advance(1);
        }
        Ok(())
    }

    async fn gateway(&self, work: &mut dyn UnitOfWork) -> Result<GatewayId, AppError> {
        let gateway = trade::gateway().map_err(AppError::Demo)?;
        Ok(work.gateways().insert(gateway, self.now).await?.id)
    }

    async fn tenants(&self, work: &mut dyn UnitOfWork) -> Result<Vec<TenantId>, AppError> {
        self.progress.begin("tenants", self.size.tenants);
        let mut ids = Vec::new();
        for index in 0..self.size.tenants {
            let (tenant, uuid, founded) = people::tenant(index, self.now).map_err(AppError::Demo)?;
            ids.push(work.tenants().insert(tenant, uuid, founded).await?.id);
            self.progress.advance(1);
        }
        Ok(ids)
    }

    async fn logins(
        &self,
        work: &mut dyn UnitOfWork,
        tenant: Option<TenantId>,
    ) -> Result<Vec<Person>, AppError> {
        let mut written = Vec::new();
        for (index, login) in (self.size.users..).zip(LOGINS) {
            let user = people::login(login, tenant, &self.password, self.now);
            let user = work.users().insert(user.map_err(AppError::Demo)?).await?.user;
            written.push(Person { index, user });
        }
        Ok(written)
    }

    async fn users(
        &self,
        work: &mut dyn UnitOfWork,
        tenants: &[TenantId],
    ) -> Result<Vec<Person>, AppError> {
        self.progress.begin("users", self.size.users);
        let mut written = Vec::new();
        for index in 0..self.size.users {
            let user = people::user(index, tenants, &self.password, self.now);
            let user = work.users().insert(user.map_err(AppError::Demo)?).await?.user;
            written.push(Person { index, user });
            self.progress.advance(1);
        }
        Ok(written)
    }

    /// Owners were promoted by the superadmin, inactive users switched off by the admin.
    async fn audit(
        &self,
        work: &mut dyn UnitOfWork,
        logins: &[Person],
        people: &[Person],
    ) -> Result<(), AppError> {
        let [superadmin, admin, ..] = logins else {
            return Ok(());
        };
        for Person { index, user } in people {
            let (event, actor) = match (user.role, user.is_active) {
                (Role::TenantOwner, _) => {
                    let role = (Role::Subscriber, Role::TenantOwner);
                    let tenant = (user.tenant_id, user.tenant_id);
                    (AuditEvent::RoleChanged { role, tenant }, superadmin)
                }
                (_, false) => (AuditEvent::ActivationChanged { is_active: false }, admin),
                _ => continue,
            };
            let at = people::between(*index, user.date_joined, self.now);
            let entry = event.entry(actor.user.id, &actor.user.email, user.id, at);
            work.audit_logs().insert(entry).await?;
        }
        Ok(())
    }

    async fn todos(&self, work: &mut dyn UnitOfWork, people: &[Person]) -> Result<(), AppError> {
        let each = self.size.todos_per_user;
        self.progress.begin("todos", each * (self.size.users + 4));
        for Person { index, user } in people {
            for number in 0..each {
                let todo = people::todo(*index, number, user.date_joined, self.now);
                let (todo, written) = todo.map_err(AppError::Demo)?;
                work.todos().insert(user.id, todo, written).await?;
                self.progress.advance(1);
            }
        }
        Ok(())
    }

    async fn payments(
        &self,
        work: &mut dyn UnitOfWork,
        people: &[Person],
        gateway: GatewayId,
    ) -> Result<(), AppError> {
        let each = self.size.payments_per_user;
        self.progress.begin("payments", each * self.size.users);
        for Person { index, user } in people.iter().filter(|p| p.user.role == Role::Subscriber) {
            for number in 0..each {
                let payer = (user.id, user.date_joined);
                let paid = trade::payment((*index, number), payer, gateway, self.now);
                if let Some(paid) = paid.map_err(AppError::Demo)? {
                    self.payment(work, paid).await?;
                }
                self.progress.advance(1);
            }
        }
        Ok(())
    }

    async fn payment(&self, work: &mut dyn UnitOfWork, paid: Paid) -> Result<(), AppError> {
        let Paid { payment, created_at, history } = paid;
        let mut payment = work.payments().insert(payment, created_at).await?;
        for entry in history {
            payment.modified_at = entry.at;
            let log = NewPaymentLog {
                payment_id: payment.id,
                event_type: EventType::new(entry.event).map_err(AppError::Demo)?,
                message: Some("Demo payment".to_owned()),
                data: entry.data,
            };
            work.payment_logs().insert(log, entry.at).await?;
        }
        work.payments().update(&payment).await?;
        Ok(())
    }
}
