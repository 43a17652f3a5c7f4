//! What two servers on one database are asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wiwebb_tests::stripe::Outcome;
use wiwebb_tests::{Answer, Client, PASSWORD};

use crate::sending::{create, delivery, send_all};
use crate::site::{Server, Site, until};

/// Clients at a time.
const AT_A_TIME: usize = 16;

/// Of each kind of client.
const CLIENTS: usize = 12;

/// Everything at once, alternating between the servers: anything but what is right fails the test.
pub(super) async fn mixed(site: &Site, servers: &[Server; 2]) {
    let gate = Arc::new(Semaphore::new(AT_A_TIME));
    let mut running = JoinSet::new();
    for number in 0..CLIENTS {
        // Each goes from one server to the other.
        let clients = [0, 1].map(|other| site.client(&servers[(number + other) % 2]));
        let [buys, plans, keeps, works] = [(); 4].map(|()| (Arc::clone(&gate), clients.clone()));
        running.spawn(async move {
            let _turn = buys.0.acquire().await.unwrap();
            buy(&buys.1, number).await;
        });
        running.spawn(async move {
            let _turn = plans.0.acquire().await.unwrap();
            manage(&plans.1, number).await;
        });
        running.spawn(async move {
            let _turn = keeps.0.acquire().await.unwrap();
            keep_todos(&keeps.1, number).await;
        });
        running.spawn(async move {
            let _turn = works.0.acquire().await.unwrap();
            look_around(&works.1).await;
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

/// A payment, told again to whoever repeats the request elsewhere, and given back in part.
async fn buy([one, other]: &[Client; 2], number: usize) {
    let key = format!("mixed-{number}");
    let body = json!({ "amount": "20.00", "payment_gateway": "Card" });
    let told = post_once(one, "/payments/create_payment/", &key, &body).await.expect(201);
    let again = post_once(other, "/payments/create_payment/", &key, &body).await;
    assert!(again.headers.contains_key("Idempotent-Replayed"));
    again.expect_body(201, &told);
    let path = format!("/payments/{}/refund_payment/", told["payment"]["id"]);
    other.post(&path, json!({ "amount": "5.00" })).await.expect(200);
    let path = format!("/payments/{}/", told["payment"]["id"]);
    assert_eq!(one.get(&path).await.expect(200)["refunded_amount"], "5.00");
}

/// A tenant with a user, who signs in, changes the own profile and is removed.
async fn manage([one, other]: &[Client; 2], number: usize) {
    let name = format!("mixed-{number}");
    let tenant = json!({ "name": &name, "slug": &name });
    let tenant = one.post("/tenants/", tenant).await.expect(201)["id"].clone();
    let user = json!({
        "username": &name, "email": format!("{name}@example.org"), "password": PASSWORD,
        "role": "subscriber", "tenant": tenant,
    });
    let user = other.post("/users/", user).await.expect(201)["id"].clone();
    let own = one.login(&name, PASSWORD).await;
    own.patch("/auth/user/", json!({ "first_name": "Ada" })).await.expect(200);
    own.post("/auth/logout/", json!({})).await.expect(200);
    assert_eq!(other.with_key(own.key().unwrap()).get("/auth/user/").await.status, 401);
    one.delete(&format!("/users/{user}/")).await.expect(204);
    other.delete(&format!("/tenants/{tenant}/")).await.expect(204);
}

async fn keep_todos([one, other]: &[Client; 2], number: usize) {
    let todo = one.post("/todos/", json!({ "task": format!("task {number}") })).await.expect(201);
    let path = format!("/todos/{}/", todo["id"]);
    other.patch(&path, json!({ "completed": true })).await.expect(200);
    assert_eq!(one.get(&path).await.expect(200)["completed"], true);
    other.delete(&path).await.expect(204);
    one.get(&path).await.expect(404);
}

async fn look_around([one, other]: &[Client; 2]) {
    for path in
        ["/users/", "/users/?cursor=&search=o", "/tenants/", "/payments/", "/dashboard/stats/"]
    {
        one.get(path).await.expect(200);
        other.get(path).await.expect(200);
    }
}

/// A request under an idempotency key.
pub(super) async fn post_once(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, path).header("Idempotency-Key", key).json(body);
    client.send(request).await
}

/// Reports of a gateway that could not be asked fall due, and are applied once by whichever server
/// takes them.
pub(super) async fn reports_fall_due(site: &Site, servers: &[Server; 2]) {
    const REPORTS: usize = 30;
    let [one, other] = servers.each_ref().map(|server| site.client(server));
    let known = site.stripe.intents();
    let begun = (0..REPORTS).map(|_| (one.clone(), create(&one)));
    assert_eq!(send_all(begun).await, BTreeMap::from([(201, REPORTS)]));
    let reported = site.stripe.events_of("payment_intent.succeeded").len();
    for intent in site.stripe.intents().iter().filter(|intent| !known.contains(intent)) {
        site.stripe.pay(intent, Outcome::Succeed);
    }
    let events = site.stripe.events_of("payment_intent.succeeded").split_off(reported);
    site.stripe.go_away().await;
    let sent = events.iter().enumerate().map(|(number, event)| {
        let client = if number % 2 == 0 { &one } else { &other };
        (client.clone(), delivery(client, event))
    });
    let answered = send_all(sent).await;
    assert!(!answered.contains_key(&200), "{answered:?}");
    site.stripe.come_back().await;

    let due = "UPDATE payment_webhookevent SET next_try_at = now() WHERE status = 'received'";
    sqlx::query(due).execute(&site.pool).await.unwrap();
    let open = "SELECT count(*) FROM payment_webhookevent WHERE status = 'received'";
    until("the reports are applied", async || site.count(open).await == 0).await;
    let wanted = i64::try_from(events.len()).unwrap();
    let applied = "SELECT count(*) FROM payment_paymentlog
        WHERE event_type = 'payment_intent.succeeded' AND data->>'to' = 'confirmed'";
    assert_eq!(site.count(applied).await, wanted);
    assert_eq!(site.books(&other).await, site.charged());
}
