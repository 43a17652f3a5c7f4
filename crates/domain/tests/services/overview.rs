//! The overview: what it spans, and who sees what of it (contract §11).

use chrono::{DateTime, Duration, Utc};
use chrono_tz::Tz;
use futures_executor::block_on;
use rust_decimal::Decimal;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::dashboard::Overview;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::Settings;
use wiwebb_domain::testing::samples::{self, money, object};
use wiwebb_domain::usage::{Usage, day_of};
use wiwebb_domain::user::NewUser;

use crate::shop::{Shop, wish};
use crate::world::{FORBIDDEN, refusal, settings};

fn overview(shop: &Shop, actor: &Actor) -> Overview {
    block_on(shop.services.dashboard.overview(actor)).unwrap()
}

/// A payment that was confirmed at an instant.
fn confirmed(shop: &Shop, payer: &Actor, amount: &str, at: DateTime<Utc>) {
    block_on(async {
        let mut read = shop.world.store.read("test").await.unwrap();
        let mut new = samples::new_payment(payer.user, shop.gateway);
        new.total = money(amount, "USD");
        let payment = read.payments().insert(new, at).await.unwrap();
        let mut entry = samples::new_payment_log(payment.id);
        entry.data = object(json!({"to": "confirmed"}));
        read.payment_logs().insert(entry, at).await.unwrap();
    });
}

/// So many seconds on the network, on the day of an instant.
fn used(shop: &Shop, actor: &Actor, seconds: u64, at: DateTime<Utc>, zone: Tz) {
    block_on(async {
        let mut read = shop.world.store.read("test").await.unwrap();
        let used = Usage { seconds, octets: 10 * seconds };
        read.usage().add(actor.user, day_of(at, zone), used).await.unwrap();
    });
}

fn earned(overview: &Overview) -> Decimal {
    let sums = overview.revenue.iter().flat_map(|month| &month.by_currency);
    sums.map(|(_, sum)| *sum).sum()
}

fn seconds(overview: &Overview) -> Vec<u64> {
    overview.usage.iter().map(|day| day.seconds).collect()
}

#[test]
fn twelve_months_and_fourteen_days_are_shown_whatever_happened_in_them() {
    let shop = Shop::new();
    shop.set("2026-03-10T12:00:00Z".parse().unwrap());
    let overview = overview(&shop, &shop.admin);
    let months = overview.revenue.iter().map(|row| row.month);
    assert!(months.eq(overview.new_users.iter().map(|row| row.month)));
    let starts: Vec<String> =
        overview.revenue.iter().map(|row| row.month.start.format("%Y-%m").to_string()).collect();
    assert_eq!((starts.len(), &*starts[0], &*starts[11]), (12, "2025-04", "2026-03"));
    let days: Vec<String> = overview.usage.iter().map(|row| row.day.to_string()).collect();
    assert_eq!((days.len(), &*days[0], &*days[13]), (14, "2026-02-25", "2026-03-10"));
    assert!(overview.revenue.iter().all(|row| row.by_currency.is_empty()));
    assert_eq!((earned(&overview), overview.subscriptions.len()), (Decimal::ZERO, 0));
}

#[test]
fn what_happened_stands_in_its_month_and_nothing_of_before() {
    let shop = Shop::new();
    shop.set("2026-03-10T12:00:00Z".parse().unwrap());
    let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    for (amount, at) in [
        ("1.00", "2025-03-31T23:59:59.999999Z"),
        ("2.00", "2025-04-01T00:00:00Z"),
        ("4.00", "2026-03-10T11:00:00Z"),
    ] {
        confirmed(&shop, &shop.bob, amount, instant(at));
        let date_joined = instant(at);
        shop.world
            .insert(NewUser { date_joined, ..samples::new_user(&format!("joined-{amount}")) });
    }
    let overview = overview(&shop, &shop.admin);
    let first = (overview.revenue[0].by_currency[0].1, overview.new_users[0].count);
    let last = (overview.revenue[11].by_currency[0].1, overview.new_users[11].count);
    assert_eq!((first, last), ((Decimal::from(2), 1), (Decimal::from(4), 1)));
    assert_eq!(earned(&overview), Decimal::from(6));
}

#[test]
fn days_are_those_of_the_zone_in_which_usage_is_counted() {
    let zone = Tz::Pacific__Auckland;
    let shop = Shop::with("dummy", Settings { time_zone: zone, ..settings() });
    let now = "2026-03-10T12:00:00Z".parse().unwrap();
    shop.set(now);
    used(&shop, &shop.bob, 60, now, zone);
    used(&shop, &shop.bob, 30, now - Duration::days(13), zone);
    used(&shop, &shop.bob, 15, now - Duration::days(14), zone);
    let overview = overview(&shop, &shop.admin);
    let today = overview.usage[13];
    assert_eq!((today.day.to_string().as_str(), today.users), ("2026-03-11", 1));
    let mut expected = vec![0; 14];
    (expected[0], expected[13]) = (30, 60);
    assert_eq!((seconds(&overview), today.octets), (expected, 600));
}

#[test]
fn staff_sees_everybody_and_an_owner_the_own_tenant_alone() {
    let shop = Shop::new();
    let [home, away] = ["Home", "Away"].map(|name| shop.world.tenant(name));
    let olga = shop.world.owner("olga", home);
    let (sam, stan) = (shop.world.subscriber("sam", home), shop.world.subscriber("stan", away));
    let plan = shop.free("Basic");
    for (actor, amount, time) in [(sam, "1.00", 1), (stan, "2.00", 2), (shop.bob, "4.00", 4)] {
        confirmed(&shop, &actor, amount, shop.now());
        used(&shop, &actor, time, shop.now(), Tz::UTC);
        block_on(shop.subscriptions().subscribe(&actor, Ok(wish(plan)), None)).unwrap();
    }
    let told = |actor: &Actor| {
        let overview = overview(&shop, actor);
        let plans = overview.subscriptions.iter();
        let plans = plans.map(|row| (row.plan_id, row.plan.to_string(), row.count));
        (
            earned(&overview),
            overview.new_users[11].count,
            plans.collect::<Vec<_>>(),
            (overview.usage[13].users, overview.usage[13].seconds),
        )
    };
    let basic = |count| vec![(plan, "Basic".to_owned(), count)];
    assert_eq!(told(&shop.admin), (Decimal::from(7), 5, basic(3), (3, 7)));
    assert_eq!(told(&olga), (Decimal::from(1), 2, basic(1), (1, 1)));
}

#[test]
fn access_by_a_subscription_counts_until_the_grace_period_is_over() {
    let shop = Shop::new();
    shop.paid(shop.weekly("Weekly", "5.00"));
    shop.default_plan("For everybody");
    let end = shop.current().period.unwrap().end;
    let counted = || overview(&shop, &shop.admin).subscriptions.first().map(|row| row.count);
    shop.set(end + settings().grace - Duration::microseconds(1));
    assert_eq!(counted(), Some(1));
    shop.set(end + settings().grace);
    assert_eq!(counted(), None);
}

#[test]
fn subscribers_and_owners_of_nothing_see_no_overview() {
    let shop = Shop::new();
    let home = shop.world.tenant("Home");
    let lost = shop.world.user("lost", Role::TenantOwner, None);
    for actor in [shop.bob, shop.world.subscriber("sam", home), lost] {
        assert_eq!(refusal(block_on(shop.services.dashboard.overview(&actor))), FORBIDDEN);
    }
}
