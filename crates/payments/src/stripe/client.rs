//! Sends a request to Stripe, and sends it again where that is safe.
//!
//! The client that comes with async-stripe is not used. It makes text of every failure: that
//! nobody listened looks like a connection that broke halfway, the status of an answer that is
//! not JSON is lost, and so is a decline whose payment it cannot read. It says nothing of
//! `Retry-After`, and repeats under keys that it invents. Its requests are plain data, so this
//! one sends them by reqwest, which tells a connection that was never made from the rest.
//!
//! Only reading, and a `POST` under a key of ours, is repeated: at most twice, after a pause that
//! doubles, or is as long as Stripe asks, while [`Pace::whole`] lasts. A `DELETE` is not: Stripe
//! ignores keys there, and the second try would find nothing to delete.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use stripe_client_core::{RequestBuilder, StripeMethod, StripeRequest};
use tokio::time::{Instant, sleep};

use super::errors::StripeFailure;

pub(crate) mod setup;

/// Tries of one request after the first one, at most.
const REPEATS: u32 = 2;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Until a connection is there.
    pub(crate) connect: Duration,
    /// A try, connecting included.
    pub(crate) attempt: Duration,
    /// All tries of a request with the pauses between them.
    pub(crate) whole: Duration,
    /// Before the first repetition; the next pause is twice as long.
    pub(crate) pause: Duration,
}

impl Default for Pace {
    /// Ends before the time limit of a request to us does.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            attempt: Duration::from_secs(10),
            whole: Duration::from_secs(20),
            pause: Duration::from_millis(500),
        }
    }
}

/// Stripe, under one key. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Stripe {
    http: reqwest::Client,
    /// Ends in a slash.
    base: Url,
    /// To strike it out of what is answered.
    pub(super) secret_key: SecretString,
    pace: Pace,
}

/// Without the key.
impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe")
            .field("base", &self.base.as_str())
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// A request that is ready to be sent, any number of times.
struct Ready {
    method: reqwest::Method,
    url: Url,
    headers: HeaderMap,
    body: Option<String>,
    /// Whether a second try is safe.
    repeatable: bool,
}

/// Why a try failed, and what Stripe says about another one.
struct Failed {
    failure: StripeFailure,
    should_retry: Option<bool>,
    retry_after: Option<Duration>,
}

impl Failed {
    /// How long to wait for the try of a number (from 1 on); `None` where it is no use.
    fn pause(&self, shortest: Duration, number: u32) -> Option<Duration> {
        let again = self.should_retry.unwrap_or_else(|| self.failure.may_pass());
        let doubled = shortest.saturating_mul(1 << (number - 1));
        again.then(|| doubled.max(self.retry_after.unwrap_or_default()))
    }
}

impl From<StripeFailure> for Failed {
    fn from(failure: StripeFailure) -> Self {
        Self { failure, should_retry: None, retry_after: None }
    }
}

impl Stripe {
    /// Asks for what changes nothing.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
    ) -> Result<T, StripeFailure> {
        self.send(request.build(), None).await
    }

    /// Has something done, once under a key however often it is asked for.
    pub(crate) async fn order<T: DeserializeOwned>(
        &self,
        request: &impl StripeRequest,
        key: &str,
    ) -> Result<T, StripeFailure> {
        self.send(request.build(), Some(key)).await
    }

    /// Sends a request that has no builder of its own. Without a key, only a `GET` is repeated.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        key: Option<&str>,
    ) -> Result<T, StripeFailure> {
        let text = self.persist(&self.ready(request, key)?).await?;
        serde_json::from_str(&text).map_err(|error| StripeFailure::Unknown(error.into()))
    }

    fn ready(&self, request: RequestBuilder, key: Option<&str>) -> Result<Ready, StripeFailure> {
        let mut url = self.url(&request.path)?;
        url.set_query(request.query.as_deref());
        let mut headers = HeaderMap::new();
        if let Some(key) = key {
            let key = key.parse().map_err(|error| StripeFailure::Unreachable(Box::new(error)))?;
            headers.insert("idempotency-key", key);
        }
        if request.body.is_some() {
            headers.insert(CONTENT_TYPE, FORM);
        }
        let (method, repeatable) = match request.method {
            StripeMethod::Get => (reqwest::Method::GET, true),
            StripeMethod::Post => (reqwest::Method::POST, key.is_some()),
            StripeMethod::Delete => (reqwest::Method::DELETE, false),
        };
        Ok(Ready { method, url, headers, body: request.body, repeatable })
    }

    /// Builders write ids into the path as they are. One that would lead elsewhere is none of
    /// Stripe's.
    fn url(&self, path: &str) -> Result<Url, StripeFailure> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        let names = |part: &str| !part.is_empty() && part != "." && part != "..";
        let safe = path.split('/').skip(1).all(|part| names(part) && part.bytes().all(plain));
        let url = safe.then(|| self.base.join(&format!("v1{path}")).ok()).flatten();
        url.ok_or_else(|| StripeFailure::no_such_object(path))
    }

    /// Tries until there is an answer, or no use in trying.
    async fn persist(&self, ready: &Ready) -> Result<String, StripeFailure> {
        let deadline = Instant::now() + self.pace.whole;
        let mut unknown = false;
        let mut number = 0;
        loop {
            let failed = match self.attempt(ready, deadline).await {
                Ok(text) => return Ok(text),
                Err(failed) => failed,
            };
            unknown |= matches!(failed.failure, StripeFailure::Unknown(_));
            number += 1;
            // A try that is cut short would only make an outcome unknown.
            let left = deadline.saturating_duration_since(Instant::now());
            let longest = left.saturating_sub(self.pace.connect);
            let pause = failed
                .pause(self.pace.pause, number)
                .filter(|pause| ready.repeatable && number <= REPEATS && *pause < longest);
            let Some(pause) = pause else {
                let failure = failed.failure;
                return Err(if unknown { failure.after_unknown() } else { failure });
            };
            sleep(pause).await;
        }
    }

    /// One try.
    async fn attempt(&self, ready: &Ready, deadline: Instant) -> Result<String, Failed> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut request = self
            .http
            .request(ready.method.clone(), ready.url.clone())
            .headers(ready.headers.clone())
            .timeout(self.pace.attempt.min(left));
        if let Some(body) = &ready.body {
            request = request.body(body.clone());
        }
        let response = request.send().await.map_err(lost)?;
        let status = response.status();
        let should_retry = header(response.headers(), "stripe-should-retry");
        let seconds: Option<u64> = header(response.headers(), RETRY_AFTER.as_str());
        let retry_after = seconds.map(Duration::from_secs);
        let text = response.text().await.map_err(lost)?;
        if status.is_success() {
            return Ok(text);
        }
        let text = text.replace(self.secret_key.expose_secret(), "***");
        let failure = StripeFailure::of_answer(status.as_u16(), &text);
        Err(Failed { failure, should_retry, retry_after })
    }
}

/// No answer. The address is left out of what is said: it can name a person.
fn lost(error: reqwest::Error) -> Failed {
    let never_asked = error.is_connect() || error.is_builder();
    let error = Box::new(error.without_url());
    if never_asked { StripeFailure::Unreachable(error) } else { StripeFailure::Unknown(error) }
        .into()
}

fn header<T: std::str::FromStr>(headers: &HeaderMap, name: &str) -> Option<T> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests;
