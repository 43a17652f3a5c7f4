//! What every adapter promises the use cases, and what each of them answers (contract §9.2).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use serde_json::{Value, json};
use wiwebb_domain::gateway::{GatewaySettings, PaymentGatewayConfig};
use wiwebb_domain::ids::{GatewayId, UserId};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::{Payment, PaymentStatus};
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry as _, PaymentGateway, Verdict,
};
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;
use wiwebb_payments::{Registry, RegistryConfig};

const VARIANTS: [&str; 2] = ["dummy", "manual"];

fn config(variant: &str, config: Value) -> PaymentGatewayConfig {
    PaymentGatewayConfig {
        variant: samples::text(variant),
        config: GatewaySettings::new(samples::object(config)),
        ..samples::gateway(1, variant)
    }
}

fn registry() -> Registry {
    let config = RegistryConfig {
        dummy: true,
        public_url: "https://wiwebb.example.org/".to_owned(),
        ..RegistryConfig::default()
    };
    Registry::new(config, Arc::new(PlainSecrets::default())).unwrap()
}

/// A gateway in a process of its own: nothing is shared with another one.
fn gateway(variant: &str, settings: Value) -> Arc<dyn PaymentGateway> {
    registry().open(&config(variant, settings)).unwrap()
}

fn payment() -> Payment {
    Payment {
        transaction_id: Some(samples::text("tx_of_the_charge")),
        status: PaymentStatus::Preauth,
        ..samples::payment(1, UserId::new(1), GatewayId::new(1))
    }
}

fn order(kind: OperationKind, key: &str) -> GatewayOrder {
    let payment = match kind {
        OperationKind::Charge => samples::payment(1, UserId::new(1), GatewayId::new(1)),
        _ => payment(),
    };
    let amount = samples::money("7.50", "USD");
    GatewayOrder {
        kind,
        payment,
        amount,
        key: key.to_owned(),
        refund_id: None,
        is_repeat: false,
        off_session: false,
    }
}

async fn carry_out(
    variant: &str,
    settings: Value,
    order: GatewayOrder,
) -> Result<GatewayAnswer, GatewayError> {
    gateway(variant, settings).carry_out(order).await
}

/// The settings that decide what the dummy answers to an order of this kind.
const fn setting(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Charge => "outcome",
        OperationKind::Capture => "capture_outcome",
        OperationKind::Cancel => "cancel_outcome",
        OperationKind::Refund => "refund_outcome",
    }
}

#[tokio::test]
async fn the_same_order_under_the_same_key_gets_the_same_answer_from_any_replica() {
    for variant in VARIANTS {
        for kind in OperationKind::ALL {
            let first = gateway(variant, json!({}));
            let answer = first.carry_out(order(kind, "key-1")).await.unwrap();
            assert!(answer.transaction_id.is_some(), "{variant} {kind:?}");
            let again = first.carry_out(order(kind, "key-1")).await.unwrap();
            assert_eq!(again, answer, "{variant} {kind:?}");
            let elsewhere = carry_out(variant, json!({}), order(kind, "key-1")).await.unwrap();
            assert_eq!(elsewhere, answer, "{variant} {kind:?}");
        }
    }
}

#[tokio::test]
async fn charges_and_refunds_under_different_keys_are_different_transactions() {
    let mut ids = Vec::new();
    for variant in VARIANTS {
        for kind in [OperationKind::Charge, OperationKind::Refund] {
            for key in ["1", "2", "a longer key: 0192d4e0-7b1c-7000-8000-000000000000"] {
                let key = format!("{}-{key}", kind.as_str());
                let answer = carry_out(variant, json!({}), order(kind, &key)).await.unwrap();
                ids.push(answer.transaction_id.unwrap());
            }
        }
    }
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[tokio::test]
async fn a_capture_and_a_release_keep_the_name_of_the_payment() {
    for variant in VARIANTS {
        for kind in [OperationKind::Capture, OperationKind::Cancel] {
            let answer = carry_out(variant, json!({}), order(kind, "key-1")).await.unwrap();
            assert_eq!(answer.transaction_id, payment().transaction_id, "{variant} {kind:?}");
        }
    }
}

#[tokio::test]
async fn capturing_releasing_and_giving_back_is_done_for_any_amount() {
    for variant in VARIANTS {
        for kind in [OperationKind::Capture, OperationKind::Cancel, OperationKind::Refund] {
            for (amount, currency) in
                [("0.01", "USD"), ("19.99", "USD"), ("99999999.99", "EUR"), ("1", "JPY")]
            {
                let amount = samples::money(amount, currency);
                let order = GatewayOrder { amount, ..order(kind, "key-1") };
                let answer = carry_out(variant, json!({}), order).await.unwrap();
                assert_eq!(answer.verdict, Verdict::Done, "{variant} {kind:?} {amount:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_manual_payment_waits_whatever_is_configured() {
    for settings in [json!({}), json!({"outcome": "confirmed", "answer_after": 3})] {
        let answer = carry_out("manual", settings, order(OperationKind::Charge, "1")).await;
        assert_eq!(answer.unwrap().verdict, Verdict::Pending);
    }
}

#[tokio::test]
async fn the_dummy_answers_a_charge_as_configured_and_a_decline_is_an_answer() {
    for (outcome, verdict) in [
        ("waiting", Verdict::Pending),
        ("preauth", Verdict::Authorised),
        ("confirmed", Verdict::Done),
        ("rejected", Verdict::Declined),
        ("error", Verdict::Failed),
        ("no such word", Verdict::Pending),
    ] {
        let settings = json!({ "outcome": outcome });
        let answer = carry_out("dummy", settings, order(OperationKind::Charge, "1")).await;
        assert_eq!(answer.unwrap().verdict, verdict, "{outcome}");
    }
}

#[tokio::test]
async fn a_charge_that_waits_is_settled_on_a_page_of_this_server_and_nothing_else_is() {
    for variant in VARIANTS {
        for kind in OperationKind::ALL {
            let answer = carry_out(variant, json!({}), order(kind, "1")).await.unwrap();
            let id = answer.transaction_id.unwrap();
            let page = format!("https://wiwebb.example.org/checkout/{}/", id.as_str());
            let expected = (kind == OperationKind::Charge).then_some(page);
            assert_eq!(answer.redirect_url, expected, "{variant} {kind:?}");
        }
    }
    let settings = json!({"outcome": "confirmed"});
    let paid = carry_out("dummy", settings, order(OperationKind::Charge, "1")).await.unwrap();
    assert_eq!(paid.redirect_url, None);
}

/// A charge that the payer agreed to beforehand.
async fn renewal(settings: Value) -> Result<GatewayAnswer, GatewayError> {
    let order = GatewayOrder { off_session: true, ..order(OperationKind::Charge, "1") };
    carry_out("dummy", settings, order).await
}

#[tokio::test]
async fn the_dummy_waits_for_no_payer_who_agreed_beforehand() {
    for (outcome, verdict) in [
        ("waiting", Verdict::Done),
        ("no such word", Verdict::Done),
        ("preauth", Verdict::Authorised),
        ("confirmed", Verdict::Done),
        ("rejected", Verdict::Declined),
        ("error", Verdict::Failed),
    ] {
        let answer = renewal(json!({ "outcome": outcome })).await.unwrap();
        assert_eq!(answer.verdict, verdict, "{outcome}");
    }
    assert_eq!(renewal(json!({})).await.unwrap().verdict, Verdict::Done);
    assert!(renewal(json!({"outcome": "timeout"})).await.is_err());
}

#[tokio::test]
async fn the_dummy_answers_a_renewal_as_configured_for_renewals() {
    for (outcome, verdict) in [
        ("confirmed", Verdict::Done),
        ("waiting", Verdict::Pending),
        ("rejected", Verdict::Declined),
        ("error", Verdict::Failed),
        ("no such word", Verdict::Declined),
    ] {
        let settings = json!({"outcome": "rejected", "renewal_outcome": outcome});
        assert_eq!(renewal(settings).await.unwrap().verdict, verdict, "{outcome}");
    }
    let unknown = renewal(json!({"renewal_outcome": "timeout"})).await.unwrap_err();
    assert!(matches!(unknown, GatewayError::Unknown(_)));
    let never = renewal(json!({"renewal_outcome": "unreachable"})).await.unwrap_err();
    assert!(matches!(never, GatewayError::Unreachable(_)));
    let settings = json!({"renewal_outcome": "rejected"});
    let first = carry_out("dummy", settings, order(OperationKind::Charge, "1")).await.unwrap();
    assert_eq!(first.verdict, Verdict::Pending, "a first payment is no renewal");
}

#[tokio::test]
async fn the_dummy_answers_what_follows_a_charge_as_configured_for_that_kind_alone() {
    let follow_ups = [OperationKind::Capture, OperationKind::Cancel, OperationKind::Refund];
    for configured in follow_ups {
        let settings = json!({ (setting(configured)): "declined", "outcome": "rejected" });
        for kind in follow_ups {
            let answer = carry_out("dummy", settings.clone(), order(kind, "1")).await.unwrap();
            let expected = if kind == configured { Verdict::Declined } else { Verdict::Done };
            assert_eq!(answer.verdict, expected, "{kind:?} with {settings}");
        }
    }
}

#[tokio::test]
async fn a_timeout_is_unknown_and_an_unreachable_gateway_was_never_asked() {
    for kind in OperationKind::ALL {
        let silent = gateway("dummy", json!({ (setting(kind)): "timeout" }));
        for _ in 0..3 {
            let told = silent.carry_out(order(kind, "1")).await.unwrap_err();
            assert!(matches!(told, GatewayError::Unknown(_)), "{kind:?}: {told}");
        }
        // The one who is never reached does not think either.
        let settings = json!({ (setting(kind)): "unreachable", "delay_ms": 20_000 });
        let told = carry_out("dummy", settings, order(kind, "1")).await.unwrap_err();
        assert!(matches!(told, GatewayError::Unreachable(_)), "{kind:?}: {told}");
    }
}

#[tokio::test]
async fn an_order_goes_unanswered_as_often_as_configured_and_is_answered_from_then_on() {
    let registry = registry();
    let settings = config("dummy", json!({"outcome": "confirmed", "answer_after": 2}));
    let ask = async |key| {
        // Opened anew each time, as a reconciler does.
        let gateway = registry.open(&settings).unwrap();
        gateway.carry_out(order(OperationKind::Charge, key)).await
    };
    for key in ["one", "two"] {
        for _ in 0..2 {
            assert!(matches!(ask(key).await, Err(GatewayError::Unknown(_))), "{key}");
        }
        let answer = ask(key).await.unwrap();
        assert_eq!(answer.verdict, Verdict::Done);
        assert_eq!(ask(key).await.unwrap(), answer);
    }
    let at_once =
        carry_out("dummy", json!({"outcome": "confirmed"}), order(OperationKind::Charge, "one"));
    assert_eq!(ask("one").await.unwrap(), at_once.await.unwrap(), "silence changes no answer");
}

#[tokio::test]
async fn what_the_configuration_holds_by_mistake_counts_as_not_configured() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0.5),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!(" confirmed "),
        json!("CONFIRMED"),
        json!("x".repeat(100_000)),
        json!(["timeout"]),
        json!({"timeout": "unreachable"}),
    ];
    let keys =
        ["outcome", "renewal_outcome", "capture_outcome", "cancel_outcome", "refund_outcome"];
    for variant in VARIANTS {
        for kind in OperationKind::ALL {
            let expected = carry_out(variant, json!({}), order(kind, "1")).await.unwrap();
            for value in &odd {
                for key in keys.into_iter().chain(["delay_ms", "answer_after", "unknown"]) {
                    let settings = json!({ (key): value });
                    let answer = carry_out(variant, settings, order(kind, "1")).await;
                    assert_eq!(answer.unwrap(), expected, "{variant} {kind:?} {key}: {value}");
                }
            }
        }
    }
}
