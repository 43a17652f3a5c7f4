//! Who sent a webhook: the header `Stripe-Signature` (contract §10.3).

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use thiserror::Error as ThisError;

/// Seconds between the time in the header and now at most, in both directions (contract §10.3).
const TOLERANCE: u64 = 300;

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
pub(crate) enum BadSignature {
    /// The header is not of the form `t=<unix seconds>,v1=<hex>`.
    #[error("the signature header is malformed")]
    Malformed,
    /// No signature is of a known secret over this body.
    #[error("no signature is genuine")]
    NotGenuine,
    /// Genuine, but too old, or from the future.
    #[error("the signature is not of this time")]
    OutOfTime,
}

/// The secrets a webhook may be signed with: more than one while a secret is being replaced.
/// Without any, no webhook is believed.
#[derive(Debug, Clone, Default)]
pub(crate) struct WebhookSecrets(Vec<SecretString>);

impl WebhookSecrets {
    /// Reads secrets set apart by commas (contract §14, `STRIPE_WEBHOOK_SECRET`). Empty ones are
    /// left out: anybody can sign with them.
    pub(crate) fn new(list: &SecretString) -> Self {
        let secrets = list.expose_secret().split(',').map(str::trim);
        Self(secrets.filter(|secret| !secret.is_empty()).map(SecretString::from).collect())
    }

    /// Checks the header against the body as it came, byte for byte.
    pub(crate) fn verify(
        &self,
        header: &str,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<(), BadSignature> {
        let header = Header::read(header)?;
        let genuine = self.0.iter().any(|secret| header.is_signed_with(secret, body));
        if !genuine {
            return Err(BadSignature::NotGenuine);
        }
        if header.time.abs_diff(now.timestamp()) > TOLERANCE {
            return Err(BadSignature::OutOfTime);
        }
        Ok(())
    }
}

/// What the header says.
struct Header<'a> {
    /// As it was signed.
    time_text: &'a str,
    /// Unix seconds.
    time: i64,
    /// Each `v1`, decoded. One that is no hex is left out: another one may be good.
    signatures: Vec<Vec<u8>>,
}

impl<'a> Header<'a> {
    /// Elements of other schemes are passed over. Spaces are part of a name, as in Stripe's own
    /// libraries: ` v1` is another scheme.
    fn read(text: &'a str) -> Result<Self, BadSignature> {
        let mut time_text = None;
        let mut signatures = Vec::new();
        for (name, value) in text.split(',').filter_map(|element| element.split_once('=')) {
            match name {
                "t" if time_text.is_some() => return Err(BadSignature::Malformed),
                "t" => time_text = Some(value),
                "v1" => signatures.extend(hex::decode(value)),
                _ => {}
            }
        }
        let time_text = time_text.ok_or(BadSignature::Malformed)?;
        // A sign would be read as well.
        if !time_text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BadSignature::Malformed);
        }
        let time = time_text.parse().map_err(|_| BadSignature::Malformed)?;
        Ok(Self { time_text, time, signatures })
    }

    /// Compares in constant time.
    fn is_signed_with(&self, secret: &SecretString, body: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
            return false;
        };
        mac.update(self.time_text.as_bytes());
        mac.update(b".");
        mac.update(body);
        self.signatures.iter().any(|signature| mac.clone().verify_slice(signature).is_ok())
    }
}

#[cfg(test)]
mod tests;
