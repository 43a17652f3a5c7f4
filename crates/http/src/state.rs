//! What every handler can reach.

use std::sync::Arc;

use wiwebb_domain::services::Services;

use crate::middleware::throttle::Throttles;

/// Shared by all requests; cloning copies pointers.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) services: Services,
    pub(crate) throttles: Arc<Throttles>,
}
