//! Subscriptions from their page to their end.

use chrono::Duration;
use wiwebb_domain::ports::subscription_gateway::CheckoutOrder;
use wiwebb_domain::subscription::{Mirror, Period, SubscriptionStatus as S};
use wiwebb_domain::testing::samples;
use wiwebb_tests::stripe::{AfterRetries, Card, Fault};

use super::shop::{DAY, Shop, wish};
use super::*;

#[tokio::test]
async fn a_page_is_for_one_subscription_at_one_price() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await;
    let session = shop.stripe().object(page.external_id.as_str());
    assert_eq!(session["url"], page.url);
    assert_eq!(session["mode"], "subscription");
    assert_eq!(session["customer"], page.customer.as_str());
    let reference = samples::subscription_ref(5);
    assert_eq!(session["client_reference_id"], reference.as_str());
    assert_eq!(session["metadata"], json!({ "subscription": reference.as_str() }));
    assert_eq!(session["success_url"], "https://wiwebb.example.org/checkout/done/");
    assert_eq!(session["cancel_url"], "https://wiwebb.example.org/checkout/cancelled/");
}

#[tokio::test]
async fn the_same_order_opens_one_page() {
    let shop = Shop::new().await;
    let first = shop.checkout(wish()).await;
    assert_eq!(shop.checkout(wish()).await, first);
}

#[tokio::test]
async fn until_it_is_paid_a_subscription_is_incomplete() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await;
    let expected = Mirror { status: Some(S::Incomplete), ..samples::mirror(shop.world.now()) };
    assert_eq!(shop.look(&page.external_id).await, expected);
}

#[tokio::test]
async fn a_page_that_was_paid_begins_the_subscription() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await;
    shop.stripe().complete_checkout(page.external_id.as_str());
    let account = shop.look(&page.external_id).await;
    let name = account.external_id.clone().unwrap();
    assert!(name.as_str().starts_with("sub_"));
    assert_eq!((account.status, account.trial_end), (Some(S::Active), None));
    assert_eq!(account.cancel_at_period_end, Some(false));
    let period = account.period.unwrap();
    assert_eq!(period.start, shop.world.now());
    assert!(period.end - period.start >= Duration::days(28));
    assert_eq!(shop.look(&name).await, account);
    let subscription = shop.stripe().object(name.as_str());
    let reference = samples::subscription_ref(5);
    assert_eq!(subscription["metadata"], json!({ "subscription": reference.as_str() }));
    assert_eq!(shop.stripe().charges()[0].captured, 900);
}

#[tokio::test]
async fn a_trial_begins_without_a_charge() {
    let shop = Shop::new().await;
    let page = shop.checkout(CheckoutOrder { trial_days: 7, ..wish() }).await;
    shop.stripe().complete_checkout(page.external_id.as_str());
    let account = shop.look(&page.external_id).await;
    let end = shop.world.now() + Duration::days(7);
    assert_eq!((account.status, account.trial_end), (Some(S::Trialing), Some(end)));
    assert_eq!(account.period, Some(Period { start: shop.world.now(), end }));
    assert!(shop.stripe().charges().is_empty());
    shop.stripe().advance(8 * DAY);
    assert_eq!(shop.look(&page.external_id).await.status, Some(S::Active));
    assert_eq!(shop.stripe().charges().len(), 1);
}

#[tokio::test]
async fn a_page_is_closed_once_and_for_all() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await.external_id;
    for _ in 0..2 {
        shop.billing.close_checkout(&page).await.unwrap();
        assert_eq!(shop.look(&page).await.status, Some(S::Canceled));
    }
}

#[tokio::test]
async fn a_page_that_was_paid_stays_so_when_it_is_closed() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await.external_id;
    shop.stripe().complete_checkout(page.as_str());
    shop.billing.close_checkout(&page).await.unwrap();
    let account = shop.look(&page).await;
    assert_eq!(account.status, Some(S::Active));
    shop.billing.close_checkout(&account.external_id.unwrap()).await.unwrap();
    assert_eq!(shop.look(&page).await.status, Some(S::Active));
}

#[tokio::test]
async fn a_subscription_ends_with_its_period_or_goes_on_as_often_as_it_is_asked_to() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    for ends in [true, true, false, true, false, false] {
        let account = shop.end_with_period(&name, ends).await.unwrap();
        assert_eq!(account.cancel_at_period_end, Some(ends));
        assert_eq!((account.status, account.canceled_at.is_some()), (Some(S::Active), ends));
        assert_eq!(shop.look(&name).await, account);
    }
}

#[tokio::test]
async fn what_ends_with_its_period_is_over_then() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    shop.end_with_period(&name, true).await.unwrap();
    shop.stripe().advance(32 * DAY);
    assert_eq!(shop.look(&name).await.status, Some(S::Canceled));
    assert_eq!(shop.stripe().charges().len(), 1);
}

#[tokio::test]
async fn a_subscription_ends_at_once_and_only_once() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let mut accounts = Vec::new();
    for _ in 0..2 {
        accounts.push(shop.billing.end_now(&name, shop.world.now()).await.unwrap());
    }
    assert_eq!(accounts[0].status, Some(S::Canceled));
    assert_eq!(accounts[0].canceled_at, Some(shop.world.now()));
    assert_eq!(accounts[0], accounts[1]);
}

#[tokio::test]
async fn what_is_over_is_over_when_it_is_called_off_and_does_not_go_on() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    shop.billing.end_now(&name, shop.world.now()).await.unwrap();
    let account = shop.end_with_period(&name, true).await.unwrap();
    assert_eq!(account.status, Some(S::Canceled));
    assert!(is_unreachable(&shop.end_with_period(&name, false).await));
}

#[tokio::test]
async fn a_subscription_may_go_by_the_name_of_its_page() {
    let shop = Shop::new().await;
    let page = shop.checkout(wish()).await.external_id;
    assert!(is_unreachable(&shop.end_with_period(&page, true).await), "it was not paid");
    shop.stripe().complete_checkout(page.as_str());
    let account = shop.end_with_period(&page, true).await.unwrap();
    assert_eq!(account.cancel_at_period_end, Some(true));
    let account = shop.billing.end_now(&page, shop.world.now()).await.unwrap();
    assert_eq!(account.status, Some(S::Canceled));
}

#[tokio::test]
async fn a_subscription_renews_while_its_card_pays_and_is_owed_when_it_does_not() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    let first = shop.look(&name).await.period.unwrap();
    shop.stripe().advance(32 * DAY);
    let renewed = shop.look(&name).await;
    assert_eq!(renewed.status, Some(S::Active));
    assert_eq!(renewed.period.map(|period| period.start), Some(first.end));
    shop.stripe().after_retries(AfterRetries::Unpaid);
    shop.stripe().set_card(&shop.customer_of(&name), Card::Declines);
    for days in [31, 30] {
        shop.stripe().advance(days * DAY);
        assert_eq!(shop.look(&name).await.status, Some(S::PastDue), "unpaid is owed as well");
    }
    shop.stripe().set_card(&shop.customer_of(&name), Card::Good);
    assert_eq!(shop.stripe().object(name.as_str())["status"], "unpaid");
}

#[tokio::test]
async fn a_subscription_that_stripe_does_not_have_is_no_ended_one() {
    let shop = Shop::new().await;
    for name in ["sub_elsewhere", "cs_elsewhere"] {
        let name = text(name);
        assert!(is_unreachable(&shop.billing.look(&name, shop.world.now()).await));
        assert!(is_unreachable(&shop.billing.end_now(&name, shop.world.now()).await));
        assert!(is_unreachable(&shop.end_with_period(&name, true).await));
    }
}

#[tokio::test]
async fn a_stripe_that_is_away_changes_nothing() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    shop.stripe().go_away().await;
    assert!(is_unreachable(&shop.billing.look(&name, at(0)).await));
    assert!(is_unreachable(&shop.billing.end_now(&name, at(0)).await));
    assert!(is_unreachable(&shop.billing.checkout(wish()).await));
    shop.stripe().come_back().await;
    assert_eq!(shop.look(&name).await.status, Some(S::Active));
}

#[tokio::test]
async fn a_page_whose_answer_is_lost_is_opened_once() {
    let shop = Shop::new().await;
    shop.stripe().fault("POST /v1/checkout/sessions", Fault::DropAfter, 1);
    let page = shop.checkout(wish()).await;
    let requests = shop.stripe().requests_to("POST /v1/checkout/sessions");
    assert_eq!(requests.len(), 2);
    assert!(requests[1].replayed);
    assert_eq!(shop.checkout(wish()).await, page);
}

#[tokio::test]
async fn an_end_whose_answer_is_lost_is_unknown_and_there_the_next_time() {
    let shop = Shop::new().await;
    let name = shop.subscribed().await;
    shop.stripe().fault("DELETE /v1/subscriptions", Fault::DropAfter, 1);
    assert!(is_unknown(&shop.billing.end_now(&name, shop.world.now()).await));
    let account = shop.billing.end_now(&name, shop.world.now()).await.unwrap();
    assert_eq!(account.status, Some(S::Canceled));
}
