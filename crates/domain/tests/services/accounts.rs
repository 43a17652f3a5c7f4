//! Signing in and out, registration, one's own data (contract §3.1-3.4, §1.2).

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::password::{Likeness, NewPassword, PasswordHash};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::accounts::Registration;
use wiwebb_domain::testing::password::PlainHasher;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::{NewUser, ProfileUpdate};

use crate::world::{GOOD_PASSWORD, PASSWORD, World, credentials, refusal, secret};

const REFUSED: &str = "non_field_errors: Unable to log in with provided credentials.";

fn registration(username: &str, email: &str) -> Registration {
    let password = NewPassword::judged(secret(GOOD_PASSWORD), &Likeness::default()).unwrap();
    Registration {
        username: samples::username(username),
        email: samples::email(email),
        password,
        first_name: Some(samples::text("Bob")),
        last_name: None,
        phone_number: None,
        user_agent: None,
    }
}

#[test]
fn a_login_gives_a_fresh_key_each_time_and_notes_the_instant() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    let now = world.clock.advance(Duration::hours(1));
    let (laptop, phone) = (world.key_of("bob"), world.key_of("bob"));
    assert_ne!(laptop, phone);
    assert!(world.is_alive(&laptop) && world.is_alive(&phone));
    assert_eq!(world.stored(bob.user).last_login, Some(now));
    let session = block_on(world.services.accounts.authenticate(&laptop)).unwrap().unwrap();
    assert_eq!(session.actor, bob);
}

#[test]
fn every_visit_has_a_secret_of_its_own_that_opens_nothing() {
    let world = World::new();
    let (one, other) =
        (world.services.accounts.draw_secret(), world.services.accounts.draw_secret());
    assert_ne!(one, other);
    assert!(!world.is_alive(&one) && !world.is_alive(&other));
}

#[test]
fn one_signs_in_with_the_username_in_its_case_or_the_email_in_any() {
    let world = World::new();
    world.user("Bob", Role::Subscriber, None);
    assert!(world.opens("Bob", PASSWORD));
    assert!(world.opens(" Bob ", PASSWORD), "text is trimmed");
    assert!(world.opens("BOB@Example.ORG", PASSWORD));
    assert!(!world.opens("bob", PASSWORD), "usernames are case-sensitive");
    assert!(!world.opens("Bob", " correct horse "), "passwords are not trimmed");
}

#[test]
fn a_username_wins_over_an_equal_email_of_somebody_else() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    let other = world.user("bob@example.org", Role::Subscriber, None);
    let signed_in =
        block_on(world.services.accounts.login(Ok(credentials("bob@example.org", PASSWORD))));
    assert_eq!(signed_in.unwrap().user.id, other.user);
}

#[test]
fn unknown_user_wrong_password_and_inactive_account_are_told_the_same_and_cost_one_check_each() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    world.insert(NewUser { is_active: false, ..samples::new_user("idle") });
    let login =
        |name, password| block_on(world.services.accounts.login(Ok(credentials(name, password))));
    assert_eq!(refusal(login("nobody", PASSWORD)), REFUSED);
    assert_eq!(refusal(login("bob", "wrong horse")), REFUSED);
    assert_eq!(refusal(login("idle", PASSWORD)), REFUSED);
    let stored = Some(PlainHasher::hashed(PASSWORD));
    assert_eq!(world.hasher.verified(), [None, stored, None], "idle is checked as nobody is");
    assert_eq!(world.hasher.hashed(), 0);
}

#[test]
fn a_login_is_one_check_whatever_the_hash_is_and_a_hash_more_where_it_is_made_anew() {
    let world = World::new();
    let unusable = PasswordHash::new("!TOsfeHCdjjwJxn0RS8gqvF49eFAuWTUirGzA2PH4");
    let outdated = PlainHasher::outdated(PASSWORD);
    for (name, password) in [("django", &outdated), ("keyless", &unusable)] {
        world.insert(NewUser { password: password.clone(), ..samples::new_user(name) });
    }
    for (name, password) in [("django", "wrong horse"), ("keyless", PASSWORD), ("django", PASSWORD)]
    {
        let _ = world.opens(name, password);
    }
    let checks = [Some(outdated.clone()), Some(unusable), Some(outdated)];
    assert_eq!(world.hasher.verified(), checks);
    assert_eq!(world.hasher.hashed(), 1, "by the login that succeeded");
}

#[test]
fn a_refused_login_notes_nothing() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    assert!(!world.opens("bob", "wrong horse"));
    assert_eq!(world.stored(bob.user).last_login, None);
}

#[test]
fn an_outdated_hash_is_made_anew_at_login_and_is_no_change_of_the_password() {
    let world = World::new();
    let outdated = PlainHasher::outdated(PASSWORD);
    let bob = world.insert(NewUser { password: outdated, ..samples::new_user("bob") });
    world.clock.advance(Duration::hours(1));
    assert!(world.opens("bob", PASSWORD));
    let stored = world.stored(bob.user);
    assert_eq!(stored.password, PlainHasher::hashed(PASSWORD));
    assert_eq!(stored.password_updated, samples::now());
}

#[test]
fn a_key_lives_for_the_time_of_the_settings_and_no_longer() {
    let world = World::with_token_life(Some(Duration::days(7)));
    world.user("bob", Role::Subscriber, None);
    let key = world.key_of("bob");
    world.clock.advance(Duration::days(7) - Duration::seconds(1));
    assert!(world.is_alive(&key));
    world.clock.advance(Duration::seconds(1));
    assert!(!world.is_alive(&key));
}

#[test]
fn a_key_lives_for_ever_where_the_settings_say_nothing() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    let key = world.key_of("bob");
    world.clock.advance(Duration::days(36_500));
    assert!(world.is_alive(&key));
}

#[test]
fn a_logout_kills_its_key_and_no_other() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    let (laptop, phone) = (world.key_of("bob"), world.key_of("bob"));
    let session = block_on(world.services.accounts.authenticate(&laptop)).unwrap().unwrap();
    block_on(world.services.accounts.logout(&session)).unwrap();
    assert!(!world.is_alive(&laptop));
    assert!(world.is_alive(&phone));
}

#[test]
fn whoever_registers_is_an_active_subscriber_without_tenant_and_signed_in() {
    let world = World::new();
    let new = registration("bob", "Bob@Example.ORG");
    let signed_in = block_on(world.services.accounts.register(Ok(new))).unwrap();
    let stored = world.stored(signed_in.user.id);
    assert_eq!((stored.role, stored.tenant_id, stored.is_active), (Role::Subscriber, None, true));
    assert_eq!(stored.email.as_str(), "Bob@example.org");
    assert_eq!(stored.first_name, Some(samples::text("Bob")));
    assert_eq!(stored.password, PlainHasher::hashed(GOOD_PASSWORD));
    assert_eq!(stored.date_joined, samples::now());
    assert!(world.is_alive(&signed_in.key));
    assert!(world.audit().is_empty());
}

#[test]
fn a_registration_is_told_every_value_that_is_taken_at_once() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    let again = registration("bob", "BOB@EXAMPLE.ORG");
    assert_eq!(
        refusal(block_on(world.services.accounts.register(Ok(again)))),
        "email: user with this email already exists.; \
         username: A user with that username already exists."
    );
}

/// Two registrations of one name pass the first look; the store lets one in.
#[test]
fn a_name_taken_while_the_password_is_hashed_is_refused_as_taken() {
    let world = World::new();
    let store = world.store.clone();
    world.hasher.meanwhile(async move {
        let mut read = store.read("test").await.unwrap();
        read.users().insert(samples::new_user("bob")).await.unwrap();
    });
    let new = registration("bob", "robert@example.org");
    assert_eq!(
        refusal(block_on(world.services.accounts.register(Ok(new)))),
        "username: A user with that username already exists."
    );
}

#[test]
fn one_changes_ones_own_data_and_neither_role_nor_tenant() {
    let world = World::new();
    let home = world.tenant("Home");
    let bob = world.subscriber("bob", home);
    let update = ProfileUpdate {
        email: Some(samples::email("robert@example.org")),
        company: Some(Some(samples::text("Acme"))),
        ..ProfileUpdate::default()
    };
    let view = block_on(world.services.accounts.update_profile(&bob, Ok(update))).unwrap();
    assert_eq!(view.user, world.stored(bob.user));
    assert_eq!(view.user.email, samples::email("robert@example.org"));
    assert_eq!(view.user.company, Some(samples::text("Acme")));
    assert_eq!((view.user.role, view.user.tenant_id), (Role::Subscriber, Some(home)));
    assert_eq!(block_on(world.services.accounts.profile(&bob)).unwrap(), view);
    assert!(world.audit().is_empty());
}

#[test]
fn an_email_of_somebody_else_is_refused_without_regard_to_case_and_changes_nothing() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    world.user("eve", Role::Subscriber, None);
    let before = world.stored(bob.user);
    let update = ProfileUpdate {
        email: Some(samples::email("EVE@example.org")),
        first_name: Some(Some(samples::text("Robert"))),
        ..ProfileUpdate::default()
    };
    assert_eq!(
        refusal(block_on(world.services.accounts.update_profile(&bob, Ok(update)))),
        "email: user with this email already exists."
    );
    assert_eq!(world.stored(bob.user), before);
}

#[test]
fn unreadable_input_is_handed_back_and_changes_nothing() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    let violations = Violations::of("email", Violation::NotEmail);
    let result =
        block_on(world.services.accounts.update_profile(&bob, Err(violations.clone().into())));
    assert!(matches!(result, Err(Error::Invalid(found)) if found == violations));
}

#[test]
fn the_operators_superadmin_is_created_once() {
    let world = World::new();
    let ensure = |password| {
        block_on(world.services.accounts.ensure_superadmin(
            samples::username("operator"),
            samples::email("operator@example.org"),
            secret(password),
        ))
    };
    assert_eq!(
        refusal(ensure("operator1")),
        "password: The password is too similar to the username."
    );
    assert!(ensure(GOOD_PASSWORD).unwrap());
    assert!(!ensure("another-Password-9").unwrap());
    assert!(world.opens("operator", GOOD_PASSWORD));
}
