//! All tables, and the rules that hold between rows: uniqueness, references, delete policies.

use super::customer::GatewayCustomer;
use super::idempotency::IdempotencyRecord;
use super::login_attempt::LoginAttempts;
use super::password_reset::PasswordReset;
use super::service_key::StoredKey;
use super::subscription::Trial;
use super::table::{AnyTable, Row, Table};
use super::usage::DailyUsage;
use crate::audit::AuditLog;
use crate::error::RepositoryError;
use crate::gateway::PaymentGatewayConfig;
use crate::operation::PaymentOperation;
use crate::payment::Payment;
use crate::payment_log::PaymentLog;
use crate::plan::Plan;
use crate::ports::Stored;
use crate::pricing::PlanPricing;
use crate::refund::Refund;
use crate::relations::{EntityKind, OnDelete, RELATIONS, relations_to};
use crate::subscription::Subscription;
use crate::tenant::Tenant;
use crate::todo::Todo;
use crate::token::AccessToken;
use crate::usage::NetworkSession;
use crate::user::User;
use crate::webhook::WebhookEvent;

/// Every row there is. A clone is cheap: it shares the tables until one is written to.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) tenants: Table<Tenant>,
    pub(super) users: Table<User>,
    pub(super) todos: Table<Todo>,
    pub(super) audit_logs: Table<AuditLog>,
    pub(super) plans: Table<Plan>,
    pub(super) pricing: Table<PlanPricing>,
    pub(super) gateways: Table<PaymentGatewayConfig>,
    pub(super) payments: Table<Payment>,
    pub(super) payment_logs: Table<PaymentLog>,
    pub(super) refunds: Table<Refund>,
    pub(super) operations: Table<PaymentOperation>,
    pub(super) idempotency: Table<IdempotencyRecord>,
    pub(super) access_tokens: Table<AccessToken>,
    pub(super) password_resets: Table<PasswordReset>,
    pub(super) login_attempts: Table<LoginAttempts>,
    pub(super) subscriptions: Table<Subscription>,
    pub(super) trials: Table<Trial>,
    pub(super) customers: Table<GatewayCustomer>,
    pub(super) webhook_events: Table<WebhookEvent>,
    pub(super) service_keys: Table<StoredKey>,
    pub(super) network_sessions: Table<NetworkSession>,
    pub(super) daily_usage: Table<DailyUsage>,
}

impl State {
    /// The table of a kind.
    pub(super) fn table(&self, kind: EntityKind) -> &dyn AnyTable {
        match kind {
            EntityKind::Tenant => &self.tenants,
            EntityKind::User => &self.users,
            EntityKind::Todo => &self.todos,
            EntityKind::AuditLog => &self.audit_logs,
            EntityKind::Plan => &self.plans,
            EntityKind::PlanPricing => &self.pricing,
            EntityKind::PaymentGatewayConfig => &self.gateways,
            EntityKind::Payment => &self.payments,
            EntityKind::PaymentLog => &self.payment_logs,
            EntityKind::Refund => &self.refunds,
            EntityKind::PaymentOperation => &self.operations,
            EntityKind::IdempotencyRecord => &self.idempotency,
            EntityKind::AccessToken => &self.access_tokens,
            EntityKind::PasswordReset => &self.password_resets,
            EntityKind::LoginAttempt => &self.login_attempts,
            EntityKind::Subscription => &self.subscriptions,
            EntityKind::Trial => &self.trials,
            EntityKind::GatewayCustomer => &self.customers,
            EntityKind::WebhookEvent => &self.webhook_events,
            EntityKind::ServiceKey => &self.service_keys,
            EntityKind::NetworkSession => &self.network_sessions,
            EntityKind::DailyUsage => &self.daily_usage,
        }
    }

    fn table_mut(&mut self, kind: EntityKind) -> &mut dyn AnyTable {
        match kind {
            EntityKind::Tenant => &mut self.tenants,
            EntityKind::User => &mut self.users,
            EntityKind::Todo => &mut self.todos,
            EntityKind::AuditLog => &mut self.audit_logs,
            EntityKind::Plan => &mut self.plans,
            EntityKind::PlanPricing => &mut self.pricing,
            EntityKind::PaymentGatewayConfig => &mut self.gateways,
            EntityKind::Payment => &mut self.payments,
            EntityKind::PaymentLog => &mut self.payment_logs,
            EntityKind::Refund => &mut self.refunds,
            EntityKind::PaymentOperation => &mut self.operations,
            EntityKind::IdempotencyRecord => &mut self.idempotency,
            EntityKind::AccessToken => &mut self.access_tokens,
            EntityKind::PasswordReset => &mut self.password_resets,
            EntityKind::LoginAttempt => &mut self.login_attempts,
            EntityKind::Subscription => &mut self.subscriptions,
            EntityKind::Trial => &mut self.trials,
            EntityKind::GatewayCustomer => &mut self.customers,
            EntityKind::WebhookEvent => &mut self.webhook_events,
            EntityKind::ServiceKey => &mut self.service_keys,
            EntityKind::NetworkSession => &mut self.network_sessions,
            EntityKind::DailyUsage => &mut self.daily_usage,
        }
    }

    /// Stores a row under a fresh id.
    pub(super) fn insert<R: Row>(&mut self, make: impl FnOnce(i32) -> R) -> Stored<R> {
        let row = make(R::table_mut(self).next_id());
        self.check(&row)?;
        R::table_mut(self).put(row.clone());
        Ok(row)
    }

    /// Stores the changeable columns of a row; one that is gone stays so.
    pub(super) fn update<R: Row>(&mut self, mut row: R) -> Stored<()> {
        let Some(stored) = R::table(self).get(row.id()) else {
            return Ok(());
        };
        row.keep(stored);
        self.check(&row)?;
        R::table_mut(self).put(row);
        Ok(())
    }

    /// Whether a row fits in with the others: first uniqueness, then references, as in PostgreSQL.
    fn check<R: Row>(&self, row: &R) -> Stored<()> {
        let mut others = R::table(self).iter().filter(|other| other.id() != row.id());
        if let Some(error) = others.find_map(|other| row.clash(other)) {
            return Err(error);
        }
        for relation in RELATIONS.iter().filter(|relation| relation.child == R::KIND) {
            let reference =
                R::REFERENCES.iter().find(|reference| reference.column == relation.column);
            let parent = reference.and_then(|reference| (reference.get)(row));
            if parent.is_some_and(|id| !self.table(relation.parent).contains(id)) {
                return Err(RepositoryError::MissingReference(relation));
            }
        }
        Ok(())
    }

    /// Deletes a row as the policies say; `false` where there is none. After an error the state
    /// may have changed in part and is of no more use.
    pub(super) fn delete(&mut self, kind: EntityKind, id: i32) -> Stored<bool> {
        if !self.table(kind).contains(id) {
            return Ok(false);
        }
        for relation in relations_to(kind) {
            for child in self.table(relation.child).referring(relation.column, id) {
                match relation.on_delete {
                    OnDelete::Protect => return Err(RepositoryError::Protected(relation)),
                    OnDelete::Cascade => {
                        self.delete(relation.child, child)?;
                    }
                    OnDelete::SetNull => {
                        self.table_mut(relation.child).clear(relation.column, child);
                    }
                }
            }
        }
        Ok(self.table_mut(kind).remove(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_foreign_key_is_known_to_its_table_and_emptied_only_where_the_policy_says_so() {
        let state = State::default();
        for kind in EntityKind::ALL {
            let mut known = state.table(kind).columns();
            let mut stated: Vec<_> = RELATIONS
                .iter()
                .filter(|relation| relation.child == kind)
                .map(|relation| (relation.column, relation.on_delete == OnDelete::SetNull))
                .collect();
            known.sort_unstable();
            stated.sort_unstable();
            assert_eq!(known, stated, "{kind:?}");
        }
    }

    #[test]
    fn a_clone_of_the_state_does_not_see_later_writes() {
        let mut state = State::default();
        let before = state.clone();
        let id = state.insert(|id| crate::testing::samples::plan(id, "Basic")).unwrap().id.get();
        assert!(state.plans.get(id).is_some());
        assert!(before.plans.get(id).is_none());
    }

    /// No port deletes payments, so this policy shows here only.
    #[test]
    fn the_history_of_a_payment_goes_with_it() {
        use crate::testing::samples;
        let mut state = State::default();
        let user = state.insert(|id| samples::user(id, "bob")).unwrap().id;
        let gateway = state.insert(|id| samples::gateway(id, "dummy")).unwrap().id;
        let payment = state.insert(|id| samples::payment(id, user, gateway)).unwrap().id;
        state.insert(|id| samples::payment_log(id, payment)).unwrap();
        assert!(state.delete(EntityKind::Payment, payment.get()).unwrap());
        assert_eq!(state.payment_logs.iter().count(), 0);
    }

    /// No port deletes payments and refunds, so these policies show here only.
    #[test]
    fn a_payment_stays_for_its_refunds_and_orders_and_a_refund_for_its_order() {
        use crate::testing::samples;
        let mut state = State::default();
        let user = state.insert(|id| samples::user(id, "bob")).unwrap().id;
        let gateway = state.insert(|id| samples::gateway(id, "dummy")).unwrap().id;
        let mut payment =
            || state.insert(|id| samples::payment(id, user, gateway)).map(|row| row.id).unwrap();
        let [refunded, ordered, other] = [payment(), payment(), payment()];
        let refund = state.insert(|id| samples::refund(id, refunded)).unwrap().id;
        state.insert(|id| samples::operation(id, ordered)).unwrap();
        let of_refund =
            |id| PaymentOperation { refund_id: Some(refund), ..samples::operation(id, other) };
        state.insert(of_refund).unwrap();
        for (parent, id, child, column) in [
            (EntityKind::Payment, refunded.get(), EntityKind::Refund, "payment_id"),
            (EntityKind::Payment, ordered.get(), EntityKind::PaymentOperation, "payment_id"),
            (EntityKind::Refund, refund.get(), EntityKind::PaymentOperation, "refund_id"),
        ] {
            match state.clone().delete(parent, id) {
                Err(RepositoryError::Protected(found)) => {
                    assert_eq!((found.child, found.column), (child, column));
                }
                other => panic!("{child:?}.{column} protects, not {other:?}"),
            }
        }
    }

    /// No port deletes payments, so these policies show here only.
    #[test]
    fn a_payment_stays_for_the_subscription_that_waits_for_it_and_leaves_its_reports_behind() {
        use crate::subscription::{Charge, ChargePurpose};
        use crate::testing::samples;
        let mut state = State::default();
        let user = state.insert(|id| samples::user(id, "bob")).unwrap().id;
        let gateway = state.insert(|id| samples::gateway(id, "dummy")).unwrap().id;
        state.insert(|id| samples::plan(id, "Basic")).unwrap();
        let payment = state.insert(|id| samples::payment(id, user, gateway)).unwrap().id;
        let report =
            |id| WebhookEvent { payment_id: Some(payment), ..samples::webhook_event(id, "evt_1") };
        let report = state.insert(report).unwrap().id;
        let charge = Some(Charge { payment, purpose: ChargePurpose::Start });
        let mut subscription = state.insert(samples::subscription).unwrap();
        subscription.charge = charge;
        state.update(subscription.clone()).unwrap();
        match state.clone().delete(EntityKind::Payment, payment.get()) {
            Err(RepositoryError::Protected(found)) => assert_eq!(found.column, "charge_id"),
            other => panic!("the subscription protects, not {other:?}"),
        }
        state.update(Subscription { charge: None, ..subscription }).unwrap();
        assert!(state.delete(EntityKind::Payment, payment.get()).unwrap());
        let report = state.webhook_events.get(report.get()).unwrap();
        assert_eq!(report.payment_id, None);
    }
}
