//! How many webhooks and how many limit checks a second a server answers over HTTP, sixteen at a
//! time, with 10 000 users in its database.
//!
//! ```text
//! cargo bench -p wiwebb-tests --bench billing
//! ```
//!
//! Server, clients and a throw-away PostgreSQL share the machine. `--quick` runs it on little data,
//! which shows that it works; so does `cargo test --bench billing`.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use reqwest::{Method, RequestBuilder};
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;
use wiwebb_domain::access::Role;
use wiwebb_domain::ids::{GatewayId, UserId};
use wiwebb_domain::payment::{NewPayment, PaymentStatus};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::NewUser;
use wiwebb_persistence::bulk;
use wiwebb_tests::{Client, Listener, TestApp};

const AT_A_TIME: usize = 16;
const CHUNK: usize = 5_000;
const WEBHOOK_SECRET: &str = "whsec_of_the_benchmark";

/// How much is done.
#[derive(Clone, Copy)]
struct Size {
    users: usize,
    webhooks: usize,
    checks: usize,
}

const WHOLE: Size = Size { users: 10_000, webhooks: 10_000, checks: 40_000 };
const QUICK: Size = Size { users: 100, webhooks: 64, checks: 64 };

/// Somebody has a subscription and has used some of today.
const SUBSCRIPTIONS: [&str; 2] = [
    "INSERT INTO payment_subscription
        (subscription_id, user_id, plan_id, driver, status, current_period_start,
         current_period_end)
     SELECT 'sub_' || person.id, person.id, plan.id, 'local', 'active',
        $1::timestamptz, $1 + INTERVAL '1 month'
     FROM api_user AS person, payment_plan AS plan",
    "INSERT INTO network_usage (user_id, day, seconds, octets)
     SELECT id, ($1::timestamptz AT TIME ZONE 'UTC')::date, 600, 100000000 FROM api_user",
];

#[tokio::main]
async fn main() {
    let is_given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    let size = if is_given("--bench") && !is_given("--quick") { WHOLE } else { QUICK };
    let limits = ["LOGIN", "USER", "ANON"].map(|who| (format!("WIWEBB_{who}_RATE"), "off"));
    let secret = ("STRIPE_WEBHOOK_SECRET".to_owned(), WEBHOOK_SECRET);
    let listener = Listener::install();
    let app = TestApp::configured(&[&limits[..], &[secret]].concat()).await;
    let root = app.superadmin().await;
    let users = fill(&app, &root, size.users).await;
    webhooks(&app, &root, &users, size.webhooks).await;
    limit_checks(&app, &root, size, listener).await;
    app.stop().await;
}

/// Users with a plan, its limits and some use of today.
async fn fill(app: &TestApp, root: &Client, count: usize) -> Vec<UserId> {
    let plan = json!({
        "name": "Daily", "default": true, "requires_payment": false, "daily_time_minutes": 60,
        "daily_data_mb": 500,
    });
    root.post("/subscriptions/plans/", plan).await.expect(201);
    let numbers: Vec<usize> = (0..count).collect();
    let mut ids = Vec::with_capacity(count);
    for chunk in numbers.chunks(CHUNK) {
        let users = chunk
            .iter()
            .map(|number| NewUser { role: Role::Subscriber, ..samples::new_user(&name(*number)) });
        ids.extend(bulk::insert_users(&app.pool, &users.collect::<Vec<_>>()).await.unwrap());
    }
    for statement in SUBSCRIPTIONS {
        sqlx::query(statement).bind(app.clock.now()).execute(&app.pool).await.unwrap();
    }
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(&app.pool).await.unwrap();
    ids
}

fn name(number: usize) -> String {
    format!("user{number:08}")
}

/// Signed reports that payments came, each of another payment.
async fn webhooks(app: &TestApp, root: &Client, users: &[UserId], count: usize) {
    let gateway = json!({ "name": "Stripe", "variant": "stripe" });
    let gateway = root.post("/gateway-configs/", gateway).await.expect(201)["id"].as_i64();
    let gateway = GatewayId::new(gateway.unwrap().try_into().unwrap());
    let now = app.clock.now();
    let waiting = (0..count).map(|number| {
        let new = NewPayment {
            user_id: users[number % users.len()],
            order_id: None,
            payment_gateway_id: gateway,
            status: PaymentStatus::Waiting,
            total: samples::money("20.00", "USD"),
            transaction_id: Some(samples::text(&format!("pi_{number}"))),
            metadata: Map::new(),
        };
        ((new, now), now)
    });
    bulk::insert_payments(&app.pool, &waiting.collect::<Vec<_>>()).await.unwrap();
    let anonymous = app.anonymous();
    let deliveries = (0..count).map(|number| {
        let payload = succeeded(number).to_string();
        let header = app.signed_event(WEBHOOK_SECRET, &payload);
        let request = anonymous.request(Method::POST, "/payments/webhook/");
        let request = request.header("Content-Type", "application/json");
        request.header("Stripe-Signature", header).body(payload)
    });
    let rate = rate(&anonymous, deliveries.collect()).await;
    let confirmed = "SELECT count(*) FROM payment_payment WHERE status = 'confirmed'";
    let confirmed: i64 = sqlx::query_scalar(confirmed).fetch_one(&app.pool).await.unwrap();
    assert_eq!(usize::try_from(confirmed), Ok(count), "not every event had its effect");
    println!("{rate:>8.0} webhooks/s ({count} events, each of another payment)");
}

fn succeeded(number: usize) -> Value {
    let intent = json!({
        "id": format!("pi_{number}"), "object": "payment_intent", "amount": 2_000,
        "amount_received": 2_000, "currency": "usd", "status": "succeeded",
    });
    json!({
        "id": format!("evt_{number}"), "object": "event", "type": "payment_intent.succeeded",
        "data": { "object": intent },
    })
}

/// Questions of an access point whether somebody may use the network.
async fn limit_checks(
    app: &TestApp,
    root: &Client,
    Size { users, checks, .. }: Size,
    listener: Listener,
) {
    let key = root.post("/service-keys/", json!({ "name": "Lobby" })).await.expect(201);
    let equipment = app.anonymous().with_key(key["key"].as_str().unwrap());
    let check = |number: usize| {
        // Far from one another, so that neighbours in the tables are not asked about together.
        let who = number.wrapping_mul(7_919) % users;
        let request = equipment.request(Method::POST, "/network/authorize/");
        request.json(&json!({ "User-Name": name(who) }))
    };
    let rate = rate(&equipment, (0..checks).map(check).collect()).await;
    println!("{rate:>8.0} limit checks/s ({checks} checks of {users} users)");

    // Counted afterwards, because listening to statements takes time.
    let statements = listener.begin();
    let answer = equipment.send(check(0)).await.expect(200);
    assert_eq!(answer["control:Auth-Type"], "Accept", "{answer}");
    println!("{:>8} SQL statements a limit check", statements.take().len());
}

/// Sends all requests, [`AT_A_TIME`] at a time, and answers how many a second were answered with
/// `200`.
async fn rate(client: &Client, requests: Vec<RequestBuilder>) -> f64 {
    let requests: Arc<[RequestBuilder]> = requests.into();
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (client, requests, next) = (client.clone(), Arc::clone(&requests), Arc::clone(&next));
        senders.spawn(async move {
            while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                client.send(request.try_clone().unwrap()).await.expect(200);
            }
        });
    }
    senders.join_all().await;
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let count = requests.len() as f64;
    count / started.elapsed().as_secs_f64()
}
