//! Subscriptions, and what gateways report.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{after, money, now, text};
use crate::ids::{PlanId, SubscriptionId, UserId, WebhookEventId};
use crate::pricing::BillingInterval;
use crate::subscription::{
    Driver, Mirror, NewSubscription, Subscription, SubscriptionRef, SubscriptionStatus, Terms,
    fresh_ref,
};
use crate::webhook::{NewWebhookEvent, WebhookEvent};

/// An amount in USD for every `day`, `week`, `month` or `year`.
pub fn terms(amount: &str, interval: &str) -> Terms {
    let interval = BillingInterval::parse(interval).expect("an interval");
    Terms { price: money(amount, "USD"), interval }
}

/// The name of a subscription, different for every number.
pub fn subscription_ref(number: i32) -> SubscriptionRef {
    fresh_ref(Uuid::from_u128(number.unsigned_abs().into()))
}

/// USD 9.99 a month that nobody has paid, kept going by this server, under a name made of a
/// number; nobody has to look after it.
pub fn new_subscription(number: i32, user: UserId, plan: PlanId) -> NewSubscription {
    NewSubscription {
        subscription_id: subscription_ref(number),
        user_id: user,
        plan_id: plan,
        terms: Some(terms("9.99", "month")),
        payment_gateway_id: None,
        driver: Driver::Local,
        status: SubscriptionStatus::Incomplete,
        trial_days: 0,
        next_step_at: None,
    }
}

/// [`new_subscription`] of user 1 to plan 1, as stored at the Unix epoch.
pub fn subscription(id: i32) -> Subscription {
    let new = new_subscription(id, UserId::new(1), PlanId::new(1));
    new.stored_as(SubscriptionId::new(id), DateTime::UNIX_EPOCH)
}

/// An account of a gateway that says nothing but of which instant it is.
pub const fn mirror(as_of: DateTime<Utc>) -> Mirror {
    Mirror {
        external_id: None,
        status: None,
        period: None,
        trial_end: None,
        cancel_at_period_end: None,
        canceled_at: None,
        as_of,
    }
}

/// A payment that Stripe says has come, under an id that no other event has.
pub fn new_webhook_event(event_id: &str) -> NewWebhookEvent {
    NewWebhookEvent {
        variant: text("stripe"),
        event_id: text(event_id),
        event_type: text("payment_intent.succeeded"),
        payload: format!(r#"{{"id":"{event_id}"}}"#),
    }
}

/// [`new_webhook_event`] as stored at [`now`], to be tried a minute later.
pub fn webhook_event(id: i32, event_id: &str) -> WebhookEvent {
    new_webhook_event(event_id).stored_as(WebhookEventId::new(id), now(), after(60))
}
