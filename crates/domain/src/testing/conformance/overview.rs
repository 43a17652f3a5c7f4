//! How things have gone: sums by month, day and plan.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::json;

use super::store::Store;
use crate::access::{Role, Scope};
use crate::dashboard::{DailyUsage, Month, MonthlyUsers};
use crate::ids::{GatewayId, PlanId, UserId};
use crate::subscription::{Period, Subscription, SubscriptionStatus as S, effective};
use crate::testing::samples::{self, money, now, object};
use crate::usage::Usage;

const GRACE: Duration = Duration::days(7);

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, number).unwrap()
}

async fn confirmed(
    store: &Store,
    (payer, gateway): (UserId, GatewayId),
    (amount, currency): (&str, &str),
    at: &str,
) {
    let mut new = samples::new_payment(payer, gateway);
    new.total = money(amount, currency);
    let mut entry = samples::new_payment_log(store.add_payment(new).await.id);
    entry.data = object(json!({"to": "confirmed"}));
    store.read().await.payment_logs().insert(entry, instant(at)).await.unwrap();
}

/// Revenue as text, such as `2026-01: EUR 9.50, USD 1.00`.
async fn revenue(store: &Store, scope: Scope, (from, until): (&str, &str)) -> Vec<String> {
    let mut statement = store.read().await;
    let (from, until) = (instant(from), instant(until));
    let months = statement.dashboard().revenue_by_month(scope, from, until).await.unwrap();
    let told = months.into_iter().map(|found| {
        assert_eq!(found.month, Month::of(found.month.start));
        let sums = found.by_currency.iter().map(|(currency, sum)| format!("{currency} {sum:.2}"));
        let sums: Vec<String> = sums.collect();
        format!("{}: {}", found.month.start.format("%Y-%m"), sums.join(", "))
    });
    told.collect()
}

pub(super) async fn revenue_comes_by_month_and_currency(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let acme = store.tenant("Acme").await.id;
    let bob = (store.user_of("bob", Role::Subscriber, acme).await.id, gateway);
    let eve = (store.user("eve").await.id, gateway);
    confirmed(&store, bob, ("1.00", "USD"), "2025-10-31T23:59:59.999999Z").await;
    confirmed(&store, bob, ("2.00", "USD"), "2025-11-01T00:00:00Z").await;
    confirmed(&store, eve, ("4.00", "USD"), "2025-11-30T23:59:59.999999Z").await;
    confirmed(&store, bob, ("8.00", "EUR"), "2025-11-15T12:00:00Z").await;
    confirmed(&store, eve, ("16.00", "USD"), "2026-01-31T23:59:59.999999Z").await;
    confirmed(&store, eve, ("32.00", "USD"), "2026-02-01T00:00:00Z").await;
    let span = ("2025-11-01T00:00:00Z", "2026-02-01T00:00:00Z");
    for (scope, expected) in [
        (Scope::Everything, &["2025-11: EUR 8.00, USD 6.00", "2026-01: USD 16.00"][..]),
        (Scope::Tenant(acme), &["2025-11: EUR 8.00, USD 2.00"]),
        (Scope::Oneself(eve.0), &["2025-11: USD 4.00", "2026-01: USD 16.00"]),
    ] {
        assert_eq!(revenue(&store, scope, span).await, expected, "{scope:?}");
    }
    let december = ("2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z");
    assert_eq!(revenue(&store, Scope::Everything, december).await, [""; 0]);
}

pub(super) async fn new_users_come_by_the_month_they_joined_in(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let mut users = Vec::new();
    for (number, (tenant_id, at)) in (1..).zip([
        (Some(acme), "2025-10-31T23:59:59.999999Z"),
        (Some(acme), "2025-11-01T00:00:00Z"),
        (None, "2025-11-30T23:59:59.999999Z"),
        (None, "2026-01-31T23:59:59.999999Z"),
        (None, "2026-02-01T00:00:00Z"),
    ]) {
        let mut new = samples::new_user(&format!("user{number}"));
        (new.tenant_id, new.date_joined, new.is_active) = (tenant_id, instant(at), number != 3);
        users.push(store.add_user(new).await.id);
    }
    let (from, until) = (instant("2025-11-01T00:00:00Z"), instant("2026-02-01T00:00:00Z"));
    let of = |start, count| MonthlyUsers { month: Month::of(instant(start)), count };
    let (november, january) = ("2025-11-01T00:00:00Z", "2026-01-01T00:00:00Z");
    for (scope, expected) in [
        (Scope::Everything, vec![of(november, 2), of(january, 1)]),
        (Scope::Tenant(acme), vec![of(november, 1)]),
        (Scope::Oneself(users[3]), vec![of(january, 1)]),
        (Scope::Oneself(users[0]), vec![]),
    ] {
        let mut statement = store.read().await;
        let found = statement.dashboard().new_users_by_month(scope, from, until).await;
        assert_eq!(found.unwrap(), expected, "{scope:?}");
    }
}

/// Plans with how many have access by a subscription to them.
async fn subscribers(store: &Store, scope: Scope) -> Vec<(String, u64)> {
    let mut statement = store.read().await;
    let found = statement.dashboard().subscribers_by_plan(scope, now(), GRACE).await.unwrap();
    found.into_iter().map(|row| (row.plan.into_string(), row.count)).collect()
}

/// Every state in which a subscription can stand to its period and to what is owed.
fn standings(of: &Subscription) -> Vec<Subscription> {
    let day = |days| now() + Duration::days(days);
    let instants = [None, Some(-8), Some(-7), Some(-6), Some(0), Some(1)];
    let mut all = Vec::new();
    for cancel_at_period_end in [false, true] {
        for end in instants {
            for since in instants {
                let period = end.map(|end| Period { start: day(-30), end: day(end) });
                let past_due_since = since.map(day);
                all.push(Subscription {
                    period,
                    cancel_at_period_end,
                    past_due_since,
                    ..of.clone()
                });
            }
        }
    }
    all
}

pub(super) async fn a_subscription_counts_where_it_gives_access(store: Store) {
    for (number, status) in (1..).zip(S::ALL) {
        let user = store.user(&format!("user{number}")).await.id;
        let plan = store.plan(&format!("plan{number}")).await;
        let stored = store.subscription_in(status, number, (user, plan.id)).await;
        for subscription in standings(&stored) {
            store.update_subscription(&subscription).await.unwrap();
            let counts = effective(std::slice::from_ref(&subscription), now(), GRACE).is_some();
            let expected = counts.then(|| (plan.name.to_string(), 1));
            let found = subscribers(&store, Scope::Oneself(user)).await;
            assert_eq!(found, Vec::from_iter(expected), "{subscription:?}");
        }
    }
}

/// Subscriptions of one user: state, plan, and days to the end of the period.
async fn subscribed(store: &Store, user: UserId, number: i32, rows: &[(S, PlanId, Option<i64>)]) {
    for (number, (status, plan, end)) in (number * 10..).zip(rows) {
        let stored = store.subscription_in(*status, number, (user, *plan)).await;
        let end = end.map(|days| now() + Duration::days(days));
        let period = end.map(|end| Period { start: end - Duration::days(30), end });
        let cancel_at_period_end = *status == S::Canceled;
        let row = Subscription { period, cancel_at_period_end, ..stored };
        store.update_subscription(&row).await.unwrap();
    }
}

pub(super) async fn a_user_counts_once_and_the_plan_with_the_most_comes_first(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let (one, two) = (store.plan("One").await.id, store.plan("Two").await.id);
    let three = store.plan("Three").await.id;
    store.plan("Nobody's").await;
    let mut users = Vec::new();
    for (number, rows) in (1..).zip([
        &[(S::Canceled, one, Some(9)), (S::Active, two, Some(1))][..],
        &[(S::Canceled, two, Some(2)), (S::Canceled, one, Some(1))],
        &[(S::Canceled, one, Some(5)), (S::Canceled, two, Some(5))],
        &[(S::Active, one, None), (S::Canceled, two, Some(9))],
        &[(S::Trialing, three, Some(1)), (S::Incomplete, two, None)],
        &[(S::Canceled, two, Some(-1)), (S::Incomplete, two, None)],
    ]) {
        let mut new = samples::new_user(&format!("user{number}"));
        (new.tenant_id, new.is_active) = ((number > 3).then_some(acme), number != 2);
        users.push(store.add_user(new).await.id);
        subscribed(&store, users[users.len() - 1], number, rows).await;
    }
    let told = |rows: &[(&str, u64)]| -> Vec<(String, u64)> {
        rows.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    };
    for (scope, expected) in [
        (Scope::Everything, told(&[("Two", 3), ("One", 1), ("Three", 1)])),
        (Scope::Tenant(acme), told(&[("One", 1), ("Three", 1)])),
        (Scope::Oneself(users[1]), told(&[("Two", 1)])),
        (Scope::Oneself(users[5]), told(&[])),
    ] {
        assert_eq!(subscribers(&store, scope).await, expected, "{scope:?}");
    }
}

pub(super) async fn usage_is_that_of_all_users_by_day(store: Store) {
    const MOST: u64 = i64::MAX.unsigned_abs();
    let acme = store.tenant("Acme").await.id;
    let ann = store.user_of("ann", Role::Subscriber, acme).await.id;
    let bob = store.user("bob").await.id;
    for (user, number, seconds, octets) in [
        (ann, 1, 1, 10),
        (ann, 2, 2, 20),
        (bob, 2, 4, 40),
        (ann, 4, MOST, MOST - 1),
        (bob, 4, 1, 1),
        (bob, 5, 8, 80),
    ] {
        let used = Usage { seconds, octets };
        store.read().await.usage().add(user, day(number), used).await.unwrap();
    }
    let of =
        |number, users, seconds, octets| DailyUsage { day: day(number), users, seconds, octets };
    for (scope, expected) in [
        (Scope::Everything, vec![of(2, 2, 6, 60), of(4, 2, MOST, MOST)]),
        (Scope::Tenant(acme), vec![of(2, 1, 2, 20), of(4, 1, MOST, MOST - 1)]),
        (Scope::Oneself(bob), vec![of(2, 1, 4, 40), of(4, 1, 1, 1)]),
    ] {
        let mut statement = store.read().await;
        let found = statement.dashboard().usage_by_day(scope, day(2), day(4)).await;
        assert_eq!(found.unwrap(), expected, "{scope:?}");
    }
}
