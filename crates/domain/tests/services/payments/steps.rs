//! Capturing, calling off and confirming.

use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use serde_json::Value;
use wiwebb_domain::access::Actor;
use wiwebb_domain::error::Error;
use wiwebb_domain::gateway::NewGateway;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::{PaymentEvent, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft, Stepped};
use wiwebb_domain::testing::gateway::answer;
use wiwebb_domain::testing::samples::{self, money, text};

use super::till::{TOTAL, Till, draft_through};
use crate::world::refusal;

const NOT_CAPTURED: &str = "Payment cannot be captured";
const NOT_CANCELLED: &str = "Payment cannot be cancelled";
const NOT_CONFIRMED: &str = "Payment cannot be confirmed";

fn held() -> (Till, PaymentId) {
    let till = Till::new();
    let id = till.standing(PaymentStatus::Preauth);
    (till, id)
}

fn will(till: &Till, verdict: Verdict) {
    till.script().will_say(Ok(answer(verdict)));
}

#[test]
fn what_is_held_is_captured_whole_or_in_part() {
    for (sum, captured) in [(None, TOTAL), (Some(TOTAL), TOTAL), (Some("0.01"), "0.01")] {
        let (till, id) = held();
        assert_eq!(till.sums(id), ["0.00", "0.00"]);
        will(&till, Verdict::Done);
        let stepped = till.capture(id, sum).unwrap();
        assert!(stepped.is_known);
        assert_eq!(stepped.view.payment.status, PaymentStatus::Confirmed);
        assert_eq!(stepped.view.payment.total, money(TOTAL, "USD"), "the total stays");
        assert_eq!(till.sums(id), [captured, "0.00"]);
        assert_eq!(till.told(id).last().unwrap(), "payment.captured preauth>confirmed");
        let order = till.script().orders().pop().unwrap();
        assert_eq!((order.kind, order.amount), (OperationKind::Capture, money(captured, "USD")));
    }
}

#[test]
fn a_capture_is_more_than_nothing_payable_and_at_most_what_was_authorised() {
    let (till, id) = held();
    let text = refusal(till.capture(id, Some("20.01")));
    assert_eq!(text, "amount: Capture exceeds the authorised amount.");
    let text = refusal(till.capture(id, Some("0")));
    assert_eq!(text, "amount: Ensure this value is greater than 0.");
    will(&till, Verdict::Authorised);
    let yen = PaymentDraft { total: money("500", "JPY"), ..till.draft() };
    let yen = till.create(yen).unwrap().view.payment.id;
    let text = refusal(till.capture(yen, Some("99.50")));
    assert_eq!(text, "amount: This amount has more decimals than the currency allows.");
    assert_eq!(till.script().carried_out(OperationKind::Capture), 0);
    assert_eq!(till.status(id), PaymentStatus::Preauth);
    assert!(till.is_settled(id));
}

#[test]
fn a_payment_is_captured_once() {
    let (till, id) = held();
    will(&till, Verdict::Done);
    till.capture(id, Some("5.00")).unwrap();
    assert_eq!(refusal(till.capture(id, Some("5.00"))), NOT_CAPTURED);
    assert_eq!(till.sums(id), ["5.00", "0.00"]);
    assert_eq!(till.script().carried_out(OperationKind::Capture), 1);
}

#[test]
fn only_what_is_held_is_captured() {
    for status in PaymentStatus::ALL {
        if status == PaymentStatus::Preauth {
            continue;
        }
        let till = Till::new();
        let id = till.standing(status);
        let before = till.payment(id);
        for sum in [None, Some("1.00"), Some("9000.00")] {
            assert_eq!(refusal(till.capture(id, sum)), NOT_CAPTURED, "{status}");
        }
        assert_eq!(till.payment(id), before);
    }
}

#[test]
fn a_capture_or_release_that_the_gateway_refuses_leaves_the_payment_held() {
    for verdict in [Verdict::Declined, Verdict::Failed] {
        let (till, id) = held();
        will(&till, verdict);
        assert_eq!(refusal(till.capture(id, None)), NOT_CAPTURED);
        will(&till, verdict);
        assert_eq!(refusal(till.cancel(&till.admin, id)), NOT_CANCELLED);
        assert_eq!(till.status(id), PaymentStatus::Preauth);
        assert_eq!(till.sums(id), ["0.00", "0.00"]);
        let told = till.told(id);
        assert_eq!(told[2..], ["payment.capture_refused", "payment.cancel_refused"]);
        will(&till, Verdict::Done);
        till.capture(id, None).unwrap();
        assert_eq!(till.status(id), PaymentStatus::Confirmed);
    }
}

#[test]
fn a_capture_or_release_that_never_reached_the_gateway_can_be_tried_again() {
    let (till, id) = held();
    till.script().will_be_unreachable().will_be_unreachable();
    assert!(matches!(till.capture(id, None), Err(Error::GatewayUnreachable)));
    assert!(matches!(till.cancel(&till.admin, id), Err(Error::GatewayUnreachable)));
    assert_eq!(till.status(id), PaymentStatus::Preauth);
    will(&till, Verdict::Done);
    till.cancel(&till.admin, id).unwrap();
    assert_eq!(till.status(id), PaymentStatus::Refunded);
    let keys = till.keys();
    assert!(keys[1] != keys[2] && keys[2] != keys[3], "another order is another key: {keys:?}");
}

#[test]
fn while_the_outcome_of_a_step_is_unknown_no_other_step_is_taken() {
    let (till, id) = held();
    till.script().will_be_silent();
    let stepped = till.capture(id, None).unwrap();
    assert!(!stepped.is_known);
    assert_eq!(stepped.view.payment.status, PaymentStatus::Preauth);
    assert_eq!(refusal(till.capture(id, None)), NOT_CAPTURED);
    assert_eq!(refusal(till.cancel(&till.admin, id)), NOT_CANCELLED);
    assert_eq!(till.script().orders().len(), 2, "nothing more was ordered");
}

#[test]
fn of_a_capture_and_another_step_at_the_same_time_one_is_taken() {
    for is_captured_twice in [true, false] {
        let (till, id) = held();
        let other = Arc::new(Mutex::new(None));
        let (services, admin, noted) = (till.services.clone(), till.admin, Arc::clone(&other));
        till.ground.meanwhile(async move {
            let payments = services.payments;
            let result = if is_captured_twice {
                payments.capture(&admin, id, Ok(None), None).await
            } else {
                payments.cancel(&admin, id, Ok(()), None).await
            };
            *noted.lock().unwrap() = Some(refusal(result));
        });
        will(&till, Verdict::Done);
        till.capture(id, Some("5.00")).unwrap();
        let text = if is_captured_twice { NOT_CAPTURED } else { NOT_CANCELLED };
        assert_eq!(other.lock().unwrap().take().as_deref(), Some(text));
        assert_eq!(till.sums(id), ["5.00", "0.00"]);
        assert_eq!(till.script().orders().len(), 2, "the charge and the capture");
    }
}

#[test]
fn payer_and_staff_call_off_what_waits() {
    let till = Till::new();
    for actor in [till.bob, till.admin, till.world.superadmin()] {
        let id = till.standing(PaymentStatus::Waiting);
        will(&till, Verdict::Done);
        let view = till.cancel(&actor, id).unwrap().view;
        assert_eq!(view.payment.status, PaymentStatus::Rejected);
        assert_eq!(till.told(id).last().unwrap(), "payment.cancelled waiting>rejected");
        assert_eq!(till.sums(id), ["0.00", "0.00"]);
    }
    assert_eq!(till.script().carried_out(OperationKind::Cancel), 3, "the gateway knows of each");
}

#[test]
fn staff_alone_releases_what_is_held_and_nothing_was_captured() {
    let (till, id) = held();
    assert_eq!(refusal(till.cancel(&till.bob, id)), NOT_CANCELLED);
    assert_eq!(till.status(id), PaymentStatus::Preauth);
    will(&till, Verdict::Done);
    let view = till.cancel(&till.admin, id).unwrap().view;
    assert_eq!(view.payment.status, PaymentStatus::Refunded);
    assert_eq!(till.told(id).last().unwrap(), "payment.cancelled preauth>refunded");
    assert_eq!(till.sums(id), ["0.00", "0.00"]);
    assert_eq!(till.refunds(id), [], "no money came, so none goes back");
}

#[test]
fn what_is_neither_waiting_nor_held_is_not_called_off() {
    use PaymentStatus as S;
    let till = Till::new();
    for status in [S::Confirmed, S::Rejected, S::Refunded, S::Error] {
        let id = till.standing(status);
        let before = till.payment(id);
        for actor in [till.bob, till.admin] {
            assert_eq!(refusal(till.cancel(&actor, id)), NOT_CANCELLED, "{status}");
        }
        assert_eq!(till.payment(id), before);
    }
    assert_eq!(till.script().carried_out(OperationKind::Cancel), 0);
}

/// A payment that comes as cash, in the state the gateway's verdict makes.
fn by_hand(till: &Till, verdict: Verdict) -> PaymentId {
    will(till, verdict);
    let choice = GatewayChoice::NameOrVariant("manual".to_owned());
    till.create(draft_through(choice)).unwrap().view.payment.id
}

fn confirm(till: &Till, actor: &Actor, id: PaymentId) -> Result<Stepped, Error> {
    block_on(till.payments().confirm(actor, id, Ok(())))
}

fn with_manual() -> Till {
    let till = Till::new();
    till.add_gateway(NewGateway { variant: text("manual"), ..samples::new_gateway("Cash") });
    till
}

#[test]
fn a_manual_payment_that_waits_is_confirmed_by_hand_without_the_gateway() {
    let till = with_manual();
    let id = by_hand(&till, Verdict::Pending);
    let stepped = confirm(&till, &till.admin, id).unwrap();
    assert!(stepped.is_known);
    assert_eq!(stepped.view.payment.status, PaymentStatus::Confirmed);
    assert_eq!(till.sums(id), [TOTAL, "0.00"]);
    assert_eq!(till.told(id)[1..], ["payment.confirmed waiting>confirmed"]);
    assert_eq!(till.script().orders().len(), 1, "the charge alone");
    assert_eq!(refusal(confirm(&till, &till.admin, id)), NOT_CONFIRMED, "once");
}

#[test]
fn nothing_but_a_manual_payment_that_waits_is_confirmed_by_hand() {
    let till = with_manual();
    let card = till.standing(PaymentStatus::Waiting);
    assert_eq!(refusal(confirm(&till, &till.admin, card)), NOT_CONFIRMED);
    assert_eq!(till.status(card), PaymentStatus::Waiting);
    for verdict in [Verdict::Authorised, Verdict::Done, Verdict::Declined, Verdict::Failed] {
        let id = by_hand(&till, verdict);
        let before = till.payment(id);
        assert_eq!(refusal(confirm(&till, &till.admin, id)), NOT_CONFIRMED, "{verdict:?}");
        assert_eq!(till.payment(id), before);
    }
}

#[test]
fn a_manual_payment_that_is_being_processed_is_not_confirmed() {
    let till = with_manual();
    let id = by_hand(&till, Verdict::Pending);
    till.script().will_be_silent();
    assert!(!till.cancel(&till.admin, id).unwrap().is_known);
    assert_eq!(refusal(confirm(&till, &till.admin, id)), NOT_CONFIRMED);
    assert_eq!(till.status(id), PaymentStatus::Waiting);
}

#[test]
fn money_that_comes_after_a_payment_was_called_off_counts_as_captured() {
    let till = Till::new();
    let id = till.standing(PaymentStatus::Waiting);
    will(&till, Verdict::Done);
    till.cancel(&till.bob, id).unwrap();
    let mut payment = till.payment(id);
    payment.apply(PaymentEvent::Succeeded, samples::after(60)).unwrap();
    assert_eq!(payment.status, PaymentStatus::Confirmed);
    assert_eq!(payment.captured_amount(), payment.total.amount());
}

#[test]
fn a_late_event_leaves_what_was_released_or_captured_as_it_is() {
    for (sum, status) in [(None, PaymentStatus::Refunded), (Some("5.00"), PaymentStatus::Confirmed)]
    {
        let (till, id) = held();
        will(&till, Verdict::Done);
        match sum {
            Some(_) => till.capture(id, sum).unwrap(),
            None => till.cancel(&till.admin, id).unwrap(),
        };
        let mut payment = till.payment(id);
        for event in [
            PaymentEvent::Succeeded,
            PaymentEvent::Authorised,
            PaymentEvent::Declined,
            PaymentEvent::Failed,
        ] {
            payment.apply(event, samples::after(60)).unwrap();
        }
        assert_eq!(payment.status, status);
        assert_eq!(payment.captured_amount().to_string(), sum.unwrap_or("0.00"));
        assert_eq!(Value::from(payment.metadata), Value::from(till.payment(id).metadata));
    }
}
