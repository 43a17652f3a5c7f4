//! Subscribing (contract §8.1).

use chrono::{Duration, Months};
use futures_executor::block_on;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::idempotency::{Claim, RUNS_AT_MOST};
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::{Payment, PaymentStatus};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::payment_gateway::{GatewayAnswer, Verdict};
use wiwebb_domain::pricing::NewPlanPricing;
use wiwebb_domain::services::payments::CheckoutOutcome;
use wiwebb_domain::services::subscriptions::Wish;
use wiwebb_domain::subscription::{FIRST_PAYMENT_WITHIN, Period, SubscriptionStatus};
use wiwebb_domain::testing::gateway::answer;
use wiwebb_domain::testing::samples;

use crate::shop::{Shop, UNREACHABLE, every, wish};
use crate::world::refusal;

const NOT_AVAILABLE: &str = "Plan not available";
const HAS_ONE: &str = "User already has an active subscription";
const NO_PRICE: &str = "Plan pricing unavailable";
const NONE: &str = "No subscription found";

#[test]
fn a_plan_that_costs_nothing_is_there_at_once_and_for_good() {
    let shop = Shop::new();
    let plan = shop.free("Basic");
    shop.price(plan, samples::new_pricing("5.00"));
    let subscribed = shop.subscribe(plan).unwrap();
    let subscription = subscribed.view.subscription;
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!((subscription.period, subscription.trial_end), (None, None));
    assert_eq!((subscribed.checkout_url, subscribed.client_secret), (None, None));
    assert!(subscription.subscription_id.as_str().starts_with("sub_"));
    assert_eq!((subscribed.view.plan.id, shop.in_force().as_str()), (plan, "Basic"));
    shop.later(Duration::days(1_000));
    assert_eq!(shop.advance(), 0);
    assert_eq!(shop.in_force(), "Basic");
    assert!(shop.script().orders().is_empty() && shop.all_payments().is_empty());
}

#[test]
fn a_price_of_nothing_is_renewed_without_any_gateway() {
    let shop = Shop::new();
    let plan = shop.weekly("Basic", "0.00");
    let subscription = shop.subscribe(plan).unwrap().view.subscription;
    let start = shop.now();
    let week = Period { start, end: start + Duration::days(7) };
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!(subscription.period, Some(week));
    shop.next_period();
    assert_eq!(shop.current().period.unwrap().start, week.end);
    assert!(shop.script().orders().is_empty() && shop.all_payments().is_empty());
}

#[test]
fn a_paid_plan_is_incomplete_until_its_payment_is_confirmed_on_its_page() {
    let shop = Shop::new();
    shop.default_plan("Free");
    let plan = shop.monthly("Pro", "10.00");
    let page = shop.opens_page();
    let subscribed = shop.subscribe(plan).unwrap();
    assert_eq!(subscribed.checkout_url, Some(format!("https://pay.example.org/{page}")));
    assert!(subscribed.is_known);
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
    assert_eq!(shop.in_force(), "Free");
    shop.later(Duration::hours(1));
    let payment = shop.last_payment();
    assert_eq!(payment.total, samples::money("10.00", "USD"));
    assert_eq!((payment.user_id, payment.description()), (shop.bob.user, "Pro"));
    shop.settle(payment.id, CheckoutOutcome::Confirmed);
    let subscription = shop.current();
    let start = shop.now();
    let month = Period { start, end: start + Months::new(1) };
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!((subscription.period, subscription.trial_end), (Some(month), None));
    assert!(!subscription.cancel_at_period_end);
    assert_eq!(shop.in_force(), "Pro");
}

#[test]
fn a_secret_for_the_payers_device_is_passed_on() {
    let shop = Shop::new();
    let client_secret = Some("pi_1_secret_2".to_owned());
    shop.script().will_say(Ok(GatewayAnswer { client_secret, ..answer(Verdict::Pending) }));
    let subscribed = shop.subscribe(shop.monthly("Pro", "10.00")).unwrap();
    assert_eq!(subscribed.client_secret.as_deref(), Some("pi_1_secret_2"));
    assert_eq!(subscribed.checkout_url, None);
}

#[test]
fn what_the_gateway_says_at_once_holds_at_once() {
    for (verdict, status, payment) in [
        (Verdict::Done, SubscriptionStatus::Active, PaymentStatus::Confirmed),
        (Verdict::Authorised, SubscriptionStatus::Incomplete, PaymentStatus::Preauth),
        (Verdict::Declined, SubscriptionStatus::Incomplete, PaymentStatus::Rejected),
        (Verdict::Failed, SubscriptionStatus::Incomplete, PaymentStatus::Error),
    ] {
        let shop = Shop::new();
        shop.says(verdict);
        let subscribed = shop.subscribe(shop.monthly("Pro", "10.00")).unwrap();
        assert_eq!(subscribed.view.subscription.status, status, "{verdict:?}");
        assert_eq!(shop.books(), [("10.00".to_owned(), payment)]);
        assert!(subscribed.is_known);
    }
}

#[test]
fn money_that_is_held_begins_the_subscription_when_it_is_captured() {
    let shop = Shop::new();
    shop.says(Verdict::Authorised).says(Verdict::Done);
    shop.subscribe(shop.monthly("Pro", "10.00")).unwrap();
    let payment = shop.last_payment().id;
    block_on(shop.payments().capture(&shop.admin, payment, Ok(None), None)).unwrap();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn a_first_payment_that_was_declined_or_rejected_can_be_tried_again() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    shop.says(Verdict::Declined);
    shop.subscribe(plan).unwrap();
    shop.unpaid(plan);
    shop.settle(shop.last_payment().id, CheckoutOutcome::Rejected);
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
    shop.paid(plan);
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    let states: Vec<_> = shop.books().into_iter().map(|(_, status)| status).collect();
    assert_eq!(
        states,
        [PaymentStatus::Rejected, PaymentStatus::Rejected, PaymentStatus::Confirmed]
    );
}

#[test]
fn an_outcome_in_doubt_leaves_it_incomplete_until_the_gateway_answers() {
    for (verdict, status) in [
        (Verdict::Done, SubscriptionStatus::Active),
        (Verdict::Declined, SubscriptionStatus::Incomplete),
    ] {
        let shop = Shop::new();
        shop.script().will_lose(answer(verdict));
        let subscribed = shop.subscribe(shop.monthly("Pro", "10.00")).unwrap();
        assert!(!subscribed.is_known);
        assert_eq!(subscribed.view.subscription.status, SubscriptionStatus::Incomplete);
        shop.later(Duration::minutes(1));
        assert_eq!(shop.reconcile(), 1);
        assert_eq!(shop.status(), status);
        assert_eq!(shop.script().carried_out(OperationKind::Charge), 1);
    }
}

#[test]
fn no_money_is_lost_where_one_subscribes_again_while_an_outcome_is_in_doubt() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    shop.script().will_lose(answer(Verdict::Done));
    shop.subscribe(plan).unwrap();
    shop.says(Verdict::Done);
    // Whether or not that is taken.
    drop(shop.subscribe(plan));
    shop.later(Duration::hours(1));
    shop.reconcile();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    let of_use = |payment: &Payment| !shop.told(payment.id).contains(&"payment.unapplied".into());
    let payments = shop.all_payments();
    assert_eq!(payments.len(), shop.script().carried_out(OperationKind::Charge));
    assert_eq!(payments.iter().filter(|payment| of_use(payment)).count(), 1);
}

#[test]
fn a_gateway_that_cannot_be_reached_begins_nothing() {
    let shop = Shop::new();
    shop.script().will_be_unreachable();
    assert_eq!(refusal(shop.subscribe(shop.monthly("Pro", "10.00"))), UNREACHABLE);
    assert_eq!(refusal(block_on(shop.subscriptions().status(&shop.bob))), NONE);
    assert_eq!(shop.books(), [("10.00".to_owned(), PaymentStatus::Error)]);
}

#[test]
fn a_gateway_that_cannot_be_reached_leaves_the_ended_subscription_the_latest() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    let ended = shop.paid(plan);
    shop.cancel().unwrap();
    shop.later(Duration::days(100));
    assert_eq!(shop.current().id, ended.id);
    shop.script().will_be_unreachable();
    assert_eq!(refusal(shop.subscribe(plan)), UNREACHABLE);
    assert_eq!(shop.current().id, ended.id);
}

#[test]
fn a_gateway_that_cannot_be_reached_leaves_the_page_of_the_subscription_before_open() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    let before = shop.unpaid(plan);
    let payment = shop.last_payment().id;
    shop.script().will_be_unreachable();
    assert_eq!(refusal(shop.subscribe(plan)), UNREACHABLE);
    assert_eq!((shop.current().id, shop.status()), (before.id, SubscriptionStatus::Incomplete));
    shop.settle(payment, CheckoutOutcome::Confirmed);
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn a_first_payment_that_does_not_come_within_23_hours_is_called_off() {
    let shop = Shop::new();
    shop.default_plan("Free");
    let subscription = shop.unpaid(shop.monthly("Pro", "10.00"));
    let payment = shop.last_payment().id;
    shop.later(FIRST_PAYMENT_WITHIN - Duration::seconds(1));
    assert_eq!(shop.advance(), 0);
    shop.later(Duration::seconds(1));
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    assert_eq!(shop.stored(&subscription).status, SubscriptionStatus::Canceled);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Rejected);
    assert_eq!(shop.script().carried_out(OperationKind::Cancel), 1);
    assert_eq!(shop.in_force(), "Free");
    assert_eq!(refusal(block_on(shop.subscriptions().status(&shop.bob))), NONE);
    assert_eq!(shop.advance(), 0);
}

#[test]
fn the_next_subscription_takes_the_place_of_one_that_nobody_paid() {
    let shop = Shop::new();
    let [pro, max] = [shop.monthly("Pro", "10.00"), shop.monthly("Max", "20.00")];
    let replaced = shop.unpaid(pro);
    let payment = shop.last_payment().id;
    let next = shop.unpaid_instead(max, Verdict::Done);
    assert_eq!(shop.current().id, next.id);
    assert_eq!(shop.stored(&replaced).status, SubscriptionStatus::Canceled);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Rejected);
    assert_eq!(shop.script().carried_out(OperationKind::Cancel), 1);
}

#[test]
fn a_free_plan_takes_the_place_of_one_that_nobody_paid_too() {
    let shop = Shop::new();
    shop.unpaid(shop.monthly("Pro", "10.00"));
    shop.says(Verdict::Done);
    shop.subscribe(shop.free("Basic")).unwrap();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    assert_eq!(shop.books(), [("10.00".to_owned(), PaymentStatus::Rejected)]);
}

#[test]
fn money_for_a_subscription_that_was_replaced_is_told_to_staff_and_begins_nothing() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    let replaced = shop.unpaid(plan);
    let payment = shop.last_payment().id;
    // The page cannot be closed any more.
    shop.unpaid_instead(plan, Verdict::Declined);
    shop.settle(payment, CheckoutOutcome::Confirmed);
    assert_eq!(shop.stored(&replaced).status, SubscriptionStatus::Canceled);
    assert_eq!(shop.status(), SubscriptionStatus::Incomplete);
    assert_eq!(shop.payment(payment).status, PaymentStatus::Confirmed);
    assert_eq!(shop.told(payment).last().unwrap(), "payment.unapplied");
}

#[test]
fn refusals_come_in_the_order_of_the_contract() {
    let shop = Shop::new();
    let sold = shop.monthly("Pro", "10.00");
    let unpriced = shop.plan(samples::new_plan("Unpriced"));
    let hidden =
        shop.sold(NewPlan { available: false, ..samples::new_plan("Hidden") }, every("week", "1"));
    let unread = Violations::of("plan_id", Violation::Required);
    let subscribe =
        |input| refusal(block_on(shop.subscriptions().subscribe(&shop.bob, input, None)));
    assert_eq!(subscribe(Ok(wish(PlanId::new(999)))), NOT_AVAILABLE);
    assert_eq!(subscribe(Ok(wish(hidden))), NOT_AVAILABLE);
    assert_eq!(subscribe(Ok(wish(unpriced))), NO_PRICE);
    shop.paid(sold);
    assert_eq!(subscribe(Err(unread.into())), "plan_id: This field is required.");
    assert_eq!(subscribe(Ok(wish(PlanId::new(999)))), NOT_AVAILABLE);
    assert_eq!(subscribe(Ok(wish(hidden))), NOT_AVAILABLE);
    assert_eq!(subscribe(Ok(wish(unpriced))), HAS_ONE);
    assert_eq!(subscribe(Ok(wish(sold))), HAS_ONE);
    assert_eq!(shop.script().orders().len(), 1);
}

#[test]
fn nobody_has_two_live_subscriptions() {
    let shop = Shop::new();
    let plan = shop.sold(
        samples::new_plan("Pro"),
        NewPlanPricing { trial_period_days: 3, ..every("week", "10.00") },
    );
    let refused = || assert_eq!(refusal(shop.subscribe(plan)), HAS_ONE);
    shop.paid(plan);
    assert_eq!(shop.status(), SubscriptionStatus::Trialing);
    refused();
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
    refused();
    shop.says(Verdict::Declined).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::PastDue);
    refused();
}

#[test]
fn the_active_price_with_the_lowest_id_is_taken_unless_another_is_named() {
    let shop = Shop::new();
    let plan = shop.plan(samples::new_plan("Pro"));
    let off = shop.price(plan, NewPlanPricing { active: false, ..samples::new_pricing("1.00") });
    shop.price(plan, samples::new_pricing("10.00"));
    let yearly = shop.price(plan, every("year", "90.00"));
    let other = shop.plan(samples::new_plan("Other"));
    let foreign = shop.price(other, samples::new_pricing("2.00"));
    let subscribe = |plan, pricing| {
        let wish = Wish { plan, pricing: Some(pricing) };
        block_on(shop.subscriptions().subscribe(&shop.bob, Ok(wish), None))
    };
    let unknown = PlanPricingId::new(999);
    for pricing in [off, foreign, unknown] {
        assert_eq!(refusal(subscribe(plan, pricing)), NO_PRICE);
        assert_eq!(refusal(subscribe(shop.free(&format!("Free {pricing}")), pricing)), NO_PRICE);
    }
    shop.unpaid(plan);
    shop.says(Verdict::Done).says(Verdict::Done);
    let subscribed = subscribe(plan, yearly).unwrap();
    let Period { start, end } = subscribed.view.subscription.period.unwrap();
    assert_eq!(end, start + Months::new(12));
    let sums: Vec<_> = shop.books().into_iter().map(|(sum, _)| sum).collect();
    assert_eq!(sums, ["10.00", "90.00"]);
}

#[test]
fn everybody_subscribes_for_oneself() {
    let shop = Shop::new();
    let home = shop.world.tenant("Home");
    let plan = shop.free("Basic");
    let people = [
        shop.admin,
        shop.world.superadmin(),
        shop.world.owner("olga", home),
        shop.world.subscriber("sam", home),
        shop.world.user("lost", Role::TenantOwner, None),
    ];
    for actor in people {
        let subscribed =
            block_on(shop.subscriptions().subscribe(&actor, Ok(wish(plan)), None)).unwrap();
        assert_eq!(subscribed.view.subscription.user_id, actor.user);
        let shown = block_on(shop.subscriptions().status(&actor)).unwrap();
        assert_eq!(shown.subscription.id, subscribed.view.subscription.id);
    }
    assert_eq!(refusal(block_on(shop.subscriptions().status(&shop.bob))), NONE);
}

#[test]
fn a_request_that_dies_behind_its_order_is_told_what_became_of_it() {
    let shop = Shop::new();
    let mark = || samples::request_mark(shop.bob.user, "once");
    let claim = || block_on(shop.services.idempotency.claim(mark())).unwrap();
    let Claim::Fresh(id) = claim() else { unreachable!("it is new") };
    shop.script().will_lose(answer(Verdict::Done));
    let plan = shop.monthly("Pro", "10.00");
    block_on(shop.subscriptions().subscribe(&shop.bob, Ok(wish(plan)), Some(id))).unwrap();
    shop.later(RUNS_AT_MOST + Duration::seconds(1));
    let payment = shop.last_payment().id;
    assert_eq!(claim(), Claim::Begun(payment));
    let progress = || block_on(shop.subscriptions().progress(&shop.bob, payment)).unwrap();
    assert!(!progress().is_known);
    shop.reconcile();
    let subscribed = progress();
    assert!(subscribed.is_known);
    assert_eq!(subscribed.view.subscription.status, SubscriptionStatus::Active);
}

#[test]
fn progress_is_told_to_whoever_may_see_the_payment_alone() {
    let shop = Shop::new();
    shop.paid(shop.monthly("Pro", "10.00"));
    let stranger = shop.world.user("eve", Role::Subscriber, None);
    let payment = shop.last_payment().id;
    let told = block_on(shop.subscriptions().progress(&stranger, payment));
    assert!(matches!(told, Err(Error::Denied(_))));
}
