//! What is decided about clients before anybody knows who they are.

use std::time::Duration;

use wiwebb_http::{Rate, TrustedProxies};

use super::keys::Layers;
use super::{ConfigError, RATE, values};
use crate::server::{Capacity, ConnectionLimits, Patience};

/// Most connections of clients: more than one machine has ports for.
const MOST_CONNECTIONS: usize = 1_000_000;

/// Most connections from one client address.
const CONNECTIONS_BY_ADDRESS: usize = 1_000;

/// How far clients are believed, and what each of them and all together may take up.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// Proxies whose word about their clients is taken.
    pub trusted_proxies: TrustedProxies,
    /// Logins by the name that is tried; `None` is unlimited.
    pub account_rate: Option<Rate>,
    /// Requests for a new password by email address, and attempts to set it by user and client
    /// address; `None` is unlimited.
    pub reset_rate: Option<Rate>,
    /// How long browsers that came by https keep to it; `None` tells them nothing.
    pub hsts: Option<Duration>,
    /// How many connections clients may have.
    pub capacity: Capacity,
    /// How long clients may take; no setting.
    pub patience: Patience,
}

impl EdgeConfig {
    /// Reads the settings.
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigError> {
        let in_all = layers.require(
            "max_connections",
            "a number of connections from 1 to 1000000",
            |text| text.parse().ok().filter(|number| (1..=MOST_CONNECTIONS).contains(number)),
        )?;
        Ok(Self {
            trusted_proxies: layers.require(
                "trusted_proxies",
                "IP addresses and ranges such as 10.0.0.0/8, separated by commas",
                TrustedProxies::parse,
            )?,
            account_rate: layers.require("account_rate", RATE, values::rate)?,
            reset_rate: layers.require("reset_rate", RATE, values::rate)?,
            hsts: layers.require(
                "hsts",
                "a number of seconds up to 63072000, or `off`",
                values::hsts,
            )?,
            capacity: Capacity { in_all, by_address: CONNECTIONS_BY_ADDRESS.min(in_all) },
            patience: Patience::default(),
        })
    }

    /// What the server's connections may take up.
    pub fn connections(&self) -> ConnectionLimits {
        ConnectionLimits {
            capacity: self.capacity,
            patience: self.patience,
            trusted_proxies: self.trusted_proxies.clone(),
        }
    }
}
