//! How gateways call users.

use super::store::{Store, assert_missing};
use super::transactions::both;
use crate::ids::{GatewayId, UserId};
use crate::ports::Stored;
use crate::relations::EntityKind;
use crate::testing::samples::{now, text};
use crate::text::ExternalId;

impl Store {
    async fn name_customer(&self, user: UserId, gateway: GatewayId, name: &str) -> Stored<()> {
        self.read().await.customers().insert(user, gateway, text(name), now()).await
    }

    async fn customer(&self, user: UserId, gateway: GatewayId) -> Option<ExternalId> {
        self.read().await.customers().find(user, gateway).await.unwrap()
    }
}

pub(super) async fn each_gateway_has_its_own_name_for_each_user(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let (card, bank) = (store.gateway("Card").await.id, store.gateway("Bank").await.id);
    assert_eq!(store.customer(bob, card).await, None);
    let longest = "é".repeat(255);
    for (user, gateway, name) in
        [(bob, card, "cus_1"), (bob, bank, longest.as_str()), (eve, card, "cus_2")]
    {
        store.name_customer(user, gateway, name).await.unwrap();
    }
    assert_eq!(store.customer(bob, card).await, Some(text("cus_1")));
    assert_eq!(store.customer(bob, bank).await, Some(text(&longest)));
    assert_eq!(store.customer(eve, card).await, Some(text("cus_2")));
    assert_eq!(store.customer(eve, bank).await, None);
    assert_eq!(store.customer(UserId::NOWHERE, card).await, None);
}

pub(super) async fn the_first_name_is_kept(store: Store) {
    let bob = store.user("bob").await.id;
    let card = store.gateway("Card").await.id;
    for name in ["cus_1", "cus_2", "cus_1"] {
        store.name_customer(bob, card, name).await.unwrap();
        assert_eq!(store.customer(bob, card).await, Some(text("cus_1")), "{name}");
    }
}

pub(super) async fn of_two_simultaneous_names_one_is_kept(store: Store) {
    let card = store.gateway("Card").await.id;
    for round in 0..5 {
        let bob = store.user(&format!("bob{round}")).await.id;
        let (a, b) =
            both(store.name_customer(bob, card, "a"), store.name_customer(bob, card, "b")).await;
        a.unwrap();
        b.unwrap();
        let kept = store.customer(bob, card).await;
        assert!([Some(text("a")), Some(text("b"))].contains(&kept), "{kept:?}");
    }
}

pub(super) async fn user_and_gateway_must_exist(store: Store) {
    let bob = store.user("bob").await.id;
    let card = store.gateway("Card").await.id;
    let result = store.name_customer(UserId::new(i32::MAX), card, "a").await;
    assert_missing(result, EntityKind::GatewayCustomer, "user_id");
    let result = store.name_customer(bob, GatewayId::new(i32::MAX), "a").await;
    assert_missing(result, EntityKind::GatewayCustomer, "payment_gateway_id");
}
