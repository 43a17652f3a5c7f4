//! Gateway configurations.

use serde_json::json;

use super::store::{Store, assert_taken};
use crate::error::UniqueKey;
use crate::gateway::{GatewayFilter, GatewaySettings, NewGateway, PaymentGatewayConfig};
use crate::ids::GatewayId;
use crate::page::ListRequest;
use crate::testing::samples::{self, after, now, object, text};

/// Every column at its greatest width.
fn widest() -> NewGateway {
    NewGateway {
        name: text(&"ß".repeat(100)),
        variant: text(&"é".repeat(50)),
        is_active: false,
        priority: i32::MAX,
        config: GatewaySettings::new(object(
            json!({"secret": {"env": "KEY"}, "名": ["\"q\" \\ 😀", 1, null]}),
        )),
    }
}

fn stored(id: GatewayId, new: NewGateway) -> PaymentGatewayConfig {
    PaymentGatewayConfig {
        id,
        name: new.name,
        variant: new.variant,
        is_active: new.is_active,
        priority: new.priority,
        config: new.config,
        created_at: now(),
        updated_at: now(),
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let mut lowest = samples::new_gateway("Lowest");
    lowest.priority = i32::MIN;
    for new in [widest(), samples::new_gateway("Plain"), lowest] {
        let mut unit = store.begin().await;
        let gateways = unit.gateways();
        let gateway = gateways.insert(new.clone(), now()).await.unwrap();
        assert_eq!(gateway, stored(gateway.id, new));
        let found = gateways.find(gateway.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(&gateway));
        assert_eq!(gateways.lock(gateway.id).await.unwrap(), Some(gateway));
        assert_eq!(gateways.find(GatewayId::NOWHERE).await.unwrap(), None);
        let nowhere = GatewayId::new(i32::MAX);
        assert_eq!(gateways.lock(nowhere).await.unwrap(), None);
    }
}

pub(super) async fn an_update_stores_every_changeable_column(store: Store) {
    let other = store.gateway("Other").await;
    let before = store.gateway("Before").await;
    let mut statement = store.read().await;
    let gateways = statement.gateways();
    for (second, new) in (1..).zip([widest(), samples::new_gateway("After")]) {
        let mut gateway = stored(before.id, new);
        gateway.updated_at = after(second);
        gateways.update(&gateway).await.unwrap();
        assert_eq!(gateways.find(before.id).await.unwrap(), Some(gateway));
    }
    let untouched = gateways.find(other.id).await.unwrap();
    assert_eq!(untouched.as_ref(), Some(&other));

    let mut changed = other.clone();
    (changed.created_at, changed.updated_at) = (after(99), after(99));
    gateways.update(&changed).await.unwrap();
    let found = gateways.find(other.id).await.unwrap().unwrap();
    assert_eq!(found.created_at, now(), "set once");
}

pub(super) async fn names_are_unique(store: Store) {
    let card = store.gateway("Card").await;
    let mut other = store.gateway("Other").await;
    let mut statement = store.read().await;
    let gateways = statement.gateways();
    let result = gateways.insert(samples::new_gateway("Card"), now()).await;
    assert_taken(result, UniqueKey::GatewayName);
    (other.name, other.updated_at) = (card.name, after(1));
    assert_taken(gateways.update(&other).await, UniqueKey::GatewayName);
    let shouted = gateways.insert(samples::new_gateway("CARD"), now()).await;
    assert_eq!(shouted.unwrap().name.as_str(), "CARD");
}

pub(super) async fn active_ones_come_by_priority_and_name(store: Store) {
    for (name, priority, is_active) in
        [("b", 1, true), ("off", 9, false), ("a", 1, true), ("last", -1, true), ("first", 2, true)]
    {
        let mut new = samples::new_gateway(name);
        (new.priority, new.is_active) = (priority, is_active);
        store.add_gateway(new).await;
    }
    let active = store.read().await.gateways().active().await.unwrap();
    let names: Vec<_> = active.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["first", "a", "b", "last"]);
}

pub(super) async fn filters_match_exactly(store: Store) {
    let dummy = store.gateway("dummy").await.id;
    let mut new = samples::new_gateway("Card");
    (new.variant, new.is_active) = (text("stripe"), false);
    let card = store.add_gateway(new).await.id;
    let mut statement = store.read().await;
    for (variant, is_active, expected) in [
        (None, None, vec![card, dummy]),
        (Some("stripe"), None, vec![card]),
        (Some("STRIPE"), None, vec![]),
        (Some("stripe"), Some(true), vec![]),
        (None, Some(true), vec![dummy]),
    ] {
        let filter = GatewayFilter { variant: variant.map(str::to_owned), is_active };
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = statement.gateways().list(request).await.unwrap().unwrap();
        let found: Vec<_> = page.items.iter().map(|row| row.id).collect();
        assert_eq!(found, expected, "{variant:?} {is_active:?}");
    }
}

pub(super) async fn a_gateway_is_deleted_once(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let other = store.gateway("Other").await;
    let mut statement = store.read().await;
    let gateways = statement.gateways();
    assert!(gateways.delete(gateway).await.unwrap());
    assert!(!gateways.delete(gateway).await.unwrap());
    assert_eq!(gateways.find(gateway).await.unwrap(), None);
    assert_eq!(gateways.find(other.id).await.unwrap(), Some(other));
}
