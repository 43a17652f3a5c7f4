//! The settings by name: their key in the file, their environment variable and their default.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::ConfigError;

/// One setting.
#[derive(Debug)]
pub(super) struct Key {
    /// Key in the configuration file.
    pub(super) name: &'static str,
    /// Environment variable.
    pub(super) variable: &'static str,
    /// What holds where neither says anything.
    default: Option<&'static str>,
    /// Must not be shown, not even where it is wrong.
    secret: bool,
}

const fn key(name: &'static str, variable: &'static str, default: Option<&'static str>) -> Key {
    Key { name, variable, default, secret: false }
}

const fn secret(name: &'static str, variable: &'static str, default: Option<&'static str>) -> Key {
    Key { name, variable, default, secret: true }
}

/// Every setting (contract §8.5 and §14; from `mail_from` on they concern operation alone).
pub(super) const KEYS: [Key; 40] = [
    secret("database_url", "DATABASE_URL", None),
    key("bind", "WIWEBB_BIND", Some("127.0.0.1:8000")),
    key("data_dir", "WIWEBB_DATA_DIR", Some("./.wiwebb")),
    key("superadmin_username", "WIWEBB_SUPERADMIN_USERNAME", None),
    key("superadmin_email", "WIWEBB_SUPERADMIN_EMAIL", None),
    secret("superadmin_password", "WIWEBB_SUPERADMIN_PASSWORD", None),
    key("login_rate", "WIWEBB_LOGIN_RATE", Some("5/min")),
    key("user_rate", "WIWEBB_USER_RATE", Some("1000/min")),
    key("anon_rate", "WIWEBB_ANON_RATE", Some("100/min")),
    key("account_rate", "WIWEBB_ACCOUNT_RATE", Some("300/hour")),
    key("reset_rate", "WIWEBB_RESET_RATE", Some("10/hour")),
    key("trusted_proxies", "WIWEBB_TRUSTED_PROXIES", Some("")),
    key("hsts", "WIWEBB_HSTS", Some("off")),
    key("max_connections", "WIWEBB_MAX_CONNECTIONS", Some("10000")),
    key("lockout_after", "WIWEBB_LOCKOUT_AFTER", Some("10")),
    key("token_ttl_days", "WIWEBB_TOKEN_TTL_DAYS", Some("0")),
    secret("stripe_secret_key", "STRIPE_SECRET_KEY", None),
    secret("stripe_webhook_secret", "STRIPE_WEBHOOK_SECRET", None),
    secret("stripe_api_base", "STRIPE_API_BASE", None),
    key("stripe_api_version", "STRIPE_API_VERSION", None),
    key("dummy_gateway", "WIWEBB_DUMMY_GATEWAY", None),
    secret("mail", "WIWEBB_MAIL", Some("console")),
    key("public_url", "WIWEBB_PUBLIC_URL", None),
    key("cors_origins", "WIWEBB_CORS_ORIGINS", Some("")),
    key("time_zone", "WIWEBB_TIME_ZONE", Some("UTC")),
    key("client_profile", "WIWEBB_CLIENT_PROFILE", Some("default")),
    key("grace_days", "WIWEBB_GRACE_DAYS", Some("7")),
    key("mail_from", "WIWEBB_MAIL_FROM", Some("WiWebb <wiwebb@localhost>")),
    secret("secret_key", "WIWEBB_SECRET_KEY", None),
    key("pg_bin", "WIWEBB_PG_BIN", None),
    key("log", "WIWEBB_LOG", Some("info")),
    key("log_format", "WIWEBB_LOG_FORMAT", Some("text")),
    key("metrics", "WIWEBB_METRICS", Some("off")),
    key("metrics_bind", "WIWEBB_METRICS_BIND", None),
    key("stop_delay", "WIWEBB_STOP_DELAY", Some("0")),
    key("db_pool", "WIWEBB_DB_POOL", Some("10")),
    key("pgbouncer", "WIWEBB_PGBOUNCER", Some("off")),
    secret("database_direct_url", "WIWEBB_DATABASE_DIRECT_URL", None),
    secret("database_replica_url", "WIWEBB_DATABASE_REPLICA_URL", None),
    key("database_replica_lag", "WIWEBB_DATABASE_REPLICA_LAG", Some("30")),
];

/// The settings that can be lists in the file.
const LISTS: [&str; 2] = ["cors_origins", "trusted_proxies"];

/// What the three layers say: defaults, below the file, below the environment.
pub(super) struct Layers {
    figment: Figment,
    values: Dict,
}

impl Layers {
    /// Reads the layers. An environment variable that is empty counts as not set.
    pub(super) fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let defaults: BTreeMap<&str, &str> =
            KEYS.iter().filter_map(|key| Some((key.name, key.default?))).collect();
        let mut figment = Figment::from(Serialized::defaults(defaults));
        if let Some(path) = file {
            let data = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            let layer = Layer::of_file(path, &data)?;
            figment = figment.merge(layer);
        }
        let figment = figment.merge(Layer::of_environment(environment)?);
        let values = figment.extract().map_err(|error| ConfigError::Layers(Box::new(error)))?;
        Ok(Self { figment, values })
    }

    /// The value of a setting as text; numbers and truth values count as the text they are
    /// written as.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        let Some(value) = self.values.get(name) else {
            return Ok(None);
        };
        let text = match value {
            Value::Array(_, items) if LISTS.contains(&name) => {
                let items: Option<Vec<String>> = items.iter().map(scalar).collect();
                items.map(|items| items.join(","))
            }
            other => scalar(other),
        };
        text.map(Some).ok_or_else(|| self.refuse(name, None, "a single value"))
    }

    /// Reads a setting that has a value.
    pub(super) fn parse<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match read(text.trim()) {
            Some(value) => Ok(Some(value)),
            None => Err(self.refuse(name, Some(text), expected)),
        }
    }

    /// Reads a setting that has a default.
    pub(super) fn require<T>(
        &self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        self.parse(name, expected, read)?.ok_or_else(|| self.refuse(name, None, expected))
    }

    fn refuse(
        &self,
        name: &'static str,
        value: Option<String>,
        expected: &'static str,
    ) -> ConfigError {
        let key = KEYS.iter().find(|key| key.name == name);
        let origin = self
            .figment
            .find_metadata(name)
            .map_or_else(String::new, |metadata| format!(" in {}", metadata.name));
        ConfigError::Value {
            setting: key.map_or(name, |key| key.variable),
            name,
            value: value.filter(|_| key.is_some_and(|key| !key.secret)),
            origin,
            expected,
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| number.to_u128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        Value::Bool(_, truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Values from one place, under the name an operator knows the place by.
struct Layer {
    name: String,
    values: Map<Profile, Dict>,
}

impl Layer {
    fn of_file(path: &Path, data: &str) -> Result<Self, ConfigError> {
        let values = Toml::string(data).data().map_err(|_| ConfigError::Syntax {
            path: path.to_owned(),
            reason: what_is_wrong(data),
        })?;
        for key in values.values().flat_map(Dict::keys) {
            if KEYS.iter().all(|known| known.name != key) {
                return Err(ConfigError::UnknownKey { key: key.clone(), path: path.to_owned() });
            }
        }
        Ok(Self { name: path.display().to_string(), values })
    }

    fn of_environment(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let mut values = Dict::new();
        for (variable, value) in environment {
            let Some(key) = KEYS.iter().find(|key| variable.to_str() == Some(key.variable)) else {
                continue;
            };
            let text = value.into_string().map_err(|_| ConfigError::NotUnicode(key.variable))?;
            if !text.is_empty() {
                values.insert(key.name.to_owned(), Value::from(text));
            }
        }
        let values = Map::from([(Profile::Default, values)]);
        Ok(Self { name: "the environment".to_owned(), values })
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(self.values.clone())
    }
}

/// The file that is read where none is named, if it exists.
pub(super) fn usual_file() -> Option<PathBuf> {
    Some(PathBuf::from("./wiwebb.toml")).filter(|path| path.exists())
}

/// The line and the defect. Not the line's text, which may be a secret.
fn what_is_wrong(data: &str) -> String {
    let Err(error) = data.parse::<toml::Table>() else {
        return "it cannot be read".to_owned();
    };
    let before = error.span().and_then(|span| data.get(..span.start)).unwrap_or_default();
    let line = 1 + before.matches('\n').count();
    format!("line {line}: {}", error.message())
}
