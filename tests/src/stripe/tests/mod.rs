//! What the fake promises.

mod checkout;
mod intents;
mod invoices;
mod keys;
mod network;
mod parameters;
mod refunds;
mod renewals;
mod shapes;
mod subscriptions;
mod webhooks;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

use super::{Card, FakeStripe};

/// Noon of 1 March 2026.
const NOON: i64 = 1_772_366_400;

/// A fake and somebody who calls it.
struct Caller {
    fake: FakeStripe,
    http: reqwest::Client,
}

/// An answer.
struct Heard {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Heard {
    #[track_caller]
    fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// Status, and type, code and parameter of the error; empty where there is none.
    fn error(&self) -> (u16, &str, &str, &str) {
        let field = |name: &str| self.body["error"][name].as_str().unwrap_or_default();
        (self.status, field("type"), field("code"), field("param"))
    }
}

impl Caller {
    async fn new() -> Self {
        let fake = FakeStripe::start_at("127.0.0.1:0".parse().unwrap(), NOON).await;
        Self { fake, http: reqwest::Client::new() }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let address = format!("{}/v1/{path}", self.fake.base_url());
        self.http.request(method, address).bearer_auth(self.fake.secret_key())
    }

    async fn get(&self, path: &str) -> Heard {
        hear(self.request(Method::GET, path)).await
    }

    async fn delete(&self, path: &str) -> Heard {
        hear(self.request(Method::DELETE, path)).await
    }

    /// With a key of its own.
    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Heard {
        let key = format!("key-{}", self.fake.requests().len());
        self.post_as(&key, path, form).await
    }

    async fn post_as(&self, key: &str, path: &str, form: &[(&str, &str)]) -> Heard {
        hear(self.form(path, form).header("Idempotency-Key", key)).await
    }

    /// Without a key.
    fn form(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.request(Method::POST, path);
        request.header("Content-Type", "application/x-www-form-urlencoded").body(body)
    }

    /// A customer without a card.
    async fn customer(&self) -> String {
        let form = [("email", "ann@example.org")];
        id(&self.post("customers", &form).await.ok())
    }

    /// An intent over 10.99 that nobody has paid.
    async fn open_intent(&self) -> String {
        id(&self.post("payment_intents", &[("amount", "1099"), ("currency", "usd")]).await.ok())
    }

    /// A card's payment over 10.99, however it ends.
    async fn charge(&self, card: &str, more: &[(&str, &str)]) -> Heard {
        self.post("payment_intents", &payment(card, more)).await
    }

    /// A product with a monthly price in US cents.
    async fn price(&self, amount: &str) -> String {
        self.price_per("month", amount).await
    }

    async fn price_per(&self, interval: &str, amount: &str) -> String {
        let product = id(&self.post("products", &[("name", "Hill Net")]).await.ok());
        let form = [
            ("product", product.as_str()),
            ("currency", "usd"),
            ("unit_amount", amount),
            ("recurring[interval]", interval),
        ];
        id(&self.post("prices", &form).await.ok())
    }

    /// A customer with a card.
    async fn payer(&self, card: Card) -> String {
        let customer = self.customer().await;
        self.fake.set_card(&customer, card);
        customer
    }

    /// A subscription of a new price, over 10.00 a month.
    async fn subscribe(&self, customer: &str, more: &[(&str, &str)]) -> Value {
        let price = self.price("1000").await;
        let mut form = vec![("customer", customer), ("items[0][price]", price.as_str())];
        form.extend(more);
        self.post("subscriptions", &form).await.ok()
    }

    fn status(&self, subscription: &str) -> String {
        self.fake.object(subscription)["status"].as_str().unwrap().to_owned()
    }

    /// Forgets nothing, but tells only the types of events from now on.
    fn kinds_since(&self, before: usize) -> Vec<String> {
        self.kinds().split_off(before)
    }

    fn kinds(&self) -> Vec<String> {
        self.fake.events().into_iter().map(|event| event.kind).collect()
    }
}

async fn hear(request: RequestBuilder) -> Heard {
    let answer = request.send().await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Heard { status, headers, body }
}

fn id(object: &Value) -> String {
    object["id"].as_str().unwrap().to_owned()
}

fn payment<'t>(card: &'t str, more: &[(&'t str, &'t str)]) -> Vec<(&'t str, &'t str)> {
    let whole = [
        ("amount", "1099"),
        ("currency", "usd"),
        ("confirm", "true"),
        ("payment_method", card),
        ("automatic_payment_methods[enabled]", "true"),
        ("automatic_payment_methods[allow_redirects]", "never"),
    ];
    whole.iter().chain(more).copied().collect()
}
