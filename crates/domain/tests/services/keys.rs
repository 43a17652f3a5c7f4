//! The keys that somebody is signed in with: looked at, revoked, swept away (contract §1.2).

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::ids::AccessTokenId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::clock::Clock as _;
use wiwebb_domain::services::accounts::{Credentials, OwnKey};
use wiwebb_domain::testing::samples;
use wiwebb_domain::token::{SecretToken, Session, USE_NOTED_EVERY};

use crate::world::{FORBIDDEN, PASSWORD, World, credentials, refusal};

fn session(world: &World, key: &SecretToken) -> Session {
    block_on(world.services.accounts.authenticate(key)).unwrap().unwrap()
}

fn keys(world: &World, session: &Session) -> Vec<OwnKey> {
    let request = Ok(ListRequest::default());
    block_on(world.services.accounts.keys(session, request)).unwrap().items
}

fn ids(world: &World, session: &Session) -> Vec<AccessTokenId> {
    keys(world, session).into_iter().map(|own| own.key.id).collect()
}

#[test]
fn one_sees_ones_own_keys_the_newest_first_and_which_of_them_asks() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    world.user("eve", Role::Superadmin, None);
    let laptop = session(&world, &world.key_of("bob"));
    world.clock.advance(Duration::minutes(1));
    let phone = session(&world, &world.key_of("bob"));
    let other = session(&world, &world.key_of("eve"));
    assert_eq!(ids(&world, &laptop), [phone.token, laptop.token]);
    assert_eq!(ids(&world, &other), [other.token], "whatever the role");
    let current: Vec<bool> = keys(&world, &laptop).iter().map(|own| own.is_current).collect();
    assert_eq!(current, [false, true]);
}

#[test]
fn a_key_tells_what_it_was_handed_out_to_and_when_it_was_used_last() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    let agent = samples::text("Portal/2.1 (Tablet)");
    let from = Credentials { user_agent: Some(agent), ..credentials("bob", PASSWORD) };
    let key = block_on(world.services.accounts.login(Ok(from))).unwrap().key;
    let first = world.clock.now();
    let session = session(&world, &key);
    let seen = |now: Duration| {
        world.clock.advance(now);
        assert!(world.is_alive(&key));
        let [own] = keys(&world, &session).try_into().unwrap();
        assert_eq!(own.key.user_agent.unwrap().as_str(), "Portal/2.1 (Tablet)");
        own.key.last_used_at.unwrap()
    };
    assert_eq!(seen(Duration::zero()), first);
    assert_eq!(seen(USE_NOTED_EVERY - Duration::seconds(1)), first, "too soon to be noted");
    assert_eq!(seen(Duration::seconds(1)), first + USE_NOTED_EVERY);
}

#[test]
fn expired_keys_are_not_shown() {
    let world = World::with_token_life(Some(Duration::days(2)));
    world.user("bob", Role::Subscriber, None);
    world.key_of("bob");
    world.clock.advance(Duration::days(1));
    let fresh = session(&world, &world.key_of("bob"));
    assert_eq!(ids(&world, &fresh).len(), 2);
    world.clock.advance(Duration::days(1));
    assert_eq!(ids(&world, &fresh), [fresh.token]);
}

#[test]
fn a_key_that_is_revoked_is_dead_and_no_other() {
    let world = World::new();
    let bob = world.user("bob", Role::Subscriber, None);
    let (laptop, phone) = (world.key_of("bob"), world.key_of("bob"));
    let id = session(&world, &laptop).token;
    block_on(world.services.accounts.revoke_key(&bob, id)).unwrap();
    assert!(!world.is_alive(&laptop) && world.is_alive(&phone));
    let again = world.services.accounts.revoke_key(&bob, id);
    assert_eq!(refusal(block_on(again)), "AccessToken not found");
    let present = session(&world, &phone).token;
    block_on(world.services.accounts.revoke_key(&bob, present)).unwrap();
    assert!(!world.is_alive(&phone), "the present one, too");
}

#[test]
fn a_key_of_somebody_else_is_out_of_reach_whatever_the_role() {
    let world = World::new();
    let (root, _) = (world.superadmin(), world.user("bob", Role::Subscriber, None));
    let key = world.key_of("bob");
    let id = session(&world, &key).token;
    assert_eq!(refusal(block_on(world.services.accounts.revoke_key(&root, id))), FORBIDDEN);
    assert!(world.is_alive(&key));
}

#[test]
fn all_other_keys_are_revoked_at_once() {
    let world = World::new();
    world.user("bob", Role::Subscriber, None);
    world.user("eve", Role::Subscriber, None);
    let keys = [world.key_of("bob"), world.key_of("bob"), world.key_of("bob"), world.key_of("eve")];
    let present = session(&world, &keys[1]);
    block_on(world.services.accounts.revoke_other_keys(&present)).unwrap();
    assert_eq!(keys.map(|key| world.is_alive(&key)), [false, true, false, true]);
}

#[test]
fn whoever_manages_somebody_revokes_all_keys_without_an_audit_entry() {
    let world = World::new();
    let home = world.tenant("Home");
    let (owner, bob) = (world.owner("olga", home), world.subscriber("bob", home));
    let keys = [world.key_of("bob"), world.key_of("bob")];
    let other = world.key_of("olga");
    block_on(world.services.users.revoke_keys(&owner, bob.user)).unwrap();
    assert_eq!(keys.map(|key| world.is_alive(&key)), [false, false]);
    assert!(world.is_alive(&other));
    assert!(world.audit().is_empty());
}

#[test]
fn nobody_revokes_the_keys_of_somebody_out_of_reach_or_in_this_way_ones_own() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Away"));
    let (root, admin) = (world.superadmin(), world.admin());
    let (owner, bob) = (world.owner("olga", home), world.subscriber("bob", home));
    let stranger = world.subscriber("stan", away);
    let key = world.key_of("stan");
    let revoke = |actor: &Actor, target: &Actor| {
        refusal(block_on(world.services.users.revoke_keys(actor, target.user)))
    };
    assert_eq!(revoke(&bob, &stranger), FORBIDDEN);
    assert_eq!(revoke(&owner, &stranger), FORBIDDEN);
    assert_eq!(revoke(&admin, &root), FORBIDDEN);
    assert_eq!(revoke(&owner, &owner), "Use the tokens endpoint for your own keys.");
    assert_eq!(revoke(&bob, &bob), FORBIDDEN, "the role comes first");
    assert!(world.is_alive(&key));
    assert_eq!(revoke(&admin, &stranger), "allowed");
    assert!(!world.is_alive(&key));
}

#[test]
fn what_has_expired_is_swept_away_so_much_at_a_time_and_the_rest_stays() {
    let world = World::with_token_life(Some(Duration::days(7)));
    world.user("bob", Role::Subscriber, None);
    let sweep = |limit| block_on(world.services.accounts.sweep(limit)).unwrap();
    for _ in 0..3 {
        world.key_of("bob");
    }
    let address = samples::email("bob@example.org");
    block_on(world.services.accounts.request_reset(Ok(address))).unwrap();
    assert!(!world.opens("nobody", PASSWORD));
    assert_eq!(sweep(100), 0);
    world.clock.advance(Duration::days(3));
    assert_eq!(sweep(100), 2, "the reset link and the failure");
    world.clock.advance(Duration::days(4));
    let fresh = world.key_of("bob");
    assert_eq!([sweep(2), sweep(2), sweep(2)], [2, 1, 0]);
    assert!(world.is_alive(&fresh));
}
