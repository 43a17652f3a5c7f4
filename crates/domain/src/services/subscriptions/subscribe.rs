//! Subscribing (contract §8.1).

use super::{Subscribed, Subscriptions, Wish, locked, priced};
use crate::access::{self, Action, Actor, Scope};
use crate::error::{Error, Input, RepositoryError, SubscriptionRefused};
use crate::gateway::{NewGateway, PaymentGatewayConfig};
use crate::ids::{GatewayId, IdempotencyId, SubscriptionId};
use crate::money::Money;
use crate::operation::PaymentOperation;
use crate::page::ListRequest;
use crate::payment::{NewPayment, Payment, PaymentStatus, charge_metadata};
use crate::plan::{Plan, PlanView};
use crate::ports::random::uuid_v4;
use crate::ports::subscription_gateway::{CheckoutOrder, SubscriptionGateway};
use crate::ports::unit_of_work::UnitOfWork;
use crate::pricing::PlanPricing;
use crate::relations::EntityKind;
use crate::services::payments::{Attempt, attach};
use crate::subscription::{
    Charge, ChargePurpose, Driver, FIRST_PAYMENT_WITHIN, NewSubscription, Subscription,
    SubscriptionStatus, Terms, fresh_ref,
};
use crate::text::{ExternalId, PaymentDescription};
use crate::user::User;

/// A subscription that was stored, and what it takes the place of.
struct Stored {
    work: Box<dyn UnitOfWork>,
    user: User,
    subscription: Subscription,
    replaced: Vec<Subscription>,
}

impl Subscriptions {
    /// Subscribes to a plan. What costs nothing is there at once, anything else awaits its first
    /// payment. Errors: [`SubscriptionRefused`], [`Error::GatewayUnreachable`], and then nothing has
    /// changed.
    pub async fn subscribe(
        &self,
        actor: &Actor,
        input: Input<Wish>,
        claim: Option<IdempotencyId>,
    ) -> Result<Subscribed, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        let wish = input?;
        let (view, chosen) = self.wanted(wish).await?;
        if self.live(actor.user).await?.is_some() {
            return Err(SubscriptionRefused::AlreadySubscribed.into());
        }
        let Some(pricing) = priced(&view, chosen, wish)? else {
            return self.subscribe_free(actor, &view.plan, None).await;
        };
        if pricing.price.amount().is_zero() && pricing.trial_period_days == 0 {
            return self.subscribe_free(actor, &view.plan, Some(&pricing)).await;
        }
        let gateway = self.first_gateway().await?;
        match self.ports.gateways.subscriptions(&gateway) {
            Some(adapter) => {
                self.subscribe_at_gateway(actor, view, pricing, &gateway, adapter.as_ref()).await
            }
            None => self.subscribe_here(actor, &view, &pricing, &gateway, claim).await,
        }
    }

    /// The gateway of highest priority that can be paid with. Where none was ever configured it is
    /// the built-in one, as far as it is enabled (contract §9.2).
    pub(super) async fn first_gateway(&self) -> Result<PaymentGatewayConfig, Error> {
        let mut read = self.ports.store.read("subscriptions.gateways").await?;
        let active = read.gateways().active().await?;
        let usable = |gateway: &PaymentGatewayConfig| self.ports.gateways.open(gateway).is_some();
        if let Some(first) = active.into_iter().find(usable) {
            return Ok(first);
        }
        let configured = read.gateways().list(ListRequest::default()).await?;
        if configured.is_none_or(|page| !page.items.is_empty()) {
            return Err(Error::GatewayUnreachable);
        }
        let (new, now) = (NewGateway::built_in(), self.ports.clock.now());
        if !usable(&new.clone().stored_as(GatewayId::NOWHERE, now)) {
            return Err(Error::GatewayUnreachable);
        }
        match read.gateways().insert(new, now).await {
            // Somebody else was first, with the same.
            Err(RepositoryError::Taken(_)) => {
                let mut read = self.ports.store.read("subscriptions.gateways").await?;
                let found = read.gateways().active().await?.into_iter().find(usable);
                found.ok_or(Error::GatewayUnreachable)
            }
            made => Ok(made?),
        }
    }

    async fn subscribe_free(
        &self,
        actor: &Actor,
        plan: &Plan,
        pricing: Option<&PlanPricing>,
    ) -> Result<Subscribed, Error> {
        let mut stored = self.insert(actor, plan, pricing, None).await?;
        let now = self.ports.clock.now();
        stored.subscription.begin(plan.auto_renew, now);
        self.store(stored.work, &mut stored.subscription).await?;
        self.supersede(&stored.replaced).await?;
        let view = self.view(stored.subscription).await?;
        Ok(Subscribed { view, checkout_url: None, client_secret: None, is_known: true })
    }

    async fn subscribe_here(
        &self,
        actor: &Actor,
        view: &PlanView,
        pricing: &PlanPricing,
        gateway: &PaymentGatewayConfig,
        claim: Option<IdempotencyId>,
    ) -> Result<Subscribed, Error> {
        let mut stored =
            self.insert(actor, &view.plan, Some(pricing), Some((gateway, Driver::Local))).await?;
        let total = if stored.subscription.trial_days > 0 {
            Money::nothing(pricing.price.currency())
        } else {
            pricing.price
        };
        let purpose = ChargePurpose::Start;
        let new = charge(&stored.subscription, &view.plan, gateway.id, total, purpose);
        let (payment, operation) =
            self.write_down(stored.work.as_mut(), &view.plan, new, claim).await?;
        let charge = Charge { payment: payment.id, purpose };
        stored.subscription.charge_begins(charge, self.ports.clock.now());
        self.store(stored.work, &mut stored.subscription).await?;
        let id = stored.subscription.id;
        let outcome = self.payments.carry_out(operation, payment, gateway, Attempt::First).await;
        let stepped = match outcome {
            Ok(stepped) => stepped,
            Err(Error::GatewayUnreachable) => {
                self.forget(id).await?;
                return Err(Error::GatewayUnreachable);
            }
            Err(error) => return Err(error),
        };
        self.supersede(&stored.replaced).await?;
        let view = self.view(self.find(id).await?).await?;
        Ok(Subscribed {
            view,
            checkout_url: stepped.redirect_url,
            client_secret: stepped.client_secret,
            is_known: stepped.is_known,
        })
    }

    async fn subscribe_at_gateway(
        &self,
        actor: &Actor,
        view: PlanView,
        pricing: PlanPricing,
        gateway: &PaymentGatewayConfig,
        adapter: &dyn SubscriptionGateway,
    ) -> Result<Subscribed, Error> {
        let driven = Some((gateway, Driver::Gateway));
        let mut stored = self.insert(actor, &view.plan, Some(&pricing), driven).await?;
        let customer = stored.work.customers().find(actor.user, gateway.id).await?;
        let mut subscription = stored.subscription;
        self.store(stored.work, &mut subscription).await?;
        let order = CheckoutOrder {
            subscription: subscription.subscription_id.clone(),
            user: stored.user,
            customer,
            trial_days: subscription.trial_days,
            plan: view.plan.clone(),
            pricing: pricing.clone(),
        };
        let Ok(checkout) = adapter.checkout(order).await else {
            self.forget(subscription.id).await?;
            return Err(Error::GatewayUnreachable);
        };
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("subscriptions.checkout").await?;
        let mut subscription = locked(work.as_mut(), subscription.id).await?;
        subscription.external_id.get_or_insert(checkout.external_id);
        work.customers().insert(actor.user, gateway.id, checkout.customer, now).await?;
        self.keep_names(work.as_mut(), &view.plan, &pricing, checkout.product, checkout.price)
            .await?;
        self.store(work, &mut subscription).await?;
        self.supersede(&stored.replaced).await?;
        let view = self.view(subscription).await?;
        let checkout_url = Some(checkout.url);
        Ok(Subscribed { view, checkout_url, client_secret: None, is_known: true })
    }

    /// Stores a subscription that is to take the place of those that were never paid. It is committed
    /// by the caller.
    async fn insert(
        &self,
        actor: &Actor,
        plan: &Plan,
        pricing: Option<&PlanPricing>,
        driven: Option<(&PaymentGatewayConfig, Driver)>,
    ) -> Result<Stored, Error> {
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("subscriptions.subscribe").await?;
        // Two requests of one user wait for each other here.
        let found = work.users().lock(Scope::Oneself(actor.user), actor.user).await?;
        let user = found.or_refuse(EntityKind::User)?.user;
        let mut replaced = Vec::new();
        for other in work.subscriptions().of_user(actor.user, now).await? {
            if other.status == SubscriptionStatus::Canceled {
                continue;
            }
            // Whoever books its payment at the same time is waited for.
            let other = locked(work.as_mut(), other.id).await?;
            let is_being_paid = match other.charge {
                Some(charge) => work.operations().is_open(charge.payment).await?,
                None => false,
            };
            match other.status {
                // Its payment may come any moment: nobody pays twice.
                SubscriptionStatus::Incomplete if !is_being_paid => replaced.push(other),
                SubscriptionStatus::Canceled => {}
                _ => return Err(SubscriptionRefused::AlreadySubscribed.into()),
            }
        }
        let trial_days = match pricing.map_or(0, |pricing| pricing.trial_period_days) {
            0 => 0,
            _ if work.subscriptions().has_tried(actor.user, plan.id).await? => 0,
            days => days,
        };
        let terms = pricing.map(Terms::from);
        let new = NewSubscription {
            subscription_id: fresh_ref(uuid_v4(self.ports.random.as_ref())),
            user_id: actor.user,
            plan_id: plan.id,
            terms,
            payment_gateway_id: driven.map(|(gateway, _)| gateway.id),
            driver: driven.map_or(Driver::Local, |(_, driver)| driver),
            status: SubscriptionStatus::Incomplete,
            trial_days,
            next_step_at: Some(now + FIRST_PAYMENT_WITHIN),
        };
        let subscription = work.subscriptions().insert(new, now).await?;
        Ok(Stored { work, user, subscription, replaced })
    }

    /// Writes a payment down, with the number of its invoice where its plan wants one, and tied to
    /// the idempotency key of whoever asked for it.
    pub(super) async fn write_down(
        &self,
        work: &mut dyn UnitOfWork,
        plan: &Plan,
        new: NewPayment,
        claim: Option<IdempotencyId>,
    ) -> Result<(Payment, PaymentOperation), Error> {
        let (mut payment, operation) = self.payments.write_down(work, new).await?;
        if plan.requires_invoice {
            payment.note_invoice();
            work.payments().update(&payment).await?;
        }
        attach(work, claim, payment.id).await?;
        Ok((payment, operation))
    }

    /// Keeps the gateway's names of a plan and a price, unless others are kept.
    pub(super) async fn keep_names(
        &self,
        work: &mut dyn UnitOfWork,
        plan: &Plan,
        pricing: &PlanPricing,
        product: ExternalId,
        price: ExternalId,
    ) -> Result<(), Error> {
        let now = self.ports.clock.now();
        if plan.stripe_product_id.is_none()
            && let Some(mut plan) = work.plans().lock(plan.id).await?
        {
            plan.stripe_product_id.get_or_insert(product);
            plan.updated_at = now;
            work.plans().update(&plan).await?;
        }
        if pricing.stripe_price_id.is_none()
            && let Some(mut own) = work.pricing().lock(plan.id, pricing.id).await?
            && own.price == pricing.price
            && own.interval == pricing.interval
        {
            own.stripe_price_id.get_or_insert(price);
            own.updated_at = now;
            work.pricing().update(&own).await?;
        }
        Ok(())
    }

    /// Ends those that a subscription takes the place of, unless they were paid meanwhile. Until then
    /// they can be paid, so that a gateway that cannot be reached has changed nothing.
    async fn supersede(&self, replaced: &[Subscription]) -> Result<(), Error> {
        for other in replaced {
            self.forget(other.id).await?;
        }
        self.let_go(replaced).await
    }

    /// Ends a subscription whose first payment could not even be asked for.
    async fn forget(&self, id: SubscriptionId) -> Result<(), Error> {
        let mut work = self.ports.store.begin("subscriptions.forget").await?;
        let mut subscription = locked(work.as_mut(), id).await?;
        if subscription.status != SubscriptionStatus::Incomplete {
            return Ok(());
        }
        subscription.end(self.ports.clock.now());
        self.store(work, &mut subscription).await
    }

    /// Calls off what was to be paid for subscriptions that are over. What cannot be called off is
    /// told when it is paid all the same.
    pub(super) async fn let_go(&self, ended: &[Subscription]) -> Result<(), Error> {
        for subscription in ended {
            if let Some(charge) = subscription.charge {
                self.payments.let_go(charge.payment).await?;
            }
            if subscription.driver == Driver::Gateway
                && subscription.status == SubscriptionStatus::Incomplete
                && let Some(name) = &subscription.external_id
                && let Some(adapter) = self.keeper_of(subscription).await?
            {
                // A page that stays open ends by itself.
                adapter.close_checkout(name).await.ok();
            }
        }
        Ok(())
    }

    pub(super) async fn find(&self, id: SubscriptionId) -> Result<Subscription, Error> {
        let mut work = self.ports.store.begin("subscriptions.find").await?;
        locked(work.as_mut(), id).await
    }
}

/// A payment of a subscription, to be written down.
pub(super) fn charge(
    subscription: &Subscription,
    plan: &Plan,
    gateway: GatewayId,
    total: Money,
    purpose: ChargePurpose,
) -> NewPayment {
    // A name is shorter than a description may be.
    let description = PaymentDescription::own(plan.name.as_str());
    NewPayment {
        user_id: subscription.user_id,
        order_id: None,
        payment_gateway_id: gateway,
        status: PaymentStatus::Waiting,
        total,
        transaction_id: None,
        metadata: charge_metadata(&subscription.subscription_id, purpose, description),
    }
}
