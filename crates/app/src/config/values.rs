//! The forms that settings are written in.

use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use sqlx::postgres::PgConnectOptions;
use wiwebb_http::Rate;

use super::{LogFormat, MailRoute};

/// What stands in the place of a secret.
pub(super) const HIDDEN: &str = "***";

const UNITS: [(&str, Duration); 3] = [
    ("s", Duration::from_secs(1)),
    ("min", Duration::from_mins(1)),
    ("hour", Duration::from_hours(1)),
];

/// `5/min`, `10/s`, `300/hour`, or `off`, which is `Some(None)`.
pub(super) fn rate(text: &str) -> Option<Option<Rate>> {
    if text == "off" {
        return Some(None);
    }
    let (requests, unit) = text.split_once('/')?;
    let requests: NonZeroU32 = requests.trim().parse().ok()?;
    let (_, per) = UNITS.into_iter().find(|(name, _)| *name == unit.trim())?;
    Some(Some(Rate { requests, per }))
}

/// Most failed logins that an operator can let pass: guessing at that pace is no guessing any more.
const MOST_FAILURES: u32 = 1_000;

/// A number of failed logins, or `off`, which is `Some(None)`.
pub(super) fn lockout_after(text: &str) -> Option<Option<NonZeroU32>> {
    if text == "off" {
        return Some(None);
    }
    let failures: NonZeroU32 = text.parse().ok()?;
    (failures.get() <= MOST_FAILURES).then_some(Some(failures))
}

/// A number in the form that [`lockout_after`] reads.
pub(super) fn show_lockout_after(failures: Option<NonZeroU32>) -> String {
    failures.map_or_else(|| "off".to_owned(), |failures| failures.to_string())
}

/// `on` or `off`, or a truth value as TOML has it.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text {
        "on" | "true" => Some(true),
        "off" | "false" => Some(false),
        _ => None,
    }
}

/// A rate in the form that [`rate`] reads.
pub(super) fn show_rate(rate: Option<Rate>) -> String {
    let Some(Rate { requests, per }) = rate else {
        return "off".to_owned();
    };
    let unit = UNITS.into_iter().find(|(_, duration)| *duration == per);
    unit.map_or_else(|| format!("{requests}/{per:?}"), |(name, _)| format!("{requests}/{name}"))
}

/// Longest time that browsers may be told to keep to https: two years, the most anybody advises.
const LONGEST_HSTS: Duration = Duration::from_hours(2 * 365 * 24);

/// A number of seconds, or `off`, which is `Some(None)`. With 0 browsers forget what they were told.
pub(super) fn hsts(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let life = Duration::from_secs(text.parse().ok()?);
    (life <= LONGEST_HSTS).then_some(Some(life))
}

/// The same in the form that [`hsts`] reads.
pub(super) fn show_hsts(life: Option<Duration>) -> String {
    life.map_or_else(|| "off".to_owned(), |life| life.as_secs().to_string())
}

/// A PostgreSQL URL.
pub(super) fn database_url(text: &str) -> Option<SecretString> {
    let scheme = text.split_once("://")?.0;
    let known = matches!(scheme, "postgres" | "postgresql");
    (known && PgConnectOptions::from_str(text).is_ok()).then(|| text.into())
}

/// `console`, `file:<folder>`, `smtp://…` or `smtps://…`.
pub(super) fn mail(text: &str) -> Option<MailRoute> {
    if text == "console" {
        return Some(MailRoute::Console);
    }
    if let Some(folder) = text.strip_prefix("file:") {
        return (!folder.is_empty()).then(|| MailRoute::Folder(PathBuf::from(folder)));
    }
    AsyncSmtpTransport::<Tokio1Executor>::from_url(text).ok().map(|_| MailRoute::Smtp(text.into()))
}

/// `WiWebb <wiwebb@example.org>` or the address alone.
pub(super) fn mailbox(text: &str) -> Option<Mailbox> {
    text.parse().ok()
}

/// A web address that paths can be put behind; without the slash at its end.
pub(super) fn public_url(text: &str) -> Option<String> {
    let url = text.trim_end_matches('/');
    let rest = without_scheme(url)?;
    let sound = !rest.is_empty()
        && !rest.starts_with('/')
        && !rest.contains(|c: char| c.is_whitespace() || c == '?' || c == '#');
    sound.then(|| url.to_owned())
}

/// Origins as browsers write them, separated by commas.
pub(super) fn origins(text: &str) -> Option<Vec<String>> {
    text.split(',')
        .map(str::trim)
        .filter(|origin| !origin.is_empty())
        .map(|origin| {
            let host = without_scheme(origin)?;
            let bare = !host.is_empty()
                && !host.contains(|c: char| c.is_whitespace() || "/?#@*".contains(c));
            bare.then(|| origin.to_owned())
        })
        .collect()
}

fn without_scheme(url: &str) -> Option<&str> {
    url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))
}

/// A key as Stripe makes them: it travels in a header, so it is of visible ASCII characters.
pub(super) fn stripe_key(text: &str) -> Option<SecretString> {
    is_visible(text).then(|| text.into())
}

/// Secrets set apart by commas. None is empty: anybody could sign with that.
pub(super) fn stripe_webhook_secrets(text: &str) -> Option<SecretString> {
    text.split(',').all(|secret| is_visible(secret.trim())).then(|| text.into())
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A version of Stripe's API: a date, with a name since 2024.
pub(super) fn stripe_api_version(text: &str) -> Option<String> {
    let (date, name) = text.split_once('.').unwrap_or((text, ""));
    let is_date = chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok();
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase());
    (is_date && is_name && date.len() == 10).then(|| text.to_owned())
}

/// An address that the key may be sent to: encrypted, or to this machine alone.
pub(super) fn stripe_api_base(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    let is_private = match uri.scheme_str()? {
        "https" => true,
        "http" => is_loopback(uri.host()?),
        _ => false,
    };
    let sound = is_private && uri.query().is_none() && !text.contains(['@', '#']);
    sound.then(|| text.to_owned())
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// What secrets are sealed with: 32 bytes.
#[derive(Clone)]
pub struct SealingKey(SecretSlice<u8>);

impl SealingKey {
    /// Bytes of a key.
    pub const LENGTH: usize = 32;

    /// Takes these bytes for a key.
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        Self(SecretSlice::from(bytes.to_vec()))
    }

    /// Reads a key of 64 hexadecimal digits, or of base64.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text).ok().or_else(|| STANDARD.decode(text).ok())?;
        (bytes.len() == Self::LENGTH).then(|| Self(bytes.into()))
    }

    /// The key itself, for the cipher alone.
    pub(crate) fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey")
    }
}

/// `text` or `json`.
pub(super) fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

/// The URL with its password hidden, wherever in it one can stand.
pub(crate) fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    // A password with a slash in it makes no URL, but is one all the same.
    let user_end = rest.find('?').map_or(rest, |query| &rest[..query]).rfind('@').unwrap_or(0);
    let authority_end =
        rest[user_end..].find(['/', '?', '#']).map_or(rest.len(), |end| user_end + end);
    let (authority, path) = rest.split_at(authority_end);
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => match user.split_once(':') {
            Some((name, _)) => format!("{name}:{HIDDEN}@{host}"),
            None => authority.to_owned(),
        },
        None => authority.to_owned(),
    };
    let path = match path.split_once('?') {
        Some((path, query)) => format!("{path}?{}", without_query_passwords(query)),
        None => path.to_owned(),
    };
    format!("{scheme}://{authority}{path}")
}

fn without_query_passwords(query: &str) -> String {
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if name.to_ascii_lowercase().contains("pass") => {
                format!("{name}={HIDDEN}")
            }
            _ => pair.to_owned(),
        })
        .collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_and_a_unit_or_off() {
        let read = |text| rate(text).map(show_rate);
        for text in ["5/min", "10/s", "300/hour", "off"] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
        assert_eq!(read("5 / min").as_deref(), Some("5/min"));
        for bad in
            ["", "5", "0/min", "-1/min", "5/day", "5/", "/min", "5.5/min", "Off", "4294967296/s"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_password_is_hidden_wherever_it_stands_in_a_url() {
        for (url, shown) in [
            ("postgres://a:secret@h:5432/d", "postgres://a:***@h:5432/d"),
            ("postgres://a:se:c@ret@h/d", "postgres://a:***@h/d"),
            ("postgres://a:s@c/r#t@h/d", "postgres://a:***@h/d"),
            (
                "postgres://a@h/d?password=secret&sslmode=require",
                "postgres://a@h/d?password=***&sslmode=require",
            ),
            (
                "postgres:///d?host=/tmp&sslpassword=secret",
                "postgres:///d?host=/tmp&sslpassword=***",
            ),
            ("smtp://u%40x:secret@mail:25", "smtp://u%40x:***@mail:25"),
            ("postgres://h/d", "postgres://h/d"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn an_origin_is_a_scheme_and_a_host_alone() {
        let read = |text| origins(text).map(|origins| origins.len());
        assert_eq!(read(""), Some(0));
        assert_eq!(read("https://a.example, http://localhost:3000"), Some(2));
        for bad in
            ["*", "a.example", "https://a.example/", "https://*.example", "https://u@a.example"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn mail_goes_to_the_console_a_folder_or_a_mail_server() {
        assert!(matches!(mail("console"), Some(MailRoute::Console)));
        assert!(
            matches!(mail("file:out"), Some(MailRoute::Folder(folder)) if folder.ends_with("out"))
        );
        for url in ["smtp://localhost:2525", "smtps://u:p@mail.example", "smtp://h?tls=required"] {
            assert!(matches!(mail(url), Some(MailRoute::Smtp(_))), "{url}");
        }
        for bad in ["", "file:", "http://x", "smtp:", "consol"] {
            assert!(mail(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn stripe_is_spoken_to_in_secret_or_on_this_machine() {
        for address in [
            "https://api.stripe.com",
            "https://stripe.example:8443/base",
            "http://localhost:12111",
            "http://127.0.0.1:12111/",
            "http://[::1]:12111",
        ] {
            assert_eq!(stripe_api_base(address).as_deref(), Some(address));
        }
        for bad in [
            "",
            "api.stripe.com",
            "/v1",
            "http://api.stripe.com",
            "http://localhost.example",
            "http://127.0.0.1@stripe.example",
            "https://user:password@stripe.example",
            "https://stripe.example?a",
            "https://stripe.example#a",
            "ftp://127.0.0.1",
        ] {
            assert_eq!(stripe_api_base(bad), None, "{bad}");
        }
    }

    #[test]
    fn secrets_of_webhooks_are_set_apart_by_commas_and_none_is_empty() {
        for sound in ["whsec_1", "whsec_1,whsec_2", "whsec_1, whsec_2"] {
            assert!(stripe_webhook_secrets(sound).is_some(), "{sound}");
        }
        for bad in ["", ",", "whsec_1,", "whsec 1", "whsec_é"] {
            assert!(stripe_webhook_secrets(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_sealing_key_is_32_bytes_in_hexadecimal_digits_or_base64() {
        let bytes = [7; SealingKey::LENGTH];
        for text in [hex::encode(bytes), hex::encode_upper(bytes), STANDARD.encode(bytes)] {
            assert_eq!(SealingKey::parse(&text).unwrap().expose(), bytes, "{text}");
        }
        for bad in ["", "07", &hex::encode([7; 31]), &hex::encode([7; 33]), &"=".repeat(44)] {
            assert!(SealingKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_public_url_loses_its_final_slash() {
        assert_eq!(public_url("https://x.example/w/").as_deref(), Some("https://x.example/w"));
        for bad in ["x.example", "ftp://x.example", "https://", "https://x/?a", "https://a b"] {
            assert_eq!(public_url(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_version_of_stripe_is_a_date_with_or_without_a_name() {
        for version in ["2024-06-20", "2026-09-30.endive"] {
            assert_eq!(stripe_api_version(version).as_deref(), Some(version));
        }
        for bad in ["", "latest", "2026-13-01", "2026-9-3", "2026-09-30.End1ve", "2026-09-30\r\n"] {
            assert_eq!(stripe_api_version(bad), None, "{bad:?}");
        }
    }
}
