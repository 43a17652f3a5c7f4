//! One's own subscription (contract §8).

mod cancel;
mod change;
mod deletion;
mod limits;
mod renewal;
mod repeated;
mod silent_gateway;
mod subscribe;
mod trials;

use chrono::{DateTime, Duration, Months, Utc};
use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{Answer, Client, TestApp};

use crate::support::with;

pub(crate) const SUBSCRIBE: &str = "/subscriptions/subscribe/";
pub(crate) const STATUS: &str = "/subscriptions/status/";
pub(crate) const LIMITS: &str = "/subscriptions/me/limits/";
const CANCEL: &str = "/subscriptions/cancel/";
const RESUME: &str = "/subscriptions/resume/";
const CHANGE: &str = "/subscriptions/change/";
const PLANS: &str = "/subscriptions/plans/";

/// A server that sells plans through one dummy gateway, and `sue`, who buys.
pub(crate) struct Shop {
    pub(crate) app: TestApp,
    pub(crate) root: Client,
    pub(crate) sue: Client,
    tenant: i64,
    gateway: i64,
}

impl Shop {
    /// A shop whose gateway takes every payment at once.
    pub(crate) async fn open() -> Self {
        Self::in_server(TestApp::start().await, "confirmed").await
    }

    /// A shop whose payers go to the page of the gateway.
    pub(crate) async fn with_pages() -> Self {
        Self::in_server(TestApp::start().await, "waiting").await
    }

    pub(crate) async fn in_server(app: TestApp, outcome: &str) -> Self {
        let root = app.superadmin().await;
        let tenant = app.tenant(&root, "acme").await;
        let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
        let config = json!({ "outcome": outcome });
        let gateway = json!({ "name": "Till", "variant": "dummy", "config": config });
        let gateway = root.post("/gateway-configs/", gateway).await.expect(201);
        Self { app, root, sue, tenant, gateway: number(&gateway["id"]) }
    }

    /// The tenant that `sue` belongs to.
    pub(crate) const fn tenant(&self) -> i64 {
        self.tenant
    }

    /// What the gateway makes of payments from now on.
    pub(crate) async fn gateway_does(&self, config: Value) {
        let path = format!("/gateway-configs/{}/", self.gateway);
        self.root.patch(&path, json!({ "config": config })).await.expect(200);
    }

    /// A plan with these fields and otherwise the defaults; its id.
    pub(crate) async fn plan(&self, name: &str, fields: Value) -> i64 {
        let body = with(json!({ "name": name }), fields);
        number(&self.root.post(PLANS, body).await.expect(201)["id"])
    }

    pub(crate) async fn free_plan(&self, name: &str) -> i64 {
        self.plan(name, json!({ "requires_payment": false })).await
    }

    /// A plan for so much a month.
    pub(crate) async fn paid_plan(&self, name: &str, amount: &str) -> i64 {
        let plan = self.plan(name, json!({})).await;
        self.price(plan, json!({ "amount": amount })).await;
        plan
    }

    /// A price of a plan; its id.
    pub(crate) async fn price(&self, plan: i64, fields: Value) -> i64 {
        let path = format!("{PLANS}{plan}/pricing/");
        number(&self.root.post(&path, fields).await.expect(201)["id"])
    }

    /// Has `sue` subscribe to a plan.
    pub(crate) async fn subscribe(&self, plan: i64) -> Value {
        self.sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200)
    }

    /// How `sue`'s subscription stands.
    pub(crate) async fn status(&self) -> Value {
        self.sue.get(STATUS).await.expect(200)
    }

    /// The status and the plan of `sue`'s subscription.
    async fn standing(&self) -> (String, String) {
        let status = self.status().await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&status["status"]), text(&status["plan"]["name"]))
    }

    /// The name of the plan whose limits hold for `sue`; empty without any.
    async fn access(&self) -> String {
        let limits = self.sue.get(LIMITS).await;
        if limits.status != 200 {
            limits.expect_body(404, &json!({ "error": "No subscription found" }));
            return String::new();
        }
        limits.body["plan"]["name"].as_str().unwrap().to_owned()
    }

    /// The payments of `sue`, the oldest first, each as its status and total.
    async fn payments(&self) -> Vec<String> {
        let page = self.sue.get("/payments/?page_size=100&ordering=created_at").await.expect(200);
        let told = |payment: &Value| format!("{} {}", payment["status"], payment["total"]);
        page["results"].as_array().unwrap().iter().map(|row| told(row).replace('"', "")).collect()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    /// Lets time pass, and has the server look after what is due then.
    async fn pass(&self, time: Duration) {
        self.app.clock.advance(time);
        self.app.advance_subscriptions().await;
    }

    /// Lets time pass to an instant, and has the server look after what is due then.
    async fn pass_to(&self, instant: DateTime<Utc>) {
        self.app.clock.set(instant);
        self.app.advance_subscriptions().await;
    }
}

pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no id"))
}

/// A month later.
fn month_after(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.checked_add_months(Months::new(1)).unwrap()
}

/// Settles a page of a gateway, given by its address.
pub(crate) async fn settle(client: &Client, page: &Value, outcome: &str) -> Answer {
    client.post(page.as_str().unwrap(), json!({ "outcome": outcome })).await
}

/// A request under an `Idempotency-Key`.
async fn with_key(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, path).header("Idempotency-Key", key);
    client.send(request.json(body)).await
}
