//! Gateways.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::gateway::{GatewayFilter, GatewaySort, NewGateway, PaymentGatewayConfig};
use wiwebb_domain::ids::GatewayId;
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::gateway::GatewayRepository;
use wiwebb_domain::ports::{Listing, Stored};

use super::json;
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::gateway::{GatewayRow, SELECTION, gateway_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for PaymentGatewayConfig {
    type Row = GatewayRow;
    const TABLE: &'static str = "payment_paymentgatewayconfig";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("gateway.id", Kind::Int);
    const SEARCH: Searched = Searched::own(&["gateway.name", "gateway.variant"]);

    fn column(key: GatewaySort) -> Column {
        match key {
            GatewaySort::Priority => Column::new("gateway.priority", Kind::Int),
            GatewaySort::Name => Column::new("gateway.name", Kind::Text),
            GatewaySort::CreatedAt => Column::new("gateway.created_at", Kind::Time),
        }
    }
}

#[async_trait]
impl GatewayRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        gateway: NewGateway,
        now: DateTime<Utc>,
    ) -> Stored<PaymentGatewayConfig> {
        let row = gateway_row!(
            "WITH inserted AS (
                INSERT INTO payment_paymentgatewayconfig
                    (name, variant, is_active, priority, config, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $6)
                RETURNING *
            )",
            "inserted",
            "",
            gateway.name.as_str(),
            gateway.variant.as_str(),
            gateway.is_active,
            gateway.priority,
            json(gateway.config.reveal()),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        PaymentGatewayConfig::try_from(self.settle(row)?)
    }

    async fn find(&mut self, id: GatewayId) -> Stored<Option<PaymentGatewayConfig>> {
        let row =
            gateway_row!("", "payment_paymentgatewayconfig", "WHERE gateway.id = $1", id.get())
                .fetch_optional(self.connection().await?)
                .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn lock(&mut self, id: GatewayId) -> Stored<Option<PaymentGatewayConfig>> {
        let row = gateway_row!(
            "",
            "payment_paymentgatewayconfig",
            "WHERE gateway.id = $1 FOR NO KEY UPDATE",
            id.get()
        )
        .fetch_optional(self.connection().await?)
        .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn list(
        &mut self,
        request: ListRequest<GatewayFilter, GatewaySort>,
    ) -> Listing<PaymentGatewayConfig> {
        let filter = &request.filter;
        let conditions = Conditions::default()
            .with("gateway.variant = ?", filter.variant.as_deref().map(Into::into))
            .flag("gateway.is_active", filter.is_active);
        list::page(self, conditions, request).await
    }

    async fn active(&mut self) -> Stored<Vec<PaymentGatewayConfig>> {
        let rows = gateway_row!(
            "",
            "payment_paymentgatewayconfig",
            "WHERE gateway.is_active ORDER BY gateway.priority DESC, gateway.name"
        )
        .fetch_all(self.connection().await?)
        .await;
        self.settle(rows)?.into_iter().map(TryInto::try_into).collect()
    }

    async fn update(&mut self, gateway: &PaymentGatewayConfig) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE payment_paymentgatewayconfig
             SET name = $2, variant = $3, is_active = $4, priority = $5, config = $6,
                 updated_at = $7
             WHERE id = $1",
            gateway.id.get(),
            gateway.name.as_str(),
            gateway.variant.as_str(),
            gateway.is_active,
            gateway.priority,
            json(gateway.config.reveal()),
            gateway.updated_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn delete(&mut self, id: GatewayId) -> Stored<bool> {
        let outcome =
            sqlx::query!("DELETE FROM payment_paymentgatewayconfig WHERE id = $1", id.get())
                .execute(self.connection().await?)
                .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }
}
