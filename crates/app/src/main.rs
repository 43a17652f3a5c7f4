//! The `wiwebb` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    wiwebb::run(std::env::args_os(), std::env::vars_os())
}
