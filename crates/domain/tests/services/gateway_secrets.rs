//! What of a gateway's settings is kept, and what anybody gets to see of them (contract §9).

use std::sync::Arc;

use futures_executor::block_on;
use serde_json::{Value, json};
use wiwebb_domain::error::Error;
use wiwebb_domain::gateway::{GatewaySettings, GatewayUpdate, NewGateway, PaymentGatewayConfig};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::secrets::{MockSecrets, SecretUnreadable};
use wiwebb_domain::services::{Ports, Services};
use wiwebb_domain::testing::samples;

use crate::shop::Shop;
use crate::world::settings;

const SECRET: &str = "sk_live_hidden";

fn config(value: Value) -> GatewaySettings {
    GatewaySettings::new(samples::object(value))
}

fn with(value: Value) -> NewGateway {
    NewGateway { config: config(value), ..samples::new_gateway("Stripe") }
}

fn create(shop: &Shop, new: NewGateway) -> PaymentGatewayConfig {
    block_on(shop.services.gateways.create(&shop.admin, Ok(new))).unwrap()
}

fn update(shop: &Shop, id: GatewayId, config: Option<GatewaySettings>) -> PaymentGatewayConfig {
    let update = GatewayUpdate { config, ..GatewayUpdate::default() };
    block_on(shop.services.gateways.update(&shop.admin, id, Ok(update))).unwrap()
}

/// The settings as they are stored.
fn kept(shop: &Shop, id: GatewayId) -> Value {
    let found = block_on(shop.services.gateways.get(&shop.admin, id)).unwrap();
    found.config.reveal().clone().into()
}

/// The secret as the shop seals it: what is stored is of no use by itself.
fn sealed(shop: &Shop, secret: &str) -> Value {
    json!({ "sealed": shop.ports.secrets.seal(secret).unwrap() })
}

#[test]
fn texts_whose_name_says_that_they_are_secret_are_sealed() {
    let shop = Shop::new();
    for name in ["secret_key", "API_KEY", "webhookSecret", "password", "access_token"] {
        let gateway =
            NewGateway { name: samples::text(name), ..with(json!({name: SECRET, "mode": "test"})) };
        let gateway = create(&shop, gateway);
        let expected = json!({name: sealed(&shop, SECRET), "mode": "test"});
        assert_eq!(kept(&shop, gateway.id), expected);
        let opened = shop.ports.secrets.open(expected[name]["sealed"].as_str().unwrap());
        assert_eq!(opened.as_deref(), Ok(SECRET));
    }
}

#[test]
fn secrets_within_other_settings_are_sealed_too() {
    let shop = Shop::new();
    let gateway = create(&shop, with(json!({"live": {"secret_key": SECRET}})));
    assert!(!kept(&shop, gateway.id).to_string().contains(SECRET));
}

#[test]
fn references_to_the_environment_and_what_is_no_text_stay_as_they_are() {
    let shop = Shop::new();
    let settings = json!({
        "secret_key": {"env": "STRIPE_SECRET_KEY"},
        "token_life": 30,
        "password_required": true,
        "key": null,
        "outcome": "confirmed",
    });
    let gateway = create(&shop, with(settings.clone()));
    assert_eq!(kept(&shop, gateway.id), settings);
}

#[test]
fn new_settings_are_sealed_and_kept_ones_are_not_sealed_twice() {
    let shop = Shop::new();
    let gateway = create(&shop, with(json!({"secret_key": SECRET})));
    let first = json!({"secret_key": sealed(&shop, SECRET)});
    update(&shop, gateway.id, None);
    assert_eq!(kept(&shop, gateway.id), first);
    update(&shop, gateway.id, Some(config(json!({"secret_key": "sk_other", "account": "a"}))));
    let second = json!({"secret_key": sealed(&shop, "sk_other"), "account": "a"});
    assert_eq!(kept(&shop, gateway.id), second);
}

#[test]
fn the_names_of_settings_are_shown_sorted_and_their_values_nowhere() {
    let shop = Shop::new();
    let settings = || config(json!({"secret_key": SECRET, "account": "acct_hidden", "mode": {}}));
    let created = create(&shop, NewGateway { config: settings(), ..with(json!({})) });
    let updated = update(&shop, created.id, Some(settings()));
    let listed = block_on(shop.services.gateways.list(&shop.admin, Ok(ListRequest::default())));
    let mut rows = listed.unwrap().items;
    rows.retain(|row| row.id == created.id);
    rows.extend([created, updated]);
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!(row.config.keys(), ["account", "mode", "secret_key"]);
        let shown = format!("{row:?}");
        assert!(!shown.contains("hidden") && !shown.contains("sealed"), "{shown}");
    }
}

#[test]
fn no_refusal_tells_a_value() {
    let shop = Shop::new();
    create(&shop, with(json!({"secret_key": SECRET})));
    let taken = block_on(
        shop.services.gateways.create(&shop.admin, Ok(with(json!({"secret_key": SECRET})))),
    );
    let error = taken.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(SECRET));
}

#[test]
fn a_secret_that_cannot_be_sealed_is_not_kept() {
    let shop = Shop::new();
    let before = create(&shop, with(json!({"secret_key": SECRET})));
    let mut broken = MockSecrets::new();
    broken.expect_seal().returning(|_| Err(SecretUnreadable));
    let ports = Ports { secrets: Arc::new(broken), ..shop.ports.clone() };
    let services = Services::new(ports, settings());
    let new = NewGateway { name: samples::text("Other"), ..with(json!({"secret_key": SECRET})) };
    let created = block_on(services.gateways.create(&shop.admin, Ok(new)));
    assert!(matches!(created, Err(Error::Secret(SecretUnreadable))));
    let config = Some(config(json!({"secret_key": "sk_other"})));
    let change = GatewayUpdate { config, ..GatewayUpdate::default() };
    let updated = block_on(services.gateways.update(&shop.admin, before.id, Ok(change)));
    assert!(matches!(updated, Err(Error::Secret(SecretUnreadable))));
    let listed = block_on(shop.services.gateways.list(&shop.admin, Ok(ListRequest::default())));
    let stored: Vec<_> =
        listed.unwrap().items.into_iter().filter(|row| row.id != shop.gateway).collect();
    assert_eq!(stored, [before]);
}
