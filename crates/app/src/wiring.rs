//! Adapters, put into the domain's ports, put under the HTTP router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use wiwebb_domain::ports::mailer::Mailer;
use wiwebb_domain::ports::secrets::Secrets;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_payments::{Registry, RegistryConfig, StripeWebhooks};

use crate::adapters::clock::SystemClock;
use crate::adapters::gateways::Logged;
use crate::adapters::password::SlowHasher;
use crate::adapters::random::SystemRandom;
use crate::adapters::secrets::SealedSecrets;
use crate::config::Config;
use crate::error::AppError;

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
    let secrets: Arc<dyn Secrets> = Arc::new(SealedSecrets::new(
        config.secret_key.clone(),
        &config.data_dir,
        config.environment.clone(),
    ));
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
        gateways: Arc::new(Logged(gateways)),
        webhooks: Arc::new(Logged(webhooks)),
        secrets,
    })
}

/// The use cases. `address` is what links begin with where no public URL is set.
pub fn services(ports: Ports, config: &Config, address: SocketAddr) -> Services {
    let settings = Settings {
        token_life: config.token_life(),
        public_url: config.public_url(address),
        grace: config.grace(),
        time_zone: config.time_zone,
    };
    Services::new(ports, settings)
}

/// The HTTP API over the use cases.
pub fn router(services: Services, store: Arc<dyn UnitOfWorkFactory>, config: &Config) -> Router {
    wiwebb_http::router(services, store, &config.http())
}
