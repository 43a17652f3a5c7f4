//! One connection from its first request to its last.

use std::net::SocketAddr;
use std::pin::pin;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::pace::{Answer, Paced, Patience, Turn};

/// Answers requests until the client has no more, takes too long, or the server stops.
pub(super) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    patience: Patience,
    stop: CancellationToken,
) {
    // Small answers are sent at once; where the system refuses that, they come later.
    drop(stream.set_nodelay(true));
    let turn = Turn::new();
    let io = TokioIo::new(Paced::new(stream, turn.clone(), patience));
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        let answering = turn.begin();
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = router.call(request);
        async move { answer.await.map(|answer| answer.map(|body| Answer::new(body, answering))) }
    });
    let mut builder = http1::Builder::new();
    // Hyper's clock runs between requests too, so it is the one for rest.
    builder.timer(TokioTimer::new()).header_read_timeout(patience.rest);
    let mut connection = pin!(builder.serve_connection(io, service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%peer, %error, "a connection broke off");
    }
}
