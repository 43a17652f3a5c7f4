//! The settings in force, as a configuration file would say them, without their secrets.

use secrecy::ExposeSecret;
use serde::Serialize;

use super::values::{HIDDEN, show_hsts, show_lockout_after, show_rate, without_password};
use super::{Config, LogFormat, MailRoute};

#[derive(Serialize)]
struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    database_url: Option<String>,
    bind: String,
    data_dir: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    superadmin_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    superadmin_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    superadmin_password: Option<&'a str>,
    login_rate: String,
    user_rate: String,
    anon_rate: String,
    account_rate: String,
    reset_rate: String,
    trusted_proxies: Vec<String>,
    hsts: String,
    max_connections: usize,
    lockout_after: String,
    token_ttl_days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_secret_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_webhook_secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_api_base: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stripe_api_version: Option<&'a str>,
    dummy_gateway: bool,
    mail: String,
    mail_from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_url: Option<&'a str>,
    cors_origins: &'a [String],
    time_zone: &'a str,
    client_profile: &'a str,
    grace_days: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pg_bin: Option<String>,
    log: &'a str,
    log_format: &'a str,
    metrics: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics_bind: Option<String>,
    stop_delay: u64,
    db_pool: u32,
    pgbouncer: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_direct_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database_replica_url: Option<String>,
    database_replica_lag: u64,
}

impl Config {
    /// The settings in force as TOML. Every secret is replaced by `***`; a setting without a value
    /// is left out.
    ///
    /// # Errors
    /// Only if a value cannot be written as TOML.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let superadmin = self.superadmin.as_ref();
        toml::to_string(&Report {
            database_url: self
                .database_url
                .as_ref()
                .map(|url| without_password(url.expose_secret())),
            bind: self.bind.to_string(),
            data_dir: self.data_dir.display().to_string(),
            superadmin_username: superadmin.map(|user| user.username.as_str()),
            superadmin_email: superadmin.map(|user| user.email.as_str()),
            superadmin_password: superadmin.map(|_| HIDDEN),
            login_rate: show_rate(self.login_rate),
            user_rate: show_rate(self.user_rate),
            anon_rate: show_rate(self.anon_rate),
            account_rate: show_rate(self.edge.account_rate),
            reset_rate: show_rate(self.edge.reset_rate),
            trusted_proxies: self.edge.trusted_proxies.ranges().collect(),
            hsts: show_hsts(self.edge.hsts),
            max_connections: self.edge.capacity.in_all,
            lockout_after: show_lockout_after(self.lockout_after),
            token_ttl_days: self.token_ttl_days,
            stripe_secret_key: self.stripe_secret_key.as_ref().map(|_| HIDDEN),
            stripe_webhook_secret: self.stripe_webhook_secret.as_ref().map(|_| HIDDEN),
            stripe_api_base: self.stripe_api_base.as_deref(),
            stripe_api_version: self.stripe_api_version.as_deref(),
            dummy_gateway: self.dummy_gateway,
            mail: match &self.mail {
                MailRoute::Console => "console".to_owned(),
                MailRoute::Folder(folder) => format!("file:{}", folder.display()),
                MailRoute::Smtp(url) => without_password(url.expose_secret()),
            },
            mail_from: self.mail_from.to_string(),
            public_url: self.public_url.as_deref(),
            cors_origins: &self.cors_origins,
            time_zone: self.time_zone.name(),
            client_profile: self.client_profile.as_str(),
            grace_days: self.grace_days,
            secret_key: self.secret_key.as_ref().map(|_| HIDDEN),
            pg_bin: self.pg_bin.as_ref().map(|folder| folder.display().to_string()),
            log: &self.log,
            log_format: match self.log_format {
                LogFormat::Text => "text",
                LogFormat::Json => "json",
            },
            metrics: self.probes.metrics,
            metrics_bind: self.probes.bind.map(|address| address.to_string()),
            stop_delay: self.probes.stop_delay.as_secs(),
            db_pool: self.db_pool,
            pgbouncer: self.sharing.pgbouncer,
            database_direct_url: self
                .sharing
                .direct_url
                .as_ref()
                .map(|url| without_password(url.expose_secret())),
            database_replica_url: self
                .sharing
                .replica_url
                .as_ref()
                .map(|url| without_password(url.expose_secret())),
            database_replica_lag: self.sharing.replica_lag.as_secs(),
        })
    }
}
