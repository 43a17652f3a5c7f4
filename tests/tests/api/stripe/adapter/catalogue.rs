//! Users, plans and prices, as Stripe comes to know them.

use serde_json::json;
use wiwebb_domain::ports::subscription_gateway::{Checkout, CheckoutOrder};
use wiwebb_domain::pricing::BillingInterval;
use wiwebb_domain::testing::samples;

use super::shop::{Shop, plan, pricing, wish};
use super::*;

/// A wish for what has the names that a page gave.
fn known(page: &Checkout) -> CheckoutOrder {
    let mut order = wish();
    order.subscription = samples::subscription_ref(6);
    order.customer = Some(page.customer.clone());
    order.plan.stripe_product_id = Some(page.product.clone());
    order.pricing.stripe_price_id = Some(page.price.clone());
    order
}

#[tokio::test]
async fn who_buys_and_what_is_bought_are_made_known() {
    let shop = Shop::new().await;
    let mut order = wish();
    order.user.first_name = Some(text("Ann"));
    order.user.last_name = Some(text("Example"));
    let page = shop.checkout(order).await;
    let customer = shop.stripe().object(page.customer.as_str());
    assert_eq!(customer["email"], "ann@example.org");
    assert_eq!(customer["name"], "Ann Example");
    assert_eq!(customer["metadata"], json!({"user": "5"}));
    let product = shop.stripe().object(page.product.as_str());
    assert_eq!((&product["name"], &product["metadata"]), (&json!("Gold"), &json!({"plan": "2"})));
    let price = shop.stripe().object(page.price.as_str());
    assert_eq!((&price["unit_amount"], &price["currency"]), (&json!(900), &json!("usd")));
    assert_eq!(price["recurring"]["interval"], "month");
    assert_eq!(price["product"], page.product.as_str());
    assert_eq!(price["metadata"], json!({"pricing": "4"}));
}

#[tokio::test]
async fn a_user_without_a_name_goes_by_the_username() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await;
    assert_eq!(shop.stripe().object(page.customer.as_str())["name"], "ann");
}

#[tokio::test]
async fn what_is_known_is_used_again() {
    let shop = Shop::new().await;
    let first = shop.checkout(wish()).await;
    let second = shop.checkout(known(&first)).await;
    assert_eq!(second.customer, first.customer);
    assert_eq!((second.product, second.price), (first.product, first.price));
    for made in ["POST /v1/customers", "POST /v1/products", "POST /v1/prices"] {
        assert_eq!(shop.stripe().requests_to(made).len(), 1, "{made}");
    }
}

#[tokio::test]
async fn names_that_were_not_kept_lead_to_the_same_things() {
    let shop = Shop::new().await;
    let first = shop.checkout(wish()).await;
    let again = CheckoutOrder { subscription: samples::subscription_ref(6), ..wish() };
    let second = shop.checkout(again).await;
    assert_ne!(second.external_id, first.external_id);
    assert_eq!(second.customer, first.customer);
    assert_eq!((second.product, second.price), (first.product, first.price));
}

#[tokio::test]
async fn a_plan_that_was_renamed_is_renamed() {
    let shop = Shop::new().await;
    let first = shop.checkout(wish()).await;
    for name in ["Platinum", "Gold", "Platinum"] {
        let mut order = known(&first);
        order.plan.name = text(name);
        let page = shop.checkout(order).await;
        assert_eq!(page.product, first.product);
        assert_eq!(shop.stripe().object(page.product.as_str())["name"], name);
    }
}

#[tokio::test]
async fn another_price_is_a_new_one_and_the_old_one_is_found_again() {
    let shop = Shop::new().await;
    let first = shop.checkout(wish()).await;
    let with = |amount: &str, interval| {
        let mut order = known(&first);
        order.pricing.price = money(amount, "USD");
        order.pricing.interval = interval;
        shop.checkout(order)
    };
    let dearer = with("12.00", BillingInterval::Month).await.price;
    let yearly = with("9.00", BillingInterval::Year).await.price;
    assert_eq!(shop.stripe().object(dearer.as_str())["unit_amount"], 1200);
    assert_eq!(shop.stripe().object(yearly.as_str())["recurring"]["interval"], "year");
    shop.stripe().advance(25 * 3600);
    assert_eq!(with("12.00", BillingInterval::Month).await.price, dearer);
    assert_eq!(with("9.00", BillingInterval::Month).await.price, first.price);
}

#[tokio::test]
async fn names_of_another_account_are_replaced() {
    let shop = Shop::new().await;
    let mut order = wish();
    order.customer = Some(text("cus_elsewhere"));
    order.plan.stripe_product_id = Some(text("prod_elsewhere"));
    order.pricing.stripe_price_id = Some(text("price_elsewhere"));
    let page = shop.checkout(order).await;
    for name in [page.customer, page.product, page.price] {
        assert!(!name.as_str().ends_with("elsewhere"));
        shop.stripe().object(name.as_str());
    }
}

#[tokio::test]
async fn a_price_that_stripe_cannot_express_is_refused_before_anything_is_made() {
    let shop = Shop::new().await;
    let mut order = wish();
    order.plan = plan("Remote");
    order.pricing = pricing(4, "9.00");
    order.pricing.price = money("500", "UGX");
    assert!(is_unreachable(&shop.billing.checkout(order).await));
    assert!(shop.stripe().requests_to("POST /v1/products").is_empty());
}
