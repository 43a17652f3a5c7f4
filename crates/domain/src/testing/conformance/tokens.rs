//! Keys, and the tokens of reset links.

use chrono::Duration;

use super::store::{Store, assert_missing, within};
use crate::access::Role;
use crate::ids::{AccessTokenId, UserId};
use crate::ports::password_reset::ResetRecipient;
use crate::relations::EntityKind;
use crate::testing::samples::{self, actor, after, digest, email, new_access_token, now};
use crate::token::{NewAccessToken, Session};

pub(super) async fn a_key_stands_for_its_user_as_of_now(store: Store) {
    let tenant = store.tenant("Acme").await.id;
    let owner = store.user_of("owner", Role::TenantOwner, tenant).await;
    let bob = store.user("bob").await;
    let mut statement = store.read().await;
    let keys = statement.access_tokens();
    let first = keys.insert(new_access_token(owner.id, 1)).await.unwrap();
    let second = keys.insert(new_access_token(owner.id, 2)).await.unwrap();
    let other = keys.insert(new_access_token(bob.id, 3)).await.unwrap();
    let as_owner = actor(owner.id, Role::TenantOwner, Some(tenant));
    let as_bob = actor(bob.id, Role::Subscriber, None);
    for (number, token, actor) in [(1, first, as_owner), (2, second, as_owner), (3, other, as_bob)]
    {
        let found = keys.authenticate(digest(number), after(1)).await.unwrap();
        assert_eq!(found, Some(Session { token, actor }));
    }
    let unknown = keys.authenticate(digest(4), after(1)).await.unwrap();
    assert_eq!(unknown, None);

    let mut changed = owner.clone();
    (changed.role, changed.tenant_id) = (Role::Admin, None);
    statement.users().update(&changed).await.unwrap();
    let found = statement.access_tokens().authenticate(digest(1), after(1));
    let expected = Session { token: first, actor: actor(owner.id, Role::Admin, None) };
    assert_eq!(found.await.unwrap(), Some(expected));
}

pub(super) async fn a_key_dies_at_its_expiry(store: Store) {
    let bob = store.user("bob").await.id;
    let mut statement = store.read().await;
    let keys = statement.access_tokens();
    let expires_at = Some(after(60));
    keys.insert(NewAccessToken { expires_at, ..new_access_token(bob, 1) }).await.unwrap();
    let instant = Duration::microseconds(1);
    for (at, alive) in
        [(now(), true), (after(60) - instant, true), (after(60), false), (after(61), false)]
    {
        let found = keys.authenticate(digest(1), at).await.unwrap();
        assert_eq!(found.is_some(), alive, "{at}");
    }
}

pub(super) async fn a_key_of_an_inactive_user_is_dead(store: Store) {
    let mut bob = store.user("bob").await;
    let mut statement = store.read().await;
    let keys = statement.access_tokens();
    keys.insert(new_access_token(bob.id, 1)).await.unwrap();
    for is_active in [false, true] {
        bob.is_active = is_active;
        statement.users().update(&bob).await.unwrap();
        let found = statement.access_tokens().authenticate(digest(1), after(1));
        assert_eq!(found.await.unwrap().is_some(), is_active);
    }
}

pub(super) async fn a_key_of_nobody_is_refused(store: Store) {
    let mut statement = store.read().await;
    let nobody = UserId::new(i32::MAX);
    let keys = statement.access_tokens();
    let result = keys.insert(new_access_token(nobody, 1)).await;
    assert_missing(result, EntityKind::AccessToken, "user_id");
}

pub(super) async fn keys_are_deleted_one_by_one_or_all_of_a_user(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let mut statement = store.read().await;
    let keys = statement.access_tokens();
    let mut ids = Vec::new();
    for (number, user) in (1..).zip([bob, bob, bob, eve]) {
        let id = keys.insert(new_access_token(user, number)).await;
        ids.push(id.unwrap());
    }
    assert!(keys.delete(ids[0]).await.unwrap());
    assert!(!keys.delete(ids[0]).await.unwrap());
    assert!(!keys.delete(AccessTokenId::NOWHERE).await.unwrap());
    let gone = keys.authenticate(digest(1), now()).await.unwrap();
    assert_eq!(gone, None);
    let left = keys.authenticate(digest(2), now()).await.unwrap();
    assert_eq!(left.unwrap().token, ids[1]);
    assert_eq!(keys.delete_of_user(bob).await.unwrap(), 2);
    assert_eq!(keys.delete_of_user(bob).await.unwrap(), 0);
    let of_eve = keys.authenticate(digest(4), now()).await.unwrap();
    assert_eq!(of_eve.unwrap().token, ids[3]);
}

pub(super) async fn a_reset_goes_to_the_active_user_with_the_address(store: Store) {
    let mut new = samples::new_user("bob");
    new.email = email("Bob@example.org");
    let bob = store.add_user(new).await;
    let mut new = samples::new_user("idle");
    new.is_active = false;
    let idle = store.add_user(new).await.id;
    let mut statement = store.read().await;
    let resets = statement.password_resets();
    let recipient = ResetRecipient { user: bob.id, email: bob.email.clone() };
    for (number, address, expected) in [
        (1, "Bob@example.org", Some(&recipient)),
        (2, "bOB@EXAMPLE.org", Some(&recipient)),
        (3, "idle@example.org", None),
        (4, "nobody@example.org", None),
    ] {
        let found = resets.insert(email(address), digest(number), now(), after(60));
        assert_eq!(found.await.unwrap().as_ref(), expected, "{address}");
    }
    assert!(resets.redeem(bob.id, digest(1), now()).await.unwrap());
    assert!(resets.redeem(bob.id, digest(2), now()).await.unwrap());
    assert!(!resets.redeem(idle, digest(3), now()).await.unwrap());
    let untouched = within(store.find_user(bob.id).await).user;
    assert_eq!(untouched, bob);
}

pub(super) async fn a_reset_is_used_once_by_its_user_before_it_expires(store: Store) {
    let bob = store.user("bob").await;
    let eve = store.user("eve").await;
    let mut statement = store.read().await;
    let resets = statement.password_resets();
    for number in 1..=2 {
        let address = bob.email.clone();
        let made = resets.insert(address, digest(number), now(), after(60));
        made.await.unwrap().unwrap();
    }
    let redeemed = resets.redeem(eve.id, digest(1), now()).await.unwrap();
    assert!(!redeemed, "somebody else's");
    let redeemed = resets.redeem(bob.id, digest(9), now()).await.unwrap();
    assert!(!redeemed, "unknown");
    let redeemed = resets.redeem(bob.id, digest(1), after(60)).await.unwrap();
    assert!(!redeemed, "expired");
    let last = after(60) - Duration::microseconds(1);
    assert!(resets.redeem(bob.id, digest(1), last).await.unwrap());
    let redeemed = resets.redeem(bob.id, digest(1), last).await.unwrap();
    assert!(!redeemed, "used");
    assert!(resets.redeem(bob.id, digest(2), now()).await.unwrap());
}

pub(super) async fn resets_of_a_user_are_deleted_together(store: Store) {
    let bob = store.user("bob").await;
    let eve = store.user("eve").await;
    let mut statement = store.read().await;
    let resets = statement.password_resets();
    for (number, user) in (1..).zip([&bob, &bob, &eve]) {
        let address = user.email.clone();
        let made = resets.insert(address, digest(number), now(), after(60));
        made.await.unwrap().unwrap();
    }
    resets.delete_of_user(bob.id).await.unwrap();
    resets.delete_of_user(bob.id).await.unwrap();
    assert!(!resets.redeem(bob.id, digest(1), now()).await.unwrap());
    assert!(!resets.redeem(bob.id, digest(2), now()).await.unwrap());
    assert!(resets.redeem(eve.id, digest(3), now()).await.unwrap());
}

pub(super) async fn resets_that_expired_are_swept_away(store: Store) {
    let bob = store.user("bob").await;
    let mut statement = store.read().await;
    let resets = statement.password_resets();
    for (number, end) in [(1, after(60)), (2, after(60)), (3, after(61))] {
        let address = bob.email.clone();
        resets.insert(address, digest(number), now(), end).await.unwrap().unwrap();
    }
    let instant = Duration::microseconds(1);
    assert_eq!(resets.sweep(after(60) - instant, 9).await.unwrap(), 0);
    assert_eq!(resets.sweep(after(60), 1).await.unwrap(), 1);
    assert_eq!(resets.sweep(after(60), 9).await.unwrap(), 1);
    assert!(resets.redeem(bob.id, digest(3), after(60)).await.unwrap());
}
