//! Another plan where the gateway keeps subscriptions going (contract §8.5).

use futures_executor::block_on;
use wiwebb_domain::ports::subscription_gateway::{ChangeOrder, Changed};
use wiwebb_domain::services::subscriptions::ChangePreview;
use wiwebb_domain::subscription::{Mirror, SubscriptionStatus};
use wiwebb_domain::testing::samples::{money, text};
use wiwebb_domain::testing::subscription_gateway::{SubscriptionAnswer, SubscriptionCall};

use super::gateway_driven::{account, last_call, paid, report, shop};
use crate::shop::{Shop, UNREACHABLE, wish};
use crate::world::refusal;

fn last_change(shop: &Shop) -> ChangeOrder {
    match last_call(shop) {
        SubscriptionCall::Change(order) => order,
        other => unreachable!("{other:?}"),
    }
}

fn changed(shop: &Shop, is_paid: bool) {
    let mirror = Mirror { period: None, ..account(shop, SubscriptionStatus::Active) };
    let (product, price) = (text("prod_2"), text("price_2"));
    shop.keeper().will_say(SubscriptionAnswer::Changed(Changed {
        is_paid,
        mirror,
        product,
        price,
    }));
}

#[test]
fn a_dearer_plan_holds_once_the_gateway_has_charged_the_difference() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    let max = shop.monthly("Max", "20.00");
    changed(&shop, false);
    let unpaid = shop.change(max).unwrap();
    assert_eq!((unpaid.is_known, unpaid.view.plan.name.as_str()), (true, "Pro"));
    assert_eq!(shop.in_force(), "Pro");
    changed(&shop, true);
    let paid = shop.change(max).unwrap();
    assert_eq!((paid.is_known, paid.view.plan.id, paid.view.pending_plan), (true, max, None));
    let order = last_change(&shop);
    assert_eq!((order.external_id.as_str(), order.plan.id, order.at_once), ("sub_ext", max, true));
    assert_eq!(order.pricing.price, money("20.00", "USD"));
    assert!(shop.all_payments().is_empty(), "a payment comes with the gateway's bill");
}

#[test]
fn a_cheaper_plan_comes_when_the_gateway_says_that_the_next_period_began() {
    let shop = shop();
    let subscription = paid(&shop, shop.monthly("Pro", "10.00"));
    let own = subscription.plan_id;
    changed(&shop, true);
    let view = shop.change(shop.monthly("Mini", "5.00")).unwrap().view;
    assert!(!last_change(&shop).at_once);
    assert_eq!((view.plan.id, view.pending_plan.unwrap().name.as_str()), (own, "Mini"));
    shop.set(subscription.period.unwrap().end);
    report(&shop, &subscription, account(&shop, SubscriptionStatus::Active));
    assert_eq!((shop.in_force().as_str(), shop.view().pending_plan), ("Mini", None));
}

#[test]
fn a_cheaper_plan_to_come_is_taken_back() {
    let shop = shop();
    let own = paid(&shop, shop.monthly("Pro", "10.00")).plan_id;
    changed(&shop, true);
    shop.change(shop.monthly("Mini", "5.00")).unwrap();
    changed(&shop, true);
    let view = shop.change(own).unwrap().view;
    assert_eq!(last_change(&shop).plan.id, own);
    assert_eq!((view.plan.id, view.pending_plan), (own, None));
}

#[test]
fn a_change_that_the_gateway_does_not_answer_changes_nothing() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    let before = shop.view();
    let plans = [shop.monthly("Max", "20.00"), shop.monthly("Mini", "5.00")];
    for plan in plans {
        shop.keeper().will_be_silent();
        assert_eq!(refusal(shop.change(plan)), UNREACHABLE);
        assert_eq!(shop.view(), before);
    }
}

#[test]
fn the_gateway_says_what_a_dearer_plan_costs_and_is_not_asked_about_a_cheaper_one() {
    let shop = shop();
    let end = paid(&shop, shop.monthly("Pro", "10.00")).period.unwrap().end;
    let [max, mini] = [shop.monthly("Max", "20.00"), shop.monthly("Mini", "5.00")];
    let preview =
        |plan| block_on(shop.subscriptions().preview_change(&shop.bob, Ok(wish(plan)))).unwrap();
    shop.keeper().will_say(SubscriptionAnswer::Cost(money("7.77", "USD")));
    let at_once = ChangePreview { amount_due: money("7.77", "USD"), effective_at: shop.now() };
    assert_eq!(preview(max), at_once);
    let calls = shop.keeper().calls().len();
    let later = ChangePreview { amount_due: money("0.00", "USD"), effective_at: end };
    assert_eq!(preview(mini), later);
    assert_eq!(shop.keeper().calls().len(), calls);
}
