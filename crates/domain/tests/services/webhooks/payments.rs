//! What reports do to payments.

use chrono::Duration;
use futures_executor::block_on;
use serde_json::Value;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment::{PaymentEvent as E, PaymentStatus as S};
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::testing::gateway::answer_with_id;
use wiwebb_domain::testing::samples::money;
use wiwebb_domain::webhook::{EventStatus, Fact, PaymentFact, PaymentRef, Stated};

use super::facts::{TOTAL, create, happened, named, pay, standing, sums, told};
use crate::shop::Shop;

/// The entries of a payment's history that tell of an event.
fn entries(shop: &Shop, id: PaymentId, event: &str) -> Vec<(String, Value)> {
    let logs = block_on(shop.payments().logs(&shop.admin, id)).unwrap();
    logs.into_iter()
        .filter(|entry| entry.data.get("event_id").is_some_and(|id| id == event))
        .map(|entry| (entry.event_type.to_string(), entry.data.into()))
        .collect()
}

/// Rows: where the payment stands. Columns: what is reported.
#[test]
fn reports_move_a_payment_as_the_contract_says_and_never_back() {
    let events = [E::Authorised, E::Succeeded, E::Declined, E::Cancelled];
    let table = [
        (S::Waiting, [S::Preauth, S::Confirmed, S::Rejected, S::Rejected]),
        (S::Preauth, [S::Preauth, S::Confirmed, S::Preauth, S::Refunded]),
        (S::Confirmed, [S::Confirmed; 4]),
        (S::Rejected, [S::Preauth, S::Confirmed, S::Rejected, S::Rejected]),
        (S::Refunded, [S::Refunded; 4]),
        (S::Error, [S::Preauth, S::Confirmed, S::Rejected, S::Rejected]),
    ];
    assert_eq!(table.map(|(from, _)| from), S::ALL);
    for (from, row) in table {
        for (event, to) in events.into_iter().zip(row) {
            let shop = Shop::through("stripe");
            let id = standing(&shop, from);
            shop.report("evt_1", "the.type", told(event)).unwrap();
            let payment = shop.payment(id);
            assert_eq!(payment.status, to, "{from} {event:?}");
            assert!(payment.webhook_received);
            let told = entries(&shop, id, "evt_1");
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].0, "the.type");
            let moved = (from != to).then(|| Value::from(to.as_str()));
            assert_eq!(told[0].1.get("to"), moved.as_ref());
        }
    }
}

#[test]
fn a_payment_of_which_nothing_was_reported_says_so() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Confirmed);
    assert!(!shop.payment(id).webhook_received);
}

#[test]
fn another_amount_or_currency_changes_no_status_and_is_told() {
    let sums =
        [Stated::Sum(money("20.01", "USD")), Stated::Sum(money(TOTAL, "EUR")), Stated::Foreign];
    for total in sums {
        let shop = Shop::through("stripe");
        let id = standing(&shop, S::Waiting);
        let fact = PaymentFact { total, ..happened(E::Succeeded) };
        shop.report("evt_1", "the.type", vec![Fact::Payment(fact)]).unwrap();
        let payment = shop.payment(id);
        assert_eq!((payment.status, payment.webhook_received), (S::Waiting, true));
        assert_eq!(entries(&shop, id, "evt_1")[0].0, "payment.mismatch");
        assert_eq!(shop.event("evt_1").status, EventStatus::Processed);
    }
}

#[test]
fn a_report_that_states_no_amount_is_taken_at_its_word() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Waiting);
    let fact = PaymentFact { total: Stated::Nothing, ..happened(E::Succeeded) };
    shop.report("evt_1", "the.type", vec![Fact::Payment(fact)]).unwrap();
    assert_eq!((shop.payment(id).status, sums(&shop, id)[0].as_str()), (S::Confirmed, TOTAL));
}

#[test]
fn money_received_in_part_is_what_was_captured() {
    for from in [S::Waiting, S::Preauth, S::Rejected] {
        let shop = Shop::through("stripe");
        let id = standing(&shop, from);
        let received = Some(money("7.50", "USD").amount());
        let fact = PaymentFact { received, ..happened(E::Succeeded) };
        shop.report("evt_1", "the.type", vec![Fact::Payment(fact)]).unwrap();
        assert_eq!(shop.payment(id).status, S::Confirmed);
        assert_eq!(sums(&shop, id), ["7.50", "0.00"]);
    }
}

#[test]
fn money_that_is_let_go_was_never_received() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Preauth);
    shop.report("evt_1", "payment_intent.canceled", told(E::Cancelled)).unwrap();
    assert_eq!(shop.payment(id).status, S::Refunded);
    assert_eq!(sums(&shop, id), ["0.00", "0.00"]);
}

#[test]
fn a_hold_that_is_told_behind_its_release_is_released_too() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Waiting);
    shop.report("evt_2", "payment_intent.canceled", told(E::Cancelled)).unwrap();
    shop.report("evt_1", "payment_intent.amount_capturable_updated", told(E::Authorised)).unwrap();
    assert_eq!(shop.payment(id).status, S::Refunded);
    assert_eq!(sums(&shop, id), ["0.00", "0.00"]);
}

#[test]
fn what_the_gateway_says_for_people_is_kept_with_the_entry() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Waiting);
    let message = Some("Your card was declined.".to_owned());
    let fact = PaymentFact { message: message.clone(), ..happened(E::Declined) };
    shop.report("evt_1", "payment_intent.payment_failed", vec![Fact::Payment(fact)]).unwrap();
    let latest = block_on(shop.payments().logs(&shop.admin, id)).unwrap().swap_remove(0);
    assert_eq!(latest.message, message);
}

#[test]
fn a_dispute_is_told_and_changes_nothing() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Confirmed);
    shop.report("evt_1", "charge.dispute.created", vec![Fact::Note(named("pi_1"))]).unwrap();
    assert_eq!(shop.payment(id).status, S::Confirmed);
    assert_eq!(entries(&shop, id, "evt_1")[0].0, "charge.dispute.created");
    assert_eq!(shop.event("evt_1").payment_id, Some(id));
}

/// What happened to the payment that the gateway was told this id of.
fn by_our_id(id: PaymentId, transaction: Option<&str>) -> Vec<Fact> {
    let transaction_id = transaction.and_then(|name| named(name).transaction_id);
    let payment = PaymentRef { transaction_id, payment_id: Some(id) };
    vec![Fact::Payment(PaymentFact { payment, ..happened(E::Succeeded) })]
}

#[test]
fn a_payment_whose_charge_is_in_doubt_is_found_by_our_id_and_charged_once() {
    let shop = Shop::through("stripe");
    shop.script().will_lose(answer_with_id(Verdict::Done, "pi_1"));
    let id = create(&shop);
    shop.report("evt_1", "payment_intent.succeeded", by_our_id(id, Some("pi_1"))).unwrap();
    let payment = shop.payment(id);
    assert_eq!(
        (payment.status, payment.transaction_id),
        (S::Confirmed, named("pi_1").transaction_id)
    );
    shop.later(Duration::minutes(1));
    assert_eq!(shop.reconcile(), 1);
    assert_eq!(shop.payment(id).status, S::Confirmed);
    assert_eq!(sums(&shop, id), [TOTAL, "0.00"]);
}

#[test]
fn our_id_does_not_lead_to_the_payment_of_another_transaction_or_gateway() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Waiting);
    shop.report("evt_1", "payment_intent.succeeded", by_our_id(id, Some("pi_2"))).unwrap();
    assert_eq!(shop.event("evt_1").status, EventStatus::Unmatched);
    let unknown = by_our_id(PaymentId::new(999), None);
    shop.report("evt_2", "payment_intent.succeeded", unknown).unwrap();
    assert_eq!(shop.event("evt_2").status, EventStatus::Unmatched);
    assert_eq!(shop.payment(id).status, S::Waiting);

    let shop = Shop::through("manual");
    let id = standing(&shop, S::Waiting);
    shop.report("evt_1", "payment_intent.succeeded", by_our_id(id, None)).unwrap();
    assert_eq!(
        (shop.event("evt_1").status, shop.payment(id).status),
        (EventStatus::Unmatched, S::Waiting)
    );
}

#[test]
fn a_report_without_transaction_is_found_by_our_id() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Waiting);
    shop.report("evt_1", "checkout.session.completed", by_our_id(id, None)).unwrap();
    assert_eq!(shop.payment(id).status, S::Confirmed);
}

#[test]
fn a_report_concerns_its_own_payment_alone() {
    let shop = Shop::through("stripe");
    let [first, second] = ["pi_1", "pi_2"].map(|name| pay(&shop, name, Verdict::Pending));
    let before = shop.payment(second);
    shop.report("evt_1", "payment_intent.succeeded", told(E::Succeeded)).unwrap();
    assert_eq!(shop.payment(first).status, S::Confirmed);
    assert_eq!((shop.payment(second), shop.told(second).len()), (before, 1));
}

#[test]
fn a_capture_in_doubt_and_its_report_come_to_one_capture() {
    let shop = Shop::through("stripe");
    let id = standing(&shop, S::Preauth);
    shop.script().will_lose(answer_with_id(Verdict::Done, "pi_1"));
    let sum = money("7.50", "USD").amount();
    let captured = shop.payments().capture(&shop.admin, id, Ok(Some(sum)), None);
    assert!(!block_on(captured).unwrap().is_known);
    let fact = PaymentFact { received: Some(sum), ..happened(E::Succeeded) };
    shop.report("evt_1", "payment_intent.succeeded", vec![Fact::Payment(fact)]).unwrap();
    assert_eq!(shop.payment(id).status, S::Confirmed);
    shop.later(Duration::minutes(1));
    assert_eq!(shop.reconcile(), 1);
    assert_eq!(shop.payment(id).status, S::Confirmed);
    assert_eq!(sums(&shop, id), ["7.50", "0.00"]);
}
