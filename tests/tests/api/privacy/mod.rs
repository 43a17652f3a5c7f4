//! What is kept about a person: handed out, and forgotten.

mod anonymise;
mod export;
mod under_way;

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_tests::{PASSWORD, TestApp};

use crate::network;
use crate::subscriptions::Shop;
use crate::support::{Person, with};

/// The lists of an export.
const LISTS: [&str; 12] = [
    "audit_logs",
    "gateway_customers",
    "idempotency_keys",
    "keys",
    "network_sessions",
    "password_resets",
    "payments",
    "subscriptions",
    "todos",
    "trials",
    "usage",
    "webhook_events",
];

const SECRET: &str = "whsec_of_the_tests";

/// What tells who `quentin` is, each in a place of its own.
const TELLING: [&str; 19] = [
    "quentin",
    "quentin@mail.example",
    "Fortescue",
    "Aloysius",
    "+44-7700-900",
    "collects-thimbles",
    "thimble.example",
    "Thimble-Works",
    "Little-Snoring",
    "1961-02-03",
    "write-to-aunt",
    "order-of-thimbles",
    "two-silver-thimbles",
    "engraved-QF",
    "key-of-fortescue",
    "changed-his-mind",
    "flat-9b",
    "session-of-fortescue",
    "7-Thimble-Street",
];

/// A server that believes webhooks, and somebody of whom it keeps all that can be kept.
struct Kept {
    shop: Shop,
    who: Person,
    payment: Value,
}

impl Kept {
    async fn new() -> Self {
        let off = ["LOGIN", "USER", "ANON"].map(|who| (format!("WIWEBB_{who}_RATE"), "off"));
        let secret = ("STRIPE_WEBHOOK_SECRET".to_owned(), SECRET);
        let settings: Vec<_> = off.into_iter().chain([secret]).collect();
        let shop = Shop::in_server(TestApp::configured(&settings).await, "confirmed").await;
        let profile = json!({
            "username": "quentin", "email": "quentin@mail.example", "password": PASSWORD,
            "role": "subscriber", "tenant": shop.tenant(), "first_name": "Aloysius",
            "last_name": "Fortescue", "phone_number": "+44-7700-900", "bio": "collects-thimbles",
            "url": "https://thimble.example", "company": "Thimble-Works",
            "location": "Little-Snoring", "birth_date": "1961-02-03",
        });
        shop.root.post("/users/", profile).await.expect(201);
        let who = Person::holding(shop.app.login("quentin").await).await;
        let mut kept = Self { shop, who, payment: Value::Null };
        kept.act().await;
        kept.pay().await;
        kept.be_reported().await;
        kept
    }

    /// Todos, a reset link, an entry in the audit log, and use of the network.
    async fn act(&self) {
        let Self { shop, who, .. } = self;
        who.api.post("/todos/", json!({ "task": "write-to-aunt" })).await.expect(201);
        let reset = json!({ "email": "quentin@mail.example" });
        shop.app.anonymous().post("/auth/password/reset/", reset).await.expect(200);
        // As an owner the person leaves entries that carry the address.
        let give = |role: &str| json!({ "role": role });
        shop.root.post(&who.path("assign-role/"), give("tenant_owner")).await.expect(200);
        let sue = Person::holding(shop.sue.clone()).await;
        let set = json!({ "password": PASSWORD });
        who.api.post(&sue.path("set-password/"), set).await.expect(200);
        shop.root.post(&who.path("assign-role/"), give("subscriber")).await.expect(200);
        let plan = shop.free_plan("Free").await;
        who.api.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(200);
        let equipment = network::equipment(&shop.app, &shop.root, Value::Null).await;
        let used = json!({ "NAS-Identifier": "flat-9b", "Acct-Session-Time": 120 });
        let session = "session-of-fortescue";
        network::report(&equipment, "quentin", "Stop", session, used).await.expect(204);
    }

    /// A payment, part of which goes back.
    async fn pay(&mut self) {
        let Self { shop, who, .. } = self;
        let body = json!({
            "amount": "30.00", "payment_gateway": "Till", "order_id": "order-of-thimbles",
            "description": "two-silver-thimbles", "metadata": { "note": "engraved-QF" },
        });
        let request = who.api.request(Method::POST, "/payments/create_payment/").json(&body);
        let request = request.header("Idempotency-Key", "key-of-fortescue");
        self.payment = who.api.send(request).await.expect(201)["payment"].clone();
        let path = format!("/payments/{}/refund_payment/", self.payment["id"]);
        let refund = json!({ "amount": "10.00", "reason": "changed-his-mind" });
        shop.root.post(&path, refund).await.expect(200);
    }

    /// What the gateway says of the payment, and of the customer.
    async fn be_reported(&self) {
        let told = json!({
            "id": self.payment["transaction_id"], "object": "payment_intent", "amount": 3000,
            "amount_received": 3000, "currency": "usd", "status": "succeeded",
            "billing_details": { "name": "Fortescue", "address": "7-Thimble-Street" },
        });
        self.report("evt_paid", "payment_intent.succeeded", &told).await;
        let customer = json!({
            "id": "cus_unknown", "object": "customer", "email": "quentin@mail.example",
            "address": "7-Thimble-Street",
        });
        self.report("evt_customer", "customer.updated", &customer).await;
    }

    async fn report(&self, id: &str, kind: &str, object: &Value) {
        let app = &self.shop.app;
        let body = json!({ "id": id, "type": kind, "data": { "object": object } }).to_string();
        let client = app.anonymous();
        let request = client
            .request(Method::POST, "/payments/webhook/")
            .header("Content-Type", "application/json")
            .header("Stripe-Signature", app.signed_event(SECRET, &body))
            .body(body);
        client.send(request).await.expect(200);
    }

    /// Ends what keeps the person from being forgotten.
    async fn cancel(&self) {
        self.who.api.post("/subscriptions/cancel/", json!({})).await.expect(200);
    }

    /// The places in the database where a text occurs, whatever its case.
    async fn places(&self, text: &str) -> Vec<String> {
        let pool = &self.shop.app.pool;
        let columns: Vec<(String, String)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema = 'public' AND (data_type LIKE 'character%' \
                OR data_type IN ('text', 'json', 'jsonb', 'date', 'uuid', 'inet', 'ARRAY'))",
        )
        .fetch_all(pool)
        .await
        .unwrap();
        assert!(columns.len() > 50, "the catalog was not read");
        let mut places = Vec::new();
        for (table, column) in columns {
            let sql = format!(
                "SELECT count(*) FROM \"{table}\" WHERE strpos(lower(\"{column}\"::text), lower($1)) > 0"
            );
            let count: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .bind(text)
                .fetch_one(pool)
                .await
                .unwrap();
            if count > 0 {
                places.push(format!("{table}.{column}"));
            }
        }
        places
    }

    /// The user object as the superadmin sees it, with something else in the place of some fields.
    async fn user_with(&self, fields: Value) -> Value {
        with(self.shop.root.get(&self.who.path("")).await.expect(200), fields)
    }
}
