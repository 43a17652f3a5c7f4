//! Asking again, until the gateway has answered (contract §10.5).

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::operation::{OperationKind, PATIENCE};
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::testing::gateway::{answer, answer_with_id};

use super::till::{TOTAL, Till};
use crate::world::refusal;

const SOON: Duration = Duration::seconds(10);

/// A charge whose outcome nobody knows.
fn in_doubt(till: &Till) -> PaymentId {
    let stepped = till.create(till.draft()).unwrap();
    assert!(!stepped.is_known);
    let payment = stepped.view.payment;
    assert_eq!((payment.status, payment.transaction_id), (PaymentStatus::Waiting, None));
    assert_eq!(till.told(payment.id), ["payment.created >waiting"]);
    assert!(!till.is_settled(payment.id));
    payment.id
}

#[test]
fn an_unknown_outcome_is_learned_under_the_same_key_and_nothing_is_charged_twice() {
    for (verdict, status) in [
        (Verdict::Pending, PaymentStatus::Waiting),
        (Verdict::Authorised, PaymentStatus::Preauth),
        (Verdict::Done, PaymentStatus::Confirmed),
        (Verdict::Declined, PaymentStatus::Rejected),
        (Verdict::Failed, PaymentStatus::Error),
    ] {
        for is_carried_out in [true, false] {
            let till = Till::new();
            let said = answer_with_id(verdict, "pi_1");
            if is_carried_out {
                till.script().will_lose(said);
            } else {
                till.script().will_be_silent().will_say(Ok(said));
            }
            let id = in_doubt(&till);
            till.later(SOON);
            assert_eq!(till.reconcile().unwrap(), 1);
            let payment = till.payment(id);
            assert_eq!(payment.status, status);
            assert_eq!(payment.transaction_id.unwrap().as_str(), "pi_1");
            assert!(till.is_settled(id));
            let keys = till.keys();
            assert!(keys.len() == 2 && keys[0] == keys[1], "{keys:?}");
            assert_eq!(till.script().carried_out(OperationKind::Charge), 1);
            till.later(Duration::days(2));
            assert_eq!(till.reconcile().unwrap(), 0, "nothing is left to ask");
        }
    }
}

#[test]
fn steps_in_doubt_are_settled_like_charges() {
    let till = Till::new();
    let [captured, released] = [(); 2].map(|()| till.standing(PaymentStatus::Preauth));
    let [refunded, kept] = [(); 2].map(|()| till.standing(PaymentStatus::Confirmed));
    till.script().will_lose(answer(Verdict::Done)).will_lose(answer(Verdict::Done));
    till.script().will_lose(answer(Verdict::Done)).will_lose(answer(Verdict::Declined));
    assert!(!till.capture(captured, Some("5.00")).unwrap().is_known);
    assert!(!till.cancel(&till.admin, released).unwrap().is_known);
    assert!(!till.refund(refunded, None).unwrap().is_known);
    assert!(!till.refund(kept, None).unwrap().is_known);
    till.later(SOON);
    assert_eq!(till.reconcile().unwrap(), 4, "what the gateway refuses is no failure");
    assert_eq!(till.status(captured), PaymentStatus::Confirmed);
    assert_eq!(till.sums(captured), ["5.00", "0.00"]);
    assert_eq!(till.status(released), PaymentStatus::Refunded);
    assert_eq!(till.sums(released), ["0.00", "0.00"]);
    assert_eq!(till.status(refunded), PaymentStatus::Refunded);
    assert_eq!(till.sums(refunded), [TOTAL, TOTAL]);
    assert_eq!(till.status(kept), PaymentStatus::Confirmed);
    assert_eq!(till.refunds(kept), [(TOTAL.to_owned(), RefundStatus::Failed)]);
    for kind in [OperationKind::Capture, OperationKind::Cancel] {
        assert_eq!(till.script().carried_out(kind), 1);
    }
    assert_eq!(till.script().carried_out(OperationKind::Refund), 2);
}

#[test]
fn an_order_in_doubt_is_never_given_up_for_an_unreachable_gateway() {
    let till = Till::new();
    till.script().will_be_silent();
    for _ in 0..20 {
        till.script().will_be_unreachable();
    }
    till.script().will_say(Ok(answer(Verdict::Done)));
    let id = in_doubt(&till);
    for _ in 0..20 {
        till.later(Duration::days(1));
        assert_eq!(till.reconcile().unwrap(), 1);
        assert_eq!(till.status(id), PaymentStatus::Waiting);
        assert!(!till.is_settled(id));
    }
    till.later(Duration::days(1));
    assert_eq!(till.reconcile().unwrap(), 1);
    assert_eq!(till.status(id), PaymentStatus::Confirmed);
    assert_eq!(till.script().carried_out(OperationKind::Charge), 1);
}

#[test]
fn an_order_in_doubt_waits_for_a_gateway_that_was_switched_off() {
    let till = Till::new();
    till.script().will_lose(answer(Verdict::Done));
    let id = in_doubt(&till);
    till.registry.set_unsupported("dummy");
    till.later(SOON);
    assert_eq!(till.reconcile().unwrap(), 1);
    assert_eq!(till.status(id), PaymentStatus::Waiting);
    assert!(!till.is_settled(id));
}

#[test]
fn the_gateway_is_asked_at_growing_intervals() {
    let till = Till::new();
    for _ in 0..6 {
        till.script().will_be_silent();
    }
    in_doubt(&till);
    for wait in [10, 20, 40, 80, 160] {
        till.later(Duration::seconds(wait - 1));
        assert_eq!(till.reconcile().unwrap(), 0, "a second before {wait}");
        till.later(Duration::seconds(1));
        assert_eq!(till.reconcile().unwrap(), 1, "{wait}");
        assert_eq!(till.reconcile().unwrap(), 0, "once");
    }
    assert_eq!(till.script().orders().len(), 6);
}

#[test]
fn an_order_is_left_to_whoever_gave_it_for_a_while() {
    let till = Till::new();
    let (services, clock) = (till.services.clone(), std::sync::Arc::clone(&till.world.clock));
    till.ground.meanwhile(async move {
        clock.advance(PATIENCE - Duration::microseconds(1));
        assert_eq!(services.payments.reconcile_due(100).await.unwrap(), 0);
    });
    let id = till.pay(Verdict::Done);
    assert_eq!(till.status(id), PaymentStatus::Confirmed);
    assert_eq!(till.script().orders().len(), 1);
}

#[test]
fn request_and_reconciler_that_learn_of_one_outcome_book_it_once() {
    let till = Till::new();
    let (services, clock) = (till.services.clone(), std::sync::Arc::clone(&till.world.clock));
    till.ground.meanwhile(async move {
        clock.advance(PATIENCE);
        assert_eq!(services.payments.reconcile_due(100).await.unwrap(), 1);
    });
    let id = till.pay(Verdict::Done);
    assert_eq!(till.told(id).len(), 2);
    assert_eq!(till.script().carried_out(OperationKind::Charge), 1);
}

#[test]
fn an_order_that_others_asked_about_is_not_given_up_for_never_having_been_sent() {
    let till = Till::new();
    let (services, clock) = (till.services.clone(), std::sync::Arc::clone(&till.world.clock));
    till.script().will_lose(answer(Verdict::Done));
    // The request hangs so long that the reconciler asks as well, and its order arrives.
    till.ground.meanwhile_in_vain(async move {
        clock.advance(PATIENCE);
        assert_eq!(services.payments.reconcile_due(100).await.unwrap(), 1);
    });
    drop(till.create(till.draft()));
    assert_eq!(till.script().carried_out(OperationKind::Charge), 1);
    till.later(Duration::days(1));
    till.reconcile().unwrap();
    assert_eq!(till.status(till.all()[0]), PaymentStatus::Confirmed);
}

#[test]
fn a_refund_that_others_asked_about_keeps_its_money() {
    let till = Till::new();
    let id = till.standing(PaymentStatus::Confirmed);
    let (services, clock) = (till.services.clone(), std::sync::Arc::clone(&till.world.clock));
    till.script().will_lose(answer(Verdict::Done));
    till.ground.meanwhile_in_vain(async move {
        clock.advance(PATIENCE);
        assert_eq!(services.payments.reconcile_due(100).await.unwrap(), 1);
    });
    drop(till.refund(id, None));
    // A second one would be carried out as well.
    till.script().will_say(Ok(answer(Verdict::Done)));
    let again = till.refund(id, Some(TOTAL));
    assert_eq!(refusal(again), "amount: Refund exceeds the remaining amount.");
    till.later(Duration::days(1));
    till.reconcile().unwrap();
    assert_eq!(till.status(id), PaymentStatus::Refunded);
    assert_eq!(till.script().carried_out(OperationKind::Refund), 1);
}

#[test]
fn no_more_orders_are_taken_than_asked_for_the_longest_due_first() {
    let till = Till::new();
    for _ in 0..3 {
        till.script().will_lose(answer(Verdict::Done));
    }
    let ids = [(); 3].map(|()| {
        till.later(Duration::seconds(1));
        in_doubt(&till)
    });
    till.later(SOON);
    assert_eq!(block_on(till.payments().reconcile_due(2)).unwrap(), 2);
    assert_eq!(ids.map(|id| till.is_settled(id)), [true, true, false]);
    assert_eq!(block_on(till.payments().reconcile_due(2)).unwrap(), 1);
    assert!(till.is_settled(ids[2]));
}

#[test]
fn one_order_that_fails_holds_no_other_up() {
    let till = Till::new();
    till.pay_as(&till.bob, answer_with_id(Verdict::Done, "pi_1"));
    // The first cannot be booked: its transaction is that of another payment.
    till.script().will_lose(answer_with_id(Verdict::Done, "pi_1"));
    till.script().will_lose(answer_with_id(Verdict::Done, "pi_2"));
    let [stuck, free] = [in_doubt(&till), in_doubt(&till)];
    till.later(SOON);
    let failure = till.reconcile();
    assert!(matches!(failure, Err(Error::Invalid(_))), "somebody is told: {failure:?}");
    assert_eq!(till.status(free), PaymentStatus::Confirmed);
    assert_eq!(till.status(stuck), PaymentStatus::Waiting);
    till.later(PATIENCE);
    assert!(till.reconcile().is_err(), "it is asked about again");
    assert_eq!(till.script().carried_out(OperationKind::Charge), 3);
}
