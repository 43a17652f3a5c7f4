//! Where subscriptions are kept.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::Stored;
use crate::ids::{PlanId, SubscriptionId, UserId};
use crate::subscription::{NewSubscription, Subscription};
use crate::text::ExternalId;

/// Subscriptions.
#[cfg_attr(feature = "test-support", mockall::automock)]
#[async_trait]
pub trait SubscriptionRepository: Send {
    /// Stores a new subscription. Errors: `Taken(LiveSubscription)`, `MissingReference`.
    async fn insert(
        &mut self,
        subscription: NewSubscription,
        now: DateTime<Utc>,
    ) -> Stored<Subscription>;

    /// The latest subscription of a user that did not end before it began, and every other that is
    /// not canceled or whose period is not over; the latest first.
    async fn of_user(&mut self, user: UserId, now: DateTime<Utc>) -> Stored<Vec<Subscription>>;

    /// Finds a subscription and keeps others from changing it until the unit of work ends.
    async fn lock(&mut self, id: SubscriptionId) -> Stored<Option<Subscription>>;

    /// Finds the subscription that one of these names is `subscription_id` or `external_id` of, and
    /// locks it.
    async fn lock_named(&mut self, names: &[ExternalId]) -> Stored<Option<Subscription>>;

    /// Stores all changeable columns of a locked subscription. Errors: `Taken(LiveSubscription)`,
    /// `MissingReference`.
    async fn update(&mut self, subscription: &Subscription) -> Stored<()>;

    /// Takes up to `limit` subscriptions whose `next_step_at` has come, the longest due first, and
    /// makes them due again at `lease`, so that no other replica takes them meanwhile. Those that
    /// others hold are skipped.
    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<SubscriptionId>>;

    /// Whether the user has had a trial of the plan.
    async fn has_tried(&mut self, user: UserId, plan: PlanId) -> Stored<bool>;

    /// Notes that the user has a trial of the plan; again is no error. Errors: `MissingReference`.
    async fn note_trial(&mut self, user: UserId, plan: PlanId, now: DateTime<Utc>) -> Stored<()>;
}
