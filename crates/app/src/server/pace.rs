//! How long a client may take over its part of a connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use hyper::body::{Bytes, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// What a client is given time for. How long a body may take is decided where it is read.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the first byte of a request to the end of its headers; on a fresh connection from its
    /// beginning.
    pub head: Duration,
    /// Between an answer and the first byte of the next request. Longer than proxies keep their
    /// connections, so that it is they who close them.
    pub rest: Duration,
    /// Until the client takes more of an answer.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            rest: Duration::from_secs(75),
            stall: Duration::from_secs(30),
        }
    }
}

/// Whose turn it is.
#[derive(Debug, Clone)]
pub(super) struct Turn(Arc<AtomicU8>);

impl Turn {
    /// The client's: it has begun a request.
    const ASKING: u8 = 0;
    /// The server's, or both are busy with bodies.
    const ANSWERING: u8 = 1;
    /// Nobody's.
    const RESTING: u8 = 2;

    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU8::new(Self::ASKING)))
    }

    /// The head of a request is complete.
    pub(super) fn begin(&self) -> Answering {
        self.set(Self::ANSWERING);
        Answering(self.clone())
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, turn: u8) {
        self.0.store(turn, Ordering::Relaxed);
    }
}

/// A request that is being answered; dropped with the answer.
#[derive(Debug)]
pub(super) struct Answering(Turn);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.set(Turn::RESTING);
    }
}

/// The body of an answer, which ends when all of it was sent.
#[derive(Debug)]
pub(super) struct Answer {
    body: Body,
    _answering: Answering,
}

impl Answer {
    pub(super) const fn new(body: Body, answering: Answering) -> Self {
        Self { body, _answering: answering }
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A client's end of a connection that fails with [`io::ErrorKind::TimedOut`] where the client takes
/// too long.
pub(super) struct Paced {
    stream: TcpStream,
    turn: Turn,
    patience: Patience,
    head: Option<Pin<Box<Sleep>>>,
    stall: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(super) fn new(stream: TcpStream, turn: Turn, patience: Patience) -> Self {
        let head = Some(Box::pin(sleep(patience.head)));
        Self { stream, turn, patience, head, stall: None }
    }

    /// What a read has come to, as far as the client is still in time with its head.
    fn unless_slow(
        &mut self,
        cx: &mut Context<'_>,
        has_come: bool,
        polled: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        if self.turn.get() != Turn::ASKING {
            self.head = None;
        }
        if has_come && self.turn.get() == Turn::RESTING {
            self.turn.set(Turn::ASKING);
            self.head = Some(Box::pin(sleep(self.patience.head)));
        }
        match &mut self.head {
            Some(head) if polled.is_pending() => expire(head, cx),
            _ => polled,
        }
    }

    /// What a write has come to, as far as the client still takes something.
    fn unless_stalled<T>(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.stall = None;
            return polled;
        }
        let patience = self.patience.stall;
        expire(self.stall.get_or_insert_with(|| Box::pin(sleep(patience))), cx)
    }
}

fn expire<T>(timer: &mut Pin<Box<Sleep>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
    ready!(timer.as_mut().poll(cx));
    Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let has_come = buffer.filled().len() > before;
        self.unless_slow(cx, has_come, polled)
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.unless_stalled(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.unless_stalled(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
