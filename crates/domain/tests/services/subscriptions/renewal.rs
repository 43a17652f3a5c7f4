//! What follows a period (contract §8.5).

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::gateway::PaymentGatewayConfig;
use wiwebb_domain::operation::OperationKind;
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::plan::{NewPlan, PlanUpdate};
use wiwebb_domain::ports::payment_gateway::{
    GatewayAnswer, GatewayError, GatewayOrder, GatewayRegistry, PaymentGateway, Verdict,
};
use wiwebb_domain::ports::subscription_gateway::SubscriptionGateway;
use wiwebb_domain::pricing::PlanPricingUpdate;
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::subscription::{Period, SubscriptionStatus};
use wiwebb_domain::testing::gateway::answer;
use wiwebb_domain::testing::samples;

use crate::shop::{Shop, every, wish};
use crate::world::settings;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn nothing_is_charged_before_a_period_is_over() {
    let shop = Shop::new();
    let end = shop.paid(shop.monthly("Pro", "10.00")).period.unwrap().end;
    shop.set(end - Duration::microseconds(1));
    assert_eq!(shop.advance(), 0);
    assert_eq!(shop.script().orders().len(), 1);
}

#[test]
fn the_next_period_is_charged_without_the_payer_and_begins_where_the_last_one_ended() {
    let shop = Shop::new();
    let first = shop.paid(shop.weekly("Pro", "10.00")).period.unwrap();
    shop.set(first.end + Duration::hours(5));
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    let subscription = shop.current();
    let second = Period { start: first.end, end: first.end + Duration::days(7) };
    assert_eq!(subscription.status, SubscriptionStatus::Active);
    assert_eq!(subscription.period, Some(second));
    let [started, renewed] = <[_; 2]>::try_from(shop.script().orders()).unwrap();
    assert!(!started.off_session && renewed.off_session);
    assert_eq!(renewed.amount, samples::money("10.00", "USD"));
    assert_ne!(started.key, renewed.key);
    assert_eq!(shop.advance(), 0);
}

#[test]
fn months_keep_the_day_of_the_first_payment_where_they_have_it() {
    let shop = Shop::new();
    shop.set(at("2026-01-31T10:00:00Z"));
    shop.paid(shop.monthly("Pro", "10.00"));
    let mut ends = vec![shop.current().period.unwrap().end];
    for _ in 0..3 {
        shop.says(Verdict::Done).next_period();
        ends.push(shop.current().period.unwrap().end);
    }
    let expected = ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"];
    assert_eq!(ends, expected.map(|day| at(&format!("{day}T10:00:00Z"))));
}

#[test]
fn the_price_of_the_day_of_subscribing_is_kept() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    let prices = block_on(shop.services.plans.list_pricing(&shop.admin, plan)).unwrap();
    shop.paid(plan);
    let dearer = PlanPricingUpdate {
        amount: Some(samples::money("99.00", "USD").amount()),
        ..PlanPricingUpdate::default()
    };
    let updated = shop.services.plans.update_pricing(&shop.admin, plan, prices[0].id, Ok(dearer));
    block_on(updated).unwrap();
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.last_payment().total, samples::money("10.00", "USD"));
}

#[test]
fn a_plan_that_is_no_longer_sold_is_renewed_all_the_same() {
    let shop = Shop::new();
    let plan = shop.monthly("Pro", "10.00");
    shop.paid(plan);
    let hidden = PlanUpdate { available: Some(false), ..PlanUpdate::default() };
    block_on(shop.services.plans.update(&shop.admin, plan, Ok(hidden))).unwrap();
    shop.says(Verdict::Done).next_period();
    assert_eq!(shop.status(), SubscriptionStatus::Active);
}

#[test]
fn a_plan_that_does_not_renew_ends_with_its_period() {
    let shop = Shop::new();
    shop.default_plan("Free");
    let once = NewPlan { auto_renew: false, ..samples::new_plan("Once") };
    let subscription = shop.paid(shop.sold(once, every("week", "10.00")));
    let end = subscription.period.unwrap().end;
    assert!(shop.view().is_ending);
    shop.set(end - Duration::seconds(1));
    assert_eq!(shop.in_force(), "Once");
    shop.set(end);
    assert_eq!(shop.in_force(), "Free", "nobody has to look after it for that");
    assert_eq!(shop.advance(), 1);
    let view = shop.view();
    assert_eq!(view.subscription.status, SubscriptionStatus::Canceled);
    assert_eq!((view.subscription.canceled_at, view.is_ending), (Some(end), false));
    assert_eq!(shop.script().orders().len(), 1);
}

#[test]
fn nobody_pays_for_periods_in_which_nobody_looked() {
    let shop = Shop::new();
    shop.paid(shop.weekly("Pro", "10.00"));
    shop.later(Duration::days(100));
    let start = shop.now();
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    let week = Period { start, end: start + Duration::days(7) };
    assert_eq!(shop.current().period, Some(week));
    assert_eq!((shop.advance(), shop.books().len()), (0, 2));
}

#[test]
fn an_invoice_has_a_number_of_its_own_and_is_mailed_to_the_payer() {
    let shop = Shop::new();
    let plan = NewPlan { requires_invoice: true, ..samples::new_plan("Pro") };
    shop.paid(shop.sold(plan, every("day", "10.00")));
    shop.says(Verdict::Done).next_period();
    shop.says(Verdict::Declined).next_period();
    shop.later(Duration::days(1));
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 1);
    let payments = shop.all_payments();
    let numbers: Vec<_> = payments
        .iter()
        .map(|payment| payment.metadata["invoice_number"].as_str().unwrap())
        .collect();
    let different: BTreeSet<_> = numbers.iter().collect();
    assert_eq!(different.len(), 4, "{numbers:?}");
    let mails = shop.world.mailer.posted();
    assert_eq!(mails.len(), 3, "one for every renewal that was tried");
    for (mail, number) in mails.iter().zip(&numbers[1..]) {
        assert_eq!(mail.to.as_str(), "bob@example.org");
        assert_eq!(mail.subject, format!("Invoice {number}"));
        assert!(mail.body.contains("10.00 USD") && mail.body.contains(number), "{}", mail.body);
    }
}

#[test]
fn a_plan_without_invoices_has_neither_number_nor_mail() {
    let shop = Shop::new();
    shop.paid(shop.weekly("Pro", "10.00"));
    shop.says(Verdict::Done).next_period();
    for payment in shop.all_payments() {
        assert!(!payment.metadata.contains_key("invoice_number"));
    }
    assert!(shop.world.mailer.posted().is_empty());
}

/// Subscriptions of so many users, all due at once.
fn many_due(shop: &Shop, count: usize) -> Vec<Actor> {
    let plan = shop.weekly("Pro", "10.00");
    let subscribers: Vec<_> = (0..count)
        .map(|number| shop.world.user(&format!("user{number}"), Role::Subscriber, None))
        .collect();
    for actor in &subscribers {
        shop.says(Verdict::Done);
        block_on(shop.subscriptions().subscribe(actor, Ok(wish(plan)), None)).unwrap();
    }
    shop.later(Duration::days(7));
    subscribers
}

#[test]
fn no_more_are_taken_than_asked_for() {
    let shop = Shop::new();
    many_due(&shop, 5);
    for taken in [2, 2, 1, 0] {
        shop.says(Verdict::Done).says(Verdict::Done);
        assert_eq!(block_on(shop.subscriptions().advance_due(2)).unwrap(), taken);
    }
    assert_eq!(shop.script().carried_out(OperationKind::Charge), 10);
}

#[test]
fn a_renewal_that_fails_holds_no_other_up() {
    let shop = Shop::new();
    let subscribers = many_due(&shop, 3);
    shop.says(Verdict::Done);
    shop.script().will_be_unreachable();
    shop.says(Verdict::Done);
    assert_eq!(shop.advance(), 3);
    let statuses: Vec<_> = subscribers
        .iter()
        .map(|actor| block_on(shop.subscriptions().status(actor)).unwrap().subscription.status)
        .collect();
    let (active, owed) = (SubscriptionStatus::Active, SubscriptionStatus::PastDue);
    assert_eq!(statuses, [active, owed, active]);
}

/// While one worker waits for the gateway, another one comes by.
struct Slow(Services);

#[async_trait]
impl PaymentGateway for Slow {
    async fn carry_out(&self, _: GatewayOrder) -> Result<GatewayAnswer, GatewayError> {
        assert_eq!(self.0.subscriptions.advance_due(10).await.unwrap(), 3);
        Ok(answer(Verdict::Done))
    }
}

struct SlowRegistry(Arc<Slow>);

impl GatewayRegistry for SlowRegistry {
    fn open(&self, _: &PaymentGatewayConfig) -> Option<Arc<dyn PaymentGateway>> {
        Some(Arc::clone(&self.0) as _)
    }

    fn subscriptions(&self, _: &PaymentGatewayConfig) -> Option<Arc<dyn SubscriptionGateway>> {
        None
    }
}

#[test]
fn two_workers_take_different_subscriptions() {
    let shop = Shop::new();
    many_due(&shop, 4);
    for _ in 0..3 {
        shop.says(Verdict::Done);
    }
    let gateways = Arc::new(SlowRegistry(Arc::new(Slow(shop.services.clone()))));
    let services = Services::new(Ports { gateways, ..shop.ports.clone() }, settings());
    assert_eq!(block_on(services.subscriptions.advance_due(10)).unwrap(), 1);
    let renewals = shop.books().split_off(4);
    assert_eq!(renewals, vec![("10.00".to_owned(), PaymentStatus::Confirmed); 4]);
}
