//! Payments: rows 2, 5, 6, 7 and 18 of contract §15.

use chrono::Duration;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_tests::{Client, TestApp};

use super::models::{Payment, PaymentBegun};
use super::{Mobile, refused, understood};
use crate::support::{instant, own, with};

const CREATE: &str = "/payments/create_payment/";

/// `root`, a gateway called Till, and `sue`, who pays.
struct Scene {
    app: TestApp,
    root: Client,
    sue: Client,
    mobile: Mobile,
    gateway: Value,
    id: Value,
}

impl Scene {
    async fn set(outcome: &str) -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        let acme = app.tenant(&root, "acme").await;
        let sue = app.user(&root, "sue", Role::Subscriber, Some(acme)).await;
        let config = json!({ "outcome": outcome });
        let till = json!({ "name": "Till", "variant": "dummy", "config": config });
        let gateway = root.post("/gateway-configs/", till).await.expect(201)["id"].clone();
        let id = own(&sue).await["id"].clone();
        let mobile = Mobile::of(&app, &sue);
        Self { app, root, sue, mobile, gateway, id }
    }

    /// A payment by Sue, as it is shown afterwards in the default form.
    async fn paid(&self, amount: &str) -> Value {
        let body = json!({ "amount": amount, "payment_gateway": "Till" });
        let begun = self.sue.post(CREATE, body).await.expect(201);
        self.sue.get(&format!("/payments/{}/", begun["payment"]["id"])).await.expect(200)
    }

    /// A payment that waits, in the default form.
    fn usual(&self, payment: &Value, total: &str) -> Value {
        let (began, modified) = (self.app.clock.now(), &payment["modified_at"]);
        json!({
            "id": payment["id"], "user": self.id, "order_id": null,
            "payment_gateway": self.gateway, "payment_gateway_name": "Till", "variant": "dummy",
            "status": "waiting", "total": total, "currency": "USD", "captured_amount": "0.00",
            "refunded_amount": "0.00", "transaction_id": payment["transaction_id"],
            "webhook_received": false, "description": "", "metadata": {}, "created_at": began,
            "modified_at": modified, "created": began, "modified": modified,
        })
    }

    /// The same as the client has it.
    fn compat(&self, payment: &Value, total: &str) -> Value {
        let total: Value = serde_json::from_str(total).unwrap();
        let changes = json!({ "payment_gateway": "Till", "total": total });
        with(self.usual(payment, "0.00"), changes)
    }
}

#[tokio::test]
async fn rows_5_6_and_7_a_payment_has_both_names_of_its_times_its_gateway_and_its_total() {
    let scene = Scene::set("waiting").await;
    let payment = scene.paid("19.90").await;
    assert_eq!(payment, scene.usual(&payment, "19.90"));
    assert!(refused::<Payment>(&payment));
    let path = format!("/payments/{}/", payment["id"]);
    let compat = scene.mobile.get(&path).await.expect(200);
    assert_eq!(compat, scene.compat(&payment, "19.90"));
    let read: Payment = understood(&compat);
    assert_eq!(read.created, scene.app.clock.now());
    assert_eq!(read.modified, instant(&payment["modified_at"]));
    assert_eq!((read.payment_gateway.as_str(), read.variant.as_str()), ("Till", "dummy"));
}

#[tokio::test]
async fn row_2_payments_are_a_page_or_a_plain_array() {
    let scene = Scene::set("waiting").await;
    let payment = scene.paid("5.00").await;
    let usual = scene.sue.get("/payments/").await.expect(200);
    let results = [scene.usual(&payment, "5.00")];
    let page = json!({ "count": 1, "next": null, "previous": null, "results": results });
    assert_eq!(usual, page);
    let compat = scene.mobile.get("/payments/").await.expect(200);
    assert_eq!(compat, json!([scene.compat(&payment, "5.00")]));
    assert_eq!(understood::<Vec<Payment>>(&compat).len(), 1);
    assert!(refused::<Vec<Payment>>(&usual));
}

#[tokio::test]
async fn row_2_the_array_of_payments_heeds_scope_filters_and_ordering() {
    let scene = Scene::set("waiting").await;
    let mut ids = Vec::new();
    for amount in ["7.00", "5.00", "6.00"] {
        ids.push(scene.paid(amount).await["id"].clone());
        scene.app.clock.advance(Duration::seconds(1));
    }
    let body = json!({ "amount": "9", "payment_gateway": "Till" });
    let other = scene.root.post(CREATE, body).await.expect(201)["payment"]["id"].clone();
    let [seven, five, six] = [&ids[0], &ids[1], &ids[2]];
    for (query, expected) in [
        ("", vec![six, five, seven]),
        ("?ordering=total", vec![five, six, seven]),
        ("?ordering=-total&page_size=1", vec![seven, six, five]),
        ("?status=confirmed", vec![]),
        ("?variant=dummy&ordering=created_at", vec![seven, five, six]),
    ] {
        let listed = scene.mobile.get(&format!("/payments/{query}")).await.expect(200);
        let found: Vec<&Value> = listed.as_array().unwrap().iter().map(|row| &row["id"]).collect();
        assert_eq!(found, expected, "{query}");
    }
    let all = Mobile::of(&scene.app, &scene.root).get("/payments/").await.expect(200);
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert!(all.as_array().unwrap().iter().any(|row| row["id"] == other));
}

#[tokio::test]
async fn row_7_every_digit_of_a_total_survives_as_a_number() {
    let scene = Scene::set("waiting").await;
    for digits in ["0.01", "0.10", "19.90", "1000000.01", "99999999.99"] {
        let amount: Value = serde_json::from_str(digits).unwrap();
        let body = json!({ "amount": amount, "payment_gateway": "Till" });
        let begun = scene.mobile.post(CREATE, body).await.expect(201);
        assert_eq!(begun["payment"]["total"].to_string(), digits);
        let read: PaymentBegun = understood(&begun);
        assert_eq!(read.payment.total.to_string(), digits);
        let usual = scene.sue.get(&format!("/payments/{}/", read.payment.id)).await.expect(200);
        assert_eq!(usual["total"], digits, "as text otherwise");
    }
}

#[tokio::test]
async fn every_step_of_a_payment_answers_in_the_form_of_the_profile() {
    let scene = Scene::set("preauth").await;
    let root = Mobile::of(&scene.app, &scene.root);
    let body = json!({ "amount": "10.00", "payment_gateway": scene.gateway });
    let begun = scene.mobile.post(CREATE, body).await.expect(201);
    let path = |step: &str| format!("/payments/{}/{step}/", begun["payment"]["id"]);
    assert_eq!(understood::<PaymentBegun>(&begun).payment.status, "preauth");
    for (step, body, status) in [
        ("capture_payment", json!({}), "confirmed"),
        ("refund_payment", json!({ "amount": 2.5 }), "confirmed"),
        ("refund_payment", json!({}), "refunded"),
    ] {
        let answer = root.post(&path(step), body).await.expect(200);
        let read: Payment = understood(&answer);
        assert_eq!((read.status.as_str(), read.total.to_string().as_str()), (status, "10.00"));
    }
    let logs = root.get(&path("logs")).await.expect(200);
    assert_eq!(logs, scene.root.get(&path("logs")).await.expect(200), "entries have one form");
}

#[tokio::test]
async fn a_repeated_request_is_answered_in_the_form_of_its_first_answer() {
    let scene = Scene::set("waiting").await;
    let body = json!({ "amount": "19.90", "payment_gateway": "Till" });
    let first = scene.mobile.repeat(CREATE, "k1", &body).await;
    let again = scene.mobile.repeat(CREATE, "k1", &body).await;
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(understood::<PaymentBegun>(&again.body).payment.total.to_string(), "19.90");
}

#[tokio::test]
async fn row_18_the_words_for_where_a_payment_stands_are_the_same_in_both_forms() {
    let scene = Scene::set("waiting").await;
    let path = format!("/gateway-configs/{}/", scene.gateway);
    for outcome in ["waiting", "preauth", "confirmed", "rejected", "error"] {
        let config = json!({ "config": { "outcome": outcome } });
        scene.root.patch(&path, config).await.expect(200);
        let payment = scene.paid("1.00").await;
        let compat = scene.mobile.get(&format!("/payments/{}/", payment["id"])).await.expect(200);
        assert_eq!(payment["status"], outcome);
        assert_eq!(understood::<Payment>(&compat).status, outcome);
    }
}
