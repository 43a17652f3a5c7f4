//! Subscriptions: rows 11, 12 and 13 of contract §15.

use chrono::{DateTime, Months, Utc};
use serde_json::{Value, json};

use super::models::Subscription;
use super::{Mobile, refused, understood};
use crate::subscriptions::{STATUS, SUBSCRIBE, Shop, settle};
use crate::support::{error, own, with, without};

const NEVER: &str = "9999-12-31T23:59:59Z";

async fn mobile(shop: &Shop) -> (Mobile, Value) {
    (Mobile::of(&shop.app, &shop.sue), own(&shop.sue).await["id"].clone())
}

/// A subscription that stands like this, without end, as the client has it.
fn flat(found: &Value, user: &Value, plan: i64, status: &str, start: DateTime<Utc>) -> Value {
    json!({
        "id": found["id"], "subscription_id": found["subscription_id"], "user": user,
        "plan": plan, "status": status, "current_period_start": start,
        "current_period_end": NEVER, "trial_end": null, "cancel_at_period_end": false,
        "canceled_at": null,
    })
}

#[tokio::test]
async fn row_11_a_free_subscription_is_told_by_names_or_by_ids_with_times_that_are_never_null() {
    let shop = Shop::open().await;
    let (mobile, user) = mobile(&shop).await;
    let plan = shop.free_plan("Free").await;
    let begun = mobile.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    assert_eq!(begun, flat(&begun, &user, plan, "active", shop.now()));
    let read: Subscription = understood(&begun);
    assert_eq!((read.plan, Some(read.user)), (plan, user.as_i64()));
    let (start, end) = (read.current_period_start, read.current_period_end);
    assert_eq!((start, end), (shop.now(), NEVER.parse().unwrap()));
    assert!(read.id > 0);
    assert_eq!(mobile.get(STATUS).await.expect(200), begun);

    let usual = shop.status().await;
    let expected = json!({
        "subscription_id": begun["subscription_id"], "status": "active",
        "plan": { "id": plan, "name": "Free", "description": "" }, "current_period_start": null,
        "current_period_end": null, "trial_end": null, "cancel_at_period_end": false,
        "canceled_at": null,
    });
    assert_eq!(usual, expected);
    assert!(refused::<Subscription>(&usual));
}

#[tokio::test]
async fn row_11_a_subscription_that_waits_for_its_payment_has_its_page_in_both_forms() {
    let shop = Shop::with_pages().await;
    let (mobile, user) = mobile(&shop).await;
    let plan = shop.paid_plan("Gold", "19.90").await;
    let usual = shop.subscribe(plan).await;
    let expected = json!({
        "checkout_url": usual["checkout_url"], "subscription_id": usual["subscription_id"],
        "status": "incomplete", "plan": { "id": plan, "name": "Gold" },
    });
    assert_eq!(usual, expected);
    assert!(refused::<Subscription>(&usual));

    let begun = mobile.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    let page = begun["checkout_url"].clone();
    let shown = without(begun.clone(), "checkout_url");
    assert_eq!(shown, flat(&begun, &user, plan, "incomplete", shop.now()));
    understood::<Subscription>(&begun);
    assert_eq!(mobile.get(STATUS).await.expect(200), shown);

    settle(&shop.app.anonymous(), &page, "confirmed").await.expect(200);
    let end = shop.now().checked_add_months(Months::new(1)).unwrap();
    let paid = mobile.get(STATUS).await.expect(200);
    assert_eq!(paid, with(shown, json!({ "status": "active", "current_period_end": end })));
    assert_eq!(understood::<Subscription>(&paid).current_period_end, end);
}

#[tokio::test]
async fn row_11_times_that_are_there_are_told_as_they_are() {
    let shop = Shop::open().await;
    let (mobile, _) = mobile(&shop).await;
    let plan = shop.paid_plan("Gold", "19.90").await;
    let begun = mobile.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    let (compat, usual) = (mobile.get(STATUS).await.expect(200), shop.status().await);
    for time in ["current_period_start", "current_period_end"] {
        assert_eq!((&compat[time], &begun[time]), (&usual[time], &usual[time]), "{time}");
    }
    assert_eq!(understood::<Subscription>(&compat).status, "active");
}

#[tokio::test]
async fn row_11_wherever_the_contract_names_the_same_object_it_has_the_same_form() {
    let shop = Shop::open().await;
    let (mobile, _) = mobile(&shop).await;
    let (small, large) =
        (shop.paid_plan("Small", "5.00").await, shop.paid_plan("Large", "9.00").await);
    shop.subscribe(large).await;
    mobile.post("/subscriptions/cancel/", json!({})).await.expect(200);
    let resumed = mobile.post("/subscriptions/resume/", json!({})).await.expect(200);
    assert_eq!(understood::<Subscription>(&resumed).plan, large);
    let wish = json!({ "plan_id": small });
    let changed = mobile.post("/subscriptions/change/", wish).await.expect(200);
    assert_eq!(understood::<Subscription>(&changed).plan, large);
    assert_eq!(changed["pending_plan"], json!({ "id": small, "name": "Small" }));
}

#[tokio::test]
async fn row_12_who_never_subscribed_has_404_or_null() {
    let shop = Shop::open().await;
    let (mobile, _) = mobile(&shop).await;
    shop.sue.get(STATUS).await.expect_body(404, &error("No subscription found"));
    let none = mobile.get(STATUS).await;
    assert_eq!(none.headers["content-type"], "application/json");
    assert!(understood::<Option<Subscription>>(&none.expect(200)).is_none());
}

#[tokio::test]
async fn row_13_what_a_cancellation_sends_along_is_ignored_in_both_forms() {
    let shop = Shop::open().await;
    let (mobile, _) = mobile(&shop).await;
    let plan = shop.paid_plan("Gold", "19.90").await;
    let mut answers = Vec::new();
    for sent in [json!(4711), json!("sub_of_somebody_else")] {
        shop.subscribe(plan).await;
        let body = json!({ "subscription_id": sent });
        let path = "/subscriptions/cancel/";
        answers.push(if sent.is_number() {
            mobile.post(path, body).await.expect(200)
        } else {
            shop.sue.post(path, body).await.expect(200)
        });
    }
    for answer in &answers {
        assert_eq!(answer["message"], "Subscription cancelled successfully");
        assert_eq!(answer["subscription"]["status"], "canceled");
        assert!(answer["subscription"]["id"].as_str().unwrap().starts_with("sub_"));
    }
}
