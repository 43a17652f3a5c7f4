//! `network_servicekey`

use chrono::{DateTime, Utc};
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{ServiceKeyId, TenantId};
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::service_key::ServiceKey;
use wiwebb_domain::text::Name;

use super::{Origin, selection};

/// A key of network equipment, without its digest.
#[derive(sqlx::FromRow)]
pub(crate) struct ServiceKeyRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) tenant_id: Option<i32>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) last_used_at: Option<DateTime<Utc>>,
}

selection!($ service_key_row => ServiceKeyRow, "service_key",
    "service_key.id, service_key.name, service_key.tenant_id, service_key.created_at, \
     service_key.last_used_at",
    ""
);

impl TryFrom<ServiceKeyRow> for ServiceKey {
    type Error = RepositoryError;

    fn try_from(row: ServiceKeyRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::ServiceKey, id: row.id };
        Ok(Self {
            id: ServiceKeyId::new(row.id),
            name: from.value("name", Name::new(&row.name))?,
            tenant_id: row.tenant_id.map(TenantId::new),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
    }
}
