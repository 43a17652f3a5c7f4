//! Keys of network equipment.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use wiwebb_domain::ids::{ServiceKeyId, TenantId};
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::ports::service_key::ServiceKeyRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::service_key::{Equipment, NewServiceKey, ServiceKey, ServiceKeySort};
use wiwebb_domain::token::TokenDigest;

use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::service_key::{SELECTION, ServiceKeyRow, service_key_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for ServiceKey {
    type Row = ServiceKeyRow;
    const TABLE: &'static str = "network_servicekey";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("service_key.id", Kind::Int);
    const SEARCH: Searched = Searched::NOTHING;

    fn column(key: ServiceKeySort) -> Column {
        match key {
            ServiceKeySort::Name => Column::new("service_key.name", Kind::Text),
            ServiceKeySort::CreatedAt => Column::new("service_key.created_at", Kind::Time),
        }
    }
}

#[async_trait]
impl ServiceKeyRepository for PgUnitOfWork {
    async fn insert(&mut self, key: NewServiceKey, now: DateTime<Utc>) -> Stored<ServiceKey> {
        let row = service_key_row!(
            "WITH inserted AS (
                INSERT INTO network_servicekey (name, tenant_id, key_hash, created_at)
                VALUES ($1, $2, $3, $4)
                RETURNING *
            )",
            "inserted",
            "",
            key.name.as_str(),
            key.tenant_id.map(TenantId::get),
            key.key_hash.as_bytes(),
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        ServiceKey::try_from(self.settle(row)?)
    }

    async fn find(&mut self, id: ServiceKeyId) -> Stored<Option<ServiceKey>> {
        let row = service_key_row!("", "network_servicekey", "WHERE service_key.id = $1", id.get())
            .fetch_optional(self.connection().await?)
            .await;
        self.settle(row)?.map(TryInto::try_into).transpose()
    }

    async fn list(&mut self, request: ListRequest<(), ServiceKeySort>) -> Listing<ServiceKey> {
        list::page(self, Conditions::default(), request).await
    }

    async fn delete(&mut self, id: ServiceKeyId) -> Stored<bool> {
        let outcome = sqlx::query!("DELETE FROM network_servicekey WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }

    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<Equipment>> {
        // Requests that come at once do not wait for the one of them that notes the use.
        let row = sqlx::query!(
            "WITH stale AS (
                SELECT id FROM network_servicekey
                WHERE key_hash = $1
                    AND (last_used_at IS NULL
                        OR last_used_at < date_trunc('minute', $2::timestamptz, 'UTC'))
                FOR NO KEY UPDATE SKIP LOCKED
            ), noted AS (
                UPDATE network_servicekey AS used
                SET last_used_at = date_trunc('minute', $2::timestamptz, 'UTC')
                FROM stale WHERE used.id = stale.id
            )
            SELECT id, tenant_id FROM network_servicekey WHERE key_hash = $1",
            digest.as_bytes(),
            now,
        )
        .fetch_optional(self.connection().await?)
        .await;
        Ok(self.settle(row)?.map(|row| Equipment {
            key: ServiceKeyId::new(row.id),
            tenant: row.tenant_id.map(TenantId::new),
        }))
    }
}
