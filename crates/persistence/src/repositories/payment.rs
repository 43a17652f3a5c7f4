//! Payments.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::ids::PaymentId;
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::payment::{
    NewPayment, Patience, Payment, PaymentFilter, PaymentSort, PaymentStatus, PaymentView,
};
use wiwebb_domain::ports::payment::PaymentRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::text::ExternalId;

use super::{json, scoped, text};
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::payment::{PaymentRow, SELECTION, payment_row};
use crate::search::{Referred, Searched};
use crate::unit_of_work::PgUnitOfWork;

impl Source for PaymentView {
    type Row = PaymentRow;
    const TABLE: &'static str = "payment_payment";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("payment.id", Kind::Int);
    const SEARCH: Searched = Searched {
        own: &["payment.order_id", "payment.transaction_id"],
        referred: &[Referred {
            table: "api_user",
            alias: "payer",
            key: "payment.user_id",
            columns: &["payer.username", "payer.email"],
        }],
    };

    fn column(key: PaymentSort) -> Column {
        match key {
            PaymentSort::CreatedAt => Column::new("payment.created_at", Kind::Time),
            PaymentSort::Total => Column::new("payment.total", Kind::Decimal),
            PaymentSort::Status => Column::new("payment.status", Kind::Text),
        }
    }
}

fn covered(row: Option<PaymentRow>, scope: Scope) -> Stored<Lookup<PaymentView>> {
    scoped(row, scope, |row| (Some(row.user_id), row.tenant_id))
}

#[async_trait]
impl PaymentRepository for PgUnitOfWork {
    async fn insert(&mut self, payment: NewPayment, now: DateTime<Utc>) -> Stored<Payment> {
        let row = payment_row!(
            "WITH inserted AS (
                INSERT INTO payment_payment
                    (user_id, order_id, payment_gateway_id, status, total, currency,
                     transaction_id, webhook_received, metadata, created_at, modified_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, FALSE, $8, $9, $9)
                RETURNING *
            )",
            "inserted",
            "",
            payment.user_id.get(),
            text(payment.order_id.as_ref()),
            payment.payment_gateway_id.get(),
            payment.status.as_str(),
            payment.total.amount().value(),
            payment.total.currency().code(),
            text(payment.transaction_id.as_ref()),
            json(&payment.metadata),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        let view = PaymentView::try_from(self.settle(row)?)?;
        Ok(view.payment)
    }

    async fn find(&mut self, scope: Scope, id: PaymentId) -> Stored<Lookup<PaymentView>> {
        let row = payment_row!("", "payment_payment", "WHERE payment.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        covered(self.settle(row)?, scope)
    }

    async fn lock(&mut self, scope: Scope, id: PaymentId) -> Stored<Lookup<PaymentView>> {
        let row = payment_row!(
            "",
            "(SELECT * FROM payment_payment WHERE id = $1 FOR NO KEY UPDATE)",
            "",
            id.get()
        )
        .fetch_optional(self.connection().await?)
        .await;
        covered(self.settle(row)?, scope)
    }

    async fn lock_transaction(&mut self, transaction: &ExternalId) -> Stored<Option<PaymentView>> {
        let row = payment_row!(
            "",
            "(
                SELECT * FROM payment_payment
                WHERE transaction_id = $1
                ORDER BY id DESC
                LIMIT 1
                FOR NO KEY UPDATE
            )",
            "",
            transaction.as_str(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<PaymentFilter, PaymentSort>,
    ) -> Listing<PaymentView> {
        let filter = &request.filter;
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let conditions = Conditions::default()
            .of_members(
                "payment.user_id IN (SELECT id FROM api_user WHERE tenant_id = ?)",
                scope.tenant(),
            )
            .with("payment.user_id = ?", oneself)
            .word("payment.status", filter.status.map(PaymentStatus::as_str))
            .with(
                "payment.payment_gateway_id IN
                    (SELECT id FROM payment_paymentgatewayconfig WHERE variant = ?)",
                filter.variant.as_deref().map(Into::into),
            )
            .with("payment.payment_gateway_id = ?", filter.payment_gateway.map(SortValue::Int))
            .with("payment.user_id = ?", filter.user.map(SortValue::Int))
            .with("payment.order_id = ?", filter.order_id.as_deref().map(Into::into))
            .with("payment.created_at >= ?", filter.created_after.map(SortValue::Time))
            .with("payment.created_at <= ?", filter.created_before.map(SortValue::Time));
        list::page(self, conditions, request).await
    }

    async fn update(&mut self, payment: &Payment) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_payment
             SET order_id = $2, status = $3, total = $4, currency = $5, transaction_id = $6,
                 webhook_received = $7, metadata = $8, modified_at = $9
             WHERE id = $1",
            payment.id.get(),
            text(payment.order_id.as_ref()),
            payment.status.as_str(),
            payment.total.amount().value(),
            payment.total.currency().code(),
            text(payment.transaction_id.as_ref()),
            payment.webhook_received,
            json(&payment.metadata),
            payment.modified_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn claim_waiting(
        &mut self,
        but: &[&'static str],
        patience: Patience,
        now: DateTime<Utc>,
    ) -> Stored<Option<PaymentId>> {
        let but: Vec<String> = but.iter().map(|variant| (*variant).to_owned()).collect();
        let id = sqlx::query_scalar!(
            "UPDATE payment_payment SET modified_at = $1
             WHERE id = (
                SELECT waiting.id
                FROM payment_payment AS waiting
                JOIN payment_paymentgatewayconfig AS gateway
                    ON gateway.id = waiting.payment_gateway_id
                WHERE waiting.status = 'waiting' AND waiting.transaction_id IS NOT NULL
                    AND gateway.variant <> ALL ($2)
                    AND $1 - waiting.modified_at >= LEAST(
                        GREATEST(
                            waiting.modified_at - waiting.created_at,
                            $3::bigint * interval '1 second'
                        ),
                        $4::bigint * interval '1 second'
                    )
                ORDER BY waiting.modified_at, waiting.id
                LIMIT 1
                FOR NO KEY UPDATE OF waiting SKIP LOCKED
             )
             RETURNING id",
            now,
            &but,
            patience.least.num_seconds(),
            patience.most.num_seconds(),
        )
        .fetch_optional(self.connection().await?)
        .await;
        Ok(self.settle(id)?.map(PaymentId::new))
    }
}
