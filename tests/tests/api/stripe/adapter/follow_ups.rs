//! Captures, releases and refunds.

use serde_json::json;
use wiwebb_tests::stripe::Outcome;

use super::*;

#[tokio::test]
async fn what_is_held_is_captured_in_whole_or_in_part() {
    for (amount, units) in [("19.99", 1999), ("5.00", 500)] {
        let world = World::new().await;
        let held = world.held().await;
        let answer = world.answer(json!({}), capture(&held, amount, "key-1")).await;
        assert_eq!(answer.verdict, Verdict::Done);
        assert_eq!(answer.transaction_id, held.transaction_id);
        assert_eq!(world.stripe.charges()[0].captured, units);
    }
}

#[tokio::test]
async fn a_capture_that_was_carried_out_is_done_even_when_its_key_is_forgotten() {
    let world = World::new().await;
    let held = world.held().await;
    let first = world.answer(json!({}), capture(&held, "5.00", "key-1")).await;
    let repeated = again(capture(&held, "5.00", "key-1"));
    assert_eq!(world.answer(json!({}), repeated.clone()).await, first);
    world.stripe.advance(25 * 3600);
    assert_eq!(world.answer(json!({}), repeated).await, first);
    assert_eq!(world.stripe.charges()[0].captured, 500);
}

#[tokio::test]
async fn a_capture_of_another_part_than_was_taken_is_declined() {
    let world = World::new().await;
    let held = world.held().await;
    world.answer(json!({}), capture(&held, "5.00", "key-1")).await;
    let answer = world.answer(json!({}), capture(&held, "6.00", "key-2")).await;
    assert_eq!(answer.verdict, Verdict::Declined);
    assert!(answer.message.unwrap().contains("succeeded"));
}

#[tokio::test]
async fn what_is_not_held_is_not_captured() {
    let world = World::new().await;
    let open = world.open().await;
    let answer = world.answer(json!({}), capture(&open, "19.99", "key-1")).await;
    assert_eq!(answer.verdict, Verdict::Declined);

    world.answer(json!({}), cancel(&open, "key-2")).await;
    let answer = world.answer(json!({}), capture(&open, "19.99", "key-3")).await;
    assert_eq!(answer.verdict, Verdict::Declined);
    assert_eq!(answer.transaction_id, open.transaction_id);
}

#[tokio::test]
async fn more_than_is_held_is_not_captured() {
    let world = World::new().await;
    let held = world.held().await;
    let answer = world.answer(json!({}), capture(&held, "20.00", "key-1")).await;
    assert_eq!(answer.verdict, Verdict::Declined);
    assert_eq!(world.status(&held), "requires_capture");
}

#[tokio::test]
async fn an_open_payment_and_a_held_one_are_called_off() {
    let world = World::new().await;
    let open = world.open().await;
    let answer = world.answer(json!({}), cancel(&open, "key-1")).await;
    assert_eq!((answer.verdict, answer.message), (Verdict::Done, None));
    assert_eq!(
        (world.status(&open).as_str(), &open.transaction_id),
        ("canceled", &answer.transaction_id)
    );

    let world = World::new().await;
    let held = world.held().await;
    assert_eq!(world.answer(json!({}), cancel(&held, "key-1")).await.verdict, Verdict::Done);
    assert_eq!(world.status(&held), "canceled");
}

#[tokio::test]
async fn what_was_called_off_before_is_done() {
    let world = World::new().await;
    let held = world.held().await;
    for key in ["key-1", "key-2"] {
        assert_eq!(world.answer(json!({}), cancel(&held, key)).await.verdict, Verdict::Done);
    }
}

#[tokio::test]
async fn what_was_paid_meanwhile_is_not_called_off() {
    let world = World::new().await;
    let open = world.open().await;
    world.stripe.pay(open.transaction_id.as_ref().unwrap().as_str(), Outcome::Succeed);
    let answer = world.answer(json!({}), cancel(&open, "key-1")).await;
    assert_eq!(answer.verdict, Verdict::Declined);
    assert!(answer.message.unwrap().contains("succeeded"));
}

#[tokio::test]
async fn a_payment_that_stripe_does_not_have_is_declined_whatever_is_ordered() {
    let world = World::new().await;
    let nameless = payment();
    let unknown = Payment { transaction_id: Some(text("pi_unknown")), ..payment() };
    let elsewhere = Payment { transaction_id: Some(text("dummy_../charges")), ..payment() };
    for payment in [nameless, unknown, elsewhere] {
        for kind in [OperationKind::Capture, OperationKind::Cancel, OperationKind::Refund] {
            let order = order(kind, payment.clone(), "5.00", kind.as_str());
            let answer = world.answer(json!({}), order).await;
            assert_eq!(answer.verdict, Verdict::Declined, "{kind:?}");
            assert!(answer.message.is_some());
        }
    }
}

#[tokio::test]
async fn money_goes_back_in_parts_until_all_of_it_has() {
    let world = World::new().await;
    let paid = world.paid().await;
    for (amount, key, refunded) in [("5.00", "key-1", 500), ("14.99", "key-2", 1999)] {
        let answer = world.answer(json!({}), refund(&paid, amount, key)).await;
        assert_eq!(answer.verdict, Verdict::Done);
        let id = answer.transaction_id.unwrap();
        let refund = world.stripe.object(id.as_str());
        assert_eq!(refund["metadata"], json!({"payment": "7", "refund": "3"}));
        assert_eq!(world.stripe.charges()[0].refunded, refunded);
    }
}

#[tokio::test]
async fn more_than_is_left_does_not_go_back() {
    let world = World::new().await;
    let paid = world.paid().await;
    for (amount, key) in [("20.00", "key-1"), ("19.99", "key-2"), ("0.01", "key-3")] {
        let answer = world.answer(json!({}), refund(&paid, amount, key)).await;
        let expected = if amount == "19.99" { Verdict::Done } else { Verdict::Declined };
        assert_eq!(answer.verdict, expected, "{amount}");
        assert_eq!(answer.message.is_some(), expected == Verdict::Declined);
    }
    assert_eq!(world.stripe.charges()[0].refunded, 1999);
}

#[tokio::test]
async fn money_that_was_not_taken_does_not_go_back() {
    let world = World::new().await;
    let held = world.held().await;
    let answer = world.answer(json!({}), refund(&held, "5.00", "key-1")).await;
    assert_eq!((answer.verdict, answer.transaction_id), (Verdict::Declined, None));
}

#[tokio::test]
async fn a_refund_under_way_is_asked_about_until_it_is_known() {
    let world = World::new().await;
    world.stripe.hold_refunds(true);
    let paid = world.paid().await;
    let first = world.answer(json!({}), refund(&paid, "5.00", "key-1")).await;
    assert_eq!(first.verdict, Verdict::Pending);
    let id = first.transaction_id.unwrap();
    let ask = || world.answer(json!({}), again(refund(&paid, "5.00", "key-1")));
    assert_eq!(ask().await.verdict, Verdict::Pending);
    world.stripe.settle_refund(id.as_str());
    let answer = ask().await;
    assert_eq!((answer.verdict, answer.transaction_id.as_ref()), (Verdict::Done, Some(&id)));
    world.stripe.fail_refund(id.as_str());
    let answer = ask().await;
    assert_eq!((answer.verdict, answer.message.is_some()), (Verdict::Declined, true));
    assert_eq!(world.stripe.refunds(paid.transaction_id.unwrap().as_str()).len(), 1);
}

#[tokio::test]
async fn a_refund_is_given_once_even_when_its_key_is_forgotten() {
    let world = World::new().await;
    let paid = world.paid().await;
    let first = world.answer(json!({}), refund(&paid, "5.00", "key-1")).await;
    // More refunds than a page has, all of them newer.
    for number in 0..101 {
        let other = GatewayOrder {
            refund_id: Some(RefundId::new(100 + number)),
            ..refund(&paid, "0.01", &format!("other-{number}"))
        };
        world.answer(json!({}), other).await;
    }
    world.stripe.advance(25 * 3600);
    let answer = world.answer(json!({}), again(refund(&paid, "5.00", "key-1"))).await;
    assert_eq!(answer, first);
    assert_eq!(world.stripe.refunds(paid.transaction_id.unwrap().as_str()).len(), 102);
}

#[tokio::test]
async fn a_charge_is_made_once_even_when_its_key_is_forgotten() {
    let world = World::new().await;
    let settings = || json!({ "payment_method": GOOD });
    let first = world.answer(settings(), charge("key-1")).await;
    world.answer(settings(), charge("another")).await;
    world.stripe.advance(25 * 3600);
    let answer = world.answer(settings(), again(charge("key-1"))).await;
    assert_eq!(answer, first);
    assert_eq!(world.stripe.charges().len(), 2);
}

#[tokio::test]
async fn a_charge_that_was_declined_stays_so_even_when_its_key_is_forgotten() {
    let world = World::new().await;
    let settings = || json!({"payment_method": "pm_card_chargeDeclined"});
    let first = world.answer(settings(), charge("key-1")).await;
    world.stripe.advance(25 * 3600);
    let answer = world.answer(settings(), again(charge("key-1"))).await;
    assert_eq!((answer.verdict, answer.transaction_id), (Verdict::Declined, first.transaction_id));
    assert_eq!(world.stripe.intents().len(), 1);
}
