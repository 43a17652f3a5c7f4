//! The HTTP server as a thing that starts and stops.

mod connection;
mod pace;
mod places;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use wiwebb_http::TrustedProxies;

use crate::error::AppError;
pub use pace::Patience;
pub use places::Capacity;
use places::Places;

/// How long requests in flight may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(30);

/// Connections that can wait to be accepted.
const BACKLOG: u32 = 1_024;

/// After the system refuses to hand out a connection, for want of files for instance.
const PAUSE: Duration = Duration::from_secs(1);

/// How often at most the log tells that connections are refused.
const TELL_EVERY: Duration = Duration::from_mins(1);

/// What a connection is told that there is no place for (contract §1.4).
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n\
    retry-after: 5\r\nconnection: close\r\ncontent-length: 33\r\n\r\n\
    {\"detail\":\"Service unavailable.\"}";

/// What connections may take up.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// How many there may be.
    pub capacity: Capacity,
    /// How long clients may take.
    pub patience: Patience,
    /// Proxies that may have as many as there are.
    pub trusted_proxies: TrustedProxies,
}

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
    pub fn serve(
        self,
        router: Router,
        limits: ConnectionLimits,
    ) -> Result<RunningServer, AppError> {
        let Self { socket, address } = self;
        let listener =
            socket.listen(BACKLOG).map_err(|source| AppError::Bind { address, source })?;
        let stop = CancellationToken::new();
        let host = Host {
            router,
            patience: limits.patience,
            places: Places::new(limits.capacity, limits.trusted_proxies),
            connections: TaskTracker::new(),
            stop: stop.clone(),
            told: None,
        };
        let task = tokio::spawn(host.receive(listener));
        Ok(RunningServer { address, stop: stop.drop_guard(), task })
    }
}

/// Takes connections in.
struct Host {
    router: Router,
    patience: Patience,
    places: Arc<Places>,
    connections: TaskTracker,
    stop: CancellationToken,
    /// When the log last told that there was no place.
    told: Option<Instant>,
}

impl Host {
    /// Until it is told to stop and the last request is answered.
    async fn receive(mut self, listener: TcpListener) {
        let stop = self.stop.clone();
        let accept = async {
            loop {
                match listener.accept().await {
                    Ok((stream, peer)) => self.admit(stream, peer),
                    Err(error) if is_of_one_connection(&error) => {}
                    Err(error) => {
                        tracing::error!(%error, "connections cannot be accepted");
                        sleep(PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = accept => {}
        }
        drop(listener);
        self.connections.close();
        self.connections.wait().await;
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let Some(place) = self.places.take(peer.ip()) else {
            return self.refuse(stream, peer);
        };
        let (router, patience, stop) = (self.router.clone(), self.patience, self.stop.clone());
        self.connections.spawn(async move {
            connection::serve(stream, peer, router, patience, stop).await;
            drop(place);
        });
    }

    fn refuse(&mut self, stream: TcpStream, peer: SocketAddr) {
        if self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            self.told = Some(Instant::now());
            tracing::warn!(%peer, "there are too many connections; more are refused");
        }
        // Never waits: what does not fit into an empty buffer at once, the client has to guess.
        let _ = stream.into_std().and_then(|mut stream| stream.write(REFUSAL));
    }
}

/// The client was gone before it was taken in.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A server that answers requests. Dropping it stops it as well, without waiting.
#[derive(Debug)]
pub struct RunningServer {
    address: SocketAddr,
    stop: DropGuard,
    task: JoinHandle<()>,
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
