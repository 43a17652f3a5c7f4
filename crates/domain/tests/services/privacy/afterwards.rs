//! What comes behind a person who is forgotten, and who may not be in the way.

use futures_executor::block_on;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::Error;
use wiwebb_domain::password::{Likeness, NewPassword};
use wiwebb_domain::services::accounts::Registration;
use wiwebb_domain::services::users::{UserDraft, UserUpdate};
use wiwebb_domain::testing::samples::{self, email, text, username};
use wiwebb_domain::user::{Profile, ProfileUpdate};

use super::kept::Kept;
use crate::world::{GOOD_PASSWORD, World, refusal, secret};

const NAME_TAKEN: &str = "username: A user with that username already exists.";
const EMAIL_TAKEN: &str = "email: user with this email already exists.";

fn forgotten() -> Kept {
    let kept = Kept::new();
    let forget = kept.world.services.privacy.anonymise(&kept.admin, kept.who.user, Ok(()));
    block_on(forget).unwrap();
    kept
}

fn bio(words: &str) -> ProfileUpdate {
    ProfileUpdate { bio: Some(Some(text(words))), ..ProfileUpdate::default() }
}

fn address(words: &str) -> ProfileUpdate {
    ProfileUpdate { email: Some(email(words)), ..ProfileUpdate::default() }
}

/// Its key was checked before it was dead.
#[test]
fn a_request_that_was_let_in_before_writes_nothing_any_more() {
    let kept = forgotten();
    let before = kept.export_as(&kept.admin, kept.who.user).unwrap();
    let (services, who) = (&kept.world.services, &kept.who);
    let own = block_on(services.accounts.update_profile(who, Ok(bio("marlowe"))));
    assert!(matches!(own, Err(Error::ActorGone)), "{own:?}");
    let update = UserUpdate { profile: bio("marlowe"), is_active: None };
    let own = block_on(services.users.update(who, who.user, Ok(update)));
    assert!(matches!(own, Err(Error::ActorGone)), "{own:?}");
    let todo = block_on(services.todos.create(who, Ok(samples::new_todo("marlowe"))));
    assert!(matches!(todo, Err(Error::ActorGone)), "{todo:?}");
    assert_eq!(kept.export_as(&kept.admin, kept.who.user).unwrap(), before);
    let todos = kept.export().into_iter().any(|part| format!("{part:?}").contains("marlowe"));
    assert!(!todos, "a todo is left");
}

#[test]
fn whoever_is_forgotten_stays_away() {
    let kept = forgotten();
    let (users, who) = (&kept.world.services.users, kept.who.user);
    let before = kept.world.stored(who);
    let refused = "Cannot activate an anonymised user.";
    let on = UserUpdate { is_active: Some(true), profile: bio("back") };
    assert_eq!(refusal(block_on(users.update(&kept.admin, who, Ok(on)))), refused);
    assert_eq!(refusal(block_on(users.set_active(&kept.admin, who, Ok(true)))), refused);
    block_on(users.set_active(&kept.admin, who, Ok(false))).unwrap();
    assert_eq!(kept.world.stored(who), before);
}

#[test]
fn the_row_of_whoever_is_forgotten_can_be_sent_back_as_it_was_read() {
    let kept = forgotten();
    let before = kept.world.stored(kept.who.user);
    let profile = ProfileUpdate { email: Some(before.email.clone()), ..ProfileUpdate::default() };
    let update = UserUpdate { profile, is_active: Some(false) };
    let users = &kept.world.services.users;
    block_on(users.update(&kept.admin, kept.who.user, Ok(update))).unwrap();
    assert_eq!(kept.world.stored(kept.who.user), before);
}

fn password() -> NewPassword {
    NewPassword::judged(secret(GOOD_PASSWORD), &Likeness::default()).unwrap()
}

/// How somebody is refused who registers, and who is created by staff.
fn refusals(world: &World, name: &str, address: &str) -> [String; 3] {
    let registration = Registration {
        username: username(name),
        email: email(address),
        password: password(),
        first_name: None,
        last_name: None,
        phone_number: None,
        user_agent: None,
    };
    let draft = UserDraft {
        username: username(name),
        email: email(address),
        password: password(),
        role: Role::Admin,
        tenant: None,
        profile: Profile::default(),
        is_active: true,
    };
    let services = &world.services;
    let (name, address) = (username(name), email(address));
    let operator = services.accounts.ensure_superadmin(name, address, secret(GOOD_PASSWORD));
    [
        refusal(block_on(services.accounts.register(Ok(registration)))),
        refusal(block_on(services.users.create(&world.superadmin(), Ok(draft)))),
        refusal(block_on(operator)),
    ]
}

#[test]
fn nobody_comes_by_a_name_that_somebody_forgotten_may_need() {
    let refused = refusals(&World::new(), "deleted-13", "free@example.org");
    assert_eq!(refused, [NAME_TAKEN; 3]);
}

#[test]
fn nobody_comes_by_an_address_that_somebody_forgotten_may_need() {
    for taken in ["deleted-13@deleted.invalid", "x@mail.Deleted.Invalid"] {
        assert_eq!(refusals(&World::new(), "free", taken), [EMAIL_TAKEN; 3]);
    }
}

#[test]
fn what_is_reserved_and_taken_is_told_once() {
    let kept = forgotten();
    let id = kept.who.user;
    let (name, address) = (format!("deleted-{id}"), format!("deleted-{id}@deleted.invalid"));
    let [registered, created, _] = refusals(&kept.world, &name, &address);
    assert_eq!(registered, format!("{EMAIL_TAKEN}; {NAME_TAKEN}"));
    assert_eq!(created, registered);
}

#[test]
fn nobody_moves_to_an_address_that_somebody_forgotten_may_need() {
    let world = World::new();
    let (root, bob) = (world.superadmin(), world.user("bob", Role::Subscriber, None));
    let before = world.stored(bob.user);
    let wanted = address("deleted-13@deleted.invalid");
    let own = world.services.accounts.update_profile(&bob, Ok(wanted.clone()));
    assert_eq!(refusal(block_on(own)), EMAIL_TAKEN);
    let update = UserUpdate { profile: wanted, is_active: None };
    let managed = world.services.users.update(&root, bob.user, Ok(update));
    assert_eq!(refusal(block_on(managed)), EMAIL_TAKEN);
    assert_eq!(world.stored(bob.user), before);
}
