//! Laws of the payment state machine, whatever arrives in whatever order and however often.
//!
//! Gateways deliver webhooks late, twice and out of order; the same events also come from the
//! answer to a call and from reconciliation (contract §10.3, §10.5).

#![allow(clippy::unwrap_used, reason = "a test that cannot build its data has failed")]

use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use serde_json::Map;
use wiwebb_domain::ids::{GatewayId, PaymentId, UserId};
use wiwebb_domain::money::{Amount, Currency, Money};
use wiwebb_domain::payment::{IllegalTransition, Payment, PaymentEvent, PaymentStatus, Step};

fn some() -> Amount {
    Amount::new("4.50".parse().unwrap()).unwrap()
}

fn payment(status: PaymentStatus) -> Payment {
    let total = Amount::new("19.99".parse().unwrap()).unwrap();
    Payment {
        id: PaymentId::new(1),
        user_id: UserId::new(2),
        order_id: None,
        payment_gateway_id: GatewayId::new(3),
        status,
        total: Money::new(total, Currency::USD).unwrap(),
        transaction_id: None,
        webhook_received: false,
        metadata: Map::new(),
        created_at: DateTime::UNIX_EPOCH,
        modified_at: DateTime::UNIX_EPOCH,
    }
}

/// Everything that can happen to one payment; a refund in part and one of the rest.
fn everything() -> Vec<PaymentEvent> {
    use PaymentEvent as E;
    vec![
        E::Authorised,
        E::Succeeded,
        E::Captured,
        E::Declined,
        E::Cancelled,
        E::Failed,
        E::Refunded { remaining: some() },
        E::Refunded { remaining: Amount::ZERO },
    ]
}

/// All of these events in any order, each up to three times, or left out.
fn shuffled(events: Vec<PaymentEvent>) -> impl Strategy<Value = Vec<PaymentEvent>> {
    let times = proptest::collection::vec(0_usize..=3, events.len());
    times
        .prop_map(move |times| {
            let copies = events.iter().zip(times);
            copies.flat_map(|(event, times)| std::iter::repeat_n(*event, times)).collect::<Vec<_>>()
        })
        .prop_shuffle()
}

fn any_status() -> impl Strategy<Value = PaymentStatus> {
    prop::sample::select(PaymentStatus::ALL.to_vec())
}

/// What one event did.
struct Applied {
    event: PaymentEvent,
    before: Payment,
    outcome: Result<Step, IllegalTransition>,
    after: Payment,
    at: DateTime<Utc>,
}

/// Applies the events one second apart.
fn history(from: PaymentStatus, events: &[PaymentEvent]) -> Vec<Applied> {
    let mut payment = payment(from);
    let mut at = DateTime::UNIX_EPOCH;
    let mut history = Vec::new();
    for event in events.iter().copied() {
        at += Duration::seconds(1);
        let before = payment.clone();
        let outcome = payment.apply(event, at);
        let after = payment.clone();
        history.push(Applied { event, before, outcome, after, at });
    }
    history
}

proptest! {
    #[test]
    fn an_event_twice_in_a_row_is_as_good_as_once(
        from in any_status(),
        events in shuffled(everything()),
    ) {
        let doubled: Vec<PaymentEvent> = events.iter().flat_map(|event| [*event, *event]).collect();
        for pair in history(from, &doubled).chunks_exact(2) {
            match pair[0].outcome {
                Ok(_) => prop_assert_eq!(pair[1].outcome, Ok(Step::Stay)),
                Err(refusal) => prop_assert_eq!(pair[1].outcome, Err(refusal)),
            }
            prop_assert_eq!(&pair[1].after, &pair[0].after);
        }
    }

    #[test]
    fn a_confirmed_payment_is_never_anything_else_again_but_refunded(
        from in any_status(),
        events in shuffled(everything()),
    ) {
        for step in history(from, &events) {
            if step.before.status == PaymentStatus::Confirmed {
                let after = step.after.status;
                prop_assert!(
                    matches!(after, PaymentStatus::Confirmed | PaymentStatus::Refunded),
                    "{:?} made it {after}", step.event
                );
            }
        }
    }

    #[test]
    fn refunded_is_the_end(events in shuffled(everything())) {
        for step in history(PaymentStatus::Refunded, &events) {
            prop_assert_eq!(step.outcome, Ok(Step::Stay));
            prop_assert_eq!(step.after.status, PaymentStatus::Refunded);
        }
    }

    #[test]
    fn no_event_makes_a_payment_wait_again(
        from in any_status(),
        events in shuffled(everything()),
    ) {
        for step in history(from, &events) {
            if step.after.status == PaymentStatus::Waiting {
                prop_assert_eq!(step.before.status, PaymentStatus::Waiting);
            }
        }
    }

    #[test]
    fn money_that_came_is_known_in_the_end_whatever_came_before_or_behind(
        others in shuffled(everything().into_iter().filter(|e| *e != PaymentEvent::Cancelled).collect()),
        place in any::<prop::sample::Index>(),
    ) {
        let mut events = others;
        events.insert(place.index(events.len() + 1), PaymentEvent::Succeeded);
        let last = history(PaymentStatus::Waiting, &events).pop().map(|step| step.after.status);
        prop_assert!(
            matches!(last, Some(PaymentStatus::Confirmed | PaymentStatus::Refunded)),
            "{last:?}"
        );
    }

    #[test]
    fn a_move_names_the_states_it_leads_from_and_to_and_its_instant(
        from in any_status(),
        events in shuffled(everything()),
    ) {
        for step in history(from, &events) {
            if let Ok(Step::Move { from, to }) = step.outcome {
                prop_assert_ne!(from, to);
                prop_assert_eq!(from, step.before.status);
                let expected = Payment { status: to, modified_at: step.at, ..step.before };
                prop_assert_eq!(step.after, expected);
            }
        }
    }

    #[test]
    fn an_event_that_is_refused_or_comes_late_leaves_the_payment_as_it_is(
        from in any_status(),
        events in shuffled(everything()),
    ) {
        for step in history(from, &events) {
            match step.outcome {
                Ok(Step::Move { .. }) => {}
                Ok(Step::Stay) => prop_assert_eq!(step.after, step.before),
                Err(refusal) => {
                    prop_assert_eq!(refusal.from, step.before.status);
                    prop_assert_eq!(refusal.event, step.event);
                    prop_assert_eq!(step.after, step.before);
                }
            }
        }
    }
}
