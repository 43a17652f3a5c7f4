//! `api_tenant`

use chrono::{DateTime, Utc};
use uuid::Uuid;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::tenant::{Tenant, TenantView};
use wiwebb_domain::text::{EmailAddress, LongText, Slug, TenantName, WebUrl};

use super::{Origin, selection};

/// A tenant with the number of its users.
#[derive(sqlx::FromRow)]
pub(crate) struct TenantRow {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) uuid: Uuid,
    pub(crate) email: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) is_active: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) user_count: Option<i64>,
}

selection!($ tenant_row => TenantRow, "tenant",
    "tenant.id, tenant.name, tenant.slug, tenant.uuid, tenant.email, tenant.url, \
     tenant.description, tenant.is_active, tenant.created_at, tenant.updated_at, \
     (SELECT count(*) FROM api_user AS member WHERE member.tenant_id = tenant.id) AS user_count",
    ""
);

impl TryFrom<TenantRow> for TenantView {
    type Error = RepositoryError;

    fn try_from(row: TenantRow) -> Result<Self, RepositoryError> {
        let from = Origin { kind: EntityKind::Tenant, id: row.id };
        Ok(Self {
            tenant: Tenant {
                id: TenantId::new(row.id),
                name: from.value("name", TenantName::new(&row.name))?,
                slug: from.value("slug", Slug::new(&row.slug))?,
                uuid: row.uuid,
                email: from.optional("email", row.email.as_deref(), EmailAddress::optional)?,
                url: from.optional("url", row.url.as_deref(), WebUrl::optional)?,
                description: from.optional(
                    "description",
                    row.description.as_deref(),
                    LongText::optional,
                )?,
                is_active: row.is_active,
                created_at: row.created_at,
                updated_at: row.updated_at,
            },
            user_count: from.value("user_count", u64::try_from(row.user_count.unwrap_or(0)))?,
        })
    }
}
