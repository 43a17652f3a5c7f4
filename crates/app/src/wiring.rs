//! Adapters, put into the domain's ports, put under the HTTP router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use wiwebb_domain::ports::mailer::Mailer;
use wiwebb_domain::ports::secrets::Secrets;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_http::{Figures, Probes};
use wiwebb_payments::{Registry, RegistryConfig, StripeWebhooks};

use crate::adapters::clock::SystemClock;
use crate::adapters::gateways::Logged;
use crate::adapters::metered::Metered;
use crate::adapters::password::SlowHasher;
use crate::adapters::random::SystemRandom;
use crate::adapters::secrets::SealedSecrets;
use crate::config::Config;
use crate::error::AppError;
use crate::telemetry::metrics;

/// A store and a mailer with the system's time, the system's randomness, slow password hashes,
/// sealed secrets and the payment gateways of the settings. Any of them can be replaced in the
/// result. `address` is what links begin with where no public URL is set.
///
/// # Errors
/// [`AppError::Stripe`] where Stripe cannot be spoken to as the settings say.
pub fn ports(
    store: Arc<dyn UnitOfWorkFactory>,
    mailer: Arc<dyn Mailer>,
    config: &Config,
    address: SocketAddr,
) -> Result<Ports, AppError> {
    let secrets = secrets(config);
    let stripe = config.stripe();
    let webhooks = StripeWebhooks::new(&stripe)?;
    let public_url = config.public_url(address);
    let gateways = RegistryConfig { dummy: config.dummy_gateway, public_url, stripe };
    let gateways = Registry::new(gateways, Arc::clone(&secrets))?;
    Ok(Ports {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        passwords: Arc::new(SlowHasher::default()),
        mailer,
        gateways: Arc::new(Metered(Logged(gateways))),
        webhooks: Arc::new(Metered(Logged(webhooks))),
        secrets,
    })
}

/// What secrets of gateways are sealed with.
pub(crate) fn secrets(config: &Config) -> Arc<dyn Secrets> {
    Arc::new(SealedSecrets::new(
        config.secret_key.clone(),
        &config.data_dir,
        config.environment.clone(),
    ))
}

/// The use cases. `address` is what links begin with where no public URL is set.
pub fn services(ports: Ports, config: &Config, address: SocketAddr) -> Services {
    let settings = Settings {
        token_life: config.token_life(),
        lockout: config.lockout(),
        public_url: config.public_url(address),
        grace: config.grace(),
        time_zone: config.time_zone,
    };
    Services::new(ports, settings)
}

/// Where the settings have `/metrics` anywhere, begins to record figures.
pub fn figures(config: &Config) -> Option<Figures> {
    config.probes.counts().then(metrics::record)
}

/// The HTTP API over the use cases.
pub fn router(services: Services, probes: Probes, config: &Config) -> Router {
    let router = wiwebb_http::router(services, probes, &config.http());
    #[cfg(feature = "otlp")]
    let router = crate::telemetry::traces::adopting(router, config.edge.trusted_proxies.clone());
    router
}
