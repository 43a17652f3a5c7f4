//! Plans.

use serde_json::json;

use super::store::{Store, assert_taken};
use crate::error::UniqueKey;
use crate::ids::PlanId;
use crate::page::ListRequest;
use crate::plan::{NewPlan, Plan, PlanFilter};
use crate::testing::samples::{self, after, now, object, text};

/// Every column at its greatest width, and every flag against its default.
fn widest() -> NewPlan {
    NewPlan {
        name: text(&"ß".repeat(100)),
        description: Some(text(&"Grüße\n日本 😀 'quoted' \\ ".repeat(500))),
        default: true,
        available: false,
        requires_payment: false,
        requires_invoice: true,
        auto_renew: false,
        daily_time_minutes: Some(i32::MAX.unsigned_abs()),
        daily_data_mb: Some(0),
        stripe_product_id: Some(text(&"é".repeat(255))),
        metadata: object(json!({"名": ["Grüße \"q\" \\ 😀", 1, 2.5, null], "": {"a": true}})),
    }
}

fn stored(id: PlanId, new: NewPlan) -> Plan {
    Plan {
        id,
        name: new.name,
        description: new.description,
        default: new.default,
        available: new.available,
        requires_payment: new.requires_payment,
        requires_invoice: new.requires_invoice,
        auto_renew: new.auto_renew,
        daily_time_minutes: new.daily_time_minutes,
        daily_data_mb: new.daily_data_mb,
        stripe_product_id: new.stripe_product_id,
        metadata: new.metadata,
        created_at: now(),
        updated_at: now(),
    }
}

async fn found(store: &Store, id: PlanId) -> Option<Plan> {
    let view = store.read().await.plans().find(id).await.unwrap();
    view.map(|view| view.plan)
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    for new in [widest(), samples::new_plan("Plain")] {
        let mut unit = store.begin().await;
        let plans = unit.plans();
        let plan = plans.insert(new.clone(), now()).await.unwrap();
        assert_eq!(plan, stored(plan.id, new));
        let view = plans.find(plan.id).await.unwrap().unwrap();
        assert_eq!((&view.plan, view.pricing.len()), (&plan, 0));
        assert_eq!(plans.lock(plan.id).await.unwrap(), Some(plan));
        assert_eq!(plans.lock(PlanId::new(i32::MAX)).await.unwrap(), None);
        assert_eq!(plans.find(PlanId::NOWHERE).await.unwrap(), None);
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let other = store.plan("Other").await;
    let before = store.plan("Before").await;
    let mut statement = store.read().await;
    for (second, new) in (1..).zip([widest(), samples::new_plan("After")]) {
        let mut plan = stored(before.id, new);
        plan.updated_at = after(second);
        statement.plans().update(&plan).await.unwrap();
        assert_eq!(found(&store, before.id).await, Some(plan));
    }
    assert_eq!(found(&store, other.id).await.as_ref(), Some(&other));

    let mut changed = other.clone();
    (changed.created_at, changed.updated_at) = (after(99), after(99));
    statement.plans().update(&changed).await.unwrap();
    let plan = found(&store, other.id).await.unwrap();
    assert_eq!(plan.created_at, now(), "set once");
}

pub(super) async fn names_are_unique(store: Store) {
    let basic = store.plan("Basic").await;
    let mut other = store.plan("Other").await;
    let mut statement = store.read().await;
    let result = statement.plans().insert(samples::new_plan("Basic"), now()).await;
    assert_taken(result, UniqueKey::PlanName);
    (other.name, other.updated_at) = (basic.name, after(1));
    assert_taken(statement.plans().update(&other).await, UniqueKey::PlanName);
    let shouted = statement.plans().insert(samples::new_plan("BASIC"), now());
    assert_eq!(shouted.await.unwrap().name.as_str(), "BASIC");
}

fn default_plan(name: &str) -> NewPlan {
    NewPlan { default: true, ..samples::new_plan(name) }
}

pub(super) async fn one_plan_at_most_is_the_default(store: Store) {
    let first = store.add_plan(default_plan("First")).await;
    let mut second = store.plan("Second").await;
    store.plan("Third").await;
    let mut statement = store.read().await;
    let plans = statement.plans();
    let result = plans.insert(default_plan("Fourth"), now()).await;
    assert_taken(result, UniqueKey::DefaultPlan);
    (second.default, second.updated_at) = (true, after(1));
    assert_taken(plans.update(&second).await, UniqueKey::DefaultPlan);
    assert!(plans.delete(first.id).await.unwrap());
    plans.update(&second).await.unwrap();
}

pub(super) async fn the_default_flag_is_taken_from_all_but_one(store: Store) {
    let plain = store.plan("Plain").await;
    let first = store.add_plan(default_plan("First")).await;
    let mut statement = store.read().await;
    let plans = statement.plans();
    plans.clear_default(Some(first.id), after(1)).await.unwrap();
    assert_eq!(found(&store, first.id).await.as_ref(), Some(&first));

    plans.clear_default(Some(plain.id), after(2)).await.unwrap();
    let cleared = Plan { default: false, updated_at: after(2), ..first.clone() };
    assert_eq!(found(&store, first.id).await.as_ref(), Some(&cleared));

    store.add_plan(default_plan("Second")).await;
    plans.clear_default(None, after(3)).await.unwrap();
    store.add_plan(default_plan("Third")).await;
    assert_eq!(found(&store, plain.id).await, Some(plain), "never touched");
    assert_eq!(found(&store, first.id).await, Some(cleared));
}

pub(super) async fn plans_come_by_id_with_active_pricing_alone(store: Store) {
    let zebra = store.plan("Zebra").await;
    let apple = store.plan("Apple").await;
    let bare = store.plan("Bare").await;
    let mut statement = store.read().await;
    let pricing = statement.pricing();
    let mut prices = Vec::new();
    for (plan, amount, active) in [
        (zebra.id, "3.00", true),
        (apple.id, "9.00", true),
        (zebra.id, "2.00", false),
        (zebra.id, "1.00", true),
    ] {
        let mut new = samples::new_pricing(amount);
        new.active = active;
        prices.push(pricing.insert(plan, new, now()).await.unwrap());
    }
    let expected = [
        (zebra.id, vec![prices[0].clone(), prices[3].clone()]),
        (apple.id, vec![prices[1].clone()]),
        (bare.id, vec![]),
    ];
    let listed = statement.plans().list(PlanFilter::default()).await.unwrap();
    let page = statement.plans().page(ListRequest::default()).await.unwrap().unwrap();
    assert_eq!(page.items, listed);
    let rows: Vec<_> = listed.into_iter().map(|view| (view.plan.id, view.pricing)).collect();
    assert_eq!(rows, expected);
    for (id, pricing) in expected {
        let view = statement.plans().find(id).await.unwrap().unwrap();
        assert_eq!(view.pricing, pricing);
    }
}

pub(super) async fn filters_match_exactly(store: Store) {
    let paid = store.plan("Paid").await.id;
    let mut new = samples::new_plan("Free");
    new.requires_payment = false;
    let free = store.add_plan(new).await.id;
    let mut new = samples::new_plan("Withdrawn");
    new.available = false;
    let withdrawn = store.add_plan(new).await.id;
    let mut statement = store.read().await;
    for (available, requires_payment, expected) in [
        (None, None, vec![paid, free, withdrawn]),
        (Some(true), None, vec![paid, free]),
        (Some(false), None, vec![withdrawn]),
        (None, Some(true), vec![paid, withdrawn]),
        (None, Some(false), vec![free]),
        (Some(false), Some(false), vec![]),
    ] {
        let filter = PlanFilter { available, requires_payment };
        let rows = statement.plans().list(filter.clone()).await.unwrap();
        let found: Vec<_> = rows.iter().map(|view| view.plan.id).collect();
        assert_eq!(found, expected, "{available:?} {requires_payment:?}");
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = statement.plans().page(request).await.unwrap().unwrap();
        assert_eq!(page.items, rows);
    }
}

pub(super) async fn a_plan_is_deleted_once(store: Store) {
    let plan = store.plan("Basic").await.id;
    let other = store.plan("Other").await;
    let mut statement = store.read().await;
    assert!(statement.plans().delete(plan).await.unwrap());
    assert!(!statement.plans().delete(plan).await.unwrap());
    assert_eq!(found(&store, plan).await, None);
    assert_eq!(found(&store, other.id).await, Some(other));
}
