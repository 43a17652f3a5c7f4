//! Another plan (contract §8.5): a dearer one at once, for the difference; a cheaper one when the
//! period ends.

use chrono::{Duration, Months};
use futures_executor::block_on;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::pricing::NewPlanPricing;
use wiwebb_domain::services::subscriptions::{ChangePreview, Wish};
use wiwebb_domain::subscription::{Period, SubscriptionStatus};
use wiwebb_domain::testing::samples::{self, money};

use crate::shop::{Shop, every, wish};
use crate::world::refusal;

const NO_PRICE: &str = "Plan pricing unavailable";

/// A week for USD 7.00 is paid, and two days of it are over.
fn weekly() -> Shop {
    let shop = Shop::new();
    shop.paid(shop.weekly("Pro", "7.00"));
    shop.later(Duration::days(2));
    shop
}

fn trial(days: u16, interval: &str, amount: &str) -> NewPlanPricing {
    NewPlanPricing { trial_period_days: days, ..every(interval, amount) }
}

fn preview(shop: &Shop, plan: PlanId) -> Result<ChangePreview, Error> {
    block_on(shop.subscriptions().preview_change(&shop.bob, Ok(wish(plan))))
}

#[test]
fn a_dearer_plan_is_there_once_the_difference_for_the_rest_of_the_period_is_paid() {
    let shop = weekly();
    let before = shop.current();
    let max = shop.weekly("Max", "14.00");
    shop.says(Verdict::Done);
    let view = shop.change(max).unwrap().view;
    assert_eq!((view.plan.id, view.pending_plan), (max, None));
    assert_eq!(view.subscription.period, before.period, "the period goes on");
    assert_eq!(shop.last_payment().total, money("5.00", "USD"));
    assert_eq!(shop.in_force(), "Max");
    assert!(!shop.script().orders().pop().unwrap().off_session);
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.last_payment().total, money("14.00", "USD"));
}

#[test]
fn a_dearer_plan_of_another_interval_begins_a_period_and_what_is_left_is_taken_off() {
    let shop = weekly();
    let yearly = shop.sold(samples::new_plan("Yearly"), every("year", "500.00"));
    let start = shop.now();
    shop.says(Verdict::Done);
    let subscription = shop.change(yearly).unwrap().view.subscription;
    let year = Period { start, end: start + Months::new(12) };
    assert_eq!(subscription.period, Some(year));
    assert_eq!(shop.last_payment().total, money("495.00", "USD"));
}

#[test]
fn a_paid_plan_in_place_of_a_free_one_costs_a_whole_period() {
    let shop = Shop::new();
    shop.subscribe(shop.free("Basic")).unwrap();
    shop.later(Duration::days(3));
    let start = shop.now();
    shop.says(Verdict::Done);
    let subscription = shop.change(shop.weekly("Pro", "7.00")).unwrap().view.subscription;
    assert_eq!(subscription.period, Some(Period { start, end: start + Duration::days(7) }));
    assert_eq!(shop.last_payment().total, money("7.00", "USD"));
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn another_free_plan_is_there_at_once() {
    let shop = Shop::new();
    shop.subscribe(shop.free("Basic")).unwrap();
    shop.change(shop.free("Other")).unwrap();
    assert_eq!((shop.in_force().as_str(), shop.current().period), ("Other", None));
}

#[test]
fn a_plan_of_the_same_price_is_there_at_once_and_costs_nothing() {
    let shop = weekly();
    let before = shop.current().period;
    shop.change(shop.weekly("Twin", "7.00")).unwrap();
    assert_eq!((shop.in_force().as_str(), shop.current().period), ("Twin", before));
    assert_eq!(shop.books().len(), 1);
}

#[test]
fn a_cheaper_plan_comes_with_the_next_period_and_its_price() {
    let shop = weekly();
    let view = shop.change(shop.weekly("Mini", "3.00")).unwrap().view;
    assert_eq!(view.plan.name.as_str(), "Pro");
    assert_eq!(view.pending_plan.unwrap().name.as_str(), "Mini");
    assert_eq!((shop.in_force().as_str(), shop.books().len()), ("Pro", 1));
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.last_payment().total, money("3.00", "USD"));
    assert_eq!((shop.in_force().as_str(), shop.view().pending_plan), ("Mini", None));
}

#[test]
fn a_free_plan_comes_with_the_end_of_the_period_and_is_charged_no_more() {
    let shop = weekly();
    shop.change(shop.free("Basic")).unwrap();
    assert_eq!(shop.in_force(), "Pro");
    shop.next_period();
    assert_eq!((shop.in_force().as_str(), shop.current().period), ("Basic", None));
    shop.later(Duration::days(100));
    assert_eq!((shop.advance(), shop.books().len()), (0, 1));
}

#[test]
fn a_cheaper_plan_to_come_is_replaced_or_taken_back() {
    let shop = weekly();
    let own = shop.current().plan_id;
    let pending = |plan| {
        let view = shop.change(plan).unwrap().view;
        view.pending_plan.map(|plan| plan.name.to_string())
    };
    assert_eq!(pending(shop.weekly("Mini", "3.00")).as_deref(), Some("Mini"));
    assert_eq!(pending(shop.weekly("Micro", "2.00")).as_deref(), Some("Micro"));
    assert_eq!(pending(own), None);
    shop.says(Verdict::Done).next_period();
    assert_eq!((shop.in_force().as_str(), shop.books().len()), ("Pro", 2));
}

#[test]
fn a_cheaper_plan_that_does_not_renew_ends_with_its_first_period() {
    let shop = weekly();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    shop.change(shop.sold(once, every("week", "3.00"))).unwrap();
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.in_force(), "Once");
    assert!(shop.view().is_ending);
    shop.next_period();
    assert_eq!((shop.status(), shop.books().len()), (SubscriptionStatus::Canceled, 2));
}

#[test]
fn a_cheaper_plan_that_renews_takes_the_place_of_one_that_does_not() {
    let shop = Shop::new();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    shop.paid(shop.sold(once, every("week", "7.00")));
    shop.change(shop.weekly("Mini", "3.00")).unwrap();
    shop.says(Verdict::Done).next_period();
    assert_eq!((shop.status(), shop.in_force().as_str()), (SubscriptionStatus::Active, "Mini"));
}

#[test]
fn whether_it_renews_follows_the_dearer_plan() {
    let shop = weekly();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    shop.says(Verdict::Done);
    assert!(shop.change(shop.sold(once, every("week", "8.00"))).unwrap().view.is_ending);
    shop.says(Verdict::Done);
    assert!(!shop.change(shop.weekly("Max", "9.00")).unwrap().view.is_ending);
}

#[test]
fn the_difference_is_rounded_to_the_minor_unit() {
    for (own, new, left, due) in [
        ("10.00", "20.00", Duration::days(1), "1.43"),
        ("10.00", "20.00", Duration::hours(1), "0.06"),
        ("0.01", "0.02", Duration::days(7), "0.01"),
        ("99999.99", "99999999.99", Duration::days(7), "99900000.00"),
    ] {
        let shop = Shop::new();
        let end = shop.paid(shop.weekly("Pro", own)).period.unwrap().end;
        shop.set(end - left);
        let found = preview(&shop, shop.weekly("Max", new)).unwrap();
        assert_eq!(found.amount_due.amount().to_string(), due, "{own} {new} {left}");
    }
}

#[test]
fn currencies_without_minor_units_are_charged_in_whole_units() {
    let shop = Shop::new();
    let yen = |amount| NewPlanPricing { price: money(amount, "JPY"), ..every("week", "1.00") };
    shop.paid(shop.sold(samples::new_plan("Pro"), yen("1000")));
    shop.later(Duration::days(2));
    let found = preview(&shop, shop.sold(samples::new_plan("Max"), yen("3000"))).unwrap();
    assert_eq!(found.amount_due, money("1429", "JPY"));
}

#[test]
fn a_preview_says_what_the_change_charges_and_changes_nothing() {
    let shop = weekly();
    let (before, now) = (shop.view(), shop.now());
    let [max, mini] = [shop.weekly("Max", "14.00"), shop.weekly("Mini", "3.00")];
    let end = before.subscription.period.unwrap().end;
    let preview = |plan| {
        let found = preview(&shop, plan).unwrap();
        (found.amount_due, found.effective_at)
    };
    assert_eq!(preview(max), (money("5.00", "USD"), now));
    assert_eq!(preview(mini), (money("0.00", "USD"), end));
    assert_eq!(preview(shop.free("Basic")), (money("0.00", "USD"), end));
    assert_eq!(preview(before.plan.id), (money("0.00", "USD"), end));
    assert_eq!((shop.view(), shop.books().len()), (before, 1));
}

#[test]
fn refusals_come_in_the_order_of_the_contract_for_change_and_preview() {
    let shop = Shop::new();
    let sold = shop.weekly("Pro", "7.00");
    let unpriced = shop.plan(samples::new_plan("Unpriced"));
    let hidden =
        shop.sold(NewPlan { available: false, ..samples::new_plan("Hidden") }, every("week", "1"));
    let euro = NewPlanPricing { price: money("9.00", "EUR"), ..every("week", "1.00") };
    let euro = shop.sold(samples::new_plan("Euro"), euro);
    let refused = |plan, text: &str| {
        assert_eq!(refusal(shop.change(plan)), text);
        assert_eq!(refusal(preview(&shop, plan)), text);
    };
    for plan in [PlanId::new(999), hidden] {
        refused(plan, "Plan not available");
    }
    refused(unpriced, "No active subscription found");
    refused(sold, "No active subscription found");
    shop.paid(sold);
    refused(hidden, "Plan not available");
    refused(unpriced, NO_PRICE);
    refused(euro, NO_PRICE);
    let foreign = Wish { plan: sold, pricing: Some(PlanPricingId::new(999)) };
    let changed = block_on(shop.subscriptions().change(&shop.bob, Ok(foreign), None));
    assert_eq!(refusal(changed), NO_PRICE);
    shop.cancel().unwrap();
    refused(sold, "No active subscription found");
}

/// In a trial of ten days, four of which are over.
fn in_trial() -> Shop {
    let shop = Shop::new();
    shop.paid(shop.sold(samples::new_plan("Pro"), trial(10, "week", "7.00")));
    shop.later(Duration::days(4));
    shop
}

#[test]
fn within_a_trial_a_change_is_free_and_the_trial_ends_as_that_of_the_new_plan_would_have() {
    for (days, left) in [(10, 6), (30, 26), (5, 1), (2, 0), (0, 0)] {
        let shop = in_trial();
        let plan = shop.sold(samples::new_plan("Max"), trial(days, "week", "14.00"));
        let found = preview(&shop, plan).unwrap();
        assert_eq!((found.amount_due, found.effective_at), (money("0.00", "USD"), shop.now()));
        let subscription = shop.change(plan).unwrap().view.subscription;
        assert_eq!(subscription.plan_id, plan);
        let end = shop.now() + Duration::days(left);
        assert_eq!((subscription.trial_end, subscription.pending), (Some(end), None), "{days}");
        shop.says(Verdict::Done).next_period();
        assert_eq!(shop.last_payment().total, money("14.00", "USD"));
        assert_eq!(shop.status(), SubscriptionStatus::Active);
    }
}

#[test]
fn no_trial_is_had_a_second_time_by_a_change_within_another_one() {
    let shop = Shop::new();
    let [pro, max] =
        ["Pro", "Max"].map(|name| shop.sold(samples::new_plan(name), trial(10, "week", "7.00")));
    shop.paid(pro);
    shop.cancel().unwrap();
    shop.paid(max);
    shop.later(Duration::days(1));
    let subscription = shop.change(pro).unwrap().view.subscription;
    assert_eq!(subscription.trial_end, Some(shop.now()));
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn a_trial_taken_by_a_change_is_used_up() {
    let shop = in_trial();
    let max = shop.sold(samples::new_plan("Max"), trial(10, "week", "7.00"));
    shop.change(max).unwrap();
    shop.cancel().unwrap();
    assert_eq!(shop.paid(max).status, SubscriptionStatus::Active);
}

#[test]
fn whether_it_renews_follows_the_plan_that_a_trial_is_changed_to() {
    let shop = in_trial();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    assert!(shop.change(shop.sold(once, trial(10, "week", "7.00"))).unwrap().view.is_ending);
    let max = shop.sold(samples::new_plan("Max"), trial(10, "week", "9.00"));
    assert!(!shop.change(max).unwrap().view.is_ending);
}

#[test]
fn a_free_plan_takes_the_place_of_a_trial_at_its_end() {
    let shop = in_trial();
    shop.change(shop.free("Basic")).unwrap();
    assert_eq!((shop.status(), shop.in_force().as_str()), (SubscriptionStatus::Trialing, "Pro"));
    shop.next_period();
    assert_eq!((shop.status(), shop.in_force().as_str()), (SubscriptionStatus::Active, "Basic"));
    assert_eq!(shop.books(), [("0.00".to_owned(), PaymentStatus::Confirmed)]);
}
