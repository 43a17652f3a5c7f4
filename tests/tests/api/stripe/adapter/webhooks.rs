//! Events as Stripe signs and tells them, read with and without asking Stripe.

use wiwebb_domain::payment::PaymentEvent as E;
use wiwebb_domain::ports::subscription_gateway::CheckoutOrder;
use wiwebb_domain::ports::webhook::{WebhookReader as _, WebhookRefused};
use wiwebb_domain::refund::RefundStatus;
use wiwebb_domain::subscription::SubscriptionStatus as S;
use wiwebb_domain::webhook::{Fact, PaymentFact, RefundFact, Stated, WebhookEvent};
use wiwebb_payments::StripeWebhooks;
use wiwebb_tests::stripe::{
    Card, Event, Fault, Outcome, Shape, Verdict as Decision, signature_header,
};

use super::shop::{DAY, Shop, wish};
use super::*;

const SECRET: &str = "whsec_test";

/// Reads what a Stripe tells. One that asks looks everything up.
fn reader(stripe: &FakeStripe, asks: bool) -> StripeWebhooks {
    let key = SecretString::from(stripe.secret_key());
    let config = StripeConfig {
        secret_key: asks.then_some(key),
        webhook_secrets: Some(SecretString::from(SECRET)),
        ..config(stripe)
    };
    StripeWebhooks::new(&config).expect("a reader")
}

/// An event as the inbox has it.
fn stored(reader: &StripeWebhooks, stripe: &FakeStripe, event: &Event) -> WebhookEvent {
    let payload = event.payload();
    let header = signature_header(&payload, &[SECRET], stripe.now());
    let opened = reader.open(Some(&header), payload.as_bytes(), at(stripe.now()));
    let new = opened.expect("a genuine event");
    WebhookEvent {
        event_id: new.event_id,
        event_type: new.event_type,
        payload: new.payload,
        ..samples::webhook_event(1, &event.id)
    }
}

/// What the latest event of a type says.
async fn said(stripe: &FakeStripe, asks: bool, kind: &str) -> Option<Vec<Fact>> {
    let events = stripe.events_of(kind);
    let event = events.last().unwrap_or_else(|| panic!("no event {kind}"));
    let reader = reader(stripe, asks);
    let stored = stored(&reader, stripe, event);
    reader.read(&stored, at(stripe.now())).await.expect("facts")
}

/// The one thing that the latest event of a type says.
async fn fact(stripe: &FakeStripe, asks: bool, kind: &str) -> Fact {
    let facts = said(stripe, asks, kind).await.expect("of interest");
    let [fact] = facts.try_into().expect("one fact");
    fact
}

async fn payment_fact(stripe: &FakeStripe, asks: bool, kind: &str) -> PaymentFact {
    match fact(stripe, asks, kind).await {
        Fact::Payment(fact) => fact,
        other => panic!("{other:?}"),
    }
}

async fn account(stripe: &FakeStripe, asks: bool, kind: &str) -> (Vec<String>, Option<S>) {
    let fact = match fact(stripe, asks, kind).await {
        Fact::Subscription(fact) => fact,
        other => panic!("{other:?}"),
    };
    (fact.names.iter().map(ToString::to_string).collect(), fact.mirror.status)
}

#[tokio::test]
async fn each_secret_of_a_rotation_is_believed() {
    let world = World::new().await;
    world.paid().await;
    let event = &world.stripe.events()[0];
    let payload = event.payload();
    let both = signature_header(&payload, &["whsec_old", "whsec_new"], world.stripe.now());
    for (known, expected) in [
        ("whsec_old", Ok(())),
        ("whsec_new", Ok(())),
        ("whsec_newer,whsec_new", Ok(())),
        ("whsec_newer", Err(WebhookRefused::Signature)),
    ] {
        let webhook_secrets = Some(SecretString::from(known));
        let reader =
            StripeWebhooks::new(&StripeConfig { webhook_secrets, ..StripeConfig::default() });
        let opened = reader.unwrap().open(Some(&both), payload.as_bytes(), world.now());
        assert_eq!(opened.map(drop), expected, "{known}");
    }
}

#[tokio::test]
async fn a_payment_is_told_the_same_whether_stripe_is_asked_or_not() {
    for asks in [false, true] {
        let world = World::new().await;
        let paid = world.paid().await;
        let fact = payment_fact(&world.stripe, asks, "payment_intent.succeeded").await;
        assert_eq!(fact.event, E::Succeeded);
        assert_eq!(fact.payment.transaction_id, paid.transaction_id);
        assert_eq!(fact.payment.payment_id, Some(paid.id));
        assert_eq!(fact.total, Stated::Sum(money("19.99", "USD")));
        assert_eq!(fact.received, Some(money("19.99", "USD").amount()));
    }
}

#[tokio::test]
async fn a_part_that_was_captured_is_what_was_received() {
    for asks in [false, true] {
        let world = World::new().await;
        let held = world.held().await;
        let kind = "payment_intent.amount_capturable_updated";
        assert_eq!(payment_fact(&world.stripe, asks, kind).await.event, E::Authorised);
        world.answer(json!({}), capture(&held, "5.00", "key-1")).await;
        let fact = payment_fact(&world.stripe, asks, "payment_intent.succeeded").await;
        assert_eq!(fact.received, Some(money("5.00", "USD").amount()));
    }
}

#[tokio::test]
async fn a_failed_attempt_is_final_only_for_who_cannot_ask() {
    let world = World::new().await;
    let open = world.open().await;
    let id = open.transaction_id.as_ref().unwrap().as_str();
    world.stripe.pay(id, Outcome::Decline);
    let kind = "payment_intent.payment_failed";
    assert_eq!(payment_fact(&world.stripe, false, kind).await.event, E::Declined);
    let asked = fact(&world.stripe, true, kind).await;
    assert!(matches!(asked, Fact::Note(payment) if payment.payment_id == Some(open.id)));
    world.stripe.pay(id, Outcome::Succeed);
    let asked = payment_fact(&world.stripe, true, kind).await;
    assert_eq!(asked.event, E::Succeeded, "the event is older than the payment");
}

#[tokio::test]
async fn a_release_is_no_refund() {
    for asks in [false, true] {
        let world = World::new().await;
        let held = world.held().await;
        world.answer(json!({}), cancel(&held, "key-1")).await;
        let kind = "payment_intent.canceled";
        assert_eq!(payment_fact(&world.stripe, asks, kind).await.event, E::Cancelled);
        let told = fact(&world.stripe, asks, "charge.refunded").await;
        let is_release = match &told {
            Fact::Payment(fact) => fact.event == E::Cancelled,
            told => matches!(told, Fact::Note(_)),
        };
        assert!(is_release, "{told:?}");
    }
}

fn refund_of(fact: Fact) -> RefundFact {
    match fact {
        Fact::Refund(fact) => fact,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refund_is_told_the_same_whether_stripe_is_asked_or_not() {
    for asks in [false, true] {
        let world = World::new().await;
        let paid = world.paid().await;
        let given = world.answer(json!({}), refund(&paid, "5.00", "key-1")).await;
        let told = refund_of(fact(&world.stripe, asks, "refund.created").await);
        assert_eq!(told.payment.transaction_id, paid.transaction_id);
        assert_eq!(Some(told.transaction_id), given.transaction_id);
        assert_eq!(told.refund_id, Some(RefundId::new(3)));
        assert_eq!(
            (told.amount, told.status),
            (money("5.00", "USD").amount(), RefundStatus::Succeeded)
        );
        world.stripe.fail_refund(given.transaction_id.unwrap().as_str());
        for kind in ["refund.failed", "refund.updated", "charge.refund.updated"] {
            let told = refund_of(fact(&world.stripe, asks, kind).await);
            assert_eq!(told.status, RefundStatus::Failed, "{kind}");
        }
    }
}

#[tokio::test]
async fn a_refunded_charge_is_told_by_its_refunds_where_stripe_is_asked() {
    let world = World::new().await;
    let paid = world.paid().await;
    for (amount, key) in [("5.00", "key-1"), ("2.00", "key-2")] {
        world.answer(json!({}), refund(&paid, amount, key)).await;
    }
    let kind = "charge.refunded";
    let told = fact(&world.stripe, false, kind).await;
    let total = money("7.00", "USD").amount();
    assert!(matches!(told, Fact::Refunded { total: sum, .. } if sum == total), "{told:?}");
    let asked = said(&world.stripe, true, kind).await.unwrap();
    let refunds: Vec<RefundFact> = asked.into_iter().map(refund_of).collect();
    let amounts: Vec<String> = refunds.iter().map(|one| one.amount.to_string()).collect();
    assert_eq!(amounts, ["2.00", "5.00"]);
    assert!(refunds.iter().all(|one| one.payment.payment_id == Some(paid.id)));
}

#[tokio::test]
async fn a_dispute_is_for_people_to_see() {
    for asks in [false, true] {
        let world = World::new().await;
        let paid = world.paid().await;
        world.stripe.dispute(&world.stripe.charges()[0].id, Decision::Lost);
        for kind in ["charge.dispute.created", "charge.dispute.closed"] {
            let told = fact(&world.stripe, asks, kind).await;
            assert!(
                matches!(&told, Fact::Note(which) if which.transaction_id == paid.transaction_id),
                "{told:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_paid_page_begins_a_subscription_by_our_name() {
    for (asks, trial_days, status) in [
        (false, 0, S::Active),
        (true, 0, S::Active),
        (false, 7, S::Trialing),
        (true, 7, S::Trialing),
    ] {
        let shop = Shop::new().await;
        let order = CheckoutOrder { trial_days, ..wish() };
        let ours = order.subscription.to_string();
        let page = shop.checkout(order).await.external_id;
        shop.stripe().complete_checkout(page.as_str());
        let told = account(shop.stripe(), asks, "checkout.session.completed").await;
        assert_eq!(told, (vec![ours.clone(), page.to_string()], Some(status)));
        let (names, told) = account(shop.stripe(), asks, "customer.subscription.created").await;
        assert_eq!(names.last(), Some(&ours));
        // It was not paid yet when it was made.
        let then = (status == S::Trialing || asks).then_some(status);
        assert_eq!(told, then);
    }
}

#[tokio::test]
async fn a_page_that_expired_ends_what_never_began() {
    for asks in [false, true] {
        let shop = Shop::new().await;
        let page = shop.checkout(wish()).await.external_id;
        shop.stripe().expire_checkout(page.as_str());
        let (names, status) = account(shop.stripe(), asks, "checkout.session.expired").await;
        assert!(names.contains(&page.to_string()));
        assert_eq!(status, Some(S::Canceled));
    }
}

#[tokio::test]
async fn a_renewal_is_told_by_its_invoice() {
    for (asks, shape) in [
        (true, Shape::Latest),
        (false, Shape::Latest),
        (false, Shape::YearOld),
        (false, Shape::BeforeBasil),
    ] {
        let shop = Shop::new().await;
        shop.stripe().speak(shape);
        let name = shop.subscribed().await;
        shop.stripe().advance(32 * DAY);
        let renewed = match fact(shop.stripe(), asks, "invoice.paid").await {
            Fact::Invoice(fact) => fact,
            other => panic!("{other:?}"),
        };
        assert_eq!(renewed.paid, Some(money("9.00", "USD")));
        assert_eq!(renewed.names, [name.clone(), text(wish().subscription.as_str())]);
        assert_eq!(renewed.mirror.status, Some(S::Active));
        assert_eq!(renewed.mirror.period, shop.look(&name).await.period, "{shape:?}");
        let named = renewed.transaction_id.as_str().starts_with("pi_");
        assert_eq!(named, asks || shape == Shape::BeforeBasil, "{shape:?}");
    }
}

#[tokio::test]
async fn a_renewal_that_fails_is_owed() {
    for asks in [false, true] {
        let shop = Shop::new().await;
        let name = shop.subscribed().await;
        shop.stripe().set_card(&shop.customer_of(&name), Card::Declines);
        shop.stripe().advance(32 * DAY);
        let told = account(shop.stripe(), asks, "invoice.payment_failed").await;
        assert_eq!(told.1, Some(S::PastDue));
        let told = account(shop.stripe(), asks, "customer.subscription.updated").await;
        assert_eq!(told.1, Some(S::PastDue));
    }
}

#[tokio::test]
async fn a_subscription_that_was_deleted_is_over() {
    for asks in [false, true] {
        let shop = Shop::new().await;
        let name = shop.subscribed().await;
        shop.billing.end_now(&name, shop.world.now()).await.unwrap();
        let (names, status) = account(shop.stripe(), asks, "customer.subscription.deleted").await;
        assert_eq!((names[0].as_str(), status), (name.as_str(), Some(S::Canceled)));
    }
}

#[tokio::test]
async fn what_stripe_does_not_have_is_not_believed_but_for_an_end() {
    let shop = Shop::new().await;
    let paid = shop.world.paid().await;
    shop.world.answer(json!({}), refund(&paid, "5.00", "key-1")).await;
    let page = shop.checkout(wish()).await.external_id;
    shop.stripe().complete_checkout(page.as_str());
    let name = shop.look(&page).await.external_id.unwrap();
    shop.billing.end_now(&name, shop.world.now()).await.unwrap();
    let elsewhere = FakeStripe::start().await;
    let reader = reader(&elsewhere, true);
    for (kind, is_believed) in [
        ("payment_intent.succeeded", false),
        ("refund.created", false),
        ("charge.refunded", false),
        ("checkout.session.completed", false),
        ("invoice.paid", false),
        ("customer.subscription.created", false),
        ("customer.subscription.deleted", true),
    ] {
        let event = &shop.stripe().events_of(kind)[0];
        let stored = stored(&reader, shop.stripe(), event);
        let facts = reader.read(&stored, shop.world.now()).await.unwrap().unwrap();
        assert_eq!(!facts.is_empty(), is_believed, "{kind}: {facts:?}");
    }
}

#[tokio::test]
async fn while_stripe_cannot_be_asked_nothing_is_known() {
    let world = World::new().await;
    world.paid().await;
    let reader = reader(&world.stripe, true);
    let event = &world.stripe.events_of("payment_intent.succeeded")[0];
    let stored = stored(&reader, &world.stripe, event);
    world.stripe.fault("GET /v1/payment_intents/", Fault::Status(500), 3);
    assert!(is_unknown(&reader.read(&stored, world.now()).await));
    world.stripe.go_away().await;
    assert!(is_unreachable(&reader.read(&stored, world.now()).await));
    world.stripe.come_back().await;
    assert!(reader.read(&stored, world.now()).await.unwrap().is_some());
}
