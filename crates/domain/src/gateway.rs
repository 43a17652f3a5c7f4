//! Payment gateways: through whom money comes (seed, "`PaymentGatewayConfig` Table").

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::ids::GatewayId;
use crate::page::{Listed, Order, SortKey, SortValue, ascending, descending};
use crate::ports::secrets::{SecretUnreadable, Secrets};
use crate::tenant::replace;
use crate::text::{Name, Variant};

/// The variant that is paid outside, e.g. by bank, and confirmed by staff (contract §9.2).
pub const MANUAL: &str = "manual";

/// The variant that needs no network, for development and tests (contract §9.2).
pub const DUMMY: &str = "dummy";

/// A gateway's configuration. It can hold secrets and is therefore never shown: its `Debug` form
/// leaves the values out.
#[derive(Clone, Default, PartialEq)]
pub struct GatewaySettings(Map<String, Value>);

impl GatewaySettings {
    /// Wraps the stored object.
    pub const fn new(settings: Map<String, Value>) -> Self {
        Self(settings)
    }

    /// The object, for the store and the adapter of the gateway only.
    pub const fn reveal(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The top-level keys, sorted: all that a person gets to see (contract §9.2).
    pub fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.0.keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }
}

/// Words in the names of settings that hold secrets.
const SECRET_WORDS: [&str; 4] = ["secret", "key", "password", "token"];

impl GatewaySettings {
    /// The same with every secret sealed, so that what is stored is of no use by itself. A secret is
    /// a text under a name that says so, at any depth; a reference such as
    /// `{"env": "STRIPE_SECRET_KEY"}` is none.
    pub fn sealed(mut self, secrets: &dyn Secrets) -> Result<Self, SecretUnreadable> {
        seal_within(&mut self.0, secrets)?;
        Ok(self)
    }
}

fn seal_within(
    settings: &mut Map<String, Value>,
    secrets: &dyn Secrets,
) -> Result<(), SecretUnreadable> {
    for (key, value) in settings {
        let key = key.to_lowercase();
        let is_secret = SECRET_WORDS.iter().any(|word| key.contains(word));
        seal(value, is_secret, secrets)?;
    }
    Ok(())
}

fn seal(value: &mut Value, is_secret: bool, secrets: &dyn Secrets) -> Result<(), SecretUnreadable> {
    match value {
        Value::String(secret) if is_secret => {
            *value = serde_json::json!({ "sealed": secrets.seal(secret)? });
        }
        Value::Array(values) => {
            for value in values {
                seal(value, is_secret, secrets)?;
            }
        }
        Value::Object(within) => seal_within(within, secrets)?,
        _ => {}
    }
    Ok(())
}

impl std::fmt::Debug for GatewaySettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GatewaySettings").field(&self.keys()).finish()
    }
}

/// One configured gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentGatewayConfig {
    /// Identity.
    pub id: GatewayId,
    /// Unique.
    pub name: Name,
    /// Which adapter.
    pub variant: Variant,
    /// Whether it can be paid with.
    pub is_active: bool,
    /// The highest is taken first.
    pub priority: i32,
    /// The adapter's settings.
    pub config: GatewaySettings,
    /// Set once.
    pub created_at: DateTime<Utc>,
    /// Moves with every write.
    pub updated_at: DateTime<Utc>,
}

/// What a gateway is configured with (contract §9.2).
#[derive(Debug, Clone, PartialEq)]
pub struct NewGateway {
    /// Unique.
    pub name: Name,
    /// Which adapter.
    pub variant: Variant,
    /// Whether it can be paid with.
    pub is_active: bool,
    /// The highest is taken first.
    pub priority: i32,
    /// The adapter's settings.
    pub config: GatewaySettings,
}

impl NewGateway {
    /// The `dummy` gateway that is there where none was ever configured.
    pub fn built_in() -> Self {
        Self {
            name: Name::own("Dummy"),
            variant: Variant::own(DUMMY),
            is_active: true,
            priority: 0,
            config: GatewaySettings::default(),
        }
    }

    /// The row that is stored under an id at an instant.
    pub fn stored_as(self, id: GatewayId, now: DateTime<Utc>) -> PaymentGatewayConfig {
        PaymentGatewayConfig {
            id,
            name: self.name,
            variant: self.variant,
            is_active: self.is_active,
            priority: self.priority,
            config: self.config,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Changes to a gateway; `None` keeps what is there. `config` is replaced whole.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GatewayUpdate {
    /// New name.
    pub name: Option<Name>,
    /// New adapter.
    pub variant: Option<Variant>,
    /// New activity.
    pub is_active: Option<bool>,
    /// New priority.
    pub priority: Option<i32>,
    /// New settings.
    pub config: Option<GatewaySettings>,
}

impl PaymentGatewayConfig {
    /// Applies a change at an instant.
    pub fn apply(&mut self, update: GatewayUpdate, now: DateTime<Utc>) {
        replace(&mut self.name, update.name);
        replace(&mut self.variant, update.variant);
        replace(&mut self.is_active, update.is_active);
        replace(&mut self.priority, update.priority);
        replace(&mut self.config, update.config);
        self.updated_at = now;
    }
}

/// Exact matches of the configuration list (contract §9.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GatewayFilter {
    /// By adapter.
    pub variant: Option<String>,
    /// By activity.
    pub is_active: Option<bool>,
}

/// Orderings of the configuration list (contract §9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatewaySort {
    /// By `priority`.
    Priority,
    /// By `name`.
    Name,
    /// By `created_at`.
    CreatedAt,
}

impl SortKey for GatewaySort {
    const NAMES: &'static [(&'static str, Self)] =
        &[("priority", Self::Priority), ("name", Self::Name), ("created_at", Self::CreatedAt)];
    const DEFAULT: &'static [Order<Self>] = &[descending(Self::Priority), ascending(Self::Name)];
}

impl Listed for PaymentGatewayConfig {
    type Key = GatewaySort;

    fn row_id(&self) -> i32 {
        self.id.get()
    }

    fn sort_value(&self, key: GatewaySort) -> SortValue {
        match key {
            GatewaySort::Priority => self.priority.into(),
            GatewaySort::Name => self.name.as_str().into(),
            GatewaySort::CreatedAt => self.created_at.into(),
        }
    }
}
