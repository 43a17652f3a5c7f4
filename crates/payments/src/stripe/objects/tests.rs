use serde_json::json;

use super::billing::{Invoice, Period, Price, Product, Subscription};
use super::*;

/// Reads an object as an answer and as part of an event, which must be the same.
fn read<T: DeserializeOwned + PartialEq + fmt::Debug>(object: &Value) -> T {
    let answer: T = serde_json::from_str(&object.to_string()).unwrap();
    let event = json!({"id": "evt_1", "type": "any", "data": {"object": object}}).to_string();
    let event: Event = serde_json::from_str(&event).unwrap();
    assert_eq!(event.object::<T>().unwrap(), answer);
    answer
}

#[test]
fn the_least_of_each_object_is_enough() {
    let id = json!({"id": "x"});
    read::<Customer>(&id);
    read::<Product>(&id);
    read::<CheckoutSession>(&id);
    read::<Subscription>(&id);
    read::<Invoice>(&json!({}));
    read::<Price>(&json!({"id": "price_1", "currency": "usd"}));
    let sum = json!({"id": "x", "amount": 1, "currency": "usd", "status": "new"});
    read::<PaymentIntent>(&sum);
    read::<Refund>(&sum);
}

#[test]
fn null_is_as_good_as_absent() {
    let nothing = json!({"id": "x", "deleted": null});
    assert_eq!(read::<Customer>(&nothing), read::<Customer>(&json!({"id": "x"})));
    let page = json!({"data": [], "has_more": null});
    assert!(!read::<List<Customer>>(&page).has_more);
}

#[test]
fn an_object_without_its_amount_is_none() {
    let object = json!({"id": "pi_1", "status": "succeeded", "currency": "usd"});
    let error = serde_json::from_value::<PaymentIntent>(object).unwrap_err();
    assert!(error.to_string().contains("amount"), "{error}");
}

#[test]
fn a_payment_intent_of_the_current_version_is_read() {
    let intent: PaymentIntent = read(&json!({
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 1999,
        "amount_capturable": 0,
        "amount_received": 1999,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": true},
        "cancellation_reason": null,
        "client_secret": "pi_1_secret_1",
        "created": 1_793_512_800,
        "currency": "usd",
        "customer": "cus_1",
        "last_payment_error": {"code": "card_declined", "decline_code": "insufficient_funds",
            "message": "Your card has insufficient funds.", "type": "card_error"},
        "latest_charge": {"id": "ch_1", "object": "charge", "amount": 1999, "amount_refunded": 500,
            "currency": "usd", "payment_intent": "pi_1", "status": "succeeded"},
        "next_action": {"type": "redirect_to_url", "redirect_to_url": {
            "return_url": null, "url": "https://hooks.stripe.com/3d"}},
        "metadata": {"payment": "7"},
        "status": "succeeded"
    }));
    assert_eq!(intent.amount_received, Some(1999));
    assert_eq!(intent.redirect_url(), Some("https://hooks.stripe.com/3d"));
    assert_eq!(intent.client_secret.as_ref().map(ClientSecret::reveal), Some("pi_1_secret_1"));
    assert!(!format!("{intent:?}").contains("pi_1_secret_1"));
    let error = intent.last_payment_error.unwrap();
    assert_eq!(error.message.as_deref(), Some("Your card has insufficient funds."));
    assert_eq!(intent.metadata["payment"], "7");
}

#[test]
fn an_action_without_a_redirect_has_no_address() {
    let intent: PaymentIntent = read(&json!({
        "id": "pi_1", "status": "requires_action", "amount": 1, "currency": "usd",
        "latest_charge": "ch_1", "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    }));
    assert_eq!(intent.redirect_url(), None);
}

#[test]
fn a_reference_is_an_id_or_an_object_and_nothing_else() {
    assert_eq!(serde_json::from_value::<Id>(json!("cus_1")).unwrap().as_str(), "cus_1");
    let written_out = json!({"id": "cus_1", "balance": 0, "big": 1.5});
    assert_eq!(serde_json::from_value::<Id>(written_out).unwrap().as_str(), "cus_1");
    for odd in [json!(1), json!(true), json!(["cus_1"]), json!({"object": "customer"})] {
        assert!(serde_json::from_value::<Id>(odd).is_err());
    }
}

#[test]
fn the_period_of_a_subscription_is_read_from_the_item_or_from_itself() {
    let expected = Some(Period { start: 100, end: 200 });
    let current: Subscription = read(&json!({
        "id": "sub_1", "status": "active", "cancel_at_period_end": false,
        "items": {"object": "list", "has_more": false, "data": [{
            "id": "si_1", "current_period_start": 100, "current_period_end": 200,
            "price": {"id": "price_1", "currency": "eur", "unit_amount": 900, "active": true,
                "product": "prod_1", "recurring": {"interval": "month", "interval_count": 1}}
        }]}
    }));
    assert_eq!(current.current_period(), expected);
    let price = current.item().and_then(|item| item.price.as_ref()).unwrap();
    assert_eq!(price.unit_amount, Some(900));
    assert_eq!(price.recurring.as_ref().map(|r| r.interval.as_str()), Some("month"));

    let older: Subscription = read(&json!({
        "id": "sub_1", "status": "active", "current_period_start": 100, "current_period_end": 200,
        "items": {"data": [{"id": "si_1", "plan": {"id": "gold"}}]}
    }));
    assert_eq!(older.current_period(), expected);

    let without: Subscription = read(&json!({"id": "sub_1", "status": "incomplete"}));
    assert_eq!(without.current_period(), None);
}

#[test]
fn a_change_that_waits_to_be_paid_is_noticed() {
    let with =
        |update: Value| read::<Subscription>(&json!({"id": "sub_1", "pending_update": update}));
    assert!(with(json!({"expires_at": 100, "subscription_items": []})).has_pending_update());
    assert!(!with(Value::Null).has_pending_update());
}

#[test]
fn an_invoice_is_read_in_the_old_form_and_in_the_new() {
    let current: Invoice = read(&json!({
        "id": "in_1", "status": "paid", "billing_reason": "subscription_cycle",
        "currency": "usd", "amount_due": 900, "amount_paid": 900, "customer": "cus_1",
        "lines": {"data": [
            {"amount": -100, "period": {"start": 50, "end": 100}},
            {"amount": 1000, "period": {"start": 100, "end": 200}}
        ]},
        "parent": {"type": "subscription_details", "quote_details": null,
            "subscription_details": {"metadata": {"subscription": "ours"}, "subscription": "sub_1"}},
        "payments": {"data": [
            {"status": "canceled", "payment": {"type": "payment_intent", "payment_intent": "pi_0"}},
            {"status": "paid", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}
        ]}
    }));
    let older: Invoice = read(&json!({
        "id": "in_1", "currency": "usd", "amount_due": 900, "subscription": "sub_1",
        "subscription_details": {"metadata": {"subscription": "ours"}},
        "payment_intent": {"id": "pi_1", "amount": 900},
        "lines": {"data": [{"period": {"start": 100, "end": 200}}]}
    }));
    for invoice in [current, older] {
        assert_eq!(invoice.subscription(), Some("sub_1"));
        assert_eq!(invoice.subscription_metadata().unwrap()["subscription"], "ours");
        assert_eq!(invoice.payment_intent(), Some("pi_1"));
        assert_eq!(invoice.period(), Some(Period { start: 100, end: 200 }));
    }
    let single: Invoice = read(&json!({"currency": "usd", "amount_due": 1, "parent": null}));
    assert_eq!((single.subscription(), single.payment_intent()), (None, None));
}

#[test]
fn a_checkout_session_names_what_came_of_it() {
    let session: CheckoutSession = read(&json!({
        "id": "cs_1", "object": "checkout.session", "status": "complete", "mode": "subscription",
        "payment_status": "paid", "url": null, "customer": {"id": "cus_1"},
        "subscription": {"id": "sub_1", "status": "active"}, "payment_intent": null,
        "amount_total": 900, "currency": "usd", "expires_at": 1_793_599_200
    }));
    assert_eq!(session.subscription.as_ref().map(Id::as_str), Some("sub_1"));
    assert_eq!((session.url, session.status.as_deref()), (None, Some("complete")));
}

#[test]
fn a_list_says_whether_more_follows() {
    let page: List<Refund> = read(&json!({
        "object": "list", "url": "/v1/refunds", "has_more": true,
        "data": [{"id": "re_1", "status": "succeeded", "amount": 500, "currency": "usd",
            "charge": "ch_1", "payment_intent": "pi_1"}]
    }));
    assert!(page.has_more);
    assert_eq!(page.data[0].amount, 500);
}

#[test]
fn an_event_names_its_object_whatever_it_is() {
    let text = r#"{"id": "evt_1", "type": "radar.early_fraud_warning.created", "created": 5,
        "livemode": false, "api_version": "2031-01-01.novel", "data": {"object": {"id": "issfr_1",
        "object": "radar.early_fraud_warning", "actionable": true}}}"#;
    let event: Event = serde_json::from_str(text).unwrap();
    assert_eq!(event.object_id(), Some("issfr_1"));
    assert_eq!(event.raw_object()["actionable"], true);
    assert!(event.object::<PaymentIntent>().is_err());
}

#[test]
fn what_is_no_event_is_not_read() {
    for text in [r#"{"id": "evt_1", "type": "any"}"#, r#"{"type": "any", "data": {"object": {}}}"#]
    {
        assert!(serde_json::from_str::<Event>(text).is_err(), "{text}");
    }
}
