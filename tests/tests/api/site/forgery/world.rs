//! A server with an object behind every form, and what its database holds.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, NO_RATES, TestApp, Visitor};

use crate::subscriptions::number;
use crate::support::{mails, own};

/// Whoever is not signed in.
pub(super) const NOBODY: &str = "";

const SIGN_IN: &str = "/account/sign-in/";
const SECRET: &str = "whsec_of_the_tests";

/// The rows of every table.
pub(super) type Dump = BTreeMap<String, Vec<String>>;

/// The tables that hold something else than before.
pub(super) fn changed(before: &Dump, after: &Dump) -> Vec<String> {
    assert!(before.keys().eq(after.keys()), "there are other tables than before");
    let is_other = |(table, rows): &(&String, &Vec<String>)| before[*table] != **rows;
    after.iter().filter(is_other).map(|(table, _)| table.clone()).collect()
}

/// Everything that a form can be about.
pub(super) struct World {
    pub(super) app: TestApp,
    /// How many mails there are.
    pub(super) mails: usize,
    objects: BTreeMap<&'static str, String>,
    visitors: BTreeMap<&'static str, Visitor>,
    foreign: BTreeMap<&'static str, String>,
}

impl World {
    pub(super) async fn build() -> Self {
        let settings: Vec<(&str, &str)> =
            NO_RATES.into_iter().chain([("STRIPE_WEBHOOK_SECRET", SECRET)]).collect();
        let app = TestApp::configured(&settings).await;
        let root = app.superadmin().await;
        let mut objects = BTreeMap::new();
        for step in ["capture", "refund", "confirm", "cancel"] {
            objects.insert(step, step.to_owned());
        }
        let hill = app.tenant(&root, "hill").await;
        objects.insert("hill", hill.to_string());
        objects.insert("lake", app.tenant(&root, "lake").await.to_string());
        let mut world =
            Self { app, mails: 1, objects, visitors: BTreeMap::new(), foreign: BTreeMap::new() };
        world.add_things(&root).await;
        world.add_people(&root, hill).await;
        world.add_event(&root).await;
        for name in ["root", "sue", "kim", "ron", NOBODY] {
            world.let_in(name).await;
        }
        world
    }

    /// A text with ids in the place of what stands in braces.
    pub(super) fn named(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
        let (name, after) = rest.split_once('}').unwrap();
        let id = self.objects.get(name).unwrap_or_else(|| panic!("there is no {name}"));
        format!("{before}{id}{}", self.named(after))
    }

    pub(super) fn visitor(&self, name: &str) -> &Visitor {
        &self.visitors[name]
    }

    /// The text that fits the forms of another browser, in which the same person is signed in.
    pub(super) fn foreign(&self, name: &str) -> &str {
        &self.foreign[name]
    }

    /// The text that fits a visitor's own forms.
    pub(super) async fn token(&self, name: &str) -> String {
        token(self.visitor(name), name).await
    }

    /// All rows, without what merely looking changes: when a key was last used, and how far the
    /// database had come at somebody's last request.
    pub(super) async fn dump(&self) -> Dump {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT table_name::text FROM information_schema.tables
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
        )
        .fetch_all(&self.app.pool)
        .await
        .unwrap();
        assert!(tables.len() > 20, "{tables:?}");
        let mut dump = Dump::new();
        for table in tables {
            let rows = format!(
                "SELECT (to_jsonb(t) - 'last_used_at' - 'written_lsn')::text AS row
                 FROM \"{table}\" t ORDER BY row"
            );
            let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&self.app.pool).await;
            dump.insert(table, rows.unwrap());
        }
        dump
    }

    async fn add(&mut self, root: &Client, name: &'static str, path: &str, body: Value) -> i64 {
        let id = number(&root.post(path, body).await.expect(201)["id"]);
        self.objects.insert(name, id.to_string());
        id
    }

    async fn add_things(&mut self, root: &Client) {
        let till = json!({ "outcome": "confirmed" });
        let held = json!({ "outcome": "preauth" });
        for (object, name, variant, priority, config) in [
            ("till", "Till", "dummy", 9, till),
            ("deposit", "Deposit", "dummy", 1, held),
            ("trial", "Trial", "dummy", 1, json!({})),
            ("desk", "Desk", "manual", 1, json!({})),
            ("gateway", "Spare", "dummy", 1, json!({})),
        ] {
            let body = json!({
                "name": name, "variant": variant, "priority": priority, "config": config,
            });
            self.add(root, object, "/gateway-configs/", body).await;
        }
        for (plan, name, price) in [("plan", "Gold", "gold"), ("spare", "Silver", "price")] {
            let plans = "/subscriptions/plans/";
            let plan = self.add(root, plan, plans, json!({ "name": name })).await;
            let path = format!("{plans}{plan}/pricing/");
            self.add(root, price, &path, json!({ "amount": "19.90" })).await;
        }
        self.add(root, "service", "/service-keys/", json!({ "name": "Mast" })).await;
        self.add(root, "todo", "/todos/", json!({ "task": "Look up" })).await;
    }

    async fn add_people(&mut self, root: &Client, hill: i64) {
        let plan: i64 = self.objects["plan"].parse().unwrap();
        for (name, object) in [("ada", "user"), ("eva", "gone"), ("ron", "ron"), ("kim", "kim")] {
            let person = self.app.user(root, name, Role::Subscriber, Some(hill)).await;
            self.objects.insert(object, own(&person).await["id"].to_string());
            if name == "kim" {
                let plan = json!({ "plan_id": plan });
                person.post("/subscriptions/subscribe/", plan).await.expect(200);
                person.post("/subscriptions/cancel/", json!({})).await.expect(200);
            }
        }
        let sue = self.app.user(root, "sue", Role::Subscriber, Some(hill)).await;
        sue.post("/subscriptions/subscribe/", json!({ "plan_id": plan })).await.expect(200);
        for (object, gateway) in [
            ("paid", "Till"),
            ("held", "Deposit"),
            ("open", "Desk"),
            ("owed", "Desk"),
            ("own", "Desk"),
        ] {
            let body = json!({ "amount": "20.00", "payment_gateway": gateway });
            let paid = sue.post("/payments/create_payment/", body).await.expect(201);
            self.objects.insert(object, paid["payment"]["id"].to_string());
        }
        let body = json!({ "amount": "20.00", "payment_gateway": "Trial" });
        let billed = sue.post("/payments/create_payment/", body).await.expect(201);
        let page = billed["payment"]["transaction_id"].as_str().unwrap();
        self.objects.insert("bill", page.to_owned());
        let key: i64 = sqlx::query_scalar(
            "SELECT min(k.id)::bigint FROM api_accesstoken k
             JOIN api_user u ON u.id = k.user_id WHERE u.username = 'sue'",
        )
        .fetch_one(&self.app.pool)
        .await
        .unwrap();
        self.objects.insert("key", key.to_string());
        let body = json!({ "email": "eva@example.org" });
        self.app.anonymous().post("/auth/password/reset/", body).await.expect(200);
        let mail = mails(&self.app, self.mails).await.remove(0).body;
        let (_, link) = mail.split_once("/password/reset/confirm/").unwrap();
        let mut parts = link.split('/');
        self.objects.insert("uid", parts.next().unwrap().to_owned());
        self.objects.insert("token", parts.next().unwrap().to_owned());
    }

    /// A report of a gateway about a payment that nobody knows.
    async fn add_event(&mut self, root: &Client) {
        let payment = json!({
            "id": "pi_unknown", "amount": 2_000, "currency": "usd", "status": "succeeded",
        });
        let kind = "payment_intent.succeeded";
        let body =
            json!({ "id": "evt_1", "type": kind, "data": { "object": payment } }).to_string();
        let nobody = self.app.anonymous();
        let request = nobody
            .request(Method::POST, "/payments/webhook/")
            .header("Content-Type", "application/json")
            .header("Stripe-Signature", self.app.signed_event(SECRET, &body))
            .body(body);
        nobody.send(request).await.expect(200);
        let events = root.get("/webhook-events/").await.expect(200);
        self.objects.insert("event", events["results"][0]["id"].to_string());
    }

    /// Opens two browsers of a person.
    async fn let_in(&mut self, name: &'static str) {
        let open = async || {
            if name == NOBODY {
                Visitor::new(&self.app.base)
            } else {
                Visitor::signed_in(&self.app.base, name).await
            }
        };
        let (own, other) = (open().await, open().await);
        // Whoever is not signed in is given what forms are bound to.
        own.open(SIGN_IN).await.expect(200);
        self.foreign.insert(name, token(&other, name).await);
        self.visitors.insert(name, own);
    }
}

async fn token(visitor: &Visitor, name: &str) -> String {
    let page = if name == NOBODY { SIGN_IN } else { "/account/" };
    visitor.open(page).await.expect(200).token().unwrap().to_owned()
}
