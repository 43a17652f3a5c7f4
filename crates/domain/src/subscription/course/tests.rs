//! The course of a subscription, day by day.

use super::*;
use crate::ids::PaymentId;
use crate::testing::samples;
use SubscriptionStatus as S;

const GRACE: Duration = Duration::days(7);

fn at(days: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::days(days)
}

fn charge(purpose: ChargePurpose) -> Charge {
    Charge { payment: PaymentId::new(1), purpose }
}

fn paid(subscription: &mut Subscription, purpose: ChargePurpose, now: DateTime<Utc>) {
    subscription.charge_begins(charge(purpose), now);
    let renewal = subscription.pending.map_or(subscription.terms, |pending| pending.terms);
    let sum = renewal.unwrap().price;
    subscription.charge_ends(charge(purpose), ChargeEnded::Paid, sum, true, now, GRACE);
}

/// Paid weekly since day 0.
fn weekly() -> Subscription {
    let mut subscription = samples::subscription(1);
    subscription.terms = Some(samples::terms("7.00", "week"));
    paid(&mut subscription, ChargePurpose::Start, at(0));
    subscription
}

#[test]
fn the_first_payment_begins_the_first_period() {
    let subscription = weekly();
    assert_eq!(subscription.status, S::Active);
    assert_eq!(subscription.period, Some(Period { start: at(0), end: at(7) }));
    assert_eq!(subscription.due_step(at(6), GRACE), DueStep::Wait);
    assert_eq!(subscription.due_step(at(7), GRACE), DueStep::Renew(subscription.terms));
}

#[test]
fn a_trial_is_a_period_of_its_own_and_is_followed_by_a_charge() {
    let mut subscription = Subscription { trial_days: 3, ..samples::subscription(1) };
    subscription.terms = Some(samples::terms("7.00", "week"));
    paid(&mut subscription, ChargePurpose::Start, at(0));
    assert_eq!((subscription.status, subscription.trial_end), (S::Trialing, Some(at(3))));
    assert_eq!(subscription.due_step(at(3), GRACE), DueStep::Renew(subscription.terms));
    paid(&mut subscription, ChargePurpose::Renewal, at(3));
    assert_eq!(subscription.period, Some(Period { start: at(3), end: at(10) }));
}

#[test]
fn what_is_not_renewed_is_owed_tried_again_and_ends_with_the_grace_period() {
    let mut subscription = weekly();
    let mut tried = Vec::new();
    let mut now = at(7);
    while let DueStep::Renew(_) = subscription.due_step(now, GRACE) {
        tried.push((now - at(7)).num_days());
        subscription.charge_begins(charge(ChargePurpose::Renewal), now);
        let failed = ChargeEnded::Failed;
        let sum = subscription.terms.unwrap().price;
        subscription.charge_ends(charge(ChargePurpose::Renewal), failed, sum, true, now, GRACE);
        assert_eq!(subscription.status, S::PastDue);
        now = subscription.next_step_at.unwrap();
    }
    assert_eq!(tried, [0, 1, 3, 5]);
    assert_eq!((subscription.due_step(now, GRACE), now), (DueStep::End, at(14)));
    subscription.end(now);
    assert!(!subscription.entitles(now, GRACE));
}

#[test]
fn a_late_payment_continues_the_period_that_was_owed() {
    let mut subscription = weekly();
    subscription.falls_due(at(7), GRACE);
    paid(&mut subscription, ChargePurpose::Renewal, at(10));
    assert_eq!(subscription.status, S::Active);
    assert_eq!(subscription.period, Some(Period { start: at(7), end: at(14) }));
    assert_eq!(subscription.past_due_since, None);
}

#[test]
fn nobody_pays_for_periods_that_went_by() {
    let mut subscription = weekly();
    paid(&mut subscription, ChargePurpose::Renewal, at(20));
    assert_eq!(subscription.period, Some(Period { start: at(20), end: at(27) }));
}

#[test]
fn a_cancelled_subscription_runs_out_and_can_be_resumed_before() {
    let mut subscription = weekly();
    subscription.cancel(at(2));
    assert!(subscription.entitles(at(6), GRACE) && !subscription.entitles(at(7), GRACE));
    assert!(!subscription.clone().resume(true, at(7)));
    assert!(subscription.resume(true, at(6)));
    assert_eq!((subscription.status, subscription.canceled_at), (S::Active, None));
    assert_eq!(subscription.next_step_at, Some(at(7)));
}

#[test]
fn what_is_owed_ends_at_once_when_it_is_cancelled() {
    let mut subscription = weekly();
    subscription.falls_due(at(7), GRACE);
    subscription.cancel(at(8));
    assert!(!subscription.entitles(at(8), GRACE));
    assert!(!subscription.resume(true, at(8)));
}

#[test]
fn without_renewal_it_ends_with_the_period() {
    let mut subscription = samples::subscription(1);
    subscription.terms = Some(samples::terms("7.00", "week"));
    let start = charge(ChargePurpose::Start);
    let sum = subscription.terms.unwrap().price;
    subscription.charge_ends(start, ChargeEnded::Paid, sum, false, at(0), GRACE);
    assert!(subscription.is_ending(at(1)));
    assert_eq!(subscription.due_step(at(7), GRACE), DueStep::End);
}

#[test]
fn a_first_payment_that_does_not_come_ends_it_after_23_hours() {
    let subscription = samples::subscription(1);
    let now = subscription.created_at + FIRST_PAYMENT_WITHIN;
    assert_eq!(subscription.due_step(now - Duration::seconds(1), GRACE), DueStep::Wait);
    assert_eq!(subscription.due_step(now, GRACE), DueStep::End);
}

#[test]
fn a_charge_under_way_is_not_doubled() {
    let mut subscription = weekly();
    subscription.charge_begins(charge(ChargePurpose::Renewal), at(7));
    assert_eq!(subscription.due_step(at(8), GRACE), DueStep::Owe);
    subscription.falls_due(at(8), GRACE);
    assert_eq!(subscription.due_step(at(9), GRACE), DueStep::Wait);
    assert_eq!(subscription.next_look(GRACE), Some(at(14)));
}

#[test]
fn a_change_that_nobody_paid_holds_no_renewal_up() {
    let mut subscription = weekly();
    subscription.change_later(PlanId::new(2), Some(samples::terms("9.00", "week")));
    subscription.charge_begins(charge(ChargePurpose::Change), at(2));
    assert_eq!(subscription.due_step(at(7), GRACE), DueStep::Renew(subscription.terms));
    subscription.charge_begins(charge(ChargePurpose::Renewal), at(7));
    assert_eq!(subscription.pending, None);
}

#[test]
fn a_cheaper_plan_comes_with_the_next_period() {
    let mut subscription = weekly();
    let cheaper = samples::terms("3.00", "week");
    subscription.change_later(PlanId::new(2), Some(cheaper));
    assert_eq!(subscription.plan_id, PlanId::new(1));
    assert_eq!(subscription.due_step(at(7), GRACE), DueStep::Renew(Some(cheaper)));
    paid(&mut subscription, ChargePurpose::Renewal, at(7));
    assert_eq!((subscription.plan_id, subscription.terms), (PlanId::new(2), Some(cheaper)));
}

#[test]
fn the_price_of_the_old_plan_does_not_pay_for_the_plan_to_come() {
    let mut subscription = weekly();
    let sum = subscription.terms.unwrap().price;
    let renewal = charge(ChargePurpose::Renewal);
    subscription.charge_begins(renewal, at(7));
    subscription.change_later(PlanId::new(2), Some(samples::terms("9.00", "week")));
    subscription.charge_ends(renewal, ChargeEnded::Paid, sum, true, at(8), GRACE);
    assert_eq!(subscription.plan_id, PlanId::new(1));
    assert!(subscription.pending.is_some(), "it comes with the period behind");
}

#[test]
fn a_dearer_plan_of_the_same_length_keeps_the_period_and_another_begins_one() {
    for (interval, period) in [
        ("week", Period { start: at(0), end: at(7) }),
        ("day", Period { start: at(2), end: at(3) }),
    ] {
        let mut subscription = weekly();
        subscription.change_later(PlanId::new(2), Some(samples::terms("9.00", interval)));
        paid(&mut subscription, ChargePurpose::Change, at(2));
        assert_eq!((subscription.plan_id, subscription.period), (PlanId::new(2), Some(period)));
    }
}

#[test]
fn a_change_that_is_not_paid_does_not_happen() {
    let mut subscription = weekly();
    subscription.change_later(PlanId::new(2), Some(samples::terms("9.00", "week")));
    let change = charge(ChargePurpose::Change);
    let sum = subscription.terms.unwrap().price;
    subscription.charge_ends(change, ChargeEnded::Failed, sum, true, at(2), GRACE);
    assert_eq!((subscription.plan_id, subscription.pending), (PlanId::new(1), None));
}
