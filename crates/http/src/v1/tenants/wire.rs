//! Bodies and filters of §4.

use chrono::{DateTime, Utc};
use serde::Serialize;
use wiwebb_domain::error::Input;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::tenant::{NewTenant, TenantFilter, TenantRef, TenantUpdate, TenantView};
use wiwebb_domain::text::{EmailAddress, LongText, Slug, TenantName, WebUrl};

use super::super::or_empty;
use crate::extract::body::JsonObject;
use crate::extract::fields::{Write, boolean, text};
use crate::extract::list::Params;
use crate::extract::path::Segment;

/// The tenant object of contract §4.1.
#[derive(Serialize)]
pub(crate) struct TenantWire {
    id: i32,
    uuid: String,
    name: String,
    slug: String,
    email: Option<String>,
    url: Option<String>,
    description: String,
    is_active: bool,
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

/// The tenant that a path names; what names none matches no row.
pub(super) fn reference(segment: &Segment) -> TenantRef {
    TenantRef::parse(&segment.0).unwrap_or(TenantRef::Id(TenantId::NOWHERE))
}

pub(super) fn filter(params: &mut Params) -> TenantFilter {
    TenantFilter {
        is_active: params.boolean("is_active"),
        slug: params.text("slug"),
        uuid: params.uuid("uuid"),
    }
}

pub(super) fn new_tenant(body: JsonObject) -> Input<NewTenant> {
    let update = update(body, Write::Whole)?;
    let TenantUpdate { name: Some(name), slug: Some(slug), .. } = update else {
        // A whole write has both, or it was refused already.
        return Err(wiwebb_domain::error::Violations::default().into());
    };
    Ok(NewTenant {
        name,
        slug,
        email: update.email.flatten(),
        url: update.url.flatten(),
        description: update.description.flatten(),
        is_active: update.is_active.unwrap_or(true),
    })
}

pub(super) fn update(body: JsonObject, write: Write) -> Input<TenantUpdate> {
    let mut fields = body.fields()?;
    let update = TenantUpdate {
        name: fields.needed(write, "name", text(TenantName::new)),
        slug: fields.needed(write, "slug", text(Slug::new)),
        email: fields.nullable("email", text(EmailAddress::optional)),
        url: fields.nullable("url", text(WebUrl::optional)),
        description: fields.nullable("description", text(LongText::optional)),
        is_active: fields.optional("is_active", boolean),
    };
    fields.finish(|| Some(update))
}
