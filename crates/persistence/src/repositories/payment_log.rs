//! The history of payments.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::access::Scope;
use wiwebb_domain::ids::{PaymentId, PaymentLogId};
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::payment_log::{NewPaymentLog, PaymentLog, PaymentLogFilter, PaymentLogSort};
use wiwebb_domain::ports::payment_log::PaymentLogRepository;
use wiwebb_domain::ports::{Listing, Stored};

use super::json;
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::payment_log::{PaymentLogRow, SELECTION, payment_log_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for PaymentLog {
    type Row = PaymentLogRow;
    const TABLE: &'static str = "payment_paymentlog";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("log.id", Kind::Int);
    const SEARCH: Searched = Searched::own(&["log.event_type", "log.message"]);

    fn column(key: PaymentLogSort) -> Column {
        match key {
            PaymentLogSort::CreatedAt => Column::new("log.created_at", Kind::Time),
        }
    }
}

#[async_trait]
impl PaymentLogRepository for PgUnitOfWork {
    async fn insert(&mut self, entry: NewPaymentLog, now: DateTime<Utc>) -> Stored<PaymentLog> {
        let row = payment_log_row!(
            "WITH inserted AS (
                INSERT INTO payment_paymentlog (payment_id, event_type, message, data, created_at)
                VALUES ($1, $2, $3, $4, $5)
                RETURNING *
            )",
            "inserted",
            "",
            entry.payment_id.get(),
            entry.event_type.as_str(),
            entry.message,
            json(&entry.data),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        PaymentLog::try_from(self.settle(row)?)
    }

    async fn list(&mut self, payment: PaymentId) -> Stored<Vec<PaymentLog>> {
        let rows = payment_log_row!(
            "",
            "payment_paymentlog",
            "WHERE log.payment_id = $1 ORDER BY log.created_at DESC, log.id DESC",
            payment.get()
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn find(&mut self, id: PaymentLogId) -> Stored<Option<PaymentLog>> {
        let row = payment_log_row!("", "payment_paymentlog", "WHERE log.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn page(
        &mut self,
        scope: Scope,
        request: ListRequest<PaymentLogFilter, PaymentLogSort>,
    ) -> Listing<PaymentLog> {
        let filter = &request.filter;
        let oneself = scope.user().map(|user| SortValue::Int(user.get().into()));
        let conditions = Conditions::default()
            .of_members(
                "log.payment_id IN (
                    SELECT payment.id FROM payment_payment AS payment
                    JOIN api_user AS payer ON payer.id = payment.user_id
                    WHERE payer.tenant_id = ?
                )",
                scope.tenant(),
            )
            .with("log.payment_id IN (SELECT id FROM payment_payment WHERE user_id = ?)", oneself)
            .with("log.payment_id = ?", filter.payment.map(SortValue::Int))
            .with("log.event_type = ?", filter.event_type.as_deref().map(Into::into));
        list::page(self, conditions, request).await
    }
}
