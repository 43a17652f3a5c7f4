//! Payments.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::list::{finds, is, is_id, is_text, lookup, page};
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::access::{Lookup, Scope};
use crate::error::{RepositoryError, UniqueKey};
use crate::ids::PaymentId;
use crate::page::ListRequest;
use crate::payment::{
    NewPayment, Patience, Payment, PaymentFilter, PaymentSort, PaymentStatus, PaymentView,
};
use crate::ports::payment::PaymentRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::text::{ExternalId, OrderId};

impl Row for Payment {
    const KIND: EntityKind = EntityKind::Payment;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference { column: "user_id", get: |payment| Some(payment.user_id.get()), clear: None },
        Reference {
            column: "payment_gateway_id",
            get: |payment| Some(payment.payment_gateway_id.get()),
            clear: None,
        },
    ];

    fn id(&self) -> i32 {
        self.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.payments
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.payments
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        let clashes = self.payment_gateway_id == other.payment_gateway_id
            && self.transaction_id.is_some()
            && self.transaction_id == other.transaction_id;
        clashes.then_some(RepositoryError::Taken(UniqueKey::GatewayTransaction))
    }

    fn keep(&mut self, stored: &Self) {
        self.user_id = stored.user_id;
        self.payment_gateway_id = stored.payment_gateway_id;
        self.created_at = stored.created_at;
    }
}

/// Joins payer and gateway, which no payment is without.
fn view(state: &State, payment: &Payment) -> Option<PaymentView> {
    let gateway = state.gateways.get(payment.payment_gateway_id.get())?;
    let payer = state.users.get(payment.user_id.get())?;
    Some(PaymentView {
        payment: payment.clone(),
        gateway_name: gateway.name.clone(),
        variant: gateway.variant.clone(),
        tenant_id: payer.tenant_id,
    })
}

fn covers(scope: Scope, view: &PaymentView) -> bool {
    scope.covers(Some(view.payment.user_id), view.tenant_id)
}

fn matches(view: &PaymentView, filter: &PaymentFilter) -> bool {
    let PaymentFilter {
        status,
        variant,
        payment_gateway,
        user,
        order_id,
        created_after,
        created_before,
    } = filter;
    let payment = &view.payment;
    let own_order = payment.order_id.as_ref().map(OrderId::as_str);
    is(status.as_ref(), &payment.status)
        && is_text(variant.as_ref(), Some(view.variant.as_str()))
        && is_id(*payment_gateway, Some(payment.payment_gateway_id.get()))
        && is_id(*user, Some(payment.user_id.get()))
        && is_text(order_id.as_ref(), own_order)
        && created_after.is_none_or(|after| payment.created_at >= after)
        && created_before.is_none_or(|before| payment.created_at <= before)
}

fn is_found(state: &State, payment: &Payment, words: &[String]) -> bool {
    let payer = state.users.get(payment.user_id.get());
    let fields = [
        payment.order_id.as_ref().map(OrderId::as_str),
        payment.transaction_id.as_ref().map(ExternalId::as_str),
        payer.map(|payer| payer.username.as_str()),
        payer.map(|payer| payer.email.as_str()),
    ];
    finds(words, &fields)
}

#[async_trait]
impl PaymentRepository for Session {
    async fn insert(&mut self, payment: NewPayment, now: DateTime<Utc>) -> Stored<Payment> {
        let make = |id| Payment {
            id: PaymentId::new(id),
            user_id: payment.user_id,
            order_id: payment.order_id,
            payment_gateway_id: payment.payment_gateway_id,
            status: payment.status,
            total: payment.total,
            transaction_id: payment.transaction_id,
            webhook_received: false,
            metadata: payment.metadata,
            created_at: now,
            modified_at: now,
        };
        self.write(|state| state.insert(make)).await
    }

    async fn find(&mut self, scope: Scope, id: PaymentId) -> Stored<Lookup<PaymentView>> {
        self.read(|state| {
            let payment = state.payments.get(id.get());
            let row = payment.and_then(|payment| view(state, payment));
            lookup(row, |row| covers(scope, row))
        })
    }

    async fn lock(&mut self, scope: Scope, id: PaymentId) -> Stored<Lookup<PaymentView>> {
        PaymentRepository::find(self, scope, id).await
    }

    async fn lock_transaction(&mut self, transaction: &ExternalId) -> Stored<Option<PaymentView>> {
        self.read(|state| {
            let is_meant = |row: &&Payment| row.transaction_id.as_ref() == Some(transaction);
            let latest = state.payments.iter().rev().find(is_meant);
            latest.and_then(|payment| view(state, payment))
        })
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<PaymentFilter, PaymentSort>,
    ) -> Listing<PaymentView> {
        self.read(|state| {
            let rows = state
                .payments
                .iter()
                .filter(|row| is_found(state, row, &request.search))
                .filter_map(|row| view(state, row))
                .filter(|row| covers(scope, row) && matches(row, &request.filter));
            page(rows.collect(), &request)
        })
    }

    async fn update(&mut self, payment: &Payment) -> Stored<()> {
        self.write(|state| state.update(payment.clone())).await
    }

    async fn claim_waiting(
        &mut self,
        but: &[&'static str],
        patience: Patience,
        now: DateTime<Utc>,
    ) -> Stored<Option<PaymentId>> {
        self.write(|state| {
            let waits = |payment: &&Payment| {
                payment.status == PaymentStatus::Waiting
                    && payment.transaction_id.is_some()
                    && patience.ends(payment, now)
                    && view(state, payment)
                        .is_some_and(|view| !but.contains(&view.variant.as_str()))
            };
            let waiting = state.payments.iter().filter(waits);
            let due = waiting.min_by_key(|payment| (payment.modified_at, payment.id)).cloned();
            let Some(payment) = due else {
                return Ok(None);
            };
            let id = payment.id;
            state.update(Payment { modified_at: now, ..payment })?;
            Ok(Some(id))
        })
        .await
    }
}
