//! Subscriptions (contract §8).
//!
//! Where the gateway keeps subscriptions going, it is asked first and its account is taken over; else
//! this server has each period paid by a payment of its own.

mod advance;
mod cancel;
mod change;
mod report;
mod subscribe;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::payments::Payments;
use super::{Ports, Settings};
use crate::access::{self, Action, Actor};
use crate::error::{Error, SubscriptionRefused};
use crate::gateway::PaymentGatewayConfig;
use crate::ids::{PaymentId, PlanId, PlanPricingId, SubscriptionId, UserId};
use crate::money::Money;
use crate::plan::PlanView;
use crate::ports::subscription_gateway::SubscriptionGateway;
use crate::ports::unit_of_work::{Repositories, UnitOfWork};
use crate::pricing::PlanPricing;
use crate::relations::EntityKind;
use crate::subscription::{Subscription, SubscriptionView};
use crate::text::ExternalId;

pub(super) use report::{report, report_invoice};

/// What somebody wants to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Which plan.
    pub plan: PlanId,
    /// For which price; `None` is the active one with the lowest id.
    pub pricing: Option<PlanPricingId>,
}

/// A subscription, and how it is paid where it has to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscribed {
    /// As it stands.
    pub view: SubscriptionView,
    /// Where the payer goes to pay.
    pub checkout_url: Option<String>,
    /// What the payer's device needs to pay without leaving the client.
    pub client_secret: Option<String>,
    /// Whether the gateway has answered (contract §10.5).
    pub is_known: bool,
}

/// What a change of plan would cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangePreview {
    /// To be paid at once.
    pub amount_due: Money,
    /// From when on the plan would hold.
    pub effective_at: DateTime<Utc>,
}

/// Use cases on subscriptions.
#[derive(Clone)]
pub struct Subscriptions {
    ports: Ports,
    settings: Settings,
    payments: Payments,
}

impl Subscriptions {
    /// Over these ports.
    pub fn new(ports: Ports, settings: Settings, payments: Payments) -> Self {
        Self { ports, settings, payments }
    }

    /// One's latest subscription; those that never began are not shown.
    pub async fn status(&self, actor: &Actor) -> Result<SubscriptionView, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        let mut read = self.ports.store.read("subscriptions.status").await?;
        let latest = latest(read.as_mut(), actor.user, self.ports.clock.now()).await?;
        latest.ok_or(Error::NoSubscription)
    }

    /// The latest subscription of a user the actor may see; those that never began are not shown.
    pub async fn of_user(
        &self,
        actor: &Actor,
        id: UserId,
    ) -> Result<Option<SubscriptionView>, Error> {
        let scope = access::scope(actor, Action::ReadUser)?;
        let mut read = self.ports.store.read("subscriptions.of_user").await?;
        read.users().find(scope, id).await?.or_refuse(EntityKind::User)?;
        latest(read.as_mut(), id, self.ports.clock.now()).await
    }

    /// What a payment has become of a subscription, for a request that died after it began one.
    pub async fn progress(&self, actor: &Actor, payment: PaymentId) -> Result<Subscribed, Error> {
        let stepped = self.payments.progress(actor, payment).await?;
        let view = self.status(actor).await?;
        let is_known = stepped.is_known;
        Ok(Subscribed { view, checkout_url: None, client_secret: None, is_known })
    }

    /// The plan of a wish with the price, or why it cannot be had.
    async fn wanted(&self, wish: Wish) -> Result<(PlanView, Option<PlanPricing>), Error> {
        let mut read = self.ports.store.read("subscriptions.wanted").await?;
        let found = read.plans().find(wish.plan).await?;
        let view = found.filter(|view| view.plan.available).ok_or(SubscriptionRefused::Plan)?;
        let chosen = view.chosen(wish.pricing).cloned();
        Ok((view, chosen))
    }

    async fn gateway_of(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<PaymentGatewayConfig>, Error> {
        let Some(id) = subscription.payment_gateway_id else {
            return Ok(None);
        };
        let mut read = self.ports.store.read("subscriptions.gateway").await?;
        Ok(read.gateways().find(id).await?)
    }

    /// The adapter of the gateway that keeps a subscription going, if one does.
    async fn keeper_of(
        &self,
        subscription: &Subscription,
    ) -> Result<Option<Arc<dyn SubscriptionGateway>>, Error> {
        let gateway = self.gateway_of(subscription).await?;
        Ok(gateway.and_then(|gateway| self.ports.gateways.subscriptions(&gateway)))
    }

    /// The same for a subscription that cannot do without.
    async fn require_keeper(
        &self,
        subscription: &Subscription,
    ) -> Result<Arc<dyn SubscriptionGateway>, Error> {
        self.keeper_of(subscription).await?.ok_or(Error::GatewayUnreachable)
    }

    /// The live subscription of a user, not locked.
    async fn live(&self, user: UserId) -> Result<Option<Subscription>, Error> {
        let mut read = self.ports.store.read("subscriptions.live").await?;
        let all = read.subscriptions().of_user(user, self.ports.clock.now()).await?;
        Ok(all.into_iter().find(|found| found.status.is_live()))
    }

    async fn require_live(&self, user: UserId) -> Result<Subscription, Error> {
        Ok(self.live(user).await?.ok_or(SubscriptionRefused::NoneActive)?)
    }

    /// Stores a locked subscription and ends the unit of work.
    async fn store(
        &self,
        mut work: Box<dyn UnitOfWork>,
        subscription: &mut Subscription,
    ) -> Result<(), Error> {
        subscription.updated_at = self.ports.clock.now();
        work.subscriptions().update(subscription).await?;
        Ok(work.commit().await?)
    }

    async fn view(&self, subscription: Subscription) -> Result<SubscriptionView, Error> {
        let mut read = self.ports.store.read("subscriptions.view").await?;
        view(read.as_mut(), subscription, self.ports.clock.now()).await
    }
}

/// The price of a wish: none for a plan that costs nothing.
fn priced(
    view: &PlanView,
    chosen: Option<PlanPricing>,
    wish: Wish,
) -> Result<Option<PlanPricing>, Error> {
    match chosen {
        None if view.plan.requires_payment || wish.pricing.is_some() => {
            Err(SubscriptionRefused::Pricing.into())
        }
        chosen => Ok(chosen.filter(|_| view.plan.requires_payment)),
    }
}

/// The latest subscription of a user that is shown.
async fn latest(
    read: &mut (impl Repositories + ?Sized),
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Option<SubscriptionView>, Error> {
    let all = read.subscriptions().of_user(user, now).await?;
    match all.into_iter().next() {
        Some(latest) => view(read, latest, now).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn view(
    read: &mut (impl Repositories + ?Sized),
    subscription: Subscription,
    now: DateTime<Utc>,
) -> Result<SubscriptionView, Error> {
    let plan = plan(read, subscription.plan_id).await?;
    let pending_plan = match subscription.pending {
        Some(pending) => Some(self::plan(read, pending.plan_id).await?),
        None => None,
    };
    let is_ending = subscription.is_ending(now);
    Ok(SubscriptionView { subscription, plan, pending_plan, is_ending })
}

async fn plan(
    read: &mut (impl Repositories + ?Sized),
    id: PlanId,
) -> Result<crate::plan::Plan, Error> {
    let found = read.plans().find(id).await?;
    Ok(found.ok_or(Error::NotFound(EntityKind::Plan))?.plan)
}

async fn locked(work: &mut dyn UnitOfWork, id: SubscriptionId) -> Result<Subscription, Error> {
    let found = work.subscriptions().lock(id).await?;
    found.ok_or(Error::NotFound(EntityKind::Subscription))
}

/// The gateway's name of a subscription that the gateway keeps going.
fn name_at_gateway(subscription: &Subscription) -> Result<&ExternalId, Error> {
    subscription.external_id.as_ref().ok_or(Error::GatewayUnreachable)
}
