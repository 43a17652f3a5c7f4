//! Bodies and filters of §9. No value of a gateway's configuration ever leaves the server.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use wiwebb_domain::error::Input;
use wiwebb_domain::gateway::{
    GatewayFilter, GatewaySettings, GatewayUpdate, NewGateway, PaymentGatewayConfig,
};
use wiwebb_domain::text::{Name, Variant};

use crate::extract::body::JsonObject;
use crate::extract::fields::{Write, boolean, integer, object, text};
use crate::extract::list::Params;

/// What everybody may know of an active gateway (contract §9.1).
#[derive(Serialize, ToSchema)]
#[schema(as = ActiveGateway)]
pub(crate) struct ActiveGatewayWire {
    #[schema(example = 2)]
    id: i32,
    #[schema(example = "Cards")]
    name: String,
    #[schema(example = "dummy")]
    variant: String,
    #[schema(example = 10)]
    priority: i32,
}

impl From<&PaymentGatewayConfig> for ActiveGatewayWire {
    fn from(gateway: &PaymentGatewayConfig) -> Self {
        Self {
            id: gateway.id.get(),
            name: gateway.name.to_string(),
            variant: gateway.variant.to_string(),
            priority: gateway.priority,
        }
    }
}

/// The configuration object of contract §9.2: of `config` the keys alone.
#[derive(Serialize, ToSchema)]
#[schema(as = GatewayConfig)]
pub(crate) struct GatewayWire {
    #[schema(example = 2)]
    id: i32,
    #[schema(example = "Cards")]
    name: String,
    #[schema(example = "dummy")]
    variant: String,
    is_active: bool,
    #[schema(example = 10)]
    priority: i32,
    #[schema(example = json!(["outcome"]))]
    config_keys: Vec<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&PaymentGatewayConfig> for GatewayWire {
    fn from(gateway: &PaymentGatewayConfig) -> Self {
        Self {
            id: gateway.id.get(),
            name: gateway.name.to_string(),
            variant: gateway.variant.to_string(),
            is_active: gateway.is_active,
            priority: gateway.priority,
            config_keys: gateway.config.keys().into_iter().map(str::to_owned).collect(),
            created_at: gateway.created_at,
            updated_at: gateway.updated_at,
        }
    }
}

/// What a gateway is configured with. Nothing of `config` is ever told again but its keys.
#[derive(ToSchema)]
#[schema(as = GatewayConfigBody)]
#[expect(dead_code, reason = "only described: the fields are read one by one")]
pub(crate) struct GatewayBody {
    #[schema(min_length = 1, max_length = 100, example = "Cards")]
    name: String,
    #[schema(min_length = 1, max_length = 50, example = "dummy")]
    variant: String,
    #[schema(nullable = false)]
    is_active: Option<bool>,
    #[schema(nullable = false, example = 10)]
    priority: Option<i32>,
    #[schema(value_type = Option<BTreeMap<String, Value>>, nullable = false, example = json!({ "outcome": "waiting" }))]
    config: Option<GatewaySettings>,
}

pub(crate) fn filter(params: &mut Params) -> GatewayFilter {
    GatewayFilter { variant: params.text("variant"), is_active: params.boolean("is_active") }
}

pub(crate) fn new_gateway(body: JsonObject) -> Input<NewGateway> {
    let GatewayUpdate { name: Some(name), variant: Some(variant), is_active, priority, config } =
        update(body, Write::Whole)?
    else {
        // A whole write has both, or it was refused already.
        return Err(wiwebb_domain::error::Violations::default().into());
    };
    Ok(NewGateway {
        name,
        variant,
        is_active: is_active.unwrap_or(true),
        priority: priority.unwrap_or(0),
        config: config.unwrap_or_default(),
    })
}

pub(crate) fn update(body: JsonObject, write: Write) -> Input<GatewayUpdate> {
    let mut fields = body.fields()?;
    let update = GatewayUpdate {
        name: fields.needed(write, "name", text(Name::new)),
        variant: fields.needed(write, "variant", text(Variant::new)),
        is_active: fields.optional("is_active", boolean),
        priority: fields.optional("priority", integer(i32::MIN, i32::MAX)),
        config: fields.optional("config", |value| object(value).map(GatewaySettings::new)),
    };
    fields.finish(|| Some(update))
}
