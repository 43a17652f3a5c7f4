//! The audit log.

use serde_json::json;

use super::store::{Store, assert_missing, ids_of_nothing, within};
use crate::access::{Lookup, Role, Scope};
use crate::audit::{AuditAction, AuditLog, AuditLogFilter, AuditLogSort, AuditLogView};
use crate::ids::{AuditLogId, UserId};
use crate::page::{ListRequest, ascending};
use crate::relations::EntityKind;
use crate::testing::samples::{self, after, object};

pub(super) async fn every_column_comes_back_as_stored(store: Store) {
    let anna = store.user("anna").await;
    let bob = store.user("bob").await;
    let mut statement = store.read().await;
    let logs = statement.audit_logs();
    let details = json!({"old": null, "new": [1, 2.5, true, {"名": "Grüße \"q\" \\ 😀"}], "": ""});
    for (action, details) in [
        (AuditAction::RoleChanged, details),
        (AuditAction::PasswordReset, json!({})),
        (AuditAction::ActivationChanged, json!({"a": "b"})),
    ] {
        let mut new = samples::new_audit_log(anna.id, bob.id);
        new.action = action;
        new.details = object(details);
        let id = logs.insert(new.clone()).await.unwrap();
        let expected = AuditLogView {
            entry: AuditLog {
                id,
                actor_id: Some(anna.id),
                target_id: Some(bob.id),
                action,
                details: new.details,
                timestamp: new.timestamp,
            },
            actor_username: Some(anna.username.clone()),
            target_username: Some(bob.username.clone()),
        };
        let found = logs.find(Scope::Everything, id).await.unwrap();
        assert_eq!(within(found), expected);
        let filter = AuditLogFilter { action: Some(action), ..AuditLogFilter::default() };
        let request = ListRequest { filter, ..ListRequest::default() };
        let page = logs.list(Scope::Everything, request).await.unwrap();
        assert_eq!(page.unwrap().items, [expected]);
    }
}

pub(super) async fn users_who_do_not_exist_are_refused(store: Store) {
    let bob = store.user("bob").await.id;
    let nobody = UserId::new(i32::MAX);
    let mut statement = store.read().await;
    let logs = statement.audit_logs();
    let result = logs.insert(samples::new_audit_log(nobody, bob)).await;
    assert_missing(result, EntityKind::AuditLog, "actor_id");
    let result = logs.insert(samples::new_audit_log(bob, nobody)).await;
    assert_missing(result, EntityKind::AuditLog, "target_id");
}

async fn listed(store: &Store, scope: Scope, filter: AuditLogFilter) -> Vec<AuditLogId> {
    let request = ListRequest {
        filter,
        order: vec![ascending(AuditLogSort::Timestamp)],
        ..ListRequest::default()
    };
    let page = store.read().await.audit_logs().list(scope, request).await;
    let rows = page.unwrap().unwrap().items;
    rows.iter().map(|row| row.entry.id).collect()
}

pub(super) async fn a_scope_goes_by_the_target(store: Store) {
    let acme = store.tenant("Acme").await.id;
    let admin = store.user("admin").await.id;
    let owner = store.user_of("owner", Role::TenantOwner, acme).await.id;
    let bob = store.user_of("bob", Role::Subscriber, acme).await.id;
    let gone = store.user("gone").await.id;
    let mut statement = store.read().await;
    let mut ids = Vec::new();
    for (actor, target) in [(admin, bob), (admin, owner), (owner, admin), (owner, gone)] {
        let new = samples::new_audit_log(actor, target);
        ids.push(statement.audit_logs().insert(new).await.unwrap());
    }
    assert!(statement.users().delete(gone).await.unwrap());
    let scopes = [
        (Scope::Everything, &ids[..]),
        (Scope::Tenant(acme), &ids[..2]),
        (Scope::Oneself(bob), &ids[..1]),
        (Scope::Oneself(admin), &ids[2..3]),
        (Scope::Oneself(gone), &[]),
    ];
    for (scope, visible) in scopes {
        assert_eq!(listed(&store, scope, AuditLogFilter::default()).await, visible);
        for id in ids.iter().copied() {
            let found = statement.audit_logs().find(scope, id).await.unwrap();
            if visible.contains(&id) {
                assert_eq!(within(found).entry.id, id);
            } else {
                assert_eq!(found, Lookup::Outside, "{scope:?}");
            }
        }
        let nowhere = statement.audit_logs().find(scope, AuditLogId::NOWHERE).await;
        assert_eq!(nowhere.unwrap(), Lookup::Nowhere);
    }
}

pub(super) async fn filters_match_exactly_and_bounds_include_their_end(store: Store) {
    let anna = store.user("anna").await.id;
    let bob = store.user("bob").await.id;
    let mut statement = store.read().await;
    let mut ids = Vec::new();
    for (second, (actor, target, action)) in (0..).zip([
        (anna, bob, AuditAction::RoleChanged),
        (anna, anna, AuditAction::PasswordReset),
        (bob, anna, AuditAction::PasswordReset),
    ]) {
        let mut new = samples::new_audit_log(actor, target);
        (new.action, new.timestamp) = (action, after(second));
        ids.push(statement.audit_logs().insert(new).await.unwrap());
    }
    let all = AuditLogFilter::default;
    let by_action = |action| AuditLogFilter { action: Some(action), ..all() };
    let by_actor = |id| AuditLogFilter { actor: Some(id), ..all() };
    let by_target = |id| AuditLogFilter { target: Some(id), ..all() };
    let between = |from, to| AuditLogFilter {
        timestamp_after: Some(after(from)),
        timestamp_before: Some(after(to)),
        ..all()
    };
    let (anna, bob) = (anna.get(), bob.get());
    let cases = [
        (all(), &ids[..]),
        (by_action(AuditAction::PasswordReset), &ids[1..]),
        (by_action(AuditAction::ActivationChanged), &[]),
        (by_actor(anna.into()), &ids[..2]),
        (by_target(anna.into()), &ids[1..]),
        (by_target(bob.into()), &ids[..1]),
        (between(0, 1), &ids[..2]),
        (between(1, 1), &ids[1..2]),
        (between(2, 1), &[]),
        (AuditLogFilter { actor: Some(anna.into()), ..by_target(anna.into()) }, &ids[1..2]),
    ];
    for (filter, expected) in cases {
        let found = listed(&store, Scope::Everything, filter.clone()).await;
        assert_eq!(found, expected, "{filter:?}");
    }
    for id in ids_of_nothing(anna) {
        for filter in [by_actor(id), by_target(id)] {
            let found = listed(&store, Scope::Everything, filter).await;
            assert_eq!(found, [], "{id}");
        }
    }
}
