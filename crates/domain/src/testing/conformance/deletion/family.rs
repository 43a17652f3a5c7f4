//! A parent and a child for every foreign key, and what has become of the child.

use chrono::Days;
use serde_json::json;

use super::super::store::{Store, within};
use crate::access::{Lookup, Role, Scope};
use crate::error::RepositoryError;
use crate::idempotency::Claim;
use crate::ids::{
    AccessTokenId, AuditLogId, GatewayId, IdempotencyId, PaymentId, PlanId, PlanPricingId,
    RefundId, SubscriptionId, TenantId, TodoId, UserId,
};
use crate::operation::NewOperation;
use crate::page::ListRequest;
use crate::ports::Stored;
use crate::relations::{EntityKind, Relation};
use crate::service_key::NewServiceKey;
use crate::subscription::{Charge, ChargePurpose, PendingChange};
use crate::testing::samples::{self, after, digest, now, object, text};
use crate::usage::Usage;

/// A parent and a child that refers to it through one foreign key.
pub(super) struct Family {
    relation: &'static Relation,
    pub(super) parent: i32,
    child: i32,
}

/// What has become of a child.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
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
    pub(super) async fn child(&self, relation: &Relation, parent: i32, number: usize) -> i32 {
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
                let new = samples::new_access_token(user, number as u64);
                statement.access_tokens().insert(new).await.unwrap().get()
            }
            (EntityKind::PasswordReset, _) => {
                let email = within(self.find_user(user).await).user.email;
                let key = digest(number as u64);
                let resets = statement.password_resets();
                let made = resets.insert(email, key, now(), after(60)).await;
                made.unwrap().unwrap();
                0
            }
            _ => self.later_child(relation, parent, number).await,
        }
    }

    /// As [`Store::child`], for subscriptions, reports and use of the network. Where the child is a
    /// pair, it is told by the other one of the two.
    async fn later_child(&self, relation: &Relation, parent: i32, number: usize) -> i32 {
        let name = format!("child{number}");
        let mut statement = self.read().await;
        let user = UserId::new(parent);
        match (relation.child, relation.column) {
            (EntityKind::Subscription, column) => {
                self.subscription_child(column, parent, number).await
            }
            (EntityKind::Trial, "user_id") => {
                let plan = self.plan(&name).await.id;
                statement.subscriptions().note_trial(user, plan, now()).await.unwrap();
                plan.get()
            }
            (EntityKind::Trial, _) => {
                let (user, plan) = (self.user(&name).await.id, PlanId::new(parent));
                statement.subscriptions().note_trial(user, plan, now()).await.unwrap();
                user.get()
            }
            (EntityKind::GatewayCustomer, "user_id") => {
                let gateway = self.gateway(&name).await.id;
                let customers = statement.customers();
                customers.insert(user, gateway, text(&name), now()).await.unwrap();
                gateway.get()
            }
            (EntityKind::GatewayCustomer, _) => {
                let (user, gateway) = (self.user(&name).await.id, GatewayId::new(parent));
                let customers = statement.customers();
                customers.insert(user, gateway, text(&name), now()).await.unwrap();
                user.get()
            }
            (EntityKind::WebhookEvent, _) => {
                let mut event = self.webhook_event(&name).await;
                event.payment_id = Some(PaymentId::new(parent));
                statement.webhook_events().update(&event).await.unwrap();
                event.id.get()
            }
            (EntityKind::ServiceKey, _) => {
                let tenant_id = Some(TenantId::new(parent));
                let new = samples::new_service_key(&name, number as u64);
                let keys = statement.service_keys();
                let key = keys.insert(NewServiceKey { tenant_id, ..new }, now()).await;
                key.unwrap().id.get()
            }
            (EntityKind::NetworkSession, _) => {
                let key = samples::session_key(user, &name);
                statement.usage().open_session(key, now()).await.unwrap().id.get()
            }
            (EntityKind::DailyUsage, _) => {
                let day = now().date_naive() + Days::new(number as u64);
                let more = Usage { seconds: 1, octets: 1 };
                statement.usage().add(user, day, more).await.unwrap();
                0
            }
            (child, column) => panic!("no child for {child:?}.{column}"),
        }
    }

    async fn subscription_child(&self, column: &str, parent: i32, number: usize) -> i32 {
        let name = format!("child{number}");
        let number = i32::try_from(number).unwrap();
        let user = match column {
            "user_id" => UserId::new(parent),
            _ => self.user(&name).await.id,
        };
        let plan = match column {
            "plan_id" => PlanId::new(parent),
            _ => self.plan(&name).await.id,
        };
        let mut row = self.subscription(number, user, plan).await;
        match column {
            "pending_plan_id" => {
                row.pending = Some(PendingChange { plan_id: PlanId::new(parent), terms: None });
            }
            "payment_gateway_id" => row.payment_gateway_id = Some(GatewayId::new(parent)),
            "charge_id" => {
                let payment = PaymentId::new(parent);
                row.charge = Some(Charge { payment, purpose: ChargePurpose::Start });
            }
            _ => {}
        }
        self.update_subscription(&row).await.unwrap();
        row.id.get()
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

    pub(super) async fn family(&self, relation: &'static Relation, number: usize) -> Family {
        let parent = self.parent(relation.parent, number).await;
        let child = self.child(relation, parent, number).await;
        Family { relation, parent, child }
    }

    pub(super) async fn delete(&self, kind: EntityKind, id: i32) -> Stored<bool> {
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
    pub(super) async fn fate(&self, family: &Family, number: usize) -> Fate {
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
            _ => self.later_child_is_there(family).await,
        };
        if there { Fate::Unchanged } else { Fate::Gone }
    }

    /// Whether a row of [`Store::later_child`] exists.
    async fn later_child_is_there(&self, family: &Family) -> bool {
        let Family { relation, parent, child } = *family;
        let mut statement = self.read().await;
        let (user, other) = match relation.column {
            "user_id" => (UserId::new(parent), child),
            _ => (UserId::new(child), parent),
        };
        match relation.child {
            EntityKind::Subscription => {
                self.find_subscription(SubscriptionId::new(child)).await.is_some()
            }
            EntityKind::Trial => {
                statement.subscriptions().has_tried(user, PlanId::new(other)).await.unwrap()
            }
            EntityKind::GatewayCustomer => {
                let gateway = GatewayId::new(other);
                statement.customers().find(user, gateway).await.unwrap().is_some()
            }
            EntityKind::ServiceKey => {
                let request = ListRequest::default();
                let page = statement.service_keys().list(request).await.unwrap().unwrap();
                page.items.iter().any(|key| key.id.get() == child)
            }
            EntityKind::NetworkSession | EntityKind::DailyUsage => {
                // Ports find them by their user alone, who may be gone.
                let deletions = statement.deletions();
                let counts = deletions.dependants(relation.parent, parent).await.unwrap();
                counts.iter().any(|found| found.relation == relation && found.rows > 0)
            }
            other => panic!("no fate for {other:?}"),
        }
    }
}
