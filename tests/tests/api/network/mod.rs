//! Network equipment (contract §16).

mod accounting;
mod authorize;
mod radius;
mod service_keys;
mod usage;

use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client, TestApp};

use crate::support::with;

const KEYS: &str = "/service-keys/";
const AUTHORIZE: &str = "/network/authorize/";
const ACCOUNTING: &str = "/network/accounting/";

/// A megabyte as plans count it, in bytes.
pub(crate) const MEGABYTE: u64 = 1_000_000;

/// Bytes that a gigaword stands for.
const GIGAWORD: u64 = 1 << 32;

/// A server whose default plan allows an hour and 500 MB a day, `sue`, and equipment that reaches
/// everybody.
struct Site {
    app: TestApp,
    root: Client,
    sue: Client,
    tenant: i64,
    plan: i64,
    equipment: Client,
}

impl Site {
    async fn new() -> Self {
        Self::on(TestApp::start().await).await
    }

    async fn on(app: TestApp) -> Self {
        let root = app.superadmin().await;
        let tenant = app.tenant(&root, "acme").await;
        let sue = app.user(&root, "sue", Role::Subscriber, Some(tenant)).await;
        let plan = json!({
            "name": "Daily", "default": true, "requires_payment": false,
            "daily_time_minutes": 60, "daily_data_mb": 500,
        });
        let plan = root.post("/subscriptions/plans/", plan).await.expect(201)["id"].as_i64();
        let equipment = equipment(&app, &root, Value::Null).await;
        Self { app, root, sue, tenant, plan: plan.unwrap(), equipment }
    }

    /// Changes the limits of the plan.
    async fn limit(&self, limits: Value) {
        let path = format!("/subscriptions/plans/{}/", self.plan);
        self.root.patch(&path, limits).await.expect(200);
    }

    /// What equipment is told of somebody who gave no password.
    async fn authorize(&self, name: &str) -> Value {
        self.equipment.post(AUTHORIZE, json!({ "User-Name": name })).await.expect(200)
    }

    /// Reports totals of a session of `sue`.
    async fn report(&self, status: &str, session: &str, totals: Value) {
        report(&self.equipment, "sue", status, session, totals).await.expect(204);
    }

    /// The minutes and megabytes that `sue` has used today.
    async fn used(&self) -> (u64, u64) {
        let limits = self.equipment.get("/network/usage/sue/").await.expect(200);
        let number = |name: &str| limits["usage"][name].as_u64().unwrap();
        (number("time_used_minutes"), number("data_used_mb"))
    }
}

/// A client with a fresh service key.
pub(crate) async fn equipment(app: &TestApp, root: &Client, tenant: Value) -> Client {
    let body = json!({ "name": "Lobby", "tenant": tenant });
    let made = root.post(KEYS, body).await.expect(201);
    app.anonymous().with_key(made["key"].as_str().unwrap())
}

/// Reports of a session, with these attributes beside those that every report has.
pub(crate) async fn report(
    equipment: &Client,
    user: &str,
    status: &str,
    session: &str,
    more: Value,
) -> Answer {
    let every = json!({
        "User-Name": user, "Acct-Status-Type": status, "Acct-Session-Id": session,
        "NAS-Identifier": "lobby",
    });
    equipment.post(ACCOUNTING, with(every, more)).await
}

/// Fails where somebody is not kept out, with a reason and nothing else.
#[track_caller]
fn check_rejected(rule: &str, answer: &Value) -> String {
    let reason = answer["reply:Reply-Message"].as_str().unwrap_or_default().to_owned();
    assert!(!reason.is_empty(), "{rule}: {answer}");
    let expected = json!({ "control:Auth-Type": "Reject", "reply:Reply-Message": reason });
    assert_eq!(*answer, expected, "{rule}");
    reason
}
