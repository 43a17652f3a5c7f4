//! `wiwebb serve`

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use wiwebb_domain::services::Services;
use wiwebb_http::{Figures, Probes};
use wiwebb_persistence::figures::sample;
use wiwebb_persistence::migrate;

use super::superadmin;
use crate::adapters::mailer::{self, Delivery};
use crate::cli::{DemoArgs, ServeArgs};
use crate::config::Config;
use crate::database::Database;
use crate::error::AppError;
use crate::lifecycle::{self, Signals};
use crate::readiness::{ProbeServer, ServerReadiness};
use crate::server::{ReservedAddress, RunningServer};
use crate::worker::Worker;
use crate::{demo, output, wiring};

/// Serves until a signal.
pub(super) async fn run(args: &ServeArgs, config: &Config) -> Result<(), AppError> {
    let mut signals = Signals::catch()?;
    let addresses = Addresses {
        api: ReservedAddress::new(config.bind)?,
        probes: config.probes.bind.map(ReservedAddress::new).transpose()?,
    };
    let started = tokio::select! {
        started = start(args, config, addresses) => started?,
        // Whatever has been started ends by being dropped.
        _ = signals.next() => return Ok(()),
    };
    let signal = signals.next().await;
    tracing::info!(signal = signal.as_raw_value(), "stopping; a second signal stops at once");
    let Started { probes, server, worker, delivery, database } = started;
    lifecycle::shut_down(signals, probes, server, worker, delivery, database).await;
    Ok(())
}

struct Addresses {
    api: ReservedAddress,
    probes: Option<ReservedAddress>,
}

struct Started {
    probes: ProbeServer,
    server: RunningServer,
    worker: Worker,
    delivery: Delivery,
    database: Database,
}

async fn start(
    args: &ServeArgs,
    config: &Config,
    addresses: Addresses,
) -> Result<Started, AppError> {
    if config.stripe_secret_key.is_some() && config.stripe_webhook_secret.is_none() {
        tracing::warn!("webhooks of Stripe are refused: STRIPE_WEBHOOK_SECRET is not set");
    }
    let (queue, delivery) = mailer::start(&config.mail, config.mail_from.clone())?;
    let database = Database::open(config).await?;
    let outcome = async {
        match database.direct() {
            Ok(direct) if !args.no_migrate => migrate::up(direct).await?,
            Ok(_) | Err(_) => database.require_up_to_date().await?,
        }
        let address = addresses.api.address();
        let ports = wiring::ports(database.store_with_replica(), queue, config, address)?;
        let services = wiring::services(ports, config, address);
        prepare(args, config, &database, &services).await?;
        let stopping = CancellationToken::new();
        let probes = probes(&database, config, stopping.clone());
        let router = wiring::router(services.clone(), probes.clone(), config);
        let server = addresses.api.serve(router, config.edge.connections())?;
        let own = addresses
            .probes
            .map(|reserved| reserved.serve(wiwebb_http::probes(probes), config.edge.connections()));
        let probes =
            ProbeServer { stopping, delay: config.probes.stop_delay, server: own.transpose()? };
        announce(args, &database, &server, &probes).await?;
        Ok((probes, server, Worker::start(&services)))
    };
    match outcome.await {
        Ok((probes, server, worker)) => Ok(Started { probes, server, worker, delivery, database }),
        Err(error) => {
            database.close().await;
            Err(error)
        }
    }
}

/// Figures of the pool are read when somebody asks for them.
fn probes(database: &Database, config: &Config, stopping: CancellationToken) -> Probes {
    let pool = database.pool().clone();
    let readiness = ServerReadiness { pool: pool.clone(), stopping };
    let figures = wiring::figures(config).map(|figures| -> Figures {
        Arc::new(move || {
            sample(&pool);
            figures()
        })
    });
    Probes::new(Arc::new(readiness)).with_figures(figures)
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
    probes: &ProbeServer,
) -> Result<(), AppError> {
    let address = server.address();
    output::line(format!("WiWebb listens on http://{address}"))?;
    if let Some(server) = &probes.server {
        output::line(format!("probes and metrics are on http://{}", server.address()))?;
    }
    if args.demo {
        output::line(if demo::exists(database.store().as_ref()).await? {
            demo::logins()
        } else {
            "no demo data was created: the database has users already".to_owned()
        })?;
    }
    output::line(format!("the console is at http://{address}/admin/"))
}
