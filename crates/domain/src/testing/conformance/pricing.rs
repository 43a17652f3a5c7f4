//! Pricing of plans.

use super::store::{Store, assert_missing, ids_of_nothing};
use crate::ids::{PlanId, PlanPricingId};
use crate::money::Currency;
use crate::page::ListRequest;
use crate::pricing::{
    BillingInterval, NewPlanPricing, PlanPricing, PlanPricingFilter, PlanPricingView,
};
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

async fn page(
    store: &Store,
    active_only: bool,
    filter: PlanPricingFilter,
    search: &[&str],
) -> Vec<PlanPricingView> {
    let search = search.iter().map(|&word| word.to_owned()).collect();
    let request = ListRequest { filter, search, ..ListRequest::default() };
    let mut statement = store.read().await;
    statement.pricing().page(active_only, request).await.unwrap().unwrap().items
}

/// Prices of the plans Basic, Basic, Pro and Pro; the second and the last cannot be bought.
async fn prices_of_two_plans(store: &Store) -> Vec<PlanPricingView> {
    let mut views = Vec::new();
    for name in ["Basic", "Pro"] {
        let plan = store.plan(name).await;
        for (currency, active) in [("USD", name == "Basic"), ("EUR", name == "Pro")] {
            let mut new = samples::new_pricing("1.00");
            (new.price, new.active) = (money("1.00", currency), active);
            let pricing = store.read().await.pricing().insert(plan.id, new, now()).await.unwrap();
            views.push(PlanPricingView { pricing, plan_name: plan.name.clone() });
        }
    }
    views
}

pub(super) async fn prices_of_all_plans_come_with_the_plans_name(store: Store) {
    let views = prices_of_two_plans(&store).await;
    assert_eq!(page(&store, false, PlanPricingFilter::default(), &[]).await, views);
    let active = [views[0].clone(), views[3].clone()];
    assert_eq!(page(&store, true, PlanPricingFilter::default(), &[]).await, active);
    for (word, expected) in [("asi", &views[..2]), ("PRO", &views[2..]), ("1.00", &[])] {
        let found = page(&store, false, PlanPricingFilter::default(), &[word]).await;
        assert_eq!(found, expected, "{word}");
    }
}

pub(super) async fn filters_match_exactly(store: Store) {
    let views = prices_of_two_plans(&store).await;
    let pro = views[2].pricing.plan_id.get();
    let currency = |code| Some(Currency::new(code).unwrap());
    for (plan, is_active, currency, expected) in [
        (Some(i64::from(pro)), None, None, &[2, 3][..]),
        (None, Some(true), None, &[0, 3]),
        (None, Some(false), None, &[1, 2]),
        (None, None, currency("EUR"), &[1, 3]),
        (None, None, currency("GBP"), &[]),
        (Some(i64::from(pro)), Some(true), currency("EUR"), &[3]),
    ] {
        let filter = PlanPricingFilter { plan, is_active, currency };
        let expected: Vec<_> = expected.iter().map(|index| views[*index].clone()).collect();
        assert_eq!(page(&store, false, filter.clone(), &[]).await, expected, "{filter:?}");
    }
    let hidden = PlanPricingFilter { is_active: Some(false), ..PlanPricingFilter::default() };
    assert_eq!(page(&store, true, hidden, &[]).await, []);
    for nothing in ids_of_nothing(pro) {
        let filter = PlanPricingFilter { plan: Some(nothing), ..PlanPricingFilter::default() };
        assert_eq!(page(&store, false, filter, &[]).await, [], "{nothing}");
    }
}
