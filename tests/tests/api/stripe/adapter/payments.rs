//! Charges.

use serde_json::json;
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::payment::Payment;
use wiwebb_domain::testing::samples::money;
use wiwebb_tests::stripe::Outcome;

use super::*;

#[tokio::test]
async fn a_charge_waits_for_a_payer_who_has_the_secret() {
    let world = World::new().await;
    let answer = world.answer(json!({}), charge("key-1")).await;
    assert_eq!((answer.verdict, answer.redirect_url), (Verdict::Pending, None));
    let id = answer.transaction_id.unwrap();
    let intent = world.stripe.intent(id.as_str());
    assert_eq!(answer.client_secret.as_deref(), intent["client_secret"].as_str());
    assert!(world.stripe.charges().is_empty());
}

#[tokio::test]
async fn a_charge_is_ordered_under_its_key_for_the_payment() {
    let world = World::new().await;
    let mut asked = charge("key-1");
    let description = json!("A day of access");
    asked.payment.metadata.insert("description".to_owned(), description.clone());
    let id = world.answer(json!({}), asked).await.transaction_id.unwrap();
    let intent = world.stripe.intent(id.as_str());
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(1999), &json!("usd")));
    assert_eq!(intent["description"], description);
    assert_eq!(payment_of(&intent), Some(PaymentId::new(7)));
    assert_eq!(intent["automatic_payment_methods"]["allow_redirects"], "never");
    let requests = world.stripe.requests_to("POST /v1/payment_intents");
    assert_eq!(requests[0].idempotency_key.as_deref(), Some("key-1"));
}

#[tokio::test]
async fn a_charge_that_its_payer_has_paid_is_done_when_it_is_asked_about() {
    let world = World::new().await;
    let waiting = world.open().await;
    let repeated = again(charge("charge"));
    assert_eq!(world.answer(json!({}), repeated.clone()).await.verdict, Verdict::Pending);
    world.stripe.pay(waiting.transaction_id.as_ref().unwrap().as_str(), Outcome::Succeed);
    let answer = world.answer(json!({}), repeated).await;
    assert_eq!((answer.verdict, &answer.client_secret), (Verdict::Done, &None));
    assert_eq!(answer.transaction_id, waiting.transaction_id);
}

#[tokio::test]
async fn a_failed_attempt_leaves_the_charge_to_its_payer() {
    let world = World::new().await;
    let waiting = world.open().await;
    world.stripe.pay(waiting.transaction_id.as_ref().unwrap().as_str(), Outcome::Decline);
    let answer = world.answer(json!({}), again(charge("charge"))).await;
    assert_eq!(answer.verdict, Verdict::Pending);
    assert!(answer.client_secret.is_some());
}

#[tokio::test]
async fn a_payment_method_in_the_settings_pays_at_once() {
    let world = World::new().await;
    let payment = world.paid().await;
    assert_eq!(world.status(&payment), "succeeded");
    let charges = world.stripe.charges();
    assert_eq!(charges.len(), 1);
    assert_eq!((charges[0].captured, charges[0].currency.as_str()), (1999, "usd"));
}

#[tokio::test]
async fn a_gateway_that_captures_later_holds_the_money() {
    let world = World::new().await;
    let payment = world.held().await;
    assert_eq!(world.status(&payment), "requires_capture");
    assert_eq!(world.stripe.charges()[0].captured, 0);
}

#[tokio::test]
async fn a_declined_card_is_an_answer_that_names_the_payment() {
    let world = World::new().await;
    let settings = json!({"payment_method": "pm_card_chargeDeclinedInsufficientFunds"});
    let answer = world.answer(settings, charge("key-1")).await;
    assert_eq!(answer.verdict, Verdict::Declined);
    assert_eq!(answer.transaction_id.unwrap().as_str(), world.stripe.intents()[0]);
    assert_eq!(answer.message.as_deref(), Some("The card has insufficient funds."));
    assert!(world.stripe.charges().is_empty());
}

#[tokio::test]
async fn a_payer_who_has_to_authenticate_is_sent_there() {
    let world = World::new().await;
    let settings = json!({"payment_method": "pm_card_authenticationRequired",
        "return_url": "https://shop.example.org/back"});
    let answer = world.answer(settings, charge("key-1")).await;
    assert_eq!(answer.verdict, Verdict::Pending);
    assert!(answer.redirect_url.unwrap().starts_with("https://hooks.stripe.com/"));
    let id = answer.transaction_id.unwrap();
    let intent = world.stripe.intent(id.as_str());
    assert_eq!(intent["automatic_payment_methods"]["allow_redirects"], "always");
}

#[tokio::test]
async fn who_is_not_there_cannot_authenticate() {
    let world = World::new().await;
    let settings = json!({"payment_method": "pm_card_authenticationRequired",
        "return_url": "https://shop.example.org/back"});
    let order = GatewayOrder { off_session: true, ..charge("key-1") };
    assert_eq!(world.answer(settings, order).await.verdict, Verdict::Declined);
    let order = GatewayOrder { off_session: true, ..charge("key-2") };
    let paid = world.answer(json!({ "payment_method": GOOD }), order).await;
    assert_eq!(paid.verdict, Verdict::Done);
}

#[tokio::test]
async fn a_return_url_alone_offers_means_that_lead_elsewhere() {
    let world = World::new().await;
    let settings = json!({"return_url": "https://shop.example.org/back"});
    let id = world.answer(settings, charge("key-1")).await.transaction_id.unwrap();
    let intent = world.stripe.intent(id.as_str());
    assert_eq!(intent["automatic_payment_methods"]["allow_redirects"], "always");
}

/// A charge of an amount in a currency.
fn charge_of(amount: &str, currency: &str) -> GatewayOrder {
    let payment = Payment { total: money(amount, currency), ..payment() };
    order(OperationKind::Charge, payment, amount, "key-1")
}

#[tokio::test]
async fn amounts_are_sent_as_stripe_counts_them() {
    for (amount, currency, units) in
        [("500", "JPY", 500), ("5.12", "KWD", 5120), ("500", "ISK", 50_000), ("19.99", "EUR", 1999)]
    {
        let world = World::new().await;
        let answer = world.answer(json!({}), charge_of(amount, currency)).await;
        let id = answer.transaction_id.expect(currency);
        assert_eq!(world.stripe.intent(id.as_str())["amount"], units, "{amount} {currency}");
    }
}

#[tokio::test]
async fn what_stripe_cannot_take_has_failed_before_it_is_asked() {
    let world = World::new().await;
    for (amount, currency) in [("500", "UGX"), ("5.20", "MGA")] {
        let answer = world.answer(json!({}), charge_of(amount, currency)).await;
        assert_eq!(answer.verdict, Verdict::Failed);
        assert!(answer.message.unwrap().contains(currency));
    }
    assert!(world.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_charge_that_stripe_refuses_has_failed() {
    let world = World::new().await;
    let answer = world.answer(json!({}), charge_of("0.10", "USD")).await;
    assert_eq!((answer.verdict, answer.transaction_id), (Verdict::Failed, None));
    assert!(answer.message.is_some());
    let settings = json!({"payment_method": "pm_nobodys"});
    let answer = world.answer(settings, charge("key-2")).await;
    assert_eq!(answer.verdict, Verdict::Failed);
    assert!(!answer.message.unwrap().contains("pm_nobodys"), "it is configured");
}

#[tokio::test]
async fn each_gateway_has_the_key_of_its_own_settings() {
    let world = World::new().await;
    let settings = json!({ "secret_key": world.stripe.secret_key() });
    assert_eq!(world.answer(settings, charge("key-1")).await.verdict, Verdict::Pending);
    let settings = json!({"secret_key": "sk_test_another"});
    assert!(is_unreachable(&world.order(settings, charge("key-2")).await));
}

#[tokio::test]
async fn stripe_is_asked_in_the_version_of_the_settings() {
    let stripe = FakeStripe::start().await;
    for version in ["2025-09-30.clover", "2026-09-30.endive"] {
        let spoken = StripeConfig { api_version: Some(version.to_owned()), ..config(&stripe) };
        let gateway = registry(spoken).open(&gateway(json!({}))).expect("a gateway");
        gateway.carry_out(charge(version)).await.expect("an answer");
        let asked = stripe.requests().pop().expect("a request");
        assert_eq!(asked.version.as_deref(), Some(version), "{asked:?}");
    }
}

#[tokio::test]
async fn a_payment_that_waits_can_be_looked_at() {
    let world = World::new().await;
    let waiting = world.open().await;
    let gateway = world.registry.open(&gateway(json!({}))).unwrap();
    let look = || gateway.look(&waiting);
    assert_eq!(look().await.unwrap().unwrap().verdict, Verdict::Pending);
    world.stripe.pay(waiting.transaction_id.as_ref().unwrap().as_str(), Outcome::Succeed);
    let answer = look().await.unwrap().unwrap();
    assert_eq!(answer.verdict, Verdict::Done);
    assert_eq!(answer.transaction_id, waiting.transaction_id);
}

#[tokio::test]
async fn a_payment_that_stripe_does_not_have_cannot_be_looked_at() {
    let world = World::new().await;
    let gateway = world.registry.open(&gateway(json!({}))).unwrap();
    let unknown = Payment { transaction_id: Some(text("pi_unknown")), ..payment() };
    for payment in [&payment(), &unknown] {
        assert_eq!(gateway.look(payment).await.unwrap(), None);
    }
    world.stripe.go_away().await;
    assert!(is_unreachable(&gateway.look(&unknown).await));
}
