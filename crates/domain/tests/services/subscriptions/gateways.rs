//! Through whom subscriptions are paid, and pages on which they are (contract §8.1, §9.2).

use futures_executor::block_on;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::gateway::{GatewayUpdate, NewGateway};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::subscription::SubscriptionStatus;
use wiwebb_domain::testing::samples::{self, text};
use wiwebb_domain::text::ExternalId;

use crate::shop::{Shop, UNREACHABLE, add_gateway, wish};
use crate::world::{FORBIDDEN, refusal};

const SETTLED: &str = "Checkout is already settled";

fn add(shop: &Shop, name: &str, priority: i32, variant: &str) -> GatewayId {
    let variant = text(variant);
    add_gateway(&shop.world, NewGateway { priority, variant, ..samples::new_gateway(name) })
}

fn switch_off(shop: &Shop) {
    let update = GatewayUpdate { is_active: Some(false), ..GatewayUpdate::default() };
    block_on(shop.services.gateways.update(&shop.admin, shop.gateway, Ok(update))).unwrap();
}

#[test]
fn the_active_gateway_of_the_highest_priority_that_can_be_paid_with_is_taken() {
    let shop = Shop::new();
    add(&shop, "Unsupported", 99, "odd");
    shop.registry.set_unsupported("odd");
    let wanted = add(&shop, "Wanted", 9, "dummy");
    add(&shop, "Lower", 1, "dummy");
    let subscription = shop.paid(shop.monthly("Pro", "10.00"));
    assert_eq!(subscription.payment_gateway_id, Some(wanted));
    assert_eq!(shop.last_payment().payment_gateway_id, wanted);
}

#[test]
fn without_a_gateway_that_can_be_paid_with_nothing_paid_is_sold() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    switch_off(&shop);
    assert_eq!(refusal(shop.subscribe(plan)), UNREACHABLE);
    add(&shop, "Unsupported", 0, "odd");
    shop.registry.set_unsupported("odd");
    assert_eq!(refusal(shop.subscribe(plan)), UNREACHABLE);
    assert!(shop.all_payments().is_empty());
    assert!(shop.subscribe(shop.free("Basic")).is_ok());
}

#[test]
fn where_none_was_ever_configured_the_built_in_gateway_is_taken_as_far_as_it_is_enabled() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    block_on(shop.services.gateways.delete(&shop.admin, shop.gateway)).unwrap();
    shop.registry.set_unsupported("dummy");
    assert_eq!(refusal(shop.subscribe(plan)), UNREACHABLE);
    assert!(block_on(shop.services.gateways.active(&shop.bob)).unwrap().is_empty());

    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    block_on(shop.services.gateways.delete(&shop.admin, shop.gateway)).unwrap();
    for name in ["bob", "eve"] {
        let actor = match name {
            "bob" => shop.bob,
            name => shop.world.user(name, Role::Subscriber, None),
        };
        shop.says(Verdict::Done);
        let wish = wish(plan);
        block_on(shop.subscriptions().subscribe(&actor, Ok(wish), None)).unwrap();
    }
    let active = block_on(shop.services.gateways.active(&shop.bob)).unwrap();
    let variants: Vec<_> = active.iter().map(|gateway| gateway.variant.as_str()).collect();
    assert_eq!(variants, ["dummy"]);
}

#[test]
fn a_page_is_settled_once() {
    let shop = Shop::new();
    shop.unpaid(shop.monthly("Pro", "10.00"));
    let payment = shop.last_payment();
    let page = payment.transaction_id.as_ref();
    let shown = block_on(shop.payments().checkout(page)).unwrap();
    assert_eq!(shown.payment.total, samples::money("10.00", "USD"));
    let settle = |outcome| block_on(shop.payments().settle_checkout(None, page, Ok(outcome)));
    assert!(settle(CheckoutOutcome::Confirmed).is_ok());
    for outcome in [CheckoutOutcome::Confirmed, CheckoutOutcome::Rejected] {
        assert_eq!(refusal(settle(outcome)), SETTLED);
    }
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    assert_eq!(shop.payment(payment.id).status, PaymentStatus::Confirmed);
}

#[test]
fn a_page_that_nobody_opened_and_one_of_another_gateway_is_not_found() {
    let shop = Shop::through("stripe");
    shop.unpaid(shop.monthly("Pro", "10.00"));
    let of_stripe = shop.last_payment().transaction_id;
    let unknown: Option<ExternalId> = Some(text("page_of_nobody"));
    for page in [of_stripe, unknown, None] {
        let shown = block_on(shop.payments().checkout(page.as_ref()));
        assert!(matches!(shown, Err(Error::NotFound(_))));
        let outcome = Err(Violations::of("outcome", Violation::Required).into());
        let settled = block_on(shop.payments().settle_checkout(None, page.as_ref(), outcome));
        assert!(matches!(settled, Err(Error::NotFound(_))), "the page before the outcome");
    }
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
}

#[test]
fn what_is_paid_outside_is_settled_by_staff_alone() {
    let shop = Shop::through("manual");
    let home = shop.world.tenant("Home");
    shop.unpaid(shop.monthly("Pro", "10.00"));
    let page = shop.last_payment().transaction_id;
    let settle =
        |actor, outcome| block_on(shop.payments().settle_checkout(actor, page.as_ref(), outcome));
    let unread = || Err(Violations::of("outcome", Violation::Required).into());
    let owner = shop.world.owner("olga", home);
    for actor in [None, Some(&shop.bob), Some(&owner)] {
        assert_eq!(refusal(settle(actor, unread())), FORBIDDEN, "the right before the outcome");
    }
    let admin = Some(&shop.admin);
    assert_eq!(refusal(settle(admin, unread())), "outcome: This field is required.");
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
    settle(admin, Ok(CheckoutOutcome::Confirmed)).unwrap();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    let again = settle(admin, unread());
    assert_eq!(refusal(again), "outcome: This field is required.", "the outcome before the rules");
}

#[test]
fn a_payment_that_is_confirmed_by_staff_begins_the_subscription_too() {
    let shop = Shop::through("manual");
    shop.unpaid(shop.monthly("Pro", "10.00"));
    let payment = shop.last_payment().id;
    block_on(shop.payments().confirm(&shop.admin, payment, Ok(()))).unwrap();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn a_page_is_closed_while_the_gateway_has_not_answered_about_its_payment() {
    let shop = Shop::new();
    shop.unpaid(shop.monthly("Pro", "10.00"));
    let payment = shop.last_payment();
    shop.script().will_be_silent();
    let cancelled = block_on(shop.payments().cancel(&shop.bob, payment.id, Ok(()), None)).unwrap();
    assert!(!cancelled.is_known);
    let settled = shop.payments().settle_checkout(
        None,
        payment.transaction_id.as_ref(),
        Ok(CheckoutOutcome::Confirmed),
    );
    assert_eq!(refusal(block_on(settled)), SETTLED);
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
}

#[test]
fn the_words_of_outcomes_are_those_of_the_contract() {
    assert_eq!(CheckoutOutcome::parse("confirmed"), Some(CheckoutOutcome::Confirmed));
    assert_eq!(CheckoutOutcome::parse("rejected"), Some(CheckoutOutcome::Rejected));
    for word in ["", "Confirmed", "refunded", "waiting"] {
        assert_eq!(CheckoutOutcome::parse(word), None, "{word}");
    }
}
