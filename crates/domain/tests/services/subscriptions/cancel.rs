//! Calling off, and taking it back (contract §8.2, §8.5).

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::error::{Violation, Violations};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::plan::{NewPlan, PlanUpdate};
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::subscription::SubscriptionStatus;
use wiwebb_domain::testing::samples;

use crate::shop::{Shop, every};
use crate::world::refusal;

const NONE_ACTIVE: &str = "No active subscription found";
const NOTHING_TO_RESUME: &str = "No canceled subscription to resume";

/// A shop with a default plan, where a weekly plan is paid.
fn paid() -> Shop {
    let shop = Shop::new();
    shop.default_plan("Free");
    shop.paid(shop.weekly("Pro", "10.00"));
    shop
}

#[test]
fn what_is_paid_for_lasts_until_its_end_and_is_charged_no_more() {
    let shop = paid();
    let end = shop.current().period.unwrap().end;
    shop.later(Duration::days(2));
    let view = shop.cancel().unwrap();
    assert_eq!(view.subscription.status, SubscriptionStatus::Canceled);
    assert_eq!(view.subscription.canceled_at, Some(shop.now()));
    assert_eq!(view.subscription.period.unwrap().end, end);
    assert!(view.is_ending && shop.view().is_ending);
    shop.set(end - Duration::seconds(1));
    assert_eq!(shop.in_force(), "Pro");
    shop.set(end);
    assert_eq!((shop.in_force().as_str(), shop.advance()), ("Free", 0));
    assert!(!shop.view().is_ending);
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
    assert_eq!(shop.script().orders().len(), 1);
}

#[test]
fn without_a_period_it_ends_at_once() {
    let shop = Shop::new();
    shop.default_plan("Free");
    shop.subscribe(shop.free("Basic")).unwrap();
    let view = shop.cancel().unwrap();
    assert_eq!((view.subscription.status, view.is_ending), (SubscriptionStatus::Canceled, false));
    assert_eq!(shop.in_force(), "Free");
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME);
}

#[test]
fn only_a_live_subscription_can_be_called_off() {
    let shop = Shop::new();
    assert_eq!(refusal(shop.cancel()), NONE_ACTIVE);
    let plan = shop.weekly("Pro", "10.00");
    shop.unpaid(plan);
    assert_eq!(refusal(shop.cancel()), NONE_ACTIVE);
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
    shop.settle(shop.last_payment().id, CheckoutOutcome::Confirmed);
    assert!(shop.cancel().is_ok());
    assert_eq!(refusal(shop.cancel()), NONE_ACTIVE);
}

#[test]
fn unreadable_input_is_refused_before_anything_is_looked_at() {
    let shop = Shop::new();
    let unread = || Violations::of("x", Violation::Required).into();
    let subscriptions = shop.subscriptions();
    let expected = "x: This field is required.";
    assert_eq!(refusal(block_on(subscriptions.cancel(&shop.bob, Err(unread())))), expected);
    assert_eq!(refusal(block_on(subscriptions.resume(&shop.bob, Err(unread())))), expected);
    let changed = block_on(subscriptions.change(&shop.bob, Err(unread()), None));
    assert_eq!(refusal(changed), expected);
}

#[test]
fn what_is_to_be_paid_is_called_off_with_it() {
    let shop = paid();
    shop.opens_page();
    let charge = shop.change(shop.weekly("Max", "20.00")).unwrap();
    assert!(charge.checkout_url.is_some());
    shop.says(Verdict::Done);
    shop.cancel().unwrap();
    assert_eq!(shop.last_payment().status, PaymentStatus::Rejected);
    assert_eq!(shop.script().carried_out(OperationKind::Cancel), 1);
    assert_eq!(shop.current().pending, None);
}

#[test]
fn what_was_called_off_goes_on_as_if_it_had_not_been() {
    let shop = paid();
    let before = shop.current();
    shop.later(Duration::days(2));
    shop.cancel().unwrap();
    let view = shop.resume().unwrap();
    assert_eq!((view.subscription.id, view.is_ending), (before.id, false));
    assert_eq!(view.subscription.status, SubscriptionStatus::Active);
    assert_eq!(view.subscription.period, before.period);
    assert_eq!(view.subscription.canceled_at, None);
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    assert_eq!(shop.books().len(), 2);
}

#[test]
fn nothing_goes_on_that_was_not_called_off_or_is_over() {
    let shop = Shop::new();
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME);
    shop.paid(shop.weekly("Pro", "10.00"));
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME);
    let end = shop.current().period.unwrap().end;
    shop.cancel().unwrap();
    shop.set(end);
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME);
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
}

#[test]
fn what_is_owed_and_called_off_does_not_go_on() {
    let shop = paid();
    shop.says(Verdict::Declined).next_period();
    shop.cancel().unwrap();
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME);
}

#[test]
fn a_plan_that_does_not_renew_ends_with_its_period_even_when_it_goes_on() {
    let shop = Shop::new();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    shop.paid(shop.sold(once, every("week", "10.00")));
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME);
    shop.cancel().unwrap();
    let view = shop.resume().unwrap();
    assert_eq!((view.subscription.status, view.is_ending), (SubscriptionStatus::Active, true));
    shop.next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
}

#[test]
fn what_would_end_goes_on_once_its_plan_renews() {
    let shop = Shop::new();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    let plan = shop.sold(once, every("week", "10.00"));
    shop.paid(plan);
    let renews = PlanUpdate { auto_renew: Some(true), ..PlanUpdate::default() };
    block_on(shop.services.plans.update(&shop.admin, plan, Ok(renews))).unwrap();
    assert!(!shop.resume().unwrap().is_ending);
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn one_subscribes_anew_beside_what_runs_out() {
    let shop = paid();
    let old = shop.current();
    shop.cancel().unwrap();
    let new = shop.unpaid(shop.monthly("Max", "20.00"));
    assert_eq!((shop.current().id, shop.in_force().as_str()), (new.id, "Pro"));
    shop.settle(shop.last_payment().id, CheckoutOutcome::Confirmed);
    assert_eq!((shop.current().id, shop.in_force().as_str()), (new.id, "Max"));
    assert!(shop.stored(&old).runs_out(shop.now()));
    assert_eq!(refusal(shop.resume()), NOTHING_TO_RESUME, "one is enough");
}

#[test]
fn the_money_of_a_new_one_begins_nothing_once_the_old_one_goes_on() {
    let shop = paid();
    let old = shop.current();
    shop.cancel().unwrap();
    let new = shop.unpaid(shop.monthly("Max", "20.00"));
    let payment = shop.last_payment().id;
    // Whatever is asked of its payment, it is paid meanwhile.
    shop.says(Verdict::Declined);
    shop.resume().unwrap();
    shop.settle(payment, CheckoutOutcome::Confirmed);
    assert_eq!(shop.stored(&old).status, SubscriptionStatus::Active);
    assert!(!shop.stored(&new).status.is_live());
    assert_eq!(shop.told(payment).last().unwrap(), "payment.unapplied");
    assert_eq!(shop.in_force(), "Pro");
}

#[test]
fn a_plan_with_subscriptions_stays_even_when_all_of_them_are_over() {
    let shop = Shop::new();
    let plans = [shop.free("Basic"), shop.weekly("Pro", "10.00")];
    let delete = |plan| refusal(block_on(shop.services.plans.delete(&shop.admin, plan)));
    shop.subscribe(plans[0]).unwrap();
    let refused = "Cannot delete plan with existing subscriptions.";
    assert_eq!(delete(plans[0]), refused);
    shop.cancel().unwrap();
    assert_eq!(delete(plans[0]), refused);
    shop.unpaid(plans[1]);
    assert_eq!(delete(plans[1]), refused);
    assert_eq!(delete(shop.free("Other")), "allowed");
}

#[test]
fn a_plan_to_come_stays_too() {
    let shop = Shop::new();
    shop.paid(shop.weekly("Pro", "10.00"));
    let cheaper = shop.weekly("Mini", "1.00");
    shop.change(cheaper).unwrap();
    let deleted = block_on(shop.services.plans.delete(&shop.admin, cheaper));
    assert_eq!(refusal(deleted), "Cannot delete plan with existing subscriptions.");
}

#[test]
fn a_free_subscription_goes_with_its_user() {
    let shop = Shop::new();
    let subscription = shop.subscribe(shop.free("Basic")).unwrap().view.subscription;
    block_on(shop.services.users.delete(&shop.admin, shop.bob.user)).unwrap();
    let plan = subscription.plan_id;
    block_on(shop.services.plans.delete(&shop.admin, plan)).unwrap();
}
