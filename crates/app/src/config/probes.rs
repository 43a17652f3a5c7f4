//! What is decided about those who watch the server.

use std::net::SocketAddr;
use std::time::Duration;

use super::keys::Layers;
use super::{ConfigError, values};

/// Longest time in seconds between the word that a server stops and its doing so.
const LONGEST_STOP_DELAY: u64 = 300;

/// Where probes and figures are, and how long probes are warned.
#[derive(Debug, Clone)]
pub struct ProbeConfig {
    /// Whether `/metrics` is on the address of the API; never where it has one of its own.
    pub metrics: bool,
    /// Where probes and `/metrics` are served beside the API; `None` is nowhere.
    pub bind: Option<SocketAddr>,
    /// How long a server that is told to stop says so to probes before it takes no more connections.
    pub stop_delay: Duration,
}

impl ProbeConfig {
    /// Reads the settings.
    pub(super) fn read(layers: &Layers) -> Result<Self, ConfigError> {
        Ok(Self {
            metrics: layers.require("metrics", "on or off", values::switch)?,
            bind: layers.parse(
                "metrics_bind",
                "an IP address with a port, such as 127.0.0.1:9464",
                |text| text.parse().ok(),
            )?,
            stop_delay: layers.require(
                "stop_delay",
                "a whole number of seconds from 0 to 300",
                |text| {
                    let seconds = text.parse().ok().filter(|delay| *delay <= LONGEST_STOP_DELAY);
                    seconds.map(Duration::from_secs)
                },
            )?,
        })
    }

    /// Whether `/metrics` is on the address of the API.
    pub fn on_api(&self) -> bool {
        self.metrics && self.bind.is_none()
    }

    /// Whether `/metrics` is anywhere.
    pub fn counts(&self) -> bool {
        self.metrics || self.bind.is_some()
    }
}
