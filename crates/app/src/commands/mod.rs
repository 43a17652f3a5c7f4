//! What the program does, a command a file.

mod config;
mod demo;
mod migrate;
mod serve;
mod superadmin;

use crate::cli::{Command, SuperadminCommand};
use crate::config::Config;
use crate::error::AppError;

/// Runs one command to its end.
pub(crate) async fn run(command: Command, config: &Config) -> Result<(), AppError> {
    match command {
        Command::Serve(args) => serve::run(&args, config).await,
        Command::Migrate(command) => migrate::run(command, config).await,
        Command::Superadmin(SuperadminCommand::Create(args)) => {
            superadmin::create(args, config).await
        }
        Command::Demo(args) => demo::run(&args, config).await,
        Command::Config => config::run(config),
    }
}
