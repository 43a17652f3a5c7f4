//! How the server comes to its end.

use std::convert::Infallible;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::adapters::mailer::Delivery;
use crate::database::Database;
use crate::error::AppError;
use crate::readiness::ProbeServer;
use crate::server::RunningServer;
use crate::worker::Worker;

/// How long the current rounds of background work may take to end when the server stops.
const WORK: Duration = Duration::from_secs(30);

/// How long waiting mail may take to be delivered when the server stops.
const MAIL: Duration = Duration::from_secs(10);

/// SIGINT and SIGTERM, caught from the moment this exists.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Catches the signals from now on.
    pub(crate) fn catch() -> Result<Self, AppError> {
        let catch = |kind| signal(kind).map_err(AppError::Runtime);
        Ok(Self {
            interrupt: catch(SignalKind::interrupt())?,
            terminate: catch(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        }
    }

    /// Ends the process at the next one. The embedded PostgreSQL is ended by its watchdog then.
    async fn end_at_next(&mut self) -> Infallible {
        let signal = self.next().await;
        std::process::exit(128 + signal.as_raw_value());
    }
}

/// First probes are told. Requests in flight beside background work, then waiting mail, then the database: each needs those
/// behind it.
pub(crate) async fn shut_down(
    mut signals: Signals,
    probes: ProbeServer,
    server: RunningServer,
    worker: Worker,
    delivery: Delivery,
    database: Database,
) {
    let orderly = async {
        probes.stopping.cancel();
        tokio::time::sleep(probes.delay).await;
        tokio::join!(server.stop(), worker.stop(WORK));
        delivery.shutdown(MAIL).await;
        drop(probes.server);
        database.close().await;
    };
    tokio::select! {
        () = orderly => {}
        never = signals.end_at_next() => match never {},
    }
}
