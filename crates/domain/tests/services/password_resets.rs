//! Resetting a forgotten password (contract §3.6, §3.7).

use chrono::Duration;
use futures_executor::block_on;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::error::Error;
use wiwebb_domain::services::accounts::{PasswordChange, ResetConfirmation};
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::{NewUser, ProfileUpdate};

use crate::world::{GOOD_PASSWORD, PASSWORD, World, refusal, secret};

const USED: &str = "token: Invalid value";

fn request(world: &World, email: &str) {
    block_on(world.services.accounts.request_reset(Ok(samples::email(email)))).unwrap();
}

/// The two secret parts of the link in the last mail.
fn last_link(world: &World) -> (String, String) {
    let mail = world.mailer.posted().pop().unwrap();
    let start = "https://portal.example.org/password/reset/confirm/";
    let link = mail.body.lines().find_map(|line| line.strip_prefix(start)).unwrap();
    let (uid, token) = link.strip_suffix('/').unwrap().split_once('/').unwrap();
    (uid.to_owned(), token.to_owned())
}

fn confirm(world: &World, link: &(String, String), password: &str) -> Result<(), Error> {
    let confirmation = ResetConfirmation {
        uid: link.0.clone(),
        token: link.1.clone(),
        new: secret(password),
        repeated: secret(password),
    };
    block_on(world.services.accounts.confirm_reset(Ok(confirmation)))
}

fn world_with_bob() -> (World, Actor) {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    (world, bob)
}

#[test]
fn a_known_active_address_gets_a_link_whose_token_is_stored_nowhere_in_clear() {
    let (world, bob) = world_with_bob();
    request(&world, "BOB@example.org");
    let mails = world.mailer.posted();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, samples::email("bob@example.org"), "the address as stored");
    let (uid, token) = last_link(&world);
    assert_eq!(uid, bob.user.to_string());
    assert_eq!(token.len(), 40);
}

#[test]
fn an_unknown_or_inactive_address_gets_the_same_answer_and_no_mail() {
    let (world, _) = world_with_bob();
    world.insert(NewUser { is_active: false, ..samples::new_user("idle") });
    request(&world, "nobody@example.org");
    request(&world, "idle@example.org");
    assert!(world.mailer.posted().is_empty());
}

#[test]
fn a_confirmed_reset_changes_the_password_kills_all_keys_and_is_audited() {
    let (world, bob) = world_with_bob();
    let keys = [world.key_of("bob"), world.key_of("bob")];
    request(&world, "bob@example.org");
    let now = world.clock.advance(Duration::hours(2));
    confirm(&world, &last_link(&world), GOOD_PASSWORD).unwrap();
    let stored = world.stored(bob.user);
    assert_eq!(stored.password, PlainHasher::hashed(GOOD_PASSWORD));
    assert_eq!(stored.password_updated, now);
    assert!(!keys.iter().any(|key| world.is_alive(key)));
    let [entry] = world.audit().try_into().unwrap();
    assert_eq!(entry.action, AuditAction::PasswordReset);
    assert_eq!((entry.actor_id, entry.target_id), (Some(bob.user), Some(bob.user)));
    assert_eq!(entry.details, samples::object(json!({"changed_by": "bob@example.org"})));
    assert_eq!(entry.timestamp, now);
}

#[test]
fn a_link_works_once() {
    let (world, _) = world_with_bob();
    request(&world, "bob@example.org");
    let link = last_link(&world);
    confirm(&world, &link, GOOD_PASSWORD).unwrap();
    assert_eq!(refusal(confirm(&world, &link, "second-Attempt-9")), USED);
    assert!(world.opens("bob", GOOD_PASSWORD));
}

#[test]
fn one_used_link_kills_the_others() {
    let (world, _) = world_with_bob();
    request(&world, "bob@example.org");
    let first = last_link(&world);
    request(&world, "bob@example.org");
    confirm(&world, &last_link(&world), GOOD_PASSWORD).unwrap();
    assert_eq!(refusal(confirm(&world, &first, "second-Attempt-9")), USED);
}

#[test]
fn a_link_dies_after_three_days() {
    let (world, _) = world_with_bob();
    request(&world, "bob@example.org");
    let link = last_link(&world);
    world.clock.advance(Duration::days(3) - Duration::seconds(1));
    // A weak password shows that the link is still good without using it up.
    assert!(refusal(confirm(&world, &link, "12345")).starts_with("new_password2: "));
    world.clock.advance(Duration::seconds(1));
    assert_eq!(refusal(confirm(&world, &link, GOOD_PASSWORD)), USED);
    assert!(world.opens("bob", PASSWORD));
}

#[test]
fn a_link_dies_with_a_change_of_the_password_by_anybody() {
    let (world, bob) = world_with_bob();
    let admin = world.admin();
    request(&world, "bob@example.org");
    let first = last_link(&world);
    let change = PasswordChange {
        old: secret(PASSWORD),
        new: secret(GOOD_PASSWORD),
        repeated: secret(GOOD_PASSWORD),
    };
    block_on(world.services.accounts.change_password(&bob, Ok(change))).unwrap();
    assert_eq!(refusal(confirm(&world, &first, "second-Attempt-9")), USED);

    request(&world, "bob@example.org");
    let second = last_link(&world);
    block_on(world.services.users.set_password(&admin, bob.user, Ok(secret("by-Admin-hand-3"))))
        .unwrap();
    assert_eq!(refusal(confirm(&world, &second, "second-Attempt-9")), USED);
}

#[test]
fn a_link_dies_with_a_change_of_the_email_and_lives_on_with_other_changes() {
    let (world, bob) = world_with_bob();
    request(&world, "bob@example.org");
    let link = last_link(&world);
    let update = |email: Option<&str>| ProfileUpdate {
        email: email.map(samples::email),
        first_name: Some(Some(samples::text("Robert"))),
        ..ProfileUpdate::default()
    };
    let accounts = &world.services.accounts;
    block_on(accounts.update_profile(&bob, Ok(update(Some("bob@example.org"))))).unwrap();
    assert!(refusal(confirm(&world, &link, "12345")).starts_with("new_password2: "));
    block_on(accounts.update_profile(&bob, Ok(update(Some("robert@example.org"))))).unwrap();
    assert_eq!(refusal(confirm(&world, &link, GOOD_PASSWORD)), USED);
}

#[test]
fn a_password_that_is_refused_leaves_the_link_alive() {
    let (world, bob) = world_with_bob();
    request(&world, "bob@example.org");
    let link = last_link(&world);
    assert_eq!(
        refusal(confirm(&world, &link, "bob@example.or")),
        "new_password2: The password is too similar to the email address."
    );
    let differing = ResetConfirmation {
        uid: link.0.clone(),
        token: link.1.clone(),
        new: secret(GOOD_PASSWORD),
        repeated: secret("brass-Compass-72"),
    };
    assert_eq!(
        refusal(block_on(world.services.accounts.confirm_reset(Ok(differing)))),
        "new_password2: The two password fields didn't match."
    );
    assert_eq!(world.stored(bob.user).password, PlainHasher::hashed(PASSWORD));
    assert!(world.audit().is_empty());
    confirm(&world, &link, GOOD_PASSWORD).unwrap();
}

#[test]
fn a_link_of_nobody_or_of_somebody_else_is_refused() {
    let (world, _) = world_with_bob();
    let eve = world.user("eve", Role::Subscriber, None);
    request(&world, "bob@example.org");
    let (uid, token) = last_link(&world);
    for nobody in ["", "abc", "0", "999", "-1"] {
        let link = (nobody.to_owned(), token.clone());
        assert_eq!(refusal(confirm(&world, &link, GOOD_PASSWORD)), "uid: Invalid value");
    }
    for wrong in ["", "abc", &"0".repeat(40), &token.to_uppercase()] {
        let link = (uid.clone(), wrong.to_owned());
        assert_eq!(refusal(confirm(&world, &link, GOOD_PASSWORD)), USED);
    }
    let of_eve = (eve.user.to_string(), token);
    assert_eq!(refusal(confirm(&world, &of_eve, GOOD_PASSWORD)), USED);
    assert!(world.opens("bob", PASSWORD) && world.opens("eve", PASSWORD));
}

#[test]
fn a_link_is_no_way_back_in_for_whoever_was_deactivated() {
    let (world, bob) = world_with_bob();
    let admin = world.admin();
    request(&world, "bob@example.org");
    block_on(world.services.users.set_active(&admin, bob.user, Ok(false))).unwrap();
    assert_eq!(refusal(confirm(&world, &last_link(&world), GOOD_PASSWORD)), "uid: Invalid value");
    assert_eq!(world.stored(bob.user).password, PlainHasher::hashed(PASSWORD));
}
