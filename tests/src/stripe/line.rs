//! Connections that can be cut.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, Error, ErrorKind, ReadBuf, Result};
use tokio::net::{TcpListener, TcpStream};

/// The end of a connection that a handler holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line(Arc<Cut>);

#[derive(Debug, Default)]
struct Cut {
    cut: AtomicBool,
    /// Who waits for the next request.
    reader: Mutex<Option<Waker>>,
}

impl Line {
    /// Closes the connection without another byte.
    pub(crate) fn cut(&self) {
        self.0.cut();
    }
}

impl Cut {
    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        if let Some(reader) = self.reader.lock().unwrap().take() {
            reader.wake();
        }
    }

    fn check(&self) -> Result<()> {
        let cut = self.cut.load(Ordering::SeqCst);
        if cut { Err(Error::from(ErrorKind::ConnectionAborted)) } else { Ok(()) }
    }
}

/// Every open connection, to cut them all.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<Weak<Cut>>>>);

impl Lines {
    pub(crate) fn cut_all(&self) {
        for line in self.0.lock().unwrap().iter().filter_map(Weak::upgrade) {
            line.cut();
        }
    }

    /// Whether any connection is left.
    pub(crate) fn open(&self) -> bool {
        self.0.lock().unwrap().iter().any(|line| line.strong_count() > 0)
    }

    fn add(&self, line: &Line) {
        let mut lines = self.0.lock().unwrap();
        lines.retain(|line| line.strong_count() > 0);
        lines.push(Arc::downgrade(&line.0));
    }
}

/// A listener whose connections can be cut.
pub(crate) struct Exchange {
    pub(crate) listener: TcpListener,
    pub(crate) lines: Lines,
}

impl Listener for Exchange {
    type Io = Wire;
    type Addr = (SocketAddr, Line);

    async fn accept(&mut self) -> (Wire, Self::Addr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        let _ = stream.set_nodelay(true);
        let line = Line::default();
        self.lines.add(&line);
        (Wire { stream, cut: line.0.clone() }, (address, line))
    }

    fn local_addr(&self) -> Result<Self::Addr> {
        Ok((self.listener.local_addr()?, Line::default()))
    }
}

impl Connected<IncomingStream<'_, Exchange>> for Line {
    fn connect_info(stream: IncomingStream<'_, Exchange>) -> Self {
        stream.remote_addr().1.clone()
    }
}

/// A connection.
pub(crate) struct Wire {
    stream: TcpStream,
    cut: Arc<Cut>,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        *self.cut.reader.lock().unwrap() = Some(cx.waker().clone());
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        self.cut.check()?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
