use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::{Arc, Mutex};

use serde_json::json;
use stripe_core::customer::ListCustomer;
use stripe_core::payment_intent::{CreatePaymentIntent, RetrievePaymentIntent};
use stripe_types::Currency;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use wiwebb_domain::ports::payment_gateway::{GatewayError, Verdict};

use super::super::objects::{List, PaymentIntent, Reference};
use super::setup::StripeSettings;
use super::*;

const SECRET: &str = "sk_test_never_shown";

/// What the stand-in does with a request.
enum Reply {
    /// Answers.
    Answer(String),
    /// Hangs up.
    HangUp,
    /// Says nothing.
    Silence,
}

fn reply(status: u16, headers: &str, body: &str) -> Reply {
    let length = body.len();
    Reply::Answer(format!(
        "HTTP/1.1 {status} Any\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}"
    ))
}

fn json(status: u16, body: &serde_json::Value) -> Reply {
    reply(status, "content-type: application/json\r\n", &body.to_string())
}

fn done() -> Reply {
    json(200, &json!({"id": "pi_1", "status": "succeeded", "amount": 1999, "currency": "usd"}))
}

fn html(status: u16) -> Reply {
    reply(status, "content-type: text/html\r\n", "<html>Bad Gateway</html>")
}

/// Stands in for Stripe: gives the replies in turn and remembers what was asked.
struct StandIn {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    async fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut replies: VecDeque<Reply> = replies.into_iter().collect();
        let seen = Arc::clone(&asked);
        tokio::spawn(async move {
            let mut silent = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = request(&mut stream).await;
                seen.lock().unwrap().push(request);
                match replies.pop_front() {
                    Some(Reply::Answer(text)) => stream.write_all(text.as_bytes()).await.unwrap(),
                    Some(Reply::Silence) => silent.push(stream),
                    Some(Reply::HangUp) | None => {}
                }
            }
        });
        Self { address, asked }
    }

    fn stripe(&self) -> Stripe {
        stripe(&self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// The idempotency key of each request.
    fn keys(&self) -> Vec<Option<String>> {
        let key = |request: &String| {
            let line = request.lines().find_map(|line| line.strip_prefix("idempotency-key: "));
            line.map(str::to_owned)
        };
        self.asked().iter().map(key).collect()
    }
}

/// A request with its body, as it came.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}

/// Long enough that a busy machine answers, short enough to wait for silence.
fn stripe(address: &str) -> Stripe {
    Stripe::new(&StripeSettings {
        secret_key: SecretString::from(SECRET),
        api_base: Some(address.to_owned()),
        api_version: None,
        pace: Pace { pause: Duration::from_millis(1), ..Pace::default() },
    })
    .unwrap()
}

/// The same client that waits less.
fn hasty(mut stripe: Stripe, attempt: Duration, whole: Duration) -> Stripe {
    (stripe.pace.attempt, stripe.pace.whole) = (attempt, whole);
    stripe
}

fn charge() -> CreatePaymentIntent {
    CreatePaymentIntent::new(1999_i64, Currency::USD)
}

async fn order(stripe: &Stripe) -> Result<PaymentIntent, StripeFailure> {
    stripe.order(&charge(), "key-1").await
}

async fn read(stripe: &Stripe) -> Result<PaymentIntent, StripeFailure> {
    stripe.read(&RetrievePaymentIntent::new("pi_1")).await
}

fn key(times: usize) -> Vec<Option<String>> {
    vec![Some("key-1".to_owned()); times]
}

#[tokio::test]
async fn an_order_goes_out_with_key_version_and_form() {
    let server = StandIn::new([done()]).await;
    assert_eq!(order(&server.stripe()).await.unwrap().id, "pi_1");
    let request = server.asked().remove(0);
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/payment_intents HTTP/1.1\r\n"), "{head}");
    for line in [
        "authorization: Bearer sk_test_never_shown",
        "stripe-version: 2026-09-30.endive",
        "content-type: application/x-www-form-urlencoded",
        "idempotency-key: key-1",
        concat!("user-agent: wiwebb/", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(head.lines().any(|present| present == line), "{line} is not in {head}");
    }
    assert_eq!(body, "amount=1999&currency=usd");
}

#[tokio::test]
async fn reading_goes_out_under_the_path_of_the_address_and_without_a_key() {
    let server = StandIn::new([json(200, &json!({"data": [{"id": "cus_1"}]}))]).await;
    let stripe = stripe(&format!("{}/some/where", server.address));
    let found: List<Reference> =
        stripe.read(&ListCustomer::new().email("a+b@example.org")).await.unwrap();
    assert_eq!(found.data[0].id, "cus_1");
    let request = server.asked().remove(0);
    let line = "GET /some/where/v1/customers?email=a%2Bb@example.org HTTP/1.1";
    assert_eq!(request.lines().next(), Some(line));
    assert_eq!(server.keys(), [None]);
}

#[tokio::test]
async fn an_id_that_leads_elsewhere_is_never_sent() {
    let server = StandIn::new([]).await;
    for id in ["", ".", "..", "../customers", "pi_1/cancel/", "pi_1?a=b", "pi_1#", "%2e%2e", "p i"]
    {
        let answer: Result<PaymentIntent, _> =
            server.stripe().read(&RetrievePaymentIntent::new(id)).await;
        assert!(answer.unwrap_err().is_missing(), "{id}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_refused_connection_was_never_asked() {
    // Bound, so that nobody else gets the port, but nobody listens.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let failure = order(&stripe(&address)).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unreachable(_)), "{failure:?}");
    assert!(matches!(failure.into_answer(), Err(GatewayError::Unreachable(_))));
}

#[tokio::test]
async fn a_failed_tls_handshake_was_never_asked() {
    let server = StandIn::new([]).await;
    let stripe = stripe(&server.address.replace("http://", "https://"));
    let failure = order(&stripe).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unreachable(_)), "{failure:?}");
}

#[tokio::test]
async fn a_broken_connection_is_tried_again_under_the_same_key() {
    let server = StandIn::new([Reply::HangUp, done()]).await;
    assert_eq!(order(&server.stripe()).await.unwrap().status, "succeeded");
    assert_eq!(server.keys(), key(2));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\nconnection: close\r\n\r\n{\"id\":";
    let server = StandIn::new([Reply::Answer(half.to_owned()), done()]).await;
    assert_eq!(order(&server.stripe()).await.unwrap().id, "pi_1");
    assert_eq!(server.keys(), key(2));
}

#[tokio::test]
async fn an_error_of_the_server_is_tried_again_under_the_same_key() {
    for failing in [500, 502, 503, 504, 409, 424] {
        let server = StandIn::new([html(failing), done()]).await;
        assert_eq!(order(&server.stripe()).await.unwrap().id, "pi_1");
        assert_eq!(server.keys(), key(2), "{failing}");
    }
}

#[tokio::test]
async fn after_three_tries_the_outcome_is_unknown() {
    let server = StandIn::new([html(502), html(502), html(502), done()]).await;
    let failure = order(&server.stripe()).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unknown(_)), "{failure:?}");
    assert_eq!(failure.source().unwrap().to_string(), "status 502");
    assert_eq!(server.keys(), key(3));
}

#[tokio::test]
async fn reading_is_tried_again_without_a_key() {
    let server = StandIn::new([html(500), Reply::HangUp, done()]).await;
    assert_eq!(read(&server.stripe()).await.unwrap().id, "pi_1");
    assert_eq!(server.keys(), [None, None, None]);
}

#[tokio::test]
async fn what_changes_something_is_not_repeated_without_a_key() {
    let server = StandIn::new([html(500), done()]).await;
    let answer: Result<PaymentIntent, _> = server.stripe().send(charge().build(), None).await;
    assert!(matches!(answer, Err(StripeFailure::Unknown(_))));
    assert_eq!(server.keys(), [None]);
}

#[tokio::test]
async fn a_delete_is_not_repeated() {
    let server = StandIn::new([html(500), done()]).await;
    let request = RequestBuilder::new(StripeMethod::Delete, "/subscriptions/sub_1");
    let answer: Result<Reference, _> = server.stripe().send(request, Some("key-1")).await;
    assert!(matches!(answer, Err(StripeFailure::Unknown(_))));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn the_pause_is_as_long_as_stripe_asks() {
    let server = StandIn::new([reply(429, "retry-after: 1\r\n", "{}"), done()]).await;
    let begin = Instant::now();
    assert_eq!(order(&server.stripe()).await.unwrap().id, "pi_1");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.keys(), key(2));
}

#[tokio::test]
async fn a_pause_beyond_the_time_there_is_ends_it() {
    for seconds in [17, 3600, u64::MAX] {
        let headers = format!("retry-after: {seconds}\r\n");
        let server = StandIn::new([reply(429, &headers, "{}"), done()]).await;
        let failure = order(&server.stripe()).await.unwrap_err();
        assert!(matches!(failure, StripeFailure::RateLimited), "{failure:?}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn pauses_double() {
    let failed = Failed::from(StripeFailure::RateLimited);
    let pauses = [1, 2, 3].map(|number| failed.pause(Duration::from_millis(500), number));
    assert_eq!(pauses, [500, 1000, 2000].map(|pause| Some(Duration::from_millis(pause))));
}

#[tokio::test]
async fn stripe_says_whether_to_try_again() {
    let server = StandIn::new([reply(500, "stripe-should-retry: false\r\n", "{}"), done()]).await;
    let failure = order(&server.stripe()).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unknown(_)), "{failure:?}");
    assert_eq!(server.asked().len(), 1);

    let server = StandIn::new([reply(400, "stripe-should-retry: true\r\n", "{}"), done()]).await;
    assert_eq!(order(&server.stripe()).await.unwrap().id, "pi_1");
    assert_eq!(server.keys(), key(2));
}

#[tokio::test]
async fn a_decline_is_an_answer_and_not_tried_again() {
    let body = json!({"error": {"type": "card_error", "code": "card_declined",
        "decline_code": "generic_decline", "message": "Your card was declined.",
        "payment_intent": {"id": "pi_1", "status": "requires_payment_method", "amount": 1999,
            "currency": "usd"}}});
    let server = StandIn::new([json(402, &body), done()]).await;
    let (verdict, refusal) = order(&server.stripe()).await.unwrap_err().into_answer().unwrap();
    assert_eq!(verdict, Verdict::Declined);
    assert_eq!(refusal.decline_code.as_deref(), Some("generic_decline"));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_refused_request_is_not_tried_again() {
    for status in [400, 401, 403, 404] {
        let server = StandIn::new([json(status, &json!({"error": {}})), done()]).await;
        order(&server.stripe()).await.unwrap_err();
        assert_eq!(server.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn silence_is_unknown_and_ends_in_time() {
    let server = StandIn::new([Reply::Silence, Reply::Silence, Reply::Silence]).await;
    let stripe = hasty(server.stripe(), Duration::from_millis(200), Duration::from_secs(20));
    let failure = order(&stripe).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unknown(_)), "{failure:?}");
    assert_eq!(server.keys(), key(3));
}

#[tokio::test]
async fn all_tries_together_end_in_time() {
    let server = StandIn::new([Reply::Silence, Reply::Silence]).await;
    let stripe = hasty(server.stripe(), Duration::from_secs(20), Duration::from_millis(200));
    let begin = Instant::now();
    let failure = order(&stripe).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unknown(_)), "{failure:?}");
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_try_that_did_nothing_does_not_undo_an_unknown_one() {
    let limited = || reply(429, "", "{}");
    let server = StandIn::new([Reply::HangUp, limited(), limited()]).await;
    let failure = order(&server.stripe()).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unknown(_)), "{failure:?}");

    let refused = json!({"error": {"type": "card_error"}});
    let server = StandIn::new([Reply::HangUp, json(402, &refused)]).await;
    let failure = order(&server.stripe()).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Declined(_)), "{failure:?}");
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_unknown_and_says_what_is_missing() {
    let server = StandIn::new([json(200, &json!({"id": "pi_1", "status": "succeeded"}))]).await;
    let failure = order(&server.stripe()).await.unwrap_err();
    assert!(matches!(failure, StripeFailure::Unknown(_)), "{failure:?}");
    assert!(failure.source().unwrap().to_string().contains("amount"));
    assert_eq!(server.asked().len(), 1);

    let server = StandIn::new([html(200)]).await;
    assert!(matches!(order(&server.stripe()).await, Err(StripeFailure::Unknown(_))));
}

#[tokio::test]
async fn nobody_leads_the_key_elsewhere() {
    let elsewhere = StandIn::new([done()]).await;
    let location = format!("location: {}/\r\n", elsewhere.address);
    let server = StandIn::new([reply(307, &location, "")]).await;
    let answer: Result<PaymentIntent, _> = server.stripe().send(charge().build(), None).await;
    assert!(matches!(answer, Err(StripeFailure::Unknown(_))));
    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn no_failure_shows_the_key() {
    let echo = json!({"error": {"type": "invalid_request_error", "code": SECRET, "param": SECRET,
        "message": format!("What is {SECRET}?")}});
    for status in [400, 401, 402, 403, 409, 500] {
        let server = StandIn::new((0..3).map(|_| json(status, &echo))).await;
        let failure = order(&server.stripe()).await.unwrap_err();
        let source = failure.source().map(ToString::to_string);
        assert!(!format!("{failure} {failure:?} {source:?}").contains(SECRET), "{status}");
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_sent_is_not() {
    let server = StandIn::new([done()]).await;
    let answer: Result<PaymentIntent, _> = server.stripe().order(&charge(), "a\nb").await;
    assert!(matches!(answer, Err(StripeFailure::Unreachable(_))));
    assert!(server.asked().is_empty());
}
