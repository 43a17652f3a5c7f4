//! Taking over what a gateway says of a subscription that it keeps going (contract §10.3).

use chrono::{DateTime, Duration, Utc};

use super::{Driver, Period, Subscription, SubscriptionStatus};
use crate::text::ExternalId;

/// How often a gateway is asked although it has not reported anything.
const ASK_EVERY: Duration = Duration::days(1);

/// A gateway's account of a subscription. `None` says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// The gateway's name for it.
    pub external_id: Option<ExternalId>,
    /// Where it stands.
    pub status: Option<SubscriptionStatus>,
    /// The present period.
    pub period: Option<Period>,
    /// When the trial ends or ended.
    pub trial_end: Option<DateTime<Utc>>,
    /// Whether it ends with the period.
    pub cancel_at_period_end: Option<bool>,
    /// When it was called off.
    pub canceled_at: Option<DateTime<Utc>>,
    /// Of which instant the account is.
    pub as_of: DateTime<Utc>,
}

impl Subscription {
    /// Takes an account over; `false` where a later one was taken over before. What was called off
    /// here is never revived by it.
    pub fn take_over(&mut self, mirror: &Mirror) -> bool {
        if self.mirrored_at.is_some_and(|latest| mirror.as_of < latest) {
            return false;
        }
        self.mirrored_at = Some(mirror.as_of);
        if mirror.external_id.is_some() {
            self.external_id.clone_from(&mirror.external_id);
        }
        if mirror.period.is_some_and(|period| self.period.is_some_and(|own| own.end < period.end))
            && let Some(pending) = self.pending.take()
        {
            (self.plan_id, self.terms) = (pending.plan_id, pending.terms);
        }
        self.period = mirror.period.or(self.period);
        self.trial_end = mirror.trial_end.or(self.trial_end);
        match mirror.status {
            Some(SubscriptionStatus::Canceled) => {
                self.status = SubscriptionStatus::Canceled;
                self.cancel_at_period_end = false;
                self.canceled_at = mirror.canceled_at.or(self.canceled_at).or(Some(mirror.as_of));
                (self.pending, self.next_step_at) = (None, None);
            }
            _ if self.status == SubscriptionStatus::Canceled => {}
            status => self.take_over_live(status, mirror),
        }
        true
    }

    /// Notes that the gateway was asked, and when it is next.
    pub fn looked_after(&mut self, now: DateTime<Utc>) {
        if self.next_step_at.is_some_and(|next| next <= now) {
            self.next_step_at = Some(now + ASK_EVERY);
        }
    }

    fn take_over_live(&mut self, status: Option<SubscriptionStatus>, mirror: &Mirror) {
        let begins = self.status == SubscriptionStatus::Incomplete;
        // What has begun never waits for its first payment again.
        let status = status.filter(|told| begins || *told != SubscriptionStatus::Incomplete);
        self.status = status.unwrap_or(self.status);
        self.past_due_since = (self.status == SubscriptionStatus::PastDue)
            .then(|| self.past_due_since.unwrap_or(mirror.as_of));
        if let Some(ends) = mirror.cancel_at_period_end {
            self.cancel_at_period_end = ends;
            self.canceled_at = mirror.canceled_at.filter(|_| ends);
        }
        self.next_step_at = match (self.status, self.driver) {
            (SubscriptionStatus::Incomplete, _) => self.next_step_at,
            // Whoever looks next sees to it that it ends with the period where its plan has it so.
            (_, Driver::Gateway) if begins => Some(mirror.as_of),
            (_, Driver::Gateway) => Some(mirror.as_of + ASK_EVERY),
            (_, Driver::Local) => self.period.map(|period| period.end),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples;
    use SubscriptionStatus as S;

    fn at(days: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::days(days)
    }

    fn account(status: S, day: i64) -> Mirror {
        Mirror {
            external_id: None,
            status: Some(status),
            period: None,
            trial_end: None,
            cancel_at_period_end: None,
            canceled_at: None,
            as_of: at(day),
        }
    }

    #[test]
    fn the_latest_account_holds_whatever_order_they_come_in() {
        let accounts = [account(S::Incomplete, 0), account(S::Active, 1), account(S::PastDue, 2)];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let mut subscription = samples::subscription(1);
            for index in order {
                subscription.take_over(&accounts[index]);
            }
            assert_eq!(subscription.status, S::PastDue, "{order:?}");
            assert_eq!(subscription.past_due_since, Some(at(2)));
        }
    }

    #[test]
    fn what_was_called_off_is_not_revived() {
        let mut subscription = samples::subscription(1);
        subscription.period = Some(Period { start: at(0), end: at(30) });
        subscription.status = S::Active;
        subscription.cancel(at(1));
        assert!(subscription.take_over(&account(S::Active, 2)));
        assert_eq!(subscription.status, S::Canceled);
        assert!(subscription.runs_out(at(3)));
        assert!(subscription.take_over(&account(S::Canceled, 30)));
        assert!(!subscription.runs_out(at(3)));
    }

    #[test]
    fn a_cheaper_plan_is_there_with_the_next_period() {
        let mut subscription = samples::subscription(1);
        subscription.period = Some(Period { start: at(0), end: at(30) });
        subscription.change_later(crate::ids::PlanId::new(2), None);
        subscription.take_over(&account(S::Active, 1));
        assert!(subscription.pending.is_some());
        let next = Some(Period { start: at(30), end: at(60) });
        subscription.take_over(&Mirror { period: next, ..account(S::Active, 30) });
        assert_eq!(subscription.plan_id, crate::ids::PlanId::new(2));
    }
}
