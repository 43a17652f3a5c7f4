//! Bodies and filters of §4.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use wiwebb_domain::error::Input;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::services::tenants::TenantDraft;
use wiwebb_domain::tenant::{TenantFilter, TenantRef, TenantUpdate, TenantView};
use wiwebb_domain::text::{EmailAddress, LongText, Slug, TenantName, WebUrl};

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{Write, boolean, text};
use crate::extract::list::Params;
use crate::extract::path::Segment;
use crate::profile::ClientProfile;

/// The tenant object of contract §4.1.
#[derive(Serialize, ToSchema)]
#[schema(as = Tenant)]
pub(crate) struct TenantWire {
    #[schema(example = 7)]
    id: i32,
    #[schema(format = "uuid", example = "0b9fbb1e-6a3c-4a57-9a4e-2f1d3c5b7a90")]
    uuid: String,
    #[schema(example = "Hill Net")]
    name: String,
    #[schema(example = "hill-net")]
    slug: String,
    #[schema(required = true, example = "office@hill.example")]
    email: Option<String>,
    #[schema(required = true, example = "https://hill.example")]
    url: Option<String>,
    #[schema(example = "Wireless for the hill villages.")]
    description: String,
    is_active: bool,
    #[schema(example = 42)]
    user_count: u64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&TenantView> for TenantWire {
    fn from(view: &TenantView) -> Self {
        let tenant = &view.tenant;
        Self {
            id: tenant.id.get(),
            uuid: tenant.uuid.to_string(),
            name: tenant.name.to_string(),
            slug: tenant.slug.to_string(),
            email: tenant.email.as_ref().map(EmailAddress::to_string),
            url: tenant.url.as_ref().map(WebUrl::to_string),
            description: or_empty(tenant.description.as_ref()),
            is_active: tenant.is_active,
            user_count: view.user_count,
            created_at: tenant.created_at,
            updated_at: tenant.updated_at,
        }
    }
}

/// What a tenant is written with.
#[derive(ToSchema)]
#[schema(as = TenantBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct TenantBody {
    #[schema(min_length = 1, max_length = 150, example = "Hill Net")]
    name: String,
    #[schema(min_length = 1, max_length = 160, pattern = "^[A-Za-z0-9_-]+$", example = "hill-net")]
    slug: String,
    #[schema(max_length = 254, format = Email, example = "office@hill.example")]
    email: Option<String>,
    #[schema(max_length = 200, format = "uri", example = "https://hill.example")]
    url: Option<String>,
    #[schema(example = "Wireless for the hill villages.")]
    description: Option<String>,
    #[schema(nullable = false)]
    is_active: Option<bool>,
}

/// The tenant that a path names; what names none matches no row.
pub(crate) fn reference(segment: &Segment) -> TenantRef {
    TenantRef::parse(&segment.0).unwrap_or(TenantRef::Id(TenantId::NOWHERE))
}

pub(crate) fn filter(params: &mut Params) -> TenantFilter {
    TenantFilter {
        is_active: params.boolean("is_active"),
        slug: params.text("slug"),
        uuid: params.uuid("uuid"),
    }
}

pub(crate) fn new_tenant(body: JsonObject, profile: ClientProfile) -> Input<TenantDraft> {
    let slug_is = demand(Write::Whole, profile);
    let TenantUpdate { name, slug, email, url, description, is_active } =
        read(body, Write::Whole, slug_is)?;
    let Some(name) = name else {
        // A whole write has a name, or it was refused already.
        return Err(wiwebb_domain::error::Violations::default().into());
    };
    Ok(TenantDraft {
        name,
        slug,
        email: email.flatten(),
        url: url.flatten(),
        description: description.flatten(),
        is_active: is_active.unwrap_or(true),
    })
}

pub(crate) fn update(
    body: JsonObject,
    write: Write,
    profile: ClientProfile,
) -> Input<TenantUpdate> {
    let write = demand(write, profile);
    read(body, write, write)
}

/// Reads a tenant's fields; name and slug are each needed by a whole write.
fn read(body: JsonObject, name: Write, slug: Write) -> Input<TenantUpdate> {
    let mut fields = body.fields()?;
    let update = TenantUpdate {
        name: fields.needed(name, "name", text(TenantName::new)),
        slug: fields.needed(slug, "slug", text(Slug::new)),
        email: fields.nullable("email", text(EmailAddress::optional)),
        url: fields.nullable("url", text(WebUrl::optional)),
        description: fields.nullable("description", text(LongText::optional)),
        is_active: fields.optional("is_active", boolean),
    };
    fields.finish(|| Some(update))
}

/// In `compat` a slug need not be sent, and of a `PUT` nothing (contract §15, rows 3 and 4).
fn demand(write: Write, profile: ClientProfile) -> Write {
    match profile {
        ClientProfile::Default => write,
        ClientProfile::Compat => Write::Partial,
    }
}
