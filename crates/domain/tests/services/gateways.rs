//! Payment gateways (contract §9).

use futures_executor::block_on;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::gateway::{GatewaySettings, GatewayUpdate, NewGateway};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::testing::samples;
use wiwebb_domain::testing::secrets::PlainSecrets;

use crate::world::{FORBIDDEN, World, refusal};

fn create(world: &World, actor: &Actor, new: NewGateway) -> GatewayId {
    block_on(world.services.gateways.create(actor, Ok(new))).unwrap().id
}

fn with_secret() -> NewGateway {
    let settings = samples::object(json!({"secret_key": "sk_hidden", "account": "a"}));
    NewGateway { config: GatewaySettings::new(settings), ..samples::new_gateway("Stripe") }
}

#[test]
fn everybody_sees_the_active_gateways_the_highest_priority_first_then_by_name() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    for (name, priority, is_active) in
        [("B", 1, true), ("A", 1, true), ("C", 9, true), ("D", 99, false)]
    {
        create(&world, &admin, NewGateway { priority, is_active, ..samples::new_gateway(name) });
    }
    for actor in [admin, bob] {
        let active = block_on(world.services.gateways.active(&actor)).unwrap();
        let names: Vec<&str> = active.iter().map(|gateway| gateway.name.as_str()).collect();
        assert_eq!(names, ["C", "A", "B"]);
    }
}

#[test]
fn the_configuration_is_for_staff_alone_whatever_the_id() {
    let world = World::new();
    let home = world.tenant("Home");
    let gateways = &world.services.gateways;
    let unread = || Violations::of("name", Violation::Required);
    let nothing = GatewayId::new(999);
    for actor in [world.owner("olga", home), world.subscriber("sam", home)] {
        let listed = block_on(gateways.list(&actor, Ok(ListRequest::default())));
        assert_eq!(refusal(listed), FORBIDDEN);
        assert_eq!(refusal(block_on(gateways.get(&actor, nothing))), FORBIDDEN);
        assert_eq!(refusal(block_on(gateways.create(&actor, Err(unread().into())))), FORBIDDEN);
        let update = gateways.update(&actor, nothing, Err(unread().into()));
        assert_eq!(refusal(block_on(update)), FORBIDDEN);
        assert_eq!(refusal(block_on(gateways.delete(&actor, nothing))), FORBIDDEN);
    }
    let admin = world.admin();
    let update = gateways.update(&admin, nothing, Err(unread().into()));
    assert!(matches!(block_on(update), Err(Error::NotFound(_))), "the object before the input");
}

#[test]
fn settings_are_kept_whole_or_replaced_whole() {
    let world = World::new();
    let admin = world.admin();
    let id = create(&world, &admin, with_secret());
    let change =
        |update| block_on(world.services.gateways.update(&admin, id, Ok(update))).unwrap().config;
    let renamed = GatewayUpdate { name: Some(samples::text("Cards")), ..GatewayUpdate::default() };
    let stored = with_secret().config.sealed(&PlainSecrets::default()).unwrap();
    assert_eq!(change(renamed), stored);
    let settings = GatewaySettings::new(samples::object(json!({"account": "b"})));
    let replaced = GatewayUpdate { config: Some(settings.clone()), ..GatewayUpdate::default() };
    assert_eq!(change(replaced), settings);
}

#[test]
fn no_debug_output_shows_a_setting() {
    let shown = format!("{:?}", with_secret());
    assert!(shown.contains("secret_key") && !shown.contains("sk_hidden"), "{shown}");
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let world = World::new();
    let admin = world.admin();
    create(&world, &admin, with_secret());
    assert_eq!(
        refusal(block_on(world.services.gateways.create(&admin, Ok(with_secret())))),
        "name: payment gateway config with this name already exists."
    );
}
