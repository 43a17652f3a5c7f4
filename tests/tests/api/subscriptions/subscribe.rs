//! `POST /subscriptions/subscribe/` and `GET /subscriptions/status/` (contract §8.1, §8.3).

use serde_json::{Value, json};
use wiwebb_tests::{Answer, TestApp};

use super::{CANCEL, LIMITS, STATUS, SUBSCRIBE, Shop, month_after, number, settle};
use crate::concurrency::together;
use crate::support::{Cast, check, detail, error};

#[tokio::test]
async fn a_free_plan_is_there_at_once() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    let answer = shop.subscribe(plan).await;
    let reference = answer["subscription_id"].as_str().unwrap();
    assert!(reference.starts_with("sub_") && reference.len() > "sub_".len(), "{reference}");
    let expected = json!({
        "subscription_id": reference, "status": "active", "plan": { "id": plan, "name": "Free" },
        "current_period_end": null, "trial_end": null,
    });
    assert_eq!(answer, expected);
    assert_eq!(shop.payments().await, Vec::<String>::new());
    assert_eq!(shop.access().await, "Free");
}

#[tokio::test]
async fn a_paid_plan_leads_to_a_page_of_this_server_and_is_active_once_it_is_paid() {
    let shop = Shop::with_pages().await;
    let plan = shop.plan("Gold", json!({ "description": "All day" })).await;
    shop.price(plan, json!({ "amount": "19.90", "currency": "EUR" })).await;
    let answer = shop.subscribe(plan).await;
    let (reference, page) = (&answer["subscription_id"], &answer["checkout_url"]);
    let expected = json!({
        "checkout_url": page, "subscription_id": reference, "status": "incomplete",
        "plan": { "id": plan, "name": "Gold" },
    });
    assert_eq!(answer, expected);
    let address = page.as_str().unwrap();
    let name = address.strip_prefix(&format!("{}/checkout/", shop.app.base)).unwrap_or_default();
    assert!(name.ends_with('/') && name.matches('/').count() == 1, "{address}");

    let mut expected = json!({
        "subscription_id": reference, "status": "incomplete",
        "plan": { "id": plan, "name": "Gold", "description": "All day" },
        "current_period_start": null, "current_period_end": null, "trial_end": null,
        "cancel_at_period_end": false, "canceled_at": null,
    });
    assert_eq!(shop.status().await, expected);
    assert_eq!(shop.access().await, "", "it gives no access before it is paid");

    settle(&shop.app.anonymous(), page, "confirmed").await.expect(200);
    expected["status"] = json!("active");
    expected["current_period_start"] = json!(shop.now());
    expected["current_period_end"] = json!(month_after(shop.now()));
    assert_eq!(shop.status().await, expected);
    let payment = shop.sue.get("/payments/").await.expect(200)["results"][0].clone();
    assert_eq!(payment["status"], "confirmed");
    assert_eq!((&payment["total"], &payment["currency"]), (&json!("19.90"), &json!("EUR")));
    assert_eq!(shop.access().await, "Gold");
}

#[tokio::test]
async fn whoever_declines_to_pay_has_nothing() {
    let shop = Shop::with_pages().await;
    let plan = shop.paid_plan("Gold", "19.90").await;
    let answer = shop.subscribe(plan).await;
    settle(&shop.app.anonymous(), &answer["checkout_url"], "rejected").await.expect(200);
    assert_eq!(shop.payments().await, ["rejected 19.90"]);
    assert_eq!(shop.access().await, "");
    let again = shop.subscribe(plan).await;
    settle(&shop.app.anonymous(), &again["checkout_url"], "confirmed").await.expect(200);
    assert_eq!(shop.standing().await, ("active".into(), "Gold".into()));
}

#[tokio::test]
async fn what_was_never_paid_is_replaced_by_the_next_subscribe() {
    let shop = Shop::with_pages().await;
    let (silver, gold) =
        (shop.paid_plan("Silver", "5.00").await, shop.paid_plan("Gold", "9.00").await);
    let first = shop.subscribe(silver).await;
    let second = shop.subscribe(gold).await;
    assert_ne!(first["subscription_id"], second["subscription_id"]);
    assert_eq!(shop.status().await["subscription_id"], second["subscription_id"]);
    let late = settle(&shop.app.anonymous(), &first["checkout_url"], "confirmed").await;
    assert!((400..500).contains(&late.status), "its page takes no money any more: {late:?}");
    assert_eq!(shop.standing().await, ("incomplete".into(), "Gold".into()));
    settle(&shop.app.anonymous(), &second["checkout_url"], "confirmed").await.expect(200);
    assert_eq!(shop.standing().await, ("active".into(), "Gold".into()));
    assert_eq!(shop.payments().await, ["rejected 5.00", "confirmed 9.00"]);
}

#[tokio::test]
async fn the_price_is_the_one_asked_for_or_the_first_that_is_active() {
    let shop = Shop::open().await;
    let plan = shop.plan("Gold", json!({})).await;
    shop.price(plan, json!({ "amount": "1.00", "active": false })).await;
    shop.price(plan, json!({ "amount": "2.00" })).await;
    let yearly = shop.price(plan, json!({ "amount": "20.00", "interval": "year" })).await;
    let body = json!({ "plan_id": plan, "pricing_id": yearly });
    shop.sue.post(SUBSCRIBE, body).await.expect(200);
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    shop.subscribe(plan).await;
    assert_eq!(shop.payments().await, ["confirmed 20.00", "confirmed 2.00"]);
}

#[tokio::test]
async fn the_gateway_is_the_active_one_of_highest_priority() {
    let shop = Shop::open().await;
    for (name, priority, active) in [("Desk", 5, true), ("Shut", 9, false), ("Last", -1, true)] {
        let body =
            json!({ "name": name, "variant": "manual", "priority": priority, "is_active": active });
        shop.root.post("/gateway-configs/", body).await.expect(201);
    }
    let plan = shop.paid_plan("Gold", "9.00").await;
    let answer = shop.subscribe(plan).await;
    assert!(answer["checkout_url"].is_string(), "{answer}");
    let payment = shop.sue.get("/payments/").await.expect(200)["results"][0].clone();
    assert_eq!(payment["payment_gateway_name"], "Desk");
}

#[tokio::test]
async fn a_body_that_names_no_plan_is_refused_by_field() {
    let shop = Shop::open().await;
    let required = json!({ "plan_id": ["This field is required."] });
    shop.sue.post(SUBSCRIBE, json!({})).await.expect_body(400, &required);
    let null = json!({ "plan_id": ["This field may not be null."] });
    shop.sue.post(SUBSCRIBE, json!({ "plan_id": null })).await.expect_body(400, &null);
    let integer = json!(["A valid integer is required."]);
    for value in [json!("Gold"), json!(""), json!(1.5), json!(true), json!([1]), json!({})] {
        let body = json!({ "plan_id": value });
        shop.sue.post(SUBSCRIBE, body).await.expect_body(400, &json!({ "plan_id": integer }));
        let body = json!({ "plan_id": value, "pricing_id": value });
        let both = json!({ "plan_id": integer, "pricing_id": integer });
        shop.sue.post(SUBSCRIBE, body).await.expect_body(400, &both);
    }
}

#[tokio::test]
async fn what_cannot_be_had_is_refused_in_the_order_of_plan_subscription_and_price() {
    let shop = Shop::open().await;
    let hidden = shop.plan("Hidden", json!({ "available": false })).await;
    shop.price(hidden, json!({ "amount": 1 })).await;
    let (gold, bare) = (shop.paid_plan("Gold", "9.00").await, shop.plan("Bare", json!({})).await);
    let off = shop.price(bare, json!({ "amount": 1, "active": false })).await;
    let free = shop.free_plan("Free").await;
    let unavailable = error("Plan not available");
    let no_price = error("Plan pricing unavailable");
    let taken = error("User already has an active subscription");
    let no_plan = [
        json!({ "plan_id": hidden }),
        json!({ "plan_id": 999 }),
        json!({ "plan_id": 0 }),
        json!({ "plan_id": -1 }),
        json!({ "plan_id": 99_999_999_999_i64 }),
        json!({ "plan_id": 999, "pricing_id": 999 }),
    ];
    let unpriced = [
        json!({ "plan_id": bare }),
        json!({ "plan_id": bare, "pricing_id": off }),
        json!({ "plan_id": gold, "pricing_id": off }),
        json!({ "plan_id": gold, "pricing_id": 999 }),
        json!({ "plan_id": gold, "pricing_id": 99_999_999_999_i64 }),
    ];
    for body in &no_plan {
        check(&body.to_string(), &send(&shop, body).await, 400, &unavailable);
    }
    for body in &unpriced {
        check(&body.to_string(), &send(&shop, body).await, 400, &no_price);
    }
    check("nothing", &shop.sue.get(STATUS).await, 404, &error("No subscription found"));

    shop.subscribe(free).await;
    for body in &no_plan {
        check(&body.to_string(), &send(&shop, body).await, 400, &unavailable);
    }
    for body in unpriced.iter().chain(&[json!({ "plan_id": gold }), json!({ "plan_id": free })]) {
        check(&body.to_string(), &send(&shop, body).await, 400, &taken);
    }
    assert_eq!(shop.payments().await, Vec::<String>::new());
}

async fn send(shop: &Shop, body: &Value) -> Answer {
    shop.sue.post(SUBSCRIBE, body.clone()).await
}

#[tokio::test]
async fn everybody_with_a_key_subscribes_and_sees_the_own_subscription_alone() {
    let cast = Cast::assemble().await;
    let body = json!({ "name": "Free", "requires_payment": false });
    let plan = cast["root"].api.post("/subscriptions/plans/", body).await.expect(201);
    let plan = json!({ "plan_id": number(&plan["id"]) });
    for (name, person) in cast.everybody() {
        let none = error("No subscription found");
        check(name, &person.api.get(STATUS).await, 404, &none);
        let made = person.api.post(SUBSCRIBE, plan.clone()).await.expect(200);
        let status = person.api.get(STATUS).await.expect(200);
        assert_eq!(status["subscription_id"], made["subscription_id"], "{name}");
    }
    let unknown = detail("Authentication credentials were not provided.");
    let nobody = cast.app.anonymous();
    check("no key", &nobody.post(SUBSCRIBE, plan).await, 401, &unknown);
    for path in [STATUS, LIMITS] {
        check(path, &nobody.get(path).await, 401, &unknown);
    }
}

#[tokio::test]
async fn of_simultaneous_requests_one_subscribes() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    let answers = subscribe_together(&shop, plan).await;
    let live = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(live, 1, "{answers:?}");
    let taken = error("User already has an active subscription");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        check("the others", answer, 400, &taken);
    }
}

#[tokio::test]
async fn of_simultaneous_requests_one_pays() {
    let shop = Shop::open().await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    let answers = subscribe_together(&shop, plan).await;
    assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status)), "{answers:?}");
    assert_eq!(shop.standing().await, ("active".into(), "Gold".into()));
    let paid = shop.payments().await;
    let paid = paid.iter().filter(|payment| *payment == "confirmed 9.00");
    assert_eq!(paid.count(), 1, "{answers:?}");
}

async fn subscribe_together(shop: &Shop, plan: i64) -> Vec<Answer> {
    together((0..8).map(|_| {
        let sue = shop.sue.clone();
        async move { sue.post(SUBSCRIBE, json!({ "plan_id": plan })).await }
    }))
    .await
}

#[tokio::test]
async fn pages_begin_with_the_public_address() {
    let settings = [("WIWEBB_PUBLIC_URL", "https://pay.example.org/net")];
    let shop = Shop::in_server(TestApp::configured(&settings).await, "waiting").await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    let page = shop.subscribe(plan).await["checkout_url"].clone();
    assert!(page.as_str().unwrap().starts_with("https://pay.example.org/net/checkout/"), "{page}");
}
