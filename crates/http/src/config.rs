//! What an operator decides about the HTTP side (contract §14).

use std::num::NonZeroU32;
use std::time::Duration;

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
    /// Origins that may call from a browser.
    pub cors_origins: Vec<String>,
    /// Longest time a request may take; after it the answer is `503`.
    pub request_timeout: Duration,
}

impl Default for HttpConfig {
    fn default() -> Self {
        const fn rate(requests: u32) -> Option<Rate> {
            match NonZeroU32::new(requests) {
                Some(requests) => Some(Rate::per_minute(requests)),
                None => None,
            }
        }
        Self {
            login_rate: rate(5),
            user_rate: rate(1000),
            anon_rate: rate(100),
            cors_origins: Vec::new(),
            request_timeout: Duration::from_secs(30),
        }
    }
}
