//! Accounts that are locked after failed logins in a row.

use std::num::NonZeroU32;

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::Error;
use wiwebb_domain::lockout::{AccountDigest, Lockout};
use wiwebb_domain::password::{Likeness, NewPassword};
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::accounts::{Registration, ResetConfirmation};
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::NewUser;

use crate::world::{GOOD_PASSWORD, PASSWORD, World, refusal, secret};

const WRONG: &str = "wrong horse";

/// What somebody is told, `in N` where it is a lock of N seconds.
fn told(world: &World, login: &str, password: &str) -> String {
    match world.login(login, password) {
        Ok(_) => "come in".to_owned(),
        Err(Error::LockedOut { retry_in }) => format!("in {}", retry_in.num_seconds()),
        Err(Error::Invalid(_)) => "no".to_owned(),
        Err(other) => format!("failed: {other}"),
    }
}

fn fail(world: &World, login: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(told(world, login, WRONG), "no");
    }
}

fn world_with_bob() -> World {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    world
}

#[test]
fn the_tenth_failure_in_a_row_locks_the_account_for_a_minute_without_a_look_at_any_password() {
    let world = world_with_bob();
    fail(&world, "bob", 10);
    let checked = world.hasher.verified().len();
    assert_eq!(told(&world, "bob", PASSWORD), "in 60");
    world.clock.advance(Duration::seconds(59));
    assert_eq!(told(&world, "bob", WRONG), "in 1");
    assert_eq!(world.hasher.verified().len(), checked);
    world.clock.advance(Duration::seconds(1));
    assert_eq!(told(&world, "bob", PASSWORD), "come in");
}

#[test]
fn each_failure_behind_a_lock_locks_for_twice_as_long_up_to_an_hour() {
    let world = world_with_bob();
    fail(&world, "bob", 10);
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        assert_eq!(told(&world, "bob", WRONG), format!("in {}", minutes * 60));
        world.clock.advance(Duration::minutes(minutes));
        fail(&world, "bob", 1);
    }
}

#[test]
fn nine_failures_lock_nothing_and_a_success_begins_a_new_count() {
    let world = world_with_bob();
    for _ in 0..3 {
        fail(&world, "bob", 9);
        assert_eq!(told(&world, "bob", PASSWORD), "come in");
    }
}

#[test]
fn a_day_without_failures_begins_a_new_count() {
    let world = world_with_bob();
    fail(&world, "bob", 9);
    world.clock.advance(Duration::hours(24));
    fail(&world, "bob", 9);
    assert_eq!(told(&world, "bob", PASSWORD), "come in");
}

#[test]
fn username_and_address_of_an_account_count_together_and_no_account_for_another() {
    let world = world_with_bob();
    let email = samples::email("robert@example.org");
    world.insert(NewUser { email, ..samples::new_user("Bob") });
    fail(&world, "bob", 5);
    fail(&world, "BOB@example.org", 4);
    fail(&world, " bob ", 1);
    for name in ["bob", "bob@EXAMPLE.org"] {
        assert_eq!(told(&world, name, PASSWORD), "in 60", "{name}");
    }
    assert_eq!(told(&world, "Bob", PASSWORD), "come in");
}

#[test]
fn names_of_nobody_and_of_somebody_inactive_are_locked_alike_after_as_many_checks() {
    let told_of = |name: &str| {
        let world = world_with_bob();
        world.insert(NewUser { is_active: false, ..samples::new_user("idle") });
        let mut story = Vec::new();
        for wait in [0; 11].into_iter().chain([60, 0, 120, 0]) {
            world.clock.advance(Duration::seconds(wait));
            story.push(told(&world, name, WRONG));
        }
        (story, world.hasher.verified().len(), world.hasher.hashed())
    };
    let of_bob = told_of("bob");
    assert_eq!(of_bob.0[9..], ["no", "in 60", "no", "in 120", "no", "in 240"]);
    for name in ["bob@example.org", "idle", "nobody", "nobody@example.org", "no\0body", "Bob"] {
        assert_eq!(told_of(name), of_bob, "{name}");
    }
}

#[test]
fn an_address_of_nobody_counts_without_regard_to_case_as_one_of_somebody_does() {
    let world = world_with_bob();
    fail(&world, "Nobody@Example.org", 5);
    fail(&world, "nobody@example.ORG", 5);
    assert_eq!(told(&world, "nobody@example.org", WRONG), "in 60");
}

#[test]
fn nobody_ends_the_count_of_a_username_by_one_that_differs_in_case_alone() {
    let world = World::new();
    for (name, email) in [("Foo@bar.example", "a@b.example"), ("foo@bar.example", "c@d.example")] {
        world.insert(NewUser { email: samples::email(email), ..samples::new_user(name) });
    }
    fail(&world, "Foo@bar.example", 9);
    assert_eq!(told(&world, "foo@bar.example", PASSWORD), "come in");
    fail(&world, "Foo@bar.example", 1);
    assert_eq!(told(&world, "Foo@bar.example", PASSWORD), "in 60");
}

#[test]
fn an_inactive_account_is_locked_whatever_the_password() {
    let world = World::new();
    world.insert(NewUser { is_active: false, ..samples::new_user("idle") });
    for _ in 0..10 {
        assert_eq!(told(&world, "idle", PASSWORD), "no");
    }
    assert_eq!(told(&world, "idle", PASSWORD), "in 60");
}

#[test]
fn another_number_of_failures_can_be_set_or_none_at_all() {
    let world = World::with_lockout(Some(Lockout::after(NonZeroU32::MIN)));
    world.user("bob", Role::Subscriber, None);
    fail(&world, "bob", 1);
    assert_eq!(told(&world, "bob", PASSWORD), "in 60");

    let world = World::with_lockout(None);
    world.user("bob", Role::Subscriber, None);
    fail(&world, "bob", 50);
    assert_eq!(told(&world, "bob", PASSWORD), "come in");
}

#[test]
fn a_change_by_an_admin_and_a_reset_open_a_locked_account() {
    let world = world_with_bob();
    let (admin, eve) = (world.admin(), world.user("eve", Role::Subscriber, None));
    let locked = || {
        world.clock.advance(Duration::hours(25));
        fail(&world, "eve", 10);
        assert_eq!(told(&world, "eve", PASSWORD), "in 60");
    };
    locked();
    block_on(world.services.users.set_password(&admin, eve.user, Ok(secret("by-Admin-hand-3"))))
        .unwrap();
    assert_eq!(told(&world, "eve", "by-Admin-hand-3"), "come in");

    locked();
    block_on(world.services.accounts.request_reset(Ok(samples::email("eve@example.org")))).unwrap();
    let mail = world.mailer.posted().pop().unwrap().body;
    let link: Vec<&str> =
        mail.lines().find(|line| line.contains("/confirm/")).unwrap().split('/').collect();
    let confirmation = ResetConfirmation {
        uid: link[link.len() - 3].to_owned(),
        token: link[link.len() - 2].to_owned(),
        new: secret(GOOD_PASSWORD),
        repeated: secret(GOOD_PASSWORD),
    };
    block_on(world.services.accounts.confirm_reset(Ok(confirmation))).unwrap();
    assert_eq!(told(&world, "eve", GOOD_PASSWORD), "come in");
}

#[test]
fn whoever_registers_does_not_inherit_the_failures_at_a_name_of_nobody() {
    let world = World::new();
    fail(&world, "bob", 10);
    let registration = Registration {
        username: samples::username("bob"),
        email: samples::email("bob@example.org"),
        password: NewPassword::judged(secret(GOOD_PASSWORD), &Likeness::default()).unwrap(),
        first_name: None,
        last_name: None,
        phone_number: None,
        user_agent: None,
    };
    block_on(world.services.accounts.register(Ok(registration))).unwrap();
    assert_eq!(told(&world, "bob", GOOD_PASSWORD), "come in");
}

/// Ten guesses of others that end before the one under way does.
fn ten_guesses_meanwhile(world: &World) {
    let (store, now) = (world.store.clone(), world.clock.now());
    world.hasher.meanwhile(async move {
        let mut read = store.read("test").await.unwrap();
        let account = AccountDigest::of(&samples::username("bob"));
        for _ in 0..10 {
            assert!(read.login_attempts().count(account, now, Lockout::USUAL).await.unwrap());
        }
    });
}

#[test]
fn a_right_guess_that_others_outrun_is_told_of_the_lock_like_a_wrong_one() {
    for password in [PASSWORD, WRONG] {
        let world = world_with_bob();
        ten_guesses_meanwhile(&world);
        assert_eq!(told(&world, "bob", password), "in 60", "{password}");
        world.clock.advance(Duration::seconds(59));
        assert_eq!(told(&world, "bob", password), "in 1", "and the lock is no longer for it");
    }
}

#[test]
fn a_lock_is_no_refusal_of_the_input() {
    let world = world_with_bob();
    fail(&world, "bob", 10);
    assert_eq!(refusal(world.login("bob", PASSWORD)), "too many logins have failed");
}
