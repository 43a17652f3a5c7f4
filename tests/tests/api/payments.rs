//! Payments (contract §10) through the dummy and manual gateways.

use reqwest::Method;
use serde_json::{Value, json};
use wiwebb_domain::access::Role;
use wiwebb_tests::{Answer, Client, TestApp};

use crate::concurrency::together;

/// Everybody who can have to do with a payment.
struct Cast {
    app: TestApp,
    root: Client,
    owner: Client,
    sue: Client,
    stranger: Client,
}

async fn cast() -> Cast {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let acme = app.tenant(&root, "acme").await;
    let globex = app.tenant(&root, "globex").await;
    let owner = app.user(&root, "olga", Role::TenantOwner, Some(acme)).await;
    let sue = app.user(&root, "sue", Role::Subscriber, Some(acme)).await;
    let stranger = app.user(&root, "stan", Role::TenantOwner, Some(globex)).await;
    Cast { app, root, owner, sue, stranger }
}

impl Cast {
    /// A gateway with these settings; its name.
    async fn gateway(&self, name: &str, variant: &str, config: Value) -> String {
        let body = json!({ "name": name, "variant": variant, "config": config });
        self.root.post("/gateway-configs/", body).await.expect(201);
        name.to_owned()
    }

    async fn dummy(&self, outcome: &str) -> String {
        self.gateway(outcome, "dummy", json!({ "outcome": outcome })).await
    }

    /// A payment of 20.00 by Sue.
    async fn paid(&self, gateway: &str) -> Value {
        let body = json!({ "amount": "20.00", "payment_gateway": gateway });
        self.sue.post("/payments/create_payment/", body).await.expect(201)["payment"].clone()
    }

    async fn events(&self, payment: &Value) -> Vec<String> {
        let path = format!("/payments/{}/logs/", payment["id"]);
        let entries = self.sue.get(&path).await.expect(200);
        entries
            .as_array()
            .unwrap()
            .iter()
            .rev()
            .map(|e| e["event_type"].as_str().unwrap().into())
            .collect()
    }
}

fn path(payment: &Value, action: &str) -> String {
    format!("/payments/{}/{action}/", payment["id"])
}

#[tokio::test]
async fn a_payment_starts_as_its_gateway_says_and_has_the_object_of_the_contract() {
    let cast = cast().await;
    for (outcome, status, events) in [
        ("waiting", "waiting", vec!["payment.created"]),
        ("preauth", "preauth", vec!["payment.created", "payment.authorised"]),
        ("confirmed", "confirmed", vec!["payment.created", "payment.confirmed"]),
        ("rejected", "rejected", vec!["payment.created", "payment.rejected"]),
        ("error", "error", vec!["payment.created", "payment.error"]),
    ] {
        let gateway = cast.dummy(outcome).await;
        let payment = cast.paid(&gateway).await;
        assert_eq!(payment["status"], status);
        assert_eq!(cast.events(&payment).await, events, "{outcome}");
        assert!(payment["transaction_id"].is_string(), "{outcome}");
    }
    let body = json!({
        "amount": 12.5, "currency": "eur", "payment_gateway": "waiting", "order_id": " A-1 ",
        "description": "Two days", "metadata": { "seat": 3, "refunded_amount": "9.00" },
    });
    let answer = cast.sue.post("/payments/create_payment/", body).await.expect(201);
    let payment = &answer["payment"];
    let page =
        format!("{}/checkout/{}/", cast.app.base, payment["transaction_id"].as_str().unwrap());
    assert_eq!(answer["redirect_url"], page, "a payment that waits is settled on a page");
    let me = cast.sue.get("/auth/user/").await.expect(200);
    let expected = json!({
        "id": payment["id"], "user": me["id"], "order_id": "A-1",
        "payment_gateway": payment["payment_gateway"], "payment_gateway_name": "waiting",
        "variant": "dummy", "status": "waiting", "total": "12.50", "currency": "EUR",
        "captured_amount": "0.00", "refunded_amount": "0.00",
        "transaction_id": payment["transaction_id"], "webhook_received": false,
        "description": "Two days", "metadata": { "seat": 3, "description": "Two days" },
        "created_at": payment["created_at"], "modified_at": payment["modified_at"],
        "created": payment["created_at"], "modified": payment["modified_at"],
    });
    assert_eq!(*payment, expected);
    let shown = cast.root.get(&format!("/payments/{}/", payment["id"])).await.expect(200);
    assert_eq!((&shown["metadata"], &shown["total"]), (&expected["metadata"], &expected["total"]));
}

#[tokio::test]
async fn refused_values_are_told_by_field_and_nothing_is_paid() {
    let cast = cast().await;
    cast.dummy("confirmed").await;
    let body = json!({ "name": "off", "variant": "dummy", "is_active": false });
    cast.root.post("/gateway-configs/", body).await.expect(201);
    cast.gateway("exotic", "paypal", json!({})).await;
    let with = |name: &str, value: Value| {
        let mut body = json!({ "amount": 1, "payment_gateway": "confirmed" });
        body[name] = value;
        body
    };
    let unavailable = json!({ "payment_gateway": ["Payment gateway unavailable."] });
    let positive = json!({ "amount": ["Ensure this value is greater than 0."] });
    for (body, errors) in [
        (
            json!({}),
            json!({ "amount": ["This field is required."], "payment_gateway": ["This field is required."] }),
        ),
        (with("amount", json!(0)), positive.clone()),
        (with("amount", json!("-5")), positive),
        (
            with("amount", json!("1.001")),
            json!({ "amount": ["Ensure that there are no more than 2 decimal places."] }),
        ),
        (with("amount", json!("NaN")), json!({ "amount": ["A valid number is required."] })),
        (with("currency", json!("XYZ")), json!({ "currency": ["Enter a valid currency code."] })),
        (with("payment_gateway", json!(999)), unavailable.clone()),
        (with("payment_gateway", json!("off")), unavailable.clone()),
        (with("payment_gateway", json!("exotic")), unavailable.clone()),
        (with("payment_gateway", json!("nobody")), unavailable),
        (
            with("order_id", json!("x".repeat(101))),
            json!({ "order_id": ["Ensure this field has no more than 100 characters."] }),
        ),
        (
            with("metadata", json!([])),
            json!({ "metadata": ["Expected a dictionary of items but got type \"list\"."] }),
        ),
    ] {
        cast.sue.post("/payments/create_payment/", body).await.expect_body(400, &errors);
    }
    let yen = json!({ "amount": "1.50", "currency": "JPY", "payment_gateway": "confirmed" });
    let errors = json!({ "amount": ["This amount has more decimals than the currency allows."] });
    cast.sue.post("/payments/create_payment/", yen).await.expect_body(400, &errors);
    assert_eq!(cast.root.get("/payments/").await.expect(200)["count"], 0);
}

#[tokio::test]
async fn what_is_held_is_captured_once_in_whole_or_in_part() {
    let cast = cast().await;
    let gateway = cast.dummy("preauth").await;
    let payment = cast.paid(&gateway).await;
    let capture = path(&payment, "capture_payment");
    let errors = json!({ "amount": ["Capture exceeds the authorised amount."] });
    cast.root.post(&capture, json!({ "amount": "20.01" })).await.expect_body(400, &errors);
    let captured = cast.root.post(&capture, json!({ "amount": "15" })).await.expect(200);
    assert_eq!(
        (&captured["status"], &captured["captured_amount"]),
        (&json!("confirmed"), &json!("15.00"))
    );
    let refused = json!({ "error": "Payment cannot be captured" });
    cast.root.post(&capture, json!({})).await.expect_body(400, &refused);
    let events = ["payment.created", "payment.authorised", "payment.captured"];
    assert_eq!(cast.events(&payment).await, events);

    let refund = path(&payment, "refund_payment");
    let errors = json!({ "amount": ["Refund exceeds the remaining amount."] });
    cast.root.post(&refund, json!({ "amount": "15.01" })).await.expect_body(400, &errors);
    let refunded = cast.root.post(&refund, json!({})).await.expect(200);
    assert_eq!(
        (&refunded["status"], &refunded["refunded_amount"]),
        (&json!("refunded"), &json!("15.00"))
    );

    let whole = cast.paid(&gateway).await;
    let whole = cast.root.post(&path(&whole, "capture_payment"), json!({})).await.expect(200);
    assert_eq!(whole["captured_amount"], "20.00");
}

#[tokio::test]
async fn money_goes_back_in_parts_until_nothing_is_left() {
    let cast = cast().await;
    let gateway = cast.dummy("confirmed").await;
    let payment = cast.paid(&gateway).await;
    let refund = path(&payment, "refund_payment");
    let body = json!({ "amount": "5.50", "reason": "One day less" });
    let partly = cast.root.post(&refund, body).await.expect(200);
    assert_eq!(
        (&partly["status"], &partly["refunded_amount"]),
        (&json!("confirmed"), &json!("5.50"))
    );
    assert_eq!(partly["metadata"]["refunded_amount"], "5.50");
    let zero = json!({ "amount": ["Ensure this value is greater than 0."] });
    cast.root.post(&refund, json!({ "amount": 0 })).await.expect_body(400, &zero);
    let all = cast.root.post(&refund, json!({})).await.expect(200);
    assert_eq!((&all["status"], &all["refunded_amount"]), (&json!("refunded"), &json!("20.00")));
    let refused = json!({ "error": "Payment cannot be refunded" });
    cast.root.post(&refund, json!({})).await.expect_body(400, &refused);

    let refunds = cast.sue.get(&path(&payment, "refunds")).await.expect(200);
    let told: Vec<(&Value, &Value, &Value)> = refunds
        .as_array()
        .unwrap()
        .iter()
        .map(|refund| (&refund["amount"], &refund["status"], &refund["reason"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("14.50"), &json!("succeeded"), &json!("")),
            (&json!("5.50"), &json!("succeeded"), &json!("One day less")),
        ]
    );
    let logs = cast.sue.get(&path(&payment, "logs")).await.expect(200);
    assert_eq!(logs[0]["data"]["remaining"], "0.00");
    assert_eq!(logs[1]["data"], json!({ "amount": "5.50", "remaining": "14.50" }));
}

#[tokio::test]
async fn of_simultaneous_refunds_that_exceed_the_payment_together_one_succeeds() {
    let cast = cast().await;
    let gateway = cast.dummy("confirmed").await;
    let payment = cast.paid(&gateway).await;
    let refund = path(&payment, "refund_payment");
    let answers = together((0..16).map(|_| {
        let (root, refund) = (cast.root.clone(), refund.clone());
        async move { root.post(&refund, json!({ "amount": "12" })).await }
    }))
    .await;
    let succeeded = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 400)));
    assert_eq!(succeeded, 1);
    let shown = cast.root.get(&format!("/payments/{}/", payment["id"])).await.expect(200);
    assert_eq!(shown["refunded_amount"], "12.00");
}

#[tokio::test]
async fn simultaneous_refunds_that_fit_all_succeed() {
    let cast = cast().await;
    let gateway = cast.dummy("confirmed").await;
    let payment = cast.paid(&gateway).await;
    let refund = path(&payment, "refund_payment");
    let answers = together((0..8).map(|_| {
        let (root, refund) = (cast.root.clone(), refund.clone());
        async move { root.post(&refund, json!({ "amount": "2.50" })).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    let shown = cast.root.get(&format!("/payments/{}/", payment["id"])).await.expect(200);
    assert_eq!(
        (&shown["status"], &shown["refunded_amount"]),
        (&json!("refunded"), &json!("20.00"))
    );
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_what_it_began() {
    let cast = cast().await;
    let config = json!({ "outcome": "confirmed", "delay_ms": 600 });
    let gateway = cast.gateway("slow", "dummy", config).await;
    let body = json!({ "amount": 5, "payment_gateway": gateway });
    let request = cast.sue.request(Method::POST, "/payments/create_payment/").json(&body);
    let patience = std::time::Duration::from_millis(200);
    assert!(request.timeout(patience).send().await.is_err(), "the client has left");
    let mut status = Value::Null;
    for _ in 0..50 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let page = cast.sue.get("/payments/").await.expect(200);
        status = page["results"][0]["status"].clone();
        if status == "confirmed" {
            break;
        }
    }
    assert_eq!(status, "confirmed");
}

#[tokio::test]
async fn paid_outside_means_waiting_until_staff_confirms() {
    let cast = cast().await;
    let manual = cast.gateway("Desk", "manual", json!({})).await;
    let payment = cast.paid(&manual).await;
    assert_eq!(payment["status"], "waiting");
    let confirm = path(&payment, "confirm_payment");
    cast.sue.post(&confirm, json!({})).await.expect(403);
    cast.owner.post(&confirm, json!({})).await.expect(403);
    let confirmed = cast.root.post(&confirm, json!({})).await.expect(200);
    assert_eq!(confirmed["status"], "confirmed");
    let refused = json!({ "error": "Payment cannot be confirmed" });
    cast.root.post(&confirm, json!({})).await.expect_body(400, &refused);
    let dummy = cast.dummy("waiting").await;
    let other = cast.paid(&dummy).await;
    cast.root.post(&path(&other, "confirm_payment"), json!({})).await.expect_body(400, &refused);
}

#[tokio::test]
async fn what_waits_is_called_off_by_its_payer_and_what_is_held_by_staff() {
    let cast = cast().await;
    let waiting = cast.dummy("waiting").await;
    let held = cast.dummy("preauth").await;
    let refused = json!({ "error": "Payment cannot be cancelled" });
    let payment = cast.paid(&waiting).await;
    let cancel = path(&payment, "cancel_payment");
    cast.owner.post(&cancel, json!({})).await.expect(403);
    cast.sue.post(&cancel, json!([])).await.expect(400);
    assert_eq!(cast.sue.post(&cancel, json!({})).await.expect(200)["status"], "rejected");
    cast.sue.post(&cancel, json!({})).await.expect_body(400, &refused);
    let payment = cast.paid(&held).await;
    let cancel = path(&payment, "cancel_payment");
    cast.sue.post(&cancel, json!({})).await.expect_body(400, &refused);
    let released = cast.root.post(&cancel, json!({})).await.expect(200);
    assert_eq!(
        (&released["status"], &released["captured_amount"]),
        (&json!("refunded"), &json!("0.00"))
    );
}

#[tokio::test]
async fn payments_are_seen_by_their_payer_the_tenants_owner_and_staff() {
    let cast = cast().await;
    let gateway = cast.dummy("confirmed").await;
    let payment = cast.paid(&gateway).await;
    let one = format!("/payments/{}/", payment["id"]);
    for who in [&cast.root, &cast.owner, &cast.sue] {
        assert_eq!(who.get("/payments/").await.expect(200)["count"], 1);
        who.get(&one).await.expect(200);
        who.get(&path(&payment, "logs")).await.expect(200);
    }
    assert_eq!(cast.stranger.get("/payments/").await.expect(200)["count"], 0);
    cast.stranger.get(&one).await.expect(403);
    cast.stranger.get(&path(&payment, "logs")).await.expect(403);
    cast.stranger.get("/payments/999/").await.expect(404);
    for action in ["capture_payment", "refund_payment"] {
        for who in [&cast.owner, &cast.sue, &cast.stranger] {
            who.post(&path(&payment, action), json!({})).await.expect(403);
            who.post(&format!("/payments/999/{action}/"), json!({})).await.expect(403);
        }
        cast.root.post(&format!("/payments/999/{action}/"), json!({})).await.expect(404);
    }
    for query in ["status=confirmed", "variant=dummy", "order_id=", "ordering=total", "user=1"] {
        cast.root.get(&format!("/payments/?{query}")).await.expect(200);
    }
    cast.root.get("/payments/?status=lost").await.expect(400);
}

async fn with_key(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, path).header("Idempotency-Key", key);
    client.send(request.json(body)).await
}

#[tokio::test]
async fn a_request_repeated_under_its_key_is_answered_again_and_not_carried_out() {
    let cast = cast().await;
    let gateway = cast.dummy("confirmed").await;
    let create = "/payments/create_payment/";
    let body = json!({ "amount": 5, "payment_gateway": gateway, "metadata": { "a": 1, "b": 2 } });
    let first = with_key(&cast.sue, create, "k1", &body).await;
    assert!(!first.headers.contains_key("idempotent-replayed"));
    let reordered =
        json!({ "metadata": { "b": 2, "a": 1 }, "payment_gateway": gateway, "amount": 5 });
    let again = with_key(&cast.sue, create, "k1", &reordered).await;
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    let other = json!({ "amount": 6, "payment_gateway": gateway });
    let mismatch = json!({ "error": "Idempotency-Key was used with a different request" });
    with_key(&cast.sue, create, "k1", &other).await.expect_body(422, &mismatch);
    assert_eq!(cast.sue.get("/payments/").await.expect(200)["count"], 1);
    // The key is one of the caller, the method and the path.
    with_key(&cast.owner, create, "k1", &body).await.expect(201);
    let refund = path(&first.body["payment"], "refund_payment");
    with_key(&cast.root, &refund, "k1", &json!({ "amount": 2 })).await.expect(200);
    let again = with_key(&cast.root, &refund, "k1", &json!({ "amount": 2 })).await.expect(200);
    assert_eq!(again["refunded_amount"], "2.00");

    let invalid = json!({ "error": "Invalid Idempotency-Key" });
    with_key(&cast.sue, create, "", &body).await.expect_body(400, &invalid);
    with_key(&cast.sue, create, &"k".repeat(256), &body).await.expect_body(400, &invalid);
    // An id that no row can have is none under a key either.
    with_key(&cast.root, "/payments/%00/refund_payment/", "k3", &json!({})).await.expect(404);
    // What is refused for its values does not use the key up.
    with_key(&cast.sue, create, "k2", &json!({ "amount": 0 })).await.expect(400);
    with_key(&cast.sue, create, "k2", &body).await.expect(201);
}

#[tokio::test]
async fn of_simultaneous_requests_under_one_key_one_is_carried_out() {
    let cast = cast().await;
    let gateway =
        cast.gateway("slow", "dummy", json!({ "outcome": "confirmed", "delay_ms": 300 })).await;
    let body = json!({ "amount": 5, "payment_gateway": gateway });
    let create = "/payments/create_payment/";
    let answers = together((0..16).map(|_| {
        let (sue, body) = (cast.sue.clone(), body.clone());
        async move { with_key(&sue, create, "once", &body).await }
    }))
    .await;
    for answer in &answers {
        assert!(matches!(answer.status, 201 | 409), "{answer:?}");
        if answer.status == 409 {
            assert_eq!(answer.headers["retry-after"], "1");
        }
    }
    assert_eq!(cast.sue.get("/payments/").await.expect(200)["count"], 1);
}

#[tokio::test]
async fn a_gateway_that_was_never_reached_is_503_and_one_that_says_nothing_202() {
    let cast = cast().await;
    let down = cast.dummy("unreachable").await;
    let body = json!({ "amount": 5, "payment_gateway": down });
    let answer = cast.sue.post("/payments/create_payment/", body).await;
    answer.expect_body(503, &json!({ "error": "Payment provider unavailable" }));
    let failed = cast.sue.get("/payments/").await.expect(200)["results"][0].clone();
    assert_eq!(failed["status"], "error");

    let config = json!({ "outcome": "confirmed", "answer_after": 1 });
    let slow = cast.gateway("slow", "dummy", config).await;
    let body = json!({ "amount": 5, "payment_gateway": slow });
    let unknown =
        cast.sue.post("/payments/create_payment/", body).await.expect(202)["payment"].clone();
    assert_eq!(unknown["status"], "waiting");
    let refused = json!({ "error": "Payment cannot be cancelled" });
    cast.sue.post(&path(&unknown, "cancel_payment"), json!({})).await.expect_body(400, &refused);
    cast.app.clock.advance(chrono::Duration::minutes(5));
    assert_eq!(cast.app.reconcile().await, 1);
    let settled = cast.sue.get(&format!("/payments/{}/", unknown["id"])).await.expect(200);
    assert_eq!(settled["status"], "confirmed");
    assert_eq!(cast.app.reconcile().await, 0, "what is settled is not asked about again");
}
