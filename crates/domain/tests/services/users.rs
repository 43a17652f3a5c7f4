//! Creating and changing users (contract §5.2, §5.3).

use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::password::{Likeness, NewPassword};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::users::{UserDraft, UserUpdate};
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::{Profile, ProfileUpdate, UserView};

use crate::world::{FORBIDDEN, GOOD_PASSWORD, World, refusal, secret};

fn draft(name: &str, role: Role, tenant: Option<i64>) -> UserDraft {
    let password = NewPassword::judged(secret(GOOD_PASSWORD), &Likeness::default()).unwrap();
    UserDraft {
        username: samples::username(name),
        email: samples::email(&format!("{name}@example.org")),
        password,
        role,
        tenant,
        profile: Profile { company: Some(samples::text("Acme")), ..Profile::default() },
        is_active: true,
    }
}

fn create(world: &World, actor: &Actor, draft: UserDraft) -> Result<UserView, Error> {
    block_on(world.services.users.create(actor, Ok(draft)))
}

fn update(world: &World, actor: &Actor, id: UserId, update: UserUpdate) -> Result<UserView, Error> {
    block_on(world.services.users.update(actor, id, Ok(update)))
}

fn name_is(name: &str) -> UserUpdate {
    let profile =
        ProfileUpdate { first_name: Some(Some(samples::text(name))), ..ProfileUpdate::default() };
    UserUpdate { profile, is_active: None }
}

fn active_is(is_active: bool) -> UserUpdate {
    UserUpdate { is_active: Some(is_active), ..UserUpdate::default() }
}

#[test]
fn staff_create_users_of_any_tenant_with_all_their_data() {
    let world = World::new();
    let home = world.tenant("Home");
    let admin = world.admin();
    let view =
        create(&world, &admin, draft("bob", Role::TenantOwner, Some(home.get().into()))).unwrap();
    assert_eq!(view.tenant.map(|tenant| tenant.id), Some(home));
    assert_eq!(view.user, world.stored(view.user.id));
    assert_eq!((view.user.role, view.user.tenant_id), (Role::TenantOwner, Some(home)));
    assert_eq!(view.user.password, PlainHasher::hashed(GOOD_PASSWORD));
    assert_eq!(view.user.company, Some(samples::text("Acme")));
    assert!(view.user.is_active);
    assert!(world.audit().is_empty(), "a creation writes no audit entry");
}

#[test]
fn an_owner_creates_subscribers_of_the_own_tenant_said_or_not() {
    let world = World::new();
    let home = world.tenant("Home");
    let olga = world.owner("olga", home);
    for (name, tenant) in [("sam", None), ("sue", Some(home.get().into()))] {
        let view = create(&world, &olga, draft(name, Role::Subscriber, tenant)).unwrap();
        assert_eq!(view.user.tenant_id, Some(home));
    }
}

#[test]
fn whoever_may_not_create_users_learns_nothing_of_the_input() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    let stray = world.user("stray", Role::TenantOwner, None);
    for actor in [bob, stray] {
        let broken = Err(Violations::of("email", Violation::NotEmail).into());
        assert_eq!(refusal(block_on(world.services.users.create(&actor, broken))), FORBIDDEN);
    }
}

#[test]
fn a_role_beyond_the_callers_gift_is_refused_and_nobody_created() {
    let world = World::new();
    let home = world.tenant("Home");
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    let superadmin = draft("max", Role::Superadmin, None);
    assert_eq!(refusal(create(&world, &admin, superadmin)), "Cannot assign SuperAdmin role.");
    for role in [Role::Superadmin, Role::Admin, Role::TenantOwner] {
        let refused = refusal(create(&world, &olga, draft("max", role, None)));
        assert_eq!(refused, "Can only assign Subscriber role.", "{role}");
    }
    assert!(!world.opens("max", GOOD_PASSWORD));
}

#[test]
fn field_errors_come_before_the_refusal_of_a_role() {
    let world = World::new();
    let admin = world.admin();
    let taken = UserDraft {
        email: samples::email("ADMIN@example.org"),
        ..draft("max", Role::Superadmin, None)
    };
    assert_eq!(
        refusal(create(&world, &admin, taken)),
        "email: user with this email already exists."
    );
}

#[test]
fn an_owner_creates_nobody_in_another_tenant_whether_it_exists_or_not() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let olga = world.owner("olga", home);
    for tenant in [Some(away.get().into()), Some(999), Some(i64::MAX), Some(-1)] {
        assert_eq!(
            refusal(create(&world, &olga, draft("sam", Role::Subscriber, tenant))),
            "non_field_errors: Cannot create resources in other tenants"
        );
    }
}

#[test]
fn owners_and_subscribers_need_a_tenant_that_exists_and_staff_need_none() {
    let world = World::new();
    let root = world.superadmin();
    for role in [Role::TenantOwner, Role::Subscriber] {
        assert_eq!(
            refusal(create(&world, &root, draft("max", role, None))),
            "tenant: This field is required."
        );
    }
    for (tenant, text) in [(999, "999"), (-1, "-1"), (i64::MAX, "9223372036854775807")] {
        assert_eq!(
            refusal(create(&world, &root, draft("max", Role::Subscriber, Some(tenant)))),
            format!("tenant: Invalid pk \"{text}\" - object does not exist.")
        );
    }
    for (name, role) in [("ada", Role::Admin), ("sul", Role::Superadmin)] {
        assert_eq!(create(&world, &root, draft(name, role, None)).unwrap().user.tenant_id, None);
    }
}

#[test]
fn every_value_that_the_store_refuses_is_told_at_once() {
    let world = World::new();
    let root = world.superadmin();
    world.user("bob", Role::Subscriber, None);
    assert_eq!(
        refusal(create(&world, &root, draft("bob", Role::Subscriber, Some(999)))),
        "email: user with this email already exists.; \
         tenant: Invalid pk \"999\" - object does not exist.; \
         username: A user with that username already exists."
    );
}

/// A tenant that goes away between its check and the insert must not leave a user behind, and is
/// told as any tenant that does not exist (contract §13, §1.8).
#[test]
fn a_tenant_deleted_meanwhile_is_told_as_one_that_does_not_exist() {
    let world = World::new();
    let home = world.tenant("Home");
    let root = world.superadmin();
    let store = world.store.clone();
    world.hasher.meanwhile(async move {
        let mut read = store.read("test").await.unwrap();
        assert!(read.tenants().delete(home).await.unwrap());
    });
    assert_eq!(
        refusal(create(&world, &root, draft("bob", Role::Subscriber, Some(home.get().into())))),
        format!("tenant: Invalid pk \"{home}\" - object does not exist.")
    );
    assert!(!world.opens("bob", GOOD_PASSWORD));
}

#[test]
fn a_user_out_of_reach_is_refused_and_one_that_does_not_exist_not_found() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let (olga, sam) = (world.owner("olga", home), world.subscriber("sam", home));
    let stranger = world.subscriber("stranger", away);
    let users = &world.services.users;
    assert!(block_on(users.get(&olga, sam.user)).is_ok());
    assert!(block_on(users.get(&sam, sam.user)).is_ok());
    assert_eq!(refusal(block_on(users.get(&olga, stranger.user))), FORBIDDEN);
    assert_eq!(refusal(block_on(users.get(&sam, olga.user))), FORBIDDEN);
    for actor in [olga, sam] {
        let nobody = block_on(users.get(&actor, UserId::new(999)));
        assert!(matches!(nobody, Err(Error::NotFound(_))));
        let nobody = update(&world, &actor, UserId::NOWHERE, name_is("X"));
        assert!(matches!(nobody, Err(Error::NotFound(_))));
    }
}

#[test]
fn a_user_is_changed_by_whoever_manages_them_and_by_oneself() {
    let world = World::new();
    let home = world.tenant("Home");
    let (root, admin) = (world.superadmin(), world.admin());
    let (olga, sam) = (world.owner("olga", home), world.subscriber("sam", home));
    let attached = world.user("attached", Role::Admin, Some(home));
    for (actor, target) in
        [(root, root), (root, admin), (admin, olga), (admin, admin), (olga, sam), (sam, sam)]
    {
        let view = update(&world, &actor, target.user, name_is("Changed")).unwrap();
        assert_eq!(view.user, world.stored(target.user));
        assert_eq!(view.user.first_name, Some(samples::text("Changed")));
    }
    for (actor, target) in [(admin, root), (olga, attached), (olga, admin), (sam, olga)] {
        let before = world.stored(target.user);
        assert_eq!(refusal(update(&world, &actor, target.user, name_is("No"))), FORBIDDEN);
        assert_eq!(world.stored(target.user), before);
    }
    assert!(world.audit().is_empty(), "profile data is not audited");
}

#[test]
fn the_object_is_judged_before_the_input() {
    let world = World::new();
    let (admin, root) = (world.admin(), world.superadmin());
    let broken = || Err(Violations::of("email", Violation::NotEmail).into());
    let users = &world.services.users;
    assert_eq!(refusal(block_on(users.update(&admin, root.user, broken()))), FORBIDDEN);
    assert_eq!(
        refusal(block_on(users.update(&admin, admin.user, broken()))),
        "email: Enter a valid email address."
    );
}

#[test]
fn activity_changed_in_an_update_kills_the_keys_and_is_audited() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let key = world.key_of("bob");
    let view = update(&world, &admin, bob.user, active_is(false)).unwrap();
    assert!(!view.user.is_active);
    assert!(!world.is_alive(&key));
    let [entry] = world.audit().try_into().unwrap();
    assert_eq!(entry.action, AuditAction::ActivationChanged);
    assert_eq!((entry.actor_id, entry.target_id), (Some(admin.user), Some(bob.user)));
}

#[test]
fn the_present_activity_in_an_update_changes_and_tells_nothing() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let key = world.key_of("bob");
    for actor in [admin, bob] {
        update(&world, &actor, bob.user, active_is(true)).unwrap();
    }
    assert!(world.is_alive(&key));
    assert!(world.audit().is_empty());
}

#[test]
fn nobody_changes_the_own_activity_and_the_rest_of_the_update_is_dropped() {
    let world = World::new();
    let home = world.tenant("Home");
    let actors = [
        world.superadmin(),
        world.admin(),
        world.owner("olga", home),
        world.subscriber("sam", home),
    ];
    for actor in actors {
        let before = world.stored(actor.user);
        let both = UserUpdate { is_active: Some(false), ..name_is("Changed") };
        assert_eq!(
            refusal(update(&world, &actor, actor.user, both)),
            "is_active: You cannot change your own active status."
        );
        assert_eq!(world.stored(actor.user), before);
    }
    assert!(world.audit().is_empty());
}
