//! Keys of network equipment.

use async_trait::async_trait;
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};

use super::engine::State;
use super::list::page;
use super::session::{Session, backend};
use super::table::{Reference, Row, Table};
use crate::error::RepositoryError;
use crate::ids::{ServiceKeyId, TenantId};
use crate::page::ListRequest;
use crate::ports::service_key::ServiceKeyRepository;
use crate::ports::{Listing, Stored};
use crate::relations::EntityKind;
use crate::service_key::{Equipment, NewServiceKey, ServiceKey, ServiceKeySort};
use crate::token::TokenDigest;

/// A key with its digest, which no port shows.
#[derive(Clone)]
pub(super) struct StoredKey {
    key: ServiceKey,
    key_hash: TokenDigest,
}

impl Row for StoredKey {
    const KIND: EntityKind = EntityKind::ServiceKey;
    const REFERENCES: &'static [Reference<Self>] = &[Reference {
        column: "tenant_id",
        get: |row| row.key.tenant_id.map(TenantId::get),
        clear: None,
    }];

    fn id(&self) -> i32 {
        self.key.id.get()
    }

    fn table(state: &State) -> &Table<Self> {
        &state.service_keys
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.service_keys
    }

    fn clash(&self, other: &Self) -> Option<RepositoryError> {
        (self.key_hash == other.key_hash)
            .then(|| backend("the digest of a service key is stored already"))
    }
}

/// The minute that an instant falls in.
fn minute_of(now: DateTime<Utc>) -> DateTime<Utc> {
    now.duration_trunc(TimeDelta::minutes(1)).unwrap_or(now)
}

#[async_trait]
impl ServiceKeyRepository for Session {
    async fn insert(&mut self, key: NewServiceKey, now: DateTime<Utc>) -> Stored<ServiceKey> {
        let NewServiceKey { name, tenant_id, key_hash } = key;
        let make = |id| StoredKey {
            key: ServiceKey {
                id: ServiceKeyId::new(id),
                name,
                tenant_id,
                created_at: now,
                last_used_at: None,
            },
            key_hash,
        };
        self.write(|state| state.insert(make).map(|row| row.key)).await
    }

    async fn find(&mut self, id: ServiceKeyId) -> Stored<Option<ServiceKey>> {
        self.read(|state| state.service_keys.get(id.get()).map(|row| row.key.clone()))
    }

    async fn list(&mut self, request: ListRequest<(), ServiceKeySort>) -> Listing<ServiceKey> {
        self.read(|state| {
            let rows = state.service_keys.iter().map(|row| row.key.clone());
            page(rows.collect(), &request)
        })
    }

    async fn delete(&mut self, id: ServiceKeyId) -> Stored<bool> {
        self.write(|state| state.delete(EntityKind::ServiceKey, id.get())).await
    }

    async fn authenticate(
        &mut self,
        digest: TokenDigest,
        now: DateTime<Utc>,
    ) -> Stored<Option<Equipment>> {
        self.write(|state| {
            let is_meant = |row: &&StoredKey| row.key_hash == digest;
            let Some(mut row) = state.service_keys.iter().find(is_meant).cloned() else {
                return Ok(None);
            };
            row.key.last_used_at = Some(minute_of(now));
            let equipment = Equipment { key: row.key.id, tenant: row.key.tenant_id };
            state.service_keys.put(row);
            Ok(Some(equipment))
        })
        .await
    }
}
