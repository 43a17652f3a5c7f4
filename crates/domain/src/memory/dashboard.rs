//! Figures over everything within a scope.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::engine::State;
use super::session::Session;
use crate::access::Scope;
use crate::dashboard::{
    DailyUsage, DashboardFigures, Month, MonthlyRevenue, MonthlyUsers, PlanSubscribers,
};
use crate::ids::{PlanId, UserId};
use crate::money::Currency;
use crate::payment::{Payment, PaymentStatus};
use crate::ports::Stored;
use crate::ports::dashboard::DashboardRepository;
use crate::subscription::{self, Subscription};

/// The greatest total that is told.
const MOST: u64 = i64::MAX.unsigned_abs();

/// Whether a user is within a scope.
fn covers(state: &State, scope: Scope, user: UserId) -> bool {
    let tenant = state.users.get(user.get()).and_then(|row| row.tenant_id);
    scope.covers(Some(user), tenant)
}

/// When the log of a payment first says that it was confirmed.
fn confirmed_at(state: &State, payment: &Payment) -> Option<DateTime<Utc>> {
    let says_so = |data: &Map<String, Value>| {
        data.get("to").and_then(Value::as_str) == Some(PaymentStatus::Confirmed.as_str())
    };
    state
        .payment_logs
        .iter()
        .filter(|entry| entry.payment_id == payment.id && says_so(&entry.data))
        .map(|entry| entry.created_at)
        .min()
}

fn revenue(
    state: &State,
    scope: Scope,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<MonthlyRevenue> {
    let mut months = BTreeMap::<DateTime<Utc>, BTreeMap<Currency, Decimal>>::new();
    for payment in state.payments.iter().filter(|row| covers(state, scope, row.user_id)) {
        let confirmed = confirmed_at(state, payment);
        if let Some(instant) = confirmed.filter(|instant| (from..until).contains(instant)) {
            let sums = months.entry(Month::of(instant).start).or_default();
            *sums.entry(payment.total.currency()).or_default() += payment.earned();
        }
    }
    let told = |(start, sums): (_, BTreeMap<_, _>)| MonthlyRevenue {
        month: Month::of(start),
        by_currency: sums.into_iter().collect(),
    };
    months.into_iter().map(told).collect()
}

fn new_users(
    state: &State,
    scope: Scope,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<MonthlyUsers> {
    let mut months = BTreeMap::<DateTime<Utc>, u64>::new();
    for user in state.users.iter().filter(|row| scope.covers(Some(row.id), row.tenant_id)) {
        if (from..until).contains(&user.date_joined) {
            *months.entry(Month::of(user.date_joined).start).or_default() += 1;
        }
    }
    let told = |(start, count)| MonthlyUsers { month: Month::of(start), count };
    months.into_iter().map(told).collect()
}

fn subscribers(
    state: &State,
    scope: Scope,
    now: DateTime<Utc>,
    grace: Duration,
) -> Vec<PlanSubscribers> {
    let mut users = BTreeMap::<UserId, Vec<Subscription>>::new();
    for row in state.subscriptions.iter().filter(|row| covers(state, scope, row.user_id)) {
        users.entry(row.user_id).or_default().push(row.clone());
    }
    let held = users.values().filter_map(|all| subscription::effective(all, now, grace));
    let mut plans = BTreeMap::new();
    for found in held {
        *plans.entry(found.plan_id).or_insert(0) += 1;
    }
    let told = |(plan_id, count): (PlanId, u64)| {
        let plan = state.plans.get(plan_id.get())?.name.clone();
        Some(PlanSubscribers { plan_id, plan, count })
    };
    let mut told: Vec<_> = plans.into_iter().filter_map(told).collect();
    told.sort_by_key(|plan| (Reverse(plan.count), plan.plan_id));
    told
}

fn usage(state: &State, scope: Scope, (from, to): (NaiveDate, NaiveDate)) -> Vec<DailyUsage> {
    let rows = || {
        let within = |day: NaiveDate| from <= day && day <= to;
        state
            .daily_usage
            .iter()
            .filter(move |row| within(row.day) && covers(state, scope, row.user_id))
    };
    let days: BTreeSet<NaiveDate> = rows().map(|row| row.day).collect();
    let told = |day| {
        rows().filter(|row| row.day == day).fold(DailyUsage::none(day), |sum, row| DailyUsage {
            day,
            users: sum.users + 1,
            seconds: sum.seconds.saturating_add(row.used.seconds).min(MOST),
            octets: sum.octets.saturating_add(row.used.octets).min(MOST),
        })
    };
    days.into_iter().map(told).collect()
}

#[async_trait]
impl DashboardRepository for Session {
    async fn figures(&mut self, scope: Scope, month: Month) -> Stored<DashboardFigures> {
        self.read(|state| {
            let tenants = state.tenants.iter();
            let users = state.users.iter();
            let revenue = revenue(state, scope, (month.start, month.end));
            DashboardFigures {
                tenants: tenants.filter(|row| scope.covers(None, Some(row.id))).count() as u64,
                users: users.filter(|row| scope.covers(Some(row.id), row.tenant_id)).count() as u64,
                revenue: revenue.into_iter().flat_map(|month| month.by_currency).collect(),
            }
        })
    }

    async fn revenue_by_month(
        &mut self,
        scope: Scope,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Stored<Vec<MonthlyRevenue>> {
        self.read(|state| revenue(state, scope, (from, until)))
    }

    async fn new_users_by_month(
        &mut self,
        scope: Scope,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Stored<Vec<MonthlyUsers>> {
        self.read(|state| new_users(state, scope, (from, until)))
    }

    async fn subscribers_by_plan(
        &mut self,
        scope: Scope,
        now: DateTime<Utc>,
        grace: Duration,
    ) -> Stored<Vec<PlanSubscribers>> {
        self.read(|state| subscribers(state, scope, now, grace))
    }

    async fn usage_by_day(
        &mut self,
        scope: Scope,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Stored<Vec<DailyUsage>> {
        self.read(|state| usage(state, scope, (from, to)))
    }
}
