use serde_json::json;
use wiwebb_domain::testing::samples::{money, text};

use super::*;

fn which(id: &str, payment: Option<i32>) -> PaymentRef {
    PaymentRef { transaction_id: Some(text(id)), payment_id: payment.map(PaymentId::new) }
}

fn amount(text: &str) -> Amount {
    money(text, "USD").amount()
}

/// The event and the sum that an intent tells.
fn intent(status: &str, received: i64) -> Option<(PaymentEvent, Option<Amount>)> {
    let intent = json!({"id": "pi_1", "status": status, "amount": 1999, "currency": "usd",
        "amount_received": received, "metadata": {"payment": "7"}});
    match intent_now(Told(&intent)) {
        Fact::Payment(fact) => {
            assert_eq!(fact.payment, which("pi_1", Some(7)));
            assert_eq!(fact.total, Stated::Sum(money("19.99", "USD")));
            Some((fact.event, fact.received))
        }
        Fact::Note(payment) => {
            assert_eq!(payment, which("pi_1", Some(7)));
            None
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_intent_that_stands_tells_by_its_status() {
    let succeeded = Some((PaymentEvent::Succeeded, Some(amount("19.99"))));
    assert_eq!(intent("succeeded", 1999), succeeded);
    let part = Some((PaymentEvent::Succeeded, Some(amount("5.00"))));
    assert_eq!(intent("succeeded", 500), part);
    assert_eq!(intent("requires_capture", 0), Some((PaymentEvent::Authorised, None)));
    assert_eq!(intent("canceled", 0), Some((PaymentEvent::Cancelled, None)));
}

#[test]
fn while_an_intent_can_still_be_paid_nothing_has_happened_to_the_payment() {
    for status in [
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "processing",
        "invented_later",
    ] {
        assert_eq!(intent(status, 0), None, "{status}");
    }
}

#[test]
fn a_sum_is_read_as_stripe_counts_it() {
    let sum = |units, currency| Told(&json!({"amount": units, "currency": currency})).sum("amount");
    assert_eq!(sum(1999, "usd"), Stated::Sum(money("19.99", "USD")));
    assert_eq!(sum(500, "jpy"), Stated::Sum(money("500", "JPY")));
    assert_eq!(sum(5120, "kwd"), Stated::Sum(money("5.12", "KWD")));
}

#[test]
fn a_sum_that_is_not_stated_is_none_and_one_that_cannot_be_read_is_foreign() {
    for object in [
        json!({}),
        json!({"amount": null, "currency": "usd"}),
        json!({"amount": 5}),
        json!({"currency": "usd"}),
    ] {
        assert_eq!(Told(&object).sum("amount"), Stated::Nothing, "{object}");
    }
    for object in [
        json!({"amount": "5", "currency": "usd"}),
        json!({"amount": 5.5, "currency": "usd"}),
        json!({"amount": -5, "currency": "usd"}),
        json!({"amount": i64::MAX, "currency": "usd"}),
        json!({"amount": 5, "currency": "doller"}),
        json!({"amount": 5, "currency": 7}),
    ] {
        assert_eq!(Told(&object).sum("amount"), Stated::Foreign, "{object}");
    }
}

#[test]
fn metadata_that_is_no_id_names_no_payment() {
    for odd in [json!("x"), json!("0"), json!("-7"), json!(7), json!(null), json!("99999999999")] {
        let intent = json!({"id": "pi_1", "metadata": {"payment": odd}});
        assert_eq!(intent_now(Told(&intent)), Fact::Note(which("pi_1", None)), "{odd}");
    }
}

fn refund(status: &Value, otherwise: RefundStatus) -> Option<RefundStatus> {
    let refund = json!({"id": "re_1", "amount": 500, "currency": "usd", "status": status,
        "payment_intent": "pi_1", "metadata": {"refund": "3", "payment": "7"}});
    match refund_fact(Told(&refund), otherwise)? {
        Fact::Refund(fact) => {
            assert_eq!(fact.payment, which("pi_1", Some(7)));
            assert_eq!((fact.refund_id, fact.amount), (Some(RefundId::new(3)), amount("5.00")));
            Some(fact.status)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refund_stands_as_its_status_says() {
    for (word, expected) in [
        ("succeeded", RefundStatus::Succeeded),
        ("pending", RefundStatus::Pending),
        ("requires_action", RefundStatus::Pending),
        ("invented_later", RefundStatus::Pending),
        ("failed", RefundStatus::Failed),
        ("canceled", RefundStatus::Failed),
    ] {
        assert_eq!(refund(&json!(word), RefundStatus::Succeeded), Some(expected), "{word}");
    }
    assert_eq!(refund(&Value::Null, RefundStatus::Failed), Some(RefundStatus::Failed));
}

#[test]
fn a_refund_without_id_or_amount_is_none() {
    for refund in [
        json!({"amount": 500, "currency": "usd"}),
        json!({"id": "re_1", "currency": "usd"}),
        json!({"id": "re_1", "amount": -500, "currency": "usd"}),
    ] {
        assert_eq!(refund_fact(Told(&refund), RefundStatus::Succeeded), None, "{refund}");
    }
}

#[test]
fn a_charge_tells_of_the_refunds_that_are_written_out() {
    let charge = json!({"id": "ch_1", "payment_intent": {"id": "pi_1"}, "amount": 1999,
    "amount_captured": 1999, "amount_refunded": 700, "currency": "usd",
    "metadata": {"payment": "7"}, "refunds": {"data": [
        {"id": "re_2", "amount": 200, "currency": "usd", "status": "pending"},
        {"id": "re_1", "amount": 500, "currency": "usd", "status": "succeeded",
            "metadata": {"refund": "3"}},
        {"object": "nothing that is known"}
    ]}});
    let facts = charge_refunded(Told(&charge));
    let refund = |id, refund: Option<i32>, sum, status| {
        Fact::Refund(RefundFact {
            payment: which("pi_1", Some(7)),
            transaction_id: text(id),
            refund_id: refund.map(RefundId::new),
            amount: amount(sum),
            status,
        })
    };
    let expected = [
        refund("re_2", None, "2.00", RefundStatus::Pending),
        refund("re_1", Some(3), "5.00", RefundStatus::Succeeded),
        Fact::Refunded { payment: which("pi_1", Some(7)), total: amount("7.00") },
    ];
    assert_eq!(facts, expected);
}

#[test]
fn what_was_held_and_let_go_is_no_refund() {
    let charge = |captured: i64, refunded: i64| {
        let charge = json!({"id": "ch_1", "payment_intent": "pi_1", "amount": 1999,
            "amount_captured": captured, "amount_refunded": refunded, "currency": "usd"});
        charge_refunded(Told(&charge))
    };
    let refunded = |sum| [Fact::Refunded { payment: which("pi_1", None), total: amount(sum) }];
    assert_eq!(charge(0, 1999), [Fact::Note(which("pi_1", None))]);
    assert_eq!(charge(500, 1499), [Fact::Note(which("pi_1", None))]);
    assert_eq!(charge(500, 1699), refunded("2.00"));
    assert_eq!(charge(1999, 1999), refunded("19.99"));
}

#[test]
fn a_charge_that_says_little_is_believed_as_it_stands() {
    let charge = json!({"payment_intent": "pi_1", "amount_refunded": 500, "currency": "usd"});
    let expected = Fact::Refunded { payment: which("pi_1", None), total: amount("5.00") };
    assert_eq!(charge_refunded(Told(&charge)), [expected]);
    let nothing = json!({"payment_intent": "pi_1"});
    assert_eq!(charge_refunded(Told(&nothing)), [Fact::Note(which("pi_1", None))]);
}
