//! Setting somebody's password, activating and deactivating (contract §5.5, §5.6).

use chrono::Duration;
use futures_executor::block_on;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::UserView;

use crate::world::{FORBIDDEN, GOOD_PASSWORD, PASSWORD, World, refusal, secret};

fn set_password(world: &World, actor: &Actor, id: UserId, password: &str) -> Result<(), Error> {
    block_on(world.services.users.set_password(actor, id, Ok(secret(password))))
}

fn set_active(
    world: &World,
    actor: &Actor,
    id: UserId,
    is_active: bool,
) -> Result<UserView, Error> {
    block_on(world.services.users.set_active(actor, id, Ok(is_active)))
}

/// Everybody the tests are about, and whom each may not touch.
struct People {
    root: Actor,
    admin: Actor,
    olga: Actor,
    sam: Actor,
    attached: Actor,
    stranger: Actor,
}

fn people(world: &World) -> People {
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    People {
        root: world.superadmin(),
        admin: world.admin(),
        olga: world.owner("olga", home),
        sam: world.subscriber("sam", home),
        attached: world.user("attached", Role::Admin, Some(home)),
        stranger: world.subscriber("stranger", away),
    }
}

impl People {
    /// Callers with targets out of their reach.
    fn out_of_reach(&self) -> [(Actor, Actor); 6] {
        [
            (self.admin, self.root),
            (self.olga, self.attached),
            (self.olga, self.stranger),
            (self.olga, self.root),
            (self.sam, self.olga),
            (self.sam, self.sam),
        ]
    }
}

#[test]
fn a_password_set_by_a_manager_kills_the_targets_keys_and_is_audited() {
    let world = World::new();
    let people = people(&world);
    let keys = [world.key_of("sam"), world.key_of("sam")];
    let own = world.key_of("olga");
    let now = world.clock.advance(Duration::minutes(1));
    set_password(&world, &people.olga, people.sam.user, GOOD_PASSWORD).unwrap();
    let stored = world.stored(people.sam.user);
    assert_eq!(stored.password, PlainHasher::hashed(GOOD_PASSWORD));
    assert_eq!(stored.password_updated, now);
    assert!(!keys.iter().any(|key| world.is_alive(key)));
    assert!(world.is_alive(&own));
    let [entry] = world.audit().try_into().unwrap();
    assert_eq!(entry.action, AuditAction::PasswordReset);
    assert_eq!(
        (entry.actor_id, entry.target_id, entry.timestamp),
        (Some(people.olga.user), Some(people.sam.user), now)
    );
    assert_eq!(entry.details, samples::object(json!({"changed_by": "olga@example.org"})));
}

#[test]
fn nobody_sets_the_password_of_whom_they_do_not_manage() {
    let world = World::new();
    let people = people(&world);
    for (actor, target) in people.out_of_reach() {
        assert_eq!(refusal(set_password(&world, &actor, target.user, GOOD_PASSWORD)), FORBIDDEN);
        assert_eq!(world.stored(target.user).password, PlainHasher::hashed(PASSWORD));
    }
    assert!(world.audit().is_empty());
}

#[test]
fn a_weak_password_is_judged_against_the_targets_data_and_changes_nothing() {
    let world = World::new();
    let people = people(&world);
    let key = world.key_of("stranger");
    for (password, refused) in [
        ("stranger-1", "password: The password is too similar to the username."),
        (
            "1234567",
            "password: This password is too short. It must contain at least 8 characters. \
             This password is too common. This password is entirely numeric.",
        ),
    ] {
        let result = set_password(&world, &people.admin, people.stranger.user, password);
        assert_eq!(refusal(result), refused);
    }
    assert!(world.is_alive(&key));
    assert!(world.audit().is_empty());
}

#[test]
fn ones_own_password_is_not_set_but_changed() {
    let world = World::new();
    let people = people(&world);
    for actor in [people.root, people.admin, people.olga] {
        let own = |password| refusal(set_password(&world, &actor, actor.user, password));
        assert_eq!(own(GOOD_PASSWORD), "Use the password change endpoint for your own password");
        assert!(own("12345").starts_with("password: "), "values are judged first");
        assert_eq!(world.stored(actor.user).password, PlainHasher::hashed(PASSWORD));
    }
    assert!(world.audit().is_empty());
}

#[test]
fn the_role_and_the_object_are_judged_before_the_input() {
    let world = World::new();
    let people = people(&world);
    let users = &world.services.users;
    let no_password = || Err(Violations::of("password", Violation::Required).into());
    let no_word = || Err(Violations::of("is_active", Violation::Required).into());
    for (actor, target) in people.out_of_reach() {
        let id = target.user;
        assert_eq!(refusal(block_on(users.set_password(&actor, id, no_password()))), FORBIDDEN);
        assert_eq!(refusal(block_on(users.set_active(&actor, id, no_word()))), FORBIDDEN);
    }
    let nobody = UserId::new(999);
    let found = block_on(users.set_password(&people.admin, nobody, no_password()));
    assert!(matches!(found, Err(Error::NotFound(_))));
    let found = block_on(users.set_active(&people.admin, nobody, no_word()));
    assert!(matches!(found, Err(Error::NotFound(_))));
    for id in [people.sam.user, people.admin.user] {
        assert_eq!(
            refusal(block_on(users.set_active(&people.admin, id, no_word()))),
            "is_active: This field is required."
        );
    }
    assert_eq!(refusal(block_on(users.set_active(&people.sam, nobody, no_word()))), FORBIDDEN);
}

/// Hashing takes a while; who was a subscriber then may be staff by now.
#[test]
fn a_target_that_gets_out_of_reach_while_the_password_is_hashed_keeps_it() {
    let world = World::new();
    let people = people(&world);
    let store = world.store.clone();
    let sam = people.sam.user;
    world.hasher.meanwhile(async move {
        let mut work = store.begin("test").await.unwrap();
        let mut user = work.users().find_by_login("sam").await.unwrap().unwrap();
        user.role = Role::Admin;
        work.users().update(&user).await.unwrap();
        work.commit().await.unwrap();
    });
    assert_eq!(refusal(set_password(&world, &people.olga, sam, GOOD_PASSWORD)), FORBIDDEN);
    assert_eq!(world.stored(sam).password, PlainHasher::hashed(PASSWORD));
    assert!(world.audit().is_empty());
}

#[test]
fn deactivation_kills_the_keys_for_good_and_keeps_the_rest() {
    let world = World::new();
    let people = people(&world);
    let sam = people.sam.user;
    let before = world.stored(sam);
    let key = world.key_of("sam");
    let now = world.clock.advance(Duration::minutes(1));
    let view = set_active(&world, &people.olga, sam, false).unwrap();
    assert!(!view.user.is_active);
    assert!(!world.is_alive(&key));
    assert!(!world.opens("sam", PASSWORD));

    let [entry] = world.audit().try_into().unwrap();
    assert_eq!(entry.action, AuditAction::ActivationChanged);
    assert_eq!(
        (entry.actor_id, entry.target_id, entry.timestamp),
        (Some(people.olga.user), Some(sam), now)
    );
    let details = json!({
        "old_is_active": true, "new_is_active": false, "changed_by": "olga@example.org"
    });
    assert_eq!(entry.details, samples::object(details));

    set_active(&world, &people.olga, sam, true).unwrap();
    assert!(!world.is_alive(&key), "an old key stays dead");
    assert!(world.opens("sam", PASSWORD));
    let after = world.stored(sam);
    assert_eq!((after.role, after.tenant_id), (before.role, before.tenant_id));
    assert_eq!(after.password, before.password);
    assert_eq!(world.audit().len(), 2);
}

#[test]
fn the_present_activity_again_succeeds_and_tells_nothing() {
    let world = World::new();
    let people = people(&world);
    let key = world.key_of("sam");
    assert!(set_active(&world, &people.admin, people.sam.user, true).unwrap().user.is_active);
    assert!(world.is_alive(&key));
    assert!(world.audit().is_empty());
}

#[test]
fn nobody_is_switched_by_whom_they_are_not_managed_by() {
    let world = World::new();
    let people = people(&world);
    for (actor, target) in people.out_of_reach() {
        assert_eq!(refusal(set_active(&world, &actor, target.user, false)), FORBIDDEN);
        assert!(world.stored(target.user).is_active);
    }
    assert!(world.audit().is_empty());
}

#[test]
fn nobody_switches_oneself_not_even_to_what_one_is() {
    let world = World::new();
    let people = people(&world);
    for actor in [people.root, people.admin, people.olga] {
        for is_active in [true, false] {
            assert_eq!(
                refusal(set_active(&world, &actor, actor.user, is_active)),
                "is_active: You cannot change your own active status."
            );
        }
        assert!(world.stored(actor.user).is_active);
    }
    assert!(world.audit().is_empty());
}
