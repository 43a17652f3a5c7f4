//! Subscriptions, and who has had a trial of what.

use std::cmp::Reverse;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::{Session, backend};
use super::table::{Reference, Row, Table};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::{GatewayId, PlanId, SubscriptionId, UserId};
use crate::ports::Stored;
use crate::ports::subscription::SubscriptionRepository;
use crate::relations::EntityKind;
use crate::subscription::{NewSubscription, Subscription, SubscriptionStatus};
use crate::text::ExternalId;

impl Row for Subscription {
    const KIND: EntityKind = EntityKind::Subscription;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference { column: "user_id", get: |row| Some(row.user_id.get()), clear: None },
        Reference { column: "plan_id", get: |row| Some(row.plan_id.get()), clear: None },
        Reference {
            column: "pending_plan_id",
            get: |row| row.pending.map(|pending| pending.plan_id.get()),
            clear: None,
        },
        Reference {
            column: "payment_gateway_id",
            get: |row| row.payment_gateway_id.map(GatewayId::get),
            clear: None,
        },
        Reference {
            column: "charge_id",
            get: |row| row.charge.map(|charge| charge.payment.get()),
            clear: None,
        },
    ];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.subscriptions
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.subscriptions
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        if self.user_id == other.user_id && self.status.is_live() && other.status.is_live() {
            return Some(RepositoryError::Taken(UniqueKey::LiveSubscription));
        }
        let same_external = self.external_id.is_some() && self.external_id == other.external_id;
        (self.subscription_id == other.subscription_id || same_external)
            .then(|| backend("the name of a subscription is stored already"))
    }

    fn keep(&mut self, stored: &Self) {
        self.subscription_id = stored.subscription_id.clone();
        self.user_id = stored.user_id;
        self.created_at = stored.created_at;
    }
}

/// That a user has had a trial of a plan. Ports say so alone, so the domain has no entity for it.
#[derive(Clone)]
pub(super) struct Trial {
    pub(super) id: i32,
    pub(super) user_id: UserId,
    pub(super) plan_id: PlanId,
    pub(super) created_at: DateTime<Utc>,
}

impl Row for Trial {
    const KIND: EntityKind = EntityKind::Trial;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference { column: "user_id", get: |trial| Some(trial.user_id.get()), clear: None },
        Reference { column: "plan_id", get: |trial| Some(trial.plan_id.get()), clear: None },
    ];

    fn id(&self) -> i32 {
        self.id
    }

    fn table(state: &State) -> &Table<Self> {
        &state.trials
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.trials
    }
}

/// The subscriptions of a user that are not canceled or whose period is not over.
pub(super) fn present(
    state: &State,
    user: UserId,
    now: DateTime<Utc>,
) -> impl Iterator<Item = &Subscription> {
    state.subscriptions.iter().filter(move |row| {
        let is_present = row.status != SubscriptionStatus::Canceled
            || row.period.is_some_and(|period| now < period.end);
        row.user_id == user && is_present
    })
}

fn has_tried(state: &State, user: UserId, plan: PlanId) -> bool {
    state.trials.iter().any(|trial| trial.user_id == user && trial.plan_id == plan)
}

#[async_trait]
impl SubscriptionRepository for Session {
    async fn insert(
        &mut self,
        subscription: NewSubscription,
        now: DateTime<Utc>,
    ) -> Stored<Subscription> {
        let make = |id| subscription.stored_as(SubscriptionId::new(id), now);
        self.write(|state| state.insert(make)).await
    }

    async fn of_user(&mut self, user: UserId, now: DateTime<Utc>) -> Stored<Vec<Subscription>> {
        self.read(|state| {
            let mut rows: Vec<_> = present(state, user, now).cloned().collect();
            let began = |row: &&Subscription| row.user_id == user && !row.never_began();
            let latest = state.subscriptions.iter().rev().find(began);
            rows.extend(latest.filter(|latest| !rows.contains(latest)).cloned());
            rows.sort_by_key(|row| Reverse(row.id));
            rows
        })
    }

    async fn lock(&mut self, id: SubscriptionId) -> Stored<Option<Subscription>> {
        self.read(|state| state.subscriptions.get(id.get()).cloned())
    }

    async fn lock_named(&mut self, names: &[ExternalId]) -> Stored<Option<Subscription>> {
        self.read(|state| {
            let is_named = |row: &&Subscription| {
                let own = row.subscription_id.as_str();
                let external = row.external_id.as_ref();
                names.iter().any(|name| name.as_str() == own || Some(name) == external)
            };
            state.subscriptions.iter().find(is_named).cloned()
        })
    }

    async fn update(&mut self, subscription: &Subscription) -> Stored<()> {
        self.write(|state| state.update(subscription.clone())).await
    }

    async fn claim_due(
        &mut self,
        now: DateTime<Utc>,
        lease: DateTime<Utc>,
        limit: u32,
    ) -> Stored<Vec<SubscriptionId>> {
        self.write(|state| {
            let is_due =
                |row: &&Subscription| row.next_step_at.is_some_and(|instant| instant <= now);
            let mut rows: Vec<_> = state.subscriptions.iter().filter(is_due).cloned().collect();
            rows.sort_by_key(|row| (row.next_step_at, row.id));
            rows.truncate(limit as usize);
            for row in &rows {
                let leased =
                    Subscription { next_step_at: Some(lease), updated_at: now, ..row.clone() };
                state.subscriptions.put(leased);
            }
            Ok(rows.iter().map(|row| row.id).collect())
        })
        .await
    }

    async fn has_tried(&mut self, user: UserId, plan: PlanId) -> Stored<bool> {
        self.read(|state| has_tried(state, user, plan))
    }

    async fn note_trial(&mut self, user: UserId, plan: PlanId, now: DateTime<Utc>) -> Stored<()> {
        self.write(|state| {
            if has_tried(state, user, plan) {
                return Ok(());
            }
            state
                .insert(|id| Trial { id, user_id: user, plan_id: plan, created_at: now })
                .map(|_| ())
        })
        .await
    }
}
