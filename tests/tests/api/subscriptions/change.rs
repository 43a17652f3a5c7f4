//! Another plan (contract §8.5): dearer at once, cheaper at the end of the period.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{CANCEL, CHANGE, RESUME, STATUS, SUBSCRIBE, Shop, month_after, settle};
use crate::concurrency::together;
use crate::support::{check, error, with};

/// A shop in April, which has thirty days, and `sue` with the plan Silver for 6.00.
async fn in_april(shop: &Shop) -> (i64, i64) {
    shop.app.clock.set("2026-04-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let (silver, gold) =
        (shop.paid_plan("Silver", "6.00").await, shop.paid_plan("Gold", "30.00").await);
    (silver, gold)
}

async fn change(shop: &Shop, plan: i64) -> Value {
    shop.sue.post(CHANGE, json!({ "plan_id": plan })).await.expect(200)
}

async fn preview(shop: &Shop, plan: i64) -> Value {
    shop.sue.post(CHANGE, json!({ "plan_id": plan, "preview": true })).await.expect(200)
}

#[tokio::test]
async fn a_dearer_plan_is_there_when_the_difference_for_the_rest_is_paid() {
    let shop = Shop::with_pages().await;
    let (silver, gold) = in_april(&shop).await;
    let first = shop.subscribe(silver).await;
    settle(&shop.app.anonymous(), &first["checkout_url"], "confirmed").await.expect(200);
    let before = shop.status().await;
    shop.app.clock.advance(Duration::days(10));
    let answer = change(&shop, gold).await;
    assert!(answer["checkout_url"].is_string(), "{answer}");
    assert_eq!(answer["subscription_id"], first["subscription_id"]);
    assert_eq!(shop.access().await, "Silver", "the difference is paid first");
    assert_eq!(shop.status().await["plan"], before["plan"]);

    settle(&shop.app.anonymous(), &answer["checkout_url"], "confirmed").await.expect(200);
    assert_eq!(shop.payments().await, ["confirmed 6.00", "confirmed 16.00"], "20 days of 30");
    let after = shop.status().await;
    let plan = json!({ "id": gold, "name": "Gold", "description": "" });
    assert_eq!(after, with(before, json!({ "plan": plan })), "the period stays");
    assert_eq!(shop.access().await, "Gold");
}

#[tokio::test]
async fn a_dearer_plan_that_is_paid_at_once_is_answered_with_the_subscription() {
    let shop = Shop::open().await;
    let (silver, gold) = in_april(&shop).await;
    shop.subscribe(silver).await;
    let answer = change(&shop, gold).await;
    assert_eq!(answer, with(shop.status().await, json!({ "pending_plan": null })));
    assert_eq!(answer["plan"]["name"], "Gold");
    assert_eq!(shop.payments().await, ["confirmed 6.00", "confirmed 24.00"]);
}

#[tokio::test]
async fn a_dearer_plan_that_is_not_paid_never_comes() {
    let shop = Shop::with_pages().await;
    let (silver, gold) = in_april(&shop).await;
    let first = shop.subscribe(silver).await;
    settle(&shop.app.anonymous(), &first["checkout_url"], "confirmed").await.expect(200);
    let before = shop.status().await;
    let answer = change(&shop, gold).await;
    settle(&shop.app.anonymous(), &answer["checkout_url"], "rejected").await.expect(200);
    assert_eq!(shop.status().await, before);
    let answer = change(&shop, gold).await;
    settle(&shop.app.anonymous(), &answer["checkout_url"], "confirmed").await.expect(200);
    assert_eq!(shop.access().await, "Gold");
}

#[tokio::test]
async fn a_cheaper_plan_comes_with_the_end_of_the_period() {
    let shop = Shop::open().await;
    let (silver, gold) = in_april(&shop).await;
    shop.subscribe(gold).await;
    let end = month_after(shop.now());
    let before = shop.status().await;
    shop.app.clock.advance(Duration::days(10));
    let answer = change(&shop, silver).await;
    let pending = json!({ "pending_plan": { "id": silver, "name": "Silver" } });
    assert_eq!(answer, with(before, pending));
    assert_eq!(shop.access().await, "Gold");
    shop.pass_to(end - Duration::seconds(1)).await;
    assert_eq!(shop.access().await, "Gold");
    shop.pass_to(end).await;
    let status = shop.status().await;
    assert_eq!((&status["plan"]["name"], &status["status"]), (&json!("Silver"), &json!("active")));
    assert_eq!(status["current_period_end"], json!(month_after(end)));
    assert_eq!(shop.payments().await, ["confirmed 30.00", "confirmed 6.00"], "no money back");
}

#[tokio::test]
async fn a_change_to_come_can_be_replaced_and_taken_back() {
    let shop = Shop::open().await;
    let (silver, gold) = in_april(&shop).await;
    let bronze = shop.paid_plan("Bronze", "3.00").await;
    shop.subscribe(gold).await;
    let end = month_after(shop.now());
    change(&shop, silver).await;
    let replaced = change(&shop, bronze).await;
    assert_eq!(replaced["pending_plan"], json!({ "id": bronze, "name": "Bronze" }));
    let taken_back = change(&shop, gold).await;
    assert_eq!(
        (&taken_back["pending_plan"], &taken_back["plan"]["name"]),
        (&json!(null), &json!("Gold"))
    );
    shop.pass_to(end).await;
    assert_eq!(shop.payments().await, ["confirmed 30.00", "confirmed 30.00"]);
}

#[tokio::test]
async fn nothing_is_to_be_paid_for_from_the_end_of_the_period_on() {
    let shop = Shop::open().await;
    let (_, gold) = in_april(&shop).await;
    let free = shop.free_plan("Free").await;
    shop.subscribe(gold).await;
    let end = month_after(shop.now());
    assert_eq!(change(&shop, free).await["pending_plan"], json!({ "id": free, "name": "Free" }));
    shop.pass_to(end).await;
    assert_eq!(shop.standing().await, ("active".into(), "Free".into()));
    assert_eq!(shop.status().await["current_period_end"], json!(null));
    assert_eq!(shop.payments().await, ["confirmed 30.00"]);
}

#[tokio::test]
async fn from_a_free_plan_a_whole_period_is_paid() {
    let shop = Shop::open().await;
    let (silver, _) = in_april(&shop).await;
    let free = shop.free_plan("Free").await;
    shop.subscribe(free).await;
    shop.app.clock.advance(Duration::days(10));
    change(&shop, silver).await;
    let status = shop.status().await;
    assert_eq!(status["plan"]["name"], "Silver");
    assert_eq!(status["current_period_end"], json!(month_after(shop.now())));
    assert_eq!(shop.payments().await, ["confirmed 6.00"]);
}

#[tokio::test]
async fn a_price_for_another_length_begins_a_period_of_its_own() {
    let shop = Shop::open().await;
    let (silver, _) = in_april(&shop).await;
    let yearly = shop.price(silver, json!({ "amount": "80.00", "interval": "year" })).await;
    shop.subscribe(silver).await;
    shop.app.clock.advance(Duration::days(10));
    let body = json!({ "plan_id": silver, "pricing_id": yearly });
    let preview = with(body.clone(), json!({ "preview": true }));
    let due = shop.sue.post(CHANGE, preview).await.expect(200);
    assert_eq!(due["amount_due"], "76.00", "less what is left of 6.00");
    shop.sue.post(CHANGE, body).await.expect(200);
    let status = shop.status().await;
    assert_eq!(status["current_period_start"], json!(shop.now()));
    assert_eq!(status["current_period_end"], "2027-04-11T00:00:00Z");
    assert_eq!(shop.payments().await, ["confirmed 6.00", "confirmed 76.00"]);
}

#[tokio::test]
async fn a_preview_says_what_a_change_would_cost_and_changes_nothing() {
    let shop = Shop::open().await;
    let (silver, gold) = in_april(&shop).await;
    let bronze = shop.paid_plan("Bronze", "3.00").await;
    shop.subscribe(silver).await;
    let end = month_after(shop.now());
    let before = shop.status().await;
    shop.app.clock.advance(Duration::days(10));
    let dearer =
        json!({ "amount_due": "16.00", "currency": "USD", "effective_at": json!(shop.now()) });
    assert_eq!(preview(&shop, gold).await, dearer);
    let cheaper = json!({ "amount_due": "0.00", "currency": "USD", "effective_at": json!(end) });
    assert_eq!(preview(&shop, bronze).await, cheaper);
    assert_eq!(shop.status().await, before);
    assert_eq!(shop.payments().await, ["confirmed 6.00"]);

    let wrong = json!({ "plan_id": gold, "preview": "maybe" });
    let refused = json!({ "preview": ["Must be a valid boolean."] });
    shop.sue.post(CHANGE, wrong).await.expect_body(400, &refused);
    let no = json!({ "plan_id": bronze, "preview": false });
    assert_eq!(shop.sue.post(CHANGE, no).await.expect(200)["pending_plan"]["name"], "Bronze");
}

#[tokio::test]
async fn what_a_preview_says_is_what_is_charged() {
    let shop = Shop::open().await;
    let (_, gold) = in_april(&shop).await;
    let odd = shop.paid_plan("Odd", "9.99").await;
    shop.subscribe(odd).await;
    shop.app.clock.advance(Duration::seconds(1_000_003));
    let due = preview(&shop, gold).await["amount_due"].clone();
    change(&shop, gold).await;
    let paid = shop.payments().await.pop().unwrap();
    assert_eq!(paid, format!("confirmed {}", due.as_str().unwrap()));
}

#[tokio::test]
async fn of_simultaneous_changes_one_is_paid() {
    let shop = Shop::open().await;
    let (silver, gold) = in_april(&shop).await;
    shop.subscribe(silver).await;
    let answers = together((0..8).map(|_| {
        let sue = shop.sue.clone();
        async move { sue.post(CHANGE, json!({ "plan_id": gold })).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| [200, 400].contains(&answer.status)), "{answers:?}");
    assert_eq!(shop.access().await, "Gold");
    assert_eq!(shop.payments().await, ["confirmed 6.00", "confirmed 24.00"]);
}

#[tokio::test]
async fn refusals_are_those_of_subscribing_and_need_a_live_subscription() {
    let shop = Shop::open().await;
    let (silver, gold) = in_april(&shop).await;
    let bare = shop.plan("Bare", json!({})).await;
    let none = error("No active subscription found");
    for more in [json!({}), json!({ "preview": true })] {
        let send = async |body: Value| shop.sue.post(CHANGE, with(body, more.clone())).await;
        send(json!({})).await.expect_body(400, &json!({ "plan_id": ["This field is required."] }));
        let integer = json!({ "plan_id": ["A valid integer is required."] });
        send(json!({ "plan_id": "x" })).await.expect_body(400, &integer);
        let unknown = send(json!({ "plan_id": 999 })).await;
        check("plan first", &unknown, 400, &error("Plan not available"));
        check("never subscribed", &send(json!({ "plan_id": gold })).await, 400, &none);
    }
    shop.subscribe(silver).await;
    for more in [json!({}), json!({ "preview": true })] {
        let send = async |body: Value| shop.sue.post(CHANGE, with(body, more.clone())).await;
        let no_price = error("Plan pricing unavailable");
        check("no price", &send(json!({ "plan_id": bare })).await, 400, &no_price);
        let unknown = json!({ "plan_id": gold, "pricing_id": 999 });
        check("unknown price", &send(unknown).await, 400, &no_price);
    }
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    let ended = shop.sue.post(CHANGE, json!({ "plan_id": gold })).await;
    check("called off", &ended, 400, &none);
    shop.sue.post(RESUME, json!({})).await.expect(200);
    change(&shop, gold).await;
    assert_eq!(shop.access().await, "Gold");
}

#[tokio::test]
async fn within_a_trial_a_change_costs_nothing() {
    let shop = Shop::open().await;
    let (_, gold) = in_april(&shop).await;
    let trial = shop.plan("Trial", json!({})).await;
    shop.price(trial, json!({ "amount": "6.00", "trial_period_days": 14 })).await;
    let body = json!({ "plan_id": trial });
    assert_eq!(shop.sue.post(SUBSCRIBE, body).await.expect(200)["status"], "trialing");
    assert_eq!(preview(&shop, gold).await["amount_due"], "0.00");
    change(&shop, gold).await;
    let status = shop.sue.get(STATUS).await.expect(200);
    assert_eq!(status["plan"]["name"], "Gold");
    assert!(shop.payments().await.iter().all(|payment| !payment.contains("30.00")));
}
