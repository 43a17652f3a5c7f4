//! Whether the server can serve, and the address where only that is asked.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use wiwebb_http::{Missing, Readiness};
use wiwebb_persistence::migrate;

use crate::server::RunningServer;

/// Needs the database, its schema, and that nobody has told the server to stop.
pub(crate) struct ServerReadiness {
    pub(crate) pool: PgPool,
    pub(crate) stopping: CancellationToken,
}

#[async_trait]
impl Readiness for ServerReadiness {
    async fn missing(&self) -> Option<Missing> {
        if self.stopping.is_cancelled() {
            return Some(Missing::Stopping);
        }
        match migrate::pending(&self.pool).await {
            Ok(pending) if pending.is_empty() => None,
            Ok(pending) => {
                tracing::error!(?pending, "migrations are pending");
                Some(Missing::Migrations)
            }
            Err(error) => {
                tracing::error!(%error, "the database is unavailable");
                Some(Missing::Database)
            }
        }
    }
}

/// What probes hear of the server's end, and the address that they have to themselves.
pub(crate) struct ProbeServer {
    pub(crate) stopping: CancellationToken,
    /// Between their hearing of it and the end.
    pub(crate) delay: Duration,
    /// Answers until it is dropped.
    pub(crate) server: Option<RunningServer>,
}
