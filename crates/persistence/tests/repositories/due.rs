//! What waits for its time is taken by one replica alone.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use wiwebb_domain::ids::{SubscriptionId, WebhookEventId};
use wiwebb_domain::ports::unit_of_work::{UnitOfWork, UnitOfWorkFactory};
use wiwebb_domain::subscription::NewSubscription;
use wiwebb_domain::testing::samples;
use wiwebb_persistence::PgUnitOfWorkFactory;

use crate::database;

fn lease() -> DateTime<Utc> {
    samples::now() + Duration::minutes(5)
}

/// Ten subscriptions, each of a user of its own, the first due for the longest.
async fn subscriptions(factory: &PgUnitOfWorkFactory) -> Vec<SubscriptionId> {
    let mut store = factory.read("test").await.unwrap();
    let plan = store.plans().insert(samples::new_plan("Basic"), samples::now()).await.unwrap().id;
    let mut ids = Vec::new();
    for number in 0..10 {
        let user = samples::new_user(&format!("user{number}"));
        let user = store.users().insert(user).await.unwrap().user.id;
        let new = NewSubscription {
            next_step_at: Some(samples::after(i64::from(number) - 10)),
            ..samples::new_subscription(number, user, plan)
        };
        let stored = store.subscriptions().insert(new, samples::after(-60)).await.unwrap();
        ids.push(stored.id);
    }
    ids
}

/// Ten events, the first due for the longest.
async fn events(factory: &PgUnitOfWorkFactory) -> Vec<WebhookEventId> {
    let mut store = factory.read("test").await.unwrap();
    let mut ids = Vec::new();
    for number in 0..10 {
        let new = samples::new_webhook_event(&format!("evt_{number}"));
        let (at, due) = (samples::after(-60), samples::after(number - 10));
        ids.push(store.webhook_events().store(new, at, due).await.unwrap().id);
    }
    ids
}

async fn claim_subscriptions(unit: &mut Box<dyn UnitOfWork>, limit: u32) -> Vec<SubscriptionId> {
    unit.subscriptions().claim_due(samples::now(), lease(), limit).await.unwrap()
}

async fn claim_events(unit: &mut Box<dyn UnitOfWork>, limit: u32) -> Vec<WebhookEventId> {
    unit.webhook_events().claim_due(samples::now(), lease(), limit).await.unwrap()
}

#[tokio::test]
async fn two_units_of_work_take_different_subscriptions_the_longest_due_first() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let all = subscriptions(&factory).await;
    let mut first = factory.begin("test").await.unwrap();
    let mut second = factory.begin("test").await.unwrap();
    assert_eq!(claim_subscriptions(&mut first, 4).await, all[..4]);
    assert_eq!(claim_subscriptions(&mut second, 4).await, all[4..8]);
    first.commit().await.unwrap();
    assert_eq!(claim_subscriptions(&mut second, 10).await, all[8..], "the first are leased");
}

#[tokio::test]
async fn two_units_of_work_take_different_events_the_longest_due_first() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let all = events(&factory).await;
    let mut first = factory.begin("test").await.unwrap();
    let mut second = factory.begin("test").await.unwrap();
    assert_eq!(claim_events(&mut first, 4).await, all[..4]);
    assert_eq!(claim_events(&mut second, 4).await, all[4..8]);
    first.commit().await.unwrap();
    assert_eq!(claim_events(&mut second, 10).await, all[8..], "the first are leased");
}

#[tokio::test]
async fn a_subscription_that_somebody_works_on_is_left_to_them() {
    let factory = PgUnitOfWorkFactory::new(database::pool().await);
    let all = subscriptions(&factory).await;
    let mut holder = factory.begin("test").await.unwrap();
    holder.subscriptions().lock(all[0]).await.unwrap();
    let mut claimer = factory.begin("test").await.unwrap();
    assert_eq!(claim_subscriptions(&mut claimer, 10).await, all[1..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_hands_at_once_take_every_subscription_once() {
    let factory = PgUnitOfWorkFactory::new(database::open(database::options().await, 8));
    let all = subscriptions(&factory).await;
    let hands: Vec<_> = (0..8)
        .map(|_| {
            let factory = factory.clone();
            tokio::spawn(async move {
                let mut unit = factory.begin("test").await.unwrap();
                let ids = claim_subscriptions(&mut unit, 3).await;
                unit.commit().await.unwrap();
                ids
            })
        })
        .collect();
    let mut taken = Vec::new();
    for hand in hands {
        taken.extend(hand.await.unwrap());
    }
    let once: BTreeSet<_> = taken.iter().copied().collect();
    assert_eq!(taken.len(), once.len(), "{taken:?}");
    assert_eq!(once, all.into_iter().collect());
}
