//! From settings to a client.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Url, retry};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use stripe_client_core::VERSION;
use thiserror::Error as ThisError;
use wiwebb_domain::error::Source;

use super::{Pace, Stripe};

/// Where Stripe is.
const LIVE: &str = "https://api.stripe.com/";

const USER_AGENT: &str = concat!("wiwebb/", env!("CARGO_PKG_VERSION"));

/// How Stripe is spoken to (contract §14).
#[derive(Debug, Clone)]
pub(crate) struct StripeSettings {
    /// `STRIPE_SECRET_KEY`.
    pub(crate) secret_key: SecretString,
    /// `STRIPE_API_BASE`; Stripe itself where it is absent or empty. May have a path.
    pub(crate) api_base: Option<String>,
    /// The version of the API; that of the requests where it is absent.
    pub(crate) api_version: Option<String>,
    /// How long things may take.
    pub(crate) pace: Pace,
}

/// Why Stripe cannot be spoken to.
#[derive(Debug, ThisError)]
pub enum StripeConfigError {
    /// Empty, or not of printable ASCII characters.
    #[error("the secret key of Stripe is no key")]
    SecretKey,
    /// Not of printable ASCII characters.
    #[error("the version of Stripe's API is none")]
    ApiVersion,
    /// No address that the key may be sent to.
    #[error("the address of Stripe must {0}")]
    ApiBase(&'static str),
    /// No client could be made.
    #[error("no client for Stripe could be made")]
    Client(#[source] Source),
}

impl Stripe {
    /// Speaks to no one yet.
    pub(crate) fn new(settings: &StripeSettings) -> Result<Self, StripeConfigError> {
        let base = api_base(settings.api_base.as_deref())?;
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .default_headers(headers(settings)?)
            .connect_timeout(settings.pace.connect)
            .tls_backend_preconfigured(tls()?)
            .https_only(base.scheme() == "https")
            // The key goes nowhere else, and repeating is decided by us alone.
            .redirect(Policy::none())
            .referer(false)
            .retry(retry::never())
            // Settings come from the configuration, not from variables such as HTTP_PROXY.
            .no_proxy()
            .build()
            .map_err(|error| StripeConfigError::Client(error.into()))?;
        Ok(Self { http, base, secret_key: settings.secret_key.clone(), pace: settings.pace })
    }
}

fn headers(settings: &StripeSettings) -> Result<HeaderMap, StripeConfigError> {
    let key = settings.secret_key.expose_secret();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(StripeConfigError::SecretKey);
    }
    let mut authorization = HeaderValue::from_str(&format!("Bearer {key}"))
        .map_err(|_| StripeConfigError::SecretKey)?;
    authorization.set_sensitive(true);
    let version = settings.api_version.as_deref().unwrap_or(VERSION.as_str());
    let version = HeaderValue::from_str(version).map_err(|_| StripeConfigError::ApiVersion)?;
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, authorization);
    headers.insert("stripe-version", version);
    Ok(headers)
}

/// The address with a slash at the end, so that paths are added to it and not put in its place.
pub(crate) fn api_base(text: Option<&str>) -> Result<Url, StripeConfigError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(LIVE);
    let mut url = Url::parse(text).map_err(|_| StripeConfigError::ApiBase("be an address"))?;
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !secure {
        return Err(StripeConfigError::ApiBase("begin with https:// unless it is this machine"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(StripeConfigError::ApiBase("have no user and no password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(StripeConfigError::ApiBase("have no query and no fragment"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Trusts Mozilla's authorities. The provider is named, as other dependencies may bring another
/// one along.
fn tls() -> Result<ClientConfig, StripeConfigError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StripeConfigError::Client(error.into()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(key: &str, base: Option<&str>) -> StripeSettings {
        StripeSettings {
            secret_key: SecretString::from(key),
            api_base: base.map(str::to_owned),
            api_version: None,
            pace: Pace::default(),
        }
    }

    fn base(text: &str) -> Result<String, StripeConfigError> {
        Stripe::new(&settings("sk_test_1", Some(text))).map(|stripe| stripe.base.to_string())
    }

    #[test]
    fn without_an_address_it_is_stripe_itself() {
        assert_eq!(Stripe::new(&settings("sk_test_1", None)).unwrap().base.as_str(), LIVE);
        assert_eq!(base(" ").unwrap(), LIVE);
    }

    #[test]
    fn the_key_is_sent_in_the_clear_to_this_machine_only() {
        for (good, expected) in [
            ("https://stripe.example.org", "https://stripe.example.org/"),
            ("https://gateway.example.org/stripe", "https://gateway.example.org/stripe/"),
            ("http://127.0.0.1:12111", "http://127.0.0.1:12111/"),
            ("http://127.8.0.1/", "http://127.8.0.1/"),
            ("http://[::1]:12111/a/", "http://[::1]:12111/a/"),
            ("HTTP://LocalHost:12111", "http://localhost:12111/"),
        ] {
            assert_eq!(base(good).unwrap(), expected);
        }
        for bad in [
            "http://api.stripe.com",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://localhost.example.org",
            "http://127.0.0.1.example.org",
            "http://127.0.0.1@example.org",
            "ftp://127.0.0.1",
            "https://user:secret@api.stripe.com",
            "https://api.stripe.com/?a=b",
            "https://api.stripe.com/#a",
            "api.stripe.com",
            "127.0.0.1:12111",
            "https://",
        ] {
            assert!(matches!(base(bad), Err(StripeConfigError::ApiBase(_))), "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_a_key_is_refused_and_not_repeated() {
        for bad in ["", " ", "sk_test_1\n", "sk test", "sk_tést"] {
            let error = Stripe::new(&settings(bad, None)).unwrap_err();
            assert!(matches!(error, StripeConfigError::SecretKey));
            assert!(!format!("{error} {error:?}").contains("sk"));
        }
    }

    #[test]
    fn the_version_is_that_of_the_requests() {
        let headers = headers(&settings("sk_test_1", None)).unwrap();
        assert_eq!(headers["stripe-version"], "2026-09-30.endive");
    }

    #[test]
    fn another_version_can_be_asked_for() {
        let version = |text: &str| {
            let api_version = Some(text.to_owned());
            headers(&StripeSettings { api_version, ..settings("sk_test_1", None) })
        };
        assert_eq!(version("2025-09-30.clover").unwrap()["stripe-version"], "2025-09-30.clover");
        assert!(matches!(version("2025\n"), Err(StripeConfigError::ApiVersion)));
    }

    #[test]
    fn the_key_is_not_shown() {
        let settings = settings("sk_test_1", None);
        let stripe = Stripe::new(&settings).unwrap();
        assert!(!format!("{settings:?} {stripe:?} {:?}", stripe.http).contains("sk_test"));
    }
}
