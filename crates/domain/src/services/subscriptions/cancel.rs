//! Calling off, and taking it back (contract §8.2, §8.5).

use super::{Subscriptions, locked, name_at_gateway, plan};
use crate::access::{self, Action, Actor, Scope};
use crate::error::{Error, Input, SubscriptionRefused};
use crate::subscription::{
    Driver, Subscription, SubscriptionStatus, SubscriptionView, has_other_live,
};

impl Subscriptions {
    /// Calls one's live subscription off. What is paid for lasts until its end.
    pub async fn cancel(&self, actor: &Actor, input: Input<()>) -> Result<SubscriptionView, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        input?;
        let live = self.require_live(actor.user).await?;
        if live.driver == Driver::Gateway {
            self.end_at_gateway(&live).await?;
        }
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("subscriptions.cancel").await?;
        let mut subscription = locked(work.as_mut(), live.id).await?;
        if !subscription.status.is_live() {
            return Err(SubscriptionRefused::NoneActive.into());
        }
        let before = subscription.clone();
        subscription.cancel(now);
        self.store(work, &mut subscription).await?;
        self.let_go(&[before]).await?;
        self.view(subscription).await
    }

    async fn end_at_gateway(&self, live: &Subscription) -> Result<(), Error> {
        let adapter = self.require_keeper(live).await?;
        let (name, now) = (name_at_gateway(live)?, self.ports.clock.now());
        let asked = if live.status == SubscriptionStatus::PastDue {
            adapter.end_now(name, now).await
        } else {
            adapter.end_with_period(name, true, now).await
        };
        asked.map(drop).map_err(|_| Error::GatewayUnreachable)
    }

    /// Has a subscription go on that was called off and is not over.
    pub async fn resume(&self, actor: &Actor, input: Input<()>) -> Result<SubscriptionView, Error> {
        access::permit_role(actor, Action::UseSubscription)?;
        input?;
        let (ending, renews) = self.resumable(actor).await?;
        if ending.driver == Driver::Gateway && renews {
            let adapter = self.require_keeper(&ending).await?;
            let asked = adapter
                .end_with_period(name_at_gateway(&ending)?, false, self.ports.clock.now())
                .await;
            asked.map_err(|_| Error::GatewayUnreachable)?;
        }
        let now = self.ports.clock.now();
        let mut work = self.ports.store.begin("subscriptions.resume").await?;
        work.users().lock(Scope::Oneself(actor.user), actor.user).await?;
        let others = work.subscriptions().of_user(actor.user, now).await?;
        let mut subscription = locked(work.as_mut(), ending.id).await?;
        if has_other_live(&others, ending.id) || !subscription.resume(renews, now) {
            return Err(SubscriptionRefused::NothingToResume.into());
        }
        self.store(work, &mut subscription).await?;
        self.view(subscription).await
    }

    /// The subscription that can go on, and whether its plan renews.
    async fn resumable(&self, actor: &Actor) -> Result<(Subscription, bool), Error> {
        let now = self.ports.clock.now();
        let mut read = self.ports.store.read("subscriptions.resumable").await?;
        let all = read.subscriptions().of_user(actor.user, now).await?;
        let found = match all.iter().find(|found| found.status.is_live()) {
            Some(live) => Some(live),
            None => all.iter().find(|found| found.runs_out(now)),
        };
        let found = found.cloned().ok_or(SubscriptionRefused::NothingToResume)?;
        let renews = plan(read.as_mut(), found.plan_id).await?.auto_renew;
        if !found.clone().resume(renews, now) {
            return Err(SubscriptionRefused::NothingToResume.into());
        }
        Ok((found, renews))
    }
}
