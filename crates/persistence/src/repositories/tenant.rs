//! Tenants.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;
use wiwebb_domain::access::{Lookup, Scope};
use wiwebb_domain::error::UniqueKey;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::page::{ListRequest, SortValue};
use wiwebb_domain::ports::tenant::TenantRepository;
use wiwebb_domain::ports::{Listing, Stored};
use wiwebb_domain::tenant::{NewTenant, Tenant, TenantFilter, TenantRef, TenantSort, TenantView};
use wiwebb_domain::text::{Slug, TenantName};

use super::{scoped, text};
use crate::conditions::Conditions;
use crate::list::{self, Column, Kind, Selection, Source};
use crate::rows::tenant::{SELECTION, TenantRow, tenant_row};
use crate::search::Searched;
use crate::unit_of_work::PgUnitOfWork;

impl Source for TenantView {
    type Row = TenantRow;
    const TABLE: &'static str = "api_tenant";
    const SELECTION: Selection = SELECTION;
    const ID: Column = Column::new("tenant.id", Kind::Int);
    const SEARCH: Searched = Searched::own(&["tenant.name", "tenant.slug", "tenant.email"]);

    fn column(key: TenantSort) -> Column {
        match key {
            TenantSort::Name => Column::new("tenant.name", Kind::Text),
            TenantSort::Slug => Column::new("tenant.slug", Kind::Text),
            TenantSort::CreatedAt => Column::new("tenant.created_at", Kind::Time),
            TenantSort::UpdatedAt => Column::new("tenant.updated_at", Kind::Time),
            TenantSort::IsActive => Column::new("tenant.is_active", Kind::Bool),
            TenantSort::Id => Self::ID,
        }
    }
}

fn covered(row: Option<TenantRow>, scope: Scope) -> Stored<Lookup<TenantView>> {
    scoped(row, scope, |row| (None, Some(row.id)))
}

#[async_trait]
impl TenantRepository for PgUnitOfWork {
    async fn insert(
        &mut self,
        tenant: NewTenant,
        uuid: Uuid,
        now: DateTime<Utc>,
    ) -> Stored<Tenant> {
        let row = tenant_row!(
            "WITH inserted AS (
                INSERT INTO api_tenant
                    (name, slug, uuid, email, url, description, is_active, created_at, updated_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
                RETURNING *
            )",
            "inserted",
            "",
            tenant.name.as_str(),
            tenant.slug.as_str(),
            uuid,
            text(tenant.email.as_ref()),
            text(tenant.url.as_ref()),
            text(tenant.description.as_ref()),
            tenant.is_active,
            now,
        )
        .fetch_one(self.connection().await?)
        .await;
        let view = TenantView::try_from(self.settle(row)?)?;
        Ok(view.tenant)
    }

    async fn find(&mut self, scope: Scope, tenant: TenantRef) -> Stored<Lookup<TenantView>> {
        let connection = self.connection().await?;
        let row = match tenant {
            TenantRef::Id(id) => {
                tenant_row!("", "api_tenant", "WHERE tenant.id = $1", id.get())
                    .fetch_optional(connection)
                    .await
            }
            TenantRef::Uuid(uuid) => {
                tenant_row!("", "api_tenant", "WHERE tenant.uuid = $1", uuid)
                    .fetch_optional(connection)
                    .await
            }
            TenantRef::Slug(slug) => {
                tenant_row!("", "api_tenant", "WHERE tenant.slug = $1", slug.as_str())
                    .fetch_optional(connection)
                    .await
            }
        };
        covered(self.settle(row)?, scope)
    }

    async fn lock(&mut self, scope: Scope, tenant: TenantRef) -> Stored<Lookup<TenantView>> {
        let connection = self.connection().await?;
        let row = match tenant {
            TenantRef::Id(id) => {
                tenant_row!(
                    "",
                    "(SELECT * FROM api_tenant WHERE id = $1 FOR NO KEY UPDATE)",
                    "",
                    id.get()
                )
                .fetch_optional(connection)
                .await
            }
            TenantRef::Uuid(uuid) => {
                tenant_row!(
                    "",
                    "(SELECT * FROM api_tenant WHERE uuid = $1 FOR NO KEY UPDATE)",
                    "",
                    uuid
                )
                .fetch_optional(connection)
                .await
            }
            TenantRef::Slug(slug) => {
                tenant_row!(
                    "",
                    "(SELECT * FROM api_tenant WHERE slug = $1 FOR NO KEY UPDATE)",
                    "",
                    slug.as_str()
                )
                .fetch_optional(connection)
                .await
            }
        };
        covered(self.settle(row)?, scope)
    }

    async fn pin(&mut self, id: TenantId) -> Stored<bool> {
        let pinned =
            sqlx::query_scalar!("SELECT id FROM api_tenant WHERE id = $1 FOR KEY SHARE", id.get())
                .fetch_optional(self.connection().await?)
                .await;
        Ok(self.settle(pinned)?.is_some())
    }

    async fn list(
        &mut self,
        scope: Scope,
        request: ListRequest<TenantFilter, TenantSort>,
    ) -> Listing<TenantView> {
        let filter = &request.filter;
        let conditions = Conditions::default()
            .of_tenant("tenant.id = ?", scope.tenant())
            // A scope of oneself covers no tenant.
            .with("FALSE", scope.user().map(|user| SortValue::Int(user.get().into())))
            .flag("tenant.is_active", filter.is_active)
            .with("tenant.slug = ?", filter.slug.as_deref().map(Into::into))
            .with(
                "tenant.uuid::text = ?",
                filter.uuid.map(|uuid| SortValue::Text(uuid.to_string())),
            );
        list::page(self, conditions, request).await
    }

    async fn update(&mut self, tenant: &Tenant) -> Stored<()> {
        let outcome = sqlx::query!(
            "UPDATE api_tenant
             SET name = $2, slug = $3, email = $4, url = $5, description = $6, is_active = $7,
                 updated_at = $8
             WHERE id = $1",
            tenant.id.get(),
            tenant.name.as_str(),
            tenant.slug.as_str(),
            text(tenant.email.as_ref()),
            text(tenant.url.as_ref()),
            text(tenant.description.as_ref()),
            tenant.is_active,
            tenant.updated_at,
        )
        .execute(self.connection().await?)
        .await;
        self.settle(outcome)?;
        Ok(())
    }

    async fn delete(&mut self, id: TenantId) -> Stored<bool> {
        let outcome = sqlx::query!("DELETE FROM api_tenant WHERE id = $1", id.get())
            .execute(self.connection().await?)
            .await;
        Ok(self.settle_delete(outcome)?.rows_affected() > 0)
    }

    async fn taken(
        &mut self,
        name: Option<TenantName>,
        slug: Option<Slug>,
        except: Option<TenantId>,
    ) -> Stored<Vec<UniqueKey>> {
        let found = sqlx::query!(
            r#"SELECT
                EXISTS (
                    SELECT FROM api_tenant WHERE name = $1 AND id IS DISTINCT FROM $3
                ) AS "name!",
                EXISTS (
                    SELECT FROM api_tenant WHERE slug = $2 AND id IS DISTINCT FROM $3
                ) AS "slug!""#,
            text(name.as_ref()),
            text(slug.as_ref()),
            except.map(TenantId::get),
        )
        .fetch_one(self.connection().await?)
        .await;
        let found = self.settle(found)?;
        let keys = [(found.name, UniqueKey::TenantName), (found.slug, UniqueKey::TenantSlug)];
        Ok(keys.into_iter().filter(|key| key.0).map(|key| key.1).collect())
    }
}
