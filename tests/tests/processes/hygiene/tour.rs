//! The stations of the tour.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use wiwebb_tests::stripe::{Fault, signature_header};
use wiwebb_tests::{Answer, Client, PASSWORD, Visitor};

use super::{Secrets, WEBHOOK_SECRETS};
use crate::sending::delivery;
use crate::site::{Server, Site};

pub(super) struct Tour<'a> {
    site: &'a Site,
    base: String,
    secrets: &'a mut Secrets,
    root: Client,
    nobody: Client,
}

impl<'a> Tour<'a> {
    pub(super) async fn new(site: &'a Site, server: &Server, secrets: &'a mut Secrets) -> Self {
        let nobody = server.anonymous();
        secrets.add("the password of the settings", PASSWORD);
        let root = nobody.login("root", PASSWORD).await;
        secrets.add("the key of the first superadmin", root.key().unwrap());
        Self { site, base: server.base.clone(), secrets, root, nobody }
    }

    /// Whatever the answer to it is.
    async fn anyhow(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.json().await.unwrap_or_default();
        Answer { status, headers, body }
    }

    /// Registration, logins that go well and that do not, and every way to another password.
    pub(super) async fn people(&mut self) {
        let first = self.secrets.add("a first password", "tour-First-Pass-1");
        let body = json!({
            "username": "ada", "email": "ada@example.org", "password1": first, "password2": first,
        });
        let registered = self.nobody.post("/auth/registration/", body.clone()).await.expect(201);
        self.secrets.add("the key of a registration", registered["key"].as_str().unwrap());
        self.nobody.post("/auth/registration/", body).await.expect(400);
        for (what, wrong) in
            [("a wrong password", "tour-Wrong-Pass-1"), ("no password", "short-Pw")]
        {
            let wrong = self.secrets.add(what, wrong);
            let body = json!({ "username": "ada", "password": wrong });
            self.nobody.post("/auth/login/", body).await.expect(400);
            let differ = json!({
                "username": "bob", "email": "no address", "password1": wrong, "password2": first,
            });
            self.nobody.post("/auth/registration/", differ).await.expect(400);
        }
        let ada = self.nobody.login("ada", &first).await;
        self.secrets.add("the key of a login", ada.key().unwrap());
        let second = self.secrets.add("a second password", "tour-Second-Pass-1");
        let change = json!({
            "old_password": first, "new_password1": second, "new_password2": second,
        });
        ada.post("/auth/password/change/", change.clone()).await.expect(200);
        // The change has ended all keys.
        ada.post("/auth/password/change/", change.clone()).await.expect(401);
        let ada = self.nobody.login("ada", &second).await;
        self.secrets.add("the key of a later login", ada.key().unwrap());
        ada.post("/auth/password/change/", change).await.expect(400);
        self.reset().await;
        let given = self.secrets.add("a password that was given", "tour-Given-Pass-1");
        let id = registered["user"]["id"].clone();
        let set = format!("/users/{id}/set-password/");
        self.root.post(&set, json!({ "new_password": given })).await;
        self.root.post(&set, json!({ "password": given })).await;
        let made = self.secrets.add("the password of somebody new", "tour-Made-Pass-1");
        let user = json!({
            "username": "eve", "email": "eve@example.org", "password": made, "role": "admin",
        });
        self.root.post("/users/", user.clone()).await.expect(201);
        self.root.post("/users/", user).await.expect(400);
    }

    /// A link by mail, which is followed after others were tried.
    async fn reset(&mut self) {
        let ask = json!({ "email": "ada@example.org" });
        self.nobody.post("/auth/password/reset/", ask).await.expect(200);
        crate::site::until("the mail is there", async || !self.site.mails().is_empty()).await;
        let mail = self.site.mails().remove(0).replace("=\r\n", "").replace("=3D", "=");
        let (_, link) = mail.split_once("/confirm/").unwrap();
        let mut parts = link.split('/');
        let (uid, token) = (parts.next().unwrap(), parts.next().unwrap());
        let token = self.secrets.add("the token of a link", token);
        let password = self.secrets.add("a third password", "tour-Third-Pass-1");
        let wrong = self.secrets.add("the token of no link", &"a1".repeat(20));
        for (token, status) in [(&wrong, 400), (&token, 200), (&token, 400)] {
            let body = json!({
                "uid": uid, "token": token, "new_password1": password, "new_password2": password,
            });
            self.nobody.post("/auth/password/reset/confirm/", body).await.expect(status);
        }
        // The link leads to a page, whose form is sent to the same address.
        let visitor = Visitor::new(&self.base);
        let path = format!("/password/reset/confirm/{uid}/{token}/");
        visitor.open(&format!("{path}?token={token}")).await.expect(200);
        let visit = visitor.cookie("wiwebb_visit").unwrap();
        self.secrets.add("what the forms of a visit are bound to", &visit);
        visitor.fill(&path, &[("new_password1", PASSWORD)]).await.expect(400);
    }

    /// Keys where they belong and where they do not.
    pub(super) async fn keys(&mut self) {
        let browser = Visitor::signed_in_with(&self.base, "root", PASSWORD).await;
        let session = browser.cookie("wiwebb_session").unwrap();
        self.secrets.add("the key in a cookie", &session);
        for page in ["/admin/", "/admin/users/", "/account/keys/"] {
            let page = browser.open(page).await.expect(200);
            self.secrets.add("the text of a form", page.token().unwrap());
        }
        let made = self.root.post("/service-keys/", json!({ "name": "Lobby" })).await.expect(201);
        let key = self.secrets.add("the key of equipment", made["key"].as_str().unwrap());
        let equipment = self.root.with_key(&key);
        let password = self.secrets.add("a password at the access point", "tour-Access-Pass-1");
        for name in ["ada", "nobody", ""] {
            let body = json!({ "User-Name": name, "User-Password": password });
            equipment.post("/network/authorize/", body).await;
        }
        equipment.get("/todos/").await.expect(403);
        let guess = self.secrets.add("a guessed key", &"b2".repeat(20));
        self.root.with_key(&guess).get("/todos/").await.expect(401);
        for header in
            [format!("Token {guess} x"), format!("Basic {guess}"), format!("token  {guess}\t")]
        {
            let request = self.nobody.request(Method::GET, "/todos/");
            self.anyhow(request.header("Authorization", header)).await;
        }
        for path in
            [format!("/todos/?key={guess}"), format!("/todos/{guess}/"), format!("/{guess}")]
        {
            self.root.get(&path).await;
        }
        let request = self.nobody.request(Method::GET, &format!("/todos/?token={guess}"));
        self.anyhow(request.header("Cookie", format!("key={guess}"))).await;
        let leaving = self.nobody.login("root", PASSWORD).await;
        self.secrets.add("a key that ends", leaving.key().unwrap());
        leaving.post("/auth/logout/", json!({})).await.expect(200);
        leaving.get("/auth/user/").await.expect(401);
    }

    /// Configurations with secrets, sound and not.
    pub(super) async fn gateways(&mut self) {
        let secret = self.secrets.add("the key of a gateway", "sk_test_of_the_tours_gateway");
        let sound = json!({
            "name": "Sealed", "variant": "stripe", "config": { "secret_key": secret },
        });
        let made = self.root.post("/gateway-configs/", sound.clone()).await.expect(201);
        self.root.post("/gateway-configs/", sound).await.expect(400);
        let path = format!("/gateway-configs/{}/", made["id"]);
        for config in [
            json!({ "secret_key": secret, "capture_method": secret }),
            json!({ "secret_key": [secret] }),
            json!({ "secret_key": { "env": "STRIPE_SECRET_KEY_OF_SHOP" } }),
            json!({ "secret_key": { "env": secret } }),
            json!(secret),
        ] {
            self.root.patch(&path, json!({ "config": config })).await;
        }
        self.root.patch(&path, json!({ "config": { "secret_key": secret } })).await;
        self.root.get(&path).await.expect(200);
        // Stripe knows neither of the keys.
        self.pay("Sealed").await;
        let shop = json!({
            "name": "Shop", "variant": "stripe",
            "config": { "secret_key": { "env": "STRIPE_SECRET_KEY_OF_SHOP" } },
        });
        self.root.post("/gateway-configs/", shop).await.expect(201);
        self.pay("Shop").await;
    }

    async fn pay(&self, gateway: &str) -> Value {
        let body = json!({ "amount": "20.00", "payment_gateway": gateway });
        self.root.post("/payments/create_payment/", body).await.body
    }

    /// Payments that go well, that wait for their payer, and at a gateway that does strange things.
    pub(super) async fn payments(&mut self) {
        let waiting = self.pay("Page").await;
        let secret = waiting["client_secret"].as_str().unwrap();
        self.secrets.add("what a payer's device is given", secret);
        self.pay("Card").await;
        let held = self.pay("Hold").await["payment"]["id"].clone();
        for step in ["capture_payment", "refund_payment", "cancel_payment", "confirm_payment"] {
            self.root.post(&format!("/payments/{held}/{step}/"), json!({})).await;
        }
        let creation = "POST /v1/payment_intents";
        for fault in [Fault::Status(500), Fault::StatusAfter(402), Fault::Garbage, Fault::DropAfter]
        {
            self.site.stripe.fault(creation, fault, 1);
            self.pay("Page").await;
        }
        let dummy = json!({ "name": "Trial", "variant": "dummy", "config": {} });
        self.root.post("/gateway-configs/", dummy).await.expect(201);
        let page = self.pay("Trial").await["redirect_url"].as_str().map(str::to_owned);
        if let Some(page) = page {
            let name = page.trim_end_matches('/').rsplit('/').next().unwrap();
            self.secrets.add("the address of a payer's page", name);
            self.anyhow(self.nobody.request(Method::GET, &page)).await;
            let settled = self.nobody.request(Method::POST, &page);
            self.anyhow(settled.json(&json!({ "outcome": "confirmed" }))).await;
        }
    }

    /// Reports with signatures of all kinds.
    pub(super) async fn webhooks(&mut self) {
        let events = self.site.stripe.events_of("payment_intent.succeeded");
        for event in &events {
            let request = delivery(&self.nobody, event).build().unwrap();
            let header = request.headers()["stripe-signature"].to_str().unwrap();
            let (_, signature) = header.split_once("v1=").unwrap();
            self.secrets.add(&format!("the signature of {}", event.id), signature);
            self.nobody.send(delivery(&self.nobody, event)).await.expect(200);
        }
        for (number, (payload, secret)) in [
            ("{}", WEBHOOK_SECRETS[0]),
            ("no event", WEBHOOK_SECRETS[0]),
            ("{}", "whsec_of_somebody_else"),
        ]
        .into_iter()
        .enumerate()
        {
            let header = signature_header(payload, &[secret], 1_700_000_000);
            let (_, signature) = header.split_once("v1=").unwrap();
            self.secrets.add(&format!("a signature of no use, {number}"), signature);
            let request = self.nobody.request(Method::POST, "/payments/webhook/");
            let request = request.header("Stripe-Signature", &header).body(payload);
            self.anyhow(request).await;
        }
        self.root.get("/webhook-events/").await.expect(200);
        self.root.post("/webhook-events/1/replay/", json!({})).await;
    }

    /// Bodies that break off, and a database that fails.
    pub(super) async fn accidents(&mut self) {
        let password = self.secrets.add("the password of an accident", "tour-Accident-Pass-1");
        for body in [
            format!("{{\"username\": \"root\", \"password\": \"{password}"),
            format!("{{\"username\": \"root\", \"password\": {password}}}"),
            format!("[\"{password}\"]"),
            format!("password={password}"),
            format!("{{\"password\": {{\"{password}\": 1}}, \"username\": [\"{password}\"]}}"),
        ] {
            let request = self.nobody.request(Method::POST, "/auth/login/");
            let request = request.header("Content-Type", "application/json").body(body);
            assert_eq!(self.anyhow(request).await.status, 400);
        }
        for (broken, mended) in [
            (
                "ALTER TABLE api_user RENAME COLUMN password TO hash",
                "ALTER TABLE api_user RENAME COLUMN hash TO password",
            ),
            (
                "ALTER TABLE api_accesstoken RENAME TO elsewhere",
                "ALTER TABLE elsewhere RENAME TO api_accesstoken",
            ),
        ] {
            sqlx::query(broken).execute(&self.site.pool).await.unwrap();
            let body = json!({ "username": "root", "password": PASSWORD });
            self.nobody.post("/auth/login/", body).await.expect(500);
            let body = json!({
                "username": "mia", "email": "mia@example.org", "password1": password, "password2": password,
            });
            self.nobody.post("/auth/registration/", body).await.expect(500);
            sqlx::query(mended).execute(&self.site.pool).await.unwrap();
        }
        self.root.get("/auth/user/").await.expect(200);
    }

    /// The figures at the end.
    pub(super) async fn metrics(&self) -> String {
        let request = self.nobody.request(Method::GET, &format!("{}/metrics", self.base));
        request.send().await.unwrap().text().await.unwrap()
    }
}
