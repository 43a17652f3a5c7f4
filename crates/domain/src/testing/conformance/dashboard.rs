//! Figures.

use chrono::{DateTime, Duration, Utc};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::store::Store;
use crate::access::{Role, Scope};
use crate::dashboard::{DashboardFigures, Month};
use crate::ids::{GatewayId, PaymentId, UserId};
use crate::money::Money;
use crate::payment::PaymentStatus;
use crate::testing::samples::{self, money, now, object};

async fn figures(store: &Store, scope: Scope, month: Month) -> DashboardFigures {
    let mut statement = store.read().await;
    statement.dashboard().figures(scope, month).await.unwrap()
}

/// Revenue as text, such as `EUR 9.50`.
async fn revenue(store: &Store, scope: Scope, month: Month) -> Vec<String> {
    let figures = figures(store, scope, month).await;
    let told = |(currency, sum): &(_, Decimal)| format!("{currency} {sum:.2}");
    figures.revenue.iter().map(told).collect()
}

async fn log(store: &Store, payment: PaymentId, to: &str, at: DateTime<Utc>) {
    let mut entry = samples::new_payment_log(payment);
    entry.data = object(json!({"from": "waiting", "to": to}));
    let mut statement = store.read().await;
    statement.payment_logs().insert(entry, at).await.unwrap();
}

/// A payment that was confirmed at an instant and partly given back since.
async fn confirmed(
    store: &Store,
    (payer, gateway): (UserId, GatewayId),
    total: Money,
    refunded: Option<&str>,
    at: DateTime<Utc>,
) -> PaymentId {
    let metadata = match refunded {
        Some(refunded) => json!({"refunded_amount": refunded, "note": "x"}),
        None => json!({}),
    };
    confirmed_with(store, (payer, gateway), total, metadata, at).await
}

async fn confirmed_with(
    store: &Store,
    (payer, gateway): (UserId, GatewayId),
    total: Money,
    metadata: Value,
    at: DateTime<Utc>,
) -> PaymentId {
    let mut new = samples::new_payment(payer, gateway);
    (new.total, new.status) = (total, PaymentStatus::Confirmed);
    new.metadata = object(metadata);
    let payment = store.add_payment(new).await.id;
    log(store, payment, "confirmed", at).await;
    payment
}

pub(super) async fn tenants_and_users_are_counted_within_the_scope(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let mut dormant = samples::new_tenant("Dormant");
    dormant.is_active = false;
    store.add_tenant(dormant).await;
    store.user_of("owner", Role::TenantOwner, acme).await;
    let mut idle = samples::new_user("idle");
    (idle.tenant_id, idle.is_active) = (Some(acme), false);
    store.add_user(idle).await;
    let stray = store.user("stray").await.id;
    let month = Month::of(now());
    for (scope, tenants, users) in
        [(Scope::Everything, 2, 3), (Scope::Tenant(acme), 1, 2), (Scope::Oneself(stray), 0, 1)]
    {
        let expected = DashboardFigures { tenants, users, revenue: vec![] };
        assert_eq!(figures(&store, scope, month).await, expected, "{scope:?}");
    }
}

pub(super) async fn revenue_counts_for_the_month_of_the_first_confirmation(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let payer = (store.user("bob").await.id, gateway);
    let month = Month::of(now());
    let instant = Duration::microseconds(1);
    let usd = |amount| money(amount, "USD");
    confirmed(&store, payer, usd("1.00"), None, month.start).await;
    confirmed(&store, payer, usd("2.00"), None, month.end - instant).await;
    confirmed(&store, payer, usd("4.00"), None, month.end).await;
    confirmed(&store, payer, usd("8.00"), None, month.start - instant).await;

    let twice = confirmed(&store, payer, usd("16.00"), None, month.start - instant).await;
    log(&store, twice, "confirmed", month.start).await;
    let late = confirmed(&store, payer, usd("32.00"), None, month.end).await;
    log(&store, late, "confirmed", month.start).await;
    log(&store, late, "refunded", month.start).await;
    let never = store.payment(payer.0, gateway).await.id;
    log(&store, never, "rejected", month.start).await;
    store.payment(payer.0, gateway).await;

    let all = Scope::Everything;
    assert_eq!(revenue(&store, all, month).await, ["USD 35.00"]);
    let before = Month::of(month.start - instant);
    assert_eq!(revenue(&store, all, before).await, ["USD 24.00"]);
    let behind = Month::of(month.end);
    assert_eq!(revenue(&store, all, behind).await, ["USD 4.00"]);
    let empty = Month::of(behind.end);
    assert_eq!(revenue(&store, all, empty).await, [""; 0]);
}

pub(super) async fn revenue_is_less_what_was_refunded_and_comes_by_currency(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let payer = (store.user("bob").await.id, gateway);
    for (total, currency, refunded) in [
        ("10.00", "USD", Some("2.50")),
        ("99999999.99", "USD", None),
        ("99999999.99", "USD", None),
        ("500", "JPY", Some("200.00")),
        ("7.10", "EUR", None),
        ("3.00", "EUR", Some("3.00")),
    ] {
        confirmed(&store, payer, money(total, currency), refunded, now()).await;
    }
    let found = revenue(&store, Scope::Everything, Month::of(now())).await;
    assert_eq!(found, ["EUR 7.10", "JPY 300.00", "USD 200000007.48"]);
}

pub(super) async fn revenue_is_what_was_captured_where_that_is_known(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let payer = (store.user("bob").await.id, gateway);
    for (total, currency, metadata) in [
        ("10.00", "USD", json!({"captured_amount": "4.00"})),
        ("10.00", "USD", json!({"captured_amount": "00000004.5", "refunded_amount": "1.25"})),
        ("10.00", "USD", json!({"captured_amount": "3", "refunded_amount": "3.00"})),
        ("10.00", "EUR", json!({"captured_amount": "0.00"})),
        ("99999999.99", "GBP", json!({"captured_amount": "99999999.99"})),
    ] {
        confirmed_with(&store, payer, money(total, currency), metadata, now()).await;
    }
    let found = revenue(&store, Scope::Everything, Month::of(now())).await;
    assert_eq!(found, ["EUR 0.00", "GBP 99999999.99", "USD 7.25"]);
}

pub(super) async fn what_is_no_amount_counts_as_absent(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let payer = (store.user("bob").await.id, gateway);
    for (number, odd) in (1..).zip([
        json!(""),
        json!("some"),
        json!("-2.00"),
        json!("+2.00"),
        json!("2e1"),
        json!("2.345"),
        json!("2."),
        json!(".5"),
        json!("2,00"),
        json!("2_0"),
        json!(" 2.00"),
        json!("2.00\n"),
        json!("2.0.0"),
        json!("123456789.00"),
        json!("\u{ff12}.00"),
        json!("NaN"),
        json!(2),
        json!(2.5),
        json!(true),
        json!(null),
        json!(["2.00"]),
        json!({"2.00": "2.00"}),
    ]) {
        let metadata = json!({"captured_amount": odd, "refunded_amount": odd});
        confirmed_with(&store, payer, money("1.00", "USD"), metadata, now()).await;
        let found = revenue(&store, Scope::Everything, Month::of(now())).await;
        assert_eq!(found, [format!("USD {number}.00")], "{odd}");
    }
}

pub(super) async fn revenue_is_that_of_the_scope(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let acme = store.tenant("Acme").await.id;
    let other = store.tenant("Other").await.id;
    let owner = store.user_of("owner", Role::TenantOwner, acme).await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let eve = store.user_of("eve", Role::Subscriber, other).await.id;
    let stray = store.user("stray").await.id;
    for (payer, amount) in [(owner, "1.00"), (bob, "2.00"), (eve, "4.00"), (stray, "8.00")] {
        let total = money(amount, "USD");
        confirmed(&store, (payer, gateway), total, None, now()).await;
    }
    let month = Month::of(now());
    for (scope, expected) in [
        (Scope::Everything, "USD 15.00"),
        (Scope::Tenant(acme), "USD 3.00"),
        (Scope::Oneself(bob), "USD 2.00"),
    ] {
        assert_eq!(revenue(&store, scope, month).await, [expected], "{scope:?}");
    }
}
