use serde_json::json;
use wiwebb_domain::testing::samples;

use super::super::client::Pace;
use super::super::client::setup::StripeSettings;
use super::*;

fn gateway(settings: Value) -> StripePayments {
    let settings = GatewaySettings::new(samples::object(settings));
    let stripe = Stripe::new(&StripeSettings {
        secret_key: "sk_test_1".into(),
        api_base: Some("http://127.0.0.1:9".to_owned()),
        api_version: None,
        pace: Pace::default(),
    });
    StripePayments::new(stripe.unwrap(), &settings)
}

fn intent(fields: Value) -> PaymentIntent {
    let mut intent = json!({"id": "pi_1", "status": "requires_payment_method", "amount": 1999,
        "currency": "usd", "client_secret": "pi_1_secret_1"});
    for (field, value) in samples::object(fields) {
        intent[field] = value;
    }
    serde_json::from_value(intent).unwrap()
}

fn verdict(settings: Value, fields: Value) -> Verdict {
    gateway(settings).charged(&intent(fields)).unwrap().verdict
}

#[test]
fn every_status_of_an_intent_has_its_verdict() {
    for (status, expected) in [
        ("requires_payment_method", Verdict::Pending),
        ("requires_confirmation", Verdict::Pending),
        ("requires_action", Verdict::Pending),
        ("processing", Verdict::Pending),
        ("invented_later", Verdict::Pending),
        ("requires_capture", Verdict::Authorised),
        ("succeeded", Verdict::Done),
        ("canceled", Verdict::Declined),
    ] {
        assert_eq!(verdict(json!({}), json!({ "status": status })), expected, "{status}");
    }
}

#[test]
fn an_attempt_that_failed_is_final_only_where_nobody_else_pays() {
    let failed = || json!({"last_payment_error": {"message": "The card was declined."}});
    assert_eq!(verdict(json!({}), failed()), Verdict::Pending);
    assert_eq!(verdict(json!({"payment_method": "pm_1"}), failed()), Verdict::Declined);
    assert_eq!(verdict(json!({"payment_method": "pm_1"}), json!({})), Verdict::Pending);
}

#[test]
fn only_a_payer_who_has_something_to_do_is_told_how() {
    let action = json!({"redirect_to_url": {"url": "https://hooks.stripe.com/3d"}});
    let answer = |status: &str| {
        let fields = json!({"status": status, "next_action": action});
        gateway(json!({})).charged(&intent(fields)).unwrap()
    };
    let open = answer("requires_action");
    assert_eq!(open.redirect_url.as_deref(), Some("https://hooks.stripe.com/3d"));
    assert_eq!(open.client_secret.as_deref(), Some("pi_1_secret_1"));
    for over in ["succeeded", "requires_capture", "canceled"] {
        let answer = answer(over);
        assert_eq!((answer.redirect_url, answer.client_secret), (None, None), "{over}");
    }
}

#[test]
fn settings_of_the_wrong_form_count_as_not_there() {
    for odd in [json!(null), json!(1), json!(""), json!(" "), json!(["manual"]), json!({})] {
        let own = gateway(json!({"capture_method": odd, "payment_method": odd, "return_url": odd}));
        let Manner { holds, payment_method, return_url } = own.manner;
        assert_eq!((holds, payment_method, return_url), (false, None, None), "{odd}");
    }
    assert!(!gateway(json!({"capture_method": "MANUAL"})).manner.holds);
}

#[test]
fn a_refusal_does_not_repeat_what_is_configured() {
    let refusal = |message: &str| Refusal {
        status: 400,
        code: Some("resource_missing".to_owned()),
        decline_code: None,
        message: Some(message.to_owned()),
        param: None,
        payment_intent: None,
    };
    let own = gateway(json!({"payment_method": "pm_own", "return_url": "https://own.example.org"}));
    let said = own.say(&refusal("No such PaymentMethod: 'pm_own' (https://own.example.org)"));
    assert_eq!(said.as_deref(), Some("No such PaymentMethod: '***' (***)"));
    let unspoken = Refusal { message: None, ..refusal("") };
    assert_eq!(own.say(&unspoken).as_deref(), Some("resource_missing"));
}

#[test]
fn a_refund_is_answered_by_its_status() {
    for (status, expected) in [
        (json!("pending"), Verdict::Pending),
        (json!("requires_action"), Verdict::Pending),
        (json!("succeeded"), Verdict::Done),
        (Value::Null, Verdict::Done),
        (json!("failed"), Verdict::Declined),
        (json!("canceled"), Verdict::Declined),
    ] {
        let refund = json!({"id": "re_1", "status": status, "amount": 5, "currency": "usd"});
        let answer = refunded(&serde_json::from_value(refund).unwrap()).unwrap();
        assert_eq!(answer.verdict, expected, "{status}");
        assert_eq!(answer.transaction_id.unwrap().as_str(), "re_1");
    }
}
