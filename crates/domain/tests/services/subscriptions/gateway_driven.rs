//! Subscriptions that the gateway keeps going: it is asked first, and its account is taken over
//! (contract §8, §10.3).

use chrono::{Duration, Months};
use futures_executor::block_on;
use wiwebb_domain::ids::PlanId;
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::subscription_gateway::{Checkout, CheckoutOrder};
use wiwebb_domain::pricing::NewPlanPricing;
use wiwebb_domain::subscription::{
    Driver, FIRST_PAYMENT_WITHIN, Mirror, Period, Subscription, SubscriptionStatus,
};
use wiwebb_domain::testing::samples::{self, money, text};
use wiwebb_domain::testing::subscription_gateway::{SubscriptionAnswer, SubscriptionCall};
use wiwebb_domain::webhook::{Fact, SubscriptionFact};

use crate::shop::{Shop, UNREACHABLE, every};
use crate::world::refusal;

/// A shop with a default plan, where the gateway keeps subscriptions going.
pub(super) fn shop() -> Shop {
    let shop = Shop::through("stripe");
    shop.registry.set_keeper("stripe");
    shop.default_plan("Free");
    shop
}

/// What the gateway says of a month that begins now.
pub(super) fn account(shop: &Shop, status: SubscriptionStatus) -> Mirror {
    let start = shop.now();
    Mirror {
        external_id: Some(text("sub_ext")),
        status: Some(status),
        period: Some(Period { start, end: start + Months::new(1) }),
        cancel_at_period_end: Some(false),
        ..samples::mirror(start)
    }
}

/// The next page is open, under a name of its own.
fn opens_page(shop: &Shop) -> String {
    let page = format!("cs_{}", shop.keeper().calls().len());
    shop.keeper().will_say(SubscriptionAnswer::Checkout(Checkout {
        url: format!("https://checkout.example.org/{page}"),
        external_id: text(&page),
        customer: text("cus_1"),
        product: text("prod_1"),
        price: text("price_1"),
    }));
    page
}

/// A subscription that waits to be paid on the gateway's page.
fn unpaid(shop: &Shop, plan: PlanId) -> Subscription {
    opens_page(shop);
    shop.subscribe(plan).unwrap().view.subscription
}

/// The same in the place of another, whose page is closed.
fn unpaid_instead(shop: &Shop, plan: PlanId) -> Subscription {
    opens_page(shop);
    shop.keeper().will_say(SubscriptionAnswer::Closed);
    shop.subscribe(plan).unwrap().view.subscription
}

/// Has the gateway report how a subscription stands.
pub(super) fn report(shop: &Shop, subscription: &Subscription, mirror: Mirror) {
    let names = vec![text(subscription.subscription_id.as_str())];
    let id = format!("evt_{}", shop.reports.read_events().len());
    let facts = vec![Fact::Subscription(SubscriptionFact { names, mirror })];
    shop.report(&id, "customer.subscription.updated", facts).unwrap();
}

/// A subscription that was paid on the gateway's page, and looked at since.
pub(super) fn paid(shop: &Shop, plan: PlanId) -> Subscription {
    let subscription = unpaid(shop, plan);
    report(shop, &subscription, account(shop, SubscriptionStatus::Active));
    says(shop, account(shop, SubscriptionStatus::Active));
    assert_eq!(shop.advance(), 1);
    shop.current()
}

fn says(shop: &Shop, mirror: Mirror) {
    shop.keeper().will_say(SubscriptionAnswer::Mirror(mirror));
}

pub(super) fn last_call(shop: &Shop) -> SubscriptionCall {
    shop.keeper().calls().pop().unwrap()
}

fn last_checkout(shop: &Shop) -> CheckoutOrder {
    let order = |call| match call {
        SubscriptionCall::Checkout(order) => Some(*order),
        _ => None,
    };
    shop.keeper().calls().into_iter().rev().find_map(order).unwrap()
}

#[test]
fn it_is_paid_on_the_gateways_page_and_begins_when_the_gateway_says_so() {
    let shop = shop();
    let plan = shop.monthly("Pro", "10.00");
    let page = opens_page(&shop);
    let subscribed = shop.subscribe(plan).unwrap();
    let subscription = subscribed.view.subscription;
    assert_eq!(subscribed.checkout_url, Some(format!("https://checkout.example.org/{page}")));
    assert_eq!(subscription.status, SubscriptionStatus::Incomplete);
    assert_eq!(subscription.driver, Driver::Gateway);
    let order = last_checkout(&shop);
    assert_eq!(order.subscription, subscription.subscription_id);
    assert_eq!((order.user.id, order.plan.id, order.trial_days), (shop.bob.user, plan, 0));
    assert_eq!((order.customer, order.pricing.price), (None, money("10.00", "USD")));
    assert_eq!(shop.in_force(), "Free");
    let mirror = account(&shop, SubscriptionStatus::Active);
    report(&shop, &subscription, mirror.clone());
    let begun = shop.current();
    assert_eq!((begun.status, begun.period), (SubscriptionStatus::Active, mirror.period));
    assert_eq!((shop.in_force().as_str(), shop.all_payments().len()), ("Pro", 0));
}

#[test]
fn the_gateways_names_are_kept_for_the_next_time() {
    let shop = shop();
    let plan = shop.monthly("Pro", "10.00");
    unpaid(&shop, plan);
    unpaid_instead(&shop, plan);
    let order = last_checkout(&shop);
    assert_eq!(order.customer, Some(text("cus_1")));
    assert_eq!(order.plan.stripe_product_id, Some(text("prod_1")));
    assert_eq!(order.pricing.stripe_price_id, Some(text("price_1")));
}

#[test]
fn a_gateway_that_gives_no_page_begins_nothing() {
    for is_silent in [false, true] {
        let shop = shop();
        let plan = shop.monthly("Pro", "10.00");
        if is_silent {
            shop.keeper().will_be_silent();
        } else {
            shop.keeper().will_be_unreachable();
        }
        assert_eq!(refusal(shop.subscribe(plan)), UNREACHABLE);
        let shown = block_on(shop.subscriptions().status(&shop.bob));
        assert_eq!(refusal(shown), "No subscription found");
        unpaid(&shop, plan);
        assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
    }
}

#[test]
fn the_page_of_one_that_is_replaced_is_closed() {
    let shop = shop();
    let plan = shop.monthly("Pro", "10.00");
    let replaced = unpaid(&shop, plan);
    let page = replaced.external_id.clone().unwrap();
    unpaid_instead(&shop, plan);
    let calls = shop.keeper().calls();
    assert!(calls.contains(&SubscriptionCall::CloseCheckout(page)), "{calls:?}");
    report(&shop, &replaced, account(&shop, SubscriptionStatus::Active));
    assert_eq!(shop.stored(&replaced).status, SubscriptionStatus::Canceled);
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
}

#[test]
fn a_page_on_which_nobody_paid_within_23_hours_is_closed() {
    let shop = shop();
    let subscription = unpaid(&shop, shop.monthly("Pro", "10.00"));
    let page = subscription.external_id.clone().unwrap();
    shop.later(FIRST_PAYMENT_WITHIN - Duration::seconds(1));
    assert_eq!(shop.advance(), 0);
    shop.later(Duration::seconds(1));
    let unpaid = Mirror { external_id: None, ..account(&shop, SubscriptionStatus::Incomplete) };
    shop.keeper().will_say(SubscriptionAnswer::Mirror(unpaid));
    shop.keeper().will_say(SubscriptionAnswer::Closed);
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.stored(&subscription).status, SubscriptionStatus::Canceled);
    assert_eq!(last_call(&shop), SubscriptionCall::CloseCheckout(page));
}

#[test]
fn a_trial_is_granted_by_the_gateway_once() {
    let shop = shop();
    let pricing = NewPlanPricing { trial_period_days: 5, ..every("month", "10.00") };
    let plan = shop.sold(samples::new_plan("Pro"), pricing);
    let subscription = unpaid(&shop, plan);
    assert_eq!(last_checkout(&shop).trial_days, 5);
    let end = shop.now() + Duration::days(5);
    let mirror = account(&shop, SubscriptionStatus::Trialing);
    report(&shop, &subscription, Mirror { trial_end: Some(end), ..mirror });
    assert_eq!(
        (shop.status(), shop.current().trial_end),
        (SubscriptionStatus::Trialing, Some(end))
    );
    says(&shop, account(&shop, SubscriptionStatus::Trialing));
    shop.cancel().unwrap();
    unpaid(&shop, plan);
    assert_eq!(last_checkout(&shop).trial_days, 0);
}

#[test]
fn it_is_looked_at_once_a_day_and_what_the_gateway_says_holds() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    let calls = shop.keeper().calls().len();
    shop.later(Duration::days(1) - Duration::seconds(1));
    assert_eq!(shop.advance(), 0);
    shop.later(Duration::seconds(1));
    let mirror = Mirror { period: None, ..account(&shop, SubscriptionStatus::PastDue) };
    says(&shop, mirror);
    assert_eq!((shop.advance(), shop.status()), (1, SubscriptionStatus::PastDue));
    assert_eq!(last_call(&shop), SubscriptionCall::Look(text("sub_ext")));
    shop.later(Duration::days(1));
    says(&shop, account(&shop, SubscriptionStatus::Canceled));
    assert_eq!((shop.advance(), shop.status()), (1, SubscriptionStatus::Canceled));
    shop.later(Duration::days(100));
    assert_eq!(shop.advance(), 0);
    assert_eq!(shop.keeper().calls().len(), calls + 2);
    assert!(shop.script().orders().is_empty(), "the gateway charges by itself");
}

#[test]
fn a_gateway_that_gives_no_answer_is_asked_again_soon() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    shop.later(Duration::days(1));
    shop.keeper().will_be_unreachable().will_be_silent();
    for _ in 0..2 {
        assert_eq!((shop.advance(), shop.status()), (1, SubscriptionStatus::Active));
        assert_eq!(shop.advance(), 0);
        shop.later(Duration::minutes(5));
    }
    says(&shop, account(&shop, SubscriptionStatus::Active));
    assert_eq!(shop.advance(), 1);
}

#[test]
fn one_whose_gateway_was_switched_off_holds_nothing_up() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    let calls = shop.keeper().calls().len();
    shop.registry.set_unsupported("stripe");
    shop.later(Duration::days(2));
    assert_eq!((shop.advance(), shop.advance()), (1, 0));
    assert_eq!(shop.keeper().calls().len(), calls);
    assert_eq!(refusal(shop.cancel()), UNREACHABLE);
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn the_gateway_ends_with_its_period_what_does_not_renew() {
    let shop = shop();
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    let subscription = unpaid(&shop, shop.sold(once, every("month", "10.00")));
    report(&shop, &subscription, account(&shop, SubscriptionStatus::Active));
    let ending =
        Mirror { cancel_at_period_end: Some(true), ..account(&shop, SubscriptionStatus::Active) };
    says(&shop, account(&shop, SubscriptionStatus::Active));
    says(&shop, ending);
    assert_eq!(shop.advance(), 1);
    assert_eq!(last_call(&shop), SubscriptionCall::EndWithPeriod(text("sub_ext"), true));
    assert!(shop.view().is_ending);
}

#[test]
fn the_gateway_is_asked_to_end_with_the_period_what_is_called_off() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    shop.keeper().will_be_unreachable();
    assert_eq!(refusal(shop.cancel()), UNREACHABLE);
    assert_eq!((shop.status(), shop.view().is_ending), (SubscriptionStatus::Active, false));
    says(&shop, account(&shop, SubscriptionStatus::Active));
    let view = shop.cancel().unwrap();
    assert_eq!(last_call(&shop), SubscriptionCall::EndWithPeriod(text("sub_ext"), true));
    assert_eq!((view.subscription.status, view.is_ending), (SubscriptionStatus::Canceled, true));
    assert_eq!(shop.in_force(), "Pro");
    shop.later(Duration::days(3));
    assert_eq!(shop.advance(), 0);
}

#[test]
fn the_gateway_is_asked_to_end_at_once_what_is_owed_and_called_off() {
    let shop = shop();
    let subscription = paid(&shop, shop.monthly("Pro", "10.00"));
    shop.later(Duration::hours(1));
    report(&shop, &subscription, account(&shop, SubscriptionStatus::PastDue));
    says(&shop, account(&shop, SubscriptionStatus::Canceled));
    assert!(!shop.cancel().unwrap().is_ending);
    assert_eq!(last_call(&shop), SubscriptionCall::EndNow(text("sub_ext")));
    assert_eq!(shop.in_force(), "Free");
}

#[test]
fn the_gateway_is_asked_to_go_on_with_what_is_resumed() {
    let shop = shop();
    paid(&shop, shop.monthly("Pro", "10.00"));
    says(&shop, account(&shop, SubscriptionStatus::Active));
    shop.cancel().unwrap();
    shop.keeper().will_be_unreachable();
    assert_eq!(refusal(shop.resume()), UNREACHABLE);
    assert_eq!(shop.status(), SubscriptionStatus::Canceled);
    says(&shop, account(&shop, SubscriptionStatus::Active));
    let view = shop.resume().unwrap();
    assert_eq!(last_call(&shop), SubscriptionCall::EndWithPeriod(text("sub_ext"), false));
    assert_eq!((view.subscription.status, view.is_ending), (SubscriptionStatus::Active, false));
}
