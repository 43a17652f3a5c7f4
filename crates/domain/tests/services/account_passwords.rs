//! Changing one's own password (contract §3.5, §1.2), and changes that cross a login.

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::Error;
use wiwebb_domain::lockout::{AccountDigest, Lockout};
use wiwebb_domain::memory::MemoryStore;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::accounts::PasswordChange;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::NewUser;

use crate::world::{GOOD_PASSWORD, PASSWORD, World, credentials, refusal, secret};

fn change(world: &World, actor: &Actor, old: &str, new: &str, again: &str) -> Result<(), Error> {
    let change = PasswordChange { old: secret(old), new: secret(new), repeated: secret(again) };
    block_on(world.services.accounts.change_password(actor, Ok(change)))
}

#[test]
fn a_change_of_the_password_kills_every_key_of_the_user_and_of_nobody_else() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    world.user("eve", Role::Subscriber, None);
    let keys = [world.key_of("bob"), world.key_of("bob")];
    let other = world.key_of("eve");
    let now = world.clock.advance(Duration::minutes(5));
    change(&world, &bob, PASSWORD, GOOD_PASSWORD, GOOD_PASSWORD).unwrap();
    assert!(!keys.iter().any(|key| world.is_alive(key)));
    assert!(world.is_alive(&other));
    assert_eq!(world.stored(bob.user).password_updated, now);
    assert!(world.opens("bob", GOOD_PASSWORD) && !world.opens("bob", PASSWORD));
}

#[test]
fn a_change_of_ones_own_password_writes_no_audit_entry() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    change(&world, &bob, PASSWORD, GOOD_PASSWORD, GOOD_PASSWORD).unwrap();
    assert!(world.audit().is_empty());
}

#[test]
fn a_refused_change_says_why_and_leaves_password_and_keys() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    let key = world.key_of("bob");
    let before = world.stored(bob.user);
    for (old, new, again, refused) in [
        ("wrong horse", GOOD_PASSWORD, GOOD_PASSWORD, "old_password: Wrong password."),
        (
            PASSWORD,
            GOOD_PASSWORD,
            "brass-Compass-72",
            "new_password2: The two password fields didn't match.",
        ),
        (
            PASSWORD,
            "12345",
            "12345",
            "new_password2: This password is too short. It must contain at least 8 characters. \
             This password is too common. This password is entirely numeric.",
        ),
        (
            PASSWORD,
            "bob@example.or",
            "bob@example.or",
            "new_password2: The password is too similar to the email address.",
        ),
    ] {
        assert_eq!(refusal(change(&world, &bob, old, new, again)), refused);
        assert_eq!(world.stored(bob.user), before, "{refused}");
        assert!(world.is_alive(&key), "{refused}");
    }
}

/// What a change with an old password comes to, `in N` where it is a lock of N seconds.
fn told(world: &World, bob: &Actor, old: &str, new: &str) -> String {
    match change(world, bob, old, new, new) {
        Ok(()) => "changed".to_owned(),
        Err(Error::LockedOut { retry_in }) => format!("in {}", retry_in.num_seconds()),
        Err(other) => other.to_string(),
    }
}

const WRONG: &str = "old_password: Wrong password.";

#[test]
fn ten_wrong_old_passwords_lock_the_account_without_a_look_at_the_eleventh() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    for _ in 0..10 {
        assert_eq!(told(&world, &bob, "wrong horse", GOOD_PASSWORD), WRONG);
    }
    let checked = world.hasher.verified().len();
    assert_eq!(told(&world, &bob, PASSWORD, GOOD_PASSWORD), "in 60");
    assert!(!world.opens("bob", PASSWORD), "nor does anybody sign in");
    assert_eq!(world.hasher.verified().len(), checked);
    world.clock.advance(Duration::seconds(60));
    assert_eq!(told(&world, &bob, PASSWORD, GOOD_PASSWORD), "changed");
}

#[test]
fn failed_logins_and_wrong_old_passwords_count_together_until_a_right_one() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    for new in ["12345", GOOD_PASSWORD] {
        for _ in 0..5 {
            assert!(!world.opens("bob", "wrong horse"));
        }
        for _ in 0..4 {
            assert_eq!(told(&world, &bob, "wrong horse", GOOD_PASSWORD), WRONG);
        }
        let right = told(&world, &bob, PASSWORD, new);
        assert_eq!(right == "changed", new == GOOD_PASSWORD, "{right}");
    }
    assert!(world.opens("bob", GOOD_PASSWORD));
}

#[test]
fn a_right_old_password_that_ten_guesses_outrun_is_told_of_the_lock() {
    for old in [PASSWORD, "wrong horse"] {
        let world = World::new();
        let bob = world.user("bob", Role::Subscriber, None);
        world.hasher.meanwhile(lock_behind_the_back(world.store.clone(), "bob"));
        assert_eq!(told(&world, &bob, old, "12345"), "in 60", "{old}");
    }
}

#[test]
fn without_a_lock_old_passwords_are_not_counted() {
    let world = World::with_lockout(None);
    let bob = world.user("bob", Role::Subscriber, None);
    for _ in 0..20 {
        assert_eq!(told(&world, &bob, "wrong horse", GOOD_PASSWORD), WRONG);
    }
    assert_eq!(told(&world, &bob, PASSWORD, GOOD_PASSWORD), "changed");
}

/// Ten guesses of others.
async fn lock_behind_the_back(store: MemoryStore, name: &str) {
    let mut read = store.read("test").await.unwrap();
    let account = AccountDigest::of(&samples::username(name));
    for _ in 0..10 {
        let counted = read.login_attempts().count(account, samples::now(), Lockout::USUAL).await;
        assert!(counted.unwrap());
    }
}

/// Puts another password in place as a change or reset by somebody else does.
async fn change_behind_the_back(store: MemoryStore, password: &str) {
    let mut work = store.begin("test").await.unwrap();
    let mut user = work.users().find_by_login("bob").await.unwrap().unwrap();
    user.set_password(PlainHasher::hashed(password), samples::after(1));
    work.users().update(&user).await.unwrap();
    work.access_tokens().delete_of_user(user.id).await.unwrap();
    work.commit().await.unwrap();
}

#[test]
fn of_two_changes_at_once_the_second_finds_its_old_password_wrong() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    world.hasher.meanwhile(change_behind_the_back(world.store.clone(), "first-to-Come-1"));
    assert_eq!(
        refusal(change(&world, &bob, PASSWORD, GOOD_PASSWORD, GOOD_PASSWORD)),
        "old_password: Wrong password."
    );
    assert!(world.opens("bob", "first-to-Come-1"));
}

/// A login makes an outdated hash anew; what was changed meanwhile must not be put back.
#[test]
fn a_password_changed_while_a_login_rehashes_the_old_one_stays_changed() {
    let world = World::new();
    let outdated = PlainHasher::outdated(PASSWORD);
    let bob = world.insert(NewUser { password: outdated, ..samples::new_user("bob") });
    world.hasher.meanwhile(change_behind_the_back(world.store.clone(), GOOD_PASSWORD));
    let _ = world.opens("bob", PASSWORD);
    assert_eq!(world.stored(bob.user).password, PlainHasher::hashed(GOOD_PASSWORD));
}

/// All keys die on a change of the password (contract §1.2), also one that a login with the old
/// password is about to hand out.
#[test]
fn a_login_that_a_password_change_overtakes_gives_no_key() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    world.hasher.meanwhile(change_behind_the_back(world.store.clone(), GOOD_PASSWORD));
    assert!(!world.opens("bob", PASSWORD));
}

/// As above: a key handed out now would open the account again once it is activated.
#[test]
fn a_login_that_a_deactivation_overtakes_gives_no_key() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let users = world.services.users.clone();
    world.hasher.meanwhile(async move {
        users.set_active(&admin, bob.user, Ok(false)).await.unwrap();
    });
    assert!(!world.opens("bob", PASSWORD));
}

#[test]
fn of_two_logins_at_once_that_make_an_outdated_hash_anew_both_get_in() {
    let world = World::new();
    let outdated = PlainHasher::outdated(PASSWORD);
    world.insert(NewUser { password: outdated, ..samples::new_user("bob") });
    let accounts = world.services.accounts.clone();
    world.hasher.meanwhile(async move {
        accounts.login(Ok(credentials("bob", PASSWORD))).await.unwrap();
    });
    assert!(world.opens("bob", PASSWORD));
}
