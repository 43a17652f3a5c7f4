//! Subscriptions that somebody has to look after, those that several look after, and trials.

use super::store::{Store, assert_missing};
use super::transactions::both;
use crate::ids::{PlanId, SubscriptionId, UserId};
use crate::ports::Stored;
use crate::relations::EntityKind;
use crate::subscription::{NewSubscription, Subscription, SubscriptionStatus};
use crate::testing::samples::{self, after, now, text};

impl Store {
    /// Somebody who could subscribe, and a plan.
    async fn prospect(&self, name: &str) -> (UserId, PlanId) {
        (self.user(name).await.id, self.plan(name).await.id)
    }

    /// A subscription that is due from a second on, or never.
    async fn due_subscription(
        &self,
        number: i32,
        (user, plan): (UserId, PlanId),
        second: Option<i64>,
    ) -> SubscriptionId {
        let new = NewSubscription {
            next_step_at: second.map(after),
            ..samples::new_subscription(number, user, plan)
        };
        self.add_subscription(new).await.id
    }

    /// Takes what is due at a second, until another.
    async fn take_subscriptions(&self, second: i64, lease: i64, limit: u32) -> Vec<SubscriptionId> {
        let mut statement = self.read().await;
        let subscriptions = statement.subscriptions();
        subscriptions.claim_due(after(second), after(lease), limit).await.unwrap()
    }
}

pub(super) async fn what_is_due_is_taken_longest_due_first(store: Store) {
    let bob = store.prospect("bob").await;
    let mut ids = Vec::new();
    for (number, second) in (1..).zip([Some(5), Some(5), Some(-5), Some(10), Some(11), None]) {
        ids.push(store.due_subscription(number, bob, second).await);
    }
    let [late, twin, early, last, ..] = ids[..] else { panic!("six were made") };
    assert_eq!(store.take_subscriptions(10, 60, 0).await, []);
    assert_eq!(store.take_subscriptions(10, 60, 2).await, [early, late]);
    assert_eq!(store.take_subscriptions(10, 60, 100).await, [twin, last]);
}

pub(super) async fn what_is_taken_is_due_again_when_the_lease_ends(store: Store) {
    let bob = store.prospect("bob").await;
    let id = store.due_subscription(1, bob, Some(0)).await;
    let before = store.find_subscription(id).await.unwrap();
    assert_eq!(store.take_subscriptions(0, 60, 9).await, [id]);
    for second in [0, 1, 59] {
        assert_eq!(store.take_subscriptions(second, 99, 9).await, [], "{second}");
    }
    let leased = store.find_subscription(id).await.unwrap();
    let updated_at = leased.updated_at;
    let expected = Subscription { next_step_at: Some(after(60)), updated_at, ..before };
    assert_eq!(leased, expected, "nothing else has changed");
    assert_eq!(store.take_subscriptions(60, 120, 9).await, [id]);

    let settled = Subscription { next_step_at: None, ..leased };
    store.update_subscription(&settled).await.unwrap();
    assert_eq!(store.take_subscriptions(999, 9999, 9).await, []);
}

/// Takes subscriptions in a unit of work that stays open for a moment.
async fn take_in_unit(store: &Store) -> Vec<SubscriptionId> {
    let mut unit = store.begin().await;
    let taken = unit.subscriptions().claim_due(after(10), after(60), 3).await.unwrap();
    for id in &taken {
        let locked = unit.subscriptions().lock(*id).await.unwrap();
        assert_eq!(locked.map(|row| row.next_step_at), Some(Some(after(60))));
    }
    unit.commit().await.unwrap();
    taken
}

pub(super) async fn simultaneous_takers_share_without_overlap(store: Store) {
    let bob = store.prospect("bob").await;
    for round in 0..5 {
        let mut due = Vec::new();
        for number in 0..5 {
            due.push(store.due_subscription(round * 5 + number, bob, Some(0)).await);
        }
        let (first, second) = both(take_in_unit(&store), take_in_unit(&store)).await;
        assert!(first.len() <= 3 && second.len() <= 3, "{first:?} {second:?}");
        let mut taken = [first, second].concat();
        taken.sort_unstable();
        assert_eq!(taken, due, "each once");
    }
}

/// By what a subscription is found.
#[derive(Debug, Clone, Copy)]
enum Way {
    Id,
    Name,
}

/// Counts an attempt of a subscription whose every way leads to it.
async fn count_attempt(store: &Store, row: &Subscription, way: Way) -> Stored<()> {
    let mut unit = store.begin().await;
    let subscriptions = unit.subscriptions();
    let found = match way {
        Way::Id => subscriptions.lock(row.id).await?,
        Way::Name => subscriptions.lock_named(&[text(row.subscription_id.as_str())]).await?,
    };
    let mut found = found.unwrap();
    found.trial_days += 1;
    subscriptions.update(&found).await?;
    unit.commit().await
}

pub(super) async fn a_locked_subscription_waits_for_the_other_unit_of_work(store: Store) {
    let (user, plan) = store.prospect("bob").await;
    let row = store.subscription(1, user, plan).await;
    for way in [Way::Id, Way::Name] {
        let (a, b) =
            both(count_attempt(&store, &row, way), count_attempt(&store, &row, Way::Id)).await;
        a.unwrap();
        b.unwrap();
    }
    let found = store.find_subscription(row.id).await.unwrap();
    assert_eq!(found.trial_days, 4, "no step was lost");
}

pub(super) async fn one_unit_of_work_puts_another_in_the_place_of_a_live_one(store: Store) {
    let bob = store.prospect("bob").await;
    let old = store.subscription_in(SubscriptionStatus::Active, 1, bob).await;
    let mut unit = store.begin().await;
    let subscriptions = unit.subscriptions();
    let mut found = subscriptions.lock(old.id).await.unwrap().unwrap();
    (found.status, found.updated_at) = (SubscriptionStatus::Canceled, after(1));
    subscriptions.update(&found).await.unwrap();
    let new = samples::new_subscription(2, bob.0, bob.1);
    let new = NewSubscription { status: SubscriptionStatus::Active, ..new };
    let new = subscriptions.insert(new, now()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(store.find_subscription(new.id).await, Some(new));
    assert_eq!(store.find_subscription(old.id).await, Some(found));
}

impl Store {
    async fn has_tried(&self, user: UserId, plan: PlanId) -> bool {
        self.read().await.subscriptions().has_tried(user, plan).await.unwrap()
    }

    async fn note_trial(&self, user: UserId, plan: PlanId) -> Stored<()> {
        self.read().await.subscriptions().note_trial(user, plan, now()).await
    }
}

pub(super) async fn a_trial_is_noted_for_a_user_and_a_plan(store: Store) {
    let (bob, basic) = store.prospect("bob").await;
    let (eve, gold) = store.prospect("eve").await;
    assert!(!store.has_tried(bob, basic).await);
    for _ in 0..2 {
        store.note_trial(bob, basic).await.unwrap();
        assert!(store.has_tried(bob, basic).await);
        assert!(!store.has_tried(bob, gold).await);
        assert!(!store.has_tried(eve, basic).await);
    }
    store.note_trial(eve, basic).await.unwrap();
    assert!(store.has_tried(eve, basic).await);
}

pub(super) async fn two_can_note_a_trial_at_once(store: Store) {
    for round in 0..5 {
        let (bob, basic) = store.prospect(&format!("bob{round}")).await;
        let (a, b) = both(store.note_trial(bob, basic), store.note_trial(bob, basic)).await;
        a.unwrap();
        b.unwrap();
        assert!(store.has_tried(bob, basic).await);
    }
}

pub(super) async fn user_and_plan_of_a_trial_must_exist(store: Store) {
    let (bob, basic) = store.prospect("bob").await;
    let result = store.note_trial(UserId::new(i32::MAX), basic).await;
    assert_missing(result, EntityKind::Trial, "user_id");
    let result = store.note_trial(bob, PlanId::new(i32::MAX)).await;
    assert_missing(result, EntityKind::Trial, "plan_id");
}
