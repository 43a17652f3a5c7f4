//! The HTTP server as a thing that starts and stops.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpSocket;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::AppError;

/// How long requests in flight may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Connections that can wait to be accepted.
const BACKLOG: u32 = 1_024;

/// An address that belongs to this process but refuses connections as yet, so that a taken port
/// shows before a database is started, and nobody connects before there is an answer.
#[derive(Debug)]
pub struct ReservedAddress {
    socket: TcpSocket,
    address: SocketAddr,
}

impl ReservedAddress {
    /// Reserves an address; port 0 lets the system choose one.
    ///
    /// # Errors
    /// [`AppError::Bind`] where it cannot be had.
    pub fn new(address: SocketAddr) -> Result<Self, AppError> {
        Self::reserve(address).map_err(|source| AppError::Bind { address, source })
    }

    fn reserve(address: SocketAddr) -> io::Result<Self> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A port whose last connections are still closing is free for a new server.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address, with the port that the system has chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts connections from now on.
    ///
    /// # Errors
    /// [`AppError::Bind`] where somebody else was quicker.
    pub fn serve(self, router: Router) -> Result<RunningServer, AppError> {
        let Self { socket, address } = self;
        let listener =
            socket.listen(BACKLOG).map_err(|source| AppError::Bind { address, source })?;
        // Small answers are sent at once; where the system refuses that, they come later.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move {
            axum::serve(listener, service).with_graceful_shutdown(stopped).await
        });
        Ok(RunningServer { address, stop: stop.drop_guard(), task })
    }
}

/// A server that answers requests. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    stop: DropGuard,
    task: JoinHandle<io::Result<()>>,
}

impl RunningServer {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more connections and waits for the requests in flight, for half a minute at
    /// most. Returns whether all of them were answered.
    pub async fn stop(self) -> bool {
        drop(self.stop);
        let mut task = self.task;
        let drained = tokio::time::timeout(DRAIN, &mut task).await.is_ok();
        if !drained {
            task.abort();
            tracing::warn!(limit = ?DRAIN, "requests in flight did not end in time");
        }
        drained
    }
}
