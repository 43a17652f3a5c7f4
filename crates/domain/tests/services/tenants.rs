//! Tenants (contract §4).

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::services::tenants::TenantDraft;
use wiwebb_domain::tenant::{TenantRef, TenantUpdate, TenantView};
use wiwebb_domain::testing::samples;

use crate::world::{FORBIDDEN, World, refusal};

fn update(
    world: &World,
    actor: &Actor,
    id: TenantId,
    update: TenantUpdate,
) -> Result<TenantView, Error> {
    block_on(world.services.tenants.update(actor, TenantRef::Id(id), Ok(update)))
}

fn get(world: &World, actor: &Actor, id: TenantId) -> Result<TenantView, Error> {
    block_on(world.services.tenants.get(actor, TenantRef::Id(id)))
}

fn renamed(name: &str) -> TenantUpdate {
    TenantUpdate { name: Some(samples::text(name)), ..TenantUpdate::default() }
}

fn draft(name: &str, slug: Option<&str>) -> TenantDraft {
    TenantDraft {
        name: samples::text(name),
        slug: slug.map(samples::slug),
        email: None,
        url: None,
        description: None,
        is_active: true,
    }
}

#[test]
fn staff_found_tenants_and_nobody_else() {
    let world = World::new();
    let home = world.tenant("Home");
    let tenants = &world.services.tenants;
    for (actor, name) in [(world.superadmin(), "Acme"), (world.admin(), "Globex")] {
        let view = block_on(tenants.create(&actor, Ok(draft(name, Some(name))))).unwrap();
        assert_eq!(view.user_count, 0);
        assert_eq!(view.tenant.uuid.get_version_num(), 4);
        assert_eq!(
            (view.tenant.created_at, view.tenant.updated_at),
            (samples::now(), samples::now())
        );
        assert_eq!(get(&world, &actor, view.tenant.id).unwrap(), view);
    }
    for actor in [world.owner("olga", home), world.subscriber("sam", home)] {
        let unread = Err(Violations::of("name", Violation::Required).into());
        assert_eq!(refusal(block_on(tenants.create(&actor, unread))), FORBIDDEN);
    }
}

#[test]
fn a_founder_is_told_every_name_that_is_taken_at_once() {
    let world = World::new();
    let admin = world.admin();
    world.tenant("Home");
    let again = block_on(world.services.tenants.create(&admin, Ok(draft("Home", Some("home")))));
    assert_eq!(
        refusal(again),
        "name: tenant with this name already exists.; slug: tenant with this slug already exists."
    );
    let other_case = draft("HOME", Some("HOME"));
    assert!(block_on(world.services.tenants.create(&admin, Ok(other_case))).is_ok());
}

#[test]
fn a_founder_who_sends_no_slug_gets_the_first_one_of_the_name_that_is_free() {
    let world = World::new();
    let admin = world.admin();
    let found = |name: &str, slug: Option<&str>| {
        let made = block_on(world.services.tenants.create(&admin, Ok(draft(name, slug))));
        made.unwrap().tenant.slug.into_string()
    };
    assert_eq!(found("Hill Net", None), "hill-net");
    assert_eq!(found("Third", Some("hill-net-3")), "hill-net-3");
    assert_eq!(found("HILL NET", None), "hill-net-2");
    assert_eq!(found("Hill-Net", None), "hill-net-4", "the third is somebody's");
}

#[test]
fn a_name_that_is_taken_is_refused_without_a_word_of_the_slug_nobody_sent() {
    let world = World::new();
    let admin = world.admin();
    world.tenant("Home");
    let again = world.services.tenants.create(&admin, Ok(draft("Home", None)));
    assert_eq!(refusal(block_on(again)), "name: tenant with this name already exists.");
}

#[test]
fn a_tenant_is_found_by_id_uuid_and_slug_and_all_mean_the_same() {
    let world = World::new();
    let home = world.tenant("Home");
    let admin = world.admin();
    let by_id = get(&world, &admin, home).unwrap();
    for name in [TenantRef::Uuid(by_id.tenant.uuid), TenantRef::Slug(samples::slug("home"))] {
        assert_eq!(block_on(world.services.tenants.get(&admin, name)).unwrap(), by_id);
    }
}

#[test]
fn an_owner_sees_the_own_tenant_and_is_refused_any_other() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let olga = world.owner("olga", home);
    assert!(get(&world, &olga, home).is_ok());
    assert_eq!(refusal(get(&world, &olga, away)), FORBIDDEN);
    assert_eq!(refusal(update(&world, &olga, away, renamed("Mine"))), FORBIDDEN);
    let nowhere = TenantId::new(999);
    assert!(matches!(get(&world, &olga, nowhere), Err(Error::NotFound(_))));
    assert!(matches!(update(&world, &olga, nowhere, renamed("X")), Err(Error::NotFound(_))));
}

#[test]
fn a_role_without_the_right_is_refused_whatever_the_id() {
    let world = World::new();
    let home = world.tenant("Home");
    let (olga, sam) = (world.owner("olga", home), world.subscriber("sam", home));
    let stray = world.user("stray", Role::TenantOwner, None);
    for id in [home, TenantId::new(999)] {
        for actor in [sam, stray] {
            assert_eq!(refusal(get(&world, &actor, id)), FORBIDDEN);
            assert_eq!(refusal(update(&world, &actor, id, renamed("Mine"))), FORBIDDEN);
        }
        for actor in [olga, sam] {
            let delete = world.services.tenants.delete(&actor, TenantRef::Id(id));
            assert_eq!(refusal(block_on(delete)), FORBIDDEN);
        }
    }
}

#[test]
fn everybody_sees_the_tenant_they_belong_to_as_their_own() {
    let world = World::new();
    let home = world.tenant("Home");
    let attached = world.user("attached", Role::Admin, Some(home));
    for actor in [world.owner("olga", home), world.subscriber("sam", home), attached] {
        let own = block_on(world.services.tenants.own(&actor)).unwrap();
        assert_eq!((own.tenant.id, own.user_count > 0), (home, true));
    }
    for actor in [world.superadmin(), world.user("stray", Role::Subscriber, None)] {
        assert_eq!(refusal(block_on(world.services.tenants.own(&actor))), "No tenant assigned");
    }
}

#[test]
fn the_list_of_tenants_is_bounded_by_the_role() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let listed = |actor: &Actor| -> Vec<TenantId> {
        let page =
            block_on(world.services.tenants.list(actor, Ok(ListRequest::default()))).unwrap();
        page.items.iter().map(|view| view.tenant.id).collect()
    };
    assert_eq!(listed(&world.admin()), [away, home], "by name");
    assert_eq!(listed(&world.owner("olga", home)), [home]);
    assert_eq!(listed(&world.subscriber("sam", home)), []);
}

#[test]
fn the_user_count_has_inactive_users_too() {
    let world = World::new();
    let home = world.tenant("Home");
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    let sam = world.subscriber("sam", home);
    block_on(world.services.users.set_active(&olga, sam.user, Ok(false))).unwrap();
    assert_eq!(get(&world, &admin, home).unwrap().user_count, 2);
}

#[test]
fn a_change_moves_the_instant_and_what_was_sent_and_nothing_else() {
    let world = World::new();
    let home = world.tenant("Home");
    let olga = world.owner("olga", home);
    let before = get(&world, &olga, home).unwrap();
    let later = world.clock.advance(Duration::minutes(1));
    let view = update(&world, &olga, home, renamed("House")).unwrap();
    let mut expected = before.clone();
    expected.tenant.name = samples::text("House");
    expected.tenant.updated_at = later;
    assert_eq!(view, expected);
    assert_eq!(get(&world, &olga, home).unwrap(), expected);

    let latest = world.clock.advance(Duration::minutes(1));
    let view = update(&world, &olga, home, TenantUpdate::default()).unwrap();
    expected.tenant.updated_at = latest;
    assert_eq!(view, expected, "an empty change moves the instant alone");
}

#[test]
fn names_of_other_tenants_are_refused_at_once_and_ones_own_are_not() {
    let world = World::new();
    let (home, _) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let admin = world.admin();
    let before = get(&world, &admin, home).unwrap();
    let both =
        |name: &str, slug: &str| TenantUpdate { slug: Some(samples::slug(slug)), ..renamed(name) };
    assert_eq!(
        refusal(update(&world, &admin, home, both("Elsewhere", "elsewhere"))),
        "name: tenant with this name already exists.; slug: tenant with this slug already exists."
    );
    assert_eq!(get(&world, &admin, home).unwrap(), before);
    assert!(update(&world, &admin, home, both("Home", "home")).is_ok());
}

#[test]
fn an_owner_cannot_move_the_mark_of_activity_and_the_rest_of_the_change_is_dropped() {
    let world = World::new();
    let home = world.tenant("Home");
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    let marked = |is_active| TenantUpdate { is_active: Some(is_active), ..renamed("House") };
    let before = get(&world, &admin, home).unwrap();
    assert_eq!(refusal(update(&world, &olga, home, marked(false))), FORBIDDEN);
    assert_eq!(get(&world, &admin, home).unwrap(), before);
    assert!(update(&world, &olga, home, marked(true)).is_ok(), "the present mark is no move");
    assert!(!update(&world, &admin, home, marked(false)).unwrap().tenant.is_active);
}

#[test]
fn an_inactive_tenant_keeps_nobody_out() {
    let world = World::new();
    let home = world.tenant("Home");
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    let key = world.key_of("olga");
    let inactive = TenantUpdate { is_active: Some(false), ..TenantUpdate::default() };
    update(&world, &admin, home, inactive).unwrap();
    assert!(world.is_alive(&key));
    assert!(get(&world, &olga, home).is_ok());
}
