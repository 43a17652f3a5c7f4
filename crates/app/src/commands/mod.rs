//! What the program does, a command a file.

mod backup;
mod check;
mod config;
mod demo;
mod health;
mod import;
mod migrate;
mod openapi;
mod restore;
mod serve;
mod superadmin;
mod webhooks;

use tokio_util::sync::CancellationToken;
use wiwebb_domain::services::Services;

use crate::adapters::mailer;
use crate::cli::{Command, ImportCommand, SuperadminCommand};
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::lifecycle::Signals;
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
        Command::Backup(args) => backup::run(&args, config).await,
        Command::Restore(args) => restore::run(&args, config).await,
        Command::Import(ImportCommand::Django(args)) => import::django(&args, config).await,
        Command::Check => check::run(config).await,
        Command::Health(args) => health::run(&args, config).await,
        Command::Config => config::run(config),
        Command::Openapi => openapi::run(),
    }
}

/// Cancelled by the first signal, for a command that tidies up before it ends.
fn cancel_on_signal() -> Result<CancellationToken, AppError> {
    let mut signals = Signals::catch()?;
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        signals.next().await;
        cancelled.cancel();
    });
    Ok(stop)
}

/// The use cases, for a command that serves nobody and mails nothing.
fn services(database: &Database, config: &Config) -> Result<Services, AppError> {
    let (queue, _) = mailer::start(&config.mail, config.mail_from.clone())?;
    let ports = wiring::ports(database.store(), queue, config, config.bind)?;
    Ok(wiring::services(ports, config, config.bind))
}
