//! Subscriptions: their columns, their names, and what must not be twice.

use super::store::{Store, assert_broken, assert_missing, assert_taken};
use super::transactions::both;
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::{GatewayId, PaymentId, PlanId, SubscriptionId, UserId};
use crate::money::Money;
use crate::ports::Stored;
use crate::pricing::BillingInterval;
use crate::relations::EntityKind;
use crate::subscription::{
    Charge, ChargePurpose, Driver, NewSubscription, PendingChange, Period, Subscription,
    SubscriptionStatus, Terms,
};
use crate::testing::samples::{self, after, money, now, text};
use crate::text::ExternalId;

use SubscriptionStatus as S;

impl Store {
    /// A subscription to a plan, in a state.
    pub(super) async fn subscription_in(
        &self,
        status: S,
        number: i32,
        (user, plan): (UserId, PlanId),
    ) -> Subscription {
        let new = samples::new_subscription(number, user, plan);
        self.add_subscription(NewSubscription { status, ..new }).await
    }

    pub(super) async fn update_subscription(&self, subscription: &Subscription) -> Stored<()> {
        self.read().await.subscriptions().update(subscription).await
    }

    /// A new subscriber's subscription that nobody has paid.
    async fn somebodys(&self, number: i32) -> Subscription {
        let user = self.user(&format!("user{number}")).await.id;
        let plan = self.plan(&format!("plan{number}")).await.id;
        self.subscription(number, user, plan).await
    }
}

/// Terms of every interval, at the ends of what a price can be.
fn all_terms() -> impl Iterator<Item = Option<Terms>> {
    let prices = ["99999999.99 EUR", "0.00 USD", "500 JPY", "0.01 KWD"].map(|price| {
        let (amount, currency) = price.split_once(' ').unwrap();
        money(amount, currency)
    });
    let terms = |(interval, price): (BillingInterval, Money)| Some(Terms { price, interval });
    BillingInterval::ALL.into_iter().zip(prices).map(terms).chain([None])
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let plan = store.plan("Basic").await.id;
    let gateway = store.gateway("Card").await.id;
    for (number, (status, terms)) in (1..).zip(S::ALL.into_iter().zip(all_terms())) {
        let user = store.user(&format!("user{number}")).await.id;
        let rest = samples::new_subscription(number, user, plan);
        let full = NewSubscription {
            subscription_id: text(&format!("{number}{}", "é".repeat(63))),
            terms,
            payment_gateway_id: Some(gateway),
            driver: Driver::Gateway,
            status,
            trial_days: 730,
            next_step_at: Some(after(-1)),
            ..rest.clone()
        };
        for new in [full, rest] {
            let mut unit = store.begin().await;
            let subscriptions = unit.subscriptions();
            let stored = subscriptions.insert(new.clone(), after(2)).await.unwrap();
            assert_eq!(stored, new.stored_as(stored.id, after(2)));
            assert_eq!(subscriptions.lock(stored.id).await.unwrap(), Some(stored));
        }
    }
    assert_eq!(store.find_subscription(SubscriptionId::new(i32::MAX)).await, None);
    assert_eq!(store.find_subscription(SubscriptionId::NOWHERE).await, None);
}

/// Every changeable column, filled.
fn changed(before: &Subscription, plan: PlanId, gateway: GatewayId) -> Subscription {
    Subscription {
        external_id: Some(text(&"é".repeat(255))),
        plan_id: plan,
        terms: Some(Terms { price: money("500", "JPY"), interval: BillingInterval::Day }),
        payment_gateway_id: Some(gateway),
        driver: Driver::Gateway,
        anchor: Some(after(11)),
        period: Some(Period { start: after(12), end: after(13) }),
        trial_days: 730,
        trial_end: Some(after(14)),
        cancel_at_period_end: true,
        canceled_at: Some(after(15)),
        past_due_since: Some(after(16)),
        mirrored_at: Some(after(17)),
        next_step_at: Some(after(18)),
        ..before.clone()
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let before = store.somebodys(1).await;
    let other = store.somebodys(2).await;
    let payment = store.payment_of("payer").await;
    let full = changed(&before, other.plan_id, payment.payment_gateway_id);
    let mut rows: Vec<_> = S::ALL.map(|status| Subscription { status, ..full.clone() }).to_vec();
    for purpose in ChargePurpose::ALL {
        let charge = Some(Charge { payment: payment.id, purpose });
        rows.push(Subscription { charge, ..full.clone() });
    }
    for terms in all_terms() {
        let pending = Some(PendingChange { plan_id: before.plan_id, terms });
        rows.push(Subscription { terms, pending, ..full.clone() });
    }
    rows.push(before.clone());
    for (second, mut row) in (1..).zip(rows) {
        row.updated_at = after(second);
        store.update_subscription(&row).await.unwrap();
        assert_eq!(store.find_subscription(before.id).await, Some(row));
    }
    assert_eq!(store.find_subscription(other.id).await.as_ref(), Some(&other));

    let nowhere = Subscription { id: SubscriptionId::new(i32::MAX), ..full };
    store.update_subscription(&nowhere).await.unwrap();
    assert_eq!(store.find_subscription(nowhere.id).await, None);
}

pub(super) async fn owner_name_and_time_of_making_are_set_once(store: Store) {
    let subscription = store.somebodys(1).await;
    let other = store.somebodys(2).await;
    let changed = Subscription {
        subscription_id: samples::subscription_ref(3),
        user_id: other.user_id,
        created_at: after(99),
        updated_at: after(1),
        ..subscription.clone()
    };
    store.update_subscription(&changed).await.unwrap();
    let expected = Subscription { updated_at: after(1), ..subscription };
    assert_eq!(store.find_subscription(expected.id).await, Some(expected));
}

pub(super) async fn a_user_has_one_live_subscription_at_most(store: Store) {
    let plan = store.plan("Basic").await.id;
    for (number, live) in (1..).zip([S::Trialing, S::Active, S::PastDue]) {
        let user = store.user(&format!("user{number}")).await.id;
        let new = |status, number| NewSubscription {
            status,
            ..samples::new_subscription(number, user, plan)
        };
        let add = async |new| store.read().await.subscriptions().insert(new, now()).await;
        let mut first = add(new(live, number * 10)).await.unwrap();
        for second in [S::Trialing, S::Active, S::PastDue] {
            assert_taken(add(new(second, number * 10 + 1)).await, UniqueKey::LiveSubscription);
        }
        let incomplete = add(new(S::Incomplete, number * 10 + 2)).await.unwrap();
        add(new(S::Canceled, number * 10 + 3)).await.unwrap();
        let begun = Subscription { status: live, ..incomplete };
        let result = store.update_subscription(&begun).await;
        assert_taken(result, UniqueKey::LiveSubscription);
        first.status = S::Canceled;
        store.update_subscription(&first).await.unwrap();
        store.update_subscription(&begun).await.unwrap();
    }
}

pub(super) async fn of_two_simultaneous_live_subscriptions_one_is_stored(store: Store) {
    let plan = store.plan("Basic").await.id;
    for round in 0..5 {
        let user = store.user(&format!("bob{round}")).await.id;
        let begin = async |number| {
            let new = samples::new_subscription(number, user, plan);
            let new = NewSubscription { status: S::Active, ..new };
            store.read().await.subscriptions().insert(new, now()).await
        };
        match both(begin(round * 2), begin(round * 2 + 1)).await {
            (Ok(_), Err(RepositoryError::Taken(UniqueKey::LiveSubscription)))
            | (Err(RepositoryError::Taken(UniqueKey::LiveSubscription)), Ok(_)) => {}
            other => panic!("exactly one is stored, not {other:?}"),
        }
    }
}

/// Both kinds of names are made by servers, so one that comes twice is nothing a client could be
/// told.
pub(super) async fn names_are_unique(store: Store) {
    let mut first = store.somebodys(1).await;
    let mut second = store.somebodys(2).await;
    let namesake = samples::new_subscription(1, second.user_id, second.plan_id);
    let result = store.read().await.subscriptions().insert(namesake, now()).await;
    assert_broken(&result);
    first.external_id = Some(text("sub_a"));
    store.update_subscription(&first).await.unwrap();
    second.external_id = Some(text("sub_a"));
    assert_broken(&store.update_subscription(&second).await);
    second.external_id = Some(text("sub_A"));
    store.update_subscription(&second).await.unwrap();
}

pub(super) async fn whatever_it_refers_to_must_exist(store: Store) {
    let subscription = store.somebodys(1).await;
    let (user, plan) = (subscription.user_id, subscription.plan_id);
    let nothing = i32::MAX;
    let no_gateway = Some(GatewayId::new(nothing));
    let new = samples::new_subscription(2, user, plan);
    for (new, column) in [
        (NewSubscription { user_id: UserId::new(nothing), ..new.clone() }, "user_id"),
        (NewSubscription { plan_id: PlanId::new(nothing), ..new.clone() }, "plan_id"),
        (NewSubscription { payment_gateway_id: no_gateway, ..new }, "payment_gateway_id"),
    ] {
        let result = store.read().await.subscriptions().insert(new, now()).await;
        assert_missing(result, EntityKind::Subscription, column);
    }
    let payment = PaymentId::new(nothing);
    let charge = Some(Charge { payment, purpose: ChargePurpose::Start });
    let pending = Some(PendingChange { plan_id: PlanId::new(nothing), terms: None });
    let row = subscription.clone();
    for (changed, column) in [
        (Subscription { plan_id: PlanId::new(nothing), ..row.clone() }, "plan_id"),
        (Subscription { pending, ..row.clone() }, "pending_plan_id"),
        (Subscription { payment_gateway_id: no_gateway, ..row.clone() }, "payment_gateway_id"),
        (Subscription { charge, ..row }, "charge_id"),
    ] {
        let result = store.update_subscription(&changed).await;
        assert_missing(result, EntityKind::Subscription, column);
    }
    assert_eq!(store.find_subscription(subscription.id).await, Some(subscription));
}

impl Store {
    /// The ids of what [`crate::ports::subscription::SubscriptionRepository::of_user`] finds.
    async fn of_user(&self, user: UserId, second: i64) -> Vec<SubscriptionId> {
        let mut statement = self.read().await;
        let found = statement.subscriptions().of_user(user, after(second)).await;
        found.unwrap().iter().map(|row| row.id).collect()
    }
}

pub(super) async fn the_latest_of_a_user_comes_first_and_then_what_is_not_over(store: Store) {
    let plan = store.plan("Basic").await.id;
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let mut ids = Vec::new();
    for (number, (status, end)) in (1..).zip([
        (S::Canceled, Some(10)),
        (S::Canceled, None),
        (S::Canceled, Some(20)),
        (S::Incomplete, None),
        (S::PastDue, Some(10)),
        (S::Canceled, Some(10)),
    ]) {
        let mut row = store.subscription_in(status, number, (bob, plan)).await;
        row.period = end.map(|end| Period { start: now(), end: after(end) });
        row.updated_at = after(1);
        store.update_subscription(&row).await.unwrap();
        ids.push(row.id);
    }
    store.subscription_in(S::Active, 9, (eve, plan)).await;
    let [first, _, longer, open, owed, latest] = ids[..] else { panic!("six were made") };
    assert_eq!(store.of_user(bob, 9).await, [latest, owed, open, longer, first]);
    assert_eq!(store.of_user(bob, 10).await, [latest, owed, open, longer], "the end is over");
    assert_eq!(store.of_user(bob, 20).await, [latest, owed, open]);
    assert_eq!(store.of_user(UserId::new(i32::MAX), 0).await, []);

    let mut statement = store.read().await;
    let found = statement.subscriptions().of_user(bob, after(20)).await.unwrap();
    assert_eq!(found.first(), store.find_subscription(latest).await.as_ref(), "whole");
}

pub(super) async fn a_subscription_is_found_by_any_of_its_names(store: Store) {
    let mut first = store.somebodys(1).await;
    let second = store.somebodys(2).await;
    (first.external_id, first.updated_at) = (Some(text("sub_Ext")), after(1));
    store.update_subscription(&first).await.unwrap();
    let own = |row: &Subscription| row.subscription_id.as_str().to_owned();
    let find = async |names: &[&str]| {
        let names: Vec<ExternalId> = names.iter().map(|name| text(name)).collect();
        let mut unit = store.begin().await;
        unit.subscriptions().lock_named(&names).await.unwrap()
    };
    let (first_name, second_name) = (own(&first), own(&second));
    for (names, expected) in [
        (&[first_name.as_str()][..], Some(&first)),
        (&["sub_Ext"], Some(&first)),
        (&["nobody", "sub_Ext"], Some(&first)),
        (&[&first_name, "sub_Ext"], Some(&first)),
        (&[&second_name], Some(&second)),
        (&["sub_ext"], None),
        (&["%", "nobody"], None),
        (&[], None),
    ] {
        assert_eq!(find(names).await.as_ref(), expected, "{names:?}");
    }
}
