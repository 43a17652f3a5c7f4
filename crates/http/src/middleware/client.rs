//! Who sent a request, found out once.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::Extensions;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use super::forwarded::{Client, Origin, TrustedProxies, counted_as};

/// The address of the client, behind whatever proxies are trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(IpAddr);

impl ClientAddress {
    /// The one of a request that went through [`find_client`].
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or(Self(Ipv4Addr::UNSPECIFIED.into()))
    }

    /// What limits count the client as.
    pub(crate) fn counted(self) -> IpAddr {
        counted_as(self.0)
    }

    /// The address itself.
    pub(crate) const fn ip(self) -> IpAddr {
        self.0
    }
}

/// Puts the [`ClientAddress`] and the [`Origin`] of a request into its extensions.
pub(crate) async fn find_client(
    State(trusted): State<Arc<TrustedProxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let Client { address, origin } = trusted.client(peer.ip(), request.headers());
        request.extensions_mut().insert(ClientAddress(address));
        request.extensions_mut().insert::<Origin>(origin);
    }
    next.run(request).await
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}
