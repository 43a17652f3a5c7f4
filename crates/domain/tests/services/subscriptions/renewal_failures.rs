//! Renewals that are not paid: tried again, paid late, or ended (contract §8.5).

use chrono::{DateTime, Duration, Months, Utc};
use futures_executor::block_on;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::subscription::{Period, Subscription, SubscriptionStatus};
use wiwebb_domain::testing::gateway::{answer, answer_with_id};
use wiwebb_domain::testing::samples::text;
use wiwebb_domain::webhook::{Fact, PaymentFact, PaymentRef, Stated};

use crate::shop::Shop;

const GRACE: Duration = Duration::days(7);

/// A monthly subscription beside a default plan.
fn subscribed(variant: &str) -> (Shop, Subscription) {
    let shop = Shop::through(variant);
    shop.default_plan("Free");
    let subscription = shop.paid(shop.monthly("Pro", "10.00"));
    (shop, subscription)
}

/// [`subscribed`] whose first renewal was declined.
fn owing() -> (Shop, Subscription) {
    let (shop, subscription) = subscribed("dummy");
    shop.says(Verdict::Declined).next_period();
    (shop, subscription)
}

/// The days behind the end of the period on which charges were tried, looking every hour.
fn days_of_tries(shop: &Shop, over: DateTime<Utc>) -> Vec<i64> {
    let mut tries = Vec::new();
    while shop.current().status == SubscriptionStatus::PastDue {
        let before = shop.books().len();
        shop.advance();
        if shop.books().len() > before {
            tries.push((shop.now() - over).num_days());
        }
        shop.later(Duration::hours(1));
    }
    tries
}

#[test]
fn a_renewal_that_fails_is_past_due_and_keeps_access_for_the_grace_period() {
    for verdict in [Verdict::Declined, Verdict::Failed] {
        let (shop, subscription) = subscribed("dummy");
        let over = subscription.period.unwrap().end;
        shop.says(verdict).next_period();
        assert_eq!(shop.status(), SubscriptionStatus::PastDue);
        assert_eq!(shop.current().period, subscription.period);
        shop.set(over + GRACE - Duration::seconds(1));
        assert_eq!(shop.in_force(), "Pro");
        shop.set(over + GRACE);
        assert_eq!(shop.in_force(), "Free", "nobody has to look after it for that");
    }
}

#[test]
fn a_gateway_that_cannot_be_reached_fails_the_try_like_a_decline() {
    let (shop, _) = subscribed("dummy");
    shop.script().will_be_unreachable();
    shop.next_period();
    assert_eq!(shop.status(), SubscriptionStatus::PastDue);
    shop.later(Duration::days(1));
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn it_is_tried_again_after_one_three_and_five_days_and_ends_after_seven() {
    let (shop, subscription) = owing();
    let over = subscription.period.unwrap().end;
    for _ in 0..3 {
        shop.says(Verdict::Declined);
    }
    assert_eq!(days_of_tries(&shop, over), [1, 3, 5]);
    let ended = shop.current();
    assert_eq!(ended.status, SubscriptionStatus::Canceled);
    assert_eq!(ended.canceled_at, Some(over + GRACE));
    assert!(!shop.view().is_ending);
    assert_eq!(shop.in_force(), "Free");
    shop.later(Duration::days(30));
    assert_eq!(shop.advance(), 0);
}

#[test]
fn a_later_try_that_succeeds_goes_on_with_the_period_that_was_owed() {
    let (shop, subscription) = owing();
    let over = subscription.period.unwrap().end;
    shop.says(Verdict::Declined).says(Verdict::Done);
    assert_eq!(days_of_tries(&shop, over), [1, 3]);
    let renewed = shop.current();
    assert_eq!(renewed.status, SubscriptionStatus::Active);
    assert_eq!(renewed.period.unwrap().start, over);
    // The next failure has all its tries and its grace period again.
    let over = renewed.period.unwrap().end;
    shop.says(Verdict::Declined).next_period();
    for _ in 0..3 {
        shop.says(Verdict::Declined);
    }
    assert_eq!(days_of_tries(&shop, over), [1, 3, 5]);
}

#[test]
fn a_charge_in_doubt_is_not_doubled_and_owed_until_it_is_answered() {
    let (shop, subscription) = subscribed("dummy");
    shop.script().will_lose(answer(Verdict::Done));
    shop.next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    shop.later(Duration::hours(1));
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.status(), SubscriptionStatus::PastDue);
    shop.later(Duration::days(3));
    assert_eq!(shop.advance(), 0, "no second charge while the first is in doubt");
    assert_eq!(shop.reconcile(), 1);
    let renewed = shop.current();
    assert_eq!(renewed.status, SubscriptionStatus::Active);
    assert_eq!(renewed.period.unwrap().start, subscription.period.unwrap().end);
    assert_eq!(shop.script().carried_out(OperationKind::Charge), 2);
}

/// A renewal through `manual`, which waits for staff.
fn invoiced() -> (Shop, Subscription) {
    let (shop, subscription) = subscribed("manual");
    shop.opens_page();
    shop.next_period();
    (shop, subscription)
}

#[test]
fn an_invoice_that_nobody_has_paid_yet_is_owed() {
    let (shop, subscription) = invoiced();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    shop.later(Duration::hours(1));
    assert_eq!(shop.advance(), 1);
    let owing = shop.current();
    assert_eq!(owing.status, SubscriptionStatus::PastDue);
    assert_eq!(owing.past_due_since, Some(subscription.period.unwrap().end));
    assert_eq!(shop.in_force(), "Pro");
}

#[test]
fn an_invoice_that_is_paid_within_the_grace_period_renews() {
    for days in [0, 6] {
        let (shop, subscription) = invoiced();
        let over = subscription.period.unwrap().end;
        shop.later(Duration::days(days) + Duration::hours(1));
        shop.advance();
        shop.settle(shop.last_payment().id, CheckoutOutcome::Confirmed);
        let renewed = shop.current();
        let month = Period { start: over, end: over + Months::new(1) };
        assert_eq!((renewed.status, renewed.period), (SubscriptionStatus::Active, Some(month)));
        assert_eq!((renewed.past_due_since, renewed.charge), (None, None));
        assert_eq!(shop.books().len(), 2, "one invoice a period");
    }
}

#[test]
fn an_invoice_that_is_not_paid_within_the_grace_period_is_called_off_and_ends_it() {
    let (shop, subscription) = invoiced();
    shop.later(Duration::hours(1));
    shop.advance();
    let payment = shop.last_payment().id;
    shop.set(subscription.period.unwrap().end + GRACE);
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Rejected);
    assert_eq!(shop.in_force(), "Free");
}

#[test]
fn money_that_comes_after_the_end_is_told_to_staff_and_revives_nothing() {
    let (shop, subscription) = invoiced();
    let payment = shop.last_payment().id;
    shop.later(Duration::hours(1));
    shop.advance();
    shop.set(subscription.period.unwrap().end + GRACE);
    // It cannot be called off any more.
    shop.says(Verdict::Declined);
    assert_eq!(shop.advance(), 1);
    shop.settle(payment, CheckoutOutcome::Confirmed);
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
    assert_eq!(shop.told(payment).last().unwrap(), "payment.unapplied");
    assert_eq!(shop.in_force(), "Free");
}

#[test]
fn what_is_owed_ends_at_once_when_it_is_called_off_and_is_charged_no_more() {
    let (shop, _) = owing();
    let view = shop.cancel().unwrap();
    assert_eq!((view.subscription.status, view.is_ending), (SubscriptionStatus::Canceled, false));
    assert_eq!(shop.in_force(), "Free");
    shop.later(Duration::days(30));
    assert_eq!(shop.advance(), 0);
    assert_eq!(shop.script().orders().len(), 2);
}

/// The gateway says that the payment of a transaction has come or not.
fn report(shop: &Shop, transaction: &str, event: PaymentEvent) {
    let payment = PaymentRef { transaction_id: Some(text(transaction)), payment_id: None };
    let fact =
        PaymentFact { payment, event, total: Stated::Nothing, received: None, message: None };
    let id = format!("evt_{transaction}_{}", event.word());
    shop.report(&id, "payment_intent.told", vec![Fact::Payment(fact)]).unwrap();
}

/// A first try that was declined, and a second one that waits.
fn tried_twice() -> (Shop, Subscription) {
    let (shop, subscription) = subscribed("stripe");
    shop.script().will_say(Ok(answer_with_id(Verdict::Declined, "pi_1")));
    shop.next_period();
    shop.script().will_say(Ok(answer_with_id(Verdict::Pending, "pi_2")));
    shop.later(Duration::days(1));
    assert_eq!(shop.advance(), 1);
    (shop, subscription)
}

#[test]
fn the_late_money_of_an_earlier_try_renews() {
    let (shop, subscription) = tried_twice();
    report(&shop, "pi_1", PaymentEvent::Succeeded);
    let renewed = shop.current();
    assert_eq!(renewed.status, SubscriptionStatus::Active);
    assert_eq!(renewed.period.unwrap().start, subscription.period.unwrap().end);
}

#[test]
fn a_second_try_that_fails_does_not_take_back_what_the_first_has_paid() {
    let (shop, _) = tried_twice();
    report(&shop, "pi_1", PaymentEvent::Succeeded);
    let renewed = shop.current();
    report(&shop, "pi_2", PaymentEvent::Declined);
    let after = shop.current();
    assert_eq!((after.status, after.period), (SubscriptionStatus::Active, renewed.period));
    assert_eq!(after.past_due_since, None);
    shop.set(renewed.period.unwrap().end);
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1, "the next period is charged when it begins");
}

#[test]
fn a_default_plan_takes_over_and_paying_again_restores_at_once() {
    let (shop, subscription) = owing();
    shop.set(subscription.period.unwrap().end + GRACE);
    assert_eq!(shop.in_force(), "Free");
    assert_eq!(shop.advance(), 1);
    shop.paid(subscription.plan_id);
    assert_eq!(shop.in_force(), "Pro");
    assert_eq!(block_on(shop.subscriptions().status(&shop.bob)).unwrap().plan.name.as_str(), "Pro");
}
