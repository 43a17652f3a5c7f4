//! Plans and their pricing (contract §7).

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::{PlanId, PlanPricingId};
use wiwebb_domain::money::Currency;
use wiwebb_domain::page::{ListRequest, PageSize, Place, Position};
use wiwebb_domain::plan::{NewPlan, PlanFilter, PlanUpdate, PlanView};
use wiwebb_domain::pricing::{NewPlanPricing, PlanPricing, PlanPricingFilter, PlanPricingUpdate};
use wiwebb_domain::testing::samples;

use crate::world::{FORBIDDEN, World, refusal};

fn create(world: &World, admin: &Actor, plan: NewPlan) -> Result<PlanView, Error> {
    block_on(world.services.plans.create(admin, Ok(plan)))
}

fn plan(world: &World, admin: &Actor, name: &str) -> PlanId {
    create(world, admin, samples::new_plan(name)).unwrap().plan.id
}

fn default_plan(name: &str) -> NewPlan {
    NewPlan { default: true, ..samples::new_plan(name) }
}

fn price(world: &World, admin: &Actor, plan: PlanId, new: NewPlanPricing) -> PlanPricing {
    block_on(world.services.plans.create_pricing(admin, plan, Ok(new))).unwrap()
}

fn defaults(world: &World, actor: &Actor) -> Vec<String> {
    let plans = block_on(world.services.plans.list(actor, Ok(PlanFilter::default()))).unwrap();
    let defaults = plans.iter().filter(|view| view.plan.default);
    defaults.map(|view| view.plan.name.to_string()).collect()
}

#[test]
fn a_new_default_plan_takes_the_place_of_the_old_one() {
    let world = World::new();
    let admin = world.admin();
    create(&world, &admin, default_plan("Basic")).unwrap();
    create(&world, &admin, default_plan("Pro")).unwrap();
    assert_eq!(defaults(&world, &admin), ["Pro"]);

    let third = plan(&world, &admin, "Max");
    let update = PlanUpdate { default: Some(true), ..PlanUpdate::default() };
    let view = block_on(world.services.plans.update(&admin, third, Ok(update))).unwrap();
    assert!(view.plan.default);
    assert_eq!(defaults(&world, &admin), ["Max"]);
}

#[test]
fn a_default_plan_that_is_refused_leaves_the_old_one() {
    let world = World::new();
    let admin = world.admin();
    create(&world, &admin, default_plan("Basic")).unwrap();
    let taken = plan(&world, &admin, "Pro");
    assert_eq!(
        refusal(create(&world, &admin, default_plan("Pro"))),
        "name: plan with this name already exists."
    );
    let update = PlanUpdate {
        name: Some(samples::text("Basic")),
        default: Some(true),
        ..PlanUpdate::default()
    };
    assert_eq!(
        refusal(block_on(world.services.plans.update(&admin, taken, Ok(update)))),
        "name: plan with this name already exists."
    );
    assert_eq!(defaults(&world, &admin), ["Basic"]);
}

#[test]
fn plans_are_read_by_everybody_and_written_by_staff() {
    let world = World::new();
    let home = world.tenant("Home");
    let admin = world.admin();
    let id = plan(&world, &admin, "Basic");
    let plans = &world.services.plans;
    let (unread, nothing) = (|| Violations::of("name", Violation::Required), PlanId::new(999));
    for actor in [world.owner("olga", home), world.subscriber("sam", home)] {
        assert!(block_on(plans.get(&actor, id)).is_ok());
        assert_eq!(refusal(block_on(plans.create(&actor, Err(unread().into())))), FORBIDDEN);
        let update = plans.update(&actor, nothing, Err(unread().into()));
        assert_eq!(refusal(block_on(update)), FORBIDDEN);
        assert_eq!(refusal(block_on(plans.delete(&actor, nothing))), FORBIDDEN);
        let pricing = plans.create_pricing(&actor, nothing, Err(unread().into()));
        assert_eq!(refusal(block_on(pricing)), FORBIDDEN);
        let gone = plans.delete_pricing(&actor, nothing, PlanPricingId::new(999));
        assert_eq!(refusal(block_on(gone)), FORBIDDEN);
    }
    let update = plans.update(&admin, nothing, Err(unread().into()));
    assert!(matches!(block_on(update), Err(Error::NotFound(_))), "the object before the input");
}

#[test]
fn prices_that_cannot_be_bought_are_seen_by_staff_only() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let id = plan(&world, &admin, "Basic");
    let shown = price(&world, &admin, id, samples::new_pricing("9.99")).id;
    let inactive = NewPlanPricing { active: false, ..samples::new_pricing("4.99") };
    let hidden = price(&world, &admin, id, inactive).id;
    let plans = &world.services.plans;
    let listed = |actor| -> Vec<PlanPricingId> {
        block_on(plans.list_pricing(actor, id)).unwrap().iter().map(|price| price.id).collect()
    };
    assert_eq!(listed(&admin), [shown, hidden]);
    assert_eq!(listed(&bob), [shown]);
    assert!(block_on(plans.get_pricing(&admin, id, hidden)).is_ok());
    let found = block_on(plans.get_pricing(&bob, id, hidden));
    assert!(matches!(found, Err(Error::NotFound(_))));
    let of_all = |actor, is_active| -> Vec<PlanPricingId> {
        let filter = PlanPricingFilter { is_active, ..PlanPricingFilter::default() };
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = block_on(plans.page_pricing(actor, Ok(request))).unwrap();
        page.items.iter().map(|view| view.pricing.id).collect()
    };
    assert_eq!((of_all(&admin, None), of_all(&bob, None)), (vec![shown, hidden], vec![shown]));
    assert_eq!((of_all(&admin, Some(false)), of_all(&bob, Some(false))), (vec![hidden], vec![]));
    for actor in [admin, bob] {
        let view = block_on(plans.get(&actor, id)).unwrap();
        assert_eq!(view.pricing.iter().map(|price| price.id).collect::<Vec<_>>(), [shown]);
    }
}

#[test]
fn plans_and_prices_come_in_pages_to_everybody() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    for name in ["Basic", "Pro", "Max"] {
        let id = plan(&world, &admin, name);
        price(&world, &admin, id, samples::new_pricing("9.99"));
    }
    let plans = &world.services.plans;
    let size = PageSize::clamped(2);
    let of = |position| ListRequest { position, size, ..ListRequest::default() };
    let page = block_on(plans.page(&bob, Ok(of(Position::Number(2))))).unwrap();
    assert_eq!(page.place, Place::Numbered { number: 2, pages: 2, count: 3 });
    assert_eq!((page.items[0].plan.name.as_str(), page.items[0].pricing.len()), ("Max", 1));
    let beyond = block_on(plans.page(&bob, Ok(of(Position::Number(3)))));
    assert!(matches!(beyond, Err(Error::NoSuchPage)));

    let of = |position| ListRequest { position, size, ..ListRequest::default() };
    let page = block_on(plans.page_pricing(&bob, Ok(of(Position::Last)))).unwrap();
    assert_eq!(page.items[0].plan_name.as_str(), "Max");
    let beyond = block_on(plans.page_pricing(&bob, Ok(of(Position::Number(3)))));
    assert!(matches!(beyond, Err(Error::NoSuchPage)));
}

#[test]
fn a_price_is_found_under_its_own_plan_only() {
    let world = World::new();
    let admin = world.admin();
    let (basic, pro) = (plan(&world, &admin, "Basic"), plan(&world, &admin, "Pro"));
    let id = price(&world, &admin, basic, samples::new_pricing("9.99")).id;
    let plans = &world.services.plans;
    let update = || Ok(PlanPricingUpdate::default());
    for nowhere in [pro, PlanId::new(999)] {
        let found = block_on(plans.get_pricing(&admin, nowhere, id));
        assert!(matches!(found, Err(Error::NotFound(_))));
        let changed = block_on(plans.update_pricing(&admin, nowhere, id, update()));
        assert!(matches!(changed, Err(Error::NotFound(_))));
        let deleted = block_on(plans.delete_pricing(&admin, nowhere, id));
        assert!(matches!(deleted, Err(Error::NotFound(_))));
    }
    assert!(block_on(plans.get_pricing(&admin, basic, id)).is_ok());
}

#[test]
fn a_currency_that_cannot_express_the_stored_amount_is_refused_and_changes_nothing() {
    let world = World::new();
    let admin = world.admin();
    let id = plan(&world, &admin, "Basic");
    let before = price(&world, &admin, id, samples::new_pricing("9.99"));
    world.clock.advance(Duration::minutes(1));
    let yen = PlanPricingUpdate {
        currency: Some(Currency::new("JPY").unwrap()),
        active: Some(false),
        ..PlanPricingUpdate::default()
    };
    let plans = &world.services.plans;
    assert_eq!(
        refusal(block_on(plans.update_pricing(&admin, id, before.id, Ok(yen)))),
        "amount: This amount has more decimals than the currency allows."
    );
    assert_eq!(block_on(plans.get_pricing(&admin, id, before.id)).unwrap(), before);
}
