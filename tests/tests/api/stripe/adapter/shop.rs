//! A plan and somebody who subscribes to it.

use std::sync::Arc;

use wiwebb_domain::ids::{PlanId, UserId};
use wiwebb_domain::plan::Plan;
use wiwebb_domain::ports::payment_gateway::GatewayError;
use wiwebb_domain::ports::subscription_gateway::{
    ChangeOrder, Checkout, CheckoutOrder, SubscriptionGateway,
};
use wiwebb_domain::pricing::PlanPricing;
use wiwebb_domain::subscription::Mirror;
use wiwebb_domain::testing::samples::{self, money};
use wiwebb_domain::text::ExternalId;
use wiwebb_tests::stripe::FakeStripe;

use super::World;

/// Seconds of a day.
pub(super) const DAY: i64 = 24 * 3600;

/// A stand-in for Stripe that keeps the subscription of user 5 to plan 2 going.
pub(super) struct Shop {
    pub(super) world: World,
    pub(super) billing: Arc<dyn SubscriptionGateway>,
}

impl Shop {
    pub(super) async fn new() -> Self {
        let world = World::new().await;
        let billing = world.billing();
        Self { world, billing }
    }

    pub(super) fn stripe(&self) -> &FakeStripe {
        &self.world.stripe
    }

    pub(super) async fn checkout(&self, order: CheckoutOrder) -> Checkout {
        self.billing.checkout(order).await.expect("a page")
    }

    pub(super) async fn look(&self, name: &ExternalId) -> Mirror {
        self.billing.look(name, self.world.now()).await.expect("an account")
    }

    /// Stripe's name of a subscription for USD 9.00 a month that was paid on its page.
    pub(super) async fn subscribed(&self) -> ExternalId {
        let checkout = self.checkout(wish()).await;
        self.stripe().complete_checkout(checkout.external_id.as_str());
        self.look(&checkout.external_id).await.external_id.expect("a name")
    }

    /// What the subscription costs at Stripe.
    pub(super) fn price_of(&self, name: &ExternalId) -> i64 {
        let subscription = self.stripe().object(name.as_str());
        subscription["items"]["data"][0]["price"]["unit_amount"].as_i64().unwrap()
    }

    /// Stripe's id of the subscriber.
    pub(super) fn customer_of(&self, name: &ExternalId) -> String {
        self.stripe().object(name.as_str())["customer"].as_str().unwrap().to_owned()
    }

    pub(super) async fn end_with_period(
        &self,
        name: &ExternalId,
        ends: bool,
    ) -> Result<Mirror, GatewayError> {
        self.billing.end_with_period(name, ends, self.world.now()).await
    }
}

pub(super) fn plan(name: &str) -> Plan {
    samples::plan(2, name)
}

/// A price of plan 2 in USD a month.
pub(super) fn pricing(id: i32, amount: &str) -> PlanPricing {
    samples::pricing(id, PlanId::new(2), amount)
}

/// User 5 wants plan 2 for USD 9.00 a month.
pub(super) fn wish() -> CheckoutOrder {
    CheckoutOrder {
        subscription: samples::subscription_ref(5),
        user: samples::user(UserId::new(5).get(), "ann"),
        customer: None,
        plan: plan("Gold"),
        pricing: pricing(4, "9.00"),
        trial_days: 0,
    }
}

/// Another price for plan 2, under another id for each.
pub(super) fn change(name: &ExternalId, id: i32, amount: &str, at_once: bool) -> ChangeOrder {
    ChangeOrder {
        external_id: name.clone(),
        plan: plan("Gold"),
        pricing: PlanPricing { price: money(amount, "USD"), ..pricing(id, amount) },
        at_once,
        key: format!("change-{id}"),
    }
}
