//! A business with a little of everything, for pages to show.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, NO_RATES, TestApp};

use crate::browser::Browser;

/// What webhooks are signed with.
const SECRET: &str = "whsec_of_the_tests";

/// Subscribers of Lake Wireless, who joined one after the other. The first few have the plan Basic.
const GUESTS: [&str; 24] = [
    "anna", "ben", "clara", "david", "emma", "felix", "greta", "hugo", "ida", "jonas", "karla",
    "leon", "mara", "nils", "olivia", "paul", "rosa", "simon", "thea", "urs", "vera", "wim",
    "yara", "zoe",
];

/// Two tenants, `Hill Net` with the owner `olga` and the subscriber `sue`, who has paid for the plan Gold,
/// and `Lake Wireless` with the owner `otto` and the subscriber `stan`, who has never paid. `root` is a
/// superadmin, `adam` an admin. Everybody has the password of the harness.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) root: Client,
    pub(crate) sue: Client,
    pub(crate) hill: i64,
    pub(crate) lake: i64,
    /// The path of the page on which the payment that waits is settled.
    pub(crate) checkout: String,
    ids: Vec<(&'static str, String)>,
}

impl World {
    pub(crate) async fn assemble() -> Self {
        let settings: Vec<(&str, &str)> =
            NO_RATES.into_iter().chain([("STRIPE_WEBHOOK_SECRET", SECRET)]).collect();
        let app = TestApp::configured(&settings).await;
        app.clock.set("2026-02-10T12:00:00Z".parse().unwrap());
        let root = app.superadmin().await;
        let (hill, lake) = tenants(&root).await;
        for (name, role, tenant) in [
            ("adam", Role::Admin, None),
            ("olga", Role::TenantOwner, Some(hill)),
            ("otto", Role::TenantOwner, Some(lake)),
            ("stan", Role::Subscriber, Some(lake)),
        ] {
            app.user(&root, name, role, tenant).await;
        }
        let sue = app.user(&root, "sue", Role::Subscriber, Some(hill)).await;
        let mut world =
            Self { app, root, sue, hill, lake, checkout: String::new(), ids: Vec::new() };
        world.know("hill", &json!(hill));
        let me = world.root.get("/auth/user/").await.expect(200);
        world.know("root", &me["id"]);
        world.sell().await;
        world.buy().await;
        world.keep_records().await;
        world.welcome().await;
        world.treat().await;
        world.look_back().await;
        world
    }

    /// A browser in which somebody is signed in; `None` where none is installed.
    pub(crate) async fn browser_of(&self, username: &str) -> Option<Browser> {
        let browser = Browser::open(&self.app).await?;
        browser.sign_in(username).await;
        Some(browser)
    }

    /// The id of what has this name.
    pub(crate) fn id(&self, name: &str) -> &str {
        let found = self.ids.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| panic!("nothing is called {name}"), |(_, id)| id.as_str())
    }

    /// A path with ids in place of names in braces.
    pub(crate) fn path(&self, template: &str) -> String {
        let mut path = template.to_owned();
        while let Some((before, rest)) = path.split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            path = format!("{before}{}{after}", self.id(name));
        }
        path
    }

    /// The page of the latest payment in the console, and what the API tells of it.
    pub(crate) async fn latest_payment(&self) -> (String, Value) {
        let list = self.root.get("/payments/?ordering=-created_at").await.expect(200);
        let payment = list["results"][0].clone();
        (format!("/admin/payments/{}/", payment["id"]), payment)
    }

    fn know(&mut self, name: &'static str, id: &Value) {
        assert!(!id.is_null(), "{name} has no id");
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        self.ids.push((name, id));
    }

    /// Plans with prices, and gateways that take payments for them.
    async fn sell(&mut self) {
        for (name, variant, priority, config) in [
            ("Till", "dummy", 9, json!({ "outcome": "waiting" })),
            ("Deposit", "dummy", 5, json!({ "outcome": "preauth" })),
            ("Desk", "manual", 1, json!({})),
        ] {
            let body =
                json!({ "name": name, "variant": variant, "priority": priority, "config": config });
            let gateway = self.root.post("/gateway-configs/", body).await.expect(201);
            if name == "Till" {
                self.know("gateway", &gateway["id"]);
            }
        }
        let basic = json!({
            "name": "Basic", "description": "For a try.", "requires_payment": false,
            "daily_time_minutes": 60, "daily_data_mb": 500,
        });
        let basic = self.root.post("/subscriptions/plans/", basic).await.expect(201);
        self.know("basic", &basic["id"]);
        let gold = json!({
            "name": "Gold", "description": "Fast, and for the whole family.",
            "daily_time_minutes": 600, "daily_data_mb": 2000,
        });
        let gold = self.root.post("/subscriptions/plans/", gold).await.expect(201)["id"].clone();
        let path = format!("/subscriptions/plans/{gold}/pricing/");
        let price = self.root.post(&path, json!({ "amount": "19.90" })).await.expect(201);
        self.know("gold", &gold);
        self.know("price", &price["id"]);
    }

    /// `sue` has Gold, and one more payment that waits.
    async fn buy(&mut self) {
        let me = self.sue.get("/auth/user/").await.expect(200);
        self.know("sue", &me["id"]);
        let profile = json!({
            "first_name": "Susan", "last_name": "Miller", "company": "Miller & Sons",
            "location": "Hilltop", "phone_number": "+43 660 1234567",
        });
        self.sue.patch("/auth/user/", profile).await.expect(200);
        let wish = json!({ "plan_id": self.id("gold").parse::<i64>().unwrap() });
        let begun = self.sue.post("/subscriptions/subscribe/", wish).await.expect(200);
        let page = begun["checkout_url"].as_str().unwrap();
        self.sue.post(page, json!({ "outcome": "confirmed" })).await.expect(200);
        let paid = self.sue.get("/payments/").await.expect(200)["results"][0]["id"].clone();
        self.know("paid", &paid);
        self.app.clock.advance(chrono::Duration::minutes(5));
        let order = json!({
            "amount": "5.00", "payment_gateway": "Till", "description": "A day for a guest",
        });
        let waits = self.sue.post("/payments/create_payment/", order).await.expect(201);
        let waits = &waits["payment"];
        self.know("open", &waits["id"]);
        self.know("transaction", &waits["transaction_id"]);
        self.checkout = self.path("/checkout/{transaction}/");
    }

    /// A todo, a key and a report of a gateway.
    async fn keep_records(&mut self) {
        let task = json!({ "task": "Replace the antenna on the water tower" });
        let todo = self.root.post("/todos/", task).await.expect(201);
        self.know("todo", &todo["id"]);
        let key = json!({ "name": "Router in the lobby", "tenant": self.hill });
        let key = self.root.post("/service-keys/", key).await.expect(201);
        self.know("key", &key["id"]);
        let object = json!({
            "id": "pi_early", "amount": 2_000, "currency": "usd", "status": "succeeded",
        });
        let kind = "payment_intent.succeeded";
        let event = json!({ "id": "evt_1", "type": kind, "data": { "object": object } });
        let event = event.to_string();
        let nobody = self.app.anonymous();
        let report = nobody
            .request(Method::POST, "/payments/webhook/")
            .header("Content-Type", "application/json")
            .header("Stripe-Signature", self.app.signed_event(SECRET, &event))
            .body(event);
        nobody.send(report).await.expect(200);
        let event = self.root.get("/webhook-events/").await.expect(200);
        self.know("event", &event["results"][0]["id"]);
    }

    /// The guests.
    async fn welcome(&self) {
        let joined = "INSERT INTO api_user
                (username, email, password, role, tenant_id, date_joined, password_updated)
             SELECT name, name || '@example.org', root.password, $3, $2,
                timestamptz '2025-03-05T09:00:00Z' + 340 * sqrt(place / 24.0) * interval '1 day',
                root.password_updated
             FROM api_user root, UNNEST($1::text[]) WITH ORDINALITY AS guest (name, place)
             WHERE root.username = 'root'";
        let lake = i32::try_from(self.lake).unwrap();
        let joined =
            sqlx::query(joined).bind(GUESTS.as_slice()).bind(lake).bind(Role::Subscriber.as_str());
        joined.execute(&self.app.pool).await.unwrap();
        let plans = self.root.get("/subscriptions/plans/").await.expect(200);
        let basic = plans.as_array().unwrap().iter().find(|plan| plan["name"] == "Basic").unwrap();
        for name in &GUESTS[..3] {
            let wish = json!({ "plan_id": basic["id"] });
            let guest = self.app.login(name).await;
            guest.post("/subscriptions/subscribe/", wish).await.expect(200);
        }
    }

    /// The first guest has left a deposit, and will pay at the desk. The last may not come any more, and
    /// that leaves a trail.
    async fn treat(&mut self) {
        let anna = self.app.login(GUESTS[0]).await;
        for (name, gateway, text) in
            [("held", "Deposit", "Deposit for a router"), ("desk", "Desk", "A router")]
        {
            let order =
                json!({ "amount": "60.00", "payment_gateway": gateway, "description": text });
            let begun = anna.post("/payments/create_payment/", order).await.expect(201);
            self.know(name, &begun["payment"]["id"]);
            let log = format!("/payments/{}/logs/", begun["payment"]["id"]);
            let log = self.root.get(&log).await.expect(200);
            self.know("log", &log[0]["id"]);
        }
        let last = self.root.get("/users/?search=zoe").await.expect(200)["results"][0].clone();
        let path = format!("/users/{}/activate/", last["id"]);
        self.root.post(&path, json!({ "is_active": false })).await.expect(200);
        let entry = self.root.get("/audit-logs/").await.expect(200);
        self.know("entry", &entry["results"][0]["id"]);
    }

    /// What came in in the months since the guests joined, and how the network was used lately: nobody
    /// can be made to do either in the past.
    async fn look_back(&self) {
        let paid = "WITH payment AS (
                INSERT INTO payment_payment
                    (user_id, payment_gateway_id, status, total, metadata, created_at)
                SELECT guest.id, gateway.id, 'confirmed', 19.90, '{\"description\": \"Gold\"}', day
                FROM api_user guest, payment_paymentgatewayconfig gateway,
                    generate_series(guest.date_joined, timestamptz '2026-02-09', '1 month') AS day
                WHERE guest.username = ANY($1) AND gateway.name = 'Desk'
                RETURNING id, created_at
             )
             INSERT INTO payment_paymentlog (payment_id, event_type, data, created_at)
             SELECT id, 'payment.changed', '{\"to\": \"confirmed\"}', created_at FROM payment";
        sqlx::query(paid).bind(GUESTS.as_slice()).execute(&self.app.pool).await.unwrap();
        let used = "INSERT INTO network_usage (user_id, day, seconds, octets)
             SELECT id, date '2026-02-10' - back, 900 + 300 * id * (1 + back % 3),
                40000000::bigint * id * (1 + back % 4)
             FROM api_user, generate_series(0, 13) AS back
             WHERE username = 'sue' OR username = ANY($1) AND (id + 2 * back) % 3 > 0";
        sqlx::query(used).bind(GUESTS.as_slice()).execute(&self.app.pool).await.unwrap();
    }
}

async fn tenants(root: &Client) -> (i64, i64) {
    let mut ids = Vec::new();
    for (name, slug, text) in [
        ("Hill Net", "hill-net", "Wireless for the villages on the hill."),
        ("Lake Wireless", "lake-wireless", "Along the shore, from the harbour to the camp site."),
    ] {
        let body = json!({ "name": name, "slug": slug, "description": text });
        ids.push(root.post("/tenants/", body).await.expect(201)["id"].as_i64().unwrap());
    }
    (ids[0], ids[1])
}
