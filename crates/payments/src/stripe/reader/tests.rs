mod opening;

use chrono::Duration;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use wiwebb_domain::ids::{PaymentId, RefundId};
use wiwebb_domain::money::Amount;
use wiwebb_domain::payment::PaymentEvent as E;
use wiwebb_domain::subscription::{Mirror, Period, SubscriptionStatus as S};
use wiwebb_domain::testing::samples::{self, money, now, text};
use wiwebb_domain::webhook::{
    InvoiceFact, PaymentFact, PaymentRef, RefundFact, Stated, SubscriptionFact,
};

use super::*;

/// What three versions of the API make of the same events.
const VERSIONS: [(&str, &str); 3] = [
    ("2026-09-30.endive", include_str!("../../../tests/fixtures/events_endive.json")),
    ("2025-09-30.clover", include_str!("../../../tests/fixtures/events_clover.json")),
    ("2025-02-24.acacia", include_str!("../../../tests/fixtures/events_acacia.json")),
];

/// When the objects of the samples were made, and a minute later: when the events happened.
const MADE: i64 = 1_793_512_800;
const HAPPENED: i64 = MADE + 60;

/// Days of a period of the samples.
const DAYS: i64 = 30;

/// Our name of the subscription in the samples.
const OURS: &str = "sub_00000000000000000000000000000005";

fn reader(webhook_secrets: Option<&str>) -> StripeWebhooks {
    let webhook_secrets = webhook_secrets.map(SecretString::from);
    StripeWebhooks::new(&StripeConfig { webhook_secrets, ..StripeConfig::default() }).unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn amount(text: &str) -> Amount {
    money(text, "USD").amount()
}

async fn facts(event: &Value) -> Facts {
    let stored = WebhookEvent { payload: event.to_string(), ..samples::webhook_event(1, "evt_1") };
    reader(None).read(&stored, now()).await.unwrap()
}

/// What an event of one type says of an object.
async fn told(kind: &str, object: Value) -> Facts {
    facts(&json!({"id": "evt_1", "type": kind, "data": {"object": object}})).await
}

/// What an event of the samples says, in whichever version it was written.
async fn sample(name: &str) -> Vec<Fact> {
    let mut said = Vec::new();
    for (version, events) in VERSIONS {
        let events: Map<String, Value> = serde_json::from_str(events).unwrap();
        assert_eq!(events[name]["api_version"], version);
        said.push(facts(&events[name]).await.unwrap());
    }
    assert_eq!(said[0], said[1]);
    assert_eq!(said[0], said[2]);
    said.remove(0)
}

/// The payment of the samples.
fn payment() -> PaymentRef {
    PaymentRef { transaction_id: Some(text("pi_3QxA1")), payment_id: Some(PaymentId::new(7)) }
}

fn payment_fact(event: E) -> PaymentFact {
    PaymentFact {
        payment: payment(),
        event,
        total: Stated::Sum(money("19.99", "USD")),
        received: None,
        message: None,
    }
}

#[tokio::test]
async fn an_intent_is_told_by_the_type_of_the_event() {
    let message = |text: &str| Some(text.to_owned());
    for (name, expected) in [
        (
            "intent_succeeded",
            PaymentFact { received: Some(amount("19.99")), ..payment_fact(E::Succeeded) },
        ),
        (
            "intent_failed",
            PaymentFact {
                message: message("Your card has insufficient funds."),
                ..payment_fact(E::Declined)
            },
        ),
        (
            "intent_canceled",
            PaymentFact { message: message("abandoned"), ..payment_fact(E::Cancelled) },
        ),
        ("intent_held", payment_fact(E::Authorised)),
    ] {
        assert_eq!(sample(name).await, [Fact::Payment(expected)], "{name}");
    }
}

#[tokio::test]
async fn a_refunded_charge_tells_the_sum_that_went_back() {
    let expected = Fact::Refunded { payment: payment(), total: amount("5.00") };
    assert_eq!(sample("charge_refunded").await, [expected]);
}

#[tokio::test]
async fn a_refund_tells_how_it_stands() {
    let expected = |status| {
        Fact::Refund(RefundFact {
            payment: payment(),
            transaction_id: text("re_3QxA1"),
            refund_id: Some(RefundId::new(3)),
            amount: amount("5.00"),
            status,
        })
    };
    assert_eq!(sample("refund_updated").await, [expected(RefundStatus::Succeeded)]);
    assert_eq!(sample("refund_failed").await, [expected(RefundStatus::Failed)]);
}

#[tokio::test]
async fn a_dispute_is_for_people_to_see() {
    let which = PaymentRef { payment_id: None, ..payment() };
    assert_eq!(sample("dispute_created").await, [Fact::Note(which)]);
}

/// The subscription of the samples as it is told when the events happened.
fn account(status: Option<S>) -> Mirror {
    Mirror { external_id: Some(text("sub_1QxA1")), status, ..samples::mirror(at(HAPPENED)) }
}

fn period() -> Period {
    Period { start: at(MADE), end: at(MADE) + Duration::days(DAYS) }
}

#[tokio::test]
async fn a_session_that_was_paid_begins_the_subscription_that_it_names() {
    let names = vec![text(OURS), text("cs_test_a1QxA1")];
    let expected = SubscriptionFact { names, mirror: account(Some(S::Active)) };
    assert_eq!(sample("session_completed").await, [Fact::Subscription(expected)]);
}

#[tokio::test]
async fn a_session_that_was_not_paid_ends_the_subscription_that_it_names() {
    let names = vec![text(OURS), text("cs_test_a1QxA1")];
    let mirror = Mirror { external_id: None, ..account(Some(S::Canceled)) };
    let expected = SubscriptionFact { names, mirror };
    assert_eq!(sample("session_expired").await, [Fact::Subscription(expected)]);
}

#[tokio::test]
async fn a_subscription_tells_how_it_stands() {
    let names = vec![text("sub_1QxA1"), text(OURS)];
    let stands = |status| Mirror {
        period: Some(period()),
        cancel_at_period_end: Some(false),
        ..account(Some(status))
    };
    let updated = SubscriptionFact { names: names.clone(), mirror: stands(S::PastDue) };
    assert_eq!(sample("subscription_updated").await, [Fact::Subscription(updated)]);
    let mirror = Mirror { canceled_at: Some(at(HAPPENED)), ..stands(S::Canceled) };
    let deleted = SubscriptionFact { names, mirror };
    assert_eq!(sample("subscription_deleted").await, [Fact::Subscription(deleted)]);
}

#[tokio::test]
async fn a_paid_invoice_tells_the_sum_and_the_period() {
    for (version, events) in VERSIONS {
        let events: Map<String, Value> = serde_json::from_str(events).unwrap();
        // Newer versions name the payment of an invoice only where asked to.
        let named = version == "2025-02-24.acacia";
        let expected = Fact::Invoice(InvoiceFact {
            names: vec![text("sub_1QxA1"), text(OURS)],
            transaction_id: text(if named { "pi_3QxB1" } else { "in_1QxA1" }),
            paid: Some(money("9.00", "USD")),
            mirror: Mirror { period: Some(period()), ..account(Some(S::Active)) },
        });
        assert_eq!(facts(&events["invoice_paid"]).await, Some(vec![expected]), "{version}");
    }
}

#[tokio::test]
async fn an_invoice_that_could_not_be_paid_is_owed() {
    let names = vec![text("sub_1QxA1"), text(OURS)];
    let expected = SubscriptionFact { names, mirror: account(Some(S::PastDue)) };
    assert_eq!(sample("invoice_failed").await, [Fact::Subscription(expected)]);
}

#[tokio::test]
async fn other_events_are_of_no_interest() {
    for kind in [
        "payment_intent.created",
        "payment_intent.processing",
        "charge.succeeded",
        "charge.dispute",
        "customer.created",
        "customer.subscription.trial_will_end",
        "invoice.created",
        "checkout.session.async_payment_succeeded",
        "radar.early_fraud_warning.created",
        "payment_intent.succeeded ",
        "",
    ] {
        assert_eq!(told(kind, json!({"id": "x"})).await, None, "{kind}");
    }
}

#[tokio::test]
async fn the_least_of_an_object_is_enough() {
    let which = |id: &str| PaymentRef { transaction_id: Some(text(id)), payment_id: None };
    let bare = |event| {
        let total = Stated::Nothing;
        let payment = which("pi_1");
        Some(vec![Fact::Payment(PaymentFact {
            payment,
            event,
            total,
            received: None,
            message: None,
        })])
    };
    for (kind, event) in [
        ("payment_intent.succeeded", E::Succeeded),
        ("payment_intent.payment_failed", E::Declined),
        ("payment_intent.canceled", E::Cancelled),
        ("payment_intent.amount_capturable_updated", E::Authorised),
    ] {
        assert_eq!(told(kind, json!({"id": "pi_1"})).await, bare(event), "{kind}");
    }
    let subscription = |status| {
        let mirror = Mirror {
            external_id: Some(text("sub_1")),
            status,
            cancel_at_period_end: Some(false),
            ..samples::mirror(now())
        };
        Some(vec![Fact::Subscription(SubscriptionFact { names: vec![text("sub_1")], mirror })])
    };
    let least = json!({"id": "sub_1"});
    assert_eq!(told("customer.subscription.updated", least.clone()).await, subscription(None));
    let deleted = told("customer.subscription.deleted", least).await;
    assert_eq!(deleted, subscription(Some(S::Canceled)));
}

#[tokio::test]
async fn what_is_odd_in_an_object_is_no_panic() {
    let odd = [json!(null), json!(-1), json!(1e300), json!("x\u{0}"), json!([]), json!({})];
    let fields = [
        "id",
        "amount",
        "currency",
        "amount_received",
        "metadata",
        "last_payment_error",
        "status",
        "payment_intent",
        "refunds",
        "subscription",
        "items",
        "lines",
        "parent",
        "trial_end",
        "amount_paid",
        "client_reference_id",
        "mode",
        "current_period_end",
    ];
    for kind in [
        "payment_intent.succeeded",
        "charge.refunded",
        "refund.updated",
        "charge.dispute.closed",
        "checkout.session.completed",
        "checkout.session.expired",
        "invoice.paid",
        "invoice.payment_failed",
        "customer.subscription.deleted",
    ] {
        for (field, value) in fields.iter().flat_map(|field| odd.iter().map(move |v| (field, v))) {
            let mut object = json!({"id": "x_1", "amount": 5, "currency": "usd"});
            object[field] = value.clone();
            told(kind, object).await;
        }
    }
}

#[tokio::test]
async fn a_payload_that_is_no_event_is_about_nothing_known() {
    for payload in ["", "{}", "[]", r#"{"id": "evt_1"}"#] {
        let stored =
            WebhookEvent { payload: payload.to_owned(), ..samples::webhook_event(1, "evt_1") };
        assert_eq!(reader(None).read(&stored, now()).await.unwrap(), Some(vec![]), "{payload}");
    }
}
