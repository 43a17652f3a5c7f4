//! The `wiwebb` program: settings, wiring and command line over the domain and its adapters.
//!
//! No rule of the product lives here. [`run`] is the program; [`start`] is its server alone, for
//! whoever brings a store, a clock or a mailer of their own, as tests do:
//!
//! ```no_run
//! # async fn example(store: std::sync::Arc<dyn wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory>,
//! #     mailer: std::sync::Arc<dyn wiwebb_domain::ports::mailer::Mailer>)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let settings = [("WIWEBB_BIND".into(), "127.0.0.1:0".into())];
//! let config = wiwebb::config::Config::load(None, settings)?;
//! let reserved = wiwebb::server::ReservedAddress::new(config.bind)?;
//! let mut ports = wiwebb::wiring::ports(store, mailer, &config, reserved.address())?;
//! // ports.clock = ...;
//! let server = wiwebb::start(reserved, &config, ports)?;
//! println!("http://{}", server.address());
//! server.stop().await;
//! # Ok(()) }
//! ```

pub mod adapters;
pub mod backup;
pub mod cli;
mod commands;
pub mod config;
mod database;
mod demo;
pub mod error;
pub mod figures;
mod lifecycle;
mod output;
mod readiness;
pub mod server;
pub mod telemetry;
pub mod wiring;
pub mod worker;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use wiwebb_domain::services::Ports;
use wiwebb_http::Probes;

use cli::Cli;
use config::Config;
use error::AppError;
use server::{ReservedAddress, RunningServer};

/// Runs the program with its arguments and environment. The exit code is 0 when all went well, 1
/// when the command failed, 2 when arguments or settings are wrong, 3 when an import has left rows
/// out that do not fit.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(told) => {
            // Where the message cannot be written there is nobody to read it.
            let _ = told.print();
            return u8::try_from(told.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    match execute(cli, environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", output::explain(&error));
            error.exit_code()
        }
    }
}

fn execute(
    cli: Cli,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<(), AppError> {
    let config = Config::load(cli.config.as_deref(), environment)?;
    // Dropped after the runtime is, within which it could not wait.
    let _telemetry = telemetry::init(&config);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(AppError::Runtime)?;
    let outcome = runtime.block_on(commands::run(cli.command, &config));
    // Blocking work that a signal has made pointless, such as initdb, is not waited for.
    runtime.shutdown_background();
    outcome
}

/// Starts a server on a reserved address over these ports, and says nothing of it. Needs a tokio
/// runtime; the database must be migrated already. No [`worker`] is started with it.
///
/// # Errors
/// [`AppError::Bind`] where somebody else was quicker.
pub fn start(
    reserved: ReservedAddress,
    config: &Config,
    ports: Ports,
) -> Result<RunningServer, AppError> {
    let services = wiring::services(ports.clone(), config, reserved.address());
    let probes = Probes::from(ports.store).with_figures(wiring::figures(config));
    reserved.serve(wiring::router(services, probes, config), config.edge.connections())
}
