//! Beginning a payment.

use std::sync::{Arc, Mutex};

use futures_executor::block_on;
use serde_json::{Value, json};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::gateway::NewGateway;
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::operation::{OperationKind, PATIENCE};
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::{GatewayAnswer, Verdict};
use wiwebb_domain::services::payments::{GatewayChoice, PaymentDraft};
use wiwebb_domain::testing::gateway::{answer, answer_with_id};
use wiwebb_domain::testing::samples::{self, money, text};

use super::till::{TOTAL, Till, draft_through};
use crate::world::refusal;

#[test]
fn the_payment_starts_as_the_gateway_says_and_a_decline_is_no_error() {
    for (verdict, status, entry) in [
        (Verdict::Pending, PaymentStatus::Waiting, None),
        (Verdict::Authorised, PaymentStatus::Preauth, Some("payment.authorised waiting>preauth")),
        (Verdict::Done, PaymentStatus::Confirmed, Some("payment.confirmed waiting>confirmed")),
        (Verdict::Declined, PaymentStatus::Rejected, Some("payment.rejected waiting>rejected")),
        (Verdict::Failed, PaymentStatus::Error, Some("payment.error waiting>error")),
    ] {
        let till = Till::new();
        till.script().will_say(Ok(answer_with_id(verdict, "pi_1")));
        let stepped = till.create(till.draft()).unwrap();
        assert!(stepped.is_known);
        let payment = stepped.view.payment;
        assert_eq!(payment.status, status);
        assert_eq!(payment.transaction_id, Some(text("pi_1")));
        assert_eq!(payment, till.payment(payment.id), "what is answered is what is stored");
        let told: Vec<String> = till.told(payment.id);
        let expected: Vec<&str> = ["payment.created >waiting"].into_iter().chain(entry).collect();
        assert_eq!(told, expected, "{verdict:?}");
        let [captured, refunded] = till.sums(payment.id);
        assert_eq!(captured, if verdict == Verdict::Done { TOTAL } else { "0.00" });
        assert_eq!(refunded, "0.00");
    }
}

#[test]
fn the_first_entry_of_the_history_tells_what_is_paid() {
    let till = Till::new();
    let id = till.pay(Verdict::Done);
    let (name, data) = till.history(id).swap_remove(0);
    assert_eq!(name, "payment.created");
    let expected = json!({"to": "waiting", "total": "20.00", "currency": "USD"});
    assert_eq!(Value::from(data), expected);
}

#[test]
fn what_the_gateway_says_for_people_and_where_it_sends_the_payer_is_passed_on() {
    let till = Till::new();
    let url = Some("https://pay.example.org/1".to_owned());
    let message = Some("insufficient funds".to_owned());
    let said = GatewayAnswer {
        redirect_url: url.clone(),
        message: message.clone(),
        ..answer(Verdict::Declined)
    };
    till.script().will_say(Ok(said));
    let stepped = till.create(till.draft()).unwrap();
    assert_eq!(stepped.redirect_url, url);
    let logs = block_on(till.payments().logs(&till.bob, stepped.view.payment.id)).unwrap();
    assert_eq!(logs[0].message, message, "newest first");
}

#[test]
fn the_gateway_is_asked_for_the_whole_once_and_under_a_key_of_its_own() {
    let till = Till::new();
    let ids = [till.pay(Verdict::Pending), till.pay(Verdict::Done)];
    let orders = till.script().orders();
    assert_eq!(orders.len(), 2);
    for (order, id) in orders.iter().zip(ids) {
        assert_eq!((order.kind, order.payment.id), (OperationKind::Charge, id));
        assert_eq!(order.amount, money(TOTAL, "USD"));
    }
    assert_ne!(orders[0].key, orders[1].key);
}

#[test]
fn the_payment_is_on_record_before_the_gateway_hears_of_it() {
    let till = Till::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (services, admin, noted) = (till.services.clone(), till.admin, Arc::clone(&seen));
    till.ground.meanwhile(async move {
        let page = services.payments.list(&admin, Ok(ListRequest::default())).await.unwrap();
        noted.lock().unwrap().extend(page.items.iter().map(|view| view.payment.status));
    });
    till.pay(Verdict::Done);
    assert_eq!(*seen.lock().unwrap(), [PaymentStatus::Waiting]);
}

#[test]
fn everybody_pays_for_oneself_and_keeps_reference_and_amount() {
    let till = Till::new();
    let home = till.world.tenant("Home");
    let root = till.world.superadmin();
    for actor in [root, till.admin, till.world.owner("olga", home), till.bob] {
        till.script().will_say(Ok(answer(Verdict::Pending)));
        let draft = PaymentDraft {
            total: money("500", "JPY"),
            order_id: Some(text("order 7")),
            ..till.draft()
        };
        let view = block_on(till.payments().create(&actor, Ok(draft), None)).unwrap().view;
        assert_eq!(view.payment.user_id, actor.user);
        assert_eq!(view.tenant_id, actor.tenant);
        assert_eq!(view.payment.order_id, Some(text("order 7")));
        assert_eq!(view.payment.total, money("500", "JPY"));
        assert_eq!((view.gateway_name.as_str(), view.variant.as_str()), ("Cards", "dummy"));
    }
}

#[test]
fn the_clients_own_data_is_kept_without_the_keys_that_are_the_servers() {
    let till = Till::new();
    till.script().will_say(Ok(answer(Verdict::Done)));
    let own = json!({
        "cart": [1, 2],
        "description": "forged",
        "captured_amount": "1000.00",
        "refunded_amount": "20.00",
    });
    let draft = PaymentDraft {
        description: Some(text("Day pass")),
        metadata: samples::object(own.clone()),
        ..till.draft()
    };
    let payment = till.create(draft).unwrap().view.payment;
    assert_eq!(
        Value::from(payment.metadata.clone()),
        json!({"cart": [1, 2], "description": "Day pass"})
    );
    assert_eq!(payment.description(), "Day pass");
    assert_eq!(till.sums(payment.id), [TOTAL, "0.00"]);

    till.script().will_say(Ok(answer(Verdict::Done)));
    let draft = PaymentDraft { metadata: samples::object(own), ..till.draft() };
    let payment = till.create(draft).unwrap().view.payment;
    assert_eq!(Value::from(payment.metadata.clone()), json!({"cart": [1, 2]}));
    assert_eq!(payment.description(), "");
}

/// Pays through what was chosen; `None` where that is refused.
fn taken(till: &Till, choice: GatewayChoice) -> Option<GatewayId> {
    till.script().will_say(Ok(answer(Verdict::Pending)));
    match till.create(draft_through(choice)) {
        Ok(stepped) => Some(stepped.view.payment.payment_gateway_id),
        Err(error) => {
            assert_eq!(error.to_string(), "payment_gateway: Payment gateway unavailable.");
            None
        }
    }
}

fn called(text: &str) -> GatewayChoice {
    GatewayChoice::NameOrVariant(text.to_owned())
}

#[test]
fn a_gateway_is_taken_by_id_by_name_or_by_variant_of_the_highest_priority() {
    let till = Till::new();
    let add = |name, variant, priority| {
        let new = samples::new_gateway(name);
        till.add_gateway(NewGateway { variant: text(variant), priority, ..new })
    };
    let low = add("Low", "stripe", 1);
    let high = add("High", "stripe", 9);
    // The name of one is the variant of others.
    let namesake = add("stripe-eu", "manual", 0);
    let other = add("Elsewhere", "stripe-eu", 99);
    assert_eq!(taken(&till, GatewayChoice::Id(low)), Some(low));
    assert_eq!(taken(&till, GatewayChoice::Id(other)), Some(other));
    assert_eq!(taken(&till, called("Low")), Some(low));
    assert_eq!(taken(&till, called("stripe")), Some(high));
    assert_eq!(taken(&till, called("stripe-eu")), Some(namesake), "a name before a variant");
    assert_eq!(taken(&till, called("dummy")), Some(till.gateway));
}

#[test]
fn a_gateway_that_is_unknown_inactive_or_without_adapter_cannot_be_paid_with() {
    let till = Till::new();
    let add = |name, variant, is_active| {
        let new = samples::new_gateway(name);
        till.add_gateway(NewGateway { variant: text(variant), is_active, priority: 9, ..new })
    };
    let inactive = add("Off", "dummy", false);
    let unsupported = add("Foreign", "paypal", true);
    till.registry.set_unsupported("paypal");
    for choice in [
        GatewayChoice::Id(inactive),
        GatewayChoice::Id(unsupported),
        GatewayChoice::Id(GatewayId::new(999)),
        called("Off"),
        called("Foreign"),
        called("paypal"),
        called("nothing"),
        called(""),
    ] {
        assert_eq!(taken(&till, choice.clone()), None, "{choice:?}");
    }
    assert_eq!(till.all(), []);
    assert_eq!(till.script().orders(), []);
    assert_eq!(
        taken(&till, called("dummy")),
        Some(till.gateway),
        "the inactive one is passed over"
    );
}

#[test]
fn refused_input_begins_nothing() {
    let till = Till::new();
    let input = Err(Violations::of("amount", Violation::NotPositive).into());
    let result = block_on(till.payments().create(&till.bob, input, None));
    assert_eq!(refusal(result), "amount: Ensure this value is greater than 0.");
    assert_eq!(till.all(), []);
}

#[test]
fn a_payment_whose_gateway_cannot_be_reached_is_an_error_for_good() {
    let till = Till::new();
    till.script().will_be_unreachable();
    assert!(matches!(till.create(till.draft()), Err(Error::GatewayUnreachable)));
    let [id] = till.all()[..] else { unreachable!("one payment") };
    assert_eq!(till.status(id), PaymentStatus::Error);
    assert_eq!(till.told(id), ["payment.created >waiting", "payment.error waiting>error"]);
    assert!(till.is_settled(id));
    till.later(PATIENCE);
    assert_eq!(till.reconcile().unwrap(), 0, "the order is void");
    assert_eq!(till.script().orders().len(), 1);
}
