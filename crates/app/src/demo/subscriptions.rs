//! Demo subscriptions, and what was used of the network of late.

use chrono::{DateTime, Duration, Months, NaiveDate, Utc};
use chrono_tz::Tz;
use wiwebb_domain::dashboard::DAYS_SHOWN;
use wiwebb_domain::ids::{GatewayId, PlanId, UserId};
use wiwebb_domain::pricing::BillingInterval;
use wiwebb_domain::subscription::{
    Driver, NewSubscription, Subscription, SubscriptionStatus, Terms, fresh_ref,
};
use wiwebb_domain::text::Name;
use wiwebb_domain::usage::{MEGABYTE, Usage, day_of, start_of};
use wiwebb_domain::user::NewUser;

use super::dice::Dice;
use super::people::minutes_before;

const SUBSCRIPTION: u64 = 6;
const USAGE: u64 = 7;

/// The plan of the demo login.
const CHOSEN: &str = "Basic";

/// How long ago the demo login subscribed.
const CHOSEN_BEFORE: Duration = Duration::days(10);

/// For so long a renewal is owed at most.
const OWED_FOR: Duration = Duration::days(2);

/// How long ago a subscription was called off at most.
const CALLED_OFF_BEFORE: Duration = Duration::hours(20);

/// What the demo login used on each day: 95 minutes, 1234 MB.
const CHOSEN_USAGE: Usage = Usage { seconds: 95 * 60, octets: 1_234 * MEGABYTE };

/// A plan that can be paid for, with one of its prices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sold {
    pub(super) plan: PlanId,
    pub(super) name: Name,
    pub(super) renews: bool,
    pub(super) terms: Terms,
    pub(super) trial_days: u16,
}

/// What has become of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Every period was paid.
    Paid,
    /// The last one was not.
    Owed,
    /// It was called off, not long ago.
    CalledOff,
}

/// A subscription that has no id yet, with what happened to it.
#[derive(Debug, Clone)]
pub(super) struct Subscribed {
    pub(super) new: NewSubscription,
    /// When it was paid first.
    pub(super) at: DateTime<Utc>,
    renews: bool,
    fate: Fate,
}

impl Subscribed {
    fn new(
        dice: &mut Dice,
        user: UserId,
        sold: &Sold,
        gateway: GatewayId,
        at: DateTime<Utc>,
    ) -> Self {
        let name = uuid::Builder::from_random_bytes(dice.bytes()).into_uuid();
        let new = NewSubscription {
            subscription_id: fresh_ref(name),
            user_id: user,
            plan_id: sold.plan,
            terms: Some(sold.terms),
            payment_gateway_id: Some(gateway),
            driver: Driver::Local,
            status: SubscriptionStatus::Incomplete,
            trial_days: 0,
            next_step_at: None,
        };
        Self { new, at, renews: sold.renews, fate: Fate::Paid }
    }

    /// Has all of it happen to the subscription as it was stored.
    pub(super) fn live(&self, stored: &mut Subscription, now: DateTime<Utc>, grace: Duration) {
        stored.begin(self.renews, self.at);
        let over = |stored: &Subscription| stored.period.filter(|period| period.end <= now);
        while let Some(period) = over(stored) {
            if self.fate == Fate::Owed && period.end + OWED_FOR > now {
                stored.falls_due(now, grace);
                break;
            }
            stored.renewed(stored.terms.map(|terms| terms.price), self.renews, period.end);
        }
        if self.fate == Fate::CalledOff {
            let begun = stored.period.map_or(self.at, |period| period.start);
            stored.cancel(begun.max(now - CALLED_OFF_BEFORE));
        }
        stored.updated_at = now;
    }
}

/// The subscription of the `index`-th user; `None` for whoever has the default plan.
pub(super) fn subscription(
    index: u32,
    (id, user): (UserId, &NewUser),
    sold: &[Sold],
    gateway: GatewayId,
    now: DateTime<Utc>,
) -> Option<Subscribed> {
    let mut dice = Dice::of(SUBSCRIPTION, index.into());
    let place = usize::try_from(dice.below(100)).unwrap_or_default() * sold.len() / 100;
    let sold = sold.get(place).filter(|_| user.is_active && dice.chance(75))?;
    let throw = dice.below(100);
    let longest = if sold.terms.interval == BillingInterval::Day { 1 } else { 50 };
    let mut at = now - minutes_before(&mut dice, 0, longest);
    let mut fate = Fate::Paid;
    let mut trial_days = 0;
    if throw < 8 && sold.trial_days > 0 {
        trial_days = sold.trial_days;
        at = now - minutes_before(&mut dice, 0, trial_days.into());
    } else if throw < 16 && sold.renews && sold.terms.interval == BillingInterval::Month {
        let fell_due = now - minutes_before(&mut dice, 0, 1);
        at = fell_due.checked_sub_months(Months::new(1)).unwrap_or(at);
        fate = Fate::Owed;
    } else if throw < 24 {
        fate = Fate::CalledOff;
    }
    if at < user.date_joined {
        return None;
    }
    let mut subscribed = Subscribed::new(&mut dice, id, sold, gateway, at);
    subscribed.new.trial_days = trial_days;
    subscribed.fate = fate;
    Some(subscribed)
}

/// The subscription of the demo login that has one.
pub(super) fn chosen(
    user: UserId,
    sold: &[Sold],
    gateway: GatewayId,
    now: DateTime<Utc>,
) -> Option<Subscribed> {
    let mut dice = Dice::of(SUBSCRIPTION, u64::from(u32::MAX));
    let sold = sold.iter().find(|sold| sold.name.as_str() == CHOSEN)?;
    Some(Subscribed::new(&mut dice, user, sold, gateway, now - CHOSEN_BEFORE))
}

/// What was used on a day.
pub(super) type DayOfUse = (NaiveDate, Usage);

/// What the `index`-th user has used on the last days; never before joining, and today never more
/// time than has passed of it.
pub(super) fn usage(index: u32, user: &NewUser, now: DateTime<Utc>, zone: Tz) -> Vec<DayOfUse> {
    let mut dice = Dice::of(USAGE, index.into());
    let joined = day_of(user.date_joined, zone);
    let mut days = Vec::new();
    for day in last_days(now, zone) {
        let is_online = dice.chance(40);
        let seconds = u64::from(60 * (1 + dice.below(300)));
        let octets = u64::from(1 + dice.below(3_000)) * MEGABYTE;
        if is_online && user.is_active && day >= joined {
            days.push((day, within(day, Usage { seconds, octets }, now, zone)));
        }
    }
    days
}

/// What the demo login has used on the last days: on each the same.
pub(super) fn chosen_usage(now: DateTime<Utc>, zone: Tz) -> Vec<DayOfUse> {
    last_days(now, zone).map(|day| (day, within(day, CHOSEN_USAGE, now, zone))).collect()
}

/// Today and the days before it that the dashboard shows.
fn last_days(now: DateTime<Utc>, zone: Tz) -> impl Iterator<Item = NaiveDate> {
    day_of(now, zone).iter_days().rev().take(DAYS_SHOWN)
}

fn within(day: NaiveDate, used: Usage, now: DateTime<Utc>, zone: Tz) -> Usage {
    let passed = (now - start_of(day, zone)).num_seconds();
    Usage { seconds: used.seconds.min(u64::try_from(passed).unwrap_or_default()), ..used }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wiwebb_domain::ids::SubscriptionId;
    use wiwebb_domain::subscription::effective;
    use wiwebb_domain::testing::samples;

    use super::*;

    const GRACE: Duration = Duration::days(7);

    fn now() -> DateTime<Utc> {
        "2026-03-15T10:00:00Z".parse().unwrap()
    }

    fn sold() -> Vec<Sold> {
        let sold = |(id, name, interval, renews, trial_days)| Sold {
            plan: PlanId::new(id),
            name: samples::text(name),
            renews,
            terms: samples::terms("9.99", interval),
            trial_days,
        };
        vec![
            sold((1, "Day Pass", "day", false, 0)),
            sold((2, CHOSEN, "month", true, 7)),
            sold((2, CHOSEN, "year", true, 7)),
        ]
    }

    fn user() -> NewUser {
        NewUser { date_joined: now() - Duration::days(390), ..samples::new_user("anna") }
    }

    fn after_all(subscribed: &Subscribed) -> Subscription {
        let id = SubscriptionId::new(1);
        let mut stored = subscribed.new.clone().stored_as(id, subscribed.at);
        subscribed.live(&mut stored, now(), GRACE);
        stored
    }

    fn subscriptions() -> Vec<Subscription> {
        let of = |index| {
            let user = (UserId::new(1), &user());
            subscription(index, user, &sold(), GatewayId::new(1), now())
        };
        (0..1_000).filter_map(of).map(|subscribed| after_all(&subscribed)).collect()
    }

    #[test]
    fn many_have_a_subscription_in_whatever_state_some_have_none_and_no_name_comes_twice() {
        let all = subscriptions();
        assert!((600..900).contains(&all.len()), "{}", all.len());
        for status in SubscriptionStatus::ALL {
            let is_there = all.iter().any(|found| found.status == status);
            assert_eq!(is_there, status != SubscriptionStatus::Incomplete, "{status:?}");
        }
        let names: BTreeSet<_> = all.iter().map(|found| found.subscription_id.as_str()).collect();
        assert_eq!(names.len(), all.len());
    }

    #[test]
    fn every_subscription_gives_access_now_and_is_looked_after_later() {
        for found in subscriptions() {
            let of_one = [found.clone()];
            assert!(effective(&of_one, now(), GRACE).is_some(), "{found:?}");
            let is_over = found.status == SubscriptionStatus::Canceled;
            assert_eq!(found.next_step_at.is_none(), is_over);
            assert!(found.next_step_at.is_none_or(|next| next > now()), "{found:?}");
        }
    }

    #[test]
    fn nothing_happens_before_its_cause_or_in_the_future() {
        for found in subscriptions() {
            let period = found.period.unwrap();
            assert!(found.created_at <= period.start && period.start <= now());
            let canceled = found.canceled_at.unwrap_or(period.start);
            assert!((period.start..=now()).contains(&canceled), "{found:?}");
        }
    }

    /// How many of a hundred users like this one have a subscription, and since when the oldest.
    fn of_hundred(user: &NewUser) -> (usize, Option<DateTime<Utc>>) {
        let of = |index| {
            let user = (UserId::new(1), user);
            subscription(index, user, &sold(), GatewayId::new(1), now())
        };
        let all: Vec<Subscribed> = (0..100).filter_map(of).collect();
        (all.len(), all.iter().map(|found| found.at).min())
    }

    #[test]
    fn nobody_subscribes_before_joining() {
        let joined = now() - Duration::days(3);
        let (count, oldest) = of_hundred(&NewUser { date_joined: joined, ..user() });
        assert!(count > 0 && oldest.unwrap() >= joined);
    }

    #[test]
    fn who_is_inactive_neither_subscribes_nor_uses_anything() {
        let inactive = NewUser { is_active: false, ..user() };
        assert_eq!(of_hundred(&inactive).0, 0);
        assert!((0..100).all(|index| usage(index, &inactive, now(), Tz::UTC).is_empty()));
    }

    #[test]
    fn the_demo_login_is_ten_days_into_a_month_of_the_chosen_plan() {
        let chosen = chosen(UserId::new(1), &sold(), GatewayId::new(1), now()).unwrap();
        let stored = after_all(&chosen);
        assert_eq!(stored.status, SubscriptionStatus::Active);
        assert_eq!(stored.plan_id, PlanId::new(2));
        assert_eq!(stored.period.unwrap().start, now() - CHOSEN_BEFORE);
        assert!(stored.period.unwrap().end > now() + Duration::days(14));
    }

    #[test]
    fn nobody_has_used_more_time_today_than_has_passed() {
        let early = "2026-03-15T00:10:00Z".parse().unwrap();
        let today = day_of(early, Tz::UTC);
        let seconds = |(day, used): &DayOfUse| (*day == today).then_some(used.seconds);
        assert_eq!(chosen_usage(now(), Tz::UTC)[0], (today, CHOSEN_USAGE));
        assert_eq!(seconds(&chosen_usage(early, Tz::UTC)[0]), Some(600));
        let used: Vec<_> = (0..100).flat_map(|n| usage(n, &user(), early, Tz::UTC)).collect();
        let of_today: Vec<u64> = used.iter().filter_map(seconds).collect();
        assert!((20..60).contains(&of_today.len()), "{}", of_today.len());
        assert!(of_today.iter().all(|seconds| *seconds <= 600));
    }

    #[test]
    fn something_is_used_on_every_day_that_is_shown_and_nothing_before_joining() {
        let used: Vec<_> = (0..100).flat_map(|n| usage(n, &user(), now(), Tz::UTC)).collect();
        let days: BTreeSet<NaiveDate> = used.iter().map(|(day, _)| *day).collect();
        assert_eq!(days.len(), DAYS_SHOWN);
        assert!(used.iter().all(|(_, used)| used.octets > 0));
        let joined = now() - Duration::days(3);
        let fresh = NewUser { date_joined: joined, ..user() };
        let first =
            (0..100).flat_map(|n| usage(n, &fresh, now(), Tz::UTC)).map(|(day, _)| day).min();
        assert_eq!(first, Some(day_of(joined, Tz::UTC)));
    }
}
