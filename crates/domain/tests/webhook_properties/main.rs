//! Laws of what gateways report of one payment: late, twice, out of order, and while the gateway
//! cannot be asked (contract §10.3).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod history;
mod server;

use chrono::Duration;
use futures_executor::block_on;
use proptest::prelude::*;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::RefundDraft;
use wiwebb_domain::testing::gateway::answer_with_id;

use history::{Course, Delivery, History, Move, TOTAL, cents, name};
use server::Server;

fn in_order(history: &History) -> Vec<Delivery> {
    (0..history.told.len()).map(|number| Delivery { number, in_vain: false }).collect()
}

fn course() -> impl Strategy<Value = Course> {
    prop_oneof![
        1 => Just(Course::Unpaid),
        1 => Just(Course::CalledOff),
        1 => Just(Course::Held),
        1 => Just(Course::Released),
        4 => (1..=TOTAL).prop_map(Course::Captured),
        4 => Just(Course::Paid),
    ]
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        (prop_oneof![1_u32..=100, Just(100)], any::<bool>())
            .prop_map(|(share, at_once)| Move::Begin { share, at_once }),
        (any::<prop::sample::Index>(), any::<bool>())
            .prop_map(|(which, fails)| Move::End { which, fails }),
    ]
}

/// A history, and its events in any order, each up to three times.
fn histories(
    course: impl Strategy<Value = Course>,
) -> impl Strategy<Value = (History, Vec<Delivery>)> {
    let moves = proptest::collection::vec(any_move(), 0..8);
    (0_usize..3, course, moves).prop_flat_map(|(attempts, course, moves)| {
        let history = History::new(attempts, course, &moves);
        let arrivals = proptest::collection::vec(any::<bool>(), 1..=3);
        let all = proptest::collection::vec(arrivals, history.told.len());
        let order = all.prop_map(|all| {
            let numbered = all.into_iter().enumerate();
            numbered
                .flat_map(|(number, arrivals)| {
                    arrivals.into_iter().map(move |in_vain| Delivery { number, in_vain })
                })
                .collect::<Vec<_>>()
        });
        (Just(history), order.prop_shuffle())
    })
}

proptest! {
    #[test]
    fn a_payment_ends_the_same_in_whatever_order_and_however_often_its_events_come(
        (history, order) in histories(course()),
        is_known in any::<bool>(),
    ) {
        let verdict = is_known.then_some(Verdict::Pending);
        let told_in_order = Server::new(verdict);
        told_in_order.deliver_all(&history, &in_order(&history), None);
        let server = Server::new(verdict);
        server.deliver_all(&history, &order, None);
        prop_assert_eq!(server.outcome(), told_in_order.outcome());
    }

    #[test]
    fn a_payment_ends_as_it_stands_at_the_gateway(
        (history, order) in histories(course()),
    ) {
        prop_assume!(history.is_settled());
        let server = Server::new(Some(Verdict::Pending));
        server.deliver_all(&history, &order, None);
        prop_assert_eq!(server.outcome(), history.outcome());
    }

    #[test]
    fn a_payment_ends_as_it_stands_where_the_gateway_is_asked_about_every_event(
        (history, order) in histories(prop_oneof![
            Just(Course::CalledOff),
            Just(Course::Held),
            (1..=TOTAL).prop_map(Course::Captured),
            Just(Course::Paid),
        ]),
        haste in 0_usize..4,
    ) {
        prop_assume!(history.is_settled());
        let server = Server::new(Some(Verdict::Pending));
        // What an event is about has happened when it comes, and perhaps more.
        let mut by = 0;
        for delivery in order {
            by = history.told.len().min(by.max(delivery.number + 1) + haste);
            let standing = history.standing(delivery.number, by);
            let facts = standing.into_iter().map(|happening| server.fact(happening, None));
            server.deliver_as(&history.told, delivery, facts.collect());
        }
        server.catch_up();
        prop_assert_eq!(server.outcome(), history.outcome());
    }

    #[test]
    fn every_event_is_told_once_in_the_history_of_its_payment(
        (history, order) in histories(course()),
    ) {
        let server = Server::new(Some(Verdict::Pending));
        server.deliver_all(&history, &order, None);
        let ids = (0..history.told.len()).map(|number| (format!("evt_{number}"), 1));
        prop_assert_eq!(server.entries(), ids.collect());
    }

    #[test]
    fn a_refund_asked_for_here_ends_as_at_the_gateway_whenever_its_answer_comes(
        (history, order) in histories(Just(Course::Paid)),
        place in any::<prop::sample::Index>(),
    ) {
        prop_assume!(history.is_settled() && !history.refunds.is_empty());
        let server = Server::new(Some(Verdict::Done));
        let (amount, _) = history.refunds[0];
        server.registry.gateway().will_lose(answer_with_id(Verdict::Done, &name(0)));
        let draft = RefundDraft { amount: Some(cents(amount)), reason: None };
        let payments = &server.services.payments;
        let asked = payments.refund(&server.admin, server.payment, Ok(draft), None);
        prop_assert!(!block_on(asked).unwrap().is_known);
        let ours = Some(block_on(payments.refunds(&server.admin, server.payment)).unwrap()[0].id);
        let (before, behind) = order.split_at(place.index(order.len() + 1));
        for delivery in before {
            server.deliver(&history.told, *delivery, ours);
        }
        server.clock.advance(Duration::minutes(1));
        prop_assert_eq!(block_on(payments.reconcile_due(10)).unwrap(), 1);
        server.deliver_all(&history, behind, ours);
        prop_assert_eq!(server.outcome(), history.outcome());
    }
}
