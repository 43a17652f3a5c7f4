//! Plans, users and gateways with subscriptions (contract §13).

use serde_json::json;
use wiwebb_domain::access::Role;

use super::{CANCEL, CHANGE, PLANS, SUBSCRIBE, Shop};
use crate::support::{Person, check, check_dead, check_stays};

#[tokio::test]
async fn a_plan_that_anybody_has_or_had_stays() {
    let shop = Shop::with_pages().await;
    let refused = "Cannot delete plan with existing subscriptions.";
    let (free, gold) = (shop.free_plan("Free").await, shop.paid_plan("Gold", "9.00").await);
    shop.subscribe(gold).await;
    shop.subscribe(free).await;
    for (rule, plan) in [("live", free), ("never paid", gold)] {
        check_stays(rule, &shop.root.delete(&format!("{PLANS}{plan}/")).await, refused);
    }
    shop.sue.post(CANCEL, json!({})).await.expect(200);
    let path = format!("{PLANS}{free}/");
    check_stays("ended", &shop.root.delete(&path).await, refused);
    check("role first", &shop.sue.delete(&path).await, 403, &wiwebb_tests::forbidden());
    shop.root.get(&path).await.expect(200);

    let unused = shop.paid_plan("Unused", "1.00").await;
    shop.root.delete(&format!("{PLANS}{unused}/")).await.expect(204);
}

#[tokio::test]
async fn a_plan_that_is_to_come_stays() {
    let shop = Shop::open().await;
    let (gold, silver) =
        (shop.paid_plan("Gold", "9.00").await, shop.paid_plan("Silver", "5.00").await);
    shop.subscribe(gold).await;
    shop.sue.post(CHANGE, json!({ "plan_id": silver })).await.expect(200);
    let refused = "Cannot delete plan with existing subscriptions.";
    check_stays("to come", &shop.root.delete(&format!("{PLANS}{silver}/")).await, refused);
}

#[tokio::test]
async fn a_price_that_somebody_pays_can_go_and_the_subscription_stays() {
    let shop = Shop::open().await;
    let plan = shop.plan("Gold", json!({})).await;
    let price = shop.price(plan, json!({ "amount": "9.00" })).await;
    shop.subscribe(plan).await;
    shop.root.delete(&format!("{PLANS}{plan}/pricing/{price}/")).await.expect(204);
    assert_eq!(shop.standing().await, ("active".into(), "Gold".into()));
}

#[tokio::test]
async fn a_deleted_user_takes_the_subscription_along() {
    let shop = Shop::open().await;
    let plan = shop.free_plan("Free").await;
    shop.subscribe(plan).await;
    let sue = Person::holding(shop.sue.clone()).await;
    shop.root.delete(&sue.path("")).await.expect(204);
    check_dead("gone", &sue.api).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM payment_subscription")
        .fetch_one(&shop.app.pool)
        .await
        .unwrap();
    assert_eq!(left, 0);
    shop.root.delete(&format!("{PLANS}{plan}/")).await.expect(204);
}

#[tokio::test]
async fn a_user_who_has_paid_for_a_subscription_stays() {
    let shop = Shop::open().await;
    let joe = shop.app.user(&shop.root, "joe", Role::Subscriber, Some(shop.tenant)).await;
    let plan = shop.paid_plan("Gold", "9.00").await;
    joe.post(SUBSCRIBE, json!({ "plan_id": plan })).await.expect(200);
    joe.post(CANCEL, json!({})).await.expect(200);
    let joe = Person::holding(joe).await;
    let refused = "Cannot delete user with existing payments.";
    check_stays("paid", &shop.root.delete(&joe.path("")).await, refused);
    let gateway = format!("/gateway-configs/{}/", shop.gateway);
    let refused = "Cannot delete payment gateway with existing payments.";
    check_stays("paid", &shop.root.delete(&gateway).await, refused);
}
