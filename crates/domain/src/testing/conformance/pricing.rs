//! Pricing of plans.

use super::store::{Store, assert_missing};
use crate::ids::{PlanId, PlanPricingId};
use crate::pricing::{BillingInterval, NewPlanPricing, PlanPricing};
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, money, now, text};

/// Every column at its greatest.
fn widest() -> NewPlanPricing {
    NewPlanPricing {
        price: money("99999999.99", "EUR"),
        interval: BillingInterval::Year,
        trial_period_days: PlanPricing::MAX_TRIAL_DAYS,
        active: false,
        stripe_price_id: Some(text(&"é".repeat(255))),
    }
}

fn stored(id: PlanPricingId, plan: PlanId, new: NewPlanPricing) -> PlanPricing {
    PlanPricing {
        id,
        plan_id: plan,
        price: new.price,
        interval: new.interval,
        trial_period_days: new.trial_period_days,
        active: new.active,
        stripe_price_id: new.stripe_price_id,
        created_at: now(),
        updated_at: now(),
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let plan = store.plan("Basic").await.id;
    let mut news = vec![widest(), samples::new_pricing("0.00")];
    for interval in BillingInterval::ALL {
        news.push(NewPlanPricing {
            interval,
            price: money("500", "JPY"),
            ..samples::new_pricing("0.01")
        });
    }
    for new in news {
        let mut unit = store.begin().await;
        let pricing = unit.pricing();
        let price = pricing.insert(plan, new.clone(), now()).await.unwrap();
        assert_eq!(price, stored(price.id, plan, new));
        let found = pricing.find(plan, price.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&price));
        assert_eq!(pricing.lock(plan, price.id).await.unwrap(), Some(price));
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let plan = store.plan("Basic").await.id;
    let mut statement = store.read().await;
    let pricing = statement.pricing();
    let new = samples::new_pricing("1.00");
    let before = pricing.insert(plan, new.clone(), now()).await.unwrap();
    let other = pricing.insert(plan, new.clone(), now()).await.unwrap();
    for (second, new) in (1..).zip([widest(), samples::new_pricing("2.00")]) {
        let mut price = stored(before.id, plan, new);
        price.updated_at = after(second);
        pricing.update(&price).await.unwrap();
        assert_eq!(pricing.find(plan, price.id).await.unwrap(), Some(price));
    }
    let untouched = pricing.find(plan, other.id).await.unwrap();
    assert_eq!(untouched.as_ref(), Some(&other));

    let mut changed = other.clone();
    (changed.created_at, changed.updated_at) = (after(99), after(99));
    pricing.update(&changed).await.unwrap();
    let found = pricing.find(plan, other.id).await.unwrap().unwrap();
    assert_eq!(found.created_at, now(), "set once");
}

pub(super) async fn a_plan_that_does_not_exist_is_refused(store: Store) {
    let mut statement = store.read().await;
    let nowhere = PlanId::new(i32::MAX);
    let new = samples::new_pricing("1.00");
    let result = statement.pricing().insert(nowhere, new, now()).await;
    assert_missing(result, EntityKind::PlanPricing, "plan_id");
}

pub(super) async fn a_price_exists_under_its_own_plan_alone(store: Store) {
    let plan = store.plan("Basic").await.id;
    let other = store.plan("Other").await.id;
    let mut statement = store.read().await;
    let pricing = statement.pricing();
    let new = samples::new_pricing("1.00");
    let price = pricing.insert(plan, new, now()).await.unwrap();
    assert_eq!(pricing.find(other, price.id).await.unwrap(), None);
    assert_eq!(pricing.lock(other, price.id).await.unwrap(), None);
    let nowhere = PlanPricingId::new(i32::MAX);
    assert_eq!(pricing.find(plan, nowhere).await.unwrap(), None);
    assert!(!pricing.delete(other, price.id).await.unwrap());
    assert!(pricing.delete(plan, price.id).await.unwrap());
    assert!(!pricing.delete(plan, price.id).await.unwrap());
    assert_eq!(pricing.find(plan, price.id).await.unwrap(), None);
}

pub(super) async fn prices_come_by_id(store: Store) {
    let plan = store.plan("Basic").await.id;
    let other = store.plan("Other").await.id;
    let mut statement = store.read().await;
    let pricing = statement.pricing();
    let mut prices = Vec::new();
    for (amount, active) in [("3.00", true), ("1.00", false), ("2.00", true)] {
        let mut new = samples::new_pricing(amount);
        new.active = active;
        prices.push(pricing.insert(plan, new, now()).await.unwrap());
    }
    let foreign = samples::new_pricing("4.00");
    pricing.insert(other, foreign, now()).await.unwrap();
    assert_eq!(pricing.list(plan, false).await.unwrap(), prices);
    prices.remove(1);
    assert_eq!(pricing.list(plan, true).await.unwrap(), prices);
    let nowhere = pricing.list(PlanId::new(i32::MAX), false).await.unwrap();
    assert_eq!(nowhere, []);
}
