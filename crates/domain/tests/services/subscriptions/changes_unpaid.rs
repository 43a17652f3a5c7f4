//! Changes of plan whose payment is not there, and changes while a renewal is owed (contract §8.5).

use std::collections::BTreeSet;

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::idempotency::{Claim, RUNS_AT_MOST};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::{Payment, PaymentStatus};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::subscription::SubscriptionStatus;
use wiwebb_domain::testing::gateway::answer;
use wiwebb_domain::testing::samples::{self, money};

use crate::shop::{Shop, UNREACHABLE, every, wish};
use crate::world::refusal;

/// A week for USD 7.00 is paid, and two days of it are over.
fn weekly() -> Shop {
    let shop = Shop::new();
    shop.paid(shop.weekly("Pro", "7.00"));
    shop.later(Duration::days(2));
    shop
}

#[test]
fn a_dearer_plan_waits_for_its_payment_and_the_old_one_holds_meanwhile() {
    let shop = weekly();
    let page = shop.opens_page();
    let changed = shop.change(shop.weekly("Max", "14.00")).unwrap();
    assert_eq!(changed.checkout_url, Some(format!("https://pay.example.org/{page}")));
    assert_eq!(changed.view.pending_plan.unwrap().name.as_str(), "Max");
    assert_eq!((shop.status(), shop.in_force().as_str()), (SubscriptionStatus::Active, "Pro"));
    shop.settle(shop.last_payment().id, CheckoutOutcome::Confirmed);
    assert_eq!((shop.in_force().as_str(), shop.view().pending_plan), ("Max", None));
}

#[test]
fn a_change_that_is_declined_does_not_happen() {
    for verdict in [Verdict::Declined, Verdict::Failed] {
        let shop = weekly();
        let before = shop.current();
        shop.says(verdict);
        let view = shop.change(shop.weekly("Max", "14.00")).unwrap().view;
        assert_eq!((view.plan.name.as_str(), view.pending_plan), ("Pro", None));
        let after = shop.current();
        assert_eq!((after.status, after.period), (before.status, before.period));
        assert_eq!(after.charge, None);
    }
}

#[test]
fn a_change_through_a_gateway_that_cannot_be_reached_does_not_happen() {
    let shop = weekly();
    shop.script().will_be_unreachable();
    assert_eq!(refusal(shop.change(shop.weekly("Max", "14.00"))), UNREACHABLE);
    assert_eq!((shop.in_force().as_str(), shop.view().pending_plan), ("Pro", None));
}

#[test]
fn a_change_in_doubt_happens_when_the_gateway_answers() {
    let shop = weekly();
    shop.script().will_lose(answer(Verdict::Done));
    let changed = shop.change(shop.weekly("Max", "14.00")).unwrap();
    assert!(!changed.is_known);
    assert_eq!(shop.in_force(), "Pro");
    shop.later(Duration::minutes(1));
    assert_eq!((shop.reconcile(), shop.in_force().as_str()), (1, "Max"));
}

#[test]
fn a_request_for_a_change_that_dies_is_told_what_became_of_it() {
    let shop = weekly();
    let mark = || samples::request_mark(shop.bob.user, "once");
    let claim = || block_on(shop.services.idempotency.claim(mark())).unwrap();
    let Claim::Fresh(id) = claim() else { unreachable!("it is new") };
    shop.says(Verdict::Done);
    let wish = wish(shop.weekly("Max", "14.00"));
    block_on(shop.subscriptions().change(&shop.bob, Ok(wish), Some(id))).unwrap();
    shop.later(RUNS_AT_MOST + Duration::seconds(1));
    assert_eq!(claim(), Claim::Begun(shop.last_payment().id));
}

#[test]
fn another_change_takes_the_place_of_one_that_nobody_paid() {
    let shop = weekly();
    shop.opens_page();
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    let replaced = shop.last_payment().id;
    // First the payment of that change is called off.
    shop.says(Verdict::Done).opens_page();
    shop.change(shop.weekly("Ultra", "21.00")).unwrap();
    assert_eq!(shop.payment(replaced).status, PaymentStatus::Rejected);
    assert_eq!(shop.view().pending_plan.unwrap().name.as_str(), "Ultra");
    shop.settle(shop.last_payment().id, CheckoutOutcome::Confirmed);
    assert_eq!(shop.in_force(), "Ultra");
}

#[test]
fn a_change_without_cost_calls_an_unpaid_one_off() {
    let shop = weekly();
    shop.opens_page();
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    let unpaid = shop.last_payment().id;
    shop.says(Verdict::Done);
    shop.change(shop.weekly("Mini", "3.00")).unwrap();
    assert_eq!(shop.payment(unpaid).status, PaymentStatus::Rejected);
    assert_eq!(shop.view().pending_plan.unwrap().name.as_str(), "Mini");
    assert_eq!(shop.current().charge, None);
}

#[test]
fn the_money_of_a_change_that_was_replaced_is_told_to_staff_and_changes_nothing() {
    let shop = weekly();
    shop.opens_page();
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    let replaced = shop.last_payment().id;
    // It cannot be called off any more.
    shop.says(Verdict::Declined);
    shop.change(shop.weekly("Mini", "3.00")).unwrap();
    shop.settle(replaced, CheckoutOutcome::Confirmed);
    assert_eq!(shop.told(replaced).last().unwrap(), "payment.unapplied");
    assert_eq!(shop.in_force(), "Pro");
    assert_eq!(shop.view().pending_plan.unwrap().name.as_str(), "Mini");
}

#[test]
fn a_change_that_nobody_paid_holds_no_renewal_up_and_is_called_off_by_it() {
    let shop = weekly();
    shop.opens_page();
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    let unpaid = shop.last_payment().id;
    // First the payment of the change is called off, then the period is charged.
    shop.says(Verdict::Done).says(Verdict::Done);
    shop.next_period();
    assert_eq!(shop.payment(unpaid).status, PaymentStatus::Rejected);
    assert_eq!((shop.in_force().as_str(), shop.view().pending_plan), ("Pro", None));
    assert_eq!(shop.last_payment().total, money("7.00", "USD"));
    assert_eq!(shop.script().carried_out(OperationKind::Cancel), 1);
}

#[test]
fn what_is_owed_is_paid_first_at_the_new_price() {
    for (name, price) in [("Max", "14.00"), ("Mini", "3.00")] {
        let shop = weekly();
        shop.says(Verdict::Declined).next_period();
        assert_eq!(shop.status(), SubscriptionStatus::PastDue);
        let view = shop.change(shop.weekly(name, price)).unwrap().view;
        assert_eq!(view.pending_plan.unwrap().name.as_str(), name);
        assert_eq!((shop.status(), shop.in_force().as_str()), (SubscriptionStatus::PastDue, "Pro"));
        shop.later(Duration::days(1));
        shop.says(Verdict::Done);
        assert_eq!(shop.advance(), 1);
        assert_eq!(shop.last_payment().total, money(price, "USD"));
        assert_eq!((shop.status(), shop.in_force().as_str()), (SubscriptionStatus::Active, name));
    }
}

#[test]
fn nobody_gets_a_dearer_plan_for_an_invoice_of_the_old_one() {
    let shop = Shop::through("manual");
    shop.paid(shop.weekly("Pro", "7.00"));
    shop.opens_page();
    shop.next_period();
    let invoice = shop.last_payment().id;
    shop.later(Duration::hours(1));
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.status(), SubscriptionStatus::PastDue);
    // The open invoice cannot be called off any more.
    shop.says(Verdict::Declined);
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    shop.settle(invoice, CheckoutOutcome::Confirmed);
    assert_ne!(shop.in_force(), "Max");
}

#[test]
fn nobody_gets_a_dearer_plan_for_nothing_between_the_end_of_a_period_and_its_renewal() {
    let shop = weekly();
    let over = shop.current().period.unwrap().end;
    shop.set(over + Duration::minutes(1));
    // Whatever is charged for it, it is not paid.
    for _ in 0..3 {
        shop.says(Verdict::Declined);
    }
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    shop.advance();
    assert_ne!(shop.in_force(), "Max");
}

#[test]
fn nobody_gets_a_dearer_plan_for_nothing_while_a_renewal_waits() {
    let shop = Shop::through("manual");
    shop.paid(shop.weekly("Pro", "7.00"));
    shop.opens_page();
    shop.next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    shop.says(Verdict::Declined).says(Verdict::Declined);
    shop.change(shop.weekly("Max", "14.00")).unwrap();
    assert_ne!(shop.in_force(), "Max");
}

#[test]
fn a_dearer_plan_that_costs_nothing_more_is_renewed_through_a_gateway() {
    let shop = Shop::new();
    let end = shop.subscribe(shop.weekly("Basic", "0.00")).unwrap().view.subscription.period;
    shop.set(end.unwrap().end - Duration::seconds(1));
    shop.change(shop.weekly("Pro", "7.00")).unwrap();
    assert_eq!(shop.books().len(), 0, "the rest of the period is worth less than a cent");
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.books(), [("7.00".to_owned(), PaymentStatus::Confirmed)]);
}

#[test]
fn every_invoice_of_a_day_has_a_number_of_its_own() {
    let shop = Shop::new();
    let plan = |name| NewPlan { requires_invoice: true, ..samples::new_plan(name) };
    shop.paid(shop.sold(plan("Pro"), every("week", "7.00")));
    for (name, price) in [("Max", "14.00"), ("Ultra", "21.00")] {
        shop.says(Verdict::Done);
        shop.change(shop.sold(plan(name), every("week", price))).unwrap();
    }
    let number = |payment: Payment| payment.metadata["invoice_number"].as_str().unwrap().to_owned();
    let numbers: Vec<_> = shop.all_payments().into_iter().map(number).collect();
    let different: BTreeSet<_> = numbers.iter().collect();
    assert_eq!(different.len(), 3, "{numbers:?}");
}
