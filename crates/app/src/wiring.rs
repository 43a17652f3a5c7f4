//! Adapters, put into the domain's ports, put under the HTTP router.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use wiwebb_domain::ports::mailer::Mailer;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::services::{Ports, Services, Settings};
use wiwebb_payments::Registry;

use crate::adapters::clock::SystemClock;
use crate::adapters::gateways::Logged;
use crate::adapters::password::SlowHasher;
use crate::adapters::random::SystemRandom;
use crate::config::Config;

/// A store and a mailer with the system's time, the system's randomness, slow password hashes and
/// the payment gateways of the settings. Any of them can be replaced in the result.
pub fn ports(store: Arc<dyn UnitOfWorkFactory>, mailer: Arc<dyn Mailer>, config: &Config) -> Ports {
    Ports {
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        passwords: Arc::new(SlowHasher::default()),
        mailer,
        gateways: Arc::new(Logged(Registry::new(config.dummy_gateway))),
    }
}

/// The use cases. `address` is what links in mails begin with where no public URL is set.
pub fn services(ports: Ports, config: &Config, address: SocketAddr) -> Services {
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    Services::new(ports, Settings { token_life: config.token_life(), public_url })
}

/// The HTTP API over the use cases.
pub fn router(services: Services, store: Arc<dyn UnitOfWorkFactory>, config: &Config) -> Router {
    wiwebb_http::router(services, store, &config.http())
}
