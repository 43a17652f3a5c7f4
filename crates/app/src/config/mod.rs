//! What an operator has decided: defaults, below the configuration file, below the environment.

mod edge;
mod environment;
mod keys;
mod probes;
mod report;
mod sharing;
#[cfg(test)]
mod tests;
mod values;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use lettre::message::Mailbox;
use secrecy::SecretString;
use thiserror::Error as ThisError;
use tracing_subscriber::EnvFilter;
use wiwebb_domain::lockout::Lockout;
use wiwebb_http::{ClientProfile, HttpConfig, Rate};
use wiwebb_payments::StripeConfig;

pub use edge::EdgeConfig;
pub use environment::Environment;
use keys::{KEYS, Layers};
pub use probes::ProbeConfig;
pub use sharing::SharingConfig;
pub use values::SealingKey;
pub(crate) use values::without_password;

/// The form of a rate.
const DATABASE: &str = "postgres://user:password@host:5432/database";

const RATE: &str = "a rate such as 5/min (units: s, min, hour), or `off`";

/// Longest life of a key in days: a century, far within what a timestamp can hold.
const LONGEST_TTL_DAYS: u32 = 36_500;

/// Most days of access after a payment fell due: beyond a year nobody means to be paid.
const LONGEST_GRACE_DAYS: u32 = 365;

/// Most connections that one server may open.
const LARGEST_POOL: u32 = 1_000;

/// All settings in force (contract §14). Secrets show in no `Debug` form.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database; `None` runs the embedded PostgreSQL.
    pub database_url: Option<SecretString>,
    /// Where to listen; port 0 lets the system choose one.
    pub bind: SocketAddr,
    /// Folder of the embedded PostgreSQL and of the key file.
    pub data_dir: PathBuf,
    /// Created at start if the username is free.
    pub superadmin: Option<SuperadminConfig>,
    /// Logins by client address; `None` is unlimited.
    pub login_rate: Option<Rate>,
    /// Requests by user; `None` is unlimited.
    pub user_rate: Option<Rate>,
    /// Unauthenticated requests by client address; `None` is unlimited.
    pub anon_rate: Option<Rate>,
    /// How clients are met.
    pub edge: EdgeConfig,
    /// Failed logins in a row that lock an account; `None` is never.
    pub lockout_after: Option<NonZeroU32>,
    /// Days after which a key expires; 0 is never.
    pub token_ttl_days: u32,
    /// Stripe's secret key, for gateways without one of their own.
    pub stripe_secret_key: Option<SecretString>,
    /// What Stripe signs its reports with: secrets set apart by commas, several while one takes the
    /// place of another.
    pub stripe_webhook_secret: Option<SecretString>,
    /// Where Stripe is spoken to; `None` is Stripe itself.
    pub stripe_api_base: Option<String>,
    /// The version that Stripe is asked to speak; `None` is the one the adapter was written for.
    pub stripe_api_version: Option<String>,
    /// Whether gateways of the variant `dummy` can be paid with.
    pub dummy_gateway: bool,
    /// Where mail goes.
    pub mail: MailRoute,
    /// Whom mail comes from.
    pub mail_from: Mailbox,
    /// First part of links in mails and of checkout pages, without a slash at its end; `None` is
    /// the address listened on.
    pub public_url: Option<String>,
    /// Origins that may call from a browser.
    pub cors_origins: Vec<String>,
    /// Where a day of usage begins and ends.
    pub time_zone: Tz,
    /// The forms in which clients are answered that ask for none (contract §15).
    pub client_profile: ClientProfile,
    /// Days of access after a payment of a subscription fell due (contract §8.5).
    pub grace_days: u32,
    /// What secrets of gateways are sealed with; `None` is the key file of the data directory.
    pub secret_key: Option<SealingKey>,
    /// Folder of the PostgreSQL programs; `None` looks for them.
    pub pg_bin: Option<PathBuf>,
    /// Which events are logged, as `tracing-subscriber`'s filter has it: `info`, `warn,sqlx=debug`.
    pub log: String,
    /// Form of the log.
    pub log_format: LogFormat,
    /// Probes and figures.
    pub probes: ProbeConfig,
    /// Most connections to the database.
    pub db_pool: u32,
    /// How several servers share a database.
    pub sharing: SharingConfig,
    /// The variables that the settings were read from, for configurations that refer to one.
    pub environment: Environment,
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
        let variables: Vec<_> = environment.into_iter().collect();
        let environment = Environment::new(&variables);
        Self::from_layers(&Layers::read(file.as_deref(), variables)?, environment)
    }

    fn from_layers(layers: &Layers, environment: Environment) -> Result<Self, ConfigError> {
        let stripe_secret_key = layers.parse(
            "stripe_secret_key",
            "a key such as sk_live_… or rk_live_…",
            values::stripe_key,
        )?;
        let dummy_gateway = layers.parse("dummy_gateway", "on or off", values::switch)?;
        Ok(Self {
            database_url: layers.parse("database_url", DATABASE, values::database_url)?,
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
            edge: EdgeConfig::read(layers)?,
            lockout_after: layers.require(
                "lockout_after",
                "a number of failed logins from 1 to 1000, or `off`",
                values::lockout_after,
            )?,
            token_ttl_days: layers.require(
                "token_ttl_days",
                "a whole number of days from 0 (never) to 36500",
                |text| text.parse().ok().filter(|days| *days <= LONGEST_TTL_DAYS),
            )?,
            // Who has a real gateway wants none that only pretends (contract §14).
            dummy_gateway: dummy_gateway.unwrap_or(stripe_secret_key.is_none()),
            stripe_secret_key,
            stripe_webhook_secret: layers.parse(
                "stripe_webhook_secret",
                "secrets such as whsec_…, separated by commas",
                values::stripe_webhook_secrets,
            )?,
            stripe_api_base: layers.parse(
                "stripe_api_base",
                "an address that begins with https://, or with http:// on this machine",
                values::stripe_api_base,
            )?,

            stripe_api_version: layers.parse(
                "stripe_api_version",
                "a version such as 2026-09-30.endive",
                values::stripe_api_version,
            )?,
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
            time_zone: layers.require(
                "time_zone",
                "a time zone of the IANA database such as Europe/Istanbul",
                |text| text.parse().ok(),
            )?,
            client_profile: layers.require(
                "client_profile",
                "default or compat",
                ClientProfile::parse,
            )?,
            grace_days: layers.require(
                "grace_days",
                "a whole number of days from 0 to 365",
                |text| text.parse().ok().filter(|days| *days <= LONGEST_GRACE_DAYS),
            )?,
            secret_key: layers.parse(
                "secret_key",
                "32 bytes as 64 hexadecimal digits or in base64",
                SealingKey::parse,
            )?,
            pg_bin: layers.parse("pg_bin", "a folder", path)?,
            log: layers.require("log", "a filter such as info or warn,wiwebb=debug", |text| {
                EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
            })?,
            log_format: layers.require("log_format", "text or json", values::log_format)?,
            probes: ProbeConfig::read(layers)?,
            db_pool: layers.require(
                "db_pool",
                "a number of connections from 1 to 1000",
                |text| text.parse().ok().filter(|size| (1..=LARGEST_POOL).contains(size)),
            )?,
            sharing: SharingConfig::read(layers)?,
            environment,
        })
    }

    /// When an account is locked; `None` is never.
    pub fn lockout(&self) -> Option<Lockout> {
        self.lockout_after.map(Lockout::after)
    }

    /// How long a key lives; `None` is for ever.
    pub fn token_life(&self) -> Option<chrono::Duration> {
        (self.token_ttl_days > 0).then(|| chrono::Duration::days(self.token_ttl_days.into()))
    }

    /// How long access lasts after a payment fell due.
    pub fn grace(&self) -> chrono::Duration {
        chrono::Duration::days(self.grace_days.into())
    }

    /// What links begin with on a server that listens on `address`, without a slash at the end.
    pub fn public_url(&self, address: SocketAddr) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{address}"))
    }

    /// What the adapter of Stripe is told.
    pub fn stripe(&self) -> StripeConfig {
        StripeConfig {
            secret_key: self.stripe_secret_key.clone(),
            webhook_secrets: self.stripe_webhook_secret.clone(),
            api_base: self.stripe_api_base.clone(),
            api_version: self.stripe_api_version.clone(),
        }
    }

    /// What the HTTP adapter is told.
    pub fn http(&self) -> HttpConfig {
        HttpConfig {
            login_rate: self.login_rate,
            user_rate: self.user_rate,
            anon_rate: self.anon_rate,
            account_rate: self.edge.account_rate,
            reset_rate: self.edge.reset_rate,
            trusted_proxies: self.edge.trusted_proxies.clone(),
            strict_transport: self.edge.hsts,
            cors_origins: self.cors_origins.clone(),
            client_profile: self.client_profile,
            metrics: self.probes.on_api(),
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
