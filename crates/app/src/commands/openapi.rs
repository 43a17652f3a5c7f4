//! `wiwebb openapi`

use std::io;

use crate::error::AppError;
use crate::output;

/// Prints the description of the API.
pub(super) fn run() -> Result<(), AppError> {
    let document = wiwebb_http::openapi().map_err(io::Error::other).map_err(AppError::Output)?;
    output::line(document)
}
