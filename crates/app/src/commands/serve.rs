//! `wiwebb serve`

use wiwebb_domain::services::Services;
use wiwebb_persistence::migrate;

use super::superadmin;
use crate::adapters::mailer::{self, Delivery};
use crate::cli::{DemoArgs, ServeArgs};
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::lifecycle::{self, Signals};
use crate::server::{ReservedAddress, RunningServer};
use crate::worker::Worker;
use crate::{demo, output, wiring};

/// Serves until a signal.
pub(super) async fn run(args: &ServeArgs, config: &Config) -> Result<(), AppError> {
    let mut signals = Signals::catch()?;
    let reserved = ReservedAddress::new(config.bind)?;
    let started = tokio::select! {
        started = start(args, config, reserved) => started?,
        // Whatever has been started ends by being dropped.
        _ = signals.next() => return Ok(()),
    };
    let signal = signals.next().await;
    tracing::info!(signal = signal.as_raw_value(), "stopping; a second signal stops at once");
    let Started { server, worker, delivery, database } = started;
    lifecycle::shut_down(signals, server, worker, delivery, database).await;
    Ok(())
}

struct Started {
    server: RunningServer,
    worker: Worker,
    delivery: Delivery,
    database: Database,
}

async fn start(
    args: &ServeArgs,
    config: &Config,
    reserved: ReservedAddress,
) -> Result<Started, AppError> {
    if config.stripe_secret_key.is_some() && config.stripe_webhook_secret.is_none() {
        tracing::warn!("webhooks of Stripe are refused: STRIPE_WEBHOOK_SECRET is not set");
    }
    let (queue, delivery) = mailer::start(&config.mail, config.mail_from.clone())?;
    let database = Database::open(config).await?;
    let outcome = async {
        if args.no_migrate {
            database.require_up_to_date().await?;
        } else {
            migrate::up(database.pool()).await?;
        }
        let ports = wiring::ports(database.store(), queue, config, reserved.address())?;
        let services = wiring::services(ports.clone(), config, reserved.address());
        prepare(args, config, &database, &services).await?;
        let server = reserved.serve(wiring::router(services.clone(), ports.store, config))?;
        announce(args, &database, &server).await?;
        Ok((server, Worker::start(&services)))
    };
    match outcome.await {
        Ok((server, worker)) => Ok(Started { server, worker, delivery, database }),
        Err(error) => {
            database.close().await;
            Err(error)
        }
    }
}

/// What has to be in the database before the first request.
async fn prepare(
    args: &ServeArgs,
    config: &Config,
    database: &Database,
    services: &Services,
) -> Result<(), AppError> {
    // Before the superadmin, who would make the database one that has users.
    if args.demo && !demo::has_users(database.store().as_ref()).await? {
        demo::create(database, &DemoArgs::default(), config).await?;
    }
    if let Some(wanted) = &config.superadmin
        && superadmin::ensure_configured(services, wanted).await?
    {
        tracing::info!(username = wanted.username, "the superadmin of the settings was created");
    }
    Ok(())
}

async fn announce(
    args: &ServeArgs,
    database: &Database,
    server: &RunningServer,
) -> Result<(), AppError> {
    output::line(format!("WiWebb listens on http://{}", server.address()))?;
    if !args.demo {
        return Ok(());
    }
    if demo::exists(database.store().as_ref()).await? {
        output::line(demo::logins())
    } else {
        output::line("no demo data was created: the database has users already")
    }
}
