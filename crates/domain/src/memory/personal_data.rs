//! What is kept about a person.

use std::collections::BTreeSet;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::engine::State;
use super::session::Session;
use super::table::Row;
use crate::ids::{
    IdempotencyId, NetworkSessionId, PaymentId, SubscriptionId, UserId, WebhookEventId,
};
use crate::payment_log::PaymentLog;
use crate::personal_data::{
    CustomerName, DayOfUse, EventName, GivenTrial, KeyedRequest, PendingReset, compared, words,
};
use crate::ports::Stored;
use crate::ports::personal_data::PersonalDataRepository;
use crate::refund::Refund;
use crate::subscription::Subscription;
use crate::text::{EmailAddress, ExternalId};
use crate::usage::NetworkSession;
use crate::webhook::{EventStatus, WebhookEvent};

/// The rows of a user behind an id, so many at most.
fn behind<R: Row>(
    state: &State,
    after: Option<i32>,
    limit: u32,
    is_of_user: impl Fn(&R) -> bool,
) -> Vec<R> {
    let rows = R::table(state).iter();
    rows.filter(|row| after.is_none_or(|after| row.id() > after) && is_of_user(row))
        .take(limit as usize)
        .cloned()
        .collect()
}

fn payments(state: &State, user: UserId) -> BTreeSet<PaymentId> {
    state.payments.iter().filter(|row| row.user_id == user).map(|row| row.id).collect()
}

/// What an event has in it that is about a user.
fn telling_words(state: &State, user: UserId, address: &EmailAddress) -> BTreeSet<String> {
    let subscriptions = state.subscriptions.iter().filter(|row| row.user_id == user);
    let names = subscriptions.flat_map(|row| {
        let external = row.external_id.as_ref().map(ExternalId::as_str);
        [Some(row.subscription_id.as_str()), external].into_iter().flatten()
    });
    let paid = state.payments.iter().filter(|row| row.user_id == user);
    let transactions = paid.filter_map(|row| row.transaction_id.as_ref()).map(ExternalId::as_str);
    let customers = state.customers.iter().filter(|row| row.user_id == user);
    let customers = customers.map(|row| row.customer.as_str());
    names.chain(transactions).chain(customers).chain([address.as_str()]).map(compared).collect()
}

/// Puts all rows anew for which there is another form, and says how many there were.
fn replace<R: Row>(state: &mut State, other: impl Fn(&R) -> Option<R>) -> u64 {
    let rows: Vec<R> = R::table(state).iter().filter_map(other).collect();
    let count = rows.len() as u64;
    for row in rows {
        R::table_mut(state).put(row);
    }
    count
}

#[async_trait]
impl PersonalDataRepository for Session {
    async fn password_resets(&mut self, user: UserId) -> Stored<Vec<PendingReset>> {
        self.read(|state| {
            let rows = state.password_resets.iter().filter(|row| row.user_id == user);
            let shown = rows
                .map(|row| PendingReset { created_at: row.created_at, expires_at: row.expires_at });
            shown.collect()
        })
    }

    async fn subscriptions(
        &mut self,
        user: UserId,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Stored<Vec<Subscription>> {
        let after = after.map(SubscriptionId::get);
        self.read(|state| behind(state, after, limit, |row: &Subscription| row.user_id == user))
    }

    async fn trials(&mut self, user: UserId) -> Stored<Vec<GivenTrial>> {
        self.read(|state| {
            let rows = state.trials.iter().filter(|row| row.user_id == user);
            rows.map(|row| GivenTrial { plan_id: row.plan_id, created_at: row.created_at })
                .collect()
        })
    }

    async fn customers(&mut self, user: UserId) -> Stored<Vec<CustomerName>> {
        self.read(|state| {
            let rows = state.customers.iter().filter(|row| row.user_id == user);
            let shown = rows.map(|row| CustomerName {
                gateway_id: row.payment_gateway_id,
                customer_id: row.customer.clone(),
                created_at: row.created_at,
            });
            shown.collect()
        })
    }

    async fn events(
        &mut self,
        user: UserId,
        after: Option<WebhookEventId>,
        limit: u32,
    ) -> Stored<Vec<EventName>> {
        self.read(|state| {
            let payments = payments(state, user);
            let after = after.map(WebhookEventId::get);
            let rows = behind(state, after, limit, |row: &WebhookEvent| {
                row.payment_id.is_some_and(|id| payments.contains(&id))
            });
            let named = |row: WebhookEvent| {
                Some(EventName {
                    id: row.id,
                    event_id: row.event_id,
                    event_type: row.event_type,
                    payment_id: row.payment_id?,
                    received_at: row.received_at,
                })
            };
            rows.into_iter().filter_map(named).collect()
        })
    }

    async fn requests(
        &mut self,
        user: UserId,
        after: Option<IdempotencyId>,
        limit: u32,
    ) -> Stored<Vec<KeyedRequest>> {
        self.read(|state| {
            let after = after.map(IdempotencyId::get);
            let rows =
                behind(state, after, limit, |row: &super::idempotency::IdempotencyRecord| {
                    row.mark.user == user
                });
            let shown = rows.into_iter().map(|row| KeyedRequest {
                id: row.id,
                method: row.mark.method,
                path: row.mark.path,
                key: row.mark.key.as_str().to_owned(),
                status: row.answer.map(|answer| answer.status),
                created_at: row.created_at,
            });
            shown.collect()
        })
    }

    async fn usage(
        &mut self,
        user: UserId,
        after: Option<NaiveDate>,
        limit: u32,
    ) -> Stored<Vec<DayOfUse>> {
        self.read(|state| {
            let rows = state
                .daily_usage
                .iter()
                .filter(|row| row.user_id == user && after.is_none_or(|after| row.day > after));
            let mut days: Vec<_> =
                rows.map(|row| DayOfUse { day: row.day, used: row.used }).collect();
            days.sort_by_key(|row| row.day);
            days.truncate(limit as usize);
            days
        })
    }

    async fn sessions(
        &mut self,
        user: UserId,
        after: Option<NetworkSessionId>,
        limit: u32,
    ) -> Stored<Vec<NetworkSession>> {
        let after = after.map(NetworkSessionId::get);
        self.read(|state| {
            behind(state, after, limit, |row: &NetworkSession| row.key.user_id == user)
        })
    }

    async fn forget_events(
        &mut self,
        user: UserId,
        address: EmailAddress,
        payload: &'static str,
        now: DateTime<Utc>,
    ) -> Stored<u64> {
        self.write(|state| {
            let (payments, telling) = (payments(state, user), telling_words(state, user, &address));
            let is_meant = |event: &WebhookEvent| match event.payment_id {
                Some(id) => payments.contains(&id),
                None => words(&event.payload).any(|word| telling.contains(&word)),
            };
            Ok(replace(state, |event: &WebhookEvent| {
                if event.payload == payload || !is_meant(event) {
                    return None;
                }
                let mut event = WebhookEvent { payload: payload.to_owned(), ..event.clone() };
                if !event.status.is_settled() {
                    event.status = EventStatus::Ignored;
                    (event.next_try_at, event.processed_at) = (None, Some(now));
                }
                Some(event)
            }))
        })
        .await
    }

    async fn forget_messages(&mut self, user: UserId) -> Stored<u64> {
        self.write(|state| {
            let payments = payments(state, user);
            Ok(replace(state, |entry: &PaymentLog| {
                let tells = entry.message.is_some() && payments.contains(&entry.payment_id);
                tells.then(|| PaymentLog { message: None, ..entry.clone() })
            }))
        })
        .await
    }

    async fn forget_reasons(&mut self, user: UserId, now: DateTime<Utc>) -> Stored<u64> {
        self.write(|state| {
            let payments = payments(state, user);
            Ok(replace(state, |refund: &Refund| {
                let tells = refund.reason.is_some() && payments.contains(&refund.payment_id);
                tells.then(|| Refund { reason: None, updated_at: now, ..refund.clone() })
            }))
        })
        .await
    }

    async fn rename_in_audit_log(&mut self, user: UserId, address: EmailAddress) -> Stored<u64> {
        self.write(|state| {
            let address = serde_json::Value::from(address.as_str());
            Ok(replace(state, |entry: &crate::audit::AuditLog| {
                let known = entry.details.get("changed_by")?;
                if entry.actor_id != Some(user) || *known == address {
                    return None;
                }
                let mut entry = entry.clone();
                entry.details.insert("changed_by".to_owned(), address.clone());
                Some(entry)
            }))
        })
        .await
    }
}
