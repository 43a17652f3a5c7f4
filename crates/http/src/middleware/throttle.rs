//! Limits on the number of requests (contract §1.11).

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use metrics::counter;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::token::Session;

use super::client::ClientAddress;
use crate::config::{HttpConfig, Rate};
use crate::error::ApiError;
use crate::figures;
use crate::state::AppState;

/// The limits, each with its counts.
pub(crate) struct Throttles {
    login: Limit<IpAddr>,
    anonymous: Limit<IpAddr>,
    user: Limit<UserId>,
    account: Limit<Digest>,
    reset: Limit<Digest>,
    digests: RandomState,
}

/// Stands for a name that somebody has sent, which can be long and is nobody else's business.
type Digest = u64;

impl Throttles {
    pub(crate) fn new(config: &HttpConfig) -> Self {
        Self {
            login: Limit::new("login", config.login_rate),
            anonymous: Limit::new("anonymous", config.anon_rate),
            user: Limit::new("user", config.user_rate),
            account: Limit::new("account", config.account_rate),
            reset: Limit::new("reset", config.reset_rate),
            digests: RandomState::new(),
        }
    }

    /// Counts a request without a valid key.
    pub(crate) fn count_anonymous(&self, address: ClientAddress) -> Result<(), ApiError> {
        self.anonymous.count(&address.counted())
    }

    /// Counts an attempt to sign in as somebody, from wherever it comes. Whether there is such an
    /// account makes no difference.
    pub(crate) fn count_account(&self, name: &str) -> Result<(), ApiError> {
        self.account.count(&self.digests.hash_one(folded(name)))
    }

    /// Counts a wish for a mail to this address.
    pub(crate) fn count_reset(&self, email: &str) -> Result<(), ApiError> {
        self.reset.count(&self.digests.hash_one(folded(email)))
    }

    /// Counts an attempt to set somebody's password by a link. Others at other addresses have counts
    /// of their own: the names in links are easy to guess, and whoever holds the right link is not to
    /// wait for those who guess.
    pub(crate) fn count_confirmation(
        &self,
        uid: &str,
        address: ClientAddress,
    ) -> Result<(), ApiError> {
        self.reset.count(&self.digests.hash_one((uid.trim(), address.counted())))
    }
}

/// The same for all ways to write a name.
fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

struct Limit<K: Hash + Eq + Clone>(Option<Keyed<K>>);

struct Keyed<K: Hash + Eq + Clone> {
    name: &'static str,
    limiter: DefaultKeyedRateLimiter<K>,
    clock: DefaultClock,
    counted: AtomicU32,
}

/// After so many requests, keys that have recovered in full are forgotten.
const CLEAN_EVERY: u32 = 4096;

impl<K: Hash + Eq + Clone> Limit<K> {
    fn new(name: &'static str, rate: Option<Rate>) -> Self {
        Self(rate.and_then(|rate| {
            let quota = Quota::with_period(rate.per / rate.requests.get())?;
            Some(Keyed {
                name,
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
            counter!(figures::THROTTLED, "limit" => keyed.name).increment(1);
            let wait = refused.wait_time_from(keyed.clock.now());
            ApiError::throttled(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(60))
        })
    }
}

/// Counts an attempt to sign in.
pub(crate) async fn count_login(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let address = ClientAddress::of(request.extensions()).counted();
    pass(state.throttles.login.count(&address), request, next).await
}

/// Counts a request to a public endpoint.
pub(crate) async fn count_anonymous(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let address = ClientAddress::of(request.extensions());
    pass(state.throttles.count_anonymous(address), request, next).await
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
