//! Figures over everything within a scope.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::engine::State;
use super::session::Session;
use crate::access::Scope;
use crate::dashboard::{DashboardFigures, Month};
use crate::money::Currency;
use crate::payment::{Payment, PaymentStatus};
use crate::ports::Stored;
use crate::ports::dashboard::DashboardRepository;

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

fn revenue(state: &State, scope: Scope, month: Month) -> BTreeMap<Currency, Decimal> {
    let mut sums = BTreeMap::<_, Decimal>::new();
    for payment in state.payments.iter() {
        let payer = state.users.get(payment.user_id.get());
        let tenant = payer.and_then(|user| user.tenant_id);
        let counts = scope.covers(Some(payment.user_id), tenant)
            && confirmed_at(state, payment)
                .is_some_and(|instant| (month.start..month.end).contains(&instant));
        if counts {
            *sums.entry(payment.total.currency()).or_default() += payment.earned();
        }
    }
    sums
}

#[async_trait]
impl DashboardRepository for Session {
    async fn figures(&mut self, scope: Scope, month: Month) -> Stored<DashboardFigures> {
        self.read(|state| {
            let tenants = state.tenants.iter();
            let users = state.users.iter();
            DashboardFigures {
                tenants: tenants.filter(|row| scope.covers(None, Some(row.id))).count() as u64,
                users: users.filter(|row| scope.covers(Some(row.id), row.tenant_id)).count() as u64,
                revenue: revenue(state, scope, month).into_iter().collect(),
            }
        })
    }
}
