//! Use of the network: sessions and daily totals.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::engine::State;
use super::session::Session;
use super::subscription;
use super::table::{Reference, Row, Table};
use crate::access::Scope;
use crate::ids::{NetworkSessionId, UserId};
use crate::plan::Plan;
use crate::ports::Stored;
use crate::ports::usage::{Standing, Subscriber, UsageRepository};
use crate::relations::EntityKind;
use crate::subscription::Subscription;
use crate::usage::{NetworkName, NetworkSession, SessionKey, Usage};
use crate::user::User;

impl Row for NetworkSession {
    const KIND: EntityKind = EntityKind::NetworkSession;
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference { column: "user_id", get: |row| Some(row.key.user_id.get()), clear: None }];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.network_sessions
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.network_sessions
    }

    fn keep(&mut self, stored: &Self) {
        self.key = stored.key.clone();
    }
}

/// What a user used on a day. Ports show the totals alone, so the domain has no entity for it.
#[derive(Clone)]
pub(super) struct DailyUsage {
    pub(super) id: i32,
    pub(super) user_id: UserId,
    pub(super) day: NaiveDate,
    pub(super) used: Usage,
}

impl Row for DailyUsage {
    const KIND: EntityKind = EntityKind::DailyUsage;
    const REFERENCES: &'static [Reference<Self>] =
        &[Reference { column: "user_id", get: |row| Some(row.user_id.get()), clear: None }];

    fn id(&self) -> i32 {
        self.id
    }

    fn table(state: &State) -> &Table<Self> {
        &state.daily_usage
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.daily_usage
    }
}

fn covers(scope: Scope, user: &User) -> bool {
    scope.covers(Some(user.id), user.tenant_id)
}

fn find(state: &State, scope: Scope, is_meant: impl Fn(&User) -> bool) -> Option<&User> {
    state.users.iter().find(|user| is_meant(user) && covers(scope, user))
}

/// Joins the plan, which no subscription is without.
fn with_plan(state: &State, subscription: &Subscription) -> Option<(Subscription, Plan)> {
    let plan = state.plans.get(subscription.plan_id.get())?;
    Some((subscription.clone(), plan.clone()))
}

fn of_day(state: &State, user: UserId, day: NaiveDate) -> Option<&DailyUsage> {
    state.daily_usage.iter().find(|row| row.user_id == user && row.day == day)
}

fn standing(state: &State, user: &User, day: NaiveDate, now: DateTime<Utc>) -> Standing {
    let subscriptions = subscription::present(state, user.id, now);
    Standing {
        user_id: user.id,
        is_active: user.is_active,
        password: user.password.clone(),
        subscriptions: subscriptions.filter_map(|row| with_plan(state, row)).collect(),
        default_plan: state.plans.iter().find(|plan| plan.default).cloned(),
        used: of_day(state, user.id, day).map(|row| row.used).unwrap_or_default(),
    }
}

#[async_trait]
impl UsageRepository for Session {
    async fn standing(
        &mut self,
        scope: Scope,
        who: Subscriber,
        day: NaiveDate,
        now: DateTime<Utc>,
    ) -> Stored<Option<Standing>> {
        self.read(|state| {
            let is_meant = |user: &User| match &who {
                Subscriber::Id(id) => user.id == *id,
                Subscriber::Username(name) => user.username.as_str() == name,
            };
            find(state, scope, is_meant).map(|user| standing(state, user, day, now))
        })
    }

    async fn find_user(&mut self, scope: Scope, username: &str) -> Stored<Option<UserId>> {
        self.read(|state| {
            let is_meant = |user: &User| user.username.as_str() == username;
            find(state, scope, is_meant).map(|user| user.id)
        })
    }

    async fn open_session(
        &mut self,
        key: SessionKey,
        now: DateTime<Utc>,
    ) -> Stored<NetworkSession> {
        self.write(|state| {
            if let Some(known) = state.network_sessions.iter().find(|row| row.key == key) {
                return Ok(known.clone());
            }
            state.insert(|id| NetworkSession {
                id: NetworkSessionId::new(id),
                key,
                counted: Usage::default(),
                started_at: now,
                updated_at: now,
                ended_at: None,
            })
        })
        .await
    }

    async fn update_session(&mut self, session: &NetworkSession) -> Stored<()> {
        self.write(|state| state.update(session.clone())).await
    }

    async fn add(&mut self, user: UserId, day: NaiveDate, more: Usage) -> Stored<()> {
        self.write(|state| match of_day(state, user, day).cloned() {
            Some(row) => state.update(DailyUsage { used: row.used.plus(more), ..row }),
            None => {
                state.insert(|id| DailyUsage { id, user_id: user, day, used: more }).map(|_| ())
            }
        })
        .await
    }

    async fn end_sessions(
        &mut self,
        scope: Scope,
        nas: Option<NetworkName>,
        now: DateTime<Utc>,
    ) -> Stored<u64> {
        self.write(|state| {
            let is_meant = |row: &&NetworkSession| {
                let owner = state.users.get(row.key.user_id.get());
                let is_covered = owner.is_some_and(|user| covers(scope, user));
                row.ended_at.is_none() && row.key.nas == nas && is_covered
            };
            let rows: Vec<_> = state.network_sessions.iter().filter(is_meant).cloned().collect();
            for row in &rows {
                let ended = NetworkSession { ended_at: Some(now), ..row.clone() };
                state.network_sessions.put(ended);
            }
            Ok(rows.len() as u64)
        })
        .await
    }
}
