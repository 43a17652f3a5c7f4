use serde_json::{Value, json};

use super::{Caller, id};
use crate::stripe::Outcome;

#[tokio::test]
async fn a_good_card_pays_once() {
    let stripe = Caller::new().await;
    let intent = stripe.charge("pm_card_visa", &[]).await.ok();
    assert_eq!(
        (&intent["status"], &intent["amount_received"]),
        (&json!("succeeded"), &json!(1099))
    );
    let charges = stripe.fake.charges();
    assert_eq!(charges.len(), 1);
    assert_eq!((charges[0].amount, charges[0].captured, charges[0].refunded), (1099, 1099, 0));
}

#[tokio::test]
async fn a_declined_card_is_an_error_with_the_intent_in_it() {
    let stripe = Caller::new().await;
    let answer = stripe.charge("pm_card_chargeDeclinedInsufficientFunds", &[]).await;
    assert_eq!(answer.error(), (402, "card_error", "card_declined", ""));
    let error = &answer.body["error"];
    assert_eq!(error["decline_code"], "insufficient_funds");
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(error["payment_intent"]["last_payment_error"]["code"], "card_declined");
    assert!(stripe.fake.charges().is_empty());
}

#[tokio::test]
async fn a_card_that_needs_authentication_waits_for_the_payer() {
    let stripe = Caller::new().await;
    let intent = stripe.charge("pm_card_authenticationRequired", &[]).await.ok();
    assert_eq!(intent["status"], "requires_action");
    stripe.fake.pay(&id(&intent), Outcome::Succeed);
    assert_eq!(stripe.fake.intent(&id(&intent))["status"], "succeeded");
}

#[tokio::test]
async fn a_card_that_needs_authentication_is_declined_while_nobody_is_there() {
    let stripe = Caller::new().await;
    let off = [("off_session", "true")];
    let answer = stripe.charge("pm_card_authenticationRequired", &off).await;
    assert_eq!(answer.error(), (402, "card_error", "authentication_required", ""));
}

#[tokio::test]
async fn a_payer_may_try_again_after_a_decline() {
    let stripe = Caller::new().await;
    let intent = stripe.open_intent().await;
    stripe.fake.pay(&intent, Outcome::Decline);
    assert_eq!(stripe.fake.intent(&intent)["status"], "requires_payment_method");
    stripe.fake.pay(&intent, Outcome::Succeed);
    let expected = [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
    ];
    assert_eq!(stripe.kinds(), expected);
}

#[tokio::test]
async fn a_part_is_captured_and_the_rest_let_go() {
    let stripe = Caller::new().await;
    let manual = [("capture_method", "manual")];
    let intent = stripe.charge("pm_card_visa", &manual).await.ok();
    assert_eq!(intent["status"], "requires_capture");
    assert_eq!(intent["amount_capturable"], 1099);
    let path = format!("payment_intents/{}/capture", id(&intent));
    let part = [("amount_to_capture", "1000")];
    let intent = stripe.post(&path, &part).await.ok();
    assert_eq!(
        (&intent["status"], &intent["amount_received"]),
        (&json!("succeeded"), &json!(1000))
    );
    let charge = stripe.fake.object(intent["latest_charge"].as_str().unwrap());
    assert_eq!(
        (&charge["amount_captured"], &charge["amount_refunded"]),
        (&json!(1000), &json!(99))
    );
}

#[tokio::test]
async fn no_more_than_authorised_is_captured() {
    let stripe = Caller::new().await;
    let intent = stripe.charge("pm_card_visa", &[("capture_method", "manual")]).await.ok();
    let path = format!("payment_intents/{}/capture", id(&intent));
    let answer = stripe.post(&path, &[("amount_to_capture", "1100")]).await;
    assert_eq!(
        answer.error(),
        (400, "invalid_request_error", "amount_too_large", "amount_to_capture")
    );
}

#[tokio::test]
async fn a_wrong_state_is_an_error_with_the_intent_in_it() {
    let stripe = Caller::new().await;
    let intent = stripe.charge("pm_card_visa", &[]).await.ok();
    for verb in ["cancel", "capture", "confirm"] {
        let path = format!("payment_intents/{}/{verb}", id(&intent));
        let answer = stripe.post(&path, &[]).await;
        let expected = (400, "invalid_request_error", "payment_intent_unexpected_state", "");
        assert_eq!(answer.error(), expected, "{verb}");
        assert_eq!(answer.body["error"]["payment_intent"]["status"], "succeeded", "{verb}");
    }
}

#[tokio::test]
async fn a_released_authorisation_counts_as_refunded() {
    let stripe = Caller::new().await;
    let intent = stripe.charge("pm_card_visa", &[("capture_method", "manual")]).await.ok();
    let path = format!("payment_intents/{}/cancel", id(&intent));
    let reason = [("cancellation_reason", "abandoned")];
    let intent = stripe.post(&path, &reason).await.ok();
    assert_eq!((&intent["status"], &intent["amount_capturable"]), (&json!("canceled"), &json!(0)));
    let event = stripe.fake.events_of("charge.refunded").remove(0);
    let charge = event.object();
    assert_eq!((&charge["captured"], &charge["refunded"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn a_confirmed_intent_names_where_to_come_back_to_unless_redirects_are_off() {
    let stripe = Caller::new().await;
    let form = [
        ("amount", "1099"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa"),
    ];
    let answer = stripe.post("payment_intents", &form).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "", "return_url"));
}

#[tokio::test]
async fn a_missing_object_is_404_in_a_path_and_400_in_a_parameter() {
    let stripe = Caller::new().await;
    let answer = stripe.get("payment_intents/pi_nothing").await;
    assert_eq!(answer.error(), (404, "invalid_request_error", "resource_missing", "id"));
    let form = [("amount", "1099"), ("currency", "usd"), ("customer", "cus_nobody")];
    let answer = stripe.post("payment_intents", &form).await;
    assert_eq!(answer.error(), (400, "invalid_request_error", "resource_missing", "customer"));
}

#[tokio::test]
async fn a_list_shows_the_newest_first_in_pages() {
    let stripe = Caller::new().await;
    let customer = stripe.customer().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        let form = [("amount", "1099"), ("currency", "usd"), ("customer", customer.as_str())];
        made.push(id(&stripe.post("payment_intents", &form).await.ok()));
    }
    stripe.open_intent().await;
    let path = format!("payment_intents?customer={customer}&limit=2");
    let first = stripe.get(&path).await.ok();
    assert_eq!(ids(&first), [made[2].clone(), made[1].clone()]);
    assert_eq!(first["has_more"], true);
    let last = stripe.get(&format!("{path}&starting_after={}", made[1])).await.ok();
    assert_eq!(ids(&last), [made[0].clone()]);
    assert_eq!(last["has_more"], false);
}

#[tokio::test]
async fn expansion_puts_objects_in_place_of_ids() {
    let stripe = Caller::new().await;
    let more = [("expand[]", "latest_charge.refunds"), ("expand[]", "payment_method")];
    let intent = stripe.charge("pm_card_visa", &more).await.ok();
    assert_eq!(intent["latest_charge"]["refunds"]["object"], "list");
    assert_eq!(intent["payment_method"]["card"]["last4"], "4242");
}

fn ids(list: &Value) -> Vec<String> {
    list["data"].as_array().unwrap().iter().map(id).collect()
}
