//! Payments that wait for their payers, at a gateway whose reports do not come.

use chrono::Duration;
use wiwebb_domain::gateway::{DUMMY, MANUAL};
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::GatewayChoice;
use wiwebb_domain::testing::gateway::{answer, answer_with_id};
use wiwebb_domain::testing::samples;

use super::till::{Till, draft_through};

/// How often the gateway is looked at in so many minutes of a worker that never rests.
fn looks_within(till: &Till, minutes: i64) -> Vec<i64> {
    let mut looked = Vec::new();
    for minute in 1..=minutes {
        till.later(Duration::minutes(1));
        let before = till.script().looks();
        till.reconcile().unwrap();
        if till.script().looks() > before {
            looked.push(minute);
        }
    }
    looked
}

/// A payment that waits at a gateway of a variant.
fn waiting(till: &Till, variant: &str) -> PaymentId {
    let mut new = samples::new_gateway(&format!("At {variant}"));
    new.variant = samples::text(variant);
    let gateway = till.add_gateway(new);
    till.script().will_say(Ok(answer_with_id(Verdict::Pending, "pi_1")));
    let stepped = till.create(draft_through(GatewayChoice::Id(gateway))).unwrap();
    assert_eq!(stepped.view.payment.status, PaymentStatus::Waiting);
    stepped.view.payment.id
}

#[test]
fn the_gateway_is_asked_after_ten_minutes_and_then_at_doubling_distances() {
    let till = Till::new();
    let id = waiting(&till, "stripe");
    assert_eq!(looks_within(&till, 100), [10, 20, 40, 80]);
    assert_eq!(till.status(id), PaymentStatus::Waiting);
}

#[test]
fn what_the_payer_did_is_booked_once() {
    for (verdict, status) in [
        (Verdict::Done, PaymentStatus::Confirmed),
        (Verdict::Authorised, PaymentStatus::Preauth),
        (Verdict::Declined, PaymentStatus::Rejected),
    ] {
        let till = Till::new();
        let id = waiting(&till, "stripe");
        let transaction = till.payment(id).transaction_id.unwrap();
        till.script().set_standing(&transaction, answer(verdict));
        assert_eq!(looks_within(&till, 100), [10]);
        assert_eq!(till.status(id), status);
        assert_eq!(till.told(id).len(), 2, "the creation and the outcome");
    }
}

#[test]
fn a_gateway_that_moves_no_money_itself_is_never_asked() {
    let till = Till::new();
    for variant in [DUMMY, MANUAL] {
        waiting(&till, variant);
    }
    assert!(looks_within(&till, 60).is_empty());
}
