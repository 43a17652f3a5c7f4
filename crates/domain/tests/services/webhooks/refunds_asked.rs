//! Reports of refunds that were asked for here, before, while and after the gateway answers.

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::{PaymentId, RefundId};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::refund::RefundStatus as R;
use wiwebb_domain::services::payments::{RefundDraft, Stepped};
use wiwebb_domain::testing::gateway::answer_with_id;
use wiwebb_domain::testing::samples::money;
use wiwebb_domain::webhook::{Fact, RefundFact};

use super::facts::{TOTAL, refund, refunded, refunds, row, standing, sums};
use crate::shop::Shop;
use crate::world::refusal;

const TOO_LARGE: &str = "amount: Refund exceeds the remaining amount.";

fn ask(shop: &Shop, payment: PaymentId, amount: &str) -> Result<Stepped, Error> {
    let amount = Some(money(amount, "USD").amount());
    let draft = RefundDraft { amount, reason: None };
    block_on(shop.payments().refund(&shop.admin, payment, Ok(draft), None))
}

/// A confirmed payment, and a refund of 5.00 whose answer got lost.
fn in_doubt(verdict: Verdict) -> (Shop, PaymentId, RefundId) {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Confirmed);
    shop.script().will_lose(answer_with_id(verdict, "re_1"));
    assert!(!ask(&shop, payment, "5.00").unwrap().is_known);
    let id = block_on(shop.payments().refunds(&shop.admin, payment)).unwrap()[0].id;
    (shop, payment, id)
}

fn report(shop: &Shop, fact: RefundFact) {
    let id = format!("evt_{}", shop.reports.read_events().len());
    shop.report(&id, "refund.updated", vec![Fact::Refund(fact)]).unwrap();
}

fn answered(shop: &Shop) {
    shop.later(Duration::minutes(1));
    assert_eq!(shop.reconcile(), 1);
}

#[test]
fn a_refund_in_doubt_and_its_report_are_one() {
    for status in [R::Succeeded, R::Pending] {
        let (shop, payment, id) = in_doubt(Verdict::Done);
        report(&shop, RefundFact { refund_id: Some(id), ..refund("re_1", "5.00", status) });
        assert_eq!(refunds(&shop, payment), [row("re_1", "5.00", status)]);
        answered(&shop);
        assert_eq!(refunds(&shop, payment), [row("re_1", "5.00", R::Succeeded)]);
        assert_eq!(sums(&shop, payment), [TOTAL, "5.00"]);
        assert_eq!(shop.script().carried_out(OperationKind::Refund), 1);
    }
}

#[test]
fn a_refund_that_was_answered_is_known_by_the_gateways_name() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Confirmed);
    shop.script().will_say(Ok(answer_with_id(Verdict::Done, "re_1")));
    ask(&shop, payment, "5.00").unwrap();
    report(&shop, refund("re_1", "5.00", R::Succeeded));
    assert_eq!(refunds(&shop, payment), [row("re_1", "5.00", R::Succeeded)]);
    assert_eq!(sums(&shop, payment), [TOTAL, "5.00"]);
}

#[test]
fn a_refund_that_is_told_to_have_failed_stays_so_whatever_is_answered() {
    let (shop, payment, id) = in_doubt(Verdict::Done);
    report(&shop, RefundFact { refund_id: Some(id), ..refund("re_1", "5.00", R::Failed) });
    answered(&shop);
    assert_eq!(refunds(&shop, payment), [row("re_1", "5.00", R::Failed)]);
    assert_eq!(sums(&shop, payment), [TOTAL, "0.00"]);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
}

#[test]
fn a_refund_of_another_amount_is_another_one() {
    let (shop, payment, _) = in_doubt(Verdict::Done);
    report(&shop, refund("re_9", "6.00", R::Succeeded));
    answered(&shop);
    let rows = [row("re_1", "5.00", R::Succeeded), row("re_9", "6.00", R::Succeeded)];
    assert_eq!(refunds(&shop, payment), rows);
    assert_eq!(sums(&shop, payment), [TOTAL, "11.00"]);
}

#[test]
fn a_refund_of_the_same_amount_that_staff_gave_at_the_gateway_is_another_one() {
    let (shop, payment, id) = in_doubt(Verdict::Done);
    report(&shop, refund("re_9", "5.00", R::Succeeded));
    report(&shop, RefundFact { refund_id: Some(id), ..refund("re_1", "5.00", R::Succeeded) });
    answered(&shop);
    let mut rows = refunds(&shop, payment);
    rows.sort_unstable();
    let both = [row("re_1", "5.00", R::Succeeded), row("re_9", "5.00", R::Succeeded)];
    assert_eq!(rows, both);
    assert_eq!(sums(&shop, payment), [TOTAL, "10.00"]);
}

#[test]
fn what_went_back_at_the_gateway_cannot_go_back_here_too() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Confirmed);
    report(&shop, refund("re_1", "5.00", R::Succeeded));
    report(&shop, refund("re_2", "4.00", R::Pending));
    assert_eq!(refusal(ask(&shop, payment, "11.01")), TOO_LARGE);
    shop.report("evt_total", "charge.refunded", refunded("12.00")).unwrap();
    assert_eq!(refusal(ask(&shop, payment, "8.01")), TOO_LARGE);
    shop.script().will_say(Ok(answer_with_id(Verdict::Done, "re_3")));
    ask(&shop, payment, "8.00").unwrap();
}

#[test]
fn what_fails_at_the_gateway_can_go_back_here() {
    let shop = Shop::through("stripe");
    let payment = standing(&shop, PaymentStatus::Confirmed);
    report(&shop, refund("re_1", TOTAL, R::Succeeded));
    report(&shop, refund("re_1", TOTAL, R::Failed));
    shop.script().will_say(Ok(answer_with_id(Verdict::Done, "re_2")));
    ask(&shop, payment, TOTAL).unwrap();
    assert_eq!(shop.payment(payment).status, PaymentStatus::Refunded);
}
