//! Limits on the number of requests (contract §1.11).

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::Extensions;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use wiwebb_domain::ids::UserId;
use wiwebb_domain::token::Session;

use crate::config::{HttpConfig, Rate};
use crate::error::ApiError;
use crate::state::AppState;

/// The three limits.
pub(crate) struct Throttles {
    login: Limit<IpAddr>,
    anonymous: Limit<IpAddr>,
    user: Limit<UserId>,
}

impl Throttles {
    pub(crate) fn new(config: &HttpConfig) -> Self {
        Self {
            login: Limit::new(config.login_rate),
            anonymous: Limit::new(config.anon_rate),
            user: Limit::new(config.user_rate),
        }
    }

    /// Counts a request without a valid key.
    pub(crate) fn count_anonymous(&self, address: IpAddr) -> Result<(), ApiError> {
        self.anonymous.count(&address)
    }
}

struct Limit<K: Hash + Eq + Clone>(Option<Keyed<K>>);

struct Keyed<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    counted: AtomicU32,
}

/// After so many requests, keys that have recovered in full are forgotten.
const CLEAN_EVERY: u32 = 4096;

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(rate: Option<Rate>) -> Self {
        Self(rate.and_then(|rate| {
            let quota = Quota::with_period(rate.per / rate.requests.get())?;
            Some(Keyed {
                limiter: RateLimiter::keyed(quota.allow_burst(rate.requests)),
                clock: DefaultClock::default(),
                counted: AtomicU32::new(0),
            })
        }))
    }

    fn count(&self, key: &K) -> Result<(), ApiError> {
        let Some(keyed) = &self.0 else {
            return Ok(());
        };
        if keyed.counted.fetch_add(1, Ordering::Relaxed) % CLEAN_EVERY == CLEAN_EVERY - 1 {
            keyed.limiter.retain_recent();
            keyed.limiter.shrink_to_fit();
        }
        keyed.limiter.check_key(key).map_err(|refused| {
            let wait = refused.wait_time_from(keyed.clock.now());
            ApiError::throttled(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(60))
        })
    }
}

/// The address of the client's end of the connection.
pub(crate) fn client_address(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip())
}

/// Counts an attempt to sign in.
pub(crate) async fn count_login(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let address = client_address(request.extensions());
    pass(state.throttles.login.count(&address), request, next).await
}

/// Counts a request to a public endpoint.
pub(crate) async fn count_anonymous(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let address = client_address(request.extensions());
    pass(state.throttles.anonymous.count(&address), request, next).await
}

/// Counts a request of a signed-in user.
pub(crate) async fn count_user(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let counted = match request.extensions().get::<Session>() {
        Some(session) => state.throttles.user.count(&session.actor.user),
        None => Ok(()),
    };
    pass(counted, request, next).await
}

async fn pass(counted: Result<(), ApiError>, request: Request, next: Next) -> Response {
    match counted {
        Ok(()) => next.run(request).await,
        Err(throttled) => throttled.into_response(),
    }
}
