//! Giving money back.

use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use serde_json::{Value, json};
use wiwebb_domain::error::Error;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::services::payments::{PaymentDraft, RefundDraft};
use wiwebb_domain::testing::gateway::{answer, answer_with_id};
use wiwebb_domain::testing::samples::{money, text};

use super::till::{TOTAL, Till, amount};
use crate::world::refusal;

const TOO_LARGE: &str = "amount: Refund exceeds the remaining amount.";
const REFUSED: &str = "Payment cannot be refunded";

/// A till where so many refunds will succeed, and a payment.
fn refundable(times: usize) -> (Till, wiwebb_domain::ids::PaymentId) {
    let till = Till::new();
    let id = till.standing(PaymentStatus::Confirmed);
    for _ in 0..times {
        till.script().will_say(Ok(answer(Verdict::Done)));
    }
    (till, id)
}

fn succeeded(sum: &str) -> (String, RefundStatus) {
    (sum.to_owned(), RefundStatus::Succeeded)
}

#[test]
fn without_an_amount_everything_goes_back_and_the_payment_is_refunded() {
    let (till, id) = refundable(1);
    let view = till.refund(id, None).unwrap().view;
    assert_eq!(view.payment.status, PaymentStatus::Refunded);
    assert_eq!(till.sums(id), [TOTAL, TOTAL]);
    assert_eq!(till.refunds(id), [succeeded(TOTAL)]);
    let order = till.script().orders().pop().unwrap();
    assert_eq!((order.kind, order.amount), (OperationKind::Refund, money(TOTAL, "USD")));
    let (name, data) = till.history(id).pop().unwrap();
    assert_eq!(name, "payment.refunded");
    let expected =
        json!({"amount": "20.00", "remaining": "0.00", "from": "confirmed", "to": "refunded"});
    assert_eq!(Value::from(data), expected);
}

#[test]
fn money_goes_back_in_parts_until_nothing_is_left() {
    let (till, id) = refundable(3);
    for (sum, gone, remaining) in [("5.00", "5.00", "15.00"), ("10.00", "15.00", "5.00")] {
        let view = till.refund(id, Some(sum)).unwrap().view;
        assert_eq!(view.payment.status, PaymentStatus::Confirmed);
        assert_eq!(view.payment.metadata["refunded_amount"], gone);
        let (name, data) = till.history(id).pop().unwrap();
        assert_eq!(name, "payment.refunded");
        assert_eq!(Value::from(data), json!({"amount": sum, "remaining": remaining}));
    }
    let view = till.refund(id, None).unwrap().view;
    assert_eq!(view.payment.status, PaymentStatus::Refunded);
    assert_eq!(till.sums(id), [TOTAL, TOTAL]);
    assert_eq!(till.refunds(id), ["5.00", "10.00", "5.00"].map(succeeded));
    assert_eq!(refusal(till.refund(id, None)), REFUSED);
    assert_eq!(till.script().carried_out(OperationKind::Refund), 3);
}

#[test]
fn more_than_is_left_never_goes_back() {
    let (till, id) = refundable(1);
    assert_eq!(refusal(till.refund(id, Some("20.01"))), TOO_LARGE);
    till.refund(id, Some("12.00")).unwrap();
    assert_eq!(refusal(till.refund(id, Some("8.01"))), TOO_LARGE);
    assert_eq!(till.refunds(id), [succeeded("12.00")]);
    assert_eq!(till.sums(id), [TOTAL, "12.00"]);
    assert_eq!(till.script().carried_out(OperationKind::Refund), 1);
}

#[test]
fn of_a_payment_captured_in_part_only_that_part_goes_back() {
    let till = Till::new();
    let id = till.standing(PaymentStatus::Preauth);
    till.script().will_say(Ok(answer(Verdict::Done))).will_say(Ok(answer(Verdict::Done)));
    till.capture(id, Some("7.50")).unwrap();
    assert_eq!(refusal(till.refund(id, Some("7.51"))), TOO_LARGE);
    let view = till.refund(id, None).unwrap().view;
    assert_eq!(view.payment.status, PaymentStatus::Refunded);
    assert_eq!(till.sums(id), ["7.50", "7.50"]);
}

#[test]
fn an_amount_must_be_more_than_nothing_and_payable_in_the_currency() {
    let (till, id) = refundable(0);
    let zero = till.refund(id, Some("0"));
    assert_eq!(refusal(zero), "amount: Ensure this value is greater than 0.");
    till.script().will_say(Ok(answer(Verdict::Done)));
    let yen = PaymentDraft { total: money("500", "JPY"), ..till.draft() };
    let id = till.create(yen).unwrap().view.payment.id;
    let part = till.refund(id, Some("0.50"));
    assert_eq!(refusal(part), "amount: This amount has more decimals than the currency allows.");
    assert_eq!(till.refunds(id), []);
}

#[test]
fn only_a_confirmed_payment_is_refunded() {
    for status in PaymentStatus::ALL {
        if status == PaymentStatus::Confirmed {
            continue;
        }
        let till = Till::new();
        let id = till.standing(status);
        let before = till.payment(id);
        for sum in [None, Some("1.00"), Some("9000.00")] {
            assert_eq!(refusal(till.refund(id, sum)), REFUSED, "{status}");
        }
        assert_eq!(till.payment(id), before);
    }
}

#[test]
fn of_two_refunds_at_a_time_that_are_too_much_together_one_succeeds() {
    let (till, id) = refundable(1);
    let second = Arc::new(Mutex::new(None));
    let (services, admin, noted) = (till.services.clone(), till.admin, Arc::clone(&second));
    till.ground.meanwhile(async move {
        let draft = RefundDraft { amount: Some(amount("12.00")), reason: None };
        let result = services.payments.refund(&admin, id, Ok(draft), None).await;
        *noted.lock().unwrap() = Some(refusal(result));
    });
    till.refund(id, Some("12.00")).unwrap();
    assert_eq!(second.lock().unwrap().take().as_deref(), Some(TOO_LARGE));
    assert_eq!(till.refunds(id), [succeeded("12.00")]);
    assert_eq!(till.script().carried_out(OperationKind::Refund), 1);
}

#[test]
fn a_refund_whose_outcome_is_unknown_keeps_its_money_and_holds_no_other_up() {
    let (till, id) = refundable(0);
    till.script().will_lose(answer(Verdict::Done));
    let stepped = till.refund(id, Some("15.00")).unwrap();
    assert!(!stepped.is_known);
    assert_eq!(stepped.view.payment.status, PaymentStatus::Confirmed);
    assert_eq!(till.refunds(id), [("15.00".to_owned(), RefundStatus::Pending)]);
    assert_eq!(till.sums(id), [TOTAL, "0.00"]);
    assert_eq!(refusal(till.refund(id, Some("6.00"))), TOO_LARGE);
    assert_eq!(till.script().orders().len(), 2, "a charge and a refund");

    till.script().will_say(Ok(answer(Verdict::Done)));
    till.refund(id, Some("5.00")).unwrap();
    assert_eq!(till.status(id), PaymentStatus::Confirmed);
    till.later(chrono::Duration::seconds(10));
    assert_eq!(till.reconcile().unwrap(), 1);
    assert_eq!(till.refunds(id), [succeeded("15.00"), succeeded("5.00")]);
    assert_eq!(till.status(id), PaymentStatus::Refunded);
    assert_eq!(till.script().carried_out(OperationKind::Refund), 2);
}

#[test]
fn a_refund_that_the_bank_still_works_on_stays_open_and_is_asked_about_under_its_key() {
    let (till, id) = refundable(0);
    till.script().will_say(Ok(answer(Verdict::Pending)));
    let stepped = till.refund(id, None).unwrap();
    assert!(!stepped.is_known);
    for seconds in [10, 20, 40] {
        till.later(chrono::Duration::seconds(seconds));
        assert_eq!(till.reconcile().unwrap(), 1);
        assert!(!till.is_settled(id));
        assert_eq!(till.refunds(id), [(TOTAL.to_owned(), RefundStatus::Pending)]);
        assert_eq!(till.status(id), PaymentStatus::Confirmed);
    }
    let keys = till.keys().split_off(1);
    assert_eq!(keys.len(), 4);
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn a_refund_that_the_gateway_refuses_gives_its_money_free_again() {
    for verdict in [Verdict::Declined, Verdict::Failed] {
        let (till, id) = refundable(0);
        till.script().will_say(Ok(answer(verdict))).will_say(Ok(answer(Verdict::Done)));
        assert_eq!(refusal(till.refund(id, Some("15.00"))), REFUSED);
        assert_eq!(till.status(id), PaymentStatus::Confirmed);
        assert_eq!(till.sums(id), [TOTAL, "0.00"]);
        assert_eq!(till.told(id).last().unwrap(), "payment.refund_failed");
        till.refund(id, None).unwrap();
        assert_eq!(
            till.refunds(id),
            [("15.00".to_owned(), RefundStatus::Failed), succeeded(TOTAL)]
        );
        assert_eq!(till.status(id), PaymentStatus::Refunded);
    }
}

#[test]
fn a_refund_that_never_reached_the_gateway_gives_its_money_free_again() {
    let (till, id) = refundable(0);
    till.script().will_be_unreachable().will_say(Ok(answer(Verdict::Done)));
    assert!(matches!(till.refund(id, None), Err(Error::GatewayUnreachable)));
    assert_eq!(till.refunds(id), [(TOTAL.to_owned(), RefundStatus::Failed)]);
    assert_eq!(till.status(id), PaymentStatus::Confirmed);
    till.refund(id, None).unwrap();
    assert_eq!(till.sums(id), [TOTAL, TOTAL]);
}

#[test]
fn a_refund_keeps_its_reason_and_the_gateways_id_beside_that_of_the_payment() {
    let till = Till::new();
    let id = till.pay_as(&till.bob, answer_with_id(Verdict::Done, "pi_1"));
    till.script().will_say(Ok(answer_with_id(Verdict::Done, "re_1")));
    let draft = RefundDraft { amount: None, reason: Some(text("wrong plan")) };
    block_on(till.payments().refund(&till.admin, id, Ok(draft), None)).unwrap();
    let refund = block_on(till.payments().refunds(&till.bob, id)).unwrap().swap_remove(0);
    assert_eq!(refund.reason, Some(text("wrong plan")));
    assert_eq!(refund.transaction_id, Some(text("re_1")));
    assert_eq!(till.payment(id).transaction_id, Some(text("pi_1")));
    assert_eq!(till.script().orders()[1].payment.transaction_id, Some(text("pi_1")));
}
