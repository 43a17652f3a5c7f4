//! Another plan (contract §8.5): a dearer one at once, with the difference for the rest of the period
//! paid first; a cheaper one when the period ends.

use chrono::{DateTime, Utc};

use super::subscribe::charge;
use super::{ChangePreview, Subscribed, Subscriptions, Wish, locked, name_at_gateway, priced};
use crate::access::{self, Action, Actor};
use crate::error::{Error, Input, SubscriptionRefused};
use crate::gateway::PaymentGatewayConfig;
use crate::ids::{GatewayId, IdempotencyId};
use crate::money::{Amount, Currency, Money};
use crate::plan::Plan;
use crate::ports::random::uuid_v4;
use crate::ports::subscription_gateway::ChangeOrder;
use crate::ports::unit_of_work::UnitOfWork;
use crate::pricing::PlanPricing;
use crate::services::payments::Attempt;
use crate::subscription::{
    Charge, ChargePurpose, Driver, PendingChange, Subscription, SubscriptionStatus, Terms,
};

/// How a change takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// At once, for so much.
    AtOnce(Amount),
    /// At once, within a trial, which has so many days.
    InTrial(u16),
    /// When the period ends.
    Later,
}

/// What a subscription is to become.
struct Aim {
    plan: Plan,
    pricing: Option<PlanPricing>,
    terms: Option<Terms>,
}

impl Subscriptions {
    /// What a change would cost. Nothing changes.
    pub async fn preview_change(
        &self,
        actor: &Actor,
        input: Input<Wish>,
    ) -> Result<ChangePreview, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        let (live, aim) = self.aim(actor, input?).await?;
        let now = self.ports.clock.now();
        let sum = |amount| {
            Money::new(amount, currency_of(&live, &aim)).map_err(|_| SubscriptionRefused::Pricing)
        };
        let (amount_due, effective_at) = match manner(&live, &aim, now) {
            Manner::AtOnce(amount) if live.driver == Driver::Local => (sum(amount)?, now),
            Manner::AtOnce(_) => (self.preview_at_gateway(&live, &aim).await?, now),
            Manner::InTrial(_) => (sum(Amount::ZERO)?, now),
            Manner::Later => (sum(Amount::ZERO)?, live.period.map_or(now, |period| period.end)),
        };
        Ok(ChangePreview { amount_due, effective_at })
    }

    /// Changes one's live subscription to another plan or price.
    pub async fn change(
        &self,
        actor: &Actor,
        input: Input<Wish>,
        claim: Option<IdempotencyId>,
    ) -> Result<Subscribed, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        let (live, aim) = self.aim(actor, input?).await?;
        if live.driver == Driver::Gateway {
            return self.change_at_gateway(live, aim).await;
        }
        let gateway = match self.gateway_of(&live).await? {
            None if aim.terms.is_some() => Some(self.first_gateway().await?),
            known => known,
        };
        match (manner(&live, &aim, self.ports.clock.now()), gateway) {
            (Manner::AtOnce(amount), Some(gateway)) if !amount.is_zero() => {
                self.change_for(&live, &aim, amount, &gateway, claim).await
            }
            (manner, gateway) => {
                let gateway = gateway.map(|gateway| gateway.id);
                self.change_freely(&live, &aim, manner, gateway).await
            }
        }
    }

    /// The live subscription and what it is to become.
    async fn aim(&self, actor: &Actor, wish: Wish) -> Result<(Subscription, Aim), Error> {
        let (view, chosen) = self.wanted(wish).await?;
        let live = self.require_live(actor.user).await?;
        let pricing = priced(&view, chosen, wish)?;
        let terms = pricing.as_ref().map(Terms::from);
        // One subscription has one currency.
        let currency = |terms: Option<Terms>| terms.map(|terms| terms.price.currency());
        if currency(terms).is_some_and(|new| currency(live.terms).is_some_and(|own| own != new)) {
            return Err(SubscriptionRefused::Pricing.into());
        }
        Ok((live, Aim { plan: view.plan, pricing, terms }))
    }

    async fn change_freely(
        &self,
        live: &Subscription,
        aim: &Aim,
        manner: Manner,
        gateway: Option<GatewayId>,
    ) -> Result<Subscribed, Error> {
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("subscriptions.change").await?;
        let mut subscription = unchanged(work.as_mut(), live).await?;
        let dropped = subscription.clone();
        subscription.payment_gateway_id = gateway;
        let open = subscription.charge.take_if(|open| open.purpose == ChargePurpose::Change);
        match manner {
            Manner::InTrial(days) => {
                let tried =
                    work.subscriptions().has_tried(subscription.user_id, aim.plan.id).await?;
                let same = subscription.plan_id == aim.plan.id;
                let days = if tried && !same { 0 } else { days };
                if days > 0 {
                    let (user, plan) = (subscription.user_id, aim.plan.id);
                    work.subscriptions().note_trial(user, plan, now).await?;
                }
                let change = PendingChange { plan_id: aim.plan.id, terms: aim.terms };
                subscription.change_in_trial(change, days, aim.plan.auto_renew, now);
            }
            Manner::AtOnce(_) => {
                subscription.change_later(aim.plan.id, aim.terms);
                subscription.change_now(aim.plan.auto_renew, now);
            }
            Manner::Later => subscription.change_later(aim.plan.id, aim.terms),
        }
        self.store(work, &mut subscription).await?;
        if open.is_some() {
            self.let_go(&[dropped]).await?;
        }
        let view = self.view(subscription).await?;
        Ok(Subscribed { view, checkout_url: None, client_secret: None, is_known: true })
    }

    async fn change_for(
        &self,
        live: &Subscription,
        aim: &Aim,
        amount: Amount,
        gateway: &PaymentGatewayConfig,
        claim: Option<IdempotencyId>,
    ) -> Result<Subscribed, Error> {
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("subscriptions.change").await?;
        let mut subscription = unchanged(work.as_mut(), live).await?;
        let dropped = subscription.clone();
        let total = Money::new(amount, currency_of(&subscription, aim))
            .map_err(|_| SubscriptionRefused::Pricing)?;
        let purpose = ChargePurpose::Change;
        let new = charge(&subscription, &aim.plan, gateway.id, total, purpose);
        let (payment, operation) = self.write_down(work.as_mut(), &aim.plan, new, claim).await?;
        subscription.payment_gateway_id = Some(gateway.id);
        subscription.change_later(aim.plan.id, aim.terms);
        subscription.charge_begins(Charge { payment: payment.id, purpose }, now);
        self.store(work, &mut subscription).await?;
        if dropped.charge.is_some() {
            self.let_go(&[dropped]).await?;
        }
        let stepped = self.payments.carry_out(operation, payment, gateway, Attempt::First).await?;
        Ok(Subscribed {
            view: self.view(self.find(live.id).await?).await?,
            checkout_url: stepped.redirect_url,
            client_secret: stepped.client_secret,
            is_known: stepped.is_known,
        })
    }

    async fn change_at_gateway(&self, live: Subscription, aim: Aim) -> Result<Subscribed, Error> {
        let now = self.ports.clock.now();
        let at_once = manner(&live, &aim, now) != Manner::Later;
        let order = self.change_order(&live, &aim, at_once)?;
        let adapter = self.require_keeper(&live).await?;
        let (plan, pricing) = (order.plan.clone(), order.pricing.clone());
        let changed = adapter.change(order, now).await.map_err(|_| Error::GatewayUnreachable)?;
        let mut work = self.ports.store.begin("subscriptions.change").await?;
        let mut subscription = locked(work.as_mut(), live.id).await?;
        self.keep_names(work.as_mut(), &plan, &pricing, changed.product, changed.price).await?;
        if at_once && changed.is_paid {
            (subscription.plan_id, subscription.terms) = (aim.plan.id, aim.terms);
            subscription.pending = None;
        } else if !at_once {
            subscription.change_later(aim.plan.id, aim.terms);
        }
        subscription.take_over(&changed.mirror);
        self.store(work, &mut subscription).await?;
        let view = self.view(subscription).await?;
        Ok(Subscribed { view, checkout_url: None, client_secret: None, is_known: true })
    }

    async fn preview_at_gateway(&self, live: &Subscription, aim: &Aim) -> Result<Money, Error> {
        let order = self.change_order(live, aim, true)?;
        let adapter = self.require_keeper(live).await?;
        adapter.preview(order).await.map_err(|_| Error::GatewayUnreachable)
    }

    /// The gateway cannot change to nothing, nor later to periods of another length.
    fn change_order(
        &self,
        live: &Subscription,
        aim: &Aim,
        at_once: bool,
    ) -> Result<ChangeOrder, Error> {
        let pricing = aim.pricing.clone().ok_or(SubscriptionRefused::Pricing)?;
        let length = live.terms.map(|terms| terms.interval);
        if !at_once && length != Some(pricing.interval) {
            return Err(SubscriptionRefused::Pricing.into());
        }
        Ok(ChangeOrder {
            external_id: name_at_gateway(live)?.clone(),
            plan: aim.plan.clone(),
            pricing,
            at_once,
            key: uuid_v4(self.ports.random.as_ref()).to_string(),
        })
    }
}

/// A live subscription, locked, as it was when it was judged. Of two changes at a time one is refused
/// before anybody pays for it.
async fn unchanged(
    work: &mut dyn UnitOfWork,
    judged: &Subscription,
) -> Result<Subscription, Error> {
    let found = locked(work, judged.id).await?;
    if !found.status.is_live() {
        return Err(SubscriptionRefused::NoneActive.into());
    }
    let is_being_paid = match found.charge {
        Some(charge) if charge.purpose == ChargePurpose::Change => {
            work.operations().is_open(charge.payment).await?
        }
        _ => false,
    };
    let stands = |row: &Subscription| (row.status, row.plan_id, row.terms, row.period, row.charge);
    if is_being_paid || stands(&found) != stands(judged) {
        return Err(SubscriptionRefused::Changing.into());
    }
    Ok(found)
}

fn currency_of(live: &Subscription, aim: &Aim) -> Currency {
    aim.terms.or(live.terms).map_or(Currency::USD, |terms| terms.price.currency())
}

/// How a change takes place at an instant.
fn manner(live: &Subscription, aim: &Aim, now: DateTime<Utc>) -> Manner {
    match (live.status, live.terms, aim.terms) {
        (SubscriptionStatus::Trialing, _, Some(_)) => {
            Manner::InTrial(aim.pricing.as_ref().map_or(0, |pricing| pricing.trial_period_days))
        }
        (_, Some(_), None) => Manner::Later,
        // What is owed is paid first.
        _ if live.is_renewing(now) => Manner::Later,
        (_, None, None) => Manner::AtOnce(Amount::ZERO),
        (_, None, Some(new)) => Manner::AtOnce(new.price.amount()),
        (_, Some(own), Some(new)) if own.are_dearer_than(new) => Manner::Later,
        (_, Some(own), Some(new)) if own == new && live.plan_id == aim.plan.id => Manner::Later,
        (_, Some(own), Some(new)) => match live.period {
            // What was paid for is used up first.
            Some(period) => period.difference(own, new, now).map_or(Manner::Later, Manner::AtOnce),
            None => Manner::AtOnce(new.price.amount()),
        },
    }
}
