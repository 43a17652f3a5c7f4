//! `api_user`

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::RepositoryError;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::password::PasswordHash;
use wiwebb_domain::ports::Stored;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::text::{
    EmailAddress, LongText, PersonName, PhoneNumber, ShortText, Slug, TenantName, Username, WebUrl,
};
use wiwebb_domain::user::{TenantSummary, User, UserView};

use super::{Origin, selection};

/// A user with the tenant.
#[derive(sqlx::FromRow)]
pub(crate) struct UserRow {
    pub(crate) id: i32,
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) role: String,
    pub(crate) tenant_id: Option<i32>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) bio: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) birth_date: Option<NaiveDate>,
    pub(crate) is_active: bool,
    pub(crate) date_joined: DateTime<Utc>,
    pub(crate) last_login: Option<DateTime<Utc>>,
    pub(crate) password_updated: DateTime<Utc>,
    pub(crate) tenant_uuid: Option<Uuid>,
    pub(crate) tenant_name: Option<String>,
    pub(crate) tenant_slug: Option<String>,
}

selection!($ user_row => UserRow, "person",
    "person.id, person.username, person.email, person.password, person.role, person.tenant_id, \
     person.first_name, person.last_name, person.phone_number, person.bio, person.url, \
     person.company, person.location, person.birth_date, person.is_active, person.date_joined, \
     person.last_login, person.password_updated, tenant.uuid AS tenant_uuid, \
     tenant.name AS tenant_name, tenant.slug AS tenant_slug",
    "LEFT JOIN api_tenant AS tenant ON tenant.id = person.tenant_id"
);

impl TryFrom<UserRow> for UserView {
    type Error = RepositoryError;

    fn try_from(row: UserRow) -> Result<Self, RepositoryError> {
        let tenant = tenant(&row)?;
        let from = origin(&row);
        let name = |column, text: Option<&str>| from.optional(column, text, PersonName::optional);
        let short = |column, text: Option<&str>| from.optional(column, text, ShortText::optional);
        let user = User {
            id: UserId::new(row.id),
            username: from.value("username", Username::new(&row.username))?,
            email: from.value("email", EmailAddress::new(&row.email))?,
            role: from.word("role", &row.role, Role::parse)?,
            tenant_id: row.tenant_id.map(TenantId::new),
            first_name: name("first_name", row.first_name.as_deref())?,
            last_name: name("last_name", row.last_name.as_deref())?,
            phone_number: from.optional(
                "phone_number",
                row.phone_number.as_deref(),
                PhoneNumber::optional,
            )?,
            bio: from.optional("bio", row.bio.as_deref(), LongText::optional)?,
            url: from.optional("url", row.url.as_deref(), WebUrl::optional)?,
            company: short("company", row.company.as_deref())?,
            location: short("location", row.location.as_deref())?,
            birth_date: row.birth_date,
            is_active: row.is_active,
            date_joined: row.date_joined,
            last_login: row.last_login,
            password_updated: row.password_updated,
            password: PasswordHash::new(row.password),
        };
        Ok(Self { user, tenant })
    }
}

const fn origin(row: &UserRow) -> Origin {
    Origin { kind: EntityKind::User, id: row.id }
}

fn tenant(row: &UserRow) -> Stored<Option<TenantSummary>> {
    let Some(id) = row.tenant_id else {
        return Ok(None);
    };
    let (Some(uuid), Some(name), Some(slug)) =
        (row.tenant_uuid, &row.tenant_name, &row.tenant_slug)
    else {
        // Rows of one snapshot always agree. A locking statement sees the user as of now and the
        // tenant as of its start, when a tenant founded meanwhile did not exist.
        return Err(RepositoryError::Retryable(
            "the user moved to a tenant founded while the row was being locked".into(),
        ));
    };
    let from = Origin { kind: EntityKind::Tenant, id };
    Ok(Some(TenantSummary {
        id: TenantId::new(id),
        uuid,
        name: from.value("name", TenantName::new(name))?,
        slug: from.value("slug", Slug::new(slug))?,
    }))
}
