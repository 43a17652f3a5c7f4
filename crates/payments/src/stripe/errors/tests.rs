use serde_json::json;

use super::*;

fn error(status: u16, error: &Value) -> StripeFailure {
    StripeFailure::of_answer(status, &json!({ "error": error }).to_string())
}

fn unreachable() -> StripeFailure {
    StripeFailure::Unreachable("refused".into())
}

#[test]
fn a_decline_says_why_and_names_the_payment() {
    let failure = error(
        402,
        &json!({
            "type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
            "message": "Your card has insufficient funds.", "charge": "ch_1", "doc_url": "https://",
            "payment_intent": {"id": "pi_1", "status": "requires_payment_method", "amount": 1999,
                "currency": "usd"}
        }),
    );
    let StripeFailure::Declined(refusal) = failure else { panic!("{failure:?}") };
    assert_eq!(refusal.code.as_deref(), Some("card_declined"));
    assert_eq!(refusal.decline_code.as_deref(), Some("insufficient_funds"));
    assert_eq!(refusal.message.as_deref(), Some("Your card has insufficient funds."));
    assert_eq!(refusal.payment_intent.unwrap().id, "pi_1");
}

#[test]
fn a_decline_is_one_however_its_payment_looks() {
    for intent in [json!({"id": "pi_1"}), json!("pi_1"), json!(null)] {
        let failure = error(402, &json!({"type": "card_error", "payment_intent": intent}));
        let StripeFailure::Declined(refusal) = failure else { panic!("{failure:?}") };
        assert_eq!(refusal.payment_intent, None);
    }
    assert!(matches!(
        error(402, &json!({"type": "invalid_request_error"})),
        StripeFailure::Declined(_)
    ));
}

#[test]
fn a_wrong_request_names_the_parameter() {
    let failure = error(
        400,
        &json!({"type": "invalid_request_error", "code": "amount_too_small", "param": "amount",
            "message": "Amount must be at least 50 cents"}),
    );
    let StripeFailure::Invalid(refusal) = failure else { panic!("{failure:?}") };
    assert_eq!(refusal.status, 400);
    assert_eq!(refusal.param.as_deref(), Some("amount"));
    assert_eq!(
        refusal.to_string(),
        "status 400, amount_too_small: Amount must be at least 50 cents"
    );
}

#[test]
fn a_missing_object_is_told_from_other_refusals() {
    let missing = json!({"type": "invalid_request_error", "code": "resource_missing"});
    assert!(error(404, &missing).is_missing());
    assert!(StripeFailure::no_such_object("/refunds/..").is_missing());
    assert!(!error(400, &json!({"code": "parameter_missing"})).is_missing());
    assert!(!StripeFailure::of_answer(404, "not found").is_missing());
}

#[test]
fn a_status_without_an_error_object_still_means_something() {
    for body in ["<html>", "", "{}", r#"{"error": "text"}"#, "\u{0}"] {
        let of = |status| StripeFailure::of_answer(status, body);
        assert!(matches!(of(404), StripeFailure::Invalid(_)));
        assert!(matches!(of(402), StripeFailure::Invalid(_)));
        assert!(matches!(of(401), StripeFailure::Authentication(401)));
        assert!(matches!(of(403), StripeFailure::Authentication(403)));
        assert!(matches!(of(409), StripeFailure::Conflict(_)));
        assert!(matches!(of(429), StripeFailure::RateLimited));
        for unknown in [302, 408, 424, 500, 502, 503, 504] {
            assert!(matches!(of(unknown), StripeFailure::Unknown(_)), "{unknown}");
        }
    }
}

#[test]
fn an_error_of_the_server_is_unknown_whatever_it_says() {
    for kind in ["api_error", "card_error", "idempotency_error"] {
        assert!(matches!(error(500, &json!({"type": kind})), StripeFailure::Unknown(_)));
    }
}

#[test]
fn a_key_in_use_is_a_conflict_that_may_pass_and_a_key_used_up_one_that_does_not() {
    let in_use = error(409, &json!({"code": "idempotency_key_in_use"}));
    assert!(matches!(in_use, StripeFailure::Conflict(_)));
    assert!(in_use.may_pass());
    let used_up = error(400, &json!({"type": "idempotency_error"}));
    assert!(matches!(used_up, StripeFailure::Conflict(_)));
    assert!(!used_up.may_pass());
}

#[test]
fn what_stripe_says_about_the_key_is_not_shown() {
    let failure = error(401, &json!({"message": "Invalid API Key provided: sk_test_123"}));
    assert!(!format!("{failure} {failure:?}").contains("sk_test"));
}

#[test]
fn a_refusal_is_an_answer() {
    let (verdict, _) = error(402, &json!({"type": "card_error"})).into_answer().unwrap();
    assert_eq!(verdict, Verdict::Declined);
    let (verdict, _) = error(400, &json!({})).into_answer().unwrap();
    assert_eq!(verdict, Verdict::Failed);
}

#[test]
fn the_port_hears_never_asked_only_where_nothing_can_have_happened() {
    for never in [unreachable(), StripeFailure::RateLimited, StripeFailure::Authentication(401)] {
        assert!(matches!(never.into_answer(), Err(GatewayError::Unreachable(_))));
    }
    for unknown in [StripeFailure::Unknown("timeout".into()), error(409, &json!({}))] {
        assert!(matches!(unknown.into_answer(), Err(GatewayError::Unknown(_))));
    }
}

#[test]
fn after_an_unknown_try_only_a_refusal_is_certain() {
    for lost in [unreachable(), StripeFailure::RateLimited, StripeFailure::Authentication(403)] {
        assert!(matches!(lost.after_unknown(), StripeFailure::Unknown(_)));
    }
    let declined = error(402, &json!({"type": "card_error"}));
    assert!(matches!(declined.after_unknown(), StripeFailure::Declined(_)));
}
