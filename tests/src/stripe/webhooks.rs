//! Webhooks: signed deliveries.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Where events go.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    /// Two while a secret is being replaced; each signs.
    pub(crate) secrets: Vec<String>,
    /// Events are delivered as they happen, and again when that fails.
    pub(crate) automatic: bool,
}

/// The order in which events are delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As they happened.
    InOrder,
    /// In an order that the seed makes.
    Shuffled(u64),
    /// Each twice in a row.
    Duplicated,
}

/// `v1` of a signature: the HMAC-SHA256 of `<t>.<payload>`, in hex.
pub fn signature(payload: &str, secret: &str, t: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{t}.{payload}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// The header `Stripe-Signature`, with a `v1` for each secret.
pub fn signature_header<S: AsRef<str>>(payload: &str, secrets: &[S], t: i64) -> String {
    let signed = secrets.iter().map(|secret| signature(payload, secret.as_ref(), t));
    signed.fold(format!("t={t}"), |header, v1| format!("{header},v1={v1}"))
}
