//! What a delete takes along, what it leaves, and what forbids it (contract §13).

use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role, Scope};
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::relations::{DeletionPlan, EntityKind};
use wiwebb_domain::tenant::TenantRef;
use wiwebb_domain::testing::samples;

use crate::world::{FORBIDDEN, World, refusal};

fn delete_user(world: &World, actor: &Actor, id: UserId) -> Result<(), Error> {
    block_on(world.services.users.delete(actor, id))
}

fn delete_tenant(world: &World, actor: &Actor, id: TenantId) -> Result<(), Error> {
    block_on(world.services.tenants.delete(actor, TenantRef::Id(id)))
}

#[test]
fn a_tenant_with_users_stays_and_the_refusal_names_them() {
    let world = World::new();
    let home = world.tenant("Home");
    let admin = world.admin();
    world.owner("olga", home);
    world.subscriber("sam", home);
    let refused = delete_tenant(&world, &admin, home);
    let Err(Error::Protected(plan)) = refused else {
        unreachable!("{refused:?}");
    };
    assert_eq!(plan.root, EntityKind::Tenant);
    let blocking: Vec<_> =
        plan.blocked_by.iter().map(|found| (found.relation.child, found.rows)).collect();
    assert_eq!(blocking, [(EntityKind::User, 2)]);
    assert_eq!(
        refusal(delete_tenant(&world, &admin, home)),
        "Cannot delete tenant with existing users."
    );
    assert!(block_on(world.services.tenants.get(&admin, TenantRef::Id(home))).is_ok());
}

#[test]
fn staff_attached_to_a_tenant_hold_it_as_any_user_does() {
    let world = World::new();
    let home = world.tenant("Home");
    let admin = world.user("attached", Role::Admin, Some(home));
    assert!(matches!(delete_tenant(&world, &admin, home), Err(Error::Protected(_))));
}

#[test]
fn an_empty_tenant_goes_once() {
    let world = World::new();
    let home = world.tenant("Home");
    let admin = world.admin();
    delete_tenant(&world, &admin, home).unwrap();
    assert!(matches!(delete_tenant(&world, &admin, home), Err(Error::NotFound(_))));
}

#[test]
fn a_user_with_payments_stays_with_everything() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let todo = block_on(world.services.todos.create(&bob, Ok(samples::new_todo("stay")))).unwrap();
    let key = world.key_of("bob");
    world.payment(bob.user);
    let refused = delete_user(&world, &admin, bob.user);
    let Err(Error::Protected(plan)) = refused else {
        unreachable!("{refused:?}");
    };
    let blocking: Vec<_> =
        plan.blocked_by.iter().map(|found| (found.relation.child, found.rows)).collect();
    assert_eq!(blocking, [(EntityKind::Payment, 1)]);
    assert!(plan.cascades.iter().any(|found| found.relation.child == EntityKind::Todo));
    assert_eq!(
        refusal(delete_user(&world, &admin, bob.user)),
        "Cannot delete user with existing payments."
    );
    assert!(world.is_alive(&key));
    assert_eq!(block_on(world.services.todos.get(&bob, todo.id)).unwrap(), todo);
}

#[test]
fn todos_and_keys_go_with_their_user_and_nobody_elses_do() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    for actor in [&admin, &bob] {
        block_on(world.services.todos.create(actor, Ok(samples::new_todo("task")))).unwrap();
    }
    let (of_bob, of_admin) = (world.key_of("bob"), world.key_of("admin"));
    delete_user(&world, &admin, bob.user).unwrap();
    assert_eq!(world.find(bob.user), None);
    assert!(!world.is_alive(&of_bob) && world.is_alive(&of_admin));
    let left = block_on(async {
        let mut read = world.store.read("test").await.unwrap();
        let page = read.todos().list(Scope::Everything, ListRequest::default()).await.unwrap();
        page.unwrap().items
    });
    assert_eq!(left.iter().map(|todo| todo.user_id).collect::<Vec<_>>(), [admin.user]);
}

#[test]
fn a_reset_link_goes_with_its_user() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    block_on(world.services.accounts.request_reset(Ok(samples::email("bob@example.org")))).unwrap();
    delete_user(&world, &admin, bob.user).unwrap();
    assert_eq!(world.find(bob.user), None);
}

#[test]
fn audit_entries_outlive_actor_and_target_and_keep_who_changed_it() {
    let world = World::new();
    let (root, admin) = (world.superadmin(), world.admin());
    let bob = world.user("bob", Role::Subscriber, None);
    block_on(world.services.users.set_active(&admin, bob.user, Ok(false))).unwrap();
    let [before] = world.audit().try_into().unwrap();

    delete_user(&world, &root, bob.user).unwrap();
    let [entry] = world.audit().try_into().unwrap();
    assert_eq!((entry.actor_id, entry.target_id), (Some(admin.user), None));
    delete_user(&world, &root, admin.user).unwrap();
    let [entry] = world.audit().try_into().unwrap();
    assert_eq!((entry.actor_id, entry.target_id), (None, None));
    assert_eq!(entry.details["changed_by"], "admin@example.org");
    assert_eq!(
        (entry.id, entry.details, entry.timestamp),
        (before.id, before.details, before.timestamp)
    );
}

#[test]
fn nobody_deletes_oneself() {
    let world = World::new();
    let home = world.tenant("Home");
    for actor in [world.superadmin(), world.admin(), world.owner("olga", home)] {
        assert_eq!(
            refusal(delete_user(&world, &actor, actor.user)),
            "You cannot delete your own account."
        );
        assert!(world.find(actor.user).is_some());
    }
    let sam = world.subscriber("sam", home);
    assert_eq!(refusal(delete_user(&world, &sam, sam.user)), FORBIDDEN, "the role comes first");
}

#[test]
fn nobody_deletes_whom_they_do_not_manage() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let (root, admin, olga) = (world.superadmin(), world.admin(), world.owner("olga", home));
    let attached = world.user("attached", Role::Admin, Some(home));
    let stranger = world.subscriber("stranger", away);
    for (actor, target) in [(admin, root), (olga, attached), (olga, stranger), (olga, admin)] {
        assert_eq!(refusal(delete_user(&world, &actor, target.user)), FORBIDDEN);
        assert!(world.find(target.user).is_some());
    }
}

#[test]
fn a_role_without_the_right_is_refused_whatever_the_id() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    assert_eq!(refusal(delete_user(&world, &bob, UserId::new(999))), FORBIDDEN);
}

#[test]
fn a_user_is_deleted_once() {
    let world = World::new();
    let home = world.tenant("Home");
    let (olga, sam) = (world.owner("olga", home), world.subscriber("sam", home));
    delete_user(&world, &olga, sam.user).unwrap();
    assert!(matches!(delete_user(&world, &olga, sam.user), Err(Error::NotFound(_))));
}

#[test]
fn pricing_goes_with_its_plan_once() {
    let world = World::new();
    let admin = world.admin();
    let plans = &world.services.plans;
    let id = block_on(plans.create(&admin, Ok(samples::new_plan("Basic")))).unwrap().plan.id;
    let price = Ok(samples::new_pricing("9.99"));
    let price = block_on(plans.create_pricing(&admin, id, price)).unwrap().id;
    block_on(plans.delete(&admin, id)).unwrap();
    let found = block_on(plans.get_pricing(&admin, id, price));
    assert!(matches!(found, Err(Error::NotFound(EntityKind::PlanPricing))));
    let again = block_on(plans.delete(&admin, id));
    assert!(matches!(again, Err(Error::NotFound(EntityKind::Plan))));
}

#[test]
fn a_gateway_with_payments_stays_and_one_without_goes_once() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let gateways = &world.services.gateways;
    let used = world.payment(bob.user);
    assert_eq!(
        refusal(block_on(gateways.delete(&admin, used))),
        "Cannot delete payment gateway with existing payments."
    );
    assert!(block_on(gateways.get(&admin, used)).is_ok());
    let unused = block_on(gateways.create(&admin, Ok(samples::new_gateway("unused")))).unwrap().id;
    block_on(gateways.delete(&admin, unused)).unwrap();
    let again = block_on(gateways.delete(&admin, unused));
    assert!(matches!(again, Err(Error::NotFound(EntityKind::PaymentGatewayConfig))));
}

fn planned_user(world: &World, actor: &Actor, id: UserId) -> Result<DeletionPlan, Error> {
    block_on(world.services.deletions.of_user(actor, id))
}

/// The plan of a delete that was refused.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> DeletionPlan {
    match result {
        Err(Error::Protected(plan)) => plan,
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn a_plan_and_a_refused_delete_over_the_same_rows_are_equal() {
    let world = World::new();
    let (admin, home) = (world.admin(), world.tenant("Home"));
    let sam = world.subscriber("sam", home);
    block_on(world.services.todos.create(&sam, Ok(samples::new_todo("stay")))).unwrap();
    block_on(world.services.users.set_active(&admin, sam.user, Ok(false))).unwrap();
    let gateway = world.payment(sam.user);
    let plan = block_on(async {
        let mut read = world.store.read("test").await.unwrap();
        let plan = read.plans().insert(samples::new_plan("Basic"), samples::now()).await.unwrap();
        let subscription = samples::new_subscription(1, sam.user, plan.id);
        read.subscriptions().insert(subscription, samples::now()).await.unwrap();
        read.pricing().insert(plan.id, samples::new_pricing("1.00"), samples::now()).await.unwrap();
        plan.id
    });
    let services = &world.services;
    let planned = [
        block_on(services.deletions.of_tenant(&admin, TenantRef::Id(home))).unwrap(),
        planned_user(&world, &admin, sam.user).unwrap(),
        block_on(services.deletions.of_plan(&admin, plan)).unwrap(),
        block_on(services.deletions.of_gateway(&admin, gateway)).unwrap(),
    ];
    let told = [
        refused(delete_tenant(&world, &admin, home)),
        refused(delete_user(&world, &admin, sam.user)),
        refused(block_on(services.plans.delete(&admin, plan))),
        refused(block_on(services.gateways.delete(&admin, gateway))),
    ];
    assert_eq!(planned, told);
    let [_, user, plan, _] = planned;
    let names = |found: &[wiwebb_domain::relations::Dependants]| {
        found.iter().map(|found| (found.relation.name(), found.rows)).collect::<Vec<_>>()
    };
    assert_eq!(names(&user.blocked_by), [("payment.user_id".to_owned(), 1)]);
    let gone = [("todo.user_id".to_owned(), 1), ("subscription.user_id".to_owned(), 1)];
    assert_eq!(names(&user.cascades), gone);
    assert_eq!(names(&user.nullified), [("audit_entry.target_id".to_owned(), 1)]);
    assert_eq!(names(&plan.cascades), [("pricing.plan_id".to_owned(), 1)]);
}

#[test]
fn a_plan_that_allows_it_is_what_the_delete_then_does() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    block_on(world.services.todos.create(&bob, Ok(samples::new_todo("go")))).unwrap();
    let plan = planned_user(&world, &admin, bob.user).unwrap();
    assert!(plan.is_allowed());
    assert_eq!(plan.cascades.iter().map(|found| found.rows).sum::<u64>(), 1);
    assert!(world.find(bob.user).is_some(), "a plan changes nothing");
    delete_user(&world, &admin, bob.user).unwrap();
}

#[test]
fn a_plan_is_for_whoever_may_delete_with_the_same_refusals() {
    let cast = || {
        let world = World::new();
        let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
        let people = [
            world.superadmin(),
            world.admin(),
            world.owner("olga", home),
            world.subscriber("sam", home),
            world.subscriber("stranger", away),
        ];
        (world, people)
    };
    let (_, people) = cast();
    let targets = people.map(|person| person.user).into_iter().chain([UserId::new(999)]);
    for target in targets {
        for actor in people {
            // A world of its own, because some of these are deleted.
            let (world, _) = cast();
            let plan = refusal(planned_user(&world, &actor, target));
            assert_eq!(plan, refusal(delete_user(&world, &actor, target)), "{actor:?} {target}");
        }
    }
}

#[test]
fn plans_of_what_belongs_to_the_system_are_for_staff() {
    let world = World::new();
    let home = world.tenant("Home");
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    let gateway = world.payment(olga.user);
    let plan = block_on(world.services.plans.create(&admin, Ok(samples::new_plan("Basic"))));
    let plan = plan.unwrap().plan.id;
    let deletions = &world.services.deletions;
    let tenant = TenantRef::Id(home);
    assert_eq!(refusal(block_on(deletions.of_tenant(&olga, tenant.clone()))), FORBIDDEN);
    assert_eq!(refusal(block_on(deletions.of_plan(&olga, plan))), FORBIDDEN);
    assert_eq!(refusal(block_on(deletions.of_gateway(&olga, gateway))), FORBIDDEN);
    assert!(block_on(deletions.of_tenant(&admin, tenant)).is_ok());
    assert!(block_on(deletions.of_plan(&admin, plan)).unwrap().is_allowed());
    assert!(block_on(deletions.of_gateway(&admin, gateway)).is_ok());
    let nowhere = block_on(deletions.of_plan(&admin, wiwebb_domain::ids::PlanId::NOWHERE));
    assert!(matches!(nowhere, Err(Error::NotFound(EntityKind::Plan))));
}
