//! Bodies of service keys (contract §16).

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use wiwebb_domain::error::{Input, Violation};
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::service_key::ServiceKey;
use wiwebb_domain::services::service_keys::ServiceKeyDraft;
use wiwebb_domain::text::Name;
use wiwebb_domain::token::SecretToken;

use crate::extract::body::JsonObject;
use crate::extract::fields::{key, text};

/// A key, without its characters.
#[derive(Serialize, ToSchema)]
#[schema(as = ServiceKey)]
pub(crate) struct KeyWire {
    #[schema(example = 15)]
    id: i32,
    #[schema(example = "radius-1")]
    name: String,
    #[schema(required = true, example = 7)]
    tenant: Option<i32>,
    created_at: DateTime<Utc>,
    #[schema(required = true)]
    last_used_at: Option<DateTime<Utc>>,
}

impl From<&ServiceKey> for KeyWire {
    fn from(key: &ServiceKey) -> Self {
        Self {
            id: key.id.get(),
            name: key.name.to_string(),
            tenant: key.tenant_id.map(TenantId::get),
            created_at: key.created_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A fresh key with its characters, which are told this once.
#[derive(Serialize, ToSchema)]
#[schema(as = NewServiceKey)]
pub(crate) struct NewKeyWire {
    #[serde(flatten)]
    stored: KeyWire,
    #[schema(pattern = "^[0-9a-f]{40}$", example = "0123456789abcdef0123456789abcdef01234567")]
    key: String,
}

/// What a key is made with; without a tenant it reaches everybody.
#[derive(ToSchema)]
#[schema(as = ServiceKeyBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct KeyBody {
    #[schema(min_length = 1, max_length = 100, example = "radius-1")]
    name: String,
    #[schema(example = 7)]
    tenant: Option<i32>,
}

impl NewKeyWire {
    pub(super) fn new(stored: &ServiceKey, token: &SecretToken) -> Self {
        Self { stored: stored.into(), key: token.reveal().to_owned() }
    }
}

pub(crate) fn draft(body: JsonObject) -> Input<ServiceKeyDraft> {
    let mut fields = body.fields()?;
    let name = fields.required("name", text(Name::new));
    let tenant = fields.nullable("tenant", |value| {
        let sent = key(value)?;
        let no_such = || Violation::NoSuchObject { key: sent.to_string() };
        TenantId::parse(&sent.to_string()).map(Some).ok_or_else(no_such)
    });
    fields.finish(|| Some(ServiceKeyDraft { name: name?, tenant: tenant.flatten() }))
}
