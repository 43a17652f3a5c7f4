//! Trials (contract §8.1): days before the first charge, once for a user and plan.

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::Role;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::pricing::NewPlanPricing;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::services::subscriptions::Wish;
use wiwebb_domain::subscription::{FIRST_PAYMENT_WITHIN, Period, SubscriptionStatus};
use wiwebb_domain::testing::samples;

use crate::shop::{Shop, every, wish};

const DAYS: i64 = 10;

fn trial_for(amount: &str) -> NewPlanPricing {
    NewPlanPricing { trial_period_days: 10, ..every("week", amount) }
}

fn with_trial(shop: &Shop, name: &str) -> PlanId {
    shop.sold(samples::new_plan(name), trial_for("7.00"))
}

#[test]
fn a_trial_begins_when_its_payment_of_nothing_is_confirmed() {
    let shop = Shop::new();
    shop.default_plan("Free");
    shop.unpaid(with_trial(&shop, "Pro"));
    assert_eq!((shop.current().trial_end, shop.in_force().as_str()), (None, "Free"));
    shop.later(Duration::hours(2));
    let start = shop.now();
    shop.settle(shop.last_payment().id, CheckoutOutcome::Confirmed);
    let subscription = shop.current();
    let end = start + Duration::days(DAYS);
    assert_eq!(subscription.status, SubscriptionStatus::Trialing);
    assert_eq!(subscription.trial_end, Some(end));
    assert_eq!(subscription.period, Some(Period { start, end }));
    assert_eq!(shop.books(), [("0.00".to_owned(), PaymentStatus::Confirmed)]);
    assert_eq!(shop.in_force(), "Pro");
}

#[test]
fn the_first_charge_comes_when_the_trial_is_over_and_periods_count_from_there() {
    let shop = Shop::new();
    let subscription = shop.paid(with_trial(&shop, "Pro"));
    let over = subscription.trial_end.unwrap();
    shop.set(over - Duration::microseconds(1));
    assert_eq!(shop.advance(), 0);
    shop.says(Verdict::Done).next_period();
    let subscription = shop.current();
    let week = Period { start: over, end: over + Duration::days(7) };
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!((subscription.period, subscription.trial_end), (Some(week), Some(over)));
    let confirmed = |sum: &str| (sum.to_owned(), PaymentStatus::Confirmed);
    assert_eq!(shop.books(), [confirmed("0.00"), confirmed("7.00")]);
}

#[test]
fn a_trial_that_is_not_paid_behind_its_end_is_past_due() {
    let shop = Shop::new();
    shop.paid(with_trial(&shop, "Pro"));
    shop.says(Verdict::Declined).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::PastDue);
}

#[test]
fn a_user_has_one_trial_of_a_plan_whatever_became_of_it() {
    let shop = Shop::new();
    let plan = with_trial(&shop, "Pro");
    shop.paid(plan);
    shop.cancel().unwrap();
    let again = shop.paid(plan);
    assert_eq!((again.status, again.trial_end), (SubscriptionStatus::Active, None));
    assert_eq!(shop.books().pop().unwrap().0, "7.00");
    shop.cancel().unwrap();
    shop.later(Duration::days(1_000));
    assert_eq!(shop.paid(plan).status, SubscriptionStatus::Active);
}

#[test]
fn another_plan_and_another_user_have_a_trial_of_their_own() {
    let shop = Shop::new();
    let plans = [with_trial(&shop, "Pro"), with_trial(&shop, "Max")];
    for plan in plans {
        assert_eq!(shop.paid(plan).status, SubscriptionStatus::Trialing);
        shop.cancel().unwrap();
    }
    let eve = shop.world.user("eve", Role::Subscriber, None);
    shop.says(Verdict::Done);
    let wished = shop.subscriptions().subscribe(&eve, Ok(wish(plans[0])), None);
    let begun = block_on(wished).unwrap().view.subscription;
    assert_eq!(begun.status, SubscriptionStatus::Trialing);
}

#[test]
fn a_trial_that_never_began_is_not_used_up() {
    let shop = Shop::new();
    let plan = with_trial(&shop, "Pro");
    shop.unpaid(plan);
    shop.settle(shop.last_payment().id, CheckoutOutcome::Rejected);
    shop.unpaid(plan);
    shop.says(Verdict::Done);
    shop.later(FIRST_PAYMENT_WITHIN);
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.paid(plan).status, SubscriptionStatus::Trialing);
}

#[test]
fn a_price_without_trial_uses_none_up() {
    let shop = Shop::new();
    let plan = shop.weekly("Pro", "7.00");
    assert_eq!(shop.paid(plan).status, SubscriptionStatus::Active);
    shop.cancel().unwrap();
    let wish = Wish { plan, pricing: Some(shop.price(plan, trial_for("7.00"))) };
    shop.says(Verdict::Done);
    let subscribed = block_on(shop.subscriptions().subscribe(&shop.bob, Ok(wish), None)).unwrap();
    assert_eq!(subscribed.view.subscription.status, SubscriptionStatus::Trialing);
}

#[test]
fn a_trial_that_was_called_off_runs_out_and_nothing_is_charged() {
    let shop = Shop::new();
    shop.default_plan("Free");
    let over = shop.paid(with_trial(&shop, "Pro")).trial_end.unwrap();
    shop.later(Duration::days(1));
    let view = shop.cancel().unwrap();
    assert_eq!(view.subscription.status, SubscriptionStatus::Canceled);
    assert!(view.is_ending);
    shop.set(over - Duration::seconds(1));
    assert_eq!(shop.in_force(), "Pro");
    shop.set(over);
    assert_eq!((shop.in_force().as_str(), shop.advance()), ("Free", 0));
    assert_eq!(shop.script().orders().len(), 1);
}

#[test]
fn a_trial_that_goes_on_after_it_was_called_off_is_a_trial_until_its_end() {
    let shop = Shop::new();
    let over = shop.paid(with_trial(&shop, "Pro")).trial_end;
    shop.cancel().unwrap();
    let resumed = shop.resume().unwrap().subscription;
    assert_eq!((resumed.status, resumed.trial_end), (SubscriptionStatus::Trialing, over));
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn a_trial_of_a_plan_that_does_not_renew_ends_uncharged() {
    let shop = Shop::new();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    shop.paid(shop.sold(once, trial_for("7.00")));
    assert!(shop.view().is_ending);
    shop.next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
    assert_eq!(shop.script().orders().len(), 1);
}
