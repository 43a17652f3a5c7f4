//! Whatever a client sends, the answer is the contract's (§1.1, §1.3, §1.4, §1.8), never a `5xx`,
//! and what is refused writes nothing.

mod bodies;
mod fields;
mod fuzz;
mod headers;
mod ids;
mod methods;
mod paths;
mod queries;
mod sizes;

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use wiwebb_domain::access::Role;
use wiwebb_tests::raw::{self, RawAnswer};
use wiwebb_tests::{Answer, Client, TestApp};

/// Every operation that takes a body.
const WRITES: [(&str, &str); 39] = [
    ("POST", "/auth/login/"),
    ("POST", "/auth/registration/"),
    ("POST", "/auth/password/reset/"),
    ("POST", "/auth/password/reset/confirm/"),
    ("POST", "/auth/password/change/"),
    ("PUT", "/auth/user/"),
    ("PATCH", "/auth/user/"),
    ("POST", "/tenants/"),
    ("PUT", "/tenants/{tenant}/"),
    ("PATCH", "/tenants/{tenant}/"),
    ("POST", "/users/"),
    ("PUT", "/users/{user}/"),
    ("PATCH", "/users/{user}/"),
    ("POST", "/users/{user}/assign-role/"),
    ("POST", "/users/{user}/set-password/"),
    ("POST", "/users/{user}/activate/"),
    ("POST", "/todos/"),
    ("PUT", "/todos/{todo}/"),
    ("PATCH", "/todos/{todo}/"),
    ("POST", "/subscriptions/plans/"),
    ("PUT", "/subscriptions/plans/{plan}/"),
    ("PATCH", "/subscriptions/plans/{plan}/"),
    ("POST", "/subscriptions/plans/{plan}/pricing/"),
    ("PUT", "/subscriptions/plans/{plan}/pricing/{pricing}/"),
    ("PATCH", "/subscriptions/plans/{plan}/pricing/{pricing}/"),
    ("POST", "/gateway-configs/"),
    ("PUT", "/gateway-configs/{gateway}/"),
    ("PATCH", "/gateway-configs/{gateway}/"),
    ("POST", "/payments/create_payment/"),
    ("POST", "/payments/{payment}/capture_payment/"),
    ("POST", "/payments/{payment}/refund_payment/"),
    ("POST", "/subscriptions/subscribe/"),
    ("POST", "/subscriptions/cancel/"),
    ("POST", "/subscriptions/resume/"),
    ("POST", "/subscriptions/change/"),
    ("POST", "/webhook-events/{event}/replay/"),
    ("POST", "/service-keys/"),
    ("POST", "/network/authorize/"),
    ("POST", "/network/accounting/"),
];

/// Every path with the methods it takes.
const PATHS: [(&str, &[&str]); 54] = [
    ("/auth/login/", &["POST"]),
    ("/auth/logout/", &["POST"]),
    ("/auth/registration/", &["POST"]),
    ("/auth/user/", &["GET", "PUT", "PATCH"]),
    ("/auth/tokens/", &["GET", "DELETE"]),
    ("/auth/tokens/{token}/", &["DELETE"]),
    ("/auth/password/change/", &["POST"]),
    ("/auth/password/reset/", &["POST"]),
    ("/auth/password/reset/confirm/", &["POST"]),
    ("/tenants/", &["GET", "POST"]),
    ("/tenants/me/", &["GET"]),
    ("/tenants/{tenant}/", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/users/", &["GET", "POST"]),
    ("/users/{user}/", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/users/{user}/assign-role/", &["POST"]),
    ("/users/{user}/set-password/", &["POST"]),
    ("/users/{user}/tokens/", &["DELETE"]),
    ("/users/{user}/activate/", &["POST"]),
    ("/todos/", &["GET", "POST"]),
    ("/todos/{todo}/", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/dashboard/stats/", &["GET"]),
    ("/audit-logs/", &["GET"]),
    ("/audit-logs/{entry}/", &["GET"]),
    ("/subscriptions/plans/", &["GET", "POST"]),
    ("/subscriptions/plans/{plan}/", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/subscriptions/plans/{plan}/pricing/", &["GET", "POST"]),
    ("/subscriptions/plans/{plan}/pricing/{pricing}/", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/gateways/", &["GET"]),
    ("/gateway-configs/", &["GET", "POST"]),
    ("/gateway-configs/{gateway}/", &["GET", "PUT", "PATCH", "DELETE"]),
    ("/payments/", &["GET"]),
    ("/payments/create_payment/", &["POST"]),
    ("/payments/{payment}/", &["GET"]),
    ("/payments/{payment}/logs/", &["GET"]),
    ("/payments/{payment}/refunds/", &["GET"]),
    ("/payments/{payment}/capture_payment/", &["POST"]),
    ("/payments/{payment}/refund_payment/", &["POST"]),
    ("/payments/{payment}/confirm_payment/", &["POST"]),
    ("/payments/{payment}/cancel_payment/", &["POST"]),
    ("/payments/webhook/", &["POST"]),
    ("/subscriptions/subscribe/", &["POST"]),
    ("/subscriptions/cancel/", &["POST"]),
    ("/subscriptions/resume/", &["POST"]),
    ("/subscriptions/change/", &["POST"]),
    ("/subscriptions/status/", &["GET"]),
    ("/subscriptions/me/limits/", &["GET"]),
    ("/webhook-events/", &["GET"]),
    ("/webhook-events/{event}/", &["GET"]),
    ("/webhook-events/{event}/replay/", &["POST"]),
    ("/service-keys/", &["GET", "POST"]),
    ("/service-keys/{key}/", &["DELETE"]),
    ("/network/authorize/", &["POST"]),
    ("/network/accounting/", &["POST"]),
    ("/network/usage/{username}/", &["GET"]),
];

/// Paths that ignore who is asking (contract §1.2).
const PUBLIC: [&str; 5] = [
    "/auth/login/",
    "/auth/registration/",
    "/auth/password/reset/",
    "/auth/password/reset/confirm/",
    "/payments/webhook/",
];

/// Not failed logins, which are counted as such.
const TABLES: [&str; 21] = [
    "api_tenant",
    "api_user",
    "api_todo",
    "api_auditlog",
    "api_accesstoken",
    "api_passwordreset",
    "payment_plan",
    "payment_planpricing",
    "payment_paymentgatewayconfig",
    "payment_payment",
    "payment_paymentlog",
    "payment_refund",
    "payment_operation",
    "payment_idempotencykey",
    "payment_subscription",
    "payment_trial",
    "payment_customer",
    "payment_webhookevent",
    "network_servicekey",
    "network_session",
    "network_usage",
];

/// A server with one row of each kind that `root` can write.
struct World {
    app: TestApp,
    root: Client,
    /// Whoever asks under `/network/`.
    equipment: Client,
    tenant: i64,
    plan: i64,
    gateway: i64,
    /// What stands for an id in a path.
    ids: Vec<(&'static str, i64)>,
}

async fn create(by: &Client, path: &str, body: Value) -> i64 {
    by.post(path, body).await.expect(201)["id"].as_i64().unwrap()
}

/// An event in the inbox that means nothing; its id.
async fn report(app: &TestApp) -> i64 {
    let id: i32 = sqlx::query_scalar(
        "INSERT INTO payment_webhookevent (variant, event_id, event_type, payload, status)
         VALUES ('stripe', 'evt_kept', 'customer.created', '{}', 'ignored') RETURNING id",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    id.into()
}

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let tenant = app.tenant(&root, "acme").await;
        let user = app.user(&root, "user", Role::Subscriber, Some(tenant)).await;
        let user = user.get("/auth/user/").await.expect(200)["id"].as_i64().unwrap();
        let token = sqlx::query_scalar("SELECT max(id)::bigint FROM api_accesstoken");
        let token: i64 = token.fetch_one(&app.pool).await.unwrap();
        let role = json!({ "role": "tenant_owner" });
        root.post(&format!("/users/{user}/assign-role/"), role).await.expect(200);
        let trail = root.get("/audit-logs/").await.expect(200);
        let entry = trail["results"][0]["id"].as_i64().unwrap();
        let todo = create(&root, "/todos/", json!({ "task": "kept" })).await;
        let plan = create(&root, "/subscriptions/plans/", json!({ "name": "Kept" })).await;
        let pricing = format!("/subscriptions/plans/{plan}/pricing/");
        let pricing = create(&root, &pricing, json!({ "amount": "19.99" })).await;
        let gateway = json!({ "name": "Kept", "variant": "manual" });
        let gateway = create(&root, "/gateway-configs/", gateway).await;
        let payment = json!({ "amount": "19.99", "payment_gateway": gateway });
        let payment = root.post("/payments/create_payment/", payment).await.expect(201);
        let payment = payment["payment"]["id"].as_i64().unwrap();
        let event = report(&app).await;
        let service_key = json!({ "name": "Kept" });
        let service_key = root.post("/service-keys/", service_key).await.expect(201);
        let equipment = root.with_key(service_key["key"].as_str().unwrap());
        // The first use is noted in the row of the key.
        equipment.post("/network/authorize/", json!({ "User-Name": "user" })).await.expect(200);
        let service_key = service_key["id"].as_i64().unwrap();
        let ids = vec![
            ("{tenant}", tenant),
            ("{user}", user),
            ("{entry}", entry),
            ("{todo}", todo),
            ("{plan}", plan),
            ("{pricing}", pricing),
            ("{gateway}", gateway),
            ("{payment}", payment),
            ("{event}", event),
            ("{key}", service_key),
            ("{token}", token),
        ];
        Self { app, root, equipment, tenant, plan, gateway, ids }
    }

    /// A path with the ids of the rows in it.
    fn path(&self, template: &str) -> String {
        let fill = |path: String, (name, id): &(&str, i64)| path.replace(name, &id.to_string());
        self.ids.iter().fold(template.replace("{username}", "user"), fill)
    }

    /// Whoever may ask there: `root`, or equipment.
    fn caller(&self, path: &str) -> &Client {
        if path.contains("/network/") { &self.equipment } else { &self.root }
    }

    /// A request of whoever may ask there.
    fn request(&self, method: &str, template: &str) -> RequestBuilder {
        self.caller(template).request(method.parse().unwrap(), &self.path(template))
    }

    /// Sends a JSON body as it stands.
    async fn send(&self, method: &str, template: &str, body: impl Into<Vec<u8>>) -> Answer {
        let request = self.request(method, template).header("Content-Type", "application/json");
        self.root.send(request.body(body.into())).await
    }

    /// The header lines of `root`.
    fn lines(&self) -> Vec<Vec<u8>> {
        self.lines_for("/")
    }

    /// The header lines of whoever may ask there.
    fn lines_for(&self, path: &str) -> Vec<Vec<u8>> {
        let key = self.caller(path).key().unwrap();
        let lines = ["Host: localhost".to_owned(), format!("Authorization: Token {key}")];
        lines.map(String::into_bytes).to_vec()
    }

    /// A request to a target that no library would send, of whoever may ask there.
    async fn raw(&self, method: &str, target: &str, more: &[&[u8]], body: &[u8]) -> RawAnswer {
        let own = self.lines_for(target);
        let lines: Vec<&[u8]> = own.iter().map(Vec::as_slice).chain(more.iter().copied()).collect();
        raw::exchange(&self.app.base, &raw::request(method, target, &lines, body)).await
    }

    /// A digest of every table.
    async fn rows(&self) -> Vec<String> {
        let mut digests = Vec::new();
        for table in TABLES {
            let digest = format!(
                "SELECT count(*) || coalesce(md5(string_agg(t::text, ',' ORDER BY id)), '')
                 FROM {table} AS t"
            );
            let digest: String =
                sqlx::query_scalar(AssertSqlSafe(digest)).fetch_one(&self.app.pool).await.unwrap();
            digests.push(format!("{table} {digest}"));
        }
        digests
    }
}

/// Fails where an answer is neither success nor one of the contract's refusals.
#[track_caller]
fn check_sound(what: &str, answer: &Answer) {
    assert!(answer.status < 500, "{what}: {} {}", answer.status, answer.body);
    if answer.status >= 400 {
        assert_eq!(answer.headers["content-type"], "application/json", "{what}");
        check_refusal(what, &answer.body);
    }
}

/// The same for an answer as it came. What is no HTTP is refused before there is a path, and the
/// refusal has no body.
#[track_caller]
fn check_sound_raw(what: &str, answer: &RawAnswer) {
    assert!(answer.status < 500, "{what}: {answer:?}");
    if answer.status >= 400 && !(answer.body.is_empty() && [400, 414, 431].contains(&answer.status))
    {
        assert_eq!(answer.header("content-type"), Some("application/json"), "{what}: {answer:?}");
        check_refusal(what, &answer.json());
    }
}

/// `{"detail": text}`, `{"error": text}` or texts by field.
#[track_caller]
fn check_refusal(what: &str, body: &Value) {
    let fields = body.as_object().unwrap_or_else(|| panic!("{what}: {body}"));
    assert!(!fields.is_empty(), "{what}: {body}");
    for (name, value) in fields {
        let fits = match name.as_str() {
            "detail" | "error" => value.is_string(),
            // What a delete that is refused tells besides.
            "blocked_by" | "removed" | "detached" => value.is_array(),
            _ => value
                .as_array()
                .is_some_and(|texts| !texts.is_empty() && texts.iter().all(Value::is_string)),
        };
        assert!(fits, "{what}: {body}");
    }
}
