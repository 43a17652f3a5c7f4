//! What an operator decides about the HTTP side (contract §14).

use std::num::NonZeroU32;
use std::time::Duration;

use crate::middleware::forwarded::TrustedProxies;
use crate::profile::ClientProfile;

/// So many requests in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub requests: NonZeroU32,
    /// In which time.
    pub per: Duration,
}

impl Rate {
    const fn per_minute(requests: NonZeroU32) -> Self {
        Self { requests, per: Duration::from_mins(1) }
    }

    const fn per_hour(requests: NonZeroU32) -> Self {
        Self { requests, per: Duration::from_hours(1) }
    }
}

/// Settings of the HTTP side.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Attempts to sign in, by address; `None` is without limit.
    pub login_rate: Option<Rate>,
    /// Requests of a signed-in user.
    pub user_rate: Option<Rate>,
    /// Requests without a valid key, by address.
    pub anon_rate: Option<Rate>,
    /// Attempts to sign in by name, whether or not somebody has it.
    pub account_rate: Option<Rate>,
    /// Wishes for a new password by email address; attempts to set one by user and address.
    pub reset_rate: Option<Rate>,
    /// Proxies whose word about their clients is taken.
    pub trusted_proxies: TrustedProxies,
    /// How long browsers keep to https, told to those that came by it; `None` tells nothing.
    pub strict_transport: Option<Duration>,
    /// Origins that may call from a browser.
    pub cors_origins: Vec<String>,
    /// The forms for clients that ask for none (contract §15).
    pub client_profile: ClientProfile,
    /// Longest time a request may take; after it the answer is `503`.
    pub request_timeout: Duration,
    /// Whether the figures of the probes are on the address of the API, as `/metrics`.
    pub metrics: bool,
}

impl Default for HttpConfig {
    fn default() -> Self {
        const fn rate(requests: u32) -> Option<Rate> {
            match NonZeroU32::new(requests) {
                Some(requests) => Some(Rate::per_minute(requests)),
                None => None,
            }
        }
        const fn hourly(requests: u32) -> Option<Rate> {
            match NonZeroU32::new(requests) {
                Some(requests) => Some(Rate::per_hour(requests)),
                None => None,
            }
        }
        Self {
            login_rate: rate(5),
            user_rate: rate(1000),
            anon_rate: rate(100),
            account_rate: hourly(300),
            reset_rate: hourly(10),
            trusted_proxies: TrustedProxies::default(),
            strict_transport: None,
            cors_origins: Vec::new(),
            client_profile: ClientProfile::default(),
            request_timeout: Duration::from_secs(30),
            metrics: false,
        }
    }
}
