//! What the program does, a command a file.

mod config;
mod demo;
mod migrate;
mod serve;
mod superadmin;
mod webhooks;

use wiwebb_domain::services::Services;

use crate::adapters::mailer;
use crate::cli::{Command, SuperadminCommand};
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::wiring;

/// Runs one command to its end.
pub(crate) async fn run(command: Command, config: &Config) -> Result<(), AppError> {
    match command {
        Command::Serve(args) => serve::run(&args, config).await,
        Command::Migrate(command) => migrate::run(command, config).await,
        Command::Superadmin(SuperadminCommand::Create(args)) => {
            superadmin::create(args, config).await
        }
        Command::Webhooks(command) => webhooks::run(command, config).await,
        Command::Demo(args) => demo::run(&args, config).await,
        Command::Config => config::run(config),
    }
}

/// The use cases, for a command that serves nobody and mails nothing.
fn services(database: &Database, config: &Config) -> Result<Services, AppError> {
    let (queue, _) = mailer::start(&config.mail, config.mail_from.clone())?;
    let ports = wiring::ports(database.store(), queue, config, config.bind)?;
    Ok(wiring::services(ports, config, config.bind))
}
