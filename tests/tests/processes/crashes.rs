//! A server is killed between any two steps of a charge, a capture and a refund (ADR 0012 and
//! 0013), and another one goes on. In the end its books say what Stripe says, and whoever repeats
//! the request under its key is told the outcome and moves nothing again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wiwebb_tests::stripe::Fault;
use wiwebb_tests::{Answer, Client};

use super::gate::Gate;
use super::site::{Server, Site, until};

/// What the tests move is 20.00, of which 15.00 are captured and 5.00 given back: so little that
/// twice would not be too much.
const TOTAL: &str = "20.00";

const OPEN_ORDERS: &str = "SELECT count(*) FROM payment_operation WHERE NOT done";

#[derive(Debug, Clone, Copy)]
enum Step {
    Charge,
    Capture,
    Refund,
}

impl Step {
    const ALL: [Self; 3] = [Self::Charge, Self::Capture, Self::Refund];

    /// Of the answer when it is taken.
    const fn success(self) -> u16 {
        match self {
            Self::Charge => 201,
            Self::Capture | Self::Refund => 200,
        }
    }

    /// What was taken and what was given back in the end, in cents.
    const fn outcome(self) -> (i64, i64) {
        match self {
            Self::Charge => (2_000, 0),
            Self::Capture => (1_500, 0),
            Self::Refund => (2_000, 500),
        }
    }

    /// What the payment's log says in the end, the oldest first.
    const fn history(self) -> &'static [&'static str] {
        match self {
            Self::Charge => &["payment.created", "payment.confirmed"],
            Self::Capture => &["payment.created", "payment.authorised", "payment.captured"],
            Self::Refund => &["payment.created", "payment.confirmed", "payment.refunded"],
        }
    }
}

fn payment_by(gateway: &str) -> Value {
    json!({ "amount": TOTAL, "payment_gateway": gateway })
}

/// A client with a request, and the server that takes it.
struct Scene {
    site: Site,
    /// `None` between the death of one and the start of the next.
    server: Option<Server>,
    client: Client,
    step: Step,
    path: String,
    body: Value,
    /// How Stripe is asked for the step.
    call: String,
}

impl Scene {
    /// Everything is ready for the step.
    async fn new(step: Step) -> Self {
        let (site, server) = Site::new().await;
        let client = site.client(&server);
        let begun = async |gateway| {
            let path = "/payments/create_payment/";
            client.post(path, payment_by(gateway)).await.expect(201)["payment"].clone()
        };
        let (path, body, call) = match step {
            Step::Charge => (
                "/payments/create_payment/".to_owned(),
                payment_by("Card"),
                "POST /v1/payment_intents".to_owned(),
            ),
            Step::Capture => {
                let payment = begun("Hold").await;
                let intent = payment["transaction_id"].as_str().unwrap();
                (
                    format!("/payments/{}/capture_payment/", payment["id"]),
                    json!({ "amount": "15.00" }),
                    format!("POST /v1/payment_intents/{intent}/capture"),
                )
            }
            Step::Refund => (
                format!("/payments/{}/refund_payment/", begun("Card").await["id"]),
                json!({ "amount": "5.00" }),
                "POST /v1/refunds".to_owned(),
            ),
        };
        Self { site, server: Some(server), client, step, path, body, call }
    }

    fn request(&self) -> reqwest::RequestBuilder {
        let request = self.client.request(Method::POST, &self.path).json(&self.body);
        request.header("Idempotency-Key", "once")
    }

    /// Sends the request and does not wait. Answers whether anything came back.
    fn send(&self) -> JoinHandle<bool> {
        let request = self.request();
        tokio::spawn(async { request.send().await.is_ok() })
    }

    /// Sends the request again.
    async fn repeat(&self) -> Answer {
        self.client.send(self.request()).await
    }

    /// Kills the server on which the request is under way.
    async fn kill(&mut self, request: JoinHandle<bool>) {
        self.server.take().unwrap().kill().await;
        assert!(!request.await.unwrap(), "{:?}: the client was answered", self.step);
    }

    /// Starts another server.
    async fn revive(&mut self) {
        let server = self.site.serve().await;
        self.client = self.site.client(&server);
        self.server = Some(server);
    }

    /// How often Stripe was asked for the step.
    fn calls(&self) -> usize {
        self.site.stripe.requests_to(&self.call).len()
    }

    /// Whether Stripe has carried the step out.
    fn is_carried_out(&self) -> bool {
        let (taken, given_back) = self.step.outcome();
        let is_so = |(_, captured, refunded)| (captured, refunded) == (taken, given_back);
        self.site.charged().into_iter().any(is_so)
    }

    /// Lets the time be over in which an order is in the hands of the server that wrote it down.
    async fn orders_fall_due(&self) {
        self.change(
            "UPDATE payment_operation SET next_try_at = now()
             WHERE NOT done AND next_try_at > now()",
        )
        .await;
    }

    /// Lets the time be over after which a request without an answer counts as dead.
    async fn requests_are_given_up(&self) {
        self.change(
            "UPDATE payment_idempotencykey SET created_at = created_at - INTERVAL '3 minutes'",
        )
        .await;
    }

    async fn change(&self, statement: &'static str) {
        sqlx::query(statement).execute(&self.site.pool).await.unwrap();
    }

    /// Repeats the request until its outcome is known.
    async fn learn(&self) -> Answer {
        let mut known = None;
        until("the outcome is known", async || {
            self.orders_fall_due().await;
            let answer = self.repeat().await;
            let is_open = answer.status == 202;
            known = Some(answer);
            !is_open
        })
        .await;
        known.unwrap()
    }

    /// The step was taken once, and whoever asks is told so.
    async fn check(&self, answer: Answer) {
        let step = self.step;
        let told = answer.expect(step.success());
        let payment = if told["payment"].is_object() { &told["payment"] } else { &told };
        let path = format!("/payments/{}/", payment["id"]);
        self.check_books(&path).await;
        assert_eq!(self.client.get(&path).await.expect(200), *payment, "{step:?}: what is told");
        for _ in 0..2 {
            assert_eq!(self.repeat().await.expect(step.success()), told, "{step:?}: told again");
        }
        self.check_books(&path).await;
    }

    /// Server and Stripe agree that the step was taken, and taken once.
    async fn check_books(&self, path: &str) {
        let step = self.step;
        let charged = self.site.charged();
        let [(intent, taken, given_back)] = charged.as_slice() else {
            panic!("{step:?}: not one charge but {charged:?}");
        };
        assert_eq!((*taken, *given_back), step.outcome(), "{step:?}");
        assert_eq!(self.site.books(&self.client).await, charged, "{step:?}");
        assert_eq!(self.site.stripe.intents(), [intent.as_str()], "{step:?}");
        let payment = self.client.get(path).await.expect(200);
        assert_eq!(payment["status"], "confirmed", "{step:?}");

        let refunds = self.client.get(&format!("{path}refunds/")).await.expect(200);
        let booked = words(&refunds, "status");
        assert!(booked.iter().all(|status| status == "succeeded"), "{step:?}: {refunds}");
        let count = usize::from(*given_back > 0);
        assert_eq!(booked.len(), count, "{step:?}: {refunds}");
        assert_eq!(self.site.stripe.refunds(intent).len(), count, "{step:?}");

        let log = self.client.get(&format!("{path}logs/")).await.expect(200);
        let mut history = words(&log, "event_type");
        history.reverse();
        assert_eq!(history, step.history(), "{step:?}");
        assert_eq!(self.site.count(OPEN_ORDERS).await, 0, "{step:?}");
    }
}

/// A field of all rows.
fn words(rows: &Value, field: &str) -> Vec<String> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

fn is_replayed(answer: &Answer) -> bool {
    answer.headers.contains_key("Idempotent-Replayed")
}

#[tokio::test]
async fn a_request_that_died_before_its_order_was_written_down_is_begun_anew() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        let gate = Gate::before(&scene.site.pool, "INSERT", "payment_operation").await;
        let request = scene.send();
        gate.holds_somebody_up().await;
        scene.kill(request).await;
        gate.cut().await;

        scene.revive().await;
        let busy = scene.repeat().await;
        assert_eq!(busy.headers["Retry-After"], "1", "{step:?}");
        busy.expect(409);
        assert_eq!(scene.calls(), 0, "{step:?}");
        scene.requests_are_given_up().await;
        let answer = scene.repeat().await;
        assert!(!is_replayed(&answer), "{step:?}");
        scene.check(answer).await;
        assert!(is_replayed(&scene.repeat().await), "{step:?}");
    }
}

#[tokio::test]
async fn an_order_that_the_gateway_never_heard_of_is_given_by_the_next_server() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        // Whoever calls is let in and not listened to.
        let address = scene.site.stripe.base_url().replace("http://", "");
        scene.site.stripe.go_away().await;
        let silence = TcpListener::bind(address).await.unwrap();
        let request = scene.send();
        until("the order is written down", async || scene.site.count(OPEN_ORDERS).await == 1).await;
        scene.kill(request).await;
        drop(silence);
        scene.site.stripe.come_back().await;
        assert_eq!(scene.calls(), 0, "{step:?}");

        scene.revive().await;
        scene.repeat().await.expect(409);
        scene.requests_are_given_up().await;
        // Nobody asks yet, and the client is told so.
        scene.repeat().await.expect(202);
        scene.check(scene.learn().await).await;
    }
}

#[tokio::test]
async fn an_order_that_the_gateway_is_carrying_out_is_not_carried_out_twice() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        scene.site.stripe.fault(&scene.call, Fault::Delay(Duration::from_secs(3)), 1);
        let request = scene.send();
        until("the gateway is asked", async || scene.calls() == 1).await;
        scene.kill(request).await;
        assert!(!scene.is_carried_out(), "{step:?}");

        scene.orders_fall_due().await;
        scene.requests_are_given_up().await;
        scene.revive().await;
        scene.check(scene.learn().await).await;
    }
}

#[tokio::test]
async fn an_order_whose_answer_never_arrived_is_not_carried_out_twice() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        scene.site.stripe.fault(&scene.call, Fault::DelayAfter(Duration::from_mins(1)), 1);
        let request = scene.send();
        until("the gateway carries it out", async || scene.is_carried_out()).await;
        scene.kill(request).await;

        scene.orders_fall_due().await;
        scene.requests_are_given_up().await;
        scene.revive().await;
        scene.check(scene.learn().await).await;
    }
}

#[tokio::test]
async fn an_outcome_that_was_not_booked_is_learnt_again() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        let gate = Gate::before(&scene.site.pool, "UPDATE OF done", "payment_operation").await;
        let request = scene.send();
        gate.holds_somebody_up().await;
        assert!(scene.is_carried_out(), "{step:?}");
        scene.kill(request).await;
        gate.cut().await;
        assert_eq!(scene.site.count(OPEN_ORDERS).await, 1, "{step:?}");

        scene.orders_fall_due().await;
        scene.requests_are_given_up().await;
        scene.revive().await;
        scene.check(scene.learn().await).await;
    }
}

#[tokio::test]
async fn an_outcome_whose_answer_was_not_kept_is_told_as_it_stands() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        let gate =
            Gate::before(&scene.site.pool, "UPDATE OF status", "payment_idempotencykey").await;
        let request = scene.send();
        gate.holds_somebody_up().await;
        scene.kill(request).await;
        gate.cut().await;

        scene.revive().await;
        scene.repeat().await.expect(409);
        scene.requests_are_given_up().await;
        let answer = scene.repeat().await;
        assert!(!is_replayed(&answer), "{step:?}");
        scene.check(answer).await;
        assert_eq!(scene.calls(), 1, "{step:?}");
    }
}

#[tokio::test]
async fn an_answer_that_was_kept_and_not_sent_is_sent_to_whoever_asks_again() {
    for step in Step::ALL {
        let mut scene = Scene::new(step).await;
        let gate =
            Gate::before(&scene.site.pool, "UPDATE OF status", "payment_idempotencykey").await;
        let request = scene.send();
        gate.holds_somebody_up().await;
        scene.kill(request).await;
        // The statement of the dead server comes to its end.
        gate.open().await;

        scene.revive().await;
        let answer = scene.repeat().await;
        assert!(is_replayed(&answer), "{step:?}");
        scene.check(answer).await;
        assert_eq!(scene.calls(), 1, "{step:?}");
    }
}
