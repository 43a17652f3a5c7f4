use serde_json::{Value, json};
use wiwebb_domain::money::Money;
use wiwebb_domain::subscription::Period;
use wiwebb_domain::testing::samples::{self, money, now, text};
use wiwebb_domain::webhook::{PaymentRef, Stated};

use super::*;
use crate::stripe::mirror::instant;
use SubscriptionStatus as S;

fn account(fact: Fact) -> (Vec<ExternalId>, Mirror) {
    match fact {
        Fact::Subscription(SubscriptionFact { names, mirror }) => (names, mirror),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_completed_session_begins_what_was_paid_for() {
    let status = |payment_status: Value| {
        let told = json!({"id": "cs_1", "payment_status": payment_status});
        account(session_completed(Told(&told), now())).1.status
    };
    assert_eq!(status(json!("paid")), Some(S::Active));
    assert_eq!(status(json!("no_payment_required")), Some(S::Trialing));
    assert_eq!(status(json!("unpaid")), None);
    assert_eq!(status(Value::Null), Some(S::Active));
}

#[test]
fn a_session_names_our_subscription_in_either_place() {
    for told in [
        json!({"id": "cs_1", "client_reference_id": "ours", "subscription": "sub_1"}),
        json!({"id": "cs_1", "metadata": {"subscription": "ours"}, "subscription": {"id": "sub_1"}}),
    ] {
        let (names, mirror) = account(session_completed(Told(&told), now()));
        assert_eq!(names, [text("ours"), text("cs_1")]);
        assert_eq!(mirror.external_id, Some(text("sub_1")));
    }
}

#[test]
fn a_session_keeps_what_the_subscription_says() {
    let told = json!({"id": "cs_1", "subscription": "sub_1"});
    let stands = Mirror { status: Some(S::PastDue), ..samples::mirror(now()) };
    let (_, mirror) = account(session(Told(&told), stands.clone()));
    assert_eq!(mirror, Mirror { external_id: Some(text("sub_1")), ..stands });
}

#[test]
fn a_session_without_a_subscription_is_about_a_single_payment() {
    for (told, expected) in [
        (json!({"mode": "payment"}), true),
        (json!({"mode": "subscription", "payment_intent": "pi_1"}), false),
        (json!({"payment_intent": "pi_1"}), true),
        (json!({"payment_intent": "pi_1", "subscription": "sub_1"}), false),
        (json!({"subscription": "sub_1"}), false),
        (json!({}), false),
    ] {
        assert_eq!(is_single_payment(Told(&told)), expected, "{told}");
    }
}

#[test]
fn a_session_about_a_single_payment_tells_of_the_payment() {
    let told = |payment_status: &str| {
        json!({"id": "cs_1", "mode": "payment", "payment_intent": "pi_1", "amount_total": 1999,
            "currency": "usd", "payment_status": payment_status, "metadata": {"payment": "7"}})
    };
    let payment = PaymentRef {
        transaction_id: Some(text("pi_1")),
        payment_id: Some(wiwebb_domain::ids::PaymentId::new(7)),
    };
    let happened = |event| {
        let total = Stated::Sum(money("19.99", "USD"));
        let payment = payment.clone();
        Fact::Payment(PaymentFact { payment, event, total, received: None, message: None })
    };
    assert_eq!(session_payment(Told(&told("paid")), false), happened(PaymentEvent::Succeeded));
    assert_eq!(session_payment(Told(&told("unpaid")), false), Fact::Note(payment.clone()));
    assert_eq!(session_payment(Told(&told("unpaid")), true), happened(PaymentEvent::Cancelled));
}

#[test]
fn who_hears_late_of_the_beginning_hears_nothing_of_the_status() {
    let incomplete = json!({"id": "sub_1", "status": "incomplete"});
    let incomplete: Subscription = serde_json::from_value(incomplete).unwrap();
    let told = |is_deleted| account(subscription_told(&incomplete, is_deleted, now())).1.status;
    assert_eq!((told(false), told(true)), (None, Some(S::Canceled)));
    assert_eq!(account(subscription(&incomplete, now())).1.status, Some(S::Incomplete));
}

/// An invoice for days 0 to 30 with these fields.
fn bill(fields: Value) -> Invoice {
    let mut invoice = json!({"id": "in_1", "currency": "usd", "amount_due": 900,
        "amount_paid": 900, "subscription": "sub_1",
        "lines": {"data": [{"period": {"start": 0, "end": 2_592_000}}]}});
    for (field, value) in samples::object(fields) {
        invoice[field] = value;
    }
    serde_json::from_value(invoice).unwrap()
}

#[test]
fn a_paid_invoice_makes_its_period_had() {
    let account = account_of(&bill(json!({})), true, now());
    assert_eq!(account.status, Some(S::Active));
    let (start, end) = (instant(0).unwrap(), instant(2_592_000).unwrap());
    assert_eq!(account.period, Some(Period { start, end }));
    assert_eq!(account.external_id, Some(text("sub_1")));
}

#[test]
fn an_invoice_of_nothing_does_not_say_that_a_trial_is_over() {
    let account = account_of(&bill(json!({"amount_paid": 0})), true, now());
    assert_eq!(account.status, None);
    assert!(account.period.is_some());
}

#[test]
fn only_a_renewal_is_owed() {
    for (reason, expected) in [
        (json!("subscription_cycle"), Some(S::PastDue)),
        (json!("subscription_threshold"), Some(S::PastDue)),
        (Value::Null, Some(S::PastDue)),
        (json!("subscription_create"), None),
        (json!("subscription_update"), None),
    ] {
        let account = account_of(&bill(json!({ "billing_reason": reason })), false, now());
        assert_eq!((account.status, account.period), (expected, None), "{reason}");
    }
}

/// What an invoice says was paid, and by what.
fn booked(fields: Value) -> Option<(ExternalId, Option<Money>)> {
    let account = samples::mirror(now());
    match invoice(&bill(fields), Vec::new(), account, true).pop()? {
        Fact::Invoice(fact) => Some((fact.transaction_id, fact.paid)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_invoice_is_booked_under_its_payment_else_under_its_own_id() {
    let paid = Some(money("9.00", "USD"));
    assert_eq!(booked(json!({"payment_intent": "pi_1"})), Some((text("pi_1"), paid)));
    assert_eq!(booked(json!({})), Some((text("in_1"), paid)));
    assert_eq!(booked(json!({"id": null})), None);
}

#[test]
fn nothing_is_booked_of_an_invoice_that_nothing_was_paid_of() {
    for fields in [
        json!({"amount_paid": 0}),
        json!({"amount_paid": null}),
        json!({"amount_paid": -5}),
        json!({"status": "open"}),
        json!({"status": "void"}),
        json!({"currency": "doller"}),
    ] {
        let told = fields.to_string();
        assert_eq!(booked(fields), Some((text("in_1"), None)), "{told}");
    }
}

#[test]
fn an_invoice_names_the_subscription_by_both_names() {
    let details = json!({"subscription": "sub_2", "metadata": {"subscription": "ours"}});
    let current = bill(json!({"parent": {"subscription_details": details}, "subscription": null}));
    assert_eq!(names_billed(&current), [text("sub_2"), text("ours")]);
    assert_eq!(names_billed(&bill(json!({}))), [text("sub_1")]);
    assert!(names_billed(&bill(json!({"subscription": null}))).is_empty());
}
