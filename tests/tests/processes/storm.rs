//! A thousand webhooks of five hundred payments, sixteen at a time, to two servers that look each
//! of them up at Stripe.

use std::collections::BTreeMap;

use wiwebb_tests::Client;
use wiwebb_tests::stripe::{Event, Outcome};

use super::sending::{create, delivery, send_all};
use super::site::Site;

const PAYMENTS: usize = 500;

/// The duplicates of the first half right behind what they repeat, so that both servers have the
/// same event at a time; those of the second half far from it.
fn with_duplicates(events: &[Event]) -> Vec<&Event> {
    let (near, far) = events.split_at(events.len() / 2);
    let near = near.iter().flat_map(|event| [event, event]);
    near.chain(far).chain(far.iter().rev()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_thousand_webhooks_to_two_servers_has_its_effect_exactly_once() {
    let (site, first) = Site::new().await;
    let second = site.serve().await;
    let clients = [site.client(&first), site.client(&second)];
    let gateway = [first.anonymous(), second.anonymous()];
    let begun =
        (0..PAYMENTS).map(|number| (clients[number % 2].clone(), create(&clients[number % 2])));
    assert_eq!(send_all(begun).await, BTreeMap::from([(201, PAYMENTS)]));
    for intent in site.stripe.intents() {
        site.stripe.pay(&intent, Outcome::Succeed);
    }
    let events = site.stripe.events_of("payment_intent.succeeded");
    assert_eq!(events.len(), PAYMENTS);
    let asked_before = site.stripe.requests().len();

    let deliveries = with_duplicates(&events);
    assert_eq!(deliveries.len(), 1_000);
    let sent = deliveries.into_iter().enumerate().map(|(number, event)| {
        let client = &gateway[number % 2];
        (client.clone(), delivery(client, event))
    });
    assert_eq!(send_all(sent).await, BTreeMap::from([(200, 1_000)]));

    let looked_up = site.stripe.requests().len() - asked_before;
    assert!(looked_up >= PAYMENTS, "{looked_up}");
    check(&site, &clients[0]).await;
}

async fn check(site: &Site, client: &Client) {
    for (expected, query) in [
        (500, "SELECT count(*) FROM payment_webhookevent"),
        (500, "SELECT count(*) FROM payment_webhookevent WHERE status = 'processed'"),
        (500, "SELECT count(DISTINCT payment_id) FROM payment_webhookevent"),
        (
            500,
            "SELECT count(*) FROM payment_payment WHERE status = 'confirmed' AND webhook_received",
        ),
        (
            500,
            "SELECT count(*) FROM payment_paymentlog WHERE event_type = 'payment_intent.succeeded'",
        ),
        (500, "SELECT count(DISTINCT data->>'event_id') FROM payment_paymentlog"),
        (500, "SELECT count(*) FROM payment_paymentlog WHERE data->>'to' = 'confirmed'"),
        // The beginning and the event, nothing else.
        (1_000, "SELECT count(*) FROM payment_paymentlog"),
    ] {
        assert_eq!(site.count(query).await, expected, "{query}");
    }
    let books = site.books(client).await;
    assert!(books.iter().all(|(_, taken, given_back)| (*taken, *given_back) == (2_000, 0)));
    assert_eq!(books, site.charged());
}
