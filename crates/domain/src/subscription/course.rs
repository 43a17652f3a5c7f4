//! The course of a subscription that this server keeps going: paid, owed, renewed, ended.

use chrono::{DateTime, Duration, Utc};

use super::{
    Charge, ChargePurpose, Driver, FIRST_PAYMENT_WITHIN, PendingChange, Period, Subscription,
    SubscriptionStatus, Terms,
};
use crate::ids::PlanId;
use crate::money::Money;

/// Days behind the day it fell due on which a renewal is tried again.
const RETRIES: [i64; 4] = [1, 3, 5, 7];

/// How soon somebody looks whether a charge under way has been answered.
const LOOK_AGAIN: Duration = Duration::hours(1);

/// What a charge has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeEnded {
    /// The money is there.
    Paid,
    /// It will not come by this charge.
    Failed,
}

/// What has to be done for a subscription now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueStep {
    /// Nothing yet.
    Wait,
    /// The period is to be paid; `None` costs nothing.
    Renew(Option<Terms>),
    /// The charge for the period is under way, but the period is over.
    Owe,
    /// The gateway is asked how it stands.
    Mirror,
    /// It is over.
    End,
}

impl Subscription {
    /// What has to be done at an instant.
    pub fn due_step(&self, now: DateTime<Utc>, grace: Duration) -> DueStep {
        let over = |instant: Option<DateTime<Utc>>| instant.is_some_and(|instant| instant <= now);
        match (self.status, self.driver) {
            (SubscriptionStatus::Canceled, _) => DueStep::Wait,
            (_, Driver::Gateway) => DueStep::Mirror,
            (SubscriptionStatus::Incomplete, Driver::Local) if self.is_given_up(now) => {
                DueStep::End
            }
            (SubscriptionStatus::Incomplete, Driver::Local) => DueStep::Wait,
            (SubscriptionStatus::Trialing | SubscriptionStatus::Active, Driver::Local) => {
                if !over(self.period.map(|period| period.end)) {
                    DueStep::Wait
                } else if self.cancel_at_period_end && self.pending.is_none() {
                    DueStep::End
                } else {
                    self.renewal().unwrap_or(DueStep::Owe)
                }
            }
            (SubscriptionStatus::PastDue, Driver::Local) => {
                if over(self.past_due_since.map(|since| since + grace)) {
                    DueStep::End
                } else {
                    self.renewal().unwrap_or(DueStep::Wait)
                }
            }
        }
    }

    /// Whether its first payment has not come in time.
    pub fn is_given_up(&self, now: DateTime<Utc>) -> bool {
        self.status == SubscriptionStatus::Incomplete
            && now >= self.created_at + FIRST_PAYMENT_WITHIN
    }

    /// `None` while a charge is under way. A change of plan that nobody paid is let go.
    fn renewal(&self) -> Option<DueStep> {
        match self.charge.map(|charge| charge.purpose) {
            Some(ChargePurpose::Start | ChargePurpose::Renewal) => None,
            Some(ChargePurpose::Change) => Some(DueStep::Renew(self.terms)),
            None => Some(DueStep::Renew(self.pending.map_or(self.terms, |pending| pending.terms))),
        }
    }

    /// Whether the next period is owed or being paid, so that nothing is left of the present one to
    /// change.
    pub fn is_renewing(&self, now: DateTime<Utc>) -> bool {
        self.status == SubscriptionStatus::PastDue
            || self.charge.is_some_and(|charge| charge.purpose == ChargePurpose::Renewal)
            || self.period.is_some_and(|period| period.end <= now)
    }

    /// When somebody has to look next, if nothing happens before.
    pub fn next_look(&self, grace: Duration) -> Option<DateTime<Utc>> {
        match self.status {
            SubscriptionStatus::Incomplete => Some(self.created_at + FIRST_PAYMENT_WITHIN),
            SubscriptionStatus::Trialing | SubscriptionStatus::Active => {
                self.period.map(|period| period.end)
            }
            SubscriptionStatus::PastDue => self.past_due_since.map(|since| since + grace),
            SubscriptionStatus::Canceled => None,
        }
    }

    /// Notes that a payment was asked for.
    pub fn charge_begins(&mut self, charge: Charge, now: DateTime<Utc>) {
        let replaced = self.charge.replace(charge);
        if charge.purpose == ChargePurpose::Renewal {
            if replaced.is_some_and(|replaced| replaced.purpose == ChargePurpose::Change) {
                self.pending = None;
            }
            self.next_step_at = Some(now + LOOK_AGAIN);
        }
    }

    /// A renewal that nobody has paid yet is owed; the charge itself stays under way.
    pub fn falls_due(&mut self, now: DateTime<Utc>, grace: Duration) {
        let since = self.period.map_or(now, |period| period.end);
        self.status = SubscriptionStatus::PastDue;
        let since = *self.past_due_since.get_or_insert(since);
        self.next_step_at = Some(since + grace);
    }

    /// Goes on behind the end of a charge over a sum; `renews` is the `auto_renew` of the plan that
    /// [`Subscription::plan_paid_with`] names for it.
    pub fn charge_ends(
        &mut self,
        charge: Charge,
        ended: ChargeEnded,
        sum: Money,
        renews: bool,
        now: DateTime<Utc>,
        grace: Duration,
    ) {
        if self.charge.is_some_and(|open| open.payment == charge.payment) {
            self.charge = None;
        }
        match (charge.purpose, ended) {
            (ChargePurpose::Start, ChargeEnded::Paid) => self.begin(renews, now),
            (ChargePurpose::Start, ChargeEnded::Failed) => {}
            (ChargePurpose::Renewal, ChargeEnded::Paid) => self.renewed(Some(sum), renews, now),
            (ChargePurpose::Renewal, ChargeEnded::Failed) => self.owed(now, grace),
            (ChargePurpose::Change, ChargeEnded::Paid) => self.change_now(renews, now),
            (ChargePurpose::Change, ChargeEnded::Failed) => self.pending = None,
        }
    }

    /// Its first payment has come, or is not needed.
    pub fn begin(&mut self, renews: bool, now: DateTime<Utc>) {
        if self.status != SubscriptionStatus::Incomplete {
            return;
        }
        self.anchor = Some(now);
        self.cancel_at_period_end = !renews;
        if self.trial_days > 0 {
            self.status = SubscriptionStatus::Trialing;
            self.set_trial(now, now + Duration::days(self.trial_days.into()));
        } else {
            self.status = SubscriptionStatus::Active;
            self.enter_period(now);
        }
    }

    fn set_trial(&mut self, start: DateTime<Utc>, end: DateTime<Utc>) {
        self.trial_end = Some(end);
        self.period = Some(Period { start, end });
        self.next_step_at = Some(end);
    }

    /// The plan that a period is paid for with a sum; `None` is nothing. The plan to come is there
    /// only for its own price.
    pub fn plan_paid_with(&self, sum: Option<Money>) -> PlanId {
        self.pending_for(sum).map_or(self.plan_id, |pending| pending.plan_id)
    }

    fn pending_for(&self, sum: Option<Money>) -> Option<PendingChange> {
        self.pending.filter(|pending| pending.terms.map(|terms| terms.price) == sum)
    }

    /// The next period is paid with a sum. It begins where the last one ended; only of periods that
    /// went by unpaid nobody is charged for the time.
    pub fn renewed(&mut self, sum: Option<Money>, renews: bool, now: DateTime<Utc>) {
        // An earlier try may have brought the money while a later one was under way.
        self.charge = None;
        if let Some(pending) = self.pending_for(sum) {
            (self.plan_id, self.terms, self.pending) = (pending.plan_id, pending.terms, None);
        }
        self.cancel_at_period_end = !renews;
        if self.status == SubscriptionStatus::Trialing {
            self.anchor = self.period.map(|period| period.end);
        }
        self.status = SubscriptionStatus::Active;
        let start = self.period.map_or(now, |period| period.end);
        self.enter_period(start);
        if self.period.is_some_and(|period| period.end <= now) {
            self.anchor = Some(now);
            self.enter_period(now);
        }
    }

    fn enter_period(&mut self, start: DateTime<Utc>) {
        let anchor = *self.anchor.get_or_insert(start);
        self.period = self.terms.map(|terms| Period::starting(start, anchor, terms.interval));
        self.next_step_at = self.period.map(|period| period.end);
        self.past_due_since = None;
    }

    fn owed(&mut self, now: DateTime<Utc>, grace: Duration) {
        self.falls_due(now, grace);
        let since = self.past_due_since.unwrap_or(now);
        let retry = RETRIES
            .iter()
            .map(|days| since + Duration::days(*days))
            .find(|retry| *retry > now)
            .filter(|retry| *retry < since + grace);
        self.next_step_at = Some(retry.unwrap_or(since + grace));
    }

    /// Another plan takes its place when the period ends. Until then the change can be replaced, and
    /// is taken back with what it has.
    pub fn change_later(&mut self, plan_id: PlanId, terms: Option<Terms>) {
        let differs = (plan_id, terms) != (self.plan_id, self.terms);
        self.pending = differs.then_some(PendingChange { plan_id, terms });
    }

    /// The plan to come is there at once. The period goes on where its length stays the same.
    pub fn change_now(&mut self, renews: bool, now: DateTime<Utc>) {
        let Some(pending) = self.pending.take() else {
            return;
        };
        let same_length = self.terms.map(|terms| terms.interval)
            == pending.terms.map(|terms| terms.interval)
            && self.period.is_some_and(|period| period.end > now);
        (self.plan_id, self.terms) = (pending.plan_id, pending.terms);
        self.cancel_at_period_end = !renews;
        if !same_length && self.status != SubscriptionStatus::Trialing {
            self.status = SubscriptionStatus::Active;
            self.anchor = Some(now);
            self.enter_period(now);
        }
    }

    /// Within a trial a change costs nothing. The trial ends when that of the new plan would have.
    pub fn change_in_trial(
        &mut self,
        change: PendingChange,
        days: u16,
        renews: bool,
        now: DateTime<Utc>,
    ) {
        (self.plan_id, self.terms, self.pending) = (change.plan_id, change.terms, None);
        self.cancel_at_period_end = !renews;
        let start = self.period.map_or(now, |period| period.start);
        let end = start + Duration::days(days.into());
        self.set_trial(start, end.max(now));
    }

    /// Called off: it runs out with what is paid for (contract §8.2).
    pub fn cancel(&mut self, now: DateTime<Utc>) {
        let rest = self.status != SubscriptionStatus::PastDue
            && self.period.is_some_and(|period| now < period.end);
        self.status = SubscriptionStatus::Canceled;
        self.cancel_at_period_end = rest;
        self.canceled_at = Some(now);
        (self.pending, self.charge, self.next_step_at) = (None, None, None);
    }

    /// It is over, with nothing left.
    pub fn end(&mut self, now: DateTime<Utc>) {
        self.cancel(now);
        self.cancel_at_period_end = false;
    }

    /// What was called off goes on (contract §8.5); `false` where it cannot. `renews` is the plan's
    /// `auto_renew`: without it, it ends with the period all the same.
    pub fn resume(&mut self, renews: bool, now: DateTime<Utc>) -> bool {
        let is_ending = renews && self.status.is_live() && self.is_ending(now);
        if !self.runs_out(now) && !is_ending {
            return false;
        }
        let in_trial = self.trial_end.is_some_and(|end| now < end);
        self.status =
            if in_trial { SubscriptionStatus::Trialing } else { SubscriptionStatus::Active };
        self.cancel_at_period_end = !renews;
        self.canceled_at = None;
        self.next_step_at = self.period.map(|period| period.end);
        true
    }
}

#[cfg(test)]
mod tests;
