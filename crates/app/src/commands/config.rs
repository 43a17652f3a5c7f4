//! `wiwebb config`

use crate::config::Config;
use crate::error::AppError;
use crate::output;

/// Prints the settings in force.
pub(super) fn run(config: &Config) -> Result<(), AppError> {
    let report =
        config.to_toml().map_err(|error| AppError::Output(std::io::Error::other(error)))?;
    output::line(report.trim_end())
}
