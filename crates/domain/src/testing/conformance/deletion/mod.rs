//! What a delete does to the rows that refer to the row.

mod family;

use super::store::{Store, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::RepositoryError;
use crate::page::ListRequest;
use crate::relations::{
    DeletionPlan, Dependants, EntityKind, OnDelete, RELATIONS, Relation, plan_deletion,
    relations_from, relations_to,
};
use crate::service_key::NewServiceKey;
use crate::subscription::{Subscription, SubscriptionStatus};
use crate::testing::samples::{self, digest, now, text};
use crate::usage::Usage;
use family::Fate;

/// The foreign keys whose parents some port deletes. Payments and refunds are never deleted.
fn reachable() -> impl Iterator<Item = (usize, &'static Relation)> {
    let is_kept = |kind| matches!(kind, EntityKind::Payment | EntityKind::Refund);
    RELATIONS.iter().enumerate().filter(move |(_, relation)| !is_kept(relation.parent))
}

pub(super) async fn every_foreign_key_acts_by_its_policy(store: Store) {
    for (number, relation) in reachable() {
        let family = store.family(relation, number).await;
        let bystanders = store.family(relation, number + RELATIONS.len()).await;
        let result = store.delete(relation.parent, family.parent).await;
        let fate = match relation.on_delete {
            OnDelete::Protect => {
                assert!(
                    matches!(result, Err(RepositoryError::Protected(found)) if found == relation),
                    "{relation:?}: {result:?}"
                );
                Fate::Unchanged
            }
            OnDelete::Cascade => {
                assert!(result.unwrap(), "{relation:?}");
                Fate::Gone
            }
            OnDelete::SetNull => {
                assert!(result.unwrap(), "{relation:?}");
                Fate::WithoutReference
            }
        };
        assert_eq!(store.fate(&family, number).await, fate, "{relation:?}");
        let number = number + RELATIONS.len();
        let bystander = store.fate(&bystanders, number).await;
        assert_eq!(bystander, Fate::Unchanged, "{relation:?}");
    }
}

pub(super) async fn dependants_are_counted_by_foreign_key(store: Store) {
    for (number, relation) in RELATIONS.iter().enumerate() {
        let family = store.family(relation, number).await;
        let more = number + RELATIONS.len();
        store.child(relation, family.parent, more).await;
        let mut statement = store.read().await;
        let deletions = statement.deletions();
        let counts = deletions.dependants(relation.parent, family.parent).await;
        let counts: Vec<_> =
            counts.unwrap().iter().map(|found| (found.relation, found.rows)).collect();
        let expected: Vec<_> = relations_from(relation.parent)
            .into_iter()
            .map(|known| (known, if known == relation { 2 } else { 0 }))
            .collect();
        assert_eq!(counts, expected);
        let nowhere = deletions.dependants(relation.parent, i32::MAX).await;
        assert!(nowhere.unwrap().iter().all(|found| found.rows == 0));
    }
    let mut statement = store.read().await;
    let childless = statement.deletions().dependants(EntityKind::Todo, 1).await;
    assert_eq!(childless.unwrap(), []);
}

pub(super) async fn a_plan_says_of_every_foreign_key_what_the_delete_then_does(store: Store) {
    for (number, relation) in reachable() {
        let family = store.family(relation, number).await;
        let mut statement = store.read().await;
        let deletions = statement.deletions();
        let dependants = deletions.dependants(relation.parent, family.parent).await.unwrap();
        let plan = plan_deletion(relation.parent, &dependants);
        let found = vec![Dependants { relation, rows: 1 }];
        let [blocked_by, cascades, nullified] = match relation.on_delete {
            OnDelete::Protect => [found, vec![], vec![]],
            OnDelete::Cascade => [vec![], found, vec![]],
            OnDelete::SetNull => [vec![], vec![], found],
        };
        let root = relation.parent;
        assert_eq!(plan, DeletionPlan { root, blocked_by, cascades, nullified });
        let deleted = store.delete(relation.parent, family.parent).await;
        assert_eq!(deleted.is_ok(), plan.is_allowed(), "{relation:?}: {deleted:?}");
    }
}

pub(super) async fn rows_that_refer_to_a_row_are_deleted_by_foreign_key(store: Store) {
    let reachable = reachable().filter(|(_, relation)| relation.on_delete == OnDelete::Cascade);
    for (number, relation) in reachable {
        let family = store.family(relation, number).await;
        let bystanders = store.family(relation, number + RELATIONS.len()).await;
        let mut statement = store.read().await;
        let deletions = statement.deletions();
        let gone = deletions.delete_dependants(relation, family.parent).await.unwrap();
        assert_eq!(gone, 1, "{relation:?}");
        let again = deletions.delete_dependants(relation, family.parent).await.unwrap();
        assert_eq!(again, 0, "{relation:?}");
        let counts = deletions.dependants(relation.parent, family.parent).await.unwrap();
        assert!(counts.iter().all(|found| found.rows == 0), "{relation:?}: {counts:?}");
        let number = number + RELATIONS.len();
        let bystander = store.fate(&bystanders, number).await;
        assert_eq!(bystander, Fate::Unchanged, "{relation:?}");
        assert!(store.delete(relation.parent, family.parent).await.unwrap(), "the parent stayed");
    }
}

pub(super) async fn a_row_that_protects_others_is_not_deleted_with_those_that_refer(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let gateway = store.gateway("Card").await.id;
    store.payment(bob, gateway).await;
    let users = relations_to(EntityKind::Tenant).find(|known| known.child == EntityKind::User);
    let mut statement = store.read().await;
    let result = statement.deletions().delete_dependants(users.unwrap(), acme.get()).await;
    assert!(matches!(result, Err(RepositoryError::Protected(_))), "{result:?}");
    assert!(matches!(store.find_user(bob).await, Lookup::Within(_)));
}

pub(super) async fn a_refused_deletion_changes_nothing(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let bob = store.user("bob").await;
    let todo = store.todo(bob.id, "pay").await;
    let payment = store.payment(bob.id, gateway).await;
    let mut statement = store.read().await;
    let entry = samples::new_audit_log(bob.id, bob.id);
    let entry = statement.audit_logs().insert(entry).await.unwrap();
    let keys = statement.access_tokens();
    keys.insert(samples::new_access_token(bob.id, 1)).await.unwrap();

    let result = store.delete(EntityKind::User, bob.id.get()).await;
    assert!(matches!(result, Err(RepositoryError::Protected(_))));
    assert_eq!(within(store.find_user(bob.id).await).user, bob);
    assert_eq!(within(store.find_todo(todo.id).await), todo);
    assert_eq!(store.find_payment(&payment).await.payment, payment);
    let logs = statement.audit_logs();
    let found = within(logs.find(Scope::Everything, entry).await.unwrap());
    assert_eq!(found.entry.actor_id, Some(bob.id));
    let key = statement.access_tokens().authenticate(digest(1), now());
    assert!(key.await.unwrap().is_some());
}

pub(super) async fn a_user_goes_with_everything_that_hangs_on_the_user(store: Store) {
    let bob = store.user("bob").await;
    let eve = store.user("eve").await;
    let todos = [store.todo(bob.id, "a").await, store.todo(bob.id, "b").await];
    let kept = store.todo(eve.id, "c").await;
    let mut unit = store.begin().await;
    let logs = unit.audit_logs();
    let both = logs.insert(samples::new_audit_log(bob.id, bob.id)).await;
    let both = both.unwrap();
    let keys = unit.access_tokens();
    keys.insert(samples::new_access_token(bob.id, 1)).await.unwrap();
    assert!(unit.users().delete(bob.id).await.unwrap());
    unit.commit().await.unwrap();

    assert_eq!(store.find_user(bob.id).await, Lookup::Nowhere);
    for todo in todos {
        assert_eq!(store.find_todo(todo.id).await, Lookup::Nowhere);
    }
    assert_eq!(within(store.find_todo(kept.id).await), kept);
    let mut statement = store.read().await;
    let logs = statement.audit_logs();
    let entry = within(logs.find(Scope::Everything, both).await.unwrap());
    assert_eq!((entry.entry.actor_id, entry.entry.target_id), (None, None));
    let key = statement.access_tokens().authenticate(digest(1), now());
    assert_eq!(key.await.unwrap(), None);
}

pub(super) async fn a_user_goes_with_subscription_trials_and_usage(store: Store) {
    let (bob, eve) = (store.user("bob").await.id, store.user("eve").await.id);
    let plan = store.plan("Basic").await.id;
    let gateway = store.gateway("Card").await.id;
    for (number, user) in (1..).zip([bob, eve]) {
        let row = store.subscription_in(SubscriptionStatus::Active, number, (user, plan)).await;
        let row = Subscription { payment_gateway_id: Some(gateway), ..row };
        store.update_subscription(&row).await.unwrap();
        let mut statement = store.read().await;
        statement.subscriptions().note_trial(user, plan, now()).await.unwrap();
        statement.customers().insert(user, gateway, text("cus"), now()).await.unwrap();
        let usage = statement.usage();
        usage.open_session(samples::session_key(user, "A1"), now()).await.unwrap();
        usage.add(user, now().date_naive(), Usage { seconds: 1, octets: 1 }).await.unwrap();
    }
    let mut statement = store.read().await;
    assert!(statement.users().delete(bob).await.unwrap());
    for (kind, id, left) in [
        (EntityKind::User, bob.get(), 0),
        (EntityKind::User, eve.get(), 5),
        (EntityKind::Plan, plan.get(), 2),
        (EntityKind::PaymentGatewayConfig, gateway.get(), 2),
    ] {
        let counts = statement.deletions().dependants(kind, id).await.unwrap();
        let rows: u64 = counts.iter().map(|found| found.rows).sum();
        assert_eq!(rows, left, "{kind:?}");
    }
}

pub(super) async fn a_subscription_that_ended_protects_its_plan_and_gateway(store: Store) {
    let bob = store.user("bob").await.id;
    let plan = store.plan("Basic").await.id;
    let gateway = store.gateway("Card").await.id;
    let row = store.subscription_in(SubscriptionStatus::Canceled, 1, (bob, plan)).await;
    let row = Subscription { payment_gateway_id: Some(gateway), ..row };
    store.update_subscription(&row).await.unwrap();
    for (kind, id) in
        [(EntityKind::Plan, plan.get()), (EntityKind::PaymentGatewayConfig, gateway.get())]
    {
        let result = store.delete(kind, id).await;
        assert!(
            matches!(result, Err(RepositoryError::Protected(found)) if found.parent == kind),
            "{result:?}"
        );
    }
    assert!(store.delete(EntityKind::User, bob.get()).await.unwrap());
    assert!(store.delete(EntityKind::Plan, plan.get()).await.unwrap());
    assert!(store.delete(EntityKind::PaymentGatewayConfig, gateway.get()).await.unwrap());
}

pub(super) async fn a_tenant_that_stays_keeps_its_service_keys(store: Store) {
    let acme = store.tenant("Acme").await.id;
    store.user_of("bob", Role::Subscriber, acme).await;
    let new = NewServiceKey { tenant_id: Some(acme), ..samples::new_service_key("Gate", 1) };
    let mut statement = store.read().await;
    let key = statement.service_keys().insert(new, now()).await.unwrap();
    let result = store.delete(EntityKind::Tenant, acme.get()).await;
    assert!(matches!(result, Err(RepositoryError::Protected(_))), "{result:?}");
    let page = statement.service_keys().list(ListRequest::default()).await;
    assert_eq!(page.unwrap().unwrap().items, [key]);
}
