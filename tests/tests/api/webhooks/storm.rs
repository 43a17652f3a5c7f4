//! A thousand webhooks, half of them duplicates, sixteen at a time, to two servers with one database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wiwebb_tests::{Client, TestApp, TestDatabase};

use super::{SECRET, SETTINGS, event, payment, post, signed, time};
use crate::subscriptions::Shop;

const PAYMENTS: usize = 100;

/// What is told of each payment; one of it is of no interest.
const KINDS: [&str; 5] = [
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "payment_intent.created",
];

const AT_A_TIME: usize = 16;

/// Numbers that look random and are the same in every run (xorshift, by Marsaglia).
fn shuffle<T>(items: &mut [T]) {
    let mut state: u64 = 0x005E_ED0F_5708_0001;
    for end in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = usize::try_from(state % (end as u64 + 1)).unwrap();
        items.swap(end, at);
    }
}

/// What is told of a payment of 20.00: it came, an attempt had failed, and all of it went back in
/// two parts.
fn told(payment: &Value) -> Vec<Value> {
    let own = &payment["transaction_id"];
    let intent =
        |status: &str| json!({ "id": own, "amount": 2_000, "currency": "usd", "status": status });
    let refund = |part: &str, cents: i64| {
        json!({
            "id": format!("re_{part}_{}", payment["id"]), "amount": cents, "currency": "usd",
            "status": "succeeded", "payment_intent": own,
        })
    };
    let objects = [
        intent("succeeded"),
        intent("requires_payment_method"),
        refund("a", 500),
        refund("b", 1_500),
        intent("requires_payment_method"),
    ];
    let name = |kind: &str| format!("evt_{kind}_{}", payment["id"]);
    KINDS.iter().zip(objects).map(|(kind, object)| event(&name(kind), kind, &object)).collect()
}

/// Delivers bodies, so many at a time, each to the next server. Answers how often each status came.
async fn deliver_all(
    servers: &[Client; 2],
    time: i64,
    bodies: Vec<String>,
) -> BTreeMap<u16, usize> {
    let gate = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for (number, body) in bodies.into_iter().enumerate() {
        let (client, gate) = (servers[number % 2].clone(), Arc::clone(&gate));
        running.spawn(async move {
            let _turn = gate.acquire().await.unwrap();
            let header = signed(SECRET, time, body.as_bytes());
            post(&client, Some(&header), body).await.status
        });
    }
    let mut statuses = BTreeMap::new();
    for status in running.join_all().await {
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}

async fn count(shop: &Shop, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&shop.app.pool).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_thousand_webhooks_has_its_effect_exactly_once() {
    let app = TestApp::configured(&SETTINGS).await;
    let options = app.database.options();
    let other = TestApp::reaching(TestDatabase::new().await, options, &SETTINGS);
    let shop = Shop::in_server(app, "waiting").await;
    let mut payments = Vec::new();
    let mut events = Vec::new();
    for _ in 0..PAYMENTS {
        let payment = payment(&shop, "waiting").await;
        events.extend(told(&payment));
        payments.push(payment);
    }
    let mut bodies: Vec<String> =
        events.iter().flat_map(|event| [event.to_string(), event.to_string()]).collect();
    assert_eq!(bodies.len(), 1_000);
    // Half of the duplicates side by side on both servers at once, the others far apart.
    shuffle(&mut bodies[500..]);
    let servers = [shop.app.anonymous(), other.anonymous()];
    let answered = deliver_all(&servers, time(&shop.app), bodies).await;
    assert_eq!(answered, BTreeMap::from([(200, 1_000)]));

    check_inbox(&shop).await;
    check_payments(&shop, &payments).await;
}

async fn check_inbox(shop: &Shop) {
    let events = "SELECT count(*) FROM payment_webhookevent";
    assert_eq!(count(shop, events).await, 500);
    let open =
        "SELECT count(*) FROM payment_webhookevent WHERE status IN ('received', 'unmatched')";
    assert_eq!(count(shop, open).await, 0);
    let ignored = "SELECT count(*) FROM payment_webhookevent WHERE status = 'ignored'";
    assert_eq!(count(shop, ignored).await, 100);
}

async fn check_payments(shop: &Shop, payments: &[Value]) {
    let refunds = "SELECT count(*) FROM payment_refund WHERE status = 'succeeded'";
    assert_eq!(count(shop, refunds).await, 200);
    assert_eq!(count(shop, "SELECT count(*) FROM payment_refund").await, 200);
    for payment in payments {
        let path = format!("/payments/{}/", payment["id"]);
        let shown = shop.sue.get(&path).await.expect(200);
        assert_eq!(shown["status"], "refunded", "{shown}");
        assert_eq!(
            (&shown["refunded_amount"], &shown["captured_amount"]),
            (&json!("20.00"), &json!("20.00"))
        );
        check_log(&shop.sue.get(&format!("{path}logs/")).await.expect(200));
    }
}

/// An entry for each event that is of interest, one for the payment's beginning, and of each change
/// of status exactly one.
#[track_caller]
fn check_log(entries: &Value) {
    let entries = entries.as_array().unwrap();
    let mut reported = BTreeMap::new();
    let mut reached = BTreeMap::new();
    for entry in entries {
        if let Some(event) = entry["data"]["event_id"].as_str() {
            *reported.entry(event).or_insert(0) += 1;
        }
        if let (Some(_), Some(to)) = (entry["data"]["from"].as_str(), entry["data"]["to"].as_str())
        {
            *reached.entry(to).or_insert(0) += 1;
        }
    }
    assert_eq!(reported.len(), KINDS.len() - 1, "{entries:?}");
    assert!(reported.values().all(|count| *count == 1), "{reported:?}");
    assert_eq!(
        (reached.get("confirmed"), reached.get("refunded")),
        (Some(&1), Some(&1)),
        "{entries:?}"
    );
    let types: BTreeSet<&str> =
        entries.iter().map(|entry| entry["event_type"].as_str().unwrap()).collect();
    for kind in &KINDS[..4] {
        assert!(types.contains(kind), "{kind} in {types:?}");
    }
}
