//! Changes to another price.

use wiwebb_domain::ports::subscription_gateway::{ChangeOrder, CheckoutOrder};
use wiwebb_domain::pricing::BillingInterval;
use wiwebb_domain::subscription::SubscriptionStatus as S;
use wiwebb_tests::stripe::{Card, Fault};

use super::shop::{DAY, Shop, change, wish};
use super::*;

#[tokio::test]
async fn a_preview_says_what_the_rest_of_the_period_costs_more_and_changes_nothing() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let at_first = shop.billing.preview(change(&name, 8, "15.00", true)).await.unwrap();
    assert_eq!(at_first, money("6.00", "USD"));
    shop.stripe().advance(14 * DAY);
    let later = shop.billing.preview(change(&name, 8, "15.00", true)).await.unwrap();
    assert!(later.amount() < at_first.amount() && !later.amount().is_zero());
    assert_eq!(shop.price_of(&name), 900);
    assert_eq!(shop.stripe().charges().len(), 1);
}

#[tokio::test]
async fn a_change_at_once_is_paid_at_once() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let changed = shop.billing.change(change(&name, 8, "15.00", true), shop.world.now()).await;
    let changed = changed.unwrap();
    assert!(changed.is_paid);
    assert_eq!(
        (changed.mirror.status, &changed.mirror.external_id),
        (Some(S::Active), &Some(name.clone()))
    );
    assert_eq!(shop.stripe().object(changed.price.as_str())["unit_amount"], 1500);
    assert_eq!(shop.stripe().object(changed.price.as_str())["product"], changed.product.as_str());
    assert_eq!(shop.price_of(&name), 1500);
    let paid: Vec<i64> = shop.stripe().charges().iter().map(|one| one.captured).collect();
    assert_eq!(paid, [900, 600]);
}

#[tokio::test]
async fn a_change_is_made_once_however_often_it_is_ordered() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let change = || shop.billing.change(change(&name, 8, "15.00", true), shop.world.now());
    shop.stripe().fault("POST /v1/subscriptions/", Fault::DropAfter, 3);
    assert!(is_unknown(&change().await));
    for _ in 0..2 {
        assert!(change().await.unwrap().is_paid);
    }
    assert_eq!(shop.stripe().charges().len(), 2);
}

#[tokio::test]
async fn a_change_that_cannot_be_paid_does_not_happen() {
    for card in [Card::Declines, Card::NeedsAuthentication] {
        let shop = Shop::new().await;
        let name = shop.subscribed().await;
        shop.stripe().set_card(&shop.customer_of(&name), card);
        let changed = shop.billing.change(change(&name, 8, "15.00", true), shop.world.now()).await;
        let changed = changed.unwrap();
        assert!(!changed.is_paid, "{card:?}");
        assert_eq!(changed.mirror.status, Some(S::Active));
        assert_eq!(shop.price_of(&name), 900);
        let subscription = shop.stripe().object(name.as_str());
        assert!(subscription["pending_update"].is_null(), "{card:?}");
        assert_eq!(shop.stripe().charges().len(), 1);
    }
}

#[tokio::test]
async fn a_change_that_could_not_be_paid_can_be_ordered_again() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let customer = shop.customer_of(&name);
    shop.stripe().set_card(&customer, Card::Declines);
    let order = change(&name, 8, "15.00", true);
    assert!(!shop.billing.change(order.clone(), shop.world.now()).await.unwrap().is_paid);
    shop.stripe().set_card(&customer, Card::Good);
    let order = ChangeOrder { key: "another".to_owned(), ..order };
    assert!(shop.billing.change(order, shop.world.now()).await.unwrap().is_paid);
    assert_eq!(shop.price_of(&name), 1500);
}

#[tokio::test]
async fn a_later_change_is_charged_from_the_next_period_on() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let order = change(&name, 8, "4.00", false);
    let changed = shop.billing.change(order, shop.world.now()).await.unwrap();
    assert!(changed.is_paid);
    assert_eq!(shop.stripe().charges().len(), 1);
    shop.stripe().advance(32 * DAY);
    let paid: Vec<i64> = shop.stripe().charges().iter().map(|one| one.captured).collect();
    assert_eq!(paid, [900, 400]);
}

#[tokio::test]
async fn a_period_of_another_length_begins_at_once() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    shop.stripe().advance(10 * DAY);
    let mut order = change(&name, 8, "90.00", true);
    order.pricing.interval = BillingInterval::Year;
    let changed = shop.billing.change(order, shop.world.now()).await.unwrap();
    assert!(changed.is_paid);
    assert_eq!(changed.mirror.period.map(|period| period.start), Some(shop.world.now()));
}

#[tokio::test]
async fn within_a_trial_a_change_costs_nothing() {
    let shop = Shop::new().await;
    let page = shop.checkout(CheckoutOrder { trial_days: 7, ..wish() }).await;
    shop.stripe().complete_checkout(page.external_id.as_str());
    let name = shop.look(&page.external_id).await.external_id.unwrap();
    let changed = shop.billing.change(change(&name, 8, "15.00", true), shop.world.now()).await;
    let changed = changed.unwrap();
    assert_eq!((changed.is_paid, changed.mirror.status), (true, Some(S::Trialing)));
    assert!(shop.stripe().charges().is_empty());
    assert_eq!(shop.price_of(&name), 1500);
}

#[tokio::test]
async fn what_stripe_refuses_to_change_stays_as_it_is() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let mut order = change(&name, 8, "15.00", true);
    order.pricing.price = money("15.00", "EUR");
    assert!(is_unreachable(&shop.billing.preview(order.clone()).await));
    assert!(is_unreachable(&shop.billing.change(order, shop.world.now()).await));
    assert_eq!(shop.price_of(&name), 900);
}
