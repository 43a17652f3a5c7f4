//! The log: events of `tracing` on standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Config, LogFormat};

/// PostgreSQL's remarks, such as that a table exists already, unless they are asked for by name.
const QUIET: &str = "sqlx::postgres::notice=warn";

/// Sends events to standard error from now on. A log that somebody set up before stays.
pub(crate) fn init(config: &Config) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(format!("{QUIET},{}", config.log)))
        .with_writer(io::stderr)
        .with_ansi(in_colour());
    let _ = match config.log_format {
        LogFormat::Text => log.finish().try_init(),
        LogFormat::Json => log.json().finish().try_init(),
    };
}

/// On a terminal, unless its user has asked all programs for none (`NO_COLOR`).
fn in_colour() -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}
