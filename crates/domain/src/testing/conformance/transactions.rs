//! Units of work: all or nothing, and one against another.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use serde_json::Value;

use super::store::{Store, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::{PaymentId, TenantId, UserId};
use crate::ports::Stored;
use crate::testing::samples::{self, after, now, uuid};

/// Runs two futures at the same time.
pub(super) async fn both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut a_result, mut b_result) = (None, None);
    poll_fn(|context| {
        if a_result.is_none()
            && let Poll::Ready(result) = a.as_mut().poll(context)
        {
            a_result = Some(result);
        }
        if b_result.is_none()
            && let Poll::Ready(result) = b.as_mut().poll(context)
        {
            b_result = Some(result);
        }
        if a_result.is_none() || b_result.is_none() {
            return Poll::Pending;
        }
        Poll::Ready(a_result.take().zip(b_result.take()))
    })
    .await
    .expect("both have ended")
}

pub(super) async fn what_is_dropped_was_never_there(store: Store) {
    let kept = store.tenant("Kept").await;
    let bob = store.user("bob").await;
    let mut unit = store.begin().await;
    let new = samples::new_tenant("Dropped");
    let tenant = unit.tenants().insert(new, uuid(1), now()).await.unwrap();
    let mut changed = kept.clone();
    changed.updated_at = after(1);
    unit.tenants().update(&changed).await.unwrap();
    assert!(unit.users().delete(bob.id).await.unwrap());
    drop(unit);
    assert_eq!(store.find_tenant(tenant.id).await, Lookup::Nowhere);
    assert_eq!(within(store.find_tenant(kept.id).await).tenant, kept);
    assert_eq!(within(store.find_user(bob.id).await).user, bob);
    store.tenant("Dropped").await;
}

pub(super) async fn what_is_committed_is_there_for_everybody(store: Store) {
    let mut unit = store.begin().await;
    let new = samples::new_tenant("Acme");
    let tenant = unit.tenants().insert(new, uuid(1), now()).await.unwrap();
    let mut new = samples::new_user("bob");
    new.tenant_id = Some(tenant.id);
    let bob = unit.users().insert(new).await.unwrap();
    let own = unit.users().find(Scope::Everything, bob.user.id).await;
    assert_eq!(within(own.unwrap()), bob, "its own rows it sees");

    let mut reader = store.read().await;
    let others = reader.users().find(Scope::Everything, bob.user.id).await;
    assert_eq!(others.unwrap(), Lookup::Nowhere, "others do not yet");
    unit.commit().await.unwrap();
    let others = reader.users().find(Scope::Everything, bob.user.id).await;
    assert_eq!(within(others.unwrap()), bob);
    assert_eq!(within(store.find_tenant(tenant.id).await).user_count, 1);
}

pub(super) async fn a_failed_unit_of_work_takes_no_more_and_leaves_nothing(store: Store) {
    store.tenant("Taken").await;
    let mut unit = store.begin().await;
    let new = samples::new_tenant("Before");
    let before = unit.tenants().insert(new, uuid(1), now()).await.unwrap();
    let new = samples::new_tenant("Taken");
    let taken = unit.tenants().insert(new, uuid(2), now()).await;
    assert!(matches!(taken, Err(RepositoryError::Taken(_))), "{taken:?}");

    let read = unit.tenants().pin(before.id).await;
    assert!(matches!(read, Err(RepositoryError::Backend(_))), "{read:?}");
    let new = samples::new_tenant("After");
    let written = unit.tenants().insert(new, uuid(3), now()).await;
    assert!(matches!(written, Err(RepositoryError::Backend(_))));
    assert!(unit.commit().await.is_err(), "nothing was made durable");
    assert_eq!(store.find_tenant(before.id).await, Lookup::Nowhere);
    store.tenant("After").await;
}

async fn insert_user(store: &Store, name: &str, email: &str) -> Stored<()> {
    let mut new = samples::new_user(name);
    new.email = samples::email(email);
    let mut unit = store.begin().await;
    unit.users().insert(new).await?;
    unit.commit().await
}

pub(super) async fn of_two_simultaneous_equals_one_is_stored(store: Store) {
    for round in 0..5 {
        let address = format!("bob{round}@example.org");
        let shouted = format!("BOB{round}@example.org");
        let (first, second) = (format!("a{round}"), format!("b{round}"));
        let results =
            both(insert_user(&store, &first, &address), insert_user(&store, &second, &shouted))
                .await;
        match results {
            (Ok(()), Err(RepositoryError::Taken(UniqueKey::Email)))
            | (Err(RepositoryError::Taken(UniqueKey::Email)), Ok(())) => {}
            other => panic!("exactly one is stored, not {other:?}"),
        }
    }
}

async fn delete_user(store: &Store, id: UserId) -> Stored<bool> {
    let mut unit = store.begin().await;
    let deleted = unit.users().delete(id).await?;
    unit.commit().await?;
    Ok(deleted)
}

pub(super) async fn of_two_simultaneous_deletions_one_succeeds(store: Store) {
    for round in 0..5 {
        let id = store.user(&format!("bob{round}")).await.id;
        let (a, b) = both(delete_user(&store, id), delete_user(&store, id)).await;
        assert!(a.unwrap() ^ b.unwrap());
    }
}

/// Reads a counter in the metadata and writes it one higher.
async fn count_up(store: &Store, id: PaymentId) -> Stored<()> {
    let mut unit = store.begin().await;
    let found = unit.payments().lock(Scope::Everything, id).await?;
    let mut payment = within(found).payment;
    let count = payment.metadata.get("count").and_then(Value::as_u64);
    let count = count.unwrap_or_default() + 1;
    payment.metadata.insert("count".to_owned(), count.into());
    payment.modified_at = after(i64::try_from(count).unwrap());
    unit.payments().update(&payment).await?;
    unit.commit().await
}

pub(super) async fn a_locked_row_waits_for_the_other_unit_of_work(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let bob = store.user("bob").await.id;
    let payment = store.payment(bob, gateway).await;
    for _ in 0..5 {
        let (a, b) = both(count_up(&store, payment.id), count_up(&store, payment.id)).await;
        a.unwrap();
        b.unwrap();
    }
    let found = store.find_payment(&payment).await.payment;
    assert_eq!(found.metadata["count"], 10, "no step was lost");
}

async fn join_tenant(store: &Store, name: &str, tenant: TenantId) -> Stored<()> {
    let mut unit = store.begin().await;
    let mut new = samples::new_user(name);
    (new.role, new.tenant_id) = (Role::Subscriber, Some(tenant));
    unit.users().insert(new).await?;
    unit.commit().await
}

async fn delete_tenant(store: &Store, tenant: TenantId) -> Stored<bool> {
    let mut unit = store.begin().await;
    let deleted = unit.tenants().delete(tenant).await?;
    unit.commit().await?;
    Ok(deleted)
}

pub(super) async fn a_user_is_never_left_without_the_tenant(store: Store) {
    for round in 0..5 {
        let tenant = store.tenant(&format!("Acme {round}")).await.id;
        let name = format!("bob{round}");
        let (joined, deleted) =
            both(join_tenant(&store, &name, tenant), delete_tenant(&store, tenant)).await;
        match (joined, deleted) {
            (Ok(()), Err(RepositoryError::Protected(_))) => {
                assert_eq!(within(store.find_tenant(tenant).await).user_count, 1);
            }
            (Err(RepositoryError::MissingReference(_)), Ok(true)) => {
                assert_eq!(store.find_tenant(tenant).await, Lookup::Nowhere);
            }
            other => panic!("one of the two wins, not {other:?}"),
        }
    }
}

pub(super) async fn a_store_that_is_there_answers(store: Store) {
    store.ping().await.unwrap();
}

pub(super) async fn a_snapshot_shows_one_instant_and_takes_nothing(store: Store) {
    let bob = store.user("bob").await;
    let mut snapshot = store.snapshot().await;
    let found = |looked_up: Lookup<crate::user::UserView>| within(looked_up).user;
    let before = snapshot.users().find(Scope::Everything, bob.id).await.unwrap();
    assert_eq!(found(before), bob);
    let mut moved = bob.clone();
    moved.is_active = false;
    store.read().await.users().update(&moved).await.unwrap();
    let eve = store.user("eve").await;
    let still = snapshot.users().find(Scope::Everything, bob.id).await.unwrap();
    assert_eq!(found(still), bob);
    let unseen = snapshot.users().find(Scope::Everything, eve.id).await.unwrap();
    assert_eq!(unseen, Lookup::Nowhere);
    let refused = snapshot.users().delete(bob.id).await;
    assert!(matches!(refused, Err(RepositoryError::Backend(_))), "{refused:?}");
    drop(snapshot);
    assert_eq!(within(store.find_user(bob.id).await).user, moved);
}
