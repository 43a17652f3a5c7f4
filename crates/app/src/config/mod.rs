//! What an operator has decided: defaults, below the configuration file, below the environment.

mod keys;
mod report;
#[cfg(test)]
mod tests;
mod values;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use lettre::message::Mailbox;
use secrecy::SecretString;
use thiserror::Error as ThisError;
use tracing_subscriber::EnvFilter;
use wiwebb_http::{HttpConfig, Rate};

use keys::{KEYS, Layers};
pub(crate) use values::without_password;

/// Longest life of a key in days: a century, far within what a timestamp can hold.
const LONGEST_TTL_DAYS: u32 = 36_500;

/// Most connections that one server may open.
const LARGEST_POOL: u32 = 1_000;

/// All settings in force (contract §14). Secrets show in no `Debug` form.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database; `None` runs the embedded PostgreSQL.
    pub database_url: Option<SecretString>,
    /// Where to listen; port 0 lets the system choose one.
    pub bind: SocketAddr,
    /// Folder of the embedded PostgreSQL.
    pub data_dir: PathBuf,
    /// Created at start if the username is free.
    pub superadmin: Option<SuperadminConfig>,
    /// Logins by client address; `None` is unlimited.
    pub login_rate: Option<Rate>,
    /// Requests by user; `None` is unlimited.
    pub user_rate: Option<Rate>,
    /// Unauthenticated requests by client address; `None` is unlimited.
    pub anon_rate: Option<Rate>,
    /// Days after which a key expires; 0 is never.
    pub token_ttl_days: u32,
    /// Whether gateways of the variant `dummy` can be paid with.
    pub dummy_gateway: bool,
    /// Where mail goes.
    pub mail: MailRoute,
    /// Whom mail comes from.
    pub mail_from: Mailbox,
    /// First part of links in mails, without a slash at its end; `None` is the bind address.
    pub public_url: Option<String>,
    /// Origins that may call from a browser.
    pub cors_origins: Vec<String>,
    /// Folder of the PostgreSQL programs; `None` looks for them.
    pub pg_bin: Option<PathBuf>,
    /// Which events are logged, as `tracing-subscriber`'s filter has it: `info`, `warn,sqlx=debug`.
    pub log: String,
    /// Form of the log.
    pub log_format: LogFormat,
    /// Most connections to the database.
    pub db_pool: u32,
}

/// A superadmin that the settings ask for.
#[derive(Debug, Clone)]
pub struct SuperadminConfig {
    /// Login name.
    pub username: String,
    /// Address.
    pub email: String,
    /// First password.
    pub password: SecretString,
}

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum MailRoute {
    /// Shown on standard error.
    Console,
    /// One file per mail in this folder.
    Folder(PathBuf),
    /// To a mail server, by a URL that can hold a password.
    Smtp(SecretString),
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people; in colour on a terminal.
    Text,
    /// For machines, an object a line.
    Json,
}

/// Why the settings cannot be used.
#[derive(Debug, ThisError)]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The configuration file is not TOML.
    #[error("the configuration file {} is not valid TOML: {reason}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// What is wrong where.
        reason: String,
    },
    /// The configuration file has a key that means nothing.
    #[error("unknown key `{key}` in {}; known are: {}", path.display(), known_keys())]
    UnknownKey {
        /// The key.
        key: String,
        /// Which file.
        path: PathBuf,
    },
    /// A value is not of its setting's form.
    #[error(
        "{setting} (`{name}`){origin} is not valid{}: expected {expected}",
        value.as_ref().map(|value| format!(" ({value:?})")).unwrap_or_default()
    )]
    Value {
        /// The environment variable of the setting.
        setting: &'static str,
        /// Its key in the file.
        name: &'static str,
        /// What was found; absent for secrets.
        value: Option<String>,
        /// Where it was found, as a phrase.
        origin: String,
        /// What it should be.
        expected: &'static str,
    },
    /// An environment variable is not Unicode.
    #[error("{0} in the environment is not valid Unicode")]
    NotUnicode(&'static str),
    /// A superadmin needs all three settings.
    #[error(
        "WIWEBB_SUPERADMIN_USERNAME, WIWEBB_SUPERADMIN_EMAIL and WIWEBB_SUPERADMIN_PASSWORD \
         belong together; missing: {0}"
    )]
    IncompleteSuperadmin(String),
    /// The layers could not be combined.
    #[error("the settings cannot be read")]
    Layers(#[source] Box<figment::Error>),
}

fn known_keys() -> String {
    KEYS.map(|key| key.name).join(", ")
}

impl Config {
    /// Reads the settings from `file`, or `./wiwebb.toml` if that exists, and from variables of
    /// the environment, which win.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting and what was expected of it.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let file = file.map(Path::to_owned).or_else(keys::usual_file);
        Self::from_layers(&Layers::read(file.as_deref(), environment)?)
    }

    fn from_layers(layers: &Layers) -> Result<Self, ConfigError> {
        const RATE: &str = "a rate such as 5/min (units: s, min, hour), or `off`";
        Ok(Self {
            database_url: layers.parse(
                "database_url",
                "postgres://user:password@host:5432/database",
                values::database_url,
            )?,
            bind: layers.require(
                "bind",
                "an IP address with a port, such as 127.0.0.1:8000 or [::]:8000",
                |text| text.parse().ok(),
            )?,
            data_dir: layers.require("data_dir", "a folder", path)?,
            superadmin: superadmin(layers)?,
            login_rate: layers.require("login_rate", RATE, values::rate)?,
            user_rate: layers.require("user_rate", RATE, values::rate)?,
            anon_rate: layers.require("anon_rate", RATE, values::rate)?,
            token_ttl_days: layers.require(
                "token_ttl_days",
                "a whole number of days from 0 (never) to 36500",
                |text| text.parse().ok().filter(|days| *days <= LONGEST_TTL_DAYS),
            )?,
            dummy_gateway: layers.require("dummy_gateway", "on or off", values::switch)?,
            mail: layers.require(
                "mail",
                "console, file:<folder>, smtp://user:password@host:port or smtps://…",
                values::mail,
            )?,
            mail_from: layers.require(
                "mail_from",
                "an address such as wiwebb@example.org or `WiWebb <wiwebb@example.org>`",
                values::mailbox,
            )?,
            public_url: layers.parse(
                "public_url",
                "a web address such as https://wiwebb.example.org",
                values::public_url,
            )?,
            cors_origins: layers.require(
                "cors_origins",
                "origins such as https://console.example.org, separated by commas",
                values::origins,
            )?,
            pg_bin: layers.parse("pg_bin", "a folder", path)?,
            log: layers.require("log", "a filter such as info or warn,wiwebb=debug", |text| {
                EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
            })?,
            log_format: layers.require("log_format", "text or json", values::log_format)?,
            db_pool: layers.require(
                "db_pool",
                "a number of connections from 1 to 1000",
                |text| text.parse().ok().filter(|size| (1..=LARGEST_POOL).contains(size)),
            )?,
        })
    }

    /// How long a key lives; `None` is for ever.
    pub fn token_life(&self) -> Option<chrono::Duration> {
        (self.token_ttl_days > 0).then(|| chrono::Duration::days(self.token_ttl_days.into()))
    }

    /// What the HTTP adapter is told.
    pub fn http(&self) -> HttpConfig {
        HttpConfig {
            login_rate: self.login_rate,
            user_rate: self.user_rate,
            anon_rate: self.anon_rate,
            cors_origins: self.cors_origins.clone(),
            ..HttpConfig::default()
        }
    }
}

fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty()).then(|| PathBuf::from(text))
}

fn superadmin(layers: &Layers) -> Result<Option<SuperadminConfig>, ConfigError> {
    const PARTS: [&str; 3] = ["superadmin_username", "superadmin_email", "superadmin_password"];
    let [username, email, password] = PARTS.map(|name| layers.text(name));
    match (username?, email?, password?) {
        (None, None, None) => Ok(None),
        (Some(username), Some(email), Some(password)) => {
            Ok(Some(SuperadminConfig { username, email, password: password.into() }))
        }
        (username, email, password) => {
            let missing: Vec<&str> = PARTS
                .into_iter()
                .zip([username, email, password])
                .filter(|(_, value)| value.is_none())
                .filter_map(|(name, _)| KEYS.iter().find(|key| key.name == name))
                .map(|key| key.variable)
                .collect();
            Err(ConfigError::IncompleteSuperadmin(missing.join(", ")))
        }
    }
}
