//! Keys as their owners look at them.

use chrono::Duration;

use super::store::{Store, within};
use crate::access::{Lookup, Role, Scope};
use crate::ids::{AccessTokenId, UserId};
use crate::page::ListRequest;
use crate::testing::samples::{after, digest, new_access_token, now, text};
use crate::token::{AccessToken, NewAccessToken, USE_NOTED_EVERY};

const INSTANT: Duration = Duration::microseconds(1);

impl Store {
    async fn access_token(&self, user: UserId, number: u64) -> AccessTokenId {
        let new = new_access_token(user, number);
        self.read().await.access_tokens().insert(new).await.unwrap()
    }

    async fn find_key(&self, id: AccessTokenId) -> AccessToken {
        within(self.read().await.access_tokens().find(Scope::Everything, id).await.unwrap())
    }

    async fn keys_within(&self, scope: Scope) -> Vec<AccessTokenId> {
        let mut statement = self.read().await;
        let page = statement.access_tokens().list(scope, now(), ListRequest::default()).await;
        let mut ids: Vec<_> = page.unwrap().unwrap().items.iter().map(|key| key.id).collect();
        ids.sort_unstable();
        ids
    }
}

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let bob = store.user("bob").await.id;
    let new = NewAccessToken {
        created_at: after(1),
        expires_at: Some(after(60)),
        user_agent: Some(text(&"ß".repeat(200))),
        ..new_access_token(bob, 7)
    };
    let id = store.read().await.access_tokens().insert(new.clone()).await.unwrap();
    let expected = AccessToken {
        id,
        user_id: bob,
        key_hash: digest(7),
        created_at: new.created_at,
        expires_at: new.expires_at,
        last_used_at: None,
        user_agent: new.user_agent,
    };
    assert_eq!(store.find_key(id).await, expected);
    let plain = store.access_token(bob, 8).await;
    assert_eq!(store.find_key(plain).await.user_agent, None);
}

pub(super) async fn the_use_of_a_key_is_noted_every_five_minutes(store: Store) {
    let bob = store.user("bob").await.id;
    let (used, other) = (store.access_token(bob, 1).await, store.access_token(bob, 2).await);
    for (at, noted) in [
        (now(), now()),
        (now() + USE_NOTED_EVERY - INSTANT, now()),
        (now() + USE_NOTED_EVERY, now() + USE_NOTED_EVERY),
        (now(), now() + USE_NOTED_EVERY),
    ] {
        let mut statement = store.read().await;
        let found = statement.access_tokens().authenticate(digest(1), at).await.unwrap();
        assert_eq!(found.map(|session| session.token), Some(used));
        assert_eq!(store.find_key(used).await.last_used_at, Some(noted), "{at}");
    }
    assert_eq!(store.find_key(other).await.last_used_at, None);
}

pub(super) async fn a_key_that_is_dead_is_not_noted(store: Store) {
    let mut bob = store.user("bob").await;
    let of_bob = store.access_token(bob.id, 1).await;
    bob.is_active = false;
    store.read().await.users().update(&bob).await.unwrap();
    let eve = store.user("eve").await.id;
    let new = NewAccessToken { expires_at: Some(after(1)), ..new_access_token(eve, 2) };
    let expired = store.read().await.access_tokens().insert(new).await.unwrap();
    for (number, id) in [(1, of_bob), (2, expired)] {
        let mut statement = store.read().await;
        let found = statement.access_tokens().authenticate(digest(number), after(1)).await;
        assert_eq!(found.unwrap(), None);
        assert_eq!(store.find_key(id).await.last_used_at, None);
    }
}

pub(super) async fn a_scope_covers_ones_own_or_the_tenants(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let owner = store.user_of("owner", Role::TenantOwner, acme).await.id;
    let (bob, nobody) = (store.user("bob").await.id, UserId::new(i32::MAX));
    let of_owner = store.access_token(owner, 1).await;
    let of_bob = store.access_token(bob, 2).await;
    for (scope, covered) in [
        (Scope::Everything, vec![of_owner, of_bob]),
        (Scope::Tenant(acme), vec![of_owner]),
        (Scope::Oneself(bob), vec![of_bob]),
        (Scope::Oneself(nobody), vec![]),
    ] {
        assert_eq!(store.keys_within(scope).await, covered, "{scope:?}");
        let mut statement = store.read().await;
        let keys = statement.access_tokens();
        for id in [of_owner, of_bob] {
            let found = keys.find(scope, id).await.unwrap();
            let is_within = matches!(found, Lookup::Within(_));
            assert_eq!(is_within, covered.contains(&id), "{scope:?} {id}");
            assert_ne!(found, Lookup::Nowhere, "{scope:?} {id}");
        }
        assert_eq!(keys.find(scope, AccessTokenId::NOWHERE).await.unwrap(), Lookup::Nowhere);
    }
}

pub(super) async fn keys_that_expired_are_not_listed(store: Store) {
    let bob = store.user("bob").await.id;
    let mut ids = Vec::new();
    for (number, expires_at) in [(1, Some(now())), (2, Some(now() + INSTANT)), (3, None)] {
        let new = NewAccessToken { expires_at, ..new_access_token(bob, number) };
        ids.push(store.read().await.access_tokens().insert(new).await.unwrap());
    }
    assert_eq!(store.keys_within(Scope::Oneself(bob)).await, ids[1..]);
}

pub(super) async fn all_keys_of_a_user_but_one_are_deleted(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let mut ids = Vec::new();
    for (number, user) in (1..).zip([bob, bob, bob, eve]) {
        ids.push(store.access_token(user, number).await);
    }
    let mut statement = store.read().await;
    assert_eq!(statement.access_tokens().delete_others(bob, ids[1]).await.unwrap(), 2);
    assert_eq!(statement.access_tokens().delete_others(bob, ids[1]).await.unwrap(), 0);
    assert_eq!(store.keys_within(Scope::Everything).await, [ids[1], ids[3]]);
}

pub(super) async fn keys_that_expired_are_swept_away_so_many_at_a_time(store: Store) {
    let bob = store.user("bob").await.id;
    let mut ids = Vec::new();
    let ends = [Some(after(1)), Some(after(1)), Some(after(1)), Some(after(1) + INSTANT), None];
    for (number, expires_at) in (1..).zip(ends) {
        let new = NewAccessToken { expires_at, ..new_access_token(bob, number) };
        ids.push(store.read().await.access_tokens().insert(new).await.unwrap());
    }
    let mut statement = store.read().await;
    for swept in [2, 1, 0] {
        assert_eq!(statement.access_tokens().sweep(after(1), 2).await.unwrap(), swept);
    }
    assert_eq!(store.keys_within(Scope::Everything).await, ids[3..]);
}
