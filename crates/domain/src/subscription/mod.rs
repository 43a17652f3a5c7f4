//! Subscriptions: who has which plan, until when (contract §8).
//!
//! A subscription is kept going by one of two drivers: by this server, which has its charges paid
//! through a gateway period by period, or by the gateway, whose account of it is mirrored. What it
//! gives access to follows from its state and the time alone, so no write is ever needed for
//! access to begin or to end.

mod course;
mod cycle;
mod mirror;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use crate::ids::{GatewayId, PaymentId, PlanId, SubscriptionId, UserId};
use crate::plan::Plan;
use crate::text::{ExternalId, Text};

pub use course::{ChargeEnded, DueStep};
pub use cycle::{Period, Terms};
pub use mirror::Mirror;

/// The status values of contract §8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubscriptionStatus {
    /// Awaiting its first payment.
    Incomplete,
    /// In a trial.
    Trialing,
    /// Paid, or free.
    Active,
    /// A renewal was not paid yet.
    PastDue,
    /// Called off or ended.
    Canceled,
}

impl SubscriptionStatus {
    /// All states.
    pub const ALL: [Self; 5] =
        [Self::Incomplete, Self::Trialing, Self::Active, Self::PastDue, Self::Canceled];

    /// The word stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incomplete => "incomplete",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Canceled => "canceled",
        }
    }

    /// Reads the word stored and sent.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether it is the one subscription that a user can have (contract §8).
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Trialing | Self::Active | Self::PastDue)
    }

    /// Whether nothing can become of it any more.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Canceled)
    }
}

/// Who keeps a subscription going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Driver {
    /// This server.
    Local,
    /// The payment gateway.
    Gateway,
}

impl Driver {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Local, Self::Gateway];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Gateway => "gateway",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|driver| driver.as_str() == word)
    }
}

/// What a payment of a subscription is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChargePurpose {
    /// Its first period, or the beginning of its trial.
    Start,
    /// Its next period.
    Renewal,
    /// Another plan, at once.
    Change,
}

impl ChargePurpose {
    /// All purposes.
    pub const ALL: [Self; 3] = [Self::Start, Self::Renewal, Self::Change];

    /// The word stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Renewal => "renewal",
            Self::Change => "change",
        }
    }

    /// Reads the word stored.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// The payment that a subscription waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// Which payment.
    pub payment: PaymentId,
    /// What for.
    pub purpose: ChargePurpose,
}

/// A plan that takes the place of the present one: when the charge for it is paid, else at the end of
/// the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingChange {
    /// Which plan.
    pub plan_id: PlanId,
    /// What it costs; `None` is nothing.
    pub terms: Option<Terms>,
}

/// The name of a subscription to its owner: `sub_` and 32 hexadecimal characters.
pub type SubscriptionRef = Text<64>;

/// A fresh name.
pub fn fresh_ref(id: Uuid) -> SubscriptionRef {
    SubscriptionRef::own(format!("sub_{}", id.simple()))
}

/// One subscription of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Identity.
    pub id: SubscriptionId,
    /// Its name to its owner, unique.
    pub subscription_id: SubscriptionRef,
    /// The gateway's name for it, unique, once it has one.
    pub external_id: Option<ExternalId>,
    /// Whose.
    pub user_id: UserId,
    /// Of which plan.
    pub plan_id: PlanId,
    /// What it costs; `None` is nothing.
    pub terms: Option<Terms>,
    /// Through whom it is paid; `None` where nothing is.
    pub payment_gateway_id: Option<GatewayId>,
    /// Who keeps it going.
    pub driver: Driver,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// The instant whose day the periods keep.
    pub anchor: Option<DateTime<Utc>>,
    /// The present period; `None` where it has none or never began.
    pub period: Option<Period>,
    /// Days of trial that its first payment begins with.
    pub trial_days: u16,
    /// When the trial ends or ended.
    pub trial_end: Option<DateTime<Utc>>,
    /// Whether it ends with the period.
    pub cancel_at_period_end: bool,
    /// When it was called off or ended.
    pub canceled_at: Option<DateTime<Utc>>,
    /// Since when a renewal is owed.
    pub past_due_since: Option<DateTime<Utc>>,
    /// The payment it waits for.
    pub charge: Option<Charge>,
    /// The plan to come.
    pub pending: Option<PendingChange>,
    /// The latest account of the gateway that was taken over.
    pub mirrored_at: Option<DateTime<Utc>>,
    /// When somebody has to look after it; `None` is never.
    pub next_step_at: Option<DateTime<Utc>>,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub updated_at: DateTime<Utc>,
}

/// A subscription about to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// Its name to its owner.
    pub subscription_id: SubscriptionRef,
    /// Whose.
    pub user_id: UserId,
    /// Of which plan.
    pub plan_id: PlanId,
    /// What it costs.
    pub terms: Option<Terms>,
    /// Through whom it is paid.
    pub payment_gateway_id: Option<GatewayId>,
    /// Who keeps it going.
    pub driver: Driver,
    /// [`SubscriptionStatus::Active`] for a free plan, else [`SubscriptionStatus::Incomplete`].
    pub status: SubscriptionStatus,
    /// Days of trial that its first payment begins with.
    pub trial_days: u16,
    /// When somebody has to look after it.
    pub next_step_at: Option<DateTime<Utc>>,
}

impl NewSubscription {
    /// The row that is stored under an id at an instant.
    pub fn stored_as(self, id: SubscriptionId, now: DateTime<Utc>) -> Subscription {
        Subscription {
            id,
            subscription_id: self.subscription_id,
            external_id: None,
            user_id: self.user_id,
            plan_id: self.plan_id,
            terms: self.terms,
            payment_gateway_id: self.payment_gateway_id,
            driver: self.driver,
            status: self.status,
            anchor: None,
            period: None,
            trial_days: self.trial_days,
            trial_end: None,
            cancel_at_period_end: false,
            canceled_at: None,
            past_due_since: None,
            charge: None,
            pending: None,
            mirrored_at: None,
            next_step_at: self.next_step_at,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A first payment that does not come is waited for as long as Stripe waits: 23 hours.
pub const FIRST_PAYMENT_WITHIN: Duration = Duration::hours(23);

impl Subscription {
    /// Whether it gives access to its plan at an instant. What is not paid in time gives access for
    /// the grace period.
    pub fn entitles(&self, now: DateTime<Utc>, grace: Duration) -> bool {
        let end = self.period.map(|period| period.end);
        match self.status {
            SubscriptionStatus::Incomplete => false,
            SubscriptionStatus::Canceled => self.runs_out(now),
            SubscriptionStatus::PastDue => {
                self.past_due_since.or(end).is_none_or(|since| now < since + grace)
            }
            // Whoever renews it may be late.
            SubscriptionStatus::Trialing | SubscriptionStatus::Active => {
                let grace = if self.cancel_at_period_end { Duration::zero() } else { grace };
                end.is_none_or(|end| now < end + grace)
            }
        }
    }

    /// Whether it was called off and has a rest of its period left.
    pub fn runs_out(&self, now: DateTime<Utc>) -> bool {
        self.status == SubscriptionStatus::Canceled
            && self.cancel_at_period_end
            && self.period.is_some_and(|period| now < period.end)
    }

    /// Whether it ended before its first payment: to its owner it never was.
    pub const fn never_began(&self) -> bool {
        matches!(self.status, SubscriptionStatus::Canceled)
            && self.period.is_none()
            && self.anchor.is_none()
    }

    /// Whether it ends with a period that is not over (contract §8.2).
    pub fn is_ending(&self, now: DateTime<Utc>) -> bool {
        self.cancel_at_period_end && self.period.is_none_or(|period| now < period.end)
    }
}

/// Which of a user's subscriptions gives access, if any: the live one, else the one that runs out
/// last (contract §8.4).
pub fn effective(
    subscriptions: &[Subscription],
    now: DateTime<Utc>,
    grace: Duration,
) -> Option<&Subscription> {
    subscriptions.iter().filter(|subscription| subscription.entitles(now, grace)).max_by_key(
        |found| (found.status.is_live(), found.period.map(|period| period.end), found.id),
    )
}

/// Whether another of a user's subscriptions than this one is live.
pub fn has_other_live(subscriptions: &[Subscription], id: SubscriptionId) -> bool {
    subscriptions.iter().any(|other| other.id != id && other.status.is_live())
}

/// A subscription with the plans that answers show.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionView {
    /// The row.
    pub subscription: Subscription,
    /// The plan.
    pub plan: Plan,
    /// The plan to come.
    pub pending_plan: Option<Plan>,
    /// Whether it ends with a period that is not over.
    pub is_ending: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;
    use SubscriptionStatus as S;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::days(days)
    }

    /// A subscription whose period ends on day 30.
    fn in_state(status: S, ending: bool) -> Subscription {
        Subscription {
            status,
            cancel_at_period_end: ending,
            period: Some(Period { start: at(0), end: at(30) }),
            past_due_since: (status == S::PastDue).then(|| at(30)),
            ..samples::subscription(1)
        }
    }

    #[test]
    fn access_follows_from_state_and_time_alone() {
        let grace = Duration::days(7);
        for (status, ending, last_day) in [
            (S::Incomplete, false, None),
            (S::Trialing, false, Some(36)),
            (S::Active, false, Some(36)),
            (S::Active, true, Some(29)),
            (S::PastDue, false, Some(36)),
            (S::Canceled, true, Some(29)),
            (S::Canceled, false, None),
        ] {
            let subscription = in_state(status, ending);
            let found = (0..60).filter(|day| subscription.entitles(at(*day), grace)).max();
            assert_eq!(found, last_day, "{status:?} {ending}");
        }
    }

    #[test]
    fn a_live_subscription_comes_before_one_that_runs_out() {
        let ended = Subscription { id: SubscriptionId::new(9), ..in_state(S::Canceled, true) };
        let live = in_state(S::Active, false);
        let both = [ended.clone(), live.clone()];
        assert_eq!(effective(&both, at(1), Duration::days(7)), Some(&live));
        assert_eq!(effective(std::slice::from_ref(&ended), at(1), Duration::days(7)), Some(&ended));
        assert_eq!(effective(&[ended], at(30), Duration::days(7)), None);
    }
}
