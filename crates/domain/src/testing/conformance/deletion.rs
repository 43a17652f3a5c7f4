//! What a delete does to the rows that refer to the row.

use serde_json::json;

use super::store::{Store, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::RepositoryError;
use crate::idempotency::Claim;
use crate::ids::{
    AccessTokenId, AuditLogId, GatewayId, IdempotencyId, PaymentId, PlanId, PlanPricingId,
    RefundId, TenantId, TodoId, UserId,
};
use crate::operation::NewOperation;
use crate::ports::Stored;
use crate::relations::{EntityKind, OnDelete, RELATIONS, Relation, relations_to};
use crate::testing::samples::{self, after, digest, now, object};

/// A parent and a child that refers to it through one foreign key.
struct Family {
    relation: &'static Relation,
    parent: i32,
    child: i32,
}

/// What has become of a child.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Unchanged,
    WithoutReference,
    Gone,
}

impl Store {
    /// A new parent of the kind; `number` keeps unique values apart.
    async fn parent(&self, kind: EntityKind, number: usize) -> i32 {
        let name = format!("parent{number}");
        match kind {
            EntityKind::Tenant => self.tenant(&name).await.id.get(),
            EntityKind::User => self.user(&name).await.id.get(),
            EntityKind::Plan => self.plan(&name).await.id.get(),
            EntityKind::PaymentGatewayConfig => self.gateway(&name).await.id.get(),
            EntityKind::Payment => self.payment_of(&name).await.id.get(),
            EntityKind::Refund => {
                let payment = self.payment_of(&name).await.id;
                let mut statement = self.read().await;
                let refund = statement.refunds().insert(samples::new_refund(payment), now());
                refund.await.unwrap().id.get()
            }
            other => panic!("no row refers to a {other:?}"),
        }
    }

    /// A new child of a parent, whose other references lead elsewhere.
    async fn child(&self, relation: &Relation, parent: i32, number: usize) -> i32 {
        let name = format!("child{number}");
        let mut statement = self.read().await;
        let user = UserId::new(parent);
        match (relation.child, relation.column) {
            (EntityKind::User, _) => {
                let tenant = TenantId::new(parent);
                self.user_of(&name, Role::Subscriber, tenant).await.id.get()
            }
            (EntityKind::Todo, _) => self.todo(user, &name).await.id.get(),
            (EntityKind::AuditLog, column) => {
                let other = self.user(&name).await.id;
                let (actor, target) = match column {
                    "actor_id" => (user, other),
                    _ => (other, user),
                };
                let mut new = samples::new_audit_log(actor, target);
                new.details = object(json!({"changed_by": "parent"}));
                statement.audit_logs().insert(new).await.unwrap().get()
            }
            (EntityKind::PlanPricing, _) => {
                let new = samples::new_pricing("1.00");
                let pricing = statement.pricing();
                let price = pricing.insert(PlanId::new(parent), new, now()).await;
                price.unwrap().id.get()
            }
            (EntityKind::Payment, "user_id") => {
                let gateway = self.gateway(&name).await.id;
                self.payment(user, gateway).await.id.get()
            }
            (EntityKind::Payment, _) => {
                let payer = self.user(&name).await.id;
                let payment = self.payment(payer, GatewayId::new(parent)).await;
                payment.id.get()
            }
            (EntityKind::PaymentLog, _) => {
                let new = samples::new_payment_log(PaymentId::new(parent));
                let entry = statement.payment_logs().insert(new, now()).await;
                entry.unwrap().id.get()
            }
            (EntityKind::Refund, _) => {
                let new = samples::new_refund(PaymentId::new(parent));
                let refund = statement.refunds().insert(new, now()).await;
                refund.unwrap().id.get()
            }
            (EntityKind::PaymentOperation, "payment_id") => {
                let new = samples::new_operation(PaymentId::new(parent), &name);
                self.done_operation(new).await
            }
            (EntityKind::PaymentOperation, _) => {
                let payment = self.payment_of(&name).await.id;
                let refund_id = Some(RefundId::new(parent));
                let new = NewOperation { refund_id, ..samples::new_operation(payment, &name) };
                self.done_operation(new).await
            }
            (EntityKind::IdempotencyRecord, "user_id") => self.key(user, number).await.get(),
            (EntityKind::IdempotencyRecord, _) => {
                let owner = self.user(&name).await.id;
                let key = self.key(owner, number).await;
                let keys = statement.idempotency();
                keys.attach(key, PaymentId::new(parent)).await.unwrap();
                key.get()
            }
            (EntityKind::AccessToken, _) => {
                let key = digest(number as u64);
                let keys = statement.access_tokens();
                keys.insert(user, key, now(), None).await.unwrap().get()
            }
            (EntityKind::PasswordReset, _) => {
                let email = within(self.find_user(user).await).user.email;
                let key = digest(number as u64);
                let resets = statement.password_resets();
                let made = resets.insert(email, key, now(), after(60)).await;
                made.unwrap().unwrap();
                0
            }
            (child, column) => panic!("no child for {child:?}.{column}"),
        }
    }

    /// An order that lets its payment have others.
    async fn done_operation(&self, new: NewOperation) -> i32 {
        let mut statement = self.read().await;
        let operations = statement.operations();
        let mut operation = operations.insert(new, now()).await.unwrap();
        operation.done = true;
        operations.update(&operation).await.unwrap();
        operation.id.get()
    }

    async fn claim(&self, user: UserId, number: usize) -> Stored<Claim> {
        let mark = samples::request_mark(user, &format!("key{number}"));
        let mut statement = self.read().await;
        statement.idempotency().claim(mark, now(), now(), now()).await
    }

    async fn key(&self, user: UserId, number: usize) -> IdempotencyId {
        match self.claim(user, number).await {
            Ok(Claim::Fresh(id)) => id,
            other => panic!("the key is free, not {other:?}"),
        }
    }

    async fn family(&self, relation: &'static Relation, number: usize) -> Family {
        let parent = self.parent(relation.parent, number).await;
        let child = self.child(relation, parent, number).await;
        Family { relation, parent, child }
    }

    async fn delete(&self, kind: EntityKind, id: i32) -> Stored<bool> {
        let mut statement = self.read().await;
        match kind {
            EntityKind::Tenant => statement.tenants().delete(TenantId::new(id)).await,
            EntityKind::User => statement.users().delete(UserId::new(id)).await,
            EntityKind::Plan => statement.plans().delete(PlanId::new(id)).await,
            EntityKind::PaymentGatewayConfig => {
                statement.gateways().delete(GatewayId::new(id)).await
            }
            other => panic!("no port deletes a {other:?}"),
        }
    }

    /// Whether a row exists, and whether it still refers to its parent.
    async fn fate(&self, family: &Family, number: usize) -> Fate {
        let Family { relation, parent, child } = *family;
        let mut statement = self.read().await;
        let there = match relation.child {
            EntityKind::User => {
                let found = self.find_user(UserId::new(child)).await;
                found != Lookup::Nowhere
            }
            EntityKind::Todo => {
                let found = self.find_todo(TodoId::new(child)).await;
                found != Lookup::Nowhere
            }
            EntityKind::AuditLog => {
                let logs = statement.audit_logs();
                let id = AuditLogId::new(child);
                let found = within(logs.find(Scope::Everything, id).await.unwrap());
                let (reference, name, other) = match relation.column {
                    "actor_id" => {
                        (found.entry.actor_id, found.actor_username, found.target_username)
                    }
                    _ => (found.entry.target_id, found.target_username, found.actor_username),
                };
                assert!(other.is_some(), "the other reference stays");
                assert_eq!(name.is_some(), reference.is_some());
                let details = object(json!({"changed_by": "parent"}));
                assert_eq!(found.entry.details, details, "history stays");
                if reference.is_none() {
                    return Fate::WithoutReference;
                }
                true
            }
            EntityKind::PlanPricing => {
                let (plan, id) = (PlanId::new(parent), PlanPricingId::new(child));
                statement.pricing().find(plan, id).await.unwrap().is_some()
            }
            EntityKind::Payment => {
                let id = PaymentId::new(child);
                let found = statement.payments().find(Scope::Everything, id).await;
                found.unwrap() != Lookup::Nowhere
            }
            EntityKind::IdempotencyRecord => {
                let claim = self.claim(UserId::new(parent), number).await;
                let is_gone = matches!(claim, Err(RepositoryError::MissingReference(_)));
                assert!(is_gone || matches!(claim, Ok(Claim::Running)), "{claim:?}");
                !is_gone
            }
            EntityKind::AccessToken => {
                // Deleting answers whether the row was there, whoever it belongs to.
                let id = AccessTokenId::new(child);
                statement.access_tokens().delete(id).await.unwrap()
            }
            EntityKind::PasswordReset => {
                let key = digest(number as u64);
                let user = UserId::new(parent);
                let resets = statement.password_resets();
                resets.redeem(user, key, now()).await.unwrap()
            }
            other => panic!("no fate for {other:?}"),
        };
        if there { Fate::Unchanged } else { Fate::Gone }
    }
}

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
        let expected: Vec<_> = relations_to(relation.parent)
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

pub(super) async fn a_refused_deletion_changes_nothing(store: Store) {
    let gateway = store.gateway("Card").await.id;
    let bob = store.user("bob").await;
    let todo = store.todo(bob.id, "pay").await;
    let payment = store.payment(bob.id, gateway).await;
    let mut statement = store.read().await;
    let entry = samples::new_audit_log(bob.id, bob.id);
    let entry = statement.audit_logs().insert(entry).await.unwrap();
    let keys = statement.access_tokens();
    keys.insert(bob.id, digest(1), now(), None).await.unwrap();

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
    keys.insert(bob.id, digest(1), now(), None).await.unwrap();
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
