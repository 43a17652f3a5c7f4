//! What the server does about subscriptions without being asked: renewing, owing, ending.

use chrono::Duration;

use super::subscribe::charge;
use super::{Subscriptions, locked, plan};
use crate::access::Scope;
use crate::error::Error;
use crate::ids::SubscriptionId;
use crate::plan::Plan;
use crate::ports::mailer::Mail;
use crate::ports::unit_of_work::UnitOfWork;
use crate::relations::EntityKind;
use crate::services::Round;
use crate::services::payments::Attempt;
use crate::subscription::{
    Charge, ChargePurpose, DueStep, Subscription, SubscriptionStatus, Terms,
};

/// For so long nobody else takes a subscription that somebody looks after.
const LEASE: Duration = Duration::minutes(5);

/// What is overdue, and nothing can be done about it, is looked at again after this time.
const PAUSE: Duration = Duration::hours(1);

impl Subscriptions {
    /// Looks after subscriptions that are due. Answers how many it took, `limit` at most. Any number
    /// of replicas may run it at a time: a subscription is taken by one.
    pub async fn advance_due(&self, limit: u32) -> Result<usize, Error> {
        let mut round = Round::default();
        while round.taken < limit as usize {
            let Some(id) = self.take_due().await? else {
                break;
            };
            round.note(match self.advance(id).await {
                // What the gateway refuses is booked; what it does not say is asked again.
                Err(Error::GatewayUnreachable | Error::PaymentStep(_)) => Ok(()),
                advanced => advanced,
            });
        }
        round.end()
    }

    async fn take_due(&self) -> Result<Option<SubscriptionId>, Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("subscriptions.due").await?;
        Ok(read.subscriptions().claim_due(now, now + LEASE, 1).await?.pop())
    }

    async fn advance(&self, id: SubscriptionId) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let grace = self.settings.grace;
        let mut work = self.ports.store.begin("subscriptions.advance").await?;
        let mut subscription = locked(work.as_mut(), id).await?;
        match subscription.due_step(now, grace) {
            DueStep::Wait => self.look_later(work, subscription).await,
            DueStep::Owe => {
                subscription.falls_due(now, grace);
                self.store(work, &mut subscription).await
            }
            DueStep::End => self.end(work, subscription).await,
            DueStep::Renew(Some(terms)) if !terms.price.amount().is_zero() => {
                self.renew(work, subscription, terms).await
            }
            DueStep::Renew(terms) => {
                let sum = terms.map(|terms| terms.price);
                let plan = plan(work.as_mut(), subscription.plan_paid_with(sum)).await?;
                subscription.renewed(sum, plan.auto_renew, now);
                self.store(work, &mut subscription).await
            }
            DueStep::Mirror => {
                drop(work);
                self.look_at_gateway(subscription).await
            }
        }
    }

    /// Has the next period paid.
    async fn renew(
        &self,
        mut work: Box<dyn UnitOfWork>,
        mut subscription: Subscription,
        terms: Terms,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        let gateway = match subscription.payment_gateway_id {
            Some(id) => work.gateways().find(id).await?,
            None => None,
        };
        let gateway = gateway.ok_or(Error::NotFound(EntityKind::PaymentGatewayConfig))?;
        let pending = subscription.pending.map_or(subscription.plan_id, |pending| pending.plan_id);
        let plan = plan(work.as_mut(), pending).await?;
        let purpose = ChargePurpose::Renewal;
        let new = charge(&subscription, &plan, gateway.id, terms.price, purpose);
        let (payment, operation) = self.write_down(work.as_mut(), &plan, new, None).await?;
        let mail = match payment.invoice_number() {
            Some(number) => {
                Some(invoice_mail(work.as_mut(), &subscription, &plan, terms, number).await?)
            }
            None => None,
        };
        let replaced = subscription.clone();
        subscription.charge_begins(Charge { payment: payment.id, purpose }, now);
        self.store(work, &mut subscription).await?;
        if let Some(mail) = mail {
            self.ports.mailer.post(mail).await;
        }
        if replaced.charge.is_some() {
            self.let_go(&[replaced]).await?;
        }
        self.payments.carry_out(operation, payment, &gateway, Attempt::First).await.map(drop)
    }

    /// Takes over how a subscription stands at the gateway that keeps it going, and sees to it that
    /// it ends with its period where its plan does not renew.
    async fn look_at_gateway(&self, subscription: Subscription) -> Result<(), Error> {
        let keeper = self.keeper_of(&subscription).await?;
        let (Some(adapter), Some(name)) = (keeper, subscription.external_id.clone()) else {
            let mut work = self.ports.store.begin("subscriptions.look_later").await?;
            let subscription = locked(work.as_mut(), subscription.id).await?;
            return self.look_later(work, subscription).await;
        };
        let now = self.ports.clock.now();
        let unreachable = |_| Error::GatewayUnreachable;
        let mut mirror = adapter.look(&name, now).await.map_err(unreachable)?;
        let plan = {
            let mut read = self.ports.store.read("subscriptions.plan").await?;
            plan(read.as_mut(), subscription.plan_id).await?
        };
        let is_live = mirror.status.is_some_and(SubscriptionStatus::is_live);
        if is_live
            && !plan.auto_renew
            && mirror.cancel_at_period_end == Some(false)
            && let Some(name) = &mirror.external_id
        {
            mirror = adapter.end_with_period(name, true, now).await.map_err(unreachable)?;
        }
        let mut work = self.ports.store.begin("subscriptions.mirror").await?;
        let mut subscription = locked(work.as_mut(), subscription.id).await?;
        subscription.take_over(&mirror);
        if subscription.is_given_up(now) {
            return self.end(work, subscription).await;
        }
        subscription.looked_after(now);
        self.store(work, &mut subscription).await
    }

    /// There is nothing to do yet.
    async fn look_later(
        &self,
        work: Box<dyn UnitOfWork>,
        mut subscription: Subscription,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        if subscription.is_given_up(now) {
            return self.end(work, subscription).await;
        }
        let look = subscription.next_look(self.settings.grace);
        subscription.next_step_at = look.map(|look| look.max(now + PAUSE));
        self.store(work, &mut subscription).await
    }

    /// Ends a subscription with all that is under way for it.
    async fn end(
        &self,
        work: Box<dyn UnitOfWork>,
        mut subscription: Subscription,
    ) -> Result<(), Error> {
        let before = subscription.clone();
        subscription.end(self.ports.clock.now());
        self.store(work, &mut subscription).await?;
        self.let_go(&[before]).await
    }
}

/// Tells the payer what is to be paid.
async fn invoice_mail(
    work: &mut dyn UnitOfWork,
    subscription: &Subscription,
    plan: &Plan,
    terms: Terms,
    number: &str,
) -> Result<Mail, Error> {
    let found = work.users().find(Scope::Everything, subscription.user_id).await?;
    let user = found.or_refuse(EntityKind::User)?.user;
    let (amount, currency) = (terms.price.amount(), terms.price.currency());
    Ok(Mail {
        to: user.email,
        subject: format!("Invoice {number}"),
        body: format!(
            "{} for the next period: {amount} {currency}.\n\nInvoice number: {number}\n",
            plan.name
        ),
    })
}
