//! The server against localstripe 1.15.10, a stand-in for Stripe that others made.
//!
//! It needs a Python that has it: `WIWEBB_LOCALSTRIPE_PYTHON`, else that of `target/localstripe`,
//! which `.ci/run` makes. Without one these tests are left out, and say so.
//!
//! localstripe knows less than Stripe. What it would refuse is taken out on the way, see
//! [`UNKNOWN_TO_IT`]. It has no prices and no checkout pages, ignores idempotency keys, does not
//! filter payments by time and tells nothing of refunds: subscriptions, orders that are given again
//! and reports of refunds are not tried here.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use chrono::DateTime;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use wiwebb_tests::{Client, TestApp};

/// Parameters of the server's requests that localstripe refuses.
const UNKNOWN_TO_IT: [&str; 2] = ["automatic_payment_methods", "cancellation_reason"];

/// Listens on loopback alone and keeps nothing in the common folder for temporary files, both
/// other than its own command does.
const START: &str = r#"
import socket
from aiohttp import web
from localstripe.resources import store
from localstripe.server import app
store.dump_to_disk = lambda: None
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
web.run_app(app, sock=listener, print=None)
"#;

const KEY: &str = "sk_test_localstripe";
const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

/// localstripe tells of an event after a second.
const PATIENCE: Duration = Duration::from_secs(30);

/// The way to localstripe, on which parameters are taken out.
struct Way {
    http: Client,
    base: String,
}

/// A server that takes localstripe for Stripe.
struct World {
    app: TestApp,
    root: Client,
    way: Arc<Way>,
    _localstripe: Child,
    _relay: JoinSet<()>,
}

impl World {
    /// `None` where there is no localstripe.
    async fn new() -> Option<Self> {
        let (localstripe, base) = start(&interpreter()?).await;
        let way = Arc::new(Way { http: Client::new(&base, None), base });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&way));
        let mut relay = JoinSet::new();
        relay.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let settings = [
            ("STRIPE_API_BASE", address.as_str()),
            ("STRIPE_SECRET_KEY", KEY),
            ("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
        ];
        let app = TestApp::configured(&settings).await;
        let root = app.superadmin().await;
        Some(Self { app, root, way, _localstripe: localstripe, _relay: relay })
    }

    /// 20.00, paid through a gateway with this configuration.
    async fn pay(&self, config: Value) -> Value {
        let gateway = json!({ "name": config.to_string(), "variant": "stripe", "config": config });
        let gateway = self.root.post("/gateway-configs/", gateway).await.expect(201);
        let body = json!({ "amount": "20.00", "payment_gateway": gateway["id"] });
        let paid = self.root.post("/payments/create_payment/", body).await.expect(201);
        paid["payment"].clone()
    }

    /// Takes a step of a payment, after which it is as the answer says.
    async fn step(&self, payment: &Value, step: &str, body: Value) -> Value {
        let path = format!("/payments/{}/{step}_payment/", payment["id"]);
        self.root.post(&path, body).await.expect(200)
    }

    /// What localstripe has at a path.
    async fn at_localstripe(&self, path: &str) -> Value {
        let Way { http, base } = self.way.as_ref();
        let request = http.request(Method::GET, &format!("{base}/v1{path}"));
        http.send(request.bearer_auth(KEY)).await.expect(200)
    }

    async fn intent_of(&self, payment: &Value) -> Value {
        let id = payment["transaction_id"].as_str().unwrap();
        self.at_localstripe(&format!("/payment_intents/{id}")).await
    }

    /// The sums that localstripe gave back of an intent.
    async fn refunds_of(&self, intent: &Value) -> Vec<Value> {
        let path = format!("/refunds?payment_intent={}", intent["id"].as_str().unwrap());
        let refunds = self.at_localstripe(&path).await;
        refunds["data"].as_array().unwrap().iter().map(|row| row["amount"].clone()).collect()
    }
}

fn interpreter() -> Option<PathBuf> {
    let named = std::env::var_os("WIWEBB_LOCALSTRIPE_PYTHON").map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/localstripe/bin/python");
    let found = named.or_else(|| usual.exists().then_some(usual));
    if found.is_none() {
        eprintln!("left out: localstripe is not installed");
    }
    found
}

/// Starts localstripe, which ends with what is returned, and answers where it listens.
async fn start(python: &Path) -> (Child, String) {
    let mut process = Command::new(python)
        .args(["-c", START])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut port = String::new();
    let mut said = BufReader::new(process.stdout.take().unwrap());
    said.read_line(&mut port).await.unwrap();
    let port: u16 = port.trim().parse().expect("localstripe says its port");
    (process, format!("http://127.0.0.1:{port}"))
}

/// Takes out of a request what localstripe does not know and passes it on.
async fn pass_on(State(way): State<Arc<Way>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let known = |(name, _): &(_, _)| {
        let name: &std::borrow::Cow<'_, str> = name;
        !UNKNOWN_TO_IT.contains(&name.split('[').next().unwrap_or_default())
    };
    let sent = form_urlencoded::parse(&body).filter(known);
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(sent).finish();
    let path = parts.uri.path_and_query().unwrap().as_str();
    let mut onward = way.http.request(parts.method, &format!("{}{path}", way.base)).body(form);
    for name in [AUTHORIZATION, CONTENT_TYPE] {
        if let Some(value) = parts.headers.get(&name) {
            onward = onward.header(name, value);
        }
    }
    let answer = onward.send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get(CONTENT_TYPE).cloned();
    let mut response = Response::new(Body::from(answer.bytes().await.unwrap()));
    *response.status_mut() = status;
    let kind = kind.unwrap_or(HeaderValue::from_static("text/plain"));
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Waits until something is there.
async fn until<T>(what: &str, mut found: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = found().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, looking).await;
    came.unwrap_or_else(|_| panic!("{what} does not come"))
}

#[tokio::test]
async fn a_card_is_charged_at_once_and_a_part_of_it_given_back() {
    let Some(world) = World::new().await else { return };
    let payment = world.pay(json!({ "payment_method": "pm_card_visa" })).await;
    assert_eq!(payment["status"], "confirmed");
    let intent = world.intent_of(&payment).await;
    assert_eq!(
        (&intent["status"], &intent["amount"], &intent["currency"]),
        (&json!("succeeded"), &json!(2_000), &json!("usd"))
    );
    assert_eq!(intent["metadata"]["payment"], payment["id"].to_string());

    let refunded = world.step(&payment, "refund", json!({ "amount": "5.00" })).await;
    assert_eq!(
        (&refunded["status"], &refunded["refunded_amount"]),
        (&json!("confirmed"), &json!("5.00"))
    );
    assert_eq!(world.refunds_of(&intent).await, [500]);
    let refunded = world.step(&payment, "refund", json!({})).await;
    assert_eq!(refunded["status"], "refunded");
    assert_eq!(world.refunds_of(&intent).await.len(), 2);
}

#[tokio::test]
async fn money_that_is_held_is_captured_or_let_go() {
    let Some(world) = World::new().await else { return };
    let held = json!({ "capture_method": "manual", "payment_method": "pm_card_visa" });
    let payment = world.pay(held).await;
    assert_eq!(payment["status"], "preauth");
    assert_eq!(world.intent_of(&payment).await["status"], "requires_capture");
    let captured = world.step(&payment, "capture", json!({ "amount": "15.00" })).await;
    assert_eq!(
        (&captured["status"], &captured["captured_amount"]),
        (&json!("confirmed"), &json!("15.00"))
    );
    let intent = world.intent_of(&payment).await;
    assert_eq!(intent["status"], "succeeded");
    // It writes what is not captured as given back.
    assert_eq!(intent["charges"]["data"][0]["amount_refunded"], 500);

    let other = json!({ "capture_method": "manual", "payment_method": "pm_card_visa", "n": 2 });
    let payment = world.pay(other).await;
    assert_eq!(world.step(&payment, "cancel", json!({})).await["status"], "refunded");
    assert_eq!(world.intent_of(&payment).await["status"], "canceled");
}

#[tokio::test]
async fn a_declined_card_rejects_the_payment() {
    let Some(world) = World::new().await else { return };
    let payment = world.pay(json!({ "payment_method": "pm_card_chargeCustomerFail" })).await;
    assert_eq!(payment["status"], "rejected", "{payment}");
}

#[tokio::test]
async fn what_it_tells_is_believed_and_looked_up() {
    let Some(world) = World::new().await else { return };
    // It signs with the time of this machine.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    world.app.clock.set(DateTime::from_timestamp(now, 0).unwrap());
    let root = world.app.login("root").await;
    let url = format!("{}/api/v1/payments/webhook/", world.app.base);
    let form = [("url", url.as_str()), ("secret", WEBHOOK_SECRET)];
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let address = format!("{}/_config/webhooks/tests", world.way.base);
    let request = world.way.http.request(Method::POST, &address).body(form);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    assert!(request.send().await.unwrap().status().is_success());

    let payment = world.pay(json!({ "payment_method": "pm_card_visa" })).await;
    let path = "/webhook-events/?event_type=payment_intent.succeeded";
    let event = until("the event", async || {
        let page = root.get(path).await.expect(200);
        page["results"].get(0).filter(|event| event["status"] == "processed").cloned()
    })
    .await;
    assert_eq!(event["payment"], payment["id"], "{event}");
    let told = root.get(&format!("/payments/{}/", payment["id"])).await.expect(200);
    assert_eq!((&told["status"], &told["webhook_received"]), (&json!("confirmed"), &json!(true)));
}

#[tokio::test]
async fn whoever_subscribes_is_a_customer_there() {
    let Some(world) = World::new().await else { return };
    let card = json!({ "name": "Card", "variant": "stripe" });
    world.root.post("/gateway-configs/", card).await.expect(201);
    let plan = world.root.post("/subscriptions/plans/", json!({ "name": "Basic" })).await;
    let plan = plan.expect(201)["id"].clone();
    let price = json!({ "amount": "9.99", "interval": "month" });
    let path = format!("/subscriptions/plans/{plan}/pricing/");
    world.root.post(&path, price).await.expect(201);
    // It has no prices.
    world.root.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(503);
    let customer = until("the customer", async || {
        world.at_localstripe("/customers").await["data"].get(0).cloned()
    })
    .await;
    assert_eq!(customer["email"], "root@example.org");
    let products = world.at_localstripe("/products").await;
    assert_eq!(products["data"][0]["name"], "Basic", "{products}");
}
